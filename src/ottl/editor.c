/*
 * Targets are the attributes of the context's own message, one of them, or a field that has a plain
 * value. What is set stays valid OTLP: text is UTF-8.
 */
#include "ottl/editor.h"

#include "base/utf8.h"
#include "otlp/wire_write.h"
#include "ottl/ottl_value.h"
#include "ottl/path.h"

#define TYPE(type) (1u << OTTL_##type)

static const struct target { /* a field that can be set */
    enum ottl_context context;
    const char *name;
    uint32_t number, inner; /* inner: of the field in a message that is the field; or 0 */
    enum ottl_type type;
    enum wire_type wire;
} targets[] = {
    {OTTL_SCOPE, "name", 1, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_SCOPE, "version", 2, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_SPAN, "name", 5, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_SPAN, "kind", 6, 0, OTTL_INT, WIRE_VARINT},
    {OTTL_SPAN, "trace_state", 3, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_SPAN, "start_time_unix_nano", 7, 0, OTTL_INT, WIRE_FIXED64},
    {OTTL_SPAN, "end_time_unix_nano", 8, 0, OTTL_INT, WIRE_FIXED64},
    {OTTL_SPAN, "status.message", 15, 2, OTTL_STRING, WIRE_BYTES},
    {OTTL_SPAN, "status.code", 15, 3, OTTL_INT, WIRE_VARINT},
    {OTTL_METRIC, "name", 1, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_METRIC, "description", 2, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_METRIC, "unit", 3, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_LOG, "time_unix_nano", 1, 0, OTTL_INT, WIRE_FIXED64},
    {OTTL_LOG, "observed_time_unix_nano", 11, 0, OTTL_INT, WIRE_FIXED64},
    {OTTL_LOG, "severity_number", 2, 0, OTTL_INT, WIRE_VARINT},
    {OTTL_LOG, "severity_text", 3, 0, OTTL_STRING, WIRE_BYTES},
    {OTTL_LOG, "body", 5, 0, OTTL_ANY, WIRE_BYTES},
};

/* NULL: it cannot be set. */
static const struct target *target_of(const struct ottl_path *path)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        if (targets[i].context == path->context && strcmp(targets[i].name, path->name) == 0)
            return &targets[i];
    return NULL;
}

/* Appends an AnyValue. */
static bool put_value(struct ottl_run *run, const struct ottl_value *value, struct buf *out)
{
    struct value_view view = {.kind = VALUE_EMPTY};
    struct ottl_value list = *value, element;
    struct buf inner = {0}, part = {0};
    struct str message;
    bool ok = true;

    switch (value->type) {
    case OTTL_NIL:
        return true;
    case OTTL_BOOL:
        view = (struct value_view){.kind = VALUE_BOOL, .boolean = value->boolean};
        break;
    case OTTL_INT:
        view = (struct value_view){.kind = VALUE_INT, .integer = value->integer};
        break;
    case OTTL_DOUBLE:
        view = (struct value_view){.kind = VALUE_DOUBLE, .number = value->number};
        break;
    case OTTL_STRING:
        if (!utf8_valid(value->text))
            return error_set(run->err, "the text is not UTF-8");
        view = (struct value_view){.kind = VALUE_STRING, .bytes = value->text};
        break;
    case OTTL_BYTES:
        view = (struct value_view){.kind = VALUE_BYTES, .bytes = value->text};
        break;
    case OTTL_MAP:
        view.kind = VALUE_KVLIST;
        while (repeated_next(&list.elements, &message))
            wire_put_bytes(&inner, 1, message);
        break;
    case OTTL_LIST:
    case OTTL_ROW:
        view.kind = VALUE_ARRAY;
        while (ok && ottl_value_next(&list, &element)) {
            buf_reset(&part);
            ok = put_value(run, &element, &part);
            wire_put_bytes(&inner, 1, buf_str(&part));
        }
        break;
    default:
        return error_set(run->err, "%s cannot be stored", ottl_type_name(value->type));
    }
    if (view.kind == VALUE_KVLIST || view.kind == VALUE_ARRAY)
        view.bytes = buf_str(&inner);
    if (ok)
        value_write(&view, out);
    buf_done(&inner);
    buf_done(&part);
    return ok;
}

/* The field, last in its message: there it counts. */
static bool put_field(struct ottl_edit *edit, const struct target *target,
                      const struct ottl_value *value, struct buf *out)
{
    struct wire_field f = {.number = target->inner ? target->inner : target->number,
                           .type = target->wire};
    struct buf any = {0};
    bool ok = true;

    if (target->type != OTTL_ANY && target->type != value->type)
        return error_set(edit->run->err, "%s is %s, and cannot be %s", target->name,
                         ottl_type_name(target->type), ottl_type_name(value->type));
    if (target->type == OTTL_ANY) {
        ok = put_value(edit->run, value, &any);
        f.bytes = buf_str(&any);
    } else if (target->type == OTTL_STRING) {
        ok = utf8_valid(value->text) || error_set(edit->run->err, "the text is not UTF-8");
        f.bytes = value->text;
    } else {
        f.value = (uint64_t)value->integer;
    }
    if (ok)
        wire_put_field(out, &f);
    buf_done(&any);
    return ok;
}

/* The message with the field set anew. */
static bool set_field(struct ottl_edit *edit, const struct target *target,
                      const struct ottl_value *value)
{
    struct wire w = wire_of(edit->message);
    struct wire_field f = {0};
    struct buf inner = {0};
    bool ok;

    while (wire_next(&w, &f)) {
        if (f.number != target->number)
            wire_put_field(edit->out, &f);
        else if (target->inner) /* of messages that come twice the fields add up */
            buf_append_str(&inner, f.bytes);
    }
    if (target->inner) {
        ok = put_field(edit, target, value, &inner);
        wire_put_bytes(edit->out, target->number, buf_str(&inner));
    } else {
        ok = put_field(edit, target, value, edit->out);
    }
    buf_done(&inner);
    return ok;
}

static bool set_attribute(struct ottl_edit *edit, struct str key, const struct ottl_value *value)
{
    struct buf any = {0};
    bool ok = put_value(edit->run, value, &any);

    if (ok)
        attributes_set(edit->attributes, attributes_keep(edit->attributes, key),
                       attributes_keep(edit->attributes, buf_str(&any)));
    buf_done(&any);
    return ok;
}

static bool set_target(struct ottl_edit *edit, const struct ottl_value *value)
{
    const struct ottl_node *target = edit->node->children[0];
    struct ottl_value key = {0};

    if (target->count == 0)
        return set_field(edit, target_of(target->path), value);
    if (!ottl_evaluate(edit->run, target->children[0], &key))
        return false;
    if (key.type != OTTL_STRING || !utf8_valid(key.text))
        return error_set(edit->run->err, "the key of an attribute is a string");
    return set_attribute(edit, key.text, value);
}

static bool edit_set(struct ottl_edit *edit)
{
    return edit->arguments[1].type == OTTL_NIL || set_target(edit, &edit->arguments[1]);
}

static bool want_text(struct ottl_edit *edit, size_t i)
{
    return edit->arguments[i].type == OTTL_STRING ||
           error_set(edit->run->err, "%s wants a string as %s, and got %s",
                     edit->node->function->name, edit->node->function->parameters[i].name,
                     ottl_type_name(edit->arguments[i].type));
}

static bool edit_delete_key(struct ottl_edit *edit)
{
    if (!want_text(edit, 1))
        return false;
    attributes_remove(edit->attributes, edit->arguments[1].text);
    return true;
}

/* Removes those of which the pattern says so. */
static bool remove_matching(struct ottl_edit *edit, bool matching)
{
    struct attribute *attribute = NULL;

    while ((attribute = attributes_next(edit->attributes, attribute)))
        if (regex_matches(edit->node->regex, attribute->key) == matching)
            attributes_remove_at(edit->attributes, attribute);
    return true;
}

static bool edit_delete_matching_keys(struct ottl_edit *edit)
{
    return remove_matching(edit, true);
}

static bool edit_keep_matching_keys(struct ottl_edit *edit)
{
    return remove_matching(edit, false);
}

static bool edit_keep_keys(struct ottl_edit *edit)
{
    struct attribute *attribute = NULL;
    struct ottl_value list, element;

    while ((attribute = attributes_next(edit->attributes, attribute))) {
        bool keep = false;

        list = edit->arguments[1];
        while (!keep && ottl_value_next(&list, &element))
            keep = element.type == OTTL_STRING && str_eq(element.text, attribute->key);
        if (!keep)
            attributes_remove_at(edit->attributes, attribute);
    }
    return true;
}

static bool edit_truncate_all(struct ottl_edit *edit)
{
    struct attribute *attribute = NULL;
    struct value_view view;
    int64_t limit = edit->arguments[1].integer;

    if (edit->arguments[1].type != OTTL_INT || limit < 0)
        return error_set(edit->run->err, "truncate_all: the limit is not negative");
    while ((attribute = attributes_next(edit->attributes, attribute))) {
        value_read(attribute->value, &view);
        if (view.kind != VALUE_STRING || view.bytes.len <= (uint64_t)limit)
            continue;
        view.bytes.len = (size_t)limit;
        while (view.bytes.len > 0 && ((unsigned char)view.bytes.at[view.bytes.len] & 0xc0) == 0x80)
            view.bytes.len--; /* not within a character */
        attributes_set_at(edit->attributes, attribute,
                          attributes_keep_value(edit->attributes, &view));
    }
    return true;
}

static bool edit_replace_pattern(struct ottl_edit *edit)
{
    const struct ottl_node *target = edit->node->children[0];
    struct ottl_value text = {0};
    struct buf replaced = {0};
    struct str match, from;
    size_t at = 0;
    bool ok;

    if (!ottl_evaluate(edit->run, target, &text) || !want_text(edit, 2))
        return false;
    if (text.type != OTTL_STRING || text.text.len == 0) /* what is no text stays */
        return true;
    from = text.text;
    while (at < from.len && replaced.len <= OTTL_MAX_TEXT &&
           regex_find(edit->node->regex, from, at, &match) && match.len > 0) {
        buf_append(&replaced, from.at + at, (size_t)(match.at - from.at) - at);
        buf_append_str(&replaced, edit->arguments[2].text);
        at = (size_t)(match.at - from.at) + match.len;
    }
    buf_append(&replaced, from.at + at, from.len - at);
    text.text = buf_str(&replaced);
    ok = replaced.len <= OTTL_MAX_TEXT
             ? set_target(edit, &text)
             : error_set(edit->run->err, "replace_pattern: the text is longer than 1 MiB");
    buf_done(&replaced);
    return ok;
}

static bool edit_merge_maps(struct ottl_edit *edit)
{
    struct ottl_value source = edit->arguments[1];
    struct str strategy = edit->arguments[2].text;
    struct attribute_view attribute;

    if (source.type != OTTL_MAP)
        return error_set(edit->run->err, "merge_maps wants a map as source, and got %s",
                         ottl_type_name(source.type));
    if (!want_text(edit, 2))
        return false;
    if (!str_is(strategy, "insert") && !str_is(strategy, "update") && !str_is(strategy, "upsert"))
        return error_set(edit->run->err, "merge_maps: insert, update or upsert");
    while (attribute_next(&source.elements, &attribute)) {
        bool has = attributes_find(edit->attributes, attribute.key) != NULL;

        if (has ? str_is(strategy, "insert") : str_is(strategy, "update"))
            continue;
        attributes_set(edit->attributes, attributes_keep(edit->attributes, attribute.key),
                       attributes_keep_value(edit->attributes, &attribute.value));
    }
    return true;
}

enum goal { GOAL_ANY, GOAL_ATTRIBUTES };

static const struct editor {
    struct ottl_function function;
    enum goal goal; /* what its target is */
    bool (*edit)(struct ottl_edit *edit);
} editors[] = {
    {{.name = "set", .parameters = {{"target", 0, false}, {"value", 0, false}}},
     GOAL_ANY,
     edit_set},
    {{.name = "delete_key", .parameters = {{"target", 0, false}, {"key", TYPE(STRING), false}}},
     GOAL_ATTRIBUTES,
     edit_delete_key},
    {{.name = "delete_matching_keys",
      .pattern = 1,
      .parameters = {{"target", 0, false}, {"pattern", TYPE(STRING), false}}},
     GOAL_ATTRIBUTES,
     edit_delete_matching_keys},
    {{.name = "keep_matching_keys",
      .pattern = 1,
      .parameters = {{"target", 0, false}, {"pattern", TYPE(STRING), false}}},
     GOAL_ATTRIBUTES,
     edit_keep_matching_keys},
    {{.name = "keep_keys",
      .parameters = {{"target", 0, false}, {"keys", TYPE(ROW) | TYPE(LIST), false}}},
     GOAL_ATTRIBUTES,
     edit_keep_keys},
    {{.name = "truncate_all", .parameters = {{"target", 0, false}, {"limit", TYPE(INT), false}}},
     GOAL_ATTRIBUTES,
     edit_truncate_all},
    {{.name = "replace_pattern",
      .pattern = 1,
      .parameters = {{"target", 0, false},
                     {"regex", TYPE(STRING), false},
                     {"replacement", TYPE(STRING), false}}},
     GOAL_ANY,
     edit_replace_pattern},
    {{.name = "merge_maps",
      .parameters = {{"target", 0, false},
                     {"source", TYPE(MAP), false},
                     {"strategy", TYPE(STRING), false}}},
     GOAL_ATTRIBUTES,
     edit_merge_maps},
};

enum { EDITOR_COUNT = sizeof(editors) / sizeof(editors[0]) };

const struct ottl_function *editor_find(struct str name)
{
    for (size_t i = 0; i < EDITOR_COUNT; i++)
        if (str_is(name, editors[i].function.name))
            return &editors[i].function;
    return NULL;
}

const char *const *editor_names(struct arena *arena)
{
    const char **names = arena_alloc(arena, (EDITOR_COUNT + 1) * sizeof(names[0]));

    for (size_t i = 0; i < EDITOR_COUNT; i++)
        names[i] = editors[i].function.name;
    return names;
}

static const struct editor *editor_of(const struct ottl_node *node)
{
    size_t i = 0;

    while (&editors[i].function != node->function)
        i++;
    return &editors[i];
}

bool editor_check(const struct ottl_node *node, enum ottl_context context, struct error *err)
{
    const struct ottl_node *target = node->children[0];
    const struct editor *editor = editor_of(node);
    bool attributes;

    if (context == OTTL_SPANEVENT)
        return error_set(err, "otelc does not change events of spans yet");
    if (target->op != OTTL_PATH)
        return error_set(err, "%s changes what a path names", node->function->name);
    if (target->path->context != context)
        return error_set(err,
                         "a statement about a %s cannot change a %s: write it with its own "
                         "context",
                         ottl_context_names[context], ottl_context_names[target->path->context]);
    attributes = strcmp(target->path->name, "attributes") == 0;
    if (editor->goal == GOAL_ATTRIBUTES && (!attributes || target->count > 0))
        return error_set(err, "%s changes attributes as a whole", node->function->name);
    if (editor->goal == GOAL_ANY &&
        (attributes ? target->count != 1 : target->count > 0 || !target_of(target->path)))
        return error_set(err, "otelc cannot set %s%s yet", target->path->name,
                         attributes && target->count > 0 ? " further in" : "");
    if (node->function->pattern > 0 && node->count > 2 && node->children[2]->op == OTTL_LITERAL &&
        memchr(node->children[2]->value.text.at, '$', node->children[2]->value.text.len))
        return error_set(err, "otelc has no groups in replacements yet");
    return true;
}

bool editor_run(struct ottl_edit *edit)
{
    for (size_t i = 0; i < OTTL_MAX_ARGUMENTS; i++) {
        edit->arguments[i] = (struct ottl_value){.type = OTTL_ANY};
        if (i > 0 && i < edit->node->count && edit->node->children[i] &&
            !ottl_evaluate(edit->run, edit->node->children[i], &edit->arguments[i]))
            return false;
    }
    return editor_of(edit->node)->edit(edit);
}

/*
 * What a statement does to the attributes of its context's message, or to one of its fields.
 */
#include "ottl/editor.h"

#include "ottl/ottl_value.h"
#include "ottl/path.h"
#include "ottl/replace.h"
#include "ottl/target.h"

#define TYPE(type) (1u << OTTL_##type)
#define LISTS      (TYPE(ROW) | TYPE(LIST))

static bool edit_set(struct ottl_edit *edit)
{
    return edit->arguments[1].type == OTTL_NIL || target_set(edit, &edit->arguments[1]);
}

static bool want(struct ottl_edit *edit, size_t i, unsigned types, const char *what)
{
    return (types & 1u << edit->arguments[i].type) != 0 ||
           error_set(edit->run->err, "%s wants %s as %s, and got %s", edit->node->function->name,
                     what, edit->node->function->parameters[i].name,
                     ottl_type_name(edit->arguments[i].type));
}

bool editor_want_text(struct ottl_edit *edit, size_t i)
{
    return want(edit, i, TYPE(STRING), "a string");
}

bool editor_matches(struct ottl_edit *edit, struct str text, bool *is_match)
{
    uint64_t given_up = regex_given_up(edit->node->regex);

    *is_match = regex_matches(edit->node->regex, text);
    return regex_given_up(edit->node->regex) == given_up ||
           error_set(edit->run->err, "%s: matching this text takes too long",
                     edit->node->function->name);
}

static bool edit_delete_key(struct ottl_edit *edit)
{
    if (!editor_want_text(edit, 1))
        return false;
    attributes_remove(edit->attributes, edit->arguments[1].text);
    return true;
}

/* Removes those of which the pattern says so. */
static bool remove_matching(struct ottl_edit *edit, bool matching)
{
    struct attribute *attribute = NULL;
    bool is_match;

    while ((attribute = attributes_next(edit->attributes, attribute))) {
        if (!editor_matches(edit, attribute->key, &is_match))
            return false;
        if (is_match == matching)
            attributes_remove_at(edit->attributes, attribute);
    }
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

static bool is_among(struct ottl_value list, struct str key)
{
    struct ottl_value element;

    while (ottl_value_next(&list, &element))
        if (element.type == OTTL_STRING && str_eq(element.text, key))
            return true;
    return false;
}

static bool edit_keep_keys(struct ottl_edit *edit)
{
    struct attribute *attribute = NULL;

    if (!want(edit, 1, LISTS, "a list"))
        return false;
    while ((attribute = attributes_next(edit->attributes, attribute)))
        if (!is_among(edit->arguments[1], attribute->key))
            attributes_remove_at(edit->attributes, attribute);
    return true;
}

/* So many are left: those that are named, then the first others. */
static bool edit_limit(struct ottl_edit *edit)
{
    struct attribute *attribute = NULL;
    int64_t limit = edit->arguments[1].integer, count = 0, named = 0;

    if (edit->arguments[1].type != OTTL_INT || limit < 0)
        return error_set(edit->run->err, "limit: the number of attributes is not negative");
    if (!want(edit, 2, LISTS, "a list"))
        return false;
    while ((attribute = attributes_next(edit->attributes, attribute))) {
        count++;
        named += is_among(edit->arguments[2], attribute->key);
    }
    if (count <= limit)
        return true;
    while ((attribute = attributes_next(edit->attributes, attribute))) {
        if (is_among(edit->arguments[2], attribute->key))
            continue;
        if (named < limit)
            named++;
        else
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

static bool edit_merge_maps(struct ottl_edit *edit)
{
    struct ottl_value source = edit->arguments[1];
    struct str strategy = edit->arguments[2].text;
    struct attribute_view attribute;

    if (!want(edit, 1, TYPE(MAP), "a map") || !editor_want_text(edit, 2))
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

#define TARGET                                                                                     \
    {                                                                                              \
        "target", 0, false                                                                         \
    }
#define PATTERN                                                                                    \
    {                                                                                              \
        "pattern", TYPE(STRING), false                                                             \
    }
#define REGEX                                                                                      \
    {                                                                                              \
        "regex", TYPE(STRING), false                                                               \
    }
#define REPLACEMENT                                                                                \
    {                                                                                              \
        "replacement", TYPE(STRING), false                                                         \
    }

static const char *const modes[] = {"key", "value", NULL};
static const char *const strategies[] = {"insert", "update", "upsert", NULL};

static const struct editor {
    struct ottl_function function;
    enum goal goal; /* what its target is */
    bool (*edit)(struct ottl_edit *edit);
    const char *const *words; /* that one of its arguments is one of; or NULL */
    size_t word;              /* which */
    size_t natural;           /* an argument that is not negative; or 0 */
} editors[] = {
    {.function = {.name = "set", .parameters = {TARGET, {"value", 0, false}}}, .edit = edit_set},
    {.function = {.name = "delete_key", .parameters = {TARGET, {"key", TYPE(STRING), false}}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_delete_key},
    {.function = {.name = "delete_matching_keys", .pattern = 1, .parameters = {TARGET, PATTERN}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_delete_matching_keys},
    {.function = {.name = "keep_matching_keys", .pattern = 1, .parameters = {TARGET, PATTERN}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_keep_matching_keys},
    {.function = {.name = "keep_keys", .parameters = {TARGET, {"keys", LISTS, false}}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_keep_keys},
    {.function = {.name = "limit",
                  .parameters = {TARGET,
                                 {"limit", TYPE(INT), false},
                                 {"priority_keys", LISTS, false}}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_limit,
     .natural = 1},
    {.function = {.name = "truncate_all", .parameters = {TARGET, {"limit", TYPE(INT), false}}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_truncate_all,
     .natural = 1},
    {.function = {.name = "replace_match",
                  .pattern = 1,
                  .glob = true,
                  .parameters = {TARGET, PATTERN, REPLACEMENT}},
     .edit = edit_replace_match},
    {.function = {.name = "replace_all_matches",
                  .pattern = 1,
                  .glob = true,
                  .parameters = {TARGET, PATTERN, REPLACEMENT}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_replace_all_matches},
    {.function = {.name = "replace_pattern",
                  .pattern = 1,
                  .parameters = {TARGET, REGEX, REPLACEMENT}},
     .edit = edit_replace_pattern},
    {.function = {.name = "replace_all_patterns",
                  .pattern = 2,
                  .parameters = {TARGET, {"mode", TYPE(STRING), false}, REGEX, REPLACEMENT}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_replace_all_patterns,
     .words = modes,
     .word = 1},
    {.function = {.name = "merge_maps",
                  .parameters = {TARGET,
                                 {"source", TYPE(MAP), false},
                                 {"strategy", TYPE(STRING), false}}},
     .goal = GOAL_ATTRIBUTES,
     .edit = edit_merge_maps,
     .words = strategies,
     .word = 2},
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

/* Whether the argument that is one of some words is, where it is written out. */
static bool check_word(const struct editor *editor, const struct ottl_node *node, struct error *err)
{
    const struct ottl_node *word = editor->words ? node->children[editor->word] : NULL;

    if (!word || word->op != OTTL_LITERAL)
        return true;
    for (const char *const *known = editor->words; *known; known++)
        if (str_is(word->value.text, *known))
            return true;
    return error_set(err, "%s: %s is %s%s%s%s%s", node->function->name,
                     node->function->parameters[editor->word].name, editor->words[0],
                     editor->words[2] ? ", " : " or ", editor->words[1],
                     editor->words[2] ? " or " : "", editor->words[2] ? editor->words[2] : "");
}

static bool check_natural(const struct editor *editor, const struct ottl_node *node,
                          struct error *err)
{
    const struct ottl_node *number = node->children[editor->natural];

    return editor->natural == 0 || number->op != OTTL_LITERAL || number->value.integer >= 0 ||
           error_set(err, "%s: %s is not negative", node->function->name,
                     node->function->parameters[editor->natural].name);
}

/* Whether a statement about a context changes what is of another one. */
static bool reaches(enum ottl_context context, enum ottl_context target)
{
    return target == context || (context == OTTL_SPANEVENT && target == OTTL_SPAN);
}

bool editor_check(const struct ottl_node *node, enum ottl_context context, struct error *err)
{
    const struct ottl_node *target = node->children[0];
    const struct editor *editor = editor_of(node);
    bool attributes;

    if (target->op != OTTL_PATH)
        return error_set(err, "%s changes what a path names", node->function->name);
    if (!reaches(context, target->path->context))
        return error_set(err,
                         "a statement about a %s cannot change a %s: write it with its own "
                         "context",
                         ottl_context_names[context], ottl_context_names[target->path->context]);
    attributes = strcmp(target->path->name, "attributes") == 0;
    if (editor->goal == GOAL_ATTRIBUTES && (!attributes || target->count > 0))
        return error_set(err, "%s changes attributes as a whole", node->function->name);
    if (editor->goal == GOAL_ANY &&
        (attributes ? target->count != 1 : target->count > 0 || !target_can_be_set(target->path)))
        return error_set(err, "otelc cannot set %s%s yet", target->path->name,
                         attributes && target->count > 0 ? " further in" : "");
    return check_word(editor, node, err) && check_natural(editor, node, err);
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

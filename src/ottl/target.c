/*
 * What is set stays valid OTLP: text is UTF-8.
 */
#include "ottl/target.h"

#include "base/utf8.h"
#include "otlp/wire_write.h"
#include "ottl/ottl_value.h"
#include "ottl/path.h"

static const struct target { /* a field that can be set */
    const char *name;
    enum ottl_context context;
    uint32_t number, inner; /* inner: of the field in a message that is the field; or 0 */
    enum ottl_type type;
    enum wire_type wire;
    bool any; /* it is an AnyValue */
} targets[] = {
    {"name", OTTL_SCOPE, 1, 0, OTTL_STRING, WIRE_BYTES, false},
    {"version", OTTL_SCOPE, 2, 0, OTTL_STRING, WIRE_BYTES, false},
    {"name", OTTL_SPAN, 5, 0, OTTL_STRING, WIRE_BYTES, false},
    {"kind", OTTL_SPAN, 6, 0, OTTL_INT, WIRE_VARINT, false},
    {"trace_state", OTTL_SPAN, 3, 0, OTTL_STRING, WIRE_BYTES, false},
    {"start_time_unix_nano", OTTL_SPAN, 7, 0, OTTL_INT, WIRE_FIXED64, false},
    {"end_time_unix_nano", OTTL_SPAN, 8, 0, OTTL_INT, WIRE_FIXED64, false},
    {"start_time", OTTL_SPAN, 7, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"end_time", OTTL_SPAN, 8, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"status.message", OTTL_SPAN, 15, 2, OTTL_STRING, WIRE_BYTES, false},
    {"status.code", OTTL_SPAN, 15, 3, OTTL_INT, WIRE_VARINT, false},
    {"name", OTTL_SPANEVENT, 2, 0, OTTL_STRING, WIRE_BYTES, false},
    {"time_unix_nano", OTTL_SPANEVENT, 1, 0, OTTL_INT, WIRE_FIXED64, false},
    {"time", OTTL_SPANEVENT, 1, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"name", OTTL_METRIC, 1, 0, OTTL_STRING, WIRE_BYTES, false},
    {"description", OTTL_METRIC, 2, 0, OTTL_STRING, WIRE_BYTES, false},
    {"unit", OTTL_METRIC, 3, 0, OTTL_STRING, WIRE_BYTES, false},
    {"start_time_unix_nano", OTTL_DATAPOINT, 2, 0, OTTL_INT, WIRE_FIXED64, false},
    {"start_time", OTTL_DATAPOINT, 2, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"time_unix_nano", OTTL_DATAPOINT, 3, 0, OTTL_INT, WIRE_FIXED64, false},
    {"time", OTTL_DATAPOINT, 3, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"time_unix_nano", OTTL_LOG, 1, 0, OTTL_INT, WIRE_FIXED64, false},
    {"observed_time_unix_nano", OTTL_LOG, 11, 0, OTTL_INT, WIRE_FIXED64, false},
    {"time", OTTL_LOG, 1, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"observed_time", OTTL_LOG, 11, 0, OTTL_TIME, WIRE_FIXED64, false},
    {"severity_number", OTTL_LOG, 2, 0, OTTL_INT, WIRE_VARINT, false},
    {"severity_text", OTTL_LOG, 3, 0, OTTL_STRING, WIRE_BYTES, false},
    {"body", OTTL_LOG, 5, 0, OTTL_ANY, WIRE_BYTES, true},
    {"body.string", OTTL_LOG, 5, 0, OTTL_STRING, WIRE_BYTES, true},
};

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
    if (target->any) {
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

bool target_set(struct ottl_edit *edit, const struct ottl_value *value)
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

bool target_can_be_set(const struct ottl_path *path)
{
    return target_of(path) != NULL;
}

/*
 * protobuf-c is the reference for what is a request and for what stands in it.
 *
 *     survey    walks the bytes by protobuf-c's descriptors and tells where payload_read is
 *               stricter by intent; so protobuf-c, which recurses without limit, never sees bytes
 *               that are nested deeply
 *     same_...  compare a struct of protobuf-c with a view; each returns NULL, or what differs
 */
#include "unit/reference.h"

#include <stdlib.h>

#include "otlp/check.h"
#include "otlp/span.h"
#include "unit/pb.h"

/* ---- survey ---- */

struct survey {
    unsigned deepest; /* AnyValues in one another */
    bool number_zero;
    bool loose_bool; /* of another wire type than VARINT: protobuf-c takes it as true */
    bool long_bool;  /* its tenth byte has bits beyond the 64th: protobuf-c counts them */
    bool twice;      /* a message, or an id, comes twice where it may come once */
};

/* As lenient as protobuf-c is. False: no varint of so many bytes. */
static bool survey_varint(struct str *rest, size_t most, uint64_t *value, size_t *len)
{
    *value = 0;
    for (*len = 0; *len < most && *len < rest->len;) {
        uint8_t byte = (uint8_t)rest->at[*len];

        *value |= *len < 10 ? (uint64_t)(byte & 0x7f) << (7 * *len) : 0;
        ++*len;
        if (byte < 0x80) {
            rest->at += *len;
            rest->len -= *len;
            return true;
        }
    }
    return false;
}

/* The field's content in *content, empty for a varint. False: it is cut short or has no type. */
static bool survey_content(struct str *rest, unsigned type, struct str *content, uint8_t *last)
{
    uint64_t len = type == WIRE_FIXED64 ? 8 : 4;
    size_t size;

    *content = (struct str){0};
    if (type == WIRE_VARINT) {
        const char *from = rest->at;

        if (!survey_varint(rest, 10, &len, &size))
            return false;
        *last = size == 10 ? (uint8_t)from[9] : 0;
        return true;
    }
    if (type != WIRE_FIXED64 && type != WIRE_FIXED32 && type != WIRE_BYTES)
        return false;
    if (type == WIRE_BYTES && !survey_varint(rest, 10, &len, &size))
        return false;
    if (len > rest->len)
        return false;
    *content = (struct str){rest->at, (size_t)len};
    rest->at += len;
    rest->len -= (size_t)len;
    return true;
}

static void survey(struct survey *s, const ProtobufCMessageDescriptor *type, struct str rest,
                   unsigned depth)
{
    uint64_t seen = 0; /* fields that may come once */
    struct str content;
    uint64_t tag;
    size_t size;
    uint8_t last;

    depth += type == PB_VALUE;
    s->deepest = depth > s->deepest ? depth : s->deepest;
    while (s->deepest <= CHECK_MAX_NESTING && rest.len > 0 &&
           survey_varint(&rest, 5, &tag, &size)) {
        uint32_t number = (uint32_t)(tag >> 3);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(type, number);

        last = 0;
        if (!survey_content(&rest, tag & 7, &content, &last))
            return;
        s->number_zero |= number == 0;
        if (!field)
            continue;
        if (field->type == PROTOBUF_C_TYPE_BOOL) {
            s->loose_bool |= (tag & 7) != WIRE_VARINT;
            s->long_bool |= last > 1;
        }
        if (field->label != PROTOBUF_C_LABEL_REPEATED && type != PB_VALUE &&
            (field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_BYTES)) {
            s->twice |= seen >> number & 1;
            seen |= (uint64_t)1 << number;
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && (tag & 7) == WIRE_BYTES)
            survey(s, field->descriptor, content, depth);
    }
}

/* ---- text ---- */

/* The length of the character that text begins with, by its value; 0: it is wrong. */
static size_t char_len(const unsigned char *text, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80   ? 1
                  : text[0] < 0xc0 ? 0
                  : text[0] < 0xe0 ? 2
                  : text[0] < 0xf0 ? 3
                  : text[0] < 0xf8 ? 4
                                   : 0;
    uint32_t value = size > 0 ? text[0] & (size == 1 ? 0x7fu : 0x7fu >> size) : 0;

    if (size == 0 || size > len)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if (text[i] >> 6 != 2)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    return value < least[size] || value > 0x10ffff || value >> 11 == 0xd800 >> 11 ? 0 : size;
}

/* protobuf-c ends a text at its first NUL, so that is how far they are compared. */
static bool same_text(const char *expected, struct str text)
{
    size_t len = strlen(expected), at = 0, size;

    for (size_t i = 0; i<len; i += size> 0 ? size : 1) {
        struct str piece = {expected + i, 0}, rest = {text.at + at, text.len - at};

        size = char_len((const unsigned char *)expected + i, len - i);
        piece.len = size;
        if (size == 0)
            piece = STR("\xef\xbf\xbd");
        if (!str_starts(rest, piece))
            return false;
        at += piece.len;
    }
    return at == text.len || text.at[at] == '\0';
}

static bool same_bytes(ProtobufCBinaryData expected, struct str bytes)
{
    return expected.len == bytes.len &&
           (bytes.len == 0 || memcmp(expected.data, bytes.at, bytes.len) == 0);
}

/* ---- values ---- */

static const char *same_attributes(pb_attribute **expected, size_t count, struct repeated got);

static const char *same_value(const pb_value *expected, const struct value_view *got)
{
    static const enum value_kind kinds[] = {
        VALUE_EMPTY, VALUE_STRING, VALUE_BOOL,  VALUE_INT,  VALUE_DOUBLE,
        VALUE_ARRAY, VALUE_KVLIST, VALUE_BYTES, VALUE_EMPTY /* string_value_strindex */
    };
    struct repeated elements;
    struct value_view element;
    struct str message;

    if (got->kind != (expected ? kinds[expected->value_case] : VALUE_EMPTY))
        return "the kind of a value";
    switch (got->kind) {
    case VALUE_EMPTY:
        return NULL;
    case VALUE_STRING:
        return same_text(expected->string_value, got->bytes) ? NULL : "a string value";
    case VALUE_BOOL:
        return !expected->bool_value == !got->boolean ? NULL : "a boolean";
    case VALUE_INT:
        return expected->int_value == got->integer ? NULL : "an integer";
    case VALUE_DOUBLE:
        return memcmp(&expected->double_value, &got->number, 8) == 0 ? NULL : "a double";
    case VALUE_BYTES:
        return same_bytes(expected->bytes_value, got->bytes) ? NULL : "a bytes value";
    case VALUE_KVLIST:
        return same_attributes(expected->kvlist_value->values, expected->kvlist_value->n_values,
                               value_elements(got));
    case VALUE_ARRAY:
        break;
    }
    elements = value_elements(got);
    for (size_t i = 0; i < expected->array_value->n_values; i++) {
        const char *difference;

        if (!repeated_next(&elements, &message))
            return "an array is shorter";
        value_read(message, &element);
        difference = same_value(expected->array_value->values[i], &element);
        if (difference)
            return difference;
    }
    return repeated_next(&elements, &message) ? "an array is longer" : NULL;
}

static const char *same_attributes(pb_attribute **expected, size_t count, struct repeated got)
{
    struct attribute_view attribute;

    for (size_t i = 0; i < count; i++) {
        const char *difference;

        if (!attribute_next(&got, &attribute))
            return "there are fewer attributes";
        if (!same_text(expected[i]->key, attribute.key))
            return "the key of an attribute";
        difference = same_value(expected[i]->value, &attribute.value);
        if (difference)
            return difference;
    }
    return attribute_next(&got, &attribute) ? "there are more attributes" : NULL;
}

/* ---- spans ---- */

static const char *same_event(const pb_event *expected, struct str message)
{
    struct event_view event;

    event_read(message, &event);
    if (event.time_ns != expected->time_unix_nano)
        return "the time of an event";
    if (!same_text(expected->name, event.name))
        return "the name of an event";
    if (event.dropped_attributes != expected->dropped_attributes_count)
        return "the dropped attributes of an event";
    if (event.attributes.count != expected->n_attributes)
        return "the count of an event's attributes";
    return same_attributes(expected->attributes, expected->n_attributes, event.attributes);
}

static const char *same_link(const pb_link *expected, struct str message)
{
    struct link_view link_view;

    link_read(message, &link_view);
    if (!same_bytes(expected->trace_id, link_view.trace_id) ||
        !same_bytes(expected->span_id, link_view.span_id))
        return "the ids of a link";
    if (!same_text(expected->trace_state, link_view.trace_state))
        return "the trace state of a link";
    if (link_view.flags != expected->flags ||
        link_view.dropped_attributes != expected->dropped_attributes_count)
        return "the numbers of a link";
    if (link_view.attributes.count != expected->n_attributes)
        return "the count of a link's attributes";
    return same_attributes(expected->attributes, expected->n_attributes, link_view.attributes);
}

static const char *same_span(const pb_span *expected, struct str message)
{
    const char *difference;
    struct span_view span;

    span_read(message, &span);
    if (!same_bytes(expected->trace_id, span.trace_id) ||
        !same_bytes(expected->span_id, span.span_id) ||
        !same_bytes(expected->parent_span_id, span.parent_span_id))
        return "the ids of a span";
    if (!same_text(expected->trace_state, span.trace_state) ||
        !same_text(expected->name, span.name))
        return "the text of a span";
    if (span.kind != (int32_t)expected->kind || span.flags != expected->flags ||
        span.start_ns != expected->start_time_unix_nano ||
        span.end_ns != expected->end_time_unix_nano)
        return "the numbers of a span";
    if (span.dropped_attributes != expected->dropped_attributes_count ||
        span.dropped_events != expected->dropped_events_count ||
        span.dropped_links != expected->dropped_links_count)
        return "what a span dropped";
    if (span.status_code != (expected->status ? (int32_t)expected->status->code : 0) ||
        !same_text(expected->status ? expected->status->message : "", span.status_message))
        return "the status of a span";
    if (span.attributes.count != expected->n_attributes ||
        span.events.count != expected->n_events || span.links.count != expected->n_links)
        return "the counts of a span";
    difference = same_attributes(expected->attributes, expected->n_attributes, span.attributes);
    for (size_t i = 0; i < expected->n_events && !difference; i++)
        difference = repeated_next(&span.events, &message)
                         ? same_event(expected->events[i], message)
                         : "there are fewer events";
    for (size_t i = 0; i < expected->n_links && !difference; i++)
        difference = repeated_next(&span.links, &message) ? same_link(expected->links[i], message)
                                                          : "there are fewer links";
    if (!difference &&
        (repeated_next(&span.events, &message) || repeated_next(&span.links, &message)))
        difference = "there are more events or links";
    return difference;
}

/* ---- the index ---- */

static bool id_fits(ProtobufCBinaryData id, size_t len)
{
    return id.len == 0 || id.len == len;
}

static bool id_names(ProtobufCBinaryData id, size_t len)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] != 0)
            return id.len == len;
    return false;
}

static bool is_kept_span(const pb_span *span)
{
    for (size_t i = 0; i < span->n_links; i++)
        if (!id_fits(span->links[i]->trace_id, 16) || !id_fits(span->links[i]->span_id, 8))
            return false;
    return id_names(span->trace_id, 16) && id_names(span->span_id, 8) &&
           id_fits(span->parent_span_id, 8);
}

/* ---- metrics and log records: by what protobuf-c makes of them ---- */

/* The kinds of data hold data points of several types; in each, exemplars. */
static const ProtobufCMessage *data_of(const pb_metric *metric)
{
    return metric->data_case > 0 ? &metric->gauge->base : NULL; /* a union of pointers */
}

static size_t messages_of(const ProtobufCMessage *message, const char *name,
                          ProtobufCMessage *const **list)
{
    const ProtobufCFieldDescriptor *field =
        message ? protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name) : NULL;

    if (!field)
        return 0;
    *list = *(ProtobufCMessage *const **)((uintptr_t)message + field->offset);
    return *(const size_t *)((uintptr_t)message + field->quantifier_offset);
}

static bool is_kept_metric(const pb_metric *metric)
{
    ProtobufCMessage *const *points = NULL, *const *exemplars = NULL;
    size_t count = messages_of(data_of(metric), "data_points", &points);

    for (size_t i = 0; i < count; i++) {
        size_t more = messages_of(points[i], "exemplars", &exemplars);

        for (size_t n = 0; n < more; n++) {
            const pb_exemplar *exemplar = (const pb_exemplar *)exemplars[n];

            if (!id_fits(exemplar->trace_id, 16) || !id_fits(exemplar->span_id, 8))
                return false;
        }
    }
    return true;
}

static bool is_kept(enum signal signal, const ProtobufCMessage *item)
{
    const pb_log_record *record = (const pb_log_record *)item;

    switch (signal) {
    case TRACES:
        return is_kept_span((const pb_span *)item);
    case METRICS:
        return is_kept_metric((const pb_metric *)item);
    default:
        return id_fits(record->trace_id, 16) && id_fits(record->span_id, 8);
    }
}

static size_t count_of(enum signal signal, const ProtobufCMessage *item)
{
    ProtobufCMessage *const *points;

    return signal == METRICS ? messages_of(data_of((const pb_metric *)item), "data_points", &points)
                             : 1;
}

/* Whether an item's range holds what protobuf-c found there, all of it. */
static bool same_message(const ProtobufCMessage *expected, struct str message)
{
    ProtobufCMessage *got = protobuf_c_message_unpack(expected->descriptor, NULL, message.len,
                                                      (const uint8_t *)message.at);
    size_t size = protobuf_c_message_get_packed_size(expected);
    uint8_t *packed = malloc(2 * size + 1);
    bool same = got && protobuf_c_message_get_packed_size(got) == size;

    if (same) {
        protobuf_c_message_pack(expected, packed);
        protobuf_c_message_pack(got, packed + size);
        same = memcmp(packed, packed + size, size) == 0;
    }
    protobuf_c_message_free_unpacked(got, NULL);
    free(packed);
    return same;
}

static const char *same_scope(const pb_scope *expected, struct str message)
{
    struct scope_view scope;

    scope_read(message, &scope);
    if (!expected)
        return message.len > 0 ? "there is a scope" : NULL;
    if (!same_text(expected->name, scope.name) || !same_text(expected->version, scope.version))
        return "the text of a scope";
    if (scope.dropped_attributes != expected->dropped_attributes_count ||
        scope.attributes.count != expected->n_attributes)
        return "the counts of a scope";
    return same_attributes(expected->attributes, expected->n_attributes, scope.attributes);
}

static const char *same_resource(const pb_resource *expected, struct str message)
{
    struct resource_view resource;

    resource_read(message, &resource);
    if (!expected)
        return message.len > 0 ? "there is a resource" : NULL;
    if (resource.dropped_attributes != expected->dropped_attributes_count ||
        resource.attributes.count != expected->n_attributes)
        return "the counts of a resource";
    return same_attributes(expected->attributes, expected->n_attributes, resource.attributes);
}

static bool inside(const struct payload *p, struct range range)
{
    return (uint64_t)range.at + range.len <= p->bodies[0]->len;
}

static const char *same_item(const ProtobufCMessage *expected, const struct payload *p,
                             uint32_t item, bool mended)
{
    struct str message = payload_str(p, p->items[item]);

    if (payload_count(p, item, 1) != count_of(p->signal, expected))
        return "what an item counts as";
    if (p->signal == TRACES)
        return same_span((const pb_span *)expected, message);
    return mended || same_message(expected, message) ? NULL : "an item";
}

/* The structs of the three signals are the same, but for the type of the items. */
static const char *same_items(const pb_scope_spans *expected, const struct payload *p,
                              const struct payload_scope *scope, uint64_t *rejected, bool mended)
{
    const char *difference = NULL;
    uint32_t item = scope->first;

    for (size_t i = 0; i < expected->n_spans && !difference; i++) {
        const ProtobufCMessage *message = &expected->spans[i]->base;

        if (!is_kept(p->signal, message)) {
            *rejected += count_of(p->signal, message);
            continue;
        }
        if (item >= p->item_count || !inside(p, p->items[item]))
            return "there are fewer items, or they lie outside the body";
        difference = same_item(message, p, item++, mended);
    }
    return difference ? difference : item != scope->first + scope->count ? "an item count" : NULL;
}

static const char *same_payload(const pb_request *expected, const struct payload *p,
                                uint64_t *rejected, bool mended)
{
    uint32_t scope_count = 0, item_count = 0;
    const char *difference = NULL;

    if (p->resource_count != expected->n_resource_spans)
        return "the number of resources";
    for (uint32_t i = 0; i < p->resource_count && !difference; i++) {
        const pb_resource_spans *group = expected->resource_spans[i];
        const struct payload_resource *resource = &p->resources[i];

        if (!inside(p, resource->resource) || !inside(p, resource->schema_url))
            return "a resource lies outside the body";
        if (!same_text(group->schema_url, payload_str(p, resource->schema_url)))
            return "the schema_url of a resource";
        difference = same_resource(group->resource, payload_str(p, resource->resource));
        for (size_t j = 0; j < group->n_scope_spans && !difference; j++) {
            const pb_scope_spans *spans = group->scope_spans[j];
            const struct payload_scope *scope = &p->scopes[scope_count++];

            if (scope_count > p->scope_count || scope->resource != i ||
                scope->first != item_count || !inside(p, scope->scope) ||
                !inside(p, scope->schema_url))
                return "the scopes of the index";
            item_count += scope->count;
            if (!same_text(spans->schema_url, payload_str(p, scope->schema_url)))
                return "the schema_url of a scope";
            difference = same_scope(spans->scope, payload_str(p, scope->scope));
            if (!difference)
                difference = same_items(spans, p, scope, rejected, mended);
        }
    }
    if (!difference && (scope_count != p->scope_count || item_count != p->item_count))
        difference = "the number of scopes or items";
    if (!difference && payload_count(p, 0, p->item_count) != p->counted)
        difference = "the sum of what is counted";
    return difference;
}

struct bytes *reference_body(struct str request)
{
    struct bytes *body = bytes_new(request.len);

    if (!body)
        abort();
    if (request.len > 0)
        memcpy(body->at, request.at, request.len);
    body->len = request.len;
    return body;
}

static const char *compare(enum signal signal, struct str request, const struct survey *s,
                           const struct payload *p, const struct payload_report *report)
{
    const char *difference;
    uint64_t rejected = 0;
    pb_request *expected;

    if (s->deepest > CHECK_MAX_NESTING || s->number_zero || s->loose_bool)
        return p ? "accepted what it has to refuse" : NULL;
    expected = (pb_request *)protobuf_c_message_unpack(pb_request_types[signal], NULL, request.len,
                                                       (const uint8_t *)request.at);
    if (!expected) /* merging, it refuses some messages that are good: values with lists in them */
        return p && !s->twice ? "accepted what protobuf-c refuses" : NULL;
    if (!p)
        difference = "refused what protobuf-c accepts";
    else if (s->twice || s->long_bool) /* merging, it leaves out explicit zeros */
        difference = NULL;
    else
        difference = same_payload(expected, p, &rejected, report->mended_text > 0);
    if (p && !difference && !s->twice && rejected != report->rejected)
        difference = "the number of rejected items";
    protobuf_c_message_free_unpacked(&expected->base, NULL);
    return difference;
}

const char *reference_difference(enum signal signal, struct str request,
                                 struct payload_report *report)
{
    struct payload_report own;
    const char *difference;
    struct survey s = {0};
    struct payload *p;

    report = report ? report : &own;
    survey(&s, pb_request_types[signal], request, 0);
    p = payload_read(signal, reference_body(request), report);
    difference = compare(signal, request, &s, p, report);
    if (!difference && !p != (report->verdict != PAYLOAD_OK))
        difference = "the verdict does not fit the result";
    if (!difference && report->verdict == PAYLOAD_MALFORMED && report->at > request.len)
        difference = "the place of the error lies outside the body";
    payload_unref(p);
    return difference;
}

/*
 * Views of spans, events, links, scopes, resources and values.
 */
#include "otlp/span.h"

#include "otlp/wire_write.h"
#include "unit/check.h"

#define TRACE_ID STR("0123456789abcdef")
#define SPAN_ID  STR("01234567")

static void put_varint(struct buf *out, uint32_t number, uint64_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_VARINT, .value = value};

    wire_put_field(out, &f);
}

static void put_fixed64(struct buf *out, uint32_t number, uint64_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_FIXED64, .value = value};

    wire_put_field(out, &f);
}

static void put_fixed32(struct buf *out, uint32_t number, uint32_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_FIXED32, .value = value};

    wire_put_field(out, &f);
}

/* A KeyValue with an integer, as the given field. */
static void put_attribute(struct buf *out, uint32_t number, const char *key, int64_t value)
{
    size_t attribute = wire_begin(out, number), inner;

    wire_put_bytes(out, 1, str_of(key));
    inner = wire_begin(out, 2);
    put_varint(out, 3, (uint64_t)value);
    wire_end(out, inner);
    wire_end(out, attribute);
}

static void expect_attribute(struct repeated *attributes, const char *key, int64_t value)
{
    struct attribute_view attribute;

    ck_assert(attribute_next(attributes, &attribute));
    ck_assert(str_is(attribute.key, key));
    ck_assert_int_eq(attribute.value.kind, VALUE_INT);
    ck_assert_int_eq(attribute.value.integer, value);
}

static void expect_end(struct repeated *attributes)
{
    struct attribute_view attribute;

    ck_assert(!attribute_next(attributes, &attribute));
    ck_assert(!attribute_next(attributes, &attribute));
}

START_TEST(an_empty_span_has_no_values)
{
    struct span_view span;
    struct str message;

    memset(&span, 0xff, sizeof(span));
    span_read((struct str){0}, &span);
    ck_assert_uint_eq(span.trace_id.len + span.span_id.len + span.parent_span_id.len, 0);
    ck_assert_uint_eq(span.name.len + span.trace_state.len + span.status_message.len, 0);
    ck_assert_uint_eq(span.start_ns + span.end_ns + span.flags, 0);
    ck_assert_int_eq(span.kind, SPAN_KIND_UNSPECIFIED);
    ck_assert_int_eq(span.status_code, STATUS_CODE_UNSET);
    ck_assert_uint_eq(span.attributes.count + span.events.count + span.links.count, 0);
    ck_assert(!repeated_next(&span.events, &message));
    expect_end(&span.attributes);
}
END_TEST

START_TEST(all_fields_of_a_span_are_read)
{
    struct buf out = {0};
    struct span_view span;
    size_t status;

    put_fixed32(&out, 16, 0x301); /* in any order */
    wire_put_bytes(&out, 1, TRACE_ID);
    wire_put_bytes(&out, 2, SPAN_ID);
    wire_put_bytes(&out, 3, STR("vendor=1"));
    wire_put_bytes(&out, 4, STR("parentid"));
    wire_put_bytes(&out, 5, STR("GET /"));
    put_varint(&out, 6, SPAN_KIND_SERVER);
    put_fixed64(&out, 7, 1700000000000000001);
    put_fixed64(&out, 8, UINT64_MAX);
    put_varint(&out, 10, 1);
    put_varint(&out, 12, 2);
    put_varint(&out, 14, UINT32_MAX);
    status = wire_begin(&out, 15);
    wire_put_bytes(&out, 2, STR("no"));
    put_varint(&out, 3, STATUS_CODE_ERROR);
    wire_end(&out, status);
    put_varint(&out, 1000, 5); /* unknown ones are passed over */
    wire_put_bytes(&out, 17, STR("unknown"));

    span_read(buf_str(&out), &span);
    ck_assert(str_eq(span.trace_id, TRACE_ID));
    ck_assert(str_eq(span.span_id, SPAN_ID));
    ck_assert(str_is(span.trace_state, "vendor=1"));
    ck_assert(str_is(span.parent_span_id, "parentid"));
    ck_assert(str_is(span.name, "GET /"));
    ck_assert_int_eq(span.kind, SPAN_KIND_SERVER);
    ck_assert_uint_eq(span.start_ns, 1700000000000000001);
    ck_assert_uint_eq(span.end_ns, UINT64_MAX);
    ck_assert_uint_eq(span.dropped_attributes, 1);
    ck_assert_uint_eq(span.dropped_events, 2);
    ck_assert_uint_eq(span.dropped_links, UINT32_MAX);
    ck_assert(str_is(span.status_message, "no"));
    ck_assert_int_eq(span.status_code, STATUS_CODE_ERROR);
    ck_assert_uint_eq(span.flags, 0x301);
    buf_done(&out);
}
END_TEST

START_TEST(of_a_scalar_the_last_counts_and_messages_add_up)
{
    struct buf out = {0};
    struct span_view span;
    size_t status;

    wire_put_bytes(&out, 5, STR("first"));
    put_varint(&out, 6, 3);
    status = wire_begin(&out, 15);
    wire_put_bytes(&out, 2, STR("why"));
    put_varint(&out, 3, STATUS_CODE_OK);
    wire_end(&out, status);
    wire_put_bytes(&out, 5, STR("last"));
    put_varint(&out, 6, (uint64_t)-1);
    status = wire_begin(&out, 15);
    put_varint(&out, 3, STATUS_CODE_ERROR);
    wire_end(&out, status);

    span_read(buf_str(&out), &span);
    ck_assert(str_is(span.name, "last"));
    ck_assert_int_eq(span.kind, -1); /* unknown kinds are kept */
    ck_assert(str_is(span.status_message, "why"));
    ck_assert_int_eq(span.status_code, STATUS_CODE_ERROR);
    buf_done(&out);
}
END_TEST

START_TEST(repeated_fields_are_walked_whatever_lies_between_them)
{
    struct buf out = {0};
    struct span_view span;

    for (int i = 0; i < 5; i++) {
        char key[200] = {0};

        memset(key, 'a' + i, i == 2 ? 150 : 3); /* a long one does not fit a length of one byte */
        put_attribute(&out, 9, key, i);
        if (i % 2 > 0) {
            size_t event = wire_begin(&out, 11);

            put_fixed64(&out, 1, (uint64_t)i);
            wire_end(&out, event);
            put_varint(&out, 6, 1);
        }
    }
    span_read(buf_str(&out), &span);
    ck_assert_uint_eq(span.attributes.count, 5);
    ck_assert_uint_eq(span.events.count, 2);
    for (int round = 0; round < 2; round++) { /* a copy is walked by itself */
        struct repeated attributes = span.attributes, events = span.events;
        struct event_view event;
        struct str message;

        expect_attribute(&attributes, "aaa", 0);
        ck_assert(repeated_next(&events, &message));
        event_read(message, &event);
        ck_assert_uint_eq(event.time_ns, 1);
        expect_attribute(&attributes, "bbb", 1);
        ck_assert(repeated_next(&attributes, &message));
        expect_attribute(&attributes, "ddd", 3);
        expect_attribute(&attributes, "eee", 4);
        expect_end(&attributes);
        ck_assert(repeated_next(&events, &message));
        event_read(message, &event);
        ck_assert_uint_eq(event.time_ns, 3);
        ck_assert(!repeated_next(&events, &message));
    }
    buf_done(&out);
}
END_TEST

START_TEST(events_links_scopes_and_resources_are_read)
{
    struct buf out = {0};
    struct event_view event;
    struct link_view span_link;
    struct scope_view scope;
    struct resource_view resource;

    put_fixed64(&out, 1, 42);
    wire_put_bytes(&out, 2, STR("exception"));
    put_attribute(&out, 3, "e", 1);
    put_varint(&out, 4, 9);
    event_read(buf_str(&out), &event);
    ck_assert_uint_eq(event.time_ns, 42);
    ck_assert(str_is(event.name, "exception"));
    ck_assert_uint_eq(event.dropped_attributes, 9);
    ck_assert_uint_eq(event.attributes.count, 1);
    expect_attribute(&event.attributes, "e", 1);
    expect_end(&event.attributes);

    buf_reset(&out);
    wire_put_bytes(&out, 1, TRACE_ID);
    wire_put_bytes(&out, 2, SPAN_ID);
    wire_put_bytes(&out, 3, STR("a=b"));
    put_attribute(&out, 4, "l", -2);
    put_varint(&out, 5, 8);
    put_fixed32(&out, 6, 0x101);
    link_read(buf_str(&out), &span_link);
    ck_assert(str_eq(span_link.trace_id, TRACE_ID));
    ck_assert(str_eq(span_link.span_id, SPAN_ID));
    ck_assert(str_is(span_link.trace_state, "a=b"));
    ck_assert_uint_eq(span_link.dropped_attributes, 8);
    ck_assert_uint_eq(span_link.flags, 0x101);
    expect_attribute(&span_link.attributes, "l", -2);
    expect_end(&span_link.attributes);

    buf_reset(&out);
    wire_put_bytes(&out, 1, STR("lib"));
    wire_put_bytes(&out, 2, STR("1.2"));
    put_attribute(&out, 3, "s", 3);
    put_varint(&out, 4, 7);
    scope_read(buf_str(&out), &scope);
    ck_assert(str_is(scope.name, "lib"));
    ck_assert(str_is(scope.version, "1.2"));
    ck_assert_uint_eq(scope.dropped_attributes, 7);
    expect_attribute(&scope.attributes, "s", 3);
    expect_end(&scope.attributes);

    buf_reset(&out);
    put_attribute(&out, 1, "service.name", 4);
    put_varint(&out, 2, 6);
    wire_put_bytes(&out, 3, STR("")); /* an entity */
    resource_read(buf_str(&out), &resource);
    ck_assert_uint_eq(resource.dropped_attributes, 6);
    expect_attribute(&resource.attributes, "service.name", 4);
    expect_end(&resource.attributes);
    buf_done(&out);
}
END_TEST

START_TEST(values_have_a_kind)
{
    const struct {
        struct str message;
        enum value_kind kind;
        struct str bytes;
        int64_t integer; /* also the boolean */
        double number;
    } cases[] = {
        {STR(""), VALUE_EMPTY, {0}, 0, 0},
        {STR("\x0a\x00"), VALUE_STRING, STR(""), 0, 0},
        {STR("\x0a\x03"
             "abc"),
         VALUE_STRING, STR("abc"), 0, 0},
        {STR("\x10\x00"), VALUE_BOOL, {0}, 0, 0},
        {STR("\x10\x01"), VALUE_BOOL, {0}, 1, 0},
        {STR("\x10\x80\x02"), VALUE_BOOL, {0}, 1, 0},
        {STR("\x18\x00"), VALUE_INT, {0}, 0, 0},
        {STR("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), VALUE_INT, {0}, -1, 0},
        {STR("\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), VALUE_INT, {0}, INT64_MIN, 0},
        {STR("\x21\0\0\0\0\0\0\xf8\x3f"), VALUE_DOUBLE, {0}, 0, 1.5},
        {STR("\x2a\x00"), VALUE_ARRAY, STR(""), 0, 0},
        {STR("\x32\x00"), VALUE_KVLIST, STR(""), 0, 0},
        {STR("\x3a\x02\x00\xff"), VALUE_BYTES, STR("\x00\xff"), 0, 0},
        {STR("\x40\x05"), VALUE_EMPTY, {0}, 0, 0}, /* string_value_strindex */
        {STR("\x0a\x01"
             "a\x18\x05"),
         VALUE_INT,
         {0},
         5,
         0}, /* the last member counts */
        {STR("\x18\x05\x0a\x01"
             "a"),
         VALUE_STRING, STR("a"), 0, 0},
        {STR("\x18\x05\x40\x05"), VALUE_EMPTY, {0}, 0, 0},   /* also where that is strindex */
        {STR("\x18\x05\xa0\x06\x01"), VALUE_INT, {0}, 5, 0}, /* and an unknown field behind it */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct attribute_view attribute;
        struct repeated attributes;
        struct value_view value;
        struct buf out = {0};
        size_t begin;

        value_read(cases[i].message, &value);
        for (unsigned form = 0; form < 3; form++) { /* and as attributes of several forms */
            ck_assert_msg(value.kind == cases[i].kind, "case %zu, form %u", i, form);
            if (value.kind == VALUE_BOOL)
                ck_assert_int_eq(value.boolean, cases[i].integer);
            else if (value.kind == VALUE_INT)
                ck_assert_int_eq(value.integer, cases[i].integer);
            else if (value.kind == VALUE_DOUBLE)
                ck_assert(memcmp(&value.number, &cases[i].number, sizeof(double)) == 0);
            else if (value.kind != VALUE_EMPTY)
                ck_assert(str_eq(value.bytes, cases[i].bytes));
            buf_reset(&out);
            if (form == 0) {
                wire_put_tag(&out, 1, WIRE_BYTES);
                wire_put_varint(&out, 5 + cases[i].message.len);
                wire_put_bytes(&out, 1, STR("k"));
                wire_put_bytes(&out, 2, cases[i].message);
            } else {
                begin = wire_begin(&out, 1);
                wire_put_bytes(&out, 2, cases[i].message);
                wire_put_bytes(&out, 1, STR("k"));
                wire_end(&out, begin);
            }
            attributes = (struct repeated){.wire = wire_of(buf_str(&out)), .number = 1, .count = 1};
            ck_assert(attribute_next(&attributes, &attribute));
            ck_assert(str_is(attribute.key, "k"));
            value = attribute.value;
        }
        buf_done(&out);
    }
}
END_TEST

START_TEST(a_value_in_two_parts_is_one)
{
    struct repeated attributes;
    struct attribute_view attribute;
    /* KeyValue: key "k", value {int 5}, value {} , value {unknown field} */
    struct str list = STR("\x0a\x0e\x0a\x01k\x12\x02\x18\x05\x12\x00\x12\x03\xa0\x06\x01");

    attributes = (struct repeated){.wire = wire_of(list), .number = 1, .count = 1};
    ck_assert(attribute_next(&attributes, &attribute));
    ck_assert_int_eq(attribute.value.kind, VALUE_INT);
    ck_assert_int_eq(attribute.value.integer, 5);
}
END_TEST

START_TEST(an_attribute_without_key_or_value_is_empty)
{
    struct str list = STR("\x0a\x00\x0a\x03\x0a\x01k\x0a\x02\x12\x00");
    struct repeated attributes = {.wire = wire_of(list), .number = 1, .count = 3};
    struct attribute_view attribute;

    ck_assert(attribute_next(&attributes, &attribute));
    ck_assert_uint_eq(attribute.key.len, 0);
    ck_assert_int_eq(attribute.value.kind, VALUE_EMPTY);
    ck_assert(attribute_next(&attributes, &attribute));
    ck_assert(str_is(attribute.key, "k"));
    ck_assert_int_eq(attribute.value.kind, VALUE_EMPTY);
    ck_assert(attribute_next(&attributes, &attribute));
    ck_assert_uint_eq(attribute.key.len, 0);
    expect_end(&attributes);
}
END_TEST

START_TEST(arrays_and_lists_are_walked)
{
    struct value_view value, element;
    struct repeated elements;
    struct buf out = {0};
    struct str message;
    size_t list;

    value_read(STR("\x2a\x0c\x0a\x02\x18\x01\x0a\x00\x0a\x04\x2a\x02\x0a\x00"), &value);
    elements = value_elements(&value);
    ck_assert(repeated_next(&elements, &message));
    value_read(message, &element);
    ck_assert_int_eq(element.integer, 1);
    ck_assert(repeated_next(&elements, &message));
    value_read(message, &element);
    ck_assert_int_eq(element.kind, VALUE_EMPTY);
    ck_assert(repeated_next(&elements, &message));
    value_read(message, &element);
    ck_assert_int_eq(element.kind, VALUE_ARRAY);
    ck_assert(!repeated_next(&elements, &message));

    list = wire_begin(&out, 6);
    put_attribute(&out, 1, "a", 1);
    put_attribute(&out, 1, "b", 2);
    wire_end(&out, list);
    value_read(buf_str(&out), &value);
    ck_assert_int_eq(value.kind, VALUE_KVLIST);
    elements = value_elements(&value);
    expect_attribute(&elements, "a", 1);
    expect_attribute(&elements, "b", 2);
    expect_end(&elements);
    buf_done(&out);
}
END_TEST

START_TEST(views_of_unchecked_bytes_stop_early)
{
    const struct str cases[] = {
        STR("\x2a\x05"),                         /* a name that is cut short */
        STR("\x08\x80\x80\x80\x80\x80\x00"),     /* an id as a number */
        STR("\x2d\x01\x02\x03\x04"),             /* a name as FIXED32 */
        STR("\x4a\x02\x0a\x05"),                 /* an attribute whose key is cut short */
        STR("\x4a\x06\x0a\x01k\x12\x05\x0a"),    /* a value beyond its attribute */
        STR("\x48\x01\x4a\x00\x48\x01\x4a\x7f"), /* attributes as numbers, one cut short */
        STR("\x7a\x02\x12\x7f"),                 /* a status likewise */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct attribute_view attribute;
        struct span_view span;
        char *exact = malloc(cases[i].len); /* so that reading beyond is seen */
        size_t sum = 0;

        memcpy(exact, cases[i].at, cases[i].len);
        span_read((struct str){exact, cases[i].len}, &span);
        for (size_t n = 0; n < span.name.len; n++)
            sum += (unsigned char)span.name.at[n];
        for (size_t n = 0; n < span.trace_id.len; n++)
            sum += (unsigned char)span.trace_id.at[n];
        while (attribute_next(&span.attributes, &attribute))
            for (size_t n = 0; n < attribute.key.len; n++)
                sum += (unsigned char)attribute.key.at[n];
        ck_assert_uint_lt(sum, 10000);
        free(exact);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("span");

    tcase_add_test(cases, an_empty_span_has_no_values);
    tcase_add_test(cases, all_fields_of_a_span_are_read);
    tcase_add_test(cases, of_a_scalar_the_last_counts_and_messages_add_up);
    tcase_add_test(cases, repeated_fields_are_walked_whatever_lies_between_them);
    tcase_add_test(cases, events_links_scopes_and_resources_are_read);
    tcase_add_test(cases, values_have_a_kind);
    tcase_add_test(cases, a_value_in_two_parts_is_one);
    tcase_add_test(cases, an_attribute_without_key_or_value_is_empty);
    tcase_add_test(cases, arrays_and_lists_are_walked);
    tcase_add_test(cases, views_of_unchecked_bytes_stop_early);
    return run_tests("span", cases);
}

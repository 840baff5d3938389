/*
 * What payload_read accepts, refuses, leaves out and mends; beside protobuf-c on requests by
 * chance.
 */
#include "otlp/payload.h"

#include "base/budget.h"
#include "otlp/check.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_message.h"
#include "unit/random_request.h"
#include "unit/reference.h"

enum { ROUNDS = 10000 };

#define TRACE_ID STR("0123456789abcdef")
#define SPAN_ID  STR("01234567")

/* ---- by chance ---- */

static void expect_same(enum signal signal, struct buf *request, unsigned round)
{
    size_t used = budget_used();
    const char *difference = reference_difference(signal, buf_str(request), NULL);

    ck_assert_msg(!difference, "round %u: %s", round, difference);
    ck_assert_uint_eq(budget_used(), used);
    buf_reset(request);
}

/* Spans are compared value by value; those that random_request() makes have more in them. */
static void some_request(struct dice *dice, enum signal signal, struct buf *out)
{
    if (signal == TRACES)
        random_request(dice, out);
    else
        random_signal_request(dice, signal, out);
}

START_TEST(valid_requests_are_read_as_protobuf_c_reads_them)
{
    struct dice dice = dice_new("valid");
    struct buf request = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);
        struct payload_report report;
        const char *difference;

        some_request(&dice, signal, &request);
        difference = reference_difference(signal, buf_str(&request), &report);
        ck_assert_msg(!difference, "round %u: %s", round, difference);
        ck_assert_msg(report.verdict == PAYLOAD_OK, "round %u: %s", round, report.why);
        ck_assert_uint_eq(report.mended_text, 0);
        buf_reset(&request);
    }
    buf_done(&request);
}
END_TEST

START_TEST(reshaped_requests_are_read_as_protobuf_c_reads_them)
{
    struct dice dice = dice_new("reshaped");
    struct buf request = {0}, reshaped = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);

        some_request(&dice, signal, &request);
        random_reshape(&dice, signal, buf_str(&request), &reshaped);
        buf_reset(&request);
        expect_same(signal, &reshaped, round);
    }
    buf_done(&request);
    buf_done(&reshaped);
}
END_TEST

START_TEST(damaged_requests_are_judged_as_protobuf_c_judges_them)
{
    struct dice dice = dice_new("damaged");
    struct buf request = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);

        some_request(&dice, signal, &request);
        random_damage(&dice, &request);
        expect_same(signal, &request, round);
    }
    buf_done(&request);
}
END_TEST

START_TEST(random_bytes_are_judged_as_protobuf_c_judges_them)
{
    static const unsigned char tags[] = {0x0a, 0x12, 0x1a, 0x4a, 0x00, 0x01, 0x02, 0x04};
    struct dice dice = dice_new("random");
    struct buf request = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t len = dice_roll(&dice, 60); len > 0; len--)
            buf_append_char(&request, dice_roll(&dice, 2) > 0
                                          ? (char)dice_roll(&dice, 256)
                                          : (char)tags[dice_roll(&dice, sizeof(tags))]);
        expect_same((enum signal)(round % SIGNAL_KINDS), &request, round);
    }
    buf_done(&request);
}
END_TEST

START_TEST(requests_cut_anywhere_are_judged_as_protobuf_c_judges_them)
{
    struct dice dice = {3};
    struct buf request = {0};

    while (request.len < 1000)
        random_request(&dice, &request);
    for (size_t len = 0; len <= request.len; len++) {
        const char *difference = reference_difference(TRACES, (struct str){request.at, len}, NULL);

        ck_assert_msg(!difference, "%zu bytes: %s", len, difference);
    }
    buf_done(&request);
}
END_TEST

/* ---- by hand ---- */

struct request { /* being written; one resource, one scope */
    struct buf buf;
    size_t resource, scope, span;
};

static void begin_scope(struct request *r)
{
    r->resource = wire_begin(&r->buf, 1);
    r->scope = wire_begin(&r->buf, 2);
}

static void end_scope(struct request *r)
{
    wire_end(&r->buf, r->scope);
    wire_end(&r->buf, r->resource);
}

static void begin_span(struct request *r)
{
    r->span = wire_begin(&r->buf, 2);
    wire_put_bytes(&r->buf, 1, TRACE_ID);
    wire_put_bytes(&r->buf, 2, SPAN_ID);
}

/* Reads the request and gives its memory back. */
static struct payload *read_request(struct request *r, struct payload_report *report)
{
    struct payload *payload = payload_read(TRACES, reference_body(buf_str(&r->buf)), report);

    buf_done(&r->buf);
    ck_assert_int_eq(payload == NULL, report->verdict != PAYLOAD_OK);
    return payload;
}

/* A request whose only span has one attribute, its value nested so deeply; the innermost is empty,
 * or what innermost says. */
static struct request nested(unsigned depth, bool as_array, struct str innermost)
{
    struct buf inner = {0}, outer = {0};
    struct request r = {0};
    size_t at;

    buf_append_str(&inner, innermost);
    for (unsigned i = 1; i < depth; i++) {
        at = wire_begin(&outer, as_array ? 5 : 6);
        if (as_array) {
            wire_put_bytes(&outer, 1, buf_str(&inner));
        } else {
            struct buf pair = {0};

            wire_put_bytes(&pair, 1, STR("key"));
            wire_put_bytes(&pair, 2, buf_str(&inner));
            wire_put_bytes(&outer, 1, buf_str(&pair));
            buf_done(&pair);
        }
        wire_end(&outer, at);
        buf_reset(&inner);
        buf_append_str(&inner, buf_str(&outer));
        buf_reset(&outer);
    }
    begin_scope(&r);
    begin_span(&r);
    at = wire_begin(&r.buf, 9);
    wire_put_bytes(&r.buf, 2, buf_str(&inner));
    wire_end(&r.buf, at);
    wire_end(&r.buf, r.span);
    end_scope(&r);
    buf_done(&inner);
    buf_done(&outer);
    return r;
}

START_TEST(values_are_nested_up_to_the_limit)
{
    static const struct {
        unsigned depth;
        bool good;
    } cases[] = {
        {1, true},
        {CHECK_MAX_NESTING - 1, true},
        {CHECK_MAX_NESTING, true},
        {CHECK_MAX_NESTING + 1, false},
        {1000, false},
    };

    for (size_t i = 0; i < 4 * sizeof(cases) / sizeof(cases[0]); i++) {
        struct request r =
            nested(cases[i / 4].depth, i % 2, i % 4 < 2 ? STR("") : STR("\x0a\x04text"));
        struct payload_report report;
        struct payload *payload = read_request(&r, &report);

        ck_assert_msg((payload != NULL) == cases[i / 4].good, "depth %u", cases[i / 4].depth);
        payload_unref(payload);
    }
}
END_TEST

START_TEST(nesting_of_ten_thousand_is_refused)
{
    struct buf inner = {0}, outer = {0};
    struct payload_report report;
    struct request r = {0};

    for (unsigned i = 0; i < 10000; i++) { /* backwards: what is inside is the end */
        struct buf head = {0};

        wire_put_tag(&head, i % 2 > 0 ? 5 : 1, WIRE_BYTES);
        wire_put_varint(&head, inner.len);
        for (size_t byte = head.len; byte > 0; byte--)
            buf_append_char(&inner, head.at[byte - 1]);
        buf_done(&head);
    }
    for (size_t byte = inner.len; byte > 0; byte--)
        buf_append_char(&outer, inner.at[byte - 1]);
    begin_scope(&r);
    begin_span(&r);
    wire_put_bytes(&inner, 2, buf_str(&outer));
    buf_reset(&inner);
    wire_put_bytes(&inner, 2, buf_str(&outer));
    wire_put_bytes(&r.buf, 9, buf_str(&inner));
    wire_end(&r.buf, r.span);
    end_scope(&r);
    ck_assert_ptr_null(read_request(&r, &report));
    ck_assert_int_eq(report.verdict, PAYLOAD_MALFORMED);
    ck_assert_str_eq(report.why, "attribute values are nested too deeply");
    buf_done(&inner);
    buf_done(&outer);
}
END_TEST

START_TEST(items_are_taken_up_to_the_limit)
{
    for (unsigned more = 0; more < 3; more++) {
        unsigned count = PAYLOAD_MAX_ITEMS - 1 + more;
        struct payload_report report;
        struct request r = {0};
        struct payload *payload;

        begin_scope(&r);
        for (unsigned i = 0; i < count; i++) {
            wire_put_tag(&r.buf, 2, WIRE_BYTES);
            wire_put_varint(&r.buf, 28);
            wire_put_bytes(&r.buf, 1, TRACE_ID);
            wire_put_bytes(&r.buf, 2, SPAN_ID);
        }
        end_scope(&r);
        payload = read_request(&r, &report);
        ck_assert_int_eq(payload != NULL, count <= PAYLOAD_MAX_ITEMS);
        if (payload)
            ck_assert_uint_eq(payload->item_count, count);
        payload_unref(payload);
    }
}
END_TEST

/* A whole message for a field of this type, of the given wire type. */
static void put_typed(struct buf *out, uint32_t number, enum wire_type type)
{
    struct wire_field f = {.number = number, .type = type, .value = 1};

    wire_put_field(out, &f);
}

START_TEST(every_field_has_its_wire_type)
{
    static const enum wire_type types[] = {WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32};
    static const struct {
        const ProtobufCMessageDescriptor *type;
        uint32_t path[8]; /* the fields that lead there from the request */
    } messages[] = {
        {PB_REQUEST, {0}},
        {PB_RESOURCE_SPANS, {1}},
        {PB_RESOURCE, {1, 1}},
        {PB_ATTRIBUTE, {1, 1, 1}},
        {PB_ENTITY_REF, {1, 1, 3}},
        {PB_SCOPE_SPANS, {1, 2}},
        {PB_SCOPE, {1, 2, 1}},
        {PB_ATTRIBUTE, {1, 2, 1, 3}},
        {PB_SPAN, {1, 2, 2}},
        {PB_ATTRIBUTE, {1, 2, 2, 9}},
        {PB_VALUE, {1, 2, 2, 9, 2}},
        {PB_ARRAY, {1, 2, 2, 9, 2, 5}},
        {PB_VALUE, {1, 2, 2, 9, 2, 5, 1}},
        {PB_KVLIST, {1, 2, 2, 9, 2, 6}},
        {PB_ATTRIBUTE, {1, 2, 2, 9, 2, 6, 1}},
        {PB_EVENT, {1, 2, 2, 11}},
        {PB_ATTRIBUTE, {1, 2, 2, 11, 3}},
        {PB_LINK, {1, 2, 2, 13}},
        {PB_ATTRIBUTE, {1, 2, 2, 13, 4}},
        {PB_STATUS, {1, 2, 2, 15}},
    };

    for (size_t m = 0; m < sizeof(messages) / sizeof(messages[0]); m++) {
        const ProtobufCMessageDescriptor *type = messages[m].type;

        for (unsigned i = 0; i < 4 * type->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &type->fields[i / 4];
            size_t begins[8], depth = 0;
            struct payload_report report;
            struct request r = {0};

            for (; depth < 8 && messages[m].path[depth] > 0; depth++)
                begins[depth] = wire_begin(&r.buf, messages[m].path[depth]);
            put_typed(&r.buf, field->id, types[i % 4]);
            while (depth > 0)
                wire_end(&r.buf, begins[--depth]);
            payload_unref(read_request(&r, &report));
            ck_assert_msg((report.verdict == PAYLOAD_OK) ==
                              (types[i % 4] == pb_wire_type(field->type)),
                          "%s.%s as type %d", type->name, field->name, (int)types[i % 4]);
        }
    }
}
END_TEST

START_TEST(broken_wire_is_malformed_and_its_place_is_told)
{
    const struct {
        struct str request;
        size_t at; /* at least, at most the end */
    } cases[] = {
        {STR("\x0a"), 1},     /* no length */
        {STR("\x0a\x01"), 1}, /* no content */
        {STR("\x0a\x80"), 1}, /* half a length */
        {STR("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1},
        {STR("\x0a\x80\x80\x80\x80\x80\x00"), 1}, /* a length of six bytes */
        {STR("\x00\x00"), 0},                     /* field number 0 */
        {STR("\x0b"), 0},                         /* groups */
        {STR("\x0c"), 0},
        {STR("\x7b\x7c"), 0}, /* a group of an unknown field */
        {STR("\x0e\x00"), 0}, /* types that do not exist */
        {STR("\x0f\x00"), 0},
        {STR("\x80\x80\x80\x80\x80\x01\x00"), 0},                     /* a tag of six bytes */
        {STR("\x78\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), 1}, /* a varint of eleven */
        {STR("\x0a\x02\x12\x05"), 2}, /* beyond its parent, inside the body */
        {STR("\x0a\x04\x12\x02\x12\x05\x78\x01"), 4},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct payload_report report;

        ck_assert_ptr_null(payload_read(TRACES, reference_body(cases[i].request), &report));
        ck_assert_msg(report.verdict == PAYLOAD_MALFORMED, "case %zu", i);
        ck_assert_ptr_nonnull(report.why);
        ck_assert_msg(report.at >= cases[i].at && report.at <= cases[i].request.len,
                      "case %zu: at %zu", i, report.at);
    }
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(an_empty_request_has_nothing)
{
    static const char *const requests[] = {"", "\x0a\x00", "\x78\x01"};

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct str request = {requests[i], i == 0 ? 0 : 2};
        struct payload_report report;
        struct payload *payload = payload_read(TRACES, reference_body(request), &report);

        ck_assert_ptr_nonnull(payload);
        ck_assert_ptr_null(report.why);
        ck_assert_uint_eq(payload->resource_count, i == 1);
        ck_assert_uint_eq(payload->item_count, 0);
        payload_unref(payload);
    }
}
END_TEST

START_TEST(spans_with_invalid_ids_are_left_out_and_counted)
{
    const struct str zero = STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    const struct {
        struct str trace_id, span_id, parent, link_trace, link_span;
        bool good;
    } cases[] = {
        {TRACE_ID, SPAN_ID, STR(""), STR(""), STR(""), true},
        {TRACE_ID, SPAN_ID, SPAN_ID, TRACE_ID, SPAN_ID, true},
        {TRACE_ID, SPAN_ID, {zero.at, 8}, zero, {zero.at, 8}, true},
        {STR(""), SPAN_ID, STR(""), STR(""), STR(""), false},
        {{TRACE_ID.at, 15}, SPAN_ID, STR(""), STR(""), STR(""), false},
        {STR("0123456789abcdef0"), SPAN_ID, STR(""), STR(""), STR(""), false},
        {zero, SPAN_ID, STR(""), STR(""), STR(""), false},
        {TRACE_ID, STR(""), STR(""), STR(""), STR(""), false},
        {TRACE_ID, STR("0123456"), STR(""), STR(""), STR(""), false},
        {TRACE_ID, STR("012345678"), STR(""), STR(""), STR(""), false},
        {TRACE_ID, {zero.at, 8}, STR(""), STR(""), STR(""), false},
        {TRACE_ID, SPAN_ID, STR("0123456"), STR(""), STR(""), false},
        {TRACE_ID, SPAN_ID, STR("012345678"), STR(""), STR(""), false},
        {TRACE_ID, SPAN_ID, STR(""), SPAN_ID, SPAN_ID, false},
        {TRACE_ID, SPAN_ID, STR(""), TRACE_ID, TRACE_ID, false},
    };
    size_t count = sizeof(cases) / sizeof(cases[0]), item = 0;
    struct payload_report report;
    struct request r = {0};
    struct payload *p;

    begin_scope(&r);
    for (size_t i = 0; i < count; i++) {
        size_t span = wire_begin(&r.buf, 2), span_link;

        wire_put_bytes(&r.buf, 1, cases[i].trace_id);
        wire_put_bytes(&r.buf, 2, cases[i].span_id);
        wire_put_bytes(&r.buf, 4, cases[i].parent);
        span_link = wire_begin(&r.buf, 13);
        wire_put_bytes(&r.buf, 1, cases[i].link_trace);
        wire_put_bytes(&r.buf, 2, cases[i].link_span);
        wire_end(&r.buf, span_link);
        put_typed(&r.buf, 6, WIRE_VARINT);
        wire_put_tag(&r.buf, 7, WIRE_FIXED64); /* its number tells the spans apart */
        buf_append(&r.buf, &(uint64_t){i}, 8);
        wire_end(&r.buf, span);
    }
    end_scope(&r);
    p = read_request(&r, &report);
    ck_assert_ptr_nonnull(p);
    for (size_t i = 0; i < count; i++) {
        struct span_view span;

        if (!cases[i].good)
            continue;
        ck_assert_uint_lt(item, p->item_count);
        span_read(payload_str(p, p->items[item++]), &span);
        ck_assert_uint_eq(span.start_ns, i);
    }
    ck_assert_uint_eq(p->item_count, item);
    ck_assert_uint_eq(p->scopes[0].count, item);
    ck_assert_uint_eq(report.rejected, count - item);
    ck_assert_ptr_nonnull(report.why);
    payload_unref(p);
}
END_TEST

START_TEST(text_that_is_not_utf8_is_mended_wherever_it_stands)
{
    static const struct {
        const char *name;
        uint32_t path[10]; /* from the request to the text */
        bool text;
    } cases[] = {
        {"schema_url of a resource", {1, 3}, true},
        {"key of a resource", {1, 1, 1, 1}, true},
        {"value of a resource", {1, 1, 1, 2, 1}, true},
        {"id_keys of an entity", {1, 1, 3, 3}, true},
        {"schema_url of a scope", {1, 2, 3}, true},
        {"name of a scope", {1, 2, 1, 1}, true},
        {"version of a scope", {1, 2, 1, 2}, true},
        {"key of a scope", {1, 2, 1, 3, 1}, true},
        {"trace_state", {1, 2, 2, 3}, true},
        {"name of a span", {1, 2, 2, 5}, true},
        {"key of a span", {1, 2, 2, 9, 1}, true},
        {"value of a span", {1, 2, 2, 9, 2, 1}, true},
        {"value in an array", {1, 2, 2, 9, 2, 5, 1, 1}, true},
        {"key in a kvlist", {1, 2, 2, 9, 2, 6, 1, 1}, true},
        {"value in a kvlist", {1, 2, 2, 9, 2, 6, 1, 2, 1}, true},
        {"name of an event", {1, 2, 2, 11, 2}, true},
        {"value of an event", {1, 2, 2, 11, 3, 2, 1}, true},
        {"trace_state of a link", {1, 2, 2, 13, 3}, true},
        {"message of a status", {1, 2, 2, 15, 2}, true},
        {"bytes", {1, 2, 2, 9, 2, 7}, false},
        {"an unknown field", {1, 2, 2, 9, 2, 100}, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct str wrong = STR("a\xff\xe2\x82"
                                     "b\xc3\xa9");
        const struct str mended = STR("a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                      "b\xc3\xa9");
        struct payload_report report;
        struct request r = {0};
        size_t begins[10], depth = 0;
        struct payload *p;

        for (; cases[i].path[depth + 1] > 0; depth++) {
            begins[depth] = wire_begin(&r.buf, cases[i].path[depth]);
            if (depth == 2 && cases[i].path[2] == 2 && cases[i].path[1] == 2) {
                wire_put_bytes(&r.buf, 1, TRACE_ID);
                wire_put_bytes(&r.buf, 2, SPAN_ID);
            }
        }
        wire_put_bytes(&r.buf, cases[i].path[depth], wrong);
        while (depth > 0)
            wire_end(&r.buf, begins[--depth]);
        ck_assert_ptr_null(reference_difference(TRACES, buf_str(&r.buf), &report));
        p = read_request(&r, &report);
        ck_assert_msg(p, "%s", cases[i].name);
        ck_assert_uint_eq(report.mended_text, cases[i].text);
        ck_assert_msg(memmem(p->bodies[0]->at, p->bodies[0]->len, mended.at, mended.len) != NULL ||
                          !cases[i].text,
                      "%s", cases[i].name);
        ck_assert_msg((memmem(p->bodies[0]->at, p->bodies[0]->len, wrong.at, wrong.len) != NULL) ==
                          !cases[i].text,
                      "%s", cases[i].name);
        payload_unref(p);
    }
}
END_TEST

static void put_attribute(struct buf *out, uint32_t number, struct str key, struct str text)
{
    size_t attribute = wire_begin(out, number), value;

    wire_put_bytes(out, 1, key);
    value = wire_begin(out, 2);
    wire_put_bytes(out, 1, text);
    wire_end(out, value);
    wire_end(out, attribute);
}

static void expect_attribute(struct repeated *attributes, const char *key, const char *text)
{
    struct attribute_view attribute;

    ck_assert(attribute_next(attributes, &attribute));
    ck_assert(str_is(attribute.key, key));
    ck_assert_int_eq(attribute.value.kind, VALUE_STRING);
    ck_assert(str_is(attribute.value.bytes, text));
}

START_TEST(a_resource_or_scope_that_comes_twice_is_merged)
{
    struct resource_view resource;
    struct payload_report report;
    struct scope_view scope;
    struct request r = {0};
    struct payload *p;
    size_t head;

    r.resource = wire_begin(&r.buf, 1);
    head = wire_begin(&r.buf, 1);
    put_attribute(&r.buf, 1, STR("service.name"), STR("a"));
    put_typed(&r.buf, 2, WIRE_VARINT);
    wire_end(&r.buf, head);
    r.scope = wire_begin(&r.buf, 2);
    head = wire_begin(&r.buf, 1);
    wire_put_bytes(&r.buf, 1, STR("first"));
    wire_put_bytes(&r.buf, 2, STR("1.0"));
    wire_end(&r.buf, head);
    begin_span(&r);
    wire_end(&r.buf, r.span);
    head = wire_begin(&r.buf, 1);
    wire_put_bytes(&r.buf, 1, STR("second"));
    wire_end(&r.buf, head);
    wire_end(&r.buf, r.scope);
    head = wire_begin(&r.buf, 1);
    put_attribute(&r.buf, 1, STR("host.name"), STR("b"));
    wire_end(&r.buf, head);
    wire_end(&r.buf, r.resource);

    p = read_request(&r, &report);
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(p->resource_count, 1);
    ck_assert_uint_eq(p->item_count, 1);
    resource_read(payload_str(p, p->resources[0].resource), &resource);
    ck_assert_uint_eq(resource.attributes.count, 2);
    ck_assert_uint_eq(resource.dropped_attributes, 1);
    expect_attribute(&resource.attributes, "service.name", "a");
    expect_attribute(&resource.attributes, "host.name", "b");
    scope_read(payload_str(p, p->scopes[0].scope), &scope);
    ck_assert(str_is(scope.name, "second"));
    ck_assert(str_is(scope.version, "1.0"));
    payload_unref(p);
}
END_TEST

START_TEST(a_mended_body_is_at_most_three_times_as_long)
{
    const struct str cases[] = {
        STR("\x0a\x00"),                                 /* empty resources */
        STR("\x0a\x02\x12\x00"),                         /* empty scopes */
        STR("\x0a\x08\x12\x06\x0a\x00\x12\x02\x4a\x00"), /* an empty attribute */
        STR("\x0a\x03\x1a\x01\xff"),                     /* text of one wrong byte */
        STR("\x0a\x06\x1a\x04\xff\xff\xff\xff"),
        STR("\x0a\x04\x0a\x00\x0a\x00"), /* two empty resources in one */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct payload_report report;
        struct request r = {0};
        struct payload *p;
        size_t len;

        buf_append(&r.buf, "\x0a\x03\x1a\x01\xff", 5); /* something to mend in any case */
        for (unsigned times = 0; times < 1000; times++)
            buf_append_str(&r.buf, cases[i]);
        len = r.buf.len;
        p = read_request(&r, &report);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_gt(report.mended_text, 0);
        ck_assert_msg(p->bodies[0]->len <= 3 * len, "case %zu", i);
        payload_unref(p);
    }
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(no_room_is_said_and_nothing_is_lost)
{
    struct dice dice = {5};
    struct buf request = {0};
    unsigned refused = 0;
    bool accepted = false;

    while (request.len < 1000)
        random_request(&dice, &request);
    for (unsigned mend = 0; mend < 2; mend++) {
        if (mend) /* an attribute with bad text makes it write a second body */
            buf_append(&request, "\x0a\x06\x0a\x04\x0a\x02\x0a\x00\x0a\x03\x1a\x01\xff", 13);
        for (size_t room = 0; !accepted || room < 3; room += 64) {
            struct bytes *body = reference_body(buf_str(&request));
            struct payload_report report;
            struct payload *p;

            budget_set_limit(budget_used() + room + 1);
            p = payload_read(TRACES, body, &report);
            accepted = p != NULL;
            if (!p) {
                ck_assert_int_eq(report.verdict, PAYLOAD_NO_ROOM);
                ck_assert_ptr_nonnull(report.why);
                refused++;
            }
            payload_unref(p);
            ck_assert_uint_eq(budget_used(), 0);
            budget_set_limit(SIZE_MAX);
        }
        accepted = false;
    }
    ck_assert_uint_gt(refused, 10);
    buf_done(&request);
}
END_TEST

START_TEST(references_are_counted)
{
    struct payload_report report;
    struct request r = nested(1, true, STR(""));
    struct payload *p = read_request(&r, &report);

    ck_assert_ptr_eq(payload_ref(p), p);
    payload_unref(p);
    ck_assert_uint_gt(budget_used(), 0);
    payload_unref(p);
    payload_unref(NULL);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("payload");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, valid_requests_are_read_as_protobuf_c_reads_them);
    tcase_add_test(cases, reshaped_requests_are_read_as_protobuf_c_reads_them);
    tcase_add_test(cases, damaged_requests_are_judged_as_protobuf_c_judges_them);
    tcase_add_test(cases, random_bytes_are_judged_as_protobuf_c_judges_them);
    tcase_add_test(cases, requests_cut_anywhere_are_judged_as_protobuf_c_judges_them);
    tcase_add_test(cases, values_are_nested_up_to_the_limit);
    tcase_add_test(cases, nesting_of_ten_thousand_is_refused);
    tcase_add_test(cases, items_are_taken_up_to_the_limit);
    tcase_add_test(cases, every_field_has_its_wire_type);
    tcase_add_test(cases, broken_wire_is_malformed_and_its_place_is_told);
    tcase_add_test(cases, an_empty_request_has_nothing);
    tcase_add_test(cases, spans_with_invalid_ids_are_left_out_and_counted);
    tcase_add_test(cases, text_that_is_not_utf8_is_mended_wherever_it_stands);
    tcase_add_test(cases, a_resource_or_scope_that_comes_twice_is_merged);
    tcase_add_test(cases, a_mended_body_is_at_most_three_times_as_long);
    tcase_add_test(cases, no_room_is_said_and_nothing_is_lost);
    tcase_add_test(cases, references_are_counted);
    return run_tests("payload", cases);
}

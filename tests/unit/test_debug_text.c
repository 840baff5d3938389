/*
 * Batches as text: every field in its place, and nothing that could harm a terminal.
 */
#include "exporters/debug_text.h"

#include "unit/check.h"

#include "otlp/wire_write.h"

static void put_attribute(struct buf *out, uint32_t number, const char *key, const char *value)
{
    size_t attribute = wire_begin(out, number), any;

    wire_put_bytes(out, 1, str_of(key));
    any = wire_begin(out, 2);
    wire_put_bytes(out, 1, str_of(value));
    wire_end(out, any);
    wire_end(out, attribute);
}

static void put_fixed64(struct buf *out, uint32_t number, uint64_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_FIXED64, .value = value};

    wire_put_field(out, &f);
}

static void put_number(struct buf *out, uint32_t number, uint64_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_VARINT, .value = value};

    wire_put_field(out, &f);
}

static void put_span(struct buf *out)
{
    size_t span = wire_begin(out, 2), part;

    wire_put_bytes(out, 1, STR("0123456789abcdef"));
    wire_put_bytes(out, 2, STR("01234567"));
    wire_put_bytes(out, 5, STR("GET \x1b[31m/"));
    put_number(out, 6, 2);
    put_fixed64(out, 7, 1700000000000000001);
    put_fixed64(out, 8, 1700000000000000002);
    put_attribute(out, 9, "method", "GET");
    put_number(out, 10, 3);
    part = wire_begin(out, 11);
    wire_put_bytes(out, 2, STR("retry"));
    put_attribute(out, 3, "n", "1");
    wire_end(out, part);
    part = wire_begin(out, 13);
    wire_put_bytes(out, 1, STR("ABCDEFGHIJKLMNOP"));
    wire_put_bytes(out, 2, STR("abcdefgh"));
    wire_end(out, part);
    part = wire_begin(out, 15);
    wire_put_bytes(out, 2, STR("broken"));
    put_number(out, 3, 2);
    wire_end(out, part);
    wire_end(out, span);
}

static struct batch *make_batch(void)
{
    struct buf out = {0};
    size_t group = wire_begin(&out, 1), part = wire_begin(&out, 1);
    struct payload_report report;
    struct payload *payload;
    struct bytes *body;
    struct batch *batch;

    put_attribute(&out, 1, "service.name", "shop");
    wire_end(&out, part);
    part = wire_begin(&out, 2);
    {
        size_t scope = wire_begin(&out, 1);

        wire_put_bytes(&out, 1, STR("checkout"));
        wire_put_bytes(&out, 2, STR("1.0"));
        wire_end(&out, scope);
    }
    put_span(&out);
    wire_end(&out, part);
    wire_end(&out, group);
    body = bytes_new(out.len);
    memcpy(body->at, out.at, out.len);
    body->len = out.len;
    buf_done(&out);
    payload = payload_read(TRACES, body, &report);
    ck_assert_ptr_nonnull(payload);
    batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

static void check_text(enum verbosity verbosity, const char *expected)
{
    struct batch *batch = make_batch();
    struct buf out = {0};

    ck_assert_uint_eq(debug_text(&out, batch, verbosity), 1);
    ck_assert_str_eq(buf_text(&out), expected);
    buf_done(&out);
    batch_unref(batch);
}

START_TEST(basic_has_no_lines)
{
    check_text(VERBOSITY_BASIC, "");
}
END_TEST

START_TEST(normal_has_one_line_for_each_span)
{
    check_text(VERBOSITY_NORMAL, "GET \\x1b[31m/ 30313233343536373839616263646566 "
                                 "3031323334353637 method=GET\n");
}
END_TEST

START_TEST(detailed_has_everything)
{
    check_text(VERBOSITY_DETAILED, "ResourceSpans #0\n"
                                   "Resource attributes:\n"
                                   "     -> service.name: Str(shop)\n"
                                   "ScopeSpans #0\n"
                                   "InstrumentationScope checkout 1.0\n"
                                   "Span #0\n"
                                   "    Trace ID       : 30313233343536373839616263646566\n"
                                   "    Parent ID      : \n"
                                   "    ID             : 3031323334353637\n"
                                   "    Name           : GET \\x1b[31m/\n"
                                   "    Kind           : Server\n"
                                   "    Start time     : 2023-11-14 22:13:20.000000001 +0000 UTC\n"
                                   "    End time       : 2023-11-14 22:13:20.000000002 +0000 UTC\n"
                                   "    Status code    : Error\n"
                                   "    Status message : broken\n"
                                   "DroppedAttributesCount: 3\n"
                                   "Attributes:\n"
                                   "     -> method: Str(GET)\n"
                                   "Events:\n"
                                   "SpanEvent #0\n"
                                   "     -> Name: retry\n"
                                   "     -> Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
                                   "     -> Attributes::\n"
                                   "          -> n: Str(1)\n"
                                   "Links:\n"
                                   "SpanLink #0\n"
                                   "     -> Trace ID: 4142434445464748494a4b4c4d4e4f50\n"
                                   "     -> ID: 6162636465666768\n"
                                   "     -> TraceState: \n");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("debug_text");

    tcase_add_test(cases, basic_has_no_lines);
    tcase_add_test(cases, normal_has_one_line_for_each_span);
    tcase_add_test(cases, detailed_has_everything);
    return run_tests("debug_text", cases);
}

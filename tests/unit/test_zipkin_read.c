/*
 * Zipkin's formats in, Zipkin's JSON out again: what Zipkin shows stays as it was.
 */
#include "zipkin/read.h"

#include "base/budget.h"
#include "base/hex.h"
#include "unit/spans_text.h"
#include "zipkin/write.h"

typedef struct bytes *read_fn(struct str body, bool parse_tags, struct zipkin_report *report);

static struct batch *batch_read(read_fn *read, struct str body, bool parse_tags)
{
    struct zipkin_report report;
    struct payload_report payload_report;
    struct bytes *request = read(body, parse_tags, &report);
    struct payload *payload;
    struct batch *batch;

    ck_assert_msg(request != NULL, "%s: %.*s", report.why, STR_ARG(body));
    ck_assert_int_eq(report.verdict, ZIPKIN_OK);
    payload = payload_read(TRACES, request, &payload_report);
    ck_assert_msg(payload != NULL, "%s at %zu", payload_report.why, payload_report.at);
    ck_assert_uint_eq(payload_report.rejected, 0);
    batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

static struct buf written(const struct batch *batch, const struct zipkin_form *form)
{
    struct zipkin_writer *writer = zipkin_writer_new(batch, form, STR("nobody"));
    struct buf out = {0};

    zipkin_writer_next(writer, SIZE_MAX, SIZE_MAX, &out);
    zipkin_writer_free(writer);
    return out;
}

static void check(read_fn *read, struct str in, const char *expected)
{
    struct batch *batch = batch_read(read, in, false);
    struct buf out = written(batch, &zipkin_json);

    ck_assert_str_eq(buf_text(&out), expected);
    buf_done(&out);
    batch_unref(batch);
    ck_assert_uint_eq(budget_used(), 0);
}

#define IDS   "\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"id\":\"eee19b7ec3c1b174\""
#define LOCAL ",\"localEndpoint\":{\"serviceName\":\"shop\"}"

static const char *const same[] = {
    "[{" IDS LOCAL "}]",
    "[{" IDS LOCAL "},{" IDS LOCAL "}]",
    "[{\"traceId\":\"d269b633813fc60c\",\"parentId\":\"0000000000000001\",\"id\":"
    "\"eee19b7ec3c1b174\",\"kind\":\"CLIENT\",\"name\":\"get\\n\\u0001\",\"timestamp\":"
    "1700000000000000,\"duration\":17,\"localEndpoint\":{\"serviceName\":\"shop\",\"ipv4\":"
    "\"10.0.0.1\",\"ipv6\":\"2001:db8::1\",\"port\":80},\"remoteEndpoint\":{\"serviceName\":"
    "\"db\",\"ipv6\":\"::1\",\"port\":65535},\"annotations\":[{\"timestamp\":1,\"value\":\"a\"},{"
    "\"timestamp\":1700000000000001,\"value\":\"b \\\"c\\\": {}\"}],\"tags\":{\"k\":\"v\",\"\":"
    "\"\",\"n\":\"007\"},\"debug\":true,\"shared\":true}]",
    "[{" IDS ",\"kind\":\"SERVER\"" LOCAL "}]",
    "[{" IDS ",\"kind\":\"PRODUCER\"" LOCAL "}]",
    "[{" IDS ",\"kind\":\"CONSUMER\"" LOCAL "}]",
    "[{" IDS ",\"timestamp\":1700000000000000" LOCAL "}]",
    "[{" IDS ",\"duration\":5" LOCAL "}]",
    "[{" IDS LOCAL ",\"tags\":{\"span.kind\":\"internal\"}}]",
    "[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"no\"}}]",
    "[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"true\"}}]",
    "[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"\"}}]",
    "[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"OK\"}}]",
    "[{" IDS LOCAL ",\"tags\":{\"w3c.tracestate\":\"a=b\"}}]",
    "[{" IDS LOCAL ",\"tags\":{\"otlp.link.0\":\"x|y\",\"otel.scope.name\":\"lib\"}}]",
    "[{" IDS ",\"localEndpoint\":{\"serviceName\":\"a\"}},{" IDS LOCAL "}]",
};

START_TEST(what_zipkin_shows_stays_as_it_was)
{
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct batch *batch;
        struct buf proto;

        check(zipkin_read_json, str_of(same[i]), same[i]);
        batch = batch_read(zipkin_read_json, str_of(same[i]), false);
        proto = written(batch, &zipkin_proto);
        batch_unref(batch);
        check(zipkin_read_proto, buf_str(&proto), same[i]);
        buf_done(&proto);
    }
}
END_TEST

START_TEST(json_may_be_written_in_many_ways)
{
    static const char *const cases[][2] = {
        {" [ ] ", ""},
        {"[{\"id\" : \"B174\", \"x\":{\"y\":[1,{}]}, \"traceId\":\"C60C\",\"name\":null,"
         "\"tags\":null,\"localEndpoint\":null}]",
         "[{\"traceId\":\"000000000000c60c\",\"id\":\"000000000000b174\",\"localEndpoint\":{"
         "\"serviceName\":\"nobody\"}}]"},
        {"[{" IDS ",\"\\u006eame\":\"\\u0041\",\"timestamp\":\"17e2\",\"duration\":2.0,\"shared\":"
         "\"true\",\"debug\":false,\"kind\":\"client\"" LOCAL "}]",
         "[{" IDS ",\"kind\":\"CLIENT\",\"name\":\"A\",\"timestamp\":1700,\"duration\":2" LOCAL
         ",\"shared\":true}]"},
        {"[{" IDS LOCAL ",\"tags\":{\"i\":-5,\"b\":true,\"n\":null}}]",
         "[{" IDS LOCAL ",\"tags\":{\"i\":\"-5\",\"b\":\"true\"}}]"},
        {"[{" IDS ",\"localEndpoint\":{\"serviceName\":\"shop\",\"ipv4\":\"nowhere\",\"port\":"
         "null}}]",
         "[{" IDS LOCAL "}]"},
        {"[{" IDS ",\"parentId\":\"0\"" LOCAL "}]", "[{" IDS LOCAL "}]"},
        {"[{" IDS LOCAL ",\"tags\":{\"error\":\"no\"}}]",
         "[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"no\"}}]"},
        {"[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"Error\",\"otel.status_description\":"
         "\"no\",\"error\":\"true\"}}]",
         "[{" IDS LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"no\"}}]"},
        /* services together, in the order of their names */
        {"[{" IDS LOCAL ",\"name\":\"1\"},{" IDS
         ",\"localEndpoint\":{\"serviceName\":\"db\"}},{" IDS LOCAL ",\"name\":\"2\"}]",
         "[{" IDS ",\"localEndpoint\":{\"serviceName\":\"db\"}},{" IDS ",\"name\":\"1\"" LOCAL
         "},{" IDS ",\"name\":\"2\"" LOCAL "}]"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(zipkin_read_json, str_of(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(v1_becomes_v2)
{
    static const char *const cases[][2] = {
        {"[{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"id\":\"eee19b7ec3c1b174\",\"name\":"
         "\"get\",\"annotations\":[{\"timestamp\":100,\"value\":\"cs\",\"endpoint\":{"
         "\"serviceName\":\"shop\",\"ipv4\":\"10.0.0.1\",\"port\":80}},{\"timestamp\":150,"
         "\"value\":\"tea\",\"endpoint\":{\"serviceName\":\"other\"}},{\"timestamp\":200,"
         "\"value\":\"cr\"}],\"binaryAnnotations\":[{\"key\":\"sa\",\"value\":true,\"endpoint\":{"
         "\"serviceName\":\"db\",\"port\":1}},{\"key\":\"http.path\",\"value\":\"/\"}]}]",
         "[{" IDS ",\"kind\":\"CLIENT\",\"name\":\"get\",\"timestamp\":100,\"duration\":100,"
         "\"localEndpoint\":{\"serviceName\":\"shop\",\"ipv4\":\"10.0.0.1\",\"port\":80},"
         "\"remoteEndpoint\":{\"serviceName\":\"db\",\"port\":1},\"annotations\":[{\"timestamp\":"
         "150,\"value\":\"tea\"}],\"tags\":{\"http.path\":\"/\"}}]"},
        {"[{" IDS ",\"timestamp\":7,\"duration\":8,\"annotations\":[{\"timestamp\":9,\"value\":"
         "\"sr\",\"endpoint\":{\"serviceName\":\"shop\"}},{\"timestamp\":10,\"value\":\"cs\"}],"
         "\"binaryAnnotations\":[{\"key\":\"lc\",\"value\":\"\"}]}]",
         "[{" IDS ",\"kind\":\"SERVER\",\"timestamp\":7,\"duration\":8" LOCAL ",\"annotations\":[{"
         "\"timestamp\":10,\"value\":\"cs\"}]}]"},
        {"[{" IDS ",\"debug\":true,\"binaryAnnotations\":[{\"key\":\"lc\",\"value\":\"x\","
         "\"endpoint\":{\"serviceName\":\"shop\"}}]}]",
         "[{" IDS LOCAL ",\"tags\":{\"lc\":\"x\"},\"debug\":true}]"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(zipkin_read_v1_json, str_of(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(what_is_wrong_is_told_with_its_place)
{
    static const struct {
        const char *body, *why;
    } cases[] = {
        {"", "a list is wanted here (at byte 0)"},
        {"{}", "a list is wanted here (at byte 0)"},
        {"[{}]", "span 1: traceId: is missing"},
        {"[{" IDS "},{\"traceId\":\"1\"}]", "span 2: id: is missing"},
        {"[{\"traceId\":\"0\",\"id\":\"1\"}]", "span 1: traceId: is missing"},
        {"[{\"traceId\":\"xyz\"}]", "span 1, traceId: has a character that is no hexadecimal"},
        {"[{\"traceId\":\"\"}]", "span 1, traceId: has to have 16 or 32"},
        {"[{\"traceId\":\"123456789012345678901234567890123\"}]", "has to have 16 or 32"},
        {"[{\"id\":\"12345678901234567\"}]", "span 1, id: has to have 16 hexadecimal digits"},
        {"[{\"id\":5}]", "span 1, id: a string is wanted here"},
        {"[{" IDS ",\"timestamp\":-1}]", "span 1, timestamp: a number must not be negative"},
        {"[{" IDS ",\"timestamp\":\"soon\"}]", "span 1, timestamp: a number is wanted here"},
        {"[{" IDS ",\"timestamp\":1.5}]", "span 1, timestamp: "},
        {"[{" IDS ",\"timestamp\":18446744073709551615}]", "span 1: timestamp: is too large"},
        {"[{" IDS ",\"timestamp\":5,\"duration\":18446744073709551}]",
         "span 1: duration: is too large"},
        {"[{" IDS ",\"localEndpoint\":{\"port\":65536}}]",
         "span 1, localEndpoint: a number is too large"},
        {"[{" IDS ",\"localEndpoint\":[]}]", "span 1, localEndpoint: an object is wanted here"},
        {"[{" IDS ",\"kind\":\"KING\"}]", "span 1, kind: has to be CLIENT"},
        {"[{" IDS ",\"tags\":{\"k\":{}}}]", "span 1, tags: a text is wanted here"},
        {"[{" IDS ",\"tags\":[]}]", "span 1, tags: an object is wanted here"},
        {"[{" IDS ",\"annotations\":{}}]", "span 1, annotations: a list is wanted here"},
        {"[{" IDS ",\"shared\":1}]", "span 1, shared: true or false"},
        {"[{" IDS "}", "the text ends too early"},
        {"[{" IDS "}]x", "something stands behind the list of spans"},
        {"[{" IDS "},]", "a comma is followed by nothing"},
        {"[5]", "span 1: an object is wanted here"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct zipkin_report report;

        ck_assert_ptr_null(zipkin_read_json(str_of(cases[i].body), false, &report));
        ck_assert_int_eq(report.verdict, ZIPKIN_MALFORMED);
        ck_assert_msg(strstr(report.why, cases[i].why), "%s: %s", cases[i].body, report.why);
        ck_assert_uint_eq(budget_used(), 0);
    }
}
END_TEST

START_TEST(nesting_is_bounded)
{
    struct zipkin_report report;
    struct buf body = {0};

    buf_append_str(&body, STR("[{\"x\":"));
    for (unsigned i = 0; i < 1000000; i++)
        buf_append_char(&body, '[');
    ck_assert_ptr_null(zipkin_read_json(buf_str(&body), false, &report));
    ck_assert_ptr_nonnull(strstr(report.why, "nested too deeply"));
    buf_done(&body);
}
END_TEST

/* Hexadecimal digits, blanks between them. */
static struct buf bytes_of(const char *hex)
{
    struct buf out = {0};

    for (; *hex; hex++)
        if (*hex != ' ') {
            buf_append_char(&out, (char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1])));
            hex++;
        }
    return out;
}

static void check_bad(read_fn *read, const char *hex, const char *why)
{
    struct zipkin_report report;
    struct buf body = bytes_of(hex);

    ck_assert_ptr_null(read(buf_str(&body), false, &report));
    ck_assert_int_eq(report.verdict, ZIPKIN_MALFORMED);
    ck_assert_msg(strstr(report.why, why), "%s: %s", hex, report.why);
    buf_done(&body);
    ck_assert_uint_eq(budget_used(), 0);
}

START_TEST(protobuf_that_is_wrong_is_told)
{
    check_bad(zipkin_read_proto, "0a", "not a ListOfSpans");
    check_bad(zipkin_read_proto, "0a00", "span 1: traceId: is missing");
    check_bad(zipkin_read_proto, "0a03 0a0101", "span 1, traceId: has to have 8 or 16 bytes");
    check_bad(zipkin_read_proto, "0a02 420a", "span 1: is no message");
    check_bad(zipkin_read_proto, "0a04 42022080", "span 1, localEndpoint: is no message");
    check_bad(zipkin_read_proto, "0a06 420420808004", "span 1, localEndpoint: has a port");
}
END_TEST

#define T_TRACE "0a0001 d269b633813fc60c"
#define T_HIGH  "0a000c 5b8efff798038103"
#define T_ID    "0a0004 eee19b7ec3c1b174"
#define T_HOST                                                                                     \
    "0c%s 080001 0a000001 060002 0050 0b0003 00000004 73686f70 00" /* 10.0.0.1:80, shop */

START_TEST(thrift_is_read)
{
    struct buf hex = {0}, body;

    buf_printf(&hex,
               "0c 00000001 " T_TRACE T_HIGH T_ID "0b0003 00000003 676574"
               "0f0006 0c 00000002"
               "  0a0001 0000000000000064 0b0002 00000002 6373 " T_HOST "00"
               "  0a0001 00000000000000c8 0b0002 00000002 6372 00"
               "0f0008 0c 00000003"
               "  0b0001 00000001 6b 0b0002 00000001 76 080003 00000006 00"
               "  0b0001 00000001 6e 0b0002 00000002 fffb 080003 00000002 00"
               "  0b0001 00000002 7361 0b0002 00000001 01 080003 00000000" T_HOST "00"
               "020009 01 00",
               "0003", "0004");
    body = bytes_of(buf_text(&hex));
    check(zipkin_read_thrift, buf_str(&body),
          "[{" IDS ",\"kind\":\"CLIENT\",\"name\":\"get\",\"timestamp\":100,\"duration\":100,"
          "\"localEndpoint\":{\"serviceName\":\"shop\",\"ipv4\":\"10.0.0.1\",\"port\":80},"
          "\"remoteEndpoint\":{\"serviceName\":\"shop\",\"ipv4\":\"10.0.0.1\",\"port\":80},"
          "\"tags\":{\"k\":\"v\",\"n\":\"-5\"},\"debug\":true}]");
    buf_done(&body);
    buf_done(&hex);
}
END_TEST

START_TEST(thrift_that_is_wrong_is_told)
{
    check_bad(zipkin_read_thrift, "0c", "byte");
    check_bad(zipkin_read_thrift, "08 00000001 00000000", "not a list of spans");
    check_bad(zipkin_read_thrift, "0c 00000001 00", "span 1: traceId: is missing");
    check_bad(zipkin_read_thrift, "0c 00000001 0a0001 00", "span 1: ");
    check_bad(zipkin_read_thrift, "0c 7fffffff 00", "byte");
    check_bad(zipkin_read_thrift, "0c 00000001 0a000a ffffffffffffffff 00", "negative");
    check_bad(zipkin_read_thrift, "0c 00000001 0f0006 08 00000001 00000000 00", "of structs");
    check_bad(zipkin_read_thrift, "0c 00000001" T_TRACE T_ID "00 00", "stands behind");
}
END_TEST

START_TEST(tags_become_numbers_where_that_is_wanted)
{
    struct str body =
        STR("[{" IDS ",\"tags\":{\"i\":\"42\",\"m\":\"-7\",\"z\":\"007\",\"d\":\"0.5\","
            "\"t\":\"true\",\"x\":\"42x\",\"e\":\"\",\"huge\":"
            "\"9223372036854775808\",\"mz\":\"-0\",\"plus\":\"+1\"}}]");
    static const enum value_kind kinds[] = {VALUE_INT,    VALUE_INT,    VALUE_STRING, VALUE_DOUBLE,
                                            VALUE_BOOL,   VALUE_STRING, VALUE_STRING, VALUE_STRING,
                                            VALUE_STRING, VALUE_STRING};
    struct batch *batch = batch_read(zipkin_read_json, body, true);
    const struct payload *payload = batch->slices[0].payload;
    struct attribute_view attribute;
    struct span_view span;

    span_read(payload_str(payload, payload->items[0]), &span);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        ck_assert(attribute_next(&span.attributes, &attribute));
        ck_assert_msg(attribute.value.kind == kinds[i], "%.*s", STR_ARG(attribute.key));
    }
    ck_assert(!attribute_next(&span.attributes, &attribute));
    batch_unref(batch);
}
END_TEST

/* What OTLP has been translated to says the same when it has been read and written once more. */
static void check_trip(const struct batch *batch, struct buf *unused)
{
    struct buf json = written(batch, &zipkin_json), proto = written(batch, &zipkin_proto);
    struct batch *from_json = batch_read(zipkin_read_json, buf_str(&json), false);
    struct batch *from_proto = batch_read(zipkin_read_proto, buf_str(&proto), false);
    struct buf second = written(from_json, &zipkin_json);
    struct buf third = written(from_proto, &zipkin_json);

    (void)unused;
    ck_assert_uint_eq(from_json->items, batch->items);
    ck_assert_str_eq(buf_text(&second), buf_text(&third));
    buf_done(&json);
    buf_done(&proto);
    buf_done(&second);
    buf_done(&third);
    batch_unref(from_json);
    batch_unref(from_proto);
}

START_TEST(both_forms_of_otlp_say_the_same)
{
    each_vector(check_trip);
}
END_TEST

START_TEST(without_room_nothing_is_taken)
{
    struct zipkin_report report;
    struct buf body = {0};

    buf_append_str(&body, STR("["));
    for (unsigned i = 0; i < 20000; i++)
        buf_append_str(&body, i == 0 ? STR("{" IDS LOCAL "}") : STR(",{" IDS LOCAL "}"));
    buf_append_str(&body, STR("]"));
    budget_set_limit(100000);
    ck_assert_ptr_null(zipkin_read_json(buf_str(&body), false, &report));
    ck_assert_int_eq(report.verdict, ZIPKIN_NO_ROOM);
    ck_assert_uint_eq(budget_used(), 0);
    buf_done(&body);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zipkin_read");

    tcase_add_test(cases, what_zipkin_shows_stays_as_it_was);
    tcase_add_test(cases, json_may_be_written_in_many_ways);
    tcase_add_test(cases, v1_becomes_v2);
    tcase_add_test(cases, what_is_wrong_is_told_with_its_place);
    tcase_add_test(cases, nesting_is_bounded);
    tcase_add_test(cases, protobuf_that_is_wrong_is_told);
    tcase_add_test(cases, thrift_is_read);
    tcase_add_test(cases, thrift_that_is_wrong_is_told);
    tcase_add_test(cases, tags_become_numbers_where_that_is_wanted);
    tcase_add_test(cases, both_forms_of_otlp_say_the_same);
    tcase_add_test(cases, without_room_nothing_is_taken);
    return run_tests("zipkin_read", cases);
}

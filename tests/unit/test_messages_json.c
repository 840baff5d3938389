/*
 * Answers as JSON.
 */
#include "otlp/messages_json.h"

#include "otlp/messages.h"
#include "unit/check.h"

static void expect(struct buf *got, const char *expected)
{
    ck_assert_str_eq(buf_text(got), expected);
    buf_done(got);
}

START_TEST(success_is_an_empty_object)
{
    struct buf out = {0};

    message_put_export_json(&out, "rejectedSpans", 0, NULL);
    expect(&out, "{}");
}
END_TEST

START_TEST(partial_success_tells_how_many_and_why)
{
    struct buf out = {0};

    message_put_export_json(&out, "rejectedSpans", 3, "bad \"id\"");
    expect(&out,
           "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"bad \\\"id\\\"\"}}");
    message_put_export_json(&out, "rejectedLogRecords", UINT64_MAX, NULL);
    expect(&out, "{\"partialSuccess\":{\"rejectedLogRecords\":\"18446744073709551615\"}}");
    message_put_export_json(&out, "rejectedSpans", 0, "a warning");
    expect(&out, "{\"partialSuccess\":{\"errorMessage\":\"a warning\"}}");
}
END_TEST

START_TEST(an_error_has_its_code_and_its_delay)
{
    struct buf out = {0};

    message_put_status_json(&out, 3, "no\n", MESSAGE_NO_RETRY);
    expect(&out, "{\"code\":3,\"message\":\"no\\n\"}");
    message_put_status_json(&out, 14, "busy", 1500);
    expect(&out, "{\"code\":14,\"message\":\"busy\",\"details\":[{\"@type\":"
                 "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"1.500s\"}]}");
}
END_TEST

START_TEST(responses_are_read)
{
    static const struct {
        enum signal signal;
        const char *text;
        bool good;
        uint64_t rejected;
        const char *why;
    } cases[] = {
        {TRACES, "{}", true, 0, ""},
        {TRACES, "{\"partialSuccess\":{}}", true, 0, ""},
        {TRACES, "{\"partialSuccess\":null}", true, 0, ""},
        {TRACES, "{\"partialSuccess\":{\"rejectedSpans\":\"7\",\"errorMessage\":\"ids\"}}", true, 7,
         "ids"},
        {METRICS, "{\"partialSuccess\":{\"rejectedDataPoints\":8}}", true, 8, ""},
        {LOGS, "{\"partialSuccess\":{\"rejectedLogRecords\":\"9\"},\"more\":[1]}", true, 9, ""},
        {LOGS, "{\"partialSuccess\":{\"rejectedSpans\":\"9\"}}", true, 0, ""},
        {LOGS, "ok", false, 0, ""},
        {LOGS, "", false, 0, ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct export_response response;
        struct bytes *read;

        ck_assert_msg(message_read_export_json(cases[i].signal, str_of(cases[i].text), &response,
                                               &read) == cases[i].good,
                      "%s", cases[i].text);
        if (cases[i].good) {
            ck_assert_uint_eq(response.rejected, cases[i].rejected);
            ck_assert(str_is(response.why, cases[i].why));
        }
        bytes_unref(read);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("messages_json");

    tcase_add_test(cases, success_is_an_empty_object);
    tcase_add_test(cases, partial_success_tells_how_many_and_why);
    tcase_add_test(cases, an_error_has_its_code_and_its_delay);
    tcase_add_test(cases, responses_are_read);
    return run_tests("messages_json", cases);
}

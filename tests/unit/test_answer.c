#include "exporters/answer.h"

#include "unit/check.h"

static const struct peer peer = {.rules = RETRY_UNLESS_REFUSED,
                                 .name = "Peer",
                                 .path_advice = "(look at the path)",
                                 .form_advice = "(look at the form)",
                                 .service_advice = "(look at the port)"};

START_TEST(statuses_have_their_outcomes)
{
    static const struct {
        unsigned status;
        enum outcome outcome;
        const char *body, *why;
    } cases[] = {
        {200, SENT, "", ""},
        {202, SENT, "", ""},
        {0, SEND_AGAIN, "cannot connect to jaeger:14268", "cannot connect to jaeger:14268"},
        {408, SEND_AGAIN, "", "Peer answers 408"},
        {429, SEND_AGAIN, " slow down\r\n", "Peer answers 429: slow down"},
        {500, SEND_AGAIN, "Cannot submit Jaeger batch: x\n",
         "Peer answers 500: Cannot submit Jaeger batch: x"},
        {503, SEND_AGAIN, "", "Peer answers 503"},
        {400, REFUSED, "Unable to process request body: EOF\n",
         "Peer answers 400: Unable to process request body: EOF"},
        {401, REFUSED, "",
         "Peer answers 401 (is an Authorization missing in headers, or an extension in auth?)"},
        {413, TOO_LARGE, "", "Peer answers 413"},
        {404, REFUSED, "not found", "Peer answers 404 (look at the path): not found"},
        {415, REFUSED, "", "Peer answers 415 (look at the form)"},
        {307, REFUSED, "",
         "Peer answers 307 (redirects are not followed: write the address that it means)"},
        {400, REFUSED,
         "\x08\x03\x12\x03"
         "bad",
         "Peer answers 400: bad"},
        {400, TOO_LARGE,
         "\x12\x1c"
         "http: request body too large",
         "Peer answers 400: http: request body too large"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_answer answer = {
            .status = cases[i].status, .error = cases[i].body, .body = str_of(cases[i].body)};
        char why[WHY_MAX] = "";

        ck_assert_int_eq(http_outcome(&peer, &answer, why), cases[i].outcome);
        ck_assert_str_eq(why, cases[i].why);
    }
}
END_TEST

START_TEST(grpc_codes_have_their_outcomes)
{
    static const struct {
        enum grpc_code code;
        enum outcome outcome;
        const char *message;
    } cases[] = {
        {GRPC_OK, SENT, ""},
        {GRPC_CANCELLED, SEND_AGAIN, ""},
        {GRPC_UNKNOWN, SEND_AGAIN, ""},
        {GRPC_INVALID_ARGUMENT, REFUSED, ""},
        {GRPC_DEADLINE_EXCEEDED, SEND_AGAIN, ""},
        {GRPC_NOT_FOUND, SEND_AGAIN, ""},
        {GRPC_PERMISSION_DENIED, REFUSED, ""},
        {GRPC_RESOURCE_EXHAUSTED, SEND_AGAIN, "server busy"},
        {GRPC_RESOURCE_EXHAUSTED, TOO_LARGE,
         "grpc: received message larger than max (5000000 vs. 4194304)"},
        {GRPC_RESOURCE_EXHAUSTED, TOO_LARGE, "gRPC message exceeds maximum size 4194304: 5000000"},
        {GRPC_ABORTED, SEND_AGAIN, ""},
        {GRPC_UNIMPLEMENTED, REFUSED, "unknown service"},
        {GRPC_INTERNAL, SEND_AGAIN, ""},
        {GRPC_UNAVAILABLE, SEND_AGAIN, ""},
        {GRPC_DATA_LOSS, SEND_AGAIN, ""},
        {GRPC_UNAUTHENTICATED, REFUSED, ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_answer answer = {.code = cases[i].code, .message = cases[i].message};
        char why[WHY_MAX];

        ck_assert_int_eq(grpc_outcome(&peer, &answer, why), cases[i].outcome);
        if (cases[i].code == GRPC_UNIMPLEMENTED)
            ck_assert_str_eq(why, "UNIMPLEMENTED (look at the port): unknown service");
    }
}
END_TEST

START_TEST(otlp_has_tables_of_its_own)
{
    static const struct peer otlp = {.name = "Peer",
                                     .rules = RETRY_AS_OTLP,
                                     .path_advice = "(look at the path)",
                                     .form_advice = "(look at the form)",
                                     .service_advice = "(look at the port)"};
    static const unsigned again[] = {0, 429, 502, 503, 504};
    static const unsigned refused[] = {100, 301, 400, 401, 404, 408, 415, 500, 501, 505};
    static const char retried[] = ".+..+...+.++..++."; /* by code, OK first */
    char why[WHY_MAX];

    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
        ck_assert_int_eq(
            http_outcome(&otlp, &(struct http_answer){.status = again[i], .error = ""}, why),
            SEND_AGAIN);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        ck_assert_int_eq(http_outcome(&otlp, &(struct http_answer){.status = refused[i]}, why),
                         REFUSED);
    for (unsigned code = 1; code <= GRPC_UNAUTHENTICATED; code++) {
        struct grpc_answer answer = {.code = code, .message = ""};

        ck_assert_int_eq(grpc_outcome(&otlp, &answer, why),
                         retried[code] == '+' ? SEND_AGAIN : REFUSED);
    }
}
END_TEST

START_TEST(what_is_too_large_is_told_by_its_words)
{
    static const struct {
        enum grpc_code code;
        const char *message;
    } cases[] = {
        {GRPC_RESOURCE_EXHAUSTED, "Received message exceeds the maximum configured message size."},
        {GRPC_OUT_OF_RANGE,
         "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes"},
    };
    char why[WHY_MAX];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_answer answer = {.code = cases[i].code, .message = cases[i].message};

        ck_assert_int_eq(grpc_outcome(&peer, &answer, why), TOO_LARGE);
    }
}
END_TEST

START_TEST(errors_have_one_word_for_metrics)
{
    static const struct {
        unsigned status;
        bool timed_out;
        const char *word;
    } statuses[] = {
        {0, true, "Deadline_Exceeded"},  {0, false, "_OTHER"},
        {200, false, "_OTHER"},          {400, false, "InvalidArgument"},
        {401, false, "Unauthenticated"}, {403, false, "PermissionDenied"},
        {404, false, "Unimplemented"},   {429, false, "ResourceExhausted"},
        {500, false, "Unknown"},         {503, false, "Unavailable"},
        {999, false, "Unknown"},
    };
    static const struct {
        enum grpc_code code;
        const char *word;
    } codes[] = {
        {GRPC_CANCELLED, "Canceled"},
        {GRPC_DEADLINE_EXCEEDED, "DeadlineExceeded"},
        {GRPC_UNAUTHENTICATED, "Unauthenticated"},
        {GRPC_OK, "_OTHER"},
        {(enum grpc_code)17, "_OTHER"},
        {(enum grpc_code) - 1, "_OTHER"},
    };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        ck_assert_str_eq(http_error_type(&(struct http_answer){.status = statuses[i].status,
                                                               .timed_out = statuses[i].timed_out}),
                         statuses[i].word);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        ck_assert_str_eq(grpc_error_type(&(struct grpc_answer){.code = codes[i].code}),
                         codes[i].word);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("answer");

    tcase_add_test(cases, statuses_have_their_outcomes);
    tcase_add_test(cases, grpc_codes_have_their_outcomes);
    tcase_add_test(cases, otlp_has_tables_of_its_own);
    tcase_add_test(cases, what_is_too_large_is_told_by_its_words);
    tcase_add_test(cases, errors_have_one_word_for_metrics);
    return run_tests("answer", cases);
}

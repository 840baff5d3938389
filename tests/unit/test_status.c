/*
 * Names and HTTP statuses of gRPC's codes.
 */
#include "net/status.h"

#include "unit/check.h"

START_TEST(every_code_has_its_name)
{
    ck_assert_str_eq(grpc_code_name(GRPC_OK), "OK");
    ck_assert_str_eq(grpc_code_name(GRPC_UNAVAILABLE), "UNAVAILABLE");
    ck_assert_str_eq(grpc_code_name(GRPC_UNAUTHENTICATED), "UNAUTHENTICATED");
    ck_assert_str_eq(grpc_code_name(17), "UNKNOWN");
    ck_assert_str_eq(grpc_code_name(~0u), "UNKNOWN");
}
END_TEST

START_TEST(http_status_tells_whether_to_retry)
{
    static const struct {
        enum grpc_code code;
        unsigned http;
    } cases[] = {
        {GRPC_OK, 200},
        {GRPC_INVALID_ARGUMENT, 400},
        {GRPC_UNAUTHENTICATED, 401},
        {GRPC_PERMISSION_DENIED, 403},
        {GRPC_UNIMPLEMENTED, 404},
        {GRPC_RESOURCE_EXHAUSTED, 429},
        {GRPC_INTERNAL, 500},
        {GRPC_UNAVAILABLE, 503},
        {GRPC_DEADLINE_EXCEEDED, 503},
        {(enum grpc_code)99, 500},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_uint_eq(grpc_code_to_http(cases[i].code), cases[i].http);
}
END_TEST

START_TEST(an_http_status_stands_for_a_code)
{
    ck_assert_int_eq(grpc_code_of_http(400), GRPC_INTERNAL);
    ck_assert_int_eq(grpc_code_of_http(401), GRPC_UNAUTHENTICATED);
    ck_assert_int_eq(grpc_code_of_http(403), GRPC_PERMISSION_DENIED);
    ck_assert_int_eq(grpc_code_of_http(404), GRPC_UNIMPLEMENTED);
    ck_assert_int_eq(grpc_code_of_http(429), GRPC_UNAVAILABLE);
    ck_assert_int_eq(grpc_code_of_http(503), GRPC_UNAVAILABLE);
    ck_assert_int_eq(grpc_code_of_http(500), GRPC_UNKNOWN);
    ck_assert_int_eq(grpc_code_of_http(200), GRPC_UNKNOWN);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("status");

    tcase_add_test(cases, every_code_has_its_name);
    tcase_add_test(cases, http_status_tells_whether_to_retry);
    tcase_add_test(cases, an_http_status_stands_for_a_code);
    return run_tests("status", cases);
}

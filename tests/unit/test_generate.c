/*
 * The options of `otelc generate`.
 */
#include "commands/generate.h"

#include <string.h>

#include "unit/check.h"

START_TEST(options_are_read)
{
    struct generate_options o = GENERATE_DEFAULTS;
    const char *wants;

    ck_assert(generate_option(&o, "services", "3", &wants));
    ck_assert(generate_option(&o, "depth", "4", &wants));
    ck_assert(generate_option(&o, "errors", "12.5%", &wants));
    ck_assert(generate_option(&o, "duration", "1m30s", &wants));
    ck_assert(generate_option(&o, "traces", "7", &wants));
    ck_assert(generate_option(&o, "seed", "18446744073709551615", &wants));
    ck_assert(generate_option(&o, "protocol", "http", &wants));
    ck_assert_uint_eq(o.shop.services, 3);
    ck_assert_uint_eq(o.shop.depth, 4);
    ck_assert(o.shop.errors == 12.5);
    ck_assert_uint_eq(o.duration_ms, 90000);
    ck_assert_uint_eq(o.traces, 7);
    ck_assert(o.seeded && o.shop.seed == UINT64_MAX);
    ck_assert(o.http);
    ck_assert(generate_option(&o, "protocol", "grpc", &wants) && !o.http);
    ck_assert(!generate_option(&o, "colour", "red", &wants));
    ck_assert_ptr_null(wants);
}
END_TEST

START_TEST(wrong_values_are_told)
{
    static const char *const cases[][3] = {
        {"services", "0", "1 to 12"}, {"services", "13", "1 to 12"},  {"depth", "33", "1 to 32"},
        {"depth", "", "1 to 32"},     {"errors", "101", "0 to 100"},  {"errors", "%", "0 to 100"},
        {"errors", "-1", "0 to 100"}, {"errors", ".nan", "0 to 100"}, {"duration", "5", "30s"},
        {"duration", "0s", "30s"},    {"traces", "0", "traces"},      {"seed", "x", "number"},
        {"protocol", "udp", "grpc"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct generate_options o = GENERATE_DEFAULTS;
        const char *wants;

        ck_assert_msg(!generate_option(&o, cases[i][0], cases[i][1], &wants), "%s", cases[i][1]);
        ck_assert_msg(wants && strstr(wants, cases[i][2]), "%s: %s", cases[i][0], wants);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("generate");

    tcase_add_test(cases, options_are_read);
    tcase_add_test(cases, wrong_values_are_told);
    return run_tests("generate", cases);
}

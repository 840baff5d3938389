#include "exporters/endpoint.h"

#include "unit/check.h"

START_TEST(the_parts_of_an_endpoint)
{
    static const struct {
        const char *text;
        bool scheme, https;
        const char *authority, *path;
        unsigned port;
    } cases[] = {
        {"collector:4317", false, false, "collector:4317", "", 4317},
        {" collector ", false, false, "collector", "", 0},
        {"http://collector:4318/a/b?c=d", true, false, "collector:4318", "/a/b?c=d", 4318},
        {"HTTPS://u:p@collector?x", true, true, "u:p@collector", "?x", 0},
        {"dns:///collector:1", false, false, "collector:1", "", 1},
        {"passthrough:///[::1]:65535/", false, false, "[::1]:65535", "/", 65535},
        {"[fe80::1]", false, false, "[fe80::1]", "", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct endpoint parts;

        ck_assert_ptr_null(endpoint_read(&parts, str_of(cases[i].text)));
        ck_assert_int_eq(parts.scheme, cases[i].scheme);
        ck_assert_int_eq(parts.https, cases[i].https);
        ck_assert(str_is(parts.authority, cases[i].authority));
        ck_assert(str_is(parts.path, cases[i].path));
        ck_assert_uint_eq(endpoint_port(&parts), cases[i].port);
    }
}
END_TEST

START_TEST(what_is_no_endpoint_is_told)
{
    static const char *const cases[][2] = {
        {"", "has no host"},
        {":1", "has no host"},
        {"https://", "has no host"},
        {"a:b", "has no port number"},
        {"a:0", "has no port number"},
        {"a b:1", "has a blank"},
        {"grpc://a:1", "has a scheme"},
        {"unix:///a", "is a unix socket"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct endpoint parts;
        const char *problem = endpoint_read(&parts, str_of(cases[i][0]));

        ck_assert_ptr_nonnull(problem);
        ck_assert_msg(strstr(problem, cases[i][1]) == problem, "%s: %s", cases[i][0], problem);
    }
}
END_TEST

START_TEST(what_may_be_secret_is_not_shown)
{
    static const char *const cases[][2] = {
        {"jaeger:14250", "jaeger:14250"},
        {"http://jaeger:14268/api/traces", "http://jaeger:14268/api/traces"},
        {"http://ann:secret@jaeger:14268/api/traces", "jaeger:14268/api/traces"},
        {"ann:sec@ret@jaeger:14250", "jaeger:14250"},
        {"http://jaeger/api/traces?key=secret", "http://jaeger/api/traces"},
        {"http://ann:secret@jaeger/?key=secret", "jaeger/"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(str_is(endpoint_shown(str_of(cases[i][0])), cases[i][1]), "%s", cases[i][0]);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("endpoint");

    tcase_add_test(cases, the_parts_of_an_endpoint);
    tcase_add_test(cases, what_is_no_endpoint_is_told);
    tcase_add_test(cases, what_may_be_secret_is_not_shown);
    return run_tests("endpoint", cases);
}

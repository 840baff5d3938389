/*
 * Hosts and origins as tables.
 */
#include "viewer/host.h"

#include "unit/check.h"

START_TEST(hosts_are_ours_or_not)
{
    static const struct {
        const char *host;
        bool ours;
    } cases[] = {
        {"localhost", true},
        {"LOCALHOST:16686", true},
        {"a.localhost:1", true},
        {"127.0.0.1", true},
        {"127.0.0.1:16686", true},
        {"10.1.2.3:80", true},
        {"[::1]:16686", true},
        {"[2001:db8::1]", true},
        {"viewer.local:1", true},
        {"traces.example.com", true},
        {"traces.example.com:443", true},
        {"x.corp:1", true},
        {"only.example:8080", true},
        {"only.example:8081", false},
        {"", false},
        {":16686", false},
        {"localhost.evil", false},
        {"evillocalhost", false},
        {"127.0.0.1.evil", false},
        {"corp", false},
        {"[::1", false},
        {"[]", false},
        {"1.2.3", false},
        {"0x7f.1", false},
        {"viewer.local.evil", false},
    };
    const char *names[] = {"traces.example.com", "*.corp", "only.example:8080"};
    const struct string_list allowed = {names, 3};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(host_is_ours(str_of(cases[i].host), "viewer.local:16686", &allowed) ==
                          cases[i].ours,
                      "%s", cases[i].host);
}
END_TEST

START_TEST(a_star_allows_all)
{
    const char *names[] = {"*"};
    const struct string_list allowed = {names, 1};

    ck_assert(host_is_ours(STR("evil.example"), "localhost:1", &allowed));
    ck_assert(!host_is_ours((struct str){0}, "localhost:1", &allowed));
}
END_TEST

START_TEST(an_origin_is_that_of_the_host_or_another)
{
    static const struct {
        const char *host, *origin;
        bool same;
    } cases[] = {
        {"localhost:1", "http://localhost:1", true},
        {"A:1", "https://a:1", true},
        {"localhost:1", "http://localhost:2", false},
        {"localhost:1", "http://localhost", false},
        {"localhost:1", "null", false},
        {"localhost:1", "", false},
        {"localhost:1", "localhost:1", false},
        {"localhost:1", "http://evil", false},
        {"localhost:1", "http://localhost:1/", false},
        {"", "http://", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(host_is_origin(str_of(cases[i].host), str_of(cases[i].origin)) ==
                          cases[i].same,
                      "%s %s", cases[i].host, cases[i].origin);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("host");

    tcase_add_test(cases, hosts_are_ours_or_not);
    tcase_add_test(cases, a_star_allows_all);
    tcase_add_test(cases, an_origin_is_that_of_the_host_or_another);
    return run_tests("host", cases);
}

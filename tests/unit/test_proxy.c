/*
 * Tests of net/proxy.c.
 */
#include "net/proxy.h"

#include <stdlib.h>

#include "unit/check.h"

static const char *const names[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                    "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

static void clear(void)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unsetenv(names[i]);
}

static void check_described(const char *url, const char *expected)
{
    struct buf out = {0};
    bool any = proxy_describe(url, &out);

    ck_assert_str_eq(any ? buf_text(&out) : "", expected);
    buf_done(&out);
}

START_TEST(the_variable_that_counts_is_shown)
{
    static const struct {
        const char *name, *http, *https; /* what is shown of it */
    } cases[] = {
        {"http_proxy", "http_proxy=p:1", ""},
        {"HTTP_PROXY", "", ""},
        {"https_proxy", "", "https_proxy=p:1"},
        {"HTTPS_PROXY", "", "HTTPS_PROXY=p:1"},
        {"all_proxy", "all_proxy=p:1", "all_proxy=p:1"},
        {"ALL_PROXY", "ALL_PROXY=p:1", "ALL_PROXY=p:1"},
        {"no_proxy", "", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        clear();
        check_described("http://jaeger:14268/", "");
        setenv(cases[i].name, "p:1", 1);
        check_described("http://jaeger:14268/", cases[i].http);
        check_described("https://jaeger:14268/", cases[i].https);
    }
    clear();
    setenv("http_proxy", "", 1);
    setenv("all_proxy", "p:2", 1);
    check_described("http://jaeger:14268/", "all_proxy=p:2");
    setenv("http_proxy", "p:1", 1);
    check_described("http://jaeger:14268/", "http_proxy=p:1");
}
END_TEST

START_TEST(exceptions_are_shown)
{
    clear();
    setenv("http_proxy", "p:1", 1);
    setenv("NO_PROXY", "localhost,.example.com", 1);
    check_described("http://jaeger/", "http_proxy=p:1, NO_PROXY=localhost,.example.com");
    setenv("no_proxy", "*", 1);
    check_described("http://jaeger/", "");
}
END_TEST

START_TEST(names_and_passwords_are_masked)
{
    static const struct {
        const char *value, *shown;
    } cases[] = {
        {"http://proxy:3128", "http://proxy:3128"},
        {"http://ann:hidden@proxy:3128/", "http://****@proxy:3128/"},
        {"ann:hidden@proxy", "****@proxy"},
        {"socks5h://hidden@proxy", "socks5h://****@proxy"},
        {"http://ann:hid@den@proxy", "http://****@proxy"},
        {"ann:hidden://x@proxy", "****@proxy"},
    };

    clear();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf expected = {0};

        buf_printf(&expected, "all_proxy=%s", cases[i].shown);
        setenv("all_proxy", cases[i].value, 1);
        check_described("http://jaeger/", buf_text(&expected));
        buf_done(&expected);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("proxy");

    tcase_add_test(cases, the_variable_that_counts_is_shown);
    tcase_add_test(cases, exceptions_are_shown);
    tcase_add_test(cases, names_and_passwords_are_masked);
    return run_tests("proxy", cases);
}

/*
 * Endpoints and the addresses that they stand for.
 */
#include "net/listen_address.h"

#include <string.h>

#include "unit/check.h"

START_TEST(an_endpoint_is_one_or_more_addresses)
{
    static const struct {
        const char *endpoint, *first;
        size_t count; /* of those that need not be, too */
        bool dual;
    } cases[] = {
        {"127.0.0.1:4317", "127.0.0.1:4317", 1, false},
        {"[::1]:4318", "[::1]:4318", 1, false},
        {"localhost:0", "127.0.0.1:0", 2, false},
        {"LocalHost:1", "127.0.0.1:1", 2, false},
        {"0.0.0.0:65535", "0.0.0.0:65535", 1, false},
        {"[::]:4317", "[::]:4317", 1, true},
        {":4317", "[::]:4317", 1, true},
        {"tcp4::4317", "0.0.0.0:4317", 1, false},
        {"tcp6::4317", "[::]:4317", 1, false},
        {"tcp4:localhost:1", "127.0.0.1:1", 1, false},
        {"tcp6:localhost:1", "[::1]:1", 1, false},
        {"udp:localhost:1", "127.0.0.1:1", 2, false},
        {"udp::6831", "[::]:6831", 1, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct listen_address list[LISTEN_MAX_FDS];
        struct error err = {""};
        struct buf text = {0};
        size_t count = listen_address_resolve(cases[i].endpoint, list, &err);

        ck_assert_msg(count == cases[i].count, "%s: %zu, %s", cases[i].endpoint, count, err.text);
        listen_address_write(&text, &list[0]);
        ck_assert_str_eq(buf_text(&text), cases[i].first);
        ck_assert(list[0].dual == cases[i].dual);
        ck_assert(list[0].datagrams == (strncmp(cases[i].endpoint, "udp:", 4) == 0));
        ck_assert(!list[0].optional);
        if (count == 2)
            ck_assert(list[1].optional);
        buf_done(&text);
    }
}
END_TEST

START_TEST(what_is_wrong_with_an_endpoint_is_said)
{
    static const struct {
        const char *endpoint, *says;
    } cases[] = {
        {"", "empty endpoint: write host:port, such as localhost:4317"},
        {"localhost", "missing port in \"localhost\": write localhost:4317"},
        {"[::1]", "missing port in \"[::1]\": write [::1]:4317"},
        {"::1", "an IPv6 address needs brackets, as in [::1]:4317: \"::1\""},
        {"[::1:4317", "\"[\" without \"]\" in \"[::1:4317\": write [::1]:4317"},
        {"localhost:http", "port of \"localhost:http\" is not a number from 0 to 65535"},
        {"localhost:65536", "port of \"localhost:65536\" is not a number from 0 to 65535"},
        {"localhost:", "port of \"localhost:\" is not a number from 0 to 65535"},
        {"http://localhost:4318",
         "\"http://localhost:4318\" is a URL: write localhost:4318 to listen there"},
        {"http://localhost:4318/v1/traces",
         "\"http://localhost:4318/v1/traces\" is a URL: write localhost:4318 to listen there"},
        {"0.0.0.0:4318/v1/traces",
         "\"0.0.0.0:4318/v1/traces\" has a path: write 0.0.0.0:4318 to listen there"},
        {"4317", "\"4317\" has no host: write localhost:4317, or :4317 for all addresses"},
        {"no-such-host.invalid:1", "unknown host \"no-such-host.invalid\""},
        {"tcp4:[::1]:0", "\"[::1]:0\" has no address of tcp4"},
        {"tcp6:127.0.0.1:0", "\"127.0.0.1:0\" has no address of tcp6"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct listen_address list[LISTEN_MAX_FDS];
        struct error err = {""};

        ck_assert_uint_eq(listen_address_resolve(cases[i].endpoint, list, &err), 0);
        ck_assert_msg(strstr(err.text, cases[i].says) == err.text, "%s", err.text);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("listen_address");

    tcase_add_test(cases, an_endpoint_is_one_or_more_addresses);
    tcase_add_test(cases, what_is_wrong_with_an_endpoint_is_said);
    return run_tests("listen_address", cases);
}

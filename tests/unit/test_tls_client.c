/*
 * Tests of net/tls_client.c: the check. What the settings do is tested with the client.
 */
#include "net/tls_client.h"

#include <string.h>

#include "unit/check.h"

START_TEST(tls_settings_are_checked)
{
    static const struct {
        struct tls_client_settings settings;
        const char *says;
    } cases[] = {
        {{.ca_file = "a", .ca_pem = "b"}, "ca_file and ca_pem exclude each other"},
        {{.cert_file = "a"}, "cert_file needs key_file"},
        {{.key_pem = "a"}, "key_file needs cert_file"},
        {{.ca_file = "/nowhere/ca.pem"}, "ca_file: cannot read /nowhere/ca.pem: "},
        {{.ca_file = "/proc/self/status"},
         "ca_file: /proc/self/status holds no certificate in PEM form"},
        {{.min_version = 1, .max_version = 1}, "min_version is above max_version"},
    };
    static const struct tls_client_settings none = {0};
    struct error err = {""};

    ck_assert(tls_client_check(&none, &err));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert(!tls_client_check(&cases[i].settings, &err));
        ck_assert_msg(strstr(err.text, cases[i].says) == err.text, "%s", err.text);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("tls_client");

    tcase_add_test(cases, tls_settings_are_checked);
    return run_tests("tls_client", cases);
}

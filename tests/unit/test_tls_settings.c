/*
 * Tests of net/tls_settings.c: what the check says.
 */
#include "net/tls_settings.h"

#include <openssl/ssl.h>

#include "unit/settings_fixture.h"

static struct settings_fixture f;

static void check(void *settings, const struct node *node, struct problems *problems)
{
    tls_settings_check(settings, node, problems);
}

static const struct component_type type = {
    .fields = tls_server_fields,
    .settings_size = sizeof(struct tls_server_settings),
    .check = check,
};

static struct tls_server_settings decode(const char *yaml)
{
    const struct tls_server_settings *settings = settings_decode(&f, &type, "tls", yaml);

    return *settings;
}

START_TEST(what_a_table_cannot_say_is_checked)
{
    static const struct {
        const char *yaml, *says;
    } cases[] = {
        {"{}", "tls: needs cert_file and key_file"},
        {"{cert_file: a, cert_pem: b, key_file: c}", "cert_file and cert_pem exclude each other"},
        {"{cert_file: a}", "cert_file needs key_file"},
        {"{key_pem: a}", "key_file needs cert_file"},
        {"{cert_pem: a, key_pem: b}", "cert_pem: the text holds no certificate in PEM form"},
        {"{min_version: '1.3', max_version: '1.2'}", "is above max_version"},
        {"{max_version: '1.1'}", "TLS 1.1 is not safe and not spoken"},
        {"{min_version: '1.1'}", "TLS 1.1 is not safe and stays off"},
        {"{cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}", "names no suite that is safe"},
        {"{cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25]}",
         "did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?"},
        {"{curve_preferences: [X448]}", "unknown curve \"X448\""},
        {"{curve_preferences: [X25519MLKEM768]}", "X25519MLKEM768 has no effect"},
        {"{include_insecure_cipher_suites: true}", "insecure suites stay off"},
        {"{ca_file: x}", "write it as client_ca_file"},
        {"{ca_pem: x}", "write it as client_ca_file"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings_begin(&f);
        decode(cases[i].yaml);
        ck_assert_msg(strstr(settings_problems(&f), cases[i].says) != NULL,
                      "%s: nobody says \"%s\"", cases[i].yaml, cases[i].says);
        settings_free(&f);
    }
}
END_TEST

START_TEST(versions_below_12_count_as_12)
{
    static const struct {
        const char *yaml;
        int oldest, newest;
    } cases[] = {
        {"{}", TLS1_2_VERSION, TLS1_3_VERSION},
        {"{min_version: '1.0', max_version: '1.2'}", TLS1_2_VERSION, TLS1_2_VERSION},
        {"{min_version: 1.3}", TLS1_3_VERSION, TLS1_3_VERSION},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tls_server_settings settings;

        settings_begin(&f);
        settings = decode(cases[i].yaml);
        ck_assert_int_eq(tls_settings_oldest(&settings), cases[i].oldest);
        ck_assert_int_eq(tls_settings_newest(&settings), cases[i].newest);
        settings_free(&f);
    }
}
END_TEST

START_TEST(blocks_are_compared)
{
    static const char *suite[] = {"a"}, *other[] = {"b"};
    const struct tls_server_settings off = {.cert_file = "x"}, on = {true, .cert_file = "x"};
    struct tls_server_settings change;

    ck_assert(tls_settings_equal(&off, &(struct tls_server_settings){0}));
    ck_assert(!tls_settings_equal(&off, &on));
    change = on;
    ck_assert(tls_settings_equal(&change, &on));
    change.cipher_suites = (struct string_list){suite, 1};
    ck_assert(!tls_settings_equal(&change, &on));
    {
        struct tls_server_settings second = change;

        second.cipher_suites = (struct string_list){other, 1};
        ck_assert(!tls_settings_equal(&change, &second));
    }
    change = on;
    change.client_ca_file = "y";
    ck_assert(!tls_settings_equal(&change, &on));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("tls_settings");

    tcase_add_test(cases, what_a_table_cannot_say_is_checked);
    tcase_add_test(cases, versions_below_12_count_as_12);
    tcase_add_test(cases, blocks_are_compared);
    return run_tests("tls_settings", cases);
}

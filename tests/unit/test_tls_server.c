/*
 * Tests of net/tls_server.c: when files are read anew, and what stays where they are not good.
 */
#include "net/tls_server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/tls_settings.h"
#include "unit/certificates.h"
#include "unit/check.h"

static char directory[] = "/tmp/test-tls-XXXXXX";
static struct certificate *first, *second;
static char *certificate_path, *key_path, *ca_path;

static void begin(void)
{
    strcpy(directory, "/tmp/test-tls-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    first = certificate_new("first", NULL, -1, 1);
    second = certificate_new("second", NULL, -1, 1);
    certificate_path = file_with(directory, "own.pem", first->certificate_pem);
    key_path = file_with(directory, "own.key", first->key_pem);
    ca_path = file_with(directory, "ca.pem", first->certificate_pem);
}

static void end(void)
{
    char *const paths[] = {certificate_path, key_path, ca_path};

    for (size_t i = 0; i < 3; i++) {
        remove(paths[i]);
        free(paths[i]);
    }
    rmdir(directory);
    certificate_free(first);
    certificate_free(second);
}

static void write_file(const char *name, const char *text)
{
    char path[100];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    remove(path); /* a new file, whatever the clock says */
    free(file_with(directory, name, text));
}

/* Whose certificate a new connection shows. */
static bool shows(struct tls_server *tls, uint64_t now_ms, const struct certificate *wanted)
{
    SSL *ssl = tls_server_open(tls, now_ms);
    bool same = X509_cmp(SSL_get_certificate(ssl), wanted->x509) == 0;

    SSL_free(ssl);
    return same;
}

START_TEST(a_changed_pair_is_read_after_the_interval)
{
    struct tls_server_settings settings;
    struct tls_server *tls;
    struct error err;

    begin();
    settings = (struct tls_server_settings){
        .cert_file = certificate_path, .key_file = key_path, .reload_interval_ms = 1000};
    tls = tls_server_new(&settings, "test", &err);
    ck_assert_ptr_nonnull(tls);
    ck_assert(shows(tls, 5000, first));
    write_file("own.pem", second->certificate_pem);
    write_file("own.key", second->key_pem);
    ck_assert(shows(tls, 5999, first));
    ck_assert(shows(tls, 6000, second));
    write_file("own.pem", first->certificate_pem); /* its key is missing */
    ck_assert(shows(tls, 7000, second));
    write_file("own.key", first->key_pem);
    ck_assert(shows(tls, 8000, first));
    write_file("own.key", "");
    ck_assert(shows(tls, 9000, first));
    remove(certificate_path);
    ck_assert(shows(tls, 10000, first));
    tls_server_free(tls);
    end();
}
END_TEST

START_TEST(without_an_interval_nothing_is_read_anew)
{
    struct tls_server_settings settings;
    struct tls_server *tls;
    struct error err;

    begin();
    settings = (struct tls_server_settings){.cert_file = certificate_path, .key_file = key_path};
    tls = tls_server_new(&settings, "test", &err);
    write_file("own.pem", second->certificate_pem);
    write_file("own.key", second->key_pem);
    ck_assert(shows(tls, UINT64_MAX / 2, first));
    tls_server_free(tls);
    end();
}
END_TEST

START_TEST(the_cas_of_clients_are_read_anew_where_that_is_asked)
{
    struct tls_server_settings settings;
    struct tls_server *tls;
    struct error err;
    SSL *ssl;

    begin();
    settings = (struct tls_server_settings){.cert_file = certificate_path,
                                            .key_file = key_path,
                                            .client_ca_file = ca_path,
                                            .client_ca_file_reload = true};
    tls = tls_server_new(&settings, "test", &err);
    ck_assert_ptr_nonnull(tls);
    write_file("ca.pem", second->certificate_pem);
    ssl = tls_server_open(tls, 5000);
    ck_assert_int_eq(X509_NAME_cmp(sk_X509_NAME_value(SSL_get_client_CA_list(ssl), 0),
                                   X509_get_subject_name(second->x509)),
                     0);
    SSL_free(ssl);
    tls_server_free(tls);
    end();
}
END_TEST

START_TEST(what_is_odd_about_a_certificate_is_said)
{
    struct certificate *late = certificate_new("late", NULL, -2, -1);
    struct certificate *early = certificate_new("early", NULL, 1, 2);
    struct tls_server_settings settings = {.cert_pem = late->certificate_pem,
                                           .key_pem = late->key_pem};
    struct error err;

    ck_assert(tls_server_try(&settings, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "the certificate of cert_pem has expired on 2"));
    settings.cert_pem = early->certificate_pem;
    settings.key_pem = early->key_pem;
    ck_assert(tls_server_try(&settings, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "is not valid before 2"));
    settings.key_pem = late->key_pem;
    ck_assert(!tls_server_try(&settings, &err));
    ck_assert_str_eq(err.text, "key_pem: the text is not the key of the certificate");
    certificate_free(late);
    certificate_free(early);
}
END_TEST

START_TEST(a_key_with_a_passphrase_is_not_asked_for)
{
    static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
                                    "-----END ENCRYPTED PRIVATE KEY-----\n";
    struct tls_server_settings settings = {.key_pem = encrypted};
    struct error err;

    begin();
    settings.cert_pem = first->certificate_pem;
    ck_assert(!tls_server_try(&settings, &err));
    ck_assert_str_eq(err.text, "key_pem: the text is encrypted: write it without a passphrase");
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("tls_server");

    tcase_add_test(cases, a_changed_pair_is_read_after_the_interval);
    tcase_add_test(cases, without_an_interval_nothing_is_read_anew);
    tcase_add_test(cases, the_cas_of_clients_are_read_anew_where_that_is_asked);
    tcase_add_test(cases, what_is_odd_about_a_certificate_is_said);
    tcase_add_test(cases, a_key_with_a_passphrase_is_not_asked_for);
    return run_tests("tls_server", cases);
}

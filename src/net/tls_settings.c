/*
 * The table of a server's TLS keys, and their check.
 */
#include "net/tls_settings.h"

#include <string.h>

#include <openssl/ssl.h>

#include "net/tls_names.h"
#include "net/tls_server.h"

const struct field tls_server_fields[] = {
    FIELD_STRING(struct tls_server_settings, cert_file, "cert_file", NULL,
                 "PEM file with the certificate, and its chain; needs key_file"),
    FIELD_SECRET(struct tls_server_settings, cert_pem, "cert_pem", "the same, as text"),
    FIELD_STRING(struct tls_server_settings, key_file, "key_file", NULL,
                 "PEM file with the key of cert_file"),
    FIELD_SECRET(struct tls_server_settings, key_pem, "key_pem", "the same, as text"),
    FIELD_STRING(struct tls_server_settings, client_ca_file, "client_ca_file", NULL,
                 "PEM file with CAs: each client must have a certificate of one of them (mTLS)"),
    FIELD_BOOL(struct tls_server_settings, client_ca_file_reload, "client_ca_file_reload", "false",
               "reads client_ca_file anew when it changes; looks once a second at most"),
    FIELD_DURATION(struct tls_server_settings, reload_interval_ms, "reload_interval", "0s",
                   "looks so often whether certificate and key have changed; 0s: never"),
    FIELD_CHOICE(struct tls_server_settings, min_version, "min_version", "1.2", tls_min_versions,
                 "the oldest version of TLS; 1.0 and 1.1 count as 1.2"),
    FIELD_CHOICE(struct tls_server_settings, max_version, "max_version", "1.3", tls_max_versions,
                 "the newest version of TLS"),
    FIELD_STRINGS(struct tls_server_settings, cipher_suites, "cipher_suites",
                  "for TLS 1.2, by Go's names: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; default: "
                  "ECDHE with AES-GCM or ChaCha20"),
    FIELD_STRINGS(struct tls_server_settings, curve_preferences, "curve_preferences",
                  "X25519, P256, P384, P521; default: all"),
    FIELD_STRING(struct tls_server_settings, ca_file, "ca_file", NULL,
                 "has no effect in a server: see client_ca_file"),
    FIELD_SECRET(struct tls_server_settings, ca_pem, "ca_pem",
                 "has no effect in a server: see client_ca_file"),
    FIELD_BOOL(struct tls_server_settings, include_insecure_cipher_suites,
               "include_insecure_cipher_suites", "false", "has no effect: they stay off"),
    FIELD_IGNORED("include_system_ca_certs_pool", "has no effect in a server"),
    FIELD_IGNORED("tpm", "has no effect: keys are read from files only"),
    FIELD_END,
};

struct tls_source tls_settings_certificate(const struct tls_server_settings *settings)
{
    return (struct tls_source){"cert", settings->cert_file, settings->cert_pem};
}

struct tls_source tls_settings_key(const struct tls_server_settings *settings)
{
    return (struct tls_source){"key", settings->key_file, settings->key_pem};
}

int tls_settings_oldest(const struct tls_server_settings *settings)
{
    return tls_minor(tls_min_versions[settings->min_version]) == 3 ? TLS1_3_VERSION
                                                                   : TLS1_2_VERSION;
}

int tls_settings_newest(const struct tls_server_settings *settings)
{
    return tls_minor(tls_max_versions[settings->max_version]) == 3 ? TLS1_3_VERSION
                                                                   : TLS1_2_VERSION;
}

/* ---- the check ---- */

static void check_suites(const struct tls_server_settings *settings, const struct node *node,
                         struct problems *problems)
{
    const struct node *place = node_near(node, "cipher_suites");
    const struct string_list *names = &settings->cipher_suites;
    struct error err;

    if (!tls_suites_check(names, &err)) {
        error_at(problems, place, "%s", err.text);
        return;
    }
    for (size_t i = 0; i < names->count; i++)
        if (!tls_suite_is_spoken(names->at[i]))
            warning_at(problems, place, "%s is not safe and stays off", names->at[i]);
}

static void check_curves(const struct tls_server_settings *settings, const struct node *node,
                         struct problems *problems)
{
    const struct node *place = node_near(node, "curve_preferences");
    const struct string_list *names = &settings->curve_preferences;
    struct error err;

    if (!tls_curves_check(names, &err)) {
        error_at(problems, place, "%s", err.text);
        return;
    }
    for (size_t i = 0; i < names->count; i++)
        if (!tls_curve_is_spoken(names->at[i]))
            warning_at(problems, place, "%s has no effect: OpenSSL 3.0 does not have it",
                       names->at[i]);
}

static void check_versions(const struct tls_server_settings *settings, const struct node *node,
                           struct problems *problems)
{
    const char *min = tls_min_versions[settings->min_version];
    const char *max = tls_max_versions[settings->max_version];

    if (tls_minor(min) < 2)
        warning_at(problems, node_near(node, "min_version"),
                   "TLS %s is not safe and stays off: 1.2 is the oldest that is spoken", min);
    if (tls_minor(max) < 2)
        error_at(problems, node_near(node, "max_version"),
                 "TLS %s is not safe and not spoken: 1.2 or 1.3", max);
    else if (tls_settings_oldest(settings) > tls_settings_newest(settings))
        error_at(problems, node_near(node, "min_version"), "is above max_version");
}

void tls_settings_check(const struct tls_server_settings *settings, const struct node *node,
                        struct problems *problems)
{
    const struct tls_source certificate = tls_settings_certificate(settings);
    const struct tls_source key = tls_settings_key(settings);
    const struct tls_source none = {"ca", NULL, NULL};
    size_t errors = problems->errors;
    struct error err;

    check_versions(settings, node, problems);
    check_suites(settings, node, problems);
    check_curves(settings, node, problems);
    if (settings->include_insecure_cipher_suites)
        warning_at(problems, node_near(node, "include_insecure_cipher_suites"),
                   "has no effect: insecure suites stay off");
    if (settings->ca_file || settings->ca_pem)
        warning_at(problems, node_near(node, settings->ca_file ? "ca_file" : "ca_pem"),
                   "has no effect in a server: to check clients' certificates, write it as "
                   "client_ca_file");
    if (!tls_source_is_set(&certificate) && !tls_source_is_set(&key))
        error_at(problems, node, "needs cert_file and key_file");
    else if (!tls_sources_agree(&certificate, &key, &none, &err))
        error_at(problems, node, "%s", err.text);
    if (problems->errors != errors)
        return;
    if (!tls_server_try(settings, &err))
        error_at(problems, node, "%s", err.text);
    else if (*err.text)
        warning_at(problems, node, "%s", err.text);
    tls_key_file_check(settings->key_file, node, problems);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const struct string_list *a, const struct string_list *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (strcmp(a->at[i], b->at[i]) != 0)
            return false;
    return a->count == b->count;
}

bool tls_settings_equal(const struct tls_server_settings *a, const struct tls_server_settings *b)
{
    if (!a->enabled || !b->enabled)
        return a->enabled == b->enabled;
    return same_text(a->cert_file, b->cert_file) && same_text(a->cert_pem, b->cert_pem) &&
           same_text(a->key_file, b->key_file) && same_text(a->key_pem, b->key_pem) &&
           same_text(a->client_ca_file, b->client_ca_file) &&
           a->client_ca_file_reload == b->client_ca_file_reload &&
           a->min_version == b->min_version && a->max_version == b->max_version &&
           a->reload_interval_ms == b->reload_interval_ms &&
           same_list(&a->cipher_suites, &b->cipher_suites) &&
           same_list(&a->curve_preferences, &b->curve_preferences);
}

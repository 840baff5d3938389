/*
 * The keys `tls:` of a server: docs/configuration.md, "receivers: otlp".
 */
#pragma once

#include "config/field.h"
#include "net/tls_files.h"

struct tls_server_settings {
    bool enabled;
    const char *cert_file, *cert_pem, *key_file, *key_pem;
    const char *client_ca_file; /* clients must have a certificate that it vouches for */
    bool client_ca_file_reload;
    const char *ca_file, *ca_pem;      /* without effect in a server */
    unsigned min_version, max_version; /* of the choices in tls_names.h */
    struct string_list cipher_suites, curve_preferences;
    bool include_insecure_cipher_suites;
    uint64_t reload_interval_ms; /* 0: never */
};

extern const struct field tls_server_fields[]; /* for FIELD_SWITCH "tls" */

/*
 * Reports what a table cannot say: what is missing, whether the files are good and belong together,
 * what has expired. node: the block, or where it would stand.
 */
void tls_settings_check(const struct tls_server_settings *settings, const struct node *node,
                        struct problems *problems);

/* Whether two blocks say the same: for protocols that share a port. */
bool tls_settings_equal(const struct tls_server_settings *a, const struct tls_server_settings *b);

/* ---- in OpenSSL's words ---- */

struct tls_source tls_settings_certificate(const struct tls_server_settings *settings);
struct tls_source tls_settings_key(const struct tls_server_settings *settings);

/* TLS1_2_VERSION or TLS1_3_VERSION, of each end. */
int tls_settings_oldest(const struct tls_server_settings *settings);
int tls_settings_newest(const struct tls_server_settings *settings);

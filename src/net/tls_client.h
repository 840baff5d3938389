/*
 * TLS towards other servers: the keys `tls:` of an exporter, and what they mean to libcurl.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "config/field.h"

struct tls_client_settings { /* the keys `tls:` of a client, docs/configuration.md */
    bool insecure;           /* plain text (gRPC: where the endpoint has no scheme) */
    bool insecure_skip_verify;
    bool include_system_ca_certs_pool;
    const char *ca_file, *cert_file, *key_file;
    const char *ca_pem, *cert_pem, *key_pem;
    const char *server_name_override;
    unsigned min_version, max_version; /* of the choices in tls_names.h; zeroed: 1.2, 1.3 */
    struct string_list cipher_suites, curve_preferences;
};

extern const struct field tls_client_fields[]; /* for FIELD_BLOCK "tls" */

/* What a table cannot say: keys that exclude or need each other, and whether the files are good. */
bool tls_client_check(const struct tls_client_settings *settings, struct error *err);

/* Reports that, and what is odd. node: of the block tls, or around it. */
void tls_client_report(const struct tls_client_settings *settings, const struct node *node,
                       struct problems *problems);

/* Sets up a request of libcurl's (easy: a CURL *), which borrows the settings until it is done. */
void tls_client_apply(const struct tls_client_settings *settings, void *easy);

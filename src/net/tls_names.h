/*
 * Versions of TLS, and suites and curves by the names that Go has for them, as they stand in
 * configurations.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "config/field.h"

/* The choices of min_version and max_version, each with its default first. */
extern const char *const tls_min_versions[], *const tls_max_versions[];

/* Of a choice, the number behind "1.". */
unsigned tls_minor(const char *version);

/* False, and *err: a name is unknown, or no suite is left that is safe. Empty lists are good. */
bool tls_suites_check(const struct string_list *names, struct error *err);
bool tls_curves_check(const struct string_list *names, struct error *err);

/* Of a known name: false where it is left out, as not safe, or as unknown to OpenSSL. */
bool tls_suite_is_spoken(const char *name);
bool tls_curve_is_spoken(const char *name);

/*
 * The suites below TLS 1.3, as SSL_CTX_set_cipher_list takes them: "ECDHE-...:ECDHE-..."; where
 * none is named, ECDHE with AES-GCM or ChaCha20.
 */
void tls_suites_list(const struct string_list *names, struct buf *list);

/* The groups in order, for SSL_CTX_set1_groups_list; empty: OpenSSL's own choice. */
void tls_curves_list(const struct string_list *names, struct buf *list);

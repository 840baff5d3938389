/*
 * Certificates and keys (P-256) that a test makes for itself.
 */
#pragma once

#include <openssl/ssl.h>

struct certificate {
    X509 *x509;
    EVP_PKEY *key;
    char *certificate_pem, *key_pem;
};

/* For name (DNS:name), valid from so many days from now until so many. issuer NULL: self-signed. */
struct certificate *certificate_new(const char *name, const struct certificate *issuer,
                                    int from_days, int until_days);
void certificate_free(struct certificate *certificate);

/* A new file in the directory with the text; its path is the caller's to free. */
char *file_with(const char *directory, const char *name, const char *text);

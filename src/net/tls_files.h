/*
 * Certificates and keys in PEM form, from a file or written as text, into a context of OpenSSL's.
 * Errors name the key, the file and what is wrong with it.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "config/node.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

struct tls_source {   /* the keys `cert_file` and `cert_pem`, say: of the two one is NULL */
    const char *what; /* "cert": how the keys begin, for messages */
    const char *file, *text;
};

static inline bool tls_source_is_set(const struct tls_source *source)
{
    return source->file || source->text;
}

/* A certificate with its chain, and its key; checks that they belong together. */
bool tls_use_pair(struct ssl_ctx_st *context, const struct tls_source *certificate,
                  const struct tls_source *key, struct error *err);

/* Certificates to trust. of_clients: a server names them when it asks for a client's. */
bool tls_use_roots(struct ssl_ctx_st *context, const struct tls_source *source, bool of_clients,
                   struct error *err);

/* Keys come as files or as text, not both; a certificate needs its key. */
bool tls_sources_agree(const struct tls_source *certificate, const struct tls_source *key,
                       const struct tls_source *roots, struct error *err);

/* Warns of a key that others than its owner can read. node: the block tls; path: NULL: none. */
void tls_key_file_check(const char *path, const struct node *node, struct problems *problems);

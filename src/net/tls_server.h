/*
 * What a server needs for TLS: the context of OpenSSL's with certificate and key, read anew when
 * the files have changed. Belongs to one server, and so to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"

struct ssl_st; /* OpenSSL's SSL */
struct tls_server;
struct tls_server_settings;

/* Reads the files. settings and where (for the log) are borrowed. NULL: *err says why. */
struct tls_server *tls_server_new(const struct tls_server_settings *settings, const char *where,
                                  struct error *err);
void tls_server_free(struct tls_server *tls); /* takes NULL; connections that it has may live on */

/*
 * The state of a new connection, for the caller to free. Looks at the files first, where that is
 * due: if they are not good, the log says so and the last good ones go on to serve.
 */
struct ssl_st *tls_server_open(struct tls_server *tls, uint64_t now_ms);

/* Looks at the files now, for the connections to come. */
void tls_server_reread(struct tls_server *tls);

/* A session came to nothing: one line in the log, if there were not too many. */
void tls_server_refuse(struct tls_server *tls, const char *peer, const char *why);

uint64_t tls_server_refused(const struct tls_server *tls); /* how often; NULL: never */

/* Whether the files are good. Where they are, *err has what is odd about them, or is empty. */
bool tls_server_try(const struct tls_server_settings *settings, struct error *err);

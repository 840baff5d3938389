/*
 * A connection to another server, for those who speak on it themselves. libcurl makes it: looks up
 * the name, tries its addresses, goes through the proxy that the environment names, does TLS (and
 * offers HTTP/2 in it).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/str.h"

struct http_client;
struct peer_socket;
struct tls_client_settings;

struct peer_socket_calls { /* never come from inside a function of this file */
    void (*connected)(void *arg);
    void (*failed)(void *arg, const char *why, bool timed_out); /* instead, for people; the last */
    void (*ready)(void *arg); /* bytes have come, or can go out; or it broke */
};

/*
 * Begins to connect: 5 s are the most that may take. url: "http://host:port" or https, without a
 * path. tls and calls are borrowed.
 */
struct peer_socket *peer_socket_new(struct http_client *client, const char *url,
                                    const struct tls_client_settings *tls,
                                    const struct peer_socket_calls *calls, void *arg);

/* Calls nobody any more. Takes NULL. */
void peer_socket_free(struct peer_socket *socket);

/* The most pieces that one call of peer_socket_send() looks at. */
enum { PEER_SOCKET_PIECES = 64 };

/* How many bytes of the pieces have gone out: 0: none for now; -1: it is broken. */
ssize_t peer_socket_send(struct peer_socket *socket, const struct str *pieces, size_t count);

enum { PEER_SOCKET_END = -1, PEER_SOCKET_BROKEN = -2 };

/* How many bytes have come: 0: none for now; or one of the two above. */
ssize_t peer_socket_receive(struct peer_socket *socket, char *to, size_t room);

/* From when it is connected on, ready() is called when bytes have come; here, also when bytes can
 * go out. */
void peer_socket_want_write(struct peer_socket *socket, bool want);

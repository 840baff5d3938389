/*
 * The addresses that an endpoint of the configuration stands for.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/listen_set.h"

struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    bool dual;      /* [::] that takes IPv4 as well */
    bool optional;  /* left out where the machine does not have it */
    bool datagrams; /* UDP, else TCP */
};

/* Those of "host:port", "tcp4:host:port", "tcp6:host:port" or "udp:host:port": how many, 0 and *err
 * on error. */
size_t listen_address_resolve(const char *endpoint, struct listen_address list[LISTEN_MAX_FDS],
                              struct error *err);

/* Whether such a text is right as far as can be told without looking up its host. */
bool listen_address_check(const char *endpoint, struct error *err);

in_port_t *listen_address_port(struct listen_address *address); /* in network order */
socklen_t listen_address_size(const struct listen_address *address);

/* "127.0.0.1:4317", "[::1]:4317" */
void listen_address_write(struct buf *out, const struct listen_address *address);

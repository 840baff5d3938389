/*
 * Sockets that listen at an address: whether it is free, and one socket of several that share it.
 */
#pragma once

#include "net/listen_address.h"

enum { LISTEN_BACKLOG = 1024 };

/*
 * Makes sure that all addresses are free and lets the kernel pick port 0, the same for all; those
 * that need not be may drop out of the list. false: *err says which is not, and why.
 */
bool listen_socket_probe(struct listen_address *list, size_t *count, struct error *err);

/* A socket that listens there (of UDP: is bound), with SO_REUSEPORT; -1 and *err. */
int listen_socket_open(const struct listen_address *address, struct error *err);

/*
 * Who sends: a table of clients by what they call themselves (user-agent) and by the server that
 * they use, of the whole program. It has CLIENTS_MAX places; where all are taken by clients that
 * are connected, further ones share one that is called "other".
 *
 * A connection looks its place up once, at its first request; then a request costs two atomic
 * writes. Any thread may call.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct client; /* a place in the table */

enum { CLIENTS_MAX = 64, CLIENT_AGENT_SIZE = 120, CLIENT_WHERE_SIZE = 72 };

/* The place of a new connection's client; agent: empty where it tells none. Never NULL. */
struct client *client_enter(const char *where, struct str agent);

/* It has made a request. */
void client_count(struct client *client);

/* What it calls itself, cut to fit; good while it has not left. NULL: "". */
const char *client_agent(const struct client *client);

/* Its connection ends. Takes NULL. */
void client_leave(struct client *client);

struct client_row {
    char where[CLIENT_WHERE_SIZE]; /* "receivers/otlp" */
    char agent[CLIENT_AGENT_SIZE];
    size_t connections; /* open now, that have made a request */
    uint64_t requests;
    uint64_t seen_ms; /* the last one: wall clock, since 1970 */
};

/* Copies what is in the table, who was seen last first. Returns how many. */
size_t clients_read(struct client_row rows[CLIENTS_MAX + 1]);

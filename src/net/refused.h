/*
 * The last requests and connections that were refused, for a page that shows why data do not
 * arrive. Of the whole program; any thread may call. What repeats has one entry with the last time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { REFUSED_KEPT = 64 };

struct refused {
    uint64_t unix_ms; /* the last time: wall clock, since 1970 */
    uint64_t times;   /* ... since the entry is there */
    uint64_t order;   /* of the last times: the latest has the highest */
    uint64_t hash;    /* of all that follows, but for the peer's port */
    char where[72];   /* "receivers/otlp" */
    char peer[64];    /* "127.0.0.1:5000" */
    char what[160];   /* "POST /v1/traces"; "a connection" */
    char agent[120];  /* the client's user-agent; "": not told */
    char why[256];
};

/* Copies the texts, cut to fit, to the place of the oldest one where all are taken. */
void refused_add(const char *where, const char *peer, const char *what, const char *agent,
                 const char *why);

/* Copies all, the latest first. Returns how many. */
size_t refused_read(struct refused list[REFUSED_KEPT]);

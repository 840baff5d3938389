/*
 * The parts of an exporter's endpoint, in any form that somebody wrote: a URL, "host:port",
 * "dns:///host:port".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct endpoint { /* ranges of the text */
    bool scheme;  /* it has one, http:// or https:// */
    bool https;
    struct str authority; /* "host:port", maybe with "user:password@" in front */
    struct str path;      /* what is behind it, with its slash; or empty */
};

/* Returns NULL, or what is wrong with it, a constant that goes on from its text: "has no host". */
const char *endpoint_read(struct endpoint *endpoint, struct str text);

/* 0: it has none. */
unsigned endpoint_port(const struct endpoint *endpoint);

/* The part of an endpoint that is no secret: without user, password and query. */
struct str endpoint_shown(struct str text);

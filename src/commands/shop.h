/*
 * Traces of a web shop that does not exist: what its services would have done for one click.
 *
 *     frontend --HTTP--> checkout --gRPC--> cart --> redis
 *                                 --gRPC--> payment
 *                                 --kafka-> accounting (later, and with a link to the order before)
 *
 * Which operation calls which is a table; how long each takes, what fails, and which of several
 * things happens comes from random numbers, the same ones for the same seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHOP_SERVICES = 12,
    SHOP_SPANS_MAX = 256,
    SHOP_DEPTH_MAX = 32 /* levels of spans that one may ask for */
};

enum shop_style { /* what a span is of, which tells its attributes */
                  SHOP_HTTP,
                  SHOP_RPC,
                  SHOP_SQL,
                  SHOP_CACHE,
                  SHOP_QUEUE,
                  SHOP_WORK
};

enum shop_kind { /* as opentelemetry.proto.trace.v1.Span.SpanKind */
                 SHOP_INTERNAL = 1,
                 SHOP_SERVER,
                 SHOP_CLIENT,
                 SHOP_PRODUCER,
                 SHOP_CONSUMER
};

struct shop_service {
    const char *name, *version, *language, *sdk_version, *scope;
};

struct shop_operation {
    const char *name; /* "GET /product/{id}", "shop.CartService/GetCart", "SELECT products" */
    unsigned service; /* that does it; of SQL, CACHE and QUEUE: that asks for it */
    enum shop_style style;
    uint64_t typical_us; /* of its own, without what it calls */
    const char *target;  /* server.address, the database or the topic; what goes wrong */
    const char *detail;  /* the query, the path */
    const char *failure; /* exception.type and, behind ": ", its message */
    struct shop_call {
        unsigned char operation, percent, times; /* how probable it is, and how often at most */
        bool beside;                             /* begins with the one before it, not behind it */
    } calls[8];                                  /* up to the first with percent 0 */
};

extern const struct shop_service shop_services[SHOP_SERVICES];
extern const struct shop_operation shop_operations[];

struct shop_settings {
    unsigned services; /* 1..SHOP_SERVICES: so many of them take part */
    unsigned depth;    /* 1..SHOP_DEPTH_MAX: levels of spans at most */
    double errors;     /* percent of the traces in which something fails */
    uint64_t seed;
};

struct shop_span {
    int parent; /* index; -1: the root */
    unsigned operation, service;
    enum shop_kind kind;
    uint8_t id[8];
    uint64_t start_ns, end_ns; /* from the trace's beginning */
    bool failed, thrown;       /* thrown: the exception is its own */
    bool linked;               /* to the trace before */
    uint32_t random;           /* for its attributes */
};

struct shop_trace {
    uint8_t id[16];
    uint64_t length_ns;
    bool has_link; /* to linked_id, linked_span */
    uint8_t linked_id[16], linked_span[8];
    struct shop_span spans[SHOP_SPANS_MAX]; /* parents before their children; [0] is the root */
    size_t count;
};

struct shop; /* what is remembered from trace to trace */

struct shop *shop_new(const struct shop_settings *settings);
void shop_free(struct shop *shop); /* takes NULL */

/* The next trace; good until the one after. */
const struct shop_trace *shop_next(struct shop *shop);

/*
 * `otelc generate`: sends traces of a made-up shop, so that there is something to look at.
 */
#pragma once

#include "commands/shop.h"
#include "config/source.h"
#include "service/service.h"

struct generate_options {
    const char *to;       /* NULL: localhost, on the protocol's port */
    bool http;            /* OTLP by HTTP, where `to` has no scheme */
    uint64_t rate;        /* spans in a second; 0: as fast as they are taken */
    uint64_t duration_ms; /* 0: until all traces are sent; where traces has no limit, 10 s */
    uint64_t traces;      /* 0: no limit */
    bool seeded;          /* shop.seed was given */
    struct shop_settings shop;
    const struct source *sources; /* more settings of exporters.otlp/generate */
    size_t source_count;
    enum sandbox_mode sandbox;
    size_t memory_limit; /* bytes; 0: the default */
};

/* What counts where the command line says nothing. */
#define GENERATE_DEFAULTS                                                                          \
    {                                                                                              \
        .rate = 100, .shop = {.services = SHOP_SERVICES, .depth = SHOP_DEPTH_MAX, .errors = 5 }    \
    }

/*
 * One of its options. False: *wants is NULL and it has no such option; or *wants says what the
 * value should be: "a number from 1 to 12".
 */
bool generate_option(struct generate_options *options, const char *name, const char *value,
                     const char **wants);

/* On the calling thread. Tells on stdout what was sent and acknowledged, on stderr what was not.
 * EXIT_FINE: all was taken. */
enum exit_code generate_run(const struct generate_options *options);

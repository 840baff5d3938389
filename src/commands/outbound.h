/*
 * What `otelc replay` and `otelc generate` share: one loop and one exporter, which sends what a
 * source has as long as few requests are on their way:
 *
 *     source -> consume -> the peer's answer -> the next one
 */
#pragma once

#include "base/result.h"
#include "commands/outbound_target.h"
#include "otlp/payload.h"
#include "service/service.h"

enum outbound_next {
    OUTBOUND_REQUEST, /* *payload: one reference */
    OUTBOUND_LATER,   /* asked again, in a moment */
    OUTBOUND_END
};

struct outbound_source {
    void (*allow)(void *arg); /* tells the sandbox of its files; NULL: it has none */
    void (*begin)(void *arg); /* before the first request; may be NULL */
    /* is_idle: nothing is on its way, so no memory will be freed. */
    enum outbound_next (*next)(void *arg, bool is_idle, struct payload **payload);
    /* Of each request. False: the rest is not sent. */
    bool (*answered)(void *arg, const struct batch *batch, struct result result);
    void *arg;
};

struct outbound_options {
    struct outbound_target target;
    uint64_t rate; /* spans, data points and log records in a second; 0: no limit */
    enum sandbox_mode sandbox;
    size_t memory_limit; /* bytes; 0: the default */
    enum log_level log_level;
};

struct outbound_counts {
    uint64_t items[SIGNAL_KINDS];
    uint64_t requests;
};

struct outbound_report {
    struct outbound_counts sent, refused;
    bool interrupted; /* by a signal */
};

/* A line to stderr, harmless whatever a peer or a file says in it; after a hundred of them they are
 * only counted. */
void outbound_complain(unsigned *told, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Tells of counts on stdout: "sent 5 spans in 1 request". */
void outbound_print(const struct outbound_counts *counts, const char *verb);

/* On the calling thread. Anything but EXIT_FINE: nothing was sent, and stderr says why. */
enum exit_code outbound_run(const struct outbound_options *options,
                            const struct outbound_source *source, struct outbound_report *report);

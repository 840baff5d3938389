/*
 * What runs, for pages that show it: the description of the graph, made anew by the control thread
 * at the start and at each reload, which never changes and is shared by who reads it.
 *
 *     control: overview_set(graph) --> one place under a lock --> overview_graph(): a reference
 *
 * Nothing here reaches into a worker: numbers come from base/metrics.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct overview; /* lives as long as the workers */

struct overview_component { /* of the configuration */
    const char *where;      /* "exporters/jaeger/2" */
    const char *id;         /* "jaeger/2": what stands behind the slash */
    const char *type;       /* "jaeger" */
    const char *help;       /* one line */
    const char **endpoints; /* where it listens: "127.0.0.1:4317, [::1]:4317" */
    size_t endpoint_count;
    bool used; /* by a pipeline that runs; an extension: it is listed */
};

struct overview_ids { /* "receivers/otlp", in the order of the file */
    const char **at;
    size_t count;
};

struct overview_pipeline {
    const char *id, *signal; /* "traces/2", "traces" */
    const char *not_served;  /* why it does not run; NULL: it does */
    struct overview_ids receivers, processors, exporters;
};

struct overview_graph {  /* immutable once it is set; counted references */
    struct arena *arena; /* holds all of it, and itself */
    struct overview_component *components;
    size_t component_count;
    struct overview_pipeline *pipelines;
    size_t pipeline_count;
    struct overview_ids files; /* that the configuration was read from */
    const char *config;        /* it in force, as YAML, without secrets; NULL: not known */
    uint64_t unix_ms;          /* since when: wall clock */
};

struct overview *overview_new(unsigned workers);
void overview_free(struct overview *overview); /* takes NULL */

unsigned overview_workers(const struct overview *overview);
uint64_t overview_start_unix_ms(const struct overview *overview);
uint64_t overview_now_unix_ms(void);

/* An empty one, with one reference, to be filled in. */
struct overview_graph *overview_graph_new(void);
void overview_graph_unref(struct overview_graph *graph); /* takes NULL */

/* Takes over the reference; what was there before goes when nobody reads it any more. */
void overview_set(struct overview *overview, struct overview_graph *graph);

/* A reference to what runs now; NULL: nothing was set yet. Any thread. */
struct overview_graph *overview_graph(struct overview *overview);

/*
 * What the program runs: the YAML decoded, checked, and its names resolved.
 *
 *     sources --config_read--> tree --configuration_load--> components <---- pipelines
 *                                                           (settings)  point at
 *
 * A configuration never changes once it is loaded, so all workers read it.
 */
#pragma once

#include <stdatomic.h>

#include "base/log.h"
#include "config/source.h"
#include "pipeline/component.h"

struct component_entry { /* an id of a section: receivers, processors, ... */
    const struct component_type *type;
    const char *id;    /* "jaeger", "otlp/2" */
    const char *where; /* "exporters/jaeger", for the log */
    struct node *node; /* its body */
    void *settings;    /* which do not change any more once all is loaded */
    bool used;        /* by a pipeline that is served; an extension: listed in service.extensions */
    unsigned signals; /* of those pipelines: 1u << TRACES, ... */
};

struct pipeline_entry {
    const char *id;    /* "traces/2" */
    const char *where; /* "pipelines/traces/2", for the log */
    enum signal signal;
    bool served;            /* false: told as a warning */
    const char *not_served; /* then why, for clients */
    const struct node *node;

    /*
     * What it is made of. A pipeline of traces always runs; one of metrics or logs, which many
     * files have beside it, does where this program has all of its components.
     */
    const struct component_entry **receivers, **processors, **exporters;
    size_t receiver_count, processor_count, exporter_count;
};

struct configuration {
    atomic_uint refs;
    struct arena *arena;             /* owned: holds all of it */
    struct arena *texts;             /* owned: of the problems, where checks put texts that settings
                                        have; NULL: the caller's, which outlives it */
    struct node *tree;               /* merged and expanded */
    const struct config_file *files; /* that it was read from */

    struct component_entry **components; /* of known types, in the order of the file */
    size_t component_count;
    struct pipeline_entry *pipelines;
    size_t pipeline_count;
    size_t *order; /* their indexes: those that connectors feed before those that feed them */
    const struct component_entry **extensions; /* that are listed, in this order */
    size_t extension_count;

    unsigned workers;             /* service.workers; 0: as many as there are CPUs */
    unsigned max_connections;     /* service.max_connections */
    uint64_t shutdown_timeout_ms; /* service.shutdown_timeout */
    size_t memory_limit;          /* bytes: service.memory */
    struct log_settings log;      /* service.telemetry.logs */
    unsigned metrics_level;       /* enum metric_level: service.telemetry.metrics.level */
    const void *service_settings; /* all of the section's, as service_fields decodes them */
};

/*
 * With one reference. types: those that exist, NULL-terminated. NULL where anything is an error;
 * problems (which may hold warnings and notes in any case) are then complete and sorted. They do
 * not refer to the configuration.
 */
struct configuration *configuration_load(const struct source *sources, size_t count,
                                         const struct component_type *const *types,
                                         struct problems *problems);

/* Of types, NULL-terminated, the one with this name, or old name; NULL: there is none. */
const struct component_type *component_type_find(const struct component_type *const *types,
                                                 enum component_kind kind, const char *name);

struct configuration *configuration_ref(struct configuration *configuration);
void configuration_unref(struct configuration *configuration); /* takes NULL */

/* The keys of the service section that are no lists of ids, for the reference. */
extern const struct field service_fields[];

/*
 * The service section but for its pipelines and extensions: workers, memory, shutdown, the log.
 */
#include "base/arena.h"
#include "base/budget.h"
#include "service/configuration_priv.h"
#include "service/logs_settings.h"
#include "service/metrics_settings.h"
#include "service/telemetry_resource.h"

struct service_settings {
    uint64_t workers, max_connections, shutdown_timeout_ms;
    struct memory_settings {
        uint64_t limit_mib, limit_percentage;
    } memory;
    struct telemetry_settings {
        struct logs_settings logs;
        struct metrics_settings metrics;
        const struct node *resource;
    } telemetry;
};

static const struct field telemetry_fields[] = {
    FIELD_BLOCK(struct telemetry_settings, logs, "logs", logs_fields, "the program's own log"),
    FIELD_BLOCK(struct telemetry_settings, metrics, "metrics", metrics_fields,
                "the program's own metrics, for Prometheus and by OTLP"),
    FIELD_IGNORED("traces", "has no effect here: the program makes no spans of its own"),
    FIELD_NODE(struct telemetry_settings, resource, "resource",
               "a map of attributes that describe this program, as target_info of its metrics "
               "and its log in JSON tell them; null takes service.name, service.version or "
               "service.instance.id away"),
    FIELD_END,
};

static const struct field memory_fields[] = {
    FIELD_UINT(struct memory_settings, limit_mib, "limit_mib", "0", 0, 1 << 30,
               "the memory budget in MiB, at least 16; 0: as limit_percentage says"),
    FIELD_UINT(
        struct memory_settings, limit_percentage, "limit_percentage", "80", 1, 100,
        "the memory budget in percent of what the cgroup allows, or of the machine's memory"),
    FIELD_END,
};

const struct field service_fields[] = {
    {.name = "pipelines",
     .type = FIELD_TYPE_IGNORED,
     .help = "what runs: receivers, processors and exporters by their ids"},
    {.name = "extensions", .type = FIELD_TYPE_IGNORED, .help = "extensions by their ids"},
    FIELD_BLOCK(struct service_settings, telemetry, "telemetry", telemetry_fields,
                "what the program tells about itself"),
    FIELD_UINT(struct service_settings, workers, "workers", "0", 0, 256,
               "threads that serve connections; 0: as many as it may use CPUs"),
    FIELD_UINT(struct service_settings, max_connections, "max_connections", "10000", 1, 1000000,
               "connections of clients, of all receivers together; beyond, and beyond the limit of "
               "open files less 64, new ones wait until others are closed"),
    FIELD_BLOCK(struct service_settings, memory, "memory", memory_fields,
                "what all data together may take; beyond it, clients are asked to try again"),
    FIELD_DURATION(struct service_settings, shutdown_timeout_ms, "shutdown_timeout", "8s",
                   "how long a stop may take to deliver what is held"),
    FIELD_END,
};

void service_settings_load(struct loader *l)
{
    struct node *node = node_get(l->root, "service");
    struct service_settings *settings = arena_alloc(l->arena, sizeof(*settings));
    struct telemetry_resource resource;

    fields_decode(service_fields, settings, node, l->arena, l->problems);
    l->configuration->service_settings = settings;
    l->configuration->workers = (unsigned)settings->workers;
    l->configuration->max_connections = (unsigned)settings->max_connections;
    l->configuration->shutdown_timeout_ms = settings->shutdown_timeout_ms;
    l->configuration->memory_limit =
        settings->memory.limit_mib > 0 ? settings->memory.limit_mib << 20
                                       : budget_memory() / 100 * settings->memory.limit_percentage;
    telemetry_resource_read(&resource, settings->telemetry.resource, l->problems);
    l->configuration->log =
        logs_settings_read(&settings->telemetry.logs, node_get(node_get(node, "telemetry"), "logs"),
                           &resource, l->arena, l->problems);
    l->configuration->metrics_level = settings->telemetry.metrics.level;
    metrics_settings_load(l, &settings->telemetry.metrics, &resource);
}

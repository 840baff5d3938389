/*
 * From the configuration to its description: texts are copied, as the pages may hold it longer than
 * the configuration lives.
 */
#include "service/overview_graph.h"

#include "service/effective.h"
#include "service/emit.h"

static void *copy_list(struct arena *arena, size_t count)
{
    return count > 0 ? arena_alloc(arena, count * sizeof(const char *)) : NULL;
}

static struct overview_ids copy_ids(struct arena *arena, const struct component_entry **entries,
                                    size_t count)
{
    struct overview_ids ids = {.at = copy_list(arena, count), .count = count};

    for (size_t i = 0; i < count; i++)
        ids.at[i] = arena_text(arena, entries[i]->where);
    return ids;
}

static struct overview_ids copy_files(struct arena *arena, const struct config_file *first)
{
    struct overview_ids files = {.count = 0};

    for (const struct config_file *file = first; file; file = file->next)
        files.count++;
    files.at = copy_list(arena, files.count);
    for (size_t i = 0; i < files.count; i++, first = first->next)
        files.at[i] = arena_text(arena, first->path);
    return files;
}

/* "127.0.0.1:4317, [::1]:4317" of "localhost:4317"; as it is configured where it is not open. */
static const char *copy_endpoint(struct arena *arena, const char *endpoint,
                                 struct listen_set *sockets)
{
    const char *address = listen_set_address(sockets, endpoint);

    if (address && str_starts(str_of(endpoint), STR("udp:")))
        return arena_printf(arena, "udp:%s", address);
    return arena_text(arena, address ? address : endpoint);
}

static struct overview_component describe_component(struct arena *arena,
                                                    const struct component_entry *entry,
                                                    struct listen_set *sockets)
{
    struct overview_component c = {
        .where = arena_text(arena, entry->where),
        .id = arena_text(arena, entry->id),
        .type = entry->type->name,
        .help = entry->type->help,
        .used = entry->used,
    };
    const char *endpoints[ENDPOINTS_MAX];

    if (!entry->type->endpoints || !entry->used)
        return c;
    c.endpoint_count = entry->type->endpoints(entry->settings, endpoints);
    c.endpoints = copy_list(arena, c.endpoint_count);
    for (size_t i = 0; i < c.endpoint_count; i++)
        c.endpoints[i] = copy_endpoint(arena, endpoints[i], sockets);
    return c;
}

static struct overview_pipeline describe_pipeline(struct arena *arena,
                                                  const struct pipeline_entry *pipeline)
{
    const char *why = pipeline->not_served ? pipeline->not_served : "it does not run";

    return (struct overview_pipeline){
        .id = arena_text(arena, pipeline->id),
        .signal = signal_words[pipeline->signal].name,
        .not_served = pipeline->served ? NULL : arena_text(arena, why),
        .receivers = copy_ids(arena, pipeline->receivers, pipeline->receiver_count),
        .processors = copy_ids(arena, pipeline->processors, pipeline->processor_count),
        .exporters = copy_ids(arena, pipeline->exporters, pipeline->exporter_count),
    };
}

/* As `otelc print-config` has it: merged, expanded, with defaults, secrets masked. */
static const char *copy_config(struct arena *arena, const struct configuration *configuration)
{
    struct arena *work = arena_new(16384);
    struct buf text = {0};
    const char *copy;

    emit_yaml(&text, effective_configuration(configuration, false, work));
    copy = arena_copy(arena, buf_str(&text)).at;
    buf_wipe(&text);
    arena_free(work);
    return copy;
}

struct overview_graph *overview_graph_describe(const struct configuration *configuration,
                                               struct listen_set *sockets)
{
    struct overview_graph *graph = overview_graph_new();
    struct arena *arena = graph->arena;

    graph->components =
        arena_alloc(arena, configuration->component_count * sizeof(graph->components[0]));
    graph->pipelines =
        arena_alloc(arena, configuration->pipeline_count * sizeof(graph->pipelines[0]));
    for (size_t i = 0; i < configuration->component_count; i++)
        graph->components[graph->component_count++] =
            describe_component(arena, configuration->components[i], sockets);
    for (size_t i = 0; i < configuration->pipeline_count; i++)
        graph->pipelines[graph->pipeline_count++] =
            describe_pipeline(arena, &configuration->pipelines[i]);
    graph->files = copy_files(arena, configuration->files);
    graph->config = copy_config(arena, configuration);
    return graph;
}

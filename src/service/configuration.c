/*
 * Three steps: each section's ids and settings; then the pipelines, which name them; then what that
 * tells about the ids that this program has no component for.
 */
#include "service/configuration_priv.h"

#include <string.h>

#include "base/arena.h"
#include "config/nearest.h"

static void check_top_level(struct loader *l)
{
    static const char *const names[] = {"receivers",  "processors", "exporters", "extensions",
                                        "connectors", "service",    NULL};

    for (size_t i = 0; i < l->root->count; i++) {
        const struct node *node = l->root->children[i];
        const char *nearest = nearest_name(node->key, names);
        bool known = nearest && strcmp(nearest, node->key) == 0;

        if (known)
            continue;
        if (strcmp(node->key, "pipelines") == 0 || strcmp(node->key, "telemetry") == 0 ||
            strcmp(node->key, "workers") == 0)
            problem_at_key(l->problems, PROBLEM_ERROR, node,
                           "unknown key; did you mean service.%s?", node->key);
        else if (nearest)
            problem_at_key(l->problems, PROBLEM_ERROR, node, "unknown key; did you mean %s?",
                           nearest);
        else
            problem_at_key(l->problems, PROBLEM_ERROR, node,
                           "unknown key: there are receivers, processors, exporters, extensions, "
                           "connectors and service");
    }
}

struct configuration *configuration_load(const struct source *sources, size_t count,
                                         const struct component_type *const *types,
                                         struct problems *problems)
{
    struct arena *arena = arena_new(16384);
    struct configuration *configuration = arena_alloc(arena, sizeof(*configuration));
    struct loader l = {
        .arena = arena,
        .problems = problems,
        .types = types,
        .configuration = configuration,
        .root = config_read(sources, count, arena, problems, &configuration->files),
    };

    atomic_init(&configuration->refs, 1);
    configuration->arena = arena;
    configuration->texts = NULL;
    configuration->tree = l.root;
    if (l.root) {
        check_top_level(&l);
        spanmetrics_processors_convert(&l);
        definitions_load(&l);
        pipelines_load(&l);
        component_references_load_extensions(&l);
        component_references_load_uses(&l);
        service_settings_load(&l);
        if (problems->errors == 0) {
            endpoints_check(&l);
            unused_components_tell(&l);
        }
        unknown_components_tell(&l);
    }
    problems_sort(problems);
    if (problems->errors == 0)
        return configuration;
    configuration_unref(configuration);
    return NULL;
}

struct configuration *configuration_ref(struct configuration *configuration)
{
    atomic_fetch_add_explicit(&configuration->refs, 1, memory_order_relaxed);
    return configuration;
}

void configuration_unref(struct configuration *configuration)
{
    if (!configuration ||
        atomic_fetch_sub_explicit(&configuration->refs, 1, memory_order_acq_rel) > 1)
        return;
    arena_free(configuration->texts);
    arena_free(configuration->arena); /* and the configuration in it */
}

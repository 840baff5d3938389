/*
 * service.pipelines: each one's signal and components, and whether it runs.
 *
 * A pipeline of traces runs, or what is missing is an error; one of metrics or logs may be left
 * out, with one warning.
 */
#include "service/configuration_priv.h"

#include <string.h>

#include "base/arena.h"
#include "config/nearest.h"
#include "service/component_id.h"

enum { SHOWN_MAX = 8 /* items of a list in a message */ };

/* The program's own, and one more that stands in files. */
enum { PROFILES = SIGNAL_KINDS };
static const char *const signal_names[] = {"traces", "metrics", "logs", "profiles", NULL};

static const char *signals_of(const struct loader *l, const struct component_type *type)
{
    const char *text = "";

    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (type->signals & 1u << s)
            text = arena_printf(l->arena, "%s%s%s", text, text[0] ? ", " : "", signal_names[s]);
    return text;
}

/* Whether a component may stand in a pipeline of a signal; told where not. */
static bool takes_signal(const struct loader *l, const struct node *item,
                         const struct defined *defined, unsigned signal)
{
    const struct component_type *type = defined->entry.type;

    if (!type || signal == PROFILES || type->signals & 1u << signal)
        return true;
    error_at(l->problems, item, "the %s %s does not take %s, only %s", type->name,
             section_one[defined->section], signal_names[signal], signals_of(l, type));
    return false;
}

struct items { /* what a list of a pipeline refers to, as far as it is right */
    struct defined **at;
    size_t count;
};

static bool has_item(const struct items *items, const struct defined *defined)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->at[i] == defined)
            return true;
    return false;
}

static struct items load_list(struct loader *l, const struct node *pipeline, enum section section,
                              unsigned signal)
{
    const struct node *list =
        component_reference_list(l, node_get(pipeline, section_names[section]));
    struct items items = {0};

    if (!list)
        return items;
    items.at = arena_alloc(l->arena, list->count * sizeof(*items.at));
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->children[i];
        struct defined *defined = component_reference_find(l, item, section);

        if (!defined || !takes_signal(l, item, defined, signal))
            continue;
        if (has_item(&items, defined))
            problem_at(l->problems, section == SECTION_PROCESSORS ? PROBLEM_ERROR : PROBLEM_WARNING,
                       item, "%s stands in this list twice", defined->entry.id);
        else
            items.at[items.count++] = defined;
    }
    return items;
}

/* The first that this program does not have and cannot do without; NULL: none. */
static const struct defined *find_missing(const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct defined *defined = items->at[i];

        if (!defined->entry.type && !left_out_because(defined->section, defined->type_name))
            return defined;
    }
    return NULL;
}

/* The first receiver that is missing; also one that may be left out, where there is no other. */
static const struct defined *find_missing_receiver(const struct items *items)
{
    const struct defined *missing = find_missing(items);

    if (missing || items->count == 0)
        return missing;
    for (size_t i = 0; i < items->count; i++)
        if (items->at[i]->entry.type)
            return NULL;
    return items->at[0];
}

/* Those of the items that this program has, and how many they are; marks all as used. */
static const struct component_entry **use_items(struct loader *l, const struct items *items,
                                                bool served, size_t *count)
{
    const struct component_entry **entries =
        arena_alloc(l->arena, items->count * sizeof(struct component_entry *));

    *count = 0;
    for (size_t i = 0; i < items->count; i++) {
        struct defined *defined = items->at[i];

        if (served)
            defined->by_served = defined->entry.used = true;
        else
            defined->by_other = true;
        if (defined->entry.type)
            entries[(*count)++] = &defined->entry;
    }
    return entries;
}

/* A pipeline needs receivers and exporters: a list that is missing or empty is told. */
static void need_list(const struct loader *l, const struct node *pipeline, enum section section)
{
    const struct node *list = node_get(pipeline, section_names[section]);

    if (!list || list->kind == NODE_NULL || (list->kind == NODE_LIST && list->count == 0))
        problem_at_key(l->problems, PROBLEM_ERROR, list ? list : pipeline,
                       "a pipeline needs at least one %s", section_one[section]);
}

static void check_pipeline_keys(const struct loader *l, const struct node *node)
{
    static const char *const names[] = {"receivers", "processors", "exporters", NULL};

    for (size_t i = 0; i < node->count; i++) {
        const struct node *member = node->children[i];
        const char *nearest = nearest_name(member->key, names);

        if (nearest && strcmp(nearest, member->key) == 0)
            continue;
        if (nearest)
            problem_at_key(l->problems, PROBLEM_ERROR, member, "unknown key; did you mean %s?",
                           nearest);
        else
            problem_at_key(l->problems, PROBLEM_ERROR, member,
                           "unknown key: a pipeline has receivers, processors and exporters");
    }
}

/* One warning for a whole pipeline; it names the exporters that will get nothing. */
static void tell_not_served(const struct loader *l, const struct node *pipeline, const char *why)
{
    const struct node *list = node_get(pipeline, section_names[SECTION_EXPORTERS]);
    const char *names = "";

    for (size_t i = 0; list && i < list->count && i < SHOWN_MAX; i++)
        names =
            arena_printf(l->arena, "%s%s%.100s", names, i > 0 ? ", " : "", list->children[i]->text);
    problem_at_key(l->problems, PROBLEM_WARNING, pipeline,
                   "%s: the pipeline does not run, nothing goes to %s", why, names);
}

/* NULL, or why a pipeline does not run. Of traces it does, or that is an error. */
static const char *why_not_served(const struct loader *l, unsigned signal,
                                  const struct defined *missing)
{
    if (signal == PROFILES)
        return "this version does not serve profiles";
    if (signal == TRACES || !missing)
        return NULL;
    return arena_printf(l->arena, "otelc does not have the %s %s", section_one[missing->section],
                        missing->type_name);
}

/* Profiles are none of the program's signals, and so not kept. */
static void load_pipeline(struct loader *l, const struct node *node, const struct component_id *id,
                          unsigned signal)
{
    const char *where = arena_printf(l->arena, "pipelines/%s", id->whole), *why;
    struct pipeline_entry pipeline = {.id = id->whole, .where = where, .node = node};
    struct items receivers, processors, exporters;
    const struct defined *missing;

    check_pipeline_keys(l, node);
    need_list(l, node, SECTION_RECEIVERS);
    need_list(l, node, SECTION_EXPORTERS);
    receivers = load_list(l, node, SECTION_RECEIVERS, signal);
    processors = load_list(l, node, SECTION_PROCESSORS, signal);
    exporters = load_list(l, node, SECTION_EXPORTERS, signal);
    missing = find_missing_receiver(&receivers);
    if (missing && left_out_because(SECTION_RECEIVERS, missing->type_name) && signal == TRACES)
        problem_at_key(l->problems, PROBLEM_ERROR, node,
                       "has no other receiver than %s, which is not served: add otlp",
                       missing->entry.id);
    missing = missing ? missing : find_missing(&processors);
    missing = missing ? missing : find_missing(&exporters);
    why = why_not_served(l, signal, missing);
    if (why) {
        tell_not_served(l, node, why);
        pipeline.not_served =
            arena_printf(l->arena, "%s are not served by this collector: %s (pipeline %.100s)",
                         signal_names[signal], why, id->whole);
    }
    pipeline.served = !why;
    pipeline.receivers = use_items(l, &receivers, !why, &pipeline.receiver_count);
    pipeline.processors = use_items(l, &processors, !why, &pipeline.processor_count);
    pipeline.exporters = use_items(l, &exporters, !why, &pipeline.exporter_count);
    if (signal == PROFILES)
        return;
    pipeline.signal = (enum signal)signal;
    l->configuration->pipelines[l->configuration->pipeline_count++] = pipeline;
}

static void load_pipeline_id(struct loader *l, const struct node *node)
{
    struct component_id id;
    const char *wrong = component_id_parse(l->arena, node->key, &id), *nearest;
    unsigned signal = 0;

    if (wrong) {
        problem_at_key(l->problems, PROBLEM_ERROR, node, "not an id: %s", wrong);
        return;
    }
    while (signal_names[signal] && strcmp(signal_names[signal], id.type) != 0)
        signal++;
    if (!signal_names[signal]) {
        nearest = nearest_name(id.type, signal_names);
        problem_at_key(l->problems, PROBLEM_ERROR, node,
                       "\"%s\" is no signal: a pipeline is called traces, metrics or logs, or "
                       "traces/NAME%s%s%s",
                       id.type, nearest ? "; did you mean " : "", nearest ? nearest : "",
                       nearest ? "?" : "");
        return;
    }
    for (size_t i = 0; i < l->configuration->pipeline_count; i++)
        if (strcmp(l->configuration->pipelines[i].id, id.whole) == 0) {
            problem_at_key(l->problems, PROBLEM_ERROR, node, "%s is defined twice", id.whole);
            return;
        }
    if (node->kind != NODE_MAP && node->kind != NODE_NULL) {
        error_at(l->problems, node, "wants a map of receivers, processors and exporters, not %s",
                 node_what(node));
        return;
    }
    load_pipeline(l, node, &id, signal);
}

static void need_served(struct loader *l, const struct node *pipelines)
{
    const struct configuration *c = l->configuration;

    if (l->problems->errors > 0)
        return; /* it does not run anyway, and what is wrong may be with a pipeline */
    for (size_t i = 0; i < c->pipeline_count; i++)
        if (c->pipelines[i].served)
            return;
    error_at(l->problems, pipelines, "none of the pipelines can run: nothing would be served");
}

void pipelines_load(struct loader *l)
{
    const struct node *service = node_get(l->root, "service");
    const struct node *pipelines = node_get(service, "pipelines");

    if (!service && !node_get(l->root, "pipelines"))
        error_at(l->problems, l->root,
                 "there is no service section: service.pipelines says what runs");
    if (!service || service->broken || (pipelines && pipelines->broken) ||
        (service->kind != NODE_MAP && service->kind != NODE_NULL))
        return;
    if (!pipelines || pipelines->kind == NODE_NULL || pipelines->count == 0) {
        error_at(
            l->problems, pipelines ? pipelines : service,
            "there are no pipelines: service.pipelines needs at least one, called traces, metrics "
            "or logs");
        return;
    }
    if (pipelines->kind != NODE_MAP) {
        error_at(l->problems, pipelines, "wants a map of pipelines, not %s", node_what(pipelines));
        return;
    }
    l->configuration->pipelines =
        arena_alloc(l->arena, pipelines->count * sizeof(*l->configuration->pipelines));
    for (size_t i = 0; i < pipelines->count; i++)
        load_pipeline_id(l, pipelines->children[i]);
    need_served(l, pipelines);
}

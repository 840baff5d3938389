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

const char *signals_text(const struct loader *l, unsigned signals, const char *separator)
{
    const char *text = "";

    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (signals & 1u << s)
            text =
                arena_printf(l->arena, "%s%s%s", text, text[0] ? separator : "", signal_names[s]);
    return text;
}

/* Whether a component may stand in a list of a pipeline of a signal; told where not. */
static bool suits_signal(const struct loader *l, const struct node *item, struct defined *defined,
                         enum section list, unsigned signal)
{
    const struct component_type *type = defined->entry.type;
    bool gives = list == SECTION_RECEIVERS && type && type->signals_out;
    unsigned signals = !type ? 0 : gives ? type->signals_out : type->signals;

    if (!type || signal == PROFILES || signals & 1u << signal)
        return true;
    defined->misplaced = true;
    error_at(l->problems, item, "the %s %s does not %s %s, only %s", type->name,
             section_one[defined->section], gives ? "give" : "take", signal_names[signal],
             signals_text(l, signals, ", "));
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
    items.nodes = arena_alloc(l->arena, list->count * sizeof(*items.nodes));
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->children[i];
        struct defined *defined = component_reference_find(l, item, section);

        if (!defined || !suits_signal(l, item, defined, section, signal))
            continue;
        if (items_have(&items, defined)) {
            problem_at(l->problems, section == SECTION_PROCESSORS ? PROBLEM_ERROR : PROBLEM_WARNING,
                       item, "%s stands in this list twice", defined->entry.id);
            continue;
        }
        items.nodes[items.count] = item;
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
                                                const struct pipeline_entry *pipeline,
                                                size_t *count)
{
    const struct component_entry **entries =
        arena_alloc(l->arena, items->count * sizeof(struct component_entry *));

    *count = 0;
    for (size_t i = 0; i < items->count; i++) {
        struct defined *defined = items->at[i];

        if (pipeline->served) {
            defined->by_served = defined->entry.used = true;
            defined->entry.signals |= 1u << pipeline->signal;
        } else {
            defined->by_other = true;
        }
        if (defined->entry.type)
            entries[(*count)++] = &defined->entry;
    }
    return entries;
}

/* For messages that show what to write: one that the file has. */
static const char *some_id(const struct loader *l, enum section section, const char *otherwise)
{
    return l->defined_count[section] > 0 ? l->defined[section][0].entry.id : otherwise;
}

/* A pipeline needs receivers and exporters: a list that is missing or empty is told. */
static void need_list(const struct loader *l, const struct node *pipeline, enum section section)
{
    const struct node *list = node_get(pipeline, section_names[section]);

    if (!list || list->kind == NODE_NULL || (list->kind == NODE_LIST && list->count == 0))
        problem_at_key(l->problems, PROBLEM_ERROR, list ? list : pipeline,
                       "a pipeline needs at least one %s: write %s: [%s]", section_one[section],
                       section_names[section],
                       some_id(l, section, section == SECTION_RECEIVERS ? "otlp" : "debug"));
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

/* Connectors behind which nothing runs get nothing. */
static void drop_dead(const struct loader *l, struct draft *draft)
{
    struct items *items = &draft->exporters;
    size_t kept = 0;

    for (size_t i = 0; i < items->count; i++) {
        if (connector_is_dead(l, items->at[i], draft->signal))
            items->at[i]->by_other = true;
        else
            items->at[kept++] = items->at[i];
    }
    items->count = kept;
}

/* NULL, or why a pipeline does not run. Where one of traces misses a component, that is an error.
 */
static const char *why_not_served(const struct loader *l, const struct draft *draft,
                                  const struct defined *missing, bool leads_nowhere)
{
    if (draft->signal == PROFILES)
        return "this version does not serve profiles";
    if (!missing)
        return leads_nowhere ? "it leads to pipelines only that do not run" : NULL;
    if (draft->signal == TRACES)
        return NULL;
    return arena_printf(l->arena, "otelc does not have the %s %s", section_one[missing->section],
                        missing->type_name);
}

/* Whether it is served, and what of it; those that it feeds are known. */
static void settle(struct loader *l, struct draft *draft)
{
    struct pipeline_entry *pipeline = draft->entry;
    bool had_exporters = draft->exporters.count > 0;
    const struct defined *missing = find_missing_receiver(&draft->receivers);
    const char *why;

    if (missing && left_out_because(SECTION_RECEIVERS, missing->type_name) &&
        draft->signal == TRACES)
        problem_at_key(l->problems, PROBLEM_ERROR, draft->node,
                       "has no other receiver than %s, which is not served: add otlp",
                       missing->entry.id);
    missing = missing ? missing : find_missing(&draft->processors);
    missing = missing ? missing : find_missing(&draft->exporters);
    drop_dead(l, draft);
    why = why_not_served(l, draft, missing, had_exporters && draft->exporters.count == 0);
    if (why) {
        tell_not_served(l, draft->node, why);
        pipeline->not_served =
            arena_printf(l->arena, "%s are not served by this collector: %s (pipeline %.100s)",
                         signal_names[draft->signal], why, pipeline->id);
    }
    pipeline->served = !why;
    pipeline->receivers = use_items(l, &draft->receivers, pipeline, &pipeline->receiver_count);
    pipeline->processors = use_items(l, &draft->processors, pipeline, &pipeline->processor_count);
    pipeline->exporters = use_items(l, &draft->exporters, pipeline, &pipeline->exporter_count);
}

/* Profiles are none of the program's signals, and so not kept. */
static void load_pipeline(struct loader *l, const struct node *node, const struct component_id *id,
                          unsigned signal)
{
    struct draft *draft = &l->drafts[l->draft_count++];
    struct configuration *c = l->configuration;

    check_pipeline_keys(l, node);
    need_list(l, node, SECTION_RECEIVERS);
    need_list(l, node, SECTION_EXPORTERS);
    *draft = (struct draft){
        .entry = signal == PROFILES ? arena_alloc(l->arena, sizeof(*draft->entry))
                                    : &c->pipelines[c->pipeline_count++],
        .node = node,
        .signal = signal,
        .receivers = load_list(l, node, SECTION_RECEIVERS, signal),
        .processors = load_list(l, node, SECTION_PROCESSORS, signal),
        .exporters = load_list(l, node, SECTION_EXPORTERS, signal),
    };
    *draft->entry = (struct pipeline_entry){
        .id = id->whole,
        .where = arena_printf(l->arena, "pipelines/%s", id->whole),
        .signal = (enum signal)(signal == PROFILES ? 0 : signal),
        .node = node,
    };
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
    for (size_t i = 0; i < l->draft_count; i++)
        if (strcmp(l->drafts[i].entry->id, id.whole) == 0) {
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

static void load_all(struct loader *l, const struct node *pipelines)
{
    struct configuration *c = l->configuration;

    c->pipelines = arena_alloc(l->arena, pipelines->count * sizeof(*c->pipelines));
    c->order = arena_alloc(l->arena, pipelines->count * sizeof(*c->order));
    l->drafts = arena_alloc(l->arena, pipelines->count * sizeof(*l->drafts));
    l->order = arena_alloc(l->arena, pipelines->count * sizeof(*l->order));
    for (size_t i = 0; i < pipelines->count; i++)
        load_pipeline_id(l, pipelines->children[i]);
    connectors_check(l);
    for (size_t i = 0, n = 0; i < l->draft_count; i++) {
        settle(l, l->order[i]);
        if (l->order[i]->signal != PROFILES)
            c->order[n++] = (size_t)(l->order[i]->entry - c->pipelines);
    }
}

static bool is_named_as_pipeline(const char *key)
{
    size_t len = strcspn(key, "/");

    for (size_t i = 0; signal_names[i]; i++)
        if (str_is((struct str){key, len}, signal_names[i]))
            return true;
    return false;
}

/* Pipelines that stand beside "pipelines", or in its place; whether there is one. */
static bool find_misplaced(const struct loader *l, const struct node *service)
{
    bool found = false;

    for (size_t i = 0; service && i < service->count && service->kind == NODE_MAP; i++) {
        struct node *child = service->children[i];

        if (!is_named_as_pipeline(child->key))
            continue;
        problem_at_key(l->problems, PROBLEM_ERROR, child,
                       "unknown key; did you mean service.pipelines.%s?", child->key);
        found = child->broken = true;
    }
    return found;
}

void pipelines_load(struct loader *l)
{
    const struct node *service = node_get(l->root, "service");
    const struct node *pipelines = node_get(service, "pipelines");
    bool misplaced = find_misplaced(l, service);

    if (!service && !node_get(l->root, "pipelines"))
        error_at(l->problems, l->root,
                 "there is no service section, which says what runs: add service: {pipelines: "
                 "{traces: {receivers: [%s], exporters: [%s]}}}",
                 some_id(l, SECTION_RECEIVERS, "otlp"), some_id(l, SECTION_EXPORTERS, "debug"));
    if (!service || service->broken || (pipelines && pipelines->broken) ||
        (service->kind != NODE_MAP && service->kind != NODE_NULL))
        return;
    if (!pipelines || pipelines->kind == NODE_NULL || pipelines->count == 0) {
        if (!misplaced)
            error_at(l->problems, pipelines ? pipelines : service,
                     "there are no pipelines: service.pipelines needs at least one, called traces, "
                     "metrics or logs");
        return;
    }
    if (pipelines->kind != NODE_MAP) {
        error_at(l->problems, pipelines, "wants a map of pipelines, not %s", node_what(pipelines));
        return;
    }
    load_all(l, pipelines);
    need_served(l, pipelines);
}

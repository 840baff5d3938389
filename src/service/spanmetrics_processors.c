/*
 * The processor spanmetrics of old files, as the connector that took its place:
 *
 *     traces: [otlp] -> [a, spanmetrics, b] -> [jaeger]        metrics_exporter: prometheus
 *
 *     traces: [otlp] -> [a] -> [spanmetrics, forward/traces-spanmetrics]
 *     traces/traces-spanmetrics: [forward/traces-spanmetrics] -> [b] -> [jaeger]
 *     metrics/spanmetrics: [spanmetrics] -> [prometheus]
 *
 * The tree is changed before anything is decoded, so that all else knows connectors only.
 */
#include "service/configuration_priv.h"

#include <string.h>

#include "base/arena.h"
#include "service/component_id.h"

/* ---- making nodes; what they say is in the place of another one ---- */

static struct node *make(const struct loader *l, enum node_kind kind, const struct node *like)
{
    struct node *node = arena_alloc(l->arena, sizeof(*node));

    *node = (struct node){.kind = kind, .at = like->at, .key_at = like->key_at};
    return node;
}

static struct node *make_text(const struct loader *l, const char *text, const struct node *like)
{
    struct node *node = make(l, NODE_SCALAR, like);

    node->text = text;
    node->quoted = true;
    return node;
}

static void add_child(const struct loader *l, struct node *to, struct node *child)
{
    if (to->count == to->cap) {
        size_t cap = to->cap > 0 ? 2 * to->cap : 4;
        struct node **children = arena_alloc(l->arena, cap * sizeof(struct node *));

        if (to->count > 0)
            memcpy(children, to->children, to->count * sizeof(struct node *));
        to->children = children;
        to->cap = cap;
    }
    child->parent = to;
    to->children[to->count++] = child;
}

static void add_member(const struct loader *l, struct node *map, const char *key,
                       struct node *value)
{
    value->key = key;
    add_child(l, map, value);
}

static struct node *list_of(const struct loader *l, const char *text, const struct node *like)
{
    struct node *list = make(l, NODE_LIST, like);

    add_child(l, list, make_text(l, text, like));
    return list;
}

static void remove_member(struct node *map, const struct node *member)
{
    size_t kept = 0;

    for (size_t i = 0; i < map->count; i++)
        if (map->children[i] != member)
            map->children[kept++] = map->children[i];
    map->count = kept;
}

/* A section as a map, which is made where there is none; NULL: it is something else. */
static struct node *section_of(const struct loader *l, const char *name, const struct node *like)
{
    struct node *section = node_get(l->root, name);

    if (!section) {
        section = make(l, NODE_MAP, like);
        add_member(l, l->root, name, section);
    }
    if (section->kind == NODE_NULL)
        section->kind = NODE_MAP;
    return section->kind == NODE_MAP ? section : NULL;
}

/* ---- settings ---- */

/* The connector's body from the processor's, whose other keys are the same. */
static struct node *convert_settings(const struct loader *l, const struct node *processor)
{
    struct node *body = make(l, NODE_MAP, processor);

    add_member(l, body, "namespace", make_text(l, "", processor));
    for (size_t i = 0; i < processor->count; i++) {
        struct node *member = processor->children[i];

        if (strcmp(member->key, "latency_histogram_buckets") == 0) {
            struct node *histogram = make(l, NODE_MAP, member);
            struct node *explicit = make(l, NODE_MAP, member);

            add_member(l, body, "histogram", histogram);
            add_member(l, histogram, "explicit", explicit);
            add_member(l, explicit, "buckets", member);
        } else if (strcmp(member->key, "metrics_exporter") != 0) {
            add_member(l, body, member->key, member);
        }
    }
    return body;
}

/* ---- pipelines ---- */

static bool is_spanmetrics(const struct loader *l, const struct node *item)
{
    struct component_id id;

    return item->kind == NODE_SCALAR && !component_id_parse(l->arena, item->text, &id) &&
           strcmp(id.type, "spanmetrics") == 0;
}

/* The id of one more component or pipeline: "forward/traces-spanmetrics". */
static const char *new_id(const struct loader *l, const char *type, const char *pipeline,
                          const char *processor)
{
    const char *text =
        arena_printf(l->arena, "%s%s%s", pipeline, pipeline[0] ? "-" : "", processor);
    char *name = arena_alloc(l->arena, strlen(text) + 1);

    for (size_t i = 0; text[i] != '\0'; i++)
        name[i] = (char)(text[i] == '/' ? '-' : text[i]);
    return arena_printf(l->arena, "%s/%s", type, name);
}

/* What stands behind the first so many of a list, as a list of its own; they stay in the first. */
static struct node *split_list(const struct loader *l, struct node *list, size_t first)
{
    struct node *rest = make(l, NODE_LIST, list);

    for (size_t i = first; i < list->count; i++)
        add_child(l, rest, list->children[i]);
    list->count = first;
    return rest;
}

/* The pipeline ends at the processor, in the connector and in another pipeline with the rest. */
static void split_pipeline(const struct loader *l, struct node *pipelines, struct node *pipeline,
                           struct node *processors, size_t at)
{
    const struct node *item = processors->children[at];
    const char *forward = new_id(l, "forward", pipeline->key, item->text);
    struct node *connectors = section_of(l, "connectors", item);
    struct node *exporters = node_get(pipeline, "exporters");
    struct node *rest = make(l, NODE_MAP, pipeline), *ways = list_of(l, item->text, item);
    struct node *behind = split_list(l, processors, at + 1);

    processors->count = at; /* without itself */
    add_member(l, rest, "receivers", list_of(l, forward, item));
    if (behind->count > 0)
        add_member(l, rest, "processors", behind);
    remove_member(pipeline, exporters);
    add_member(l, rest, "exporters", exporters);
    add_child(l, ways, make_text(l, forward, item));
    add_member(l, pipeline, "exporters", ways);
    add_member(l, connectors, forward, make(l, NODE_NULL, item));
    add_member(l, pipelines, new_id(l, "traces", pipeline->key, item->text), rest);
}

/*
 * The connector and its pipeline of metrics, once for each processor: done has those that are made.
 * False: there is none; told here, or later.
 */
static bool make_connector(const struct loader *l, struct node *pipelines, struct node *done,
                           const char *id)
{
    struct node *sections = node_get(l->root, "processors");
    struct node *processor = node_get(sections, id);
    const struct node *exporter = node_get(processor, "metrics_exporter");
    struct node *connectors, *metrics;

    if (!processor)
        return node_get(done, id) != NULL;
    connectors = section_of(l, "connectors", processor);
    if (!connectors)
        return false;
    if (node_get(connectors, id)) {
        problem_at_key(l->problems, PROBLEM_ERROR, processor,
                       "is a connector now, which is there, too: take the processor out");
        return false;
    }
    if (!exporter || exporter->kind != NODE_SCALAR) {
        error_at(l->problems, exporter ? exporter : processor,
                 "wants metrics_exporter: the id of the exporter that its metrics go to");
        return false;
    }
    problem_at_key(l->problems, PROBLEM_NOTE, processor,
                   "works as the connector that took its place, in front of %.100s: metrics are "
                   "calls and duration (not latency), by service.name and span.name (not "
                   "operation)",
                   exporter->text);
    add_member(l, connectors, id, convert_settings(l, processor));
    remove_member(sections, processor);
    add_member(l, done, id, make(l, NODE_NULL, processor));
    metrics = make(l, NODE_MAP, processor);
    add_member(l, metrics, "receivers", list_of(l, id, processor));
    add_member(l, metrics, "exporters", list_of(l, exporter->text, exporter));
    add_member(l, pipelines, new_id(l, "metrics", "", id), metrics);
    return true;
}

void spanmetrics_processors_convert(const struct loader *l)
{
    struct node *pipelines = node_get(node_get(l->root, "service"), "pipelines");
    struct node *done = make(l, NODE_MAP, l->root);

    /* Those that are made here come behind the others, and are looked at in turn. */
    for (size_t i = 0; pipelines && pipelines->kind == NODE_MAP && i < pipelines->count; i++) {
        struct node *pipeline = pipelines->children[i];
        struct node *processors = node_get(pipeline, "processors");
        const struct node *exporters = node_get(pipeline, "exporters");
        struct component_id id;

        if (component_id_parse(l->arena, pipeline->key, &id) || strcmp(id.type, "traces") != 0 ||
            !processors || processors->kind != NODE_LIST || !exporters ||
            exporters->kind != NODE_LIST)
            continue;
        for (size_t p = 0; p < processors->count; p++)
            if (is_spanmetrics(l, processors->children[p]) &&
                make_connector(l, pipelines, done, processors->children[p]->text)) {
                split_pipeline(l, pipelines, pipeline, processors, p);
                break;
            }
    }
}

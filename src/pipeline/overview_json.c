/*
 * Each part of the page's JSON by a function of its own.
 */
#include "pipeline/overview_json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/log_recent.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/version.h"
#include "net/clients.h"
#include "net/refused.h"
#include "otlp/json_write.h"

enum { NO_ROOM_RETRY_MS = 1000 };

/* ---- pieces ---- */

/* Behind the first one, a comma. */
static void separate(struct buf *out, size_t index)
{
    if (index > 0)
        buf_append_char(out, ',');
}

static void put_name(struct buf *out, const char *name)
{
    char last = out->len > 0 ? out->at[out->len - 1] : '{';

    separate(out, last != '{');
    json_write_string(out, str_of(name));
    buf_append_char(out, ':');
}

/* text: NULL is null. */
static void put_text(struct buf *out, const char *name, const char *text)
{
    put_name(out, name);
    if (text)
        json_write_string(out, str_of(text));
    else
        buf_append_str(out, STR("null"));
}

static void put_number(struct buf *out, const char *name, uint64_t number)
{
    put_name(out, name);
    buf_printf(out, "%" PRIu64, number);
}

static void put_bool(struct buf *out, const char *name, bool value)
{
    put_name(out, name);
    buf_append_str(out, value ? STR("true") : STR("false"));
}

static void put_texts(struct buf *out, const char *name, const char *const *texts, size_t count)
{
    put_name(out, name);
    buf_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        separate(out, i);
        json_write_string(out, str_of(texts[i]));
    }
    buf_append_char(out, ']');
}

static void put_numbers(struct buf *out, const char *name, const uint64_t *numbers, size_t count)
{
    put_name(out, name);
    buf_append_char(out, '[');
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%" PRIu64, i > 0 ? "," : "", numbers[i]);
    buf_append_char(out, ']');
}

static void begin_list(struct buf *out, const char *name)
{
    put_name(out, name);
    buf_append_char(out, '[');
}

static void begin_item(struct buf *out, size_t index)
{
    separate(out, index);
    buf_append_char(out, '{');
}

/* ---- the graph ---- */

static void write_components(struct buf *out, const struct overview_graph *graph)
{
    begin_list(out, "components");
    for (size_t i = 0; i < graph->component_count; i++) {
        const struct overview_component *c = &graph->components[i];

        begin_item(out, i);
        put_text(out, "where", c->where);
        put_text(out, "id", c->id);
        put_text(out, "type", c->type);
        put_text(out, "help", c->help);
        put_texts(out, "endpoints", c->endpoints, c->endpoint_count);
        put_bool(out, "used", c->used);
        buf_append_char(out, '}');
    }
    buf_append_char(out, ']');
}

static void write_pipelines(struct buf *out, const struct overview_graph *graph)
{
    begin_list(out, "pipelines");
    for (size_t i = 0; i < graph->pipeline_count; i++) {
        const struct overview_pipeline *p = &graph->pipelines[i];

        begin_item(out, i);
        put_text(out, "id", p->id);
        put_text(out, "signal", p->signal);
        put_text(out, "notServed", p->not_served);
        put_texts(out, "receivers", p->receivers.at, p->receivers.count);
        put_texts(out, "processors", p->processors.at, p->processors.count);
        put_texts(out, "exporters", p->exporters.at, p->exporters.count);
        buf_append_char(out, '}');
    }
    buf_append_char(out, ']');
}

static void write_graph(struct buf *out, const struct overview_graph *graph)
{
    static const struct overview_graph nothing;

    graph = graph ? graph : &nothing;
    put_number(out, "configUnixMs", graph->unix_ms);
    put_texts(out, "files", graph->files.at, graph->files.count);
    put_text(out, "config", graph->config);
    write_components(out, graph);
    write_pipelines(out, graph);
}

/* ---- how it fares ---- */

struct metrics_list {
    struct buf *out;
    size_t count;
};

static void write_metric(void *arg, const struct metric_reading *reading)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const struct metric_family *family = reading->family;
    struct metrics_list *list = arg;
    struct buf *out = list->out;

    begin_item(out, list->count++);
    put_text(out, "name", family->name);
    put_text(out, "kind", kinds[family->kind]);
    put_text(out, "unit", family->unit);
    put_number(out, "perUnit", family->per_unit > 0 ? family->per_unit : 1);
    put_text(out, "labels", reading->labels);
    put_number(out, "value", reading->value);
    if (family->kind == FAMILY_HISTOGRAM) {
        put_number(out, "count", reading->count);
        put_numbers(out, "bounds", family->bounds, family->bound_count);
        put_numbers(out, "buckets", reading->buckets, family->bound_count + 1);
    }
    buf_append_char(out, '}');
}

static void write_metrics(struct buf *out)
{
    struct metrics_list list = {.out = out};

    begin_list(out, "metrics");
    metrics_each(METRICS_DETAILED, write_metric, &list);
    buf_append_char(out, ']');
}

static void write_warnings(struct buf *out)
{
    struct log_recent *list = mem_alloc(LOG_RECENT_MAX * sizeof(*list));
    size_t count = log_recent_read(list, LOG_RECENT_MAX);

    begin_list(out, "warnings");
    for (size_t i = 0; i < count; i++) {
        begin_item(out, i);
        put_number(out, "unixMs", list[i].unix_ms);
        put_number(out, "firstUnixMs", list[i].first_unix_ms);
        put_number(out, "times", list[i].times);
        put_text(out, "level", list[i].level == LOG_ERROR ? "error" : "warn");
        put_text(out, "where", list[i].where);
        put_text(out, "text", list[i].text);
        buf_append_char(out, '}');
    }
    buf_append_char(out, ']');
    free(list);
}

static void write_refused(struct buf *out)
{
    struct refused *list = mem_alloc(REFUSED_KEPT * sizeof(*list));
    size_t count = refused_read(list);

    begin_list(out, "refused");
    for (size_t i = 0; i < count; i++) {
        begin_item(out, i);
        put_number(out, "unixMs", list[i].unix_ms);
        put_number(out, "times", list[i].times);
        put_text(out, "where", list[i].where);
        put_text(out, "peer", list[i].peer);
        put_text(out, "what", list[i].what);
        put_text(out, "agent", list[i].agent);
        put_text(out, "why", list[i].why);
        buf_append_char(out, '}');
    }
    buf_append_char(out, ']');
    free(list);
}

static void write_clients(struct buf *out)
{
    struct client_row *rows = mem_alloc((CLIENTS_MAX + 1) * sizeof(*rows));
    size_t count = clients_read(rows);

    begin_list(out, "clients");
    for (size_t i = 0; i < count; i++) {
        begin_item(out, i);
        put_text(out, "where", rows[i].where);
        put_text(out, "agent", rows[i].agent);
        put_number(out, "connections", rows[i].connections);
        put_number(out, "requests", rows[i].requests);
        put_number(out, "seenUnixMs", rows[i].seen_ms);
        buf_append_char(out, '}');
    }
    buf_append_char(out, ']');
    free(rows);
}

static void write_process(struct buf *out, const struct overview *overview, enum phase phase)
{
    static const char *const phases[] = {
        [PHASE_STARTING] = "starting", [PHASE_RUNNING] = "running", [PHASE_ENDING] = "ending"};
    put_text(out, "version", OTELC_VERSION);
    put_text(out, "phase", phases[phase]);
    put_number(out, "startUnixMs", overview_start_unix_ms(overview));
    put_number(out, "nowUnixMs", overview_now_unix_ms());
    put_number(out, "workers", overview_workers(overview));
    put_name(out, "memory");
    buf_append_char(out, '{');
    put_number(out, "used", budget_used());
    put_number(out, "limit", budget_limit());
    buf_append_char(out, '}');
}

void overview_json_write(struct buf *out, struct overview *overview, enum phase phase)
{
    struct overview_graph *graph = overview_graph(overview);

    buf_append_char(out, '{');
    write_process(out, overview, phase);
    write_graph(out, graph);
    write_metrics(out);
    write_warnings(out);
    write_refused(out);
    write_clients(out);
    buf_append_str(out, STR("}\n"));
    overview_graph_unref(graph);
}

/* What is written is bounded by the configuration, the metrics and the lists: it is small, and
 * counted while it is sent. */
void overview_answer(struct request *request, const struct worker *worker)
{
    struct buf body = {0};

    overview_json_write(&body, worker->overview, worker->phase);
    if (budget_reserve(body.len)) {
        request_answer(
            request,
            &(struct answer){.code = GRPC_OK, .body = buf_str(&body), .type = "application/json"});
        budget_release(body.len);
    } else {
        request_answer(request, &(struct answer){.code = GRPC_UNAVAILABLE,
                                                 .message = "the memory budget is used up",
                                                 .retry_after_ms = NO_ROOM_RETRY_MS});
    }
    buf_done(&body);
}

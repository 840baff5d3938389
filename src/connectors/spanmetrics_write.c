/*
 * Writing OTLP's metrics. opentelemetry-proto 1.11, metrics.proto.
 */
#include "connectors/spanmetrics_write.h"

#include "connectors/point_write.h"

enum { TEMPORALITY_DELTA = 1, TEMPORALITY_CUMULATIVE = 2 };

/* What a kind of data point and its metric call their fields. */
struct numbering {
    uint32_t data; /* of Metric */
    uint32_t attributes, exemplars;
};

static const struct numbering sum = {.data = 7, .attributes = 7, .exemplars = 5};
static const struct numbering histogram = {.data = 9, .attributes = 9, .exemplars = 8};
static const struct numbering exponential = {.data = 10, .attributes = 1, .exemplars = 11};

static const char *const names[SPANMETRICS] = {
    [METRIC_CALLS] = "calls",
    [METRIC_DURATION] = "duration",
    [METRIC_EVENTS] = "events",
};

static const struct numbering *numbering_of(const struct spanmetrics_writer *w,
                                            enum spanmetric metric)
{
    if (metric != METRIC_DURATION)
        return &sum;
    return w->form->exponential ? &exponential : &histogram;
}

/* ---- data points ---- */

static void put_exemplar(struct buf *out, uint32_t number, const struct exemplar *exemplar)
{
    size_t message = wire_begin(out, number);

    wire_put_fixed64(out, 2, exemplar->time_ns);
    put_double(out, 3, exemplar->value);
    wire_put_bytes(out, 4, (struct str){exemplar->span_id, sizeof(exemplar->span_id)});
    wire_put_bytes(out, 5, (struct str){exemplar->trace_id, sizeof(exemplar->trace_id)});
    wire_end(out, message);
}

static void put_point(const struct spanmetrics_writer *w, struct buf *out,
                      const struct series *series, enum spanmetric metric, uint64_t now_ns)
{
    const struct numbering *n = numbering_of(w, metric);
    struct wire attributes = wire_of((struct str){series->attributes, series->attributes_len});
    size_t point = wire_begin(out, 1);
    struct wire_field field = {0};

    while (wire_next(&attributes, &field))
        wire_put_bytes(out, n->attributes, field.bytes);
    wire_put_fixed64(out, 2, series->start_ns);
    wire_put_fixed64(out, 3, now_ns);
    if (metric == METRIC_DURATION)
        distribution_put(w->form, series->distribution, out);
    else
        wire_put_fixed64(out, 6, series->calls);
    for (unsigned i = 0; i < series->exemplar_count; i++)
        put_exemplar(out, n->exemplars, &series->exemplars[i]);
    wire_end(out, point);
}

void spanmetrics_put(struct spanmetrics_writer *w, const struct series *series, uint64_t now_ns)
{
    for (unsigned metric = 0; metric < SPANMETRICS; metric++)
        if (w->metrics[series->family] & 1u << metric)
            put_point(w, &w->points[metric], series, metric, now_ns);
}

/* ---- around them ---- */

static void put_metric(struct spanmetrics_writer *w, enum spanmetric metric)
{
    struct buf *out = &w->request, *points = &w->points[metric];
    size_t message = wire_begin(out, 2), name = wire_begin(out, 1), data;

    if (w->namespace[0] != '\0')
        buf_printf(out, "%s.", w->namespace);
    buf_append_str(out, str_of(names[metric]));
    wire_end(out, name);
    if (metric == METRIC_DURATION)
        wire_put_bytes(out, 3, str_of(w->unit));
    data = wire_begin(out, numbering_of(w, metric)->data);
    buf_append_str(out, buf_str(points));
    put_varint(out, 2, w->delta ? TEMPORALITY_DELTA : TEMPORALITY_CUMULATIVE);
    if (metric != METRIC_DURATION)
        put_varint(out, 3, 1); /* monotonic */
    wire_end(out, data);
    wire_end(out, message);
    buf_reset(points);
}

static bool has_points(const struct spanmetrics_writer *w)
{
    for (unsigned metric = 0; metric < SPANMETRICS; metric++)
        if (w->points[metric].len > 0)
            return true;
    return false;
}

void spanmetrics_end_resource(struct spanmetrics_writer *w, struct str resource)
{
    size_t of_resource, of_scope, scope;

    if (!has_points(w))
        return;
    of_resource = wire_begin(&w->request, 1);
    wire_put_bytes(&w->request, 1, resource);
    of_scope = wire_begin(&w->request, 2);
    scope = wire_begin(&w->request, 1);
    wire_put_bytes(&w->request, 1, STR("spanmetricsconnector"));
    wire_end(&w->request, scope);
    for (unsigned metric = 0; metric < SPANMETRICS; metric++)
        if (w->points[metric].len > 0)
            put_metric(w, metric);
    wire_end(&w->request, of_scope);
    wire_end(&w->request, of_resource);
}

size_t spanmetrics_written(const struct spanmetrics_writer *w)
{
    size_t written = w->request.len;

    for (unsigned metric = 0; metric < SPANMETRICS; metric++)
        written += w->points[metric].len;
    return written;
}

void spanmetrics_writer_done(struct spanmetrics_writer *w)
{
    for (unsigned metric = 0; metric < SPANMETRICS; metric++)
        buf_done(&w->points[metric]);
    buf_done(&w->request);
}

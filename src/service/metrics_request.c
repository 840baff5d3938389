/*
 * One pass over the series, which come family by family; each family goes to the buffer of its
 * scope. opentelemetry-proto 1.11, metrics.proto.
 */
#include "service/metrics_request.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/version.h"
#include "connectors/point_write.h"
#include "otlp/metric_write.h"

enum { TEMPORALITY_DELTA = 1, TEMPORALITY_CUMULATIVE = 2 };

#define COLLECTOR "go.opentelemetry.io/collector/"
#define CONTRIB   "github.com/open-telemetry/opentelemetry-collector-contrib/"

static const struct {
    struct str prefix; /* of families' names: the first one that fits */
    struct str scope;
} scopes[] = {
    {STR_INIT("http_"), STR_INIT("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")},
    {STR_INIT("rpc_"),
     STR_INIT("go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc")},
    {STR_INIT("otelcol_receiver_"), STR_INIT(COLLECTOR "receiver/receiverhelper")},
    {STR_INIT("otelcol_exporter_"), STR_INIT(COLLECTOR "exporter/exporterhelper")},
    {STR_INIT("otelcol_process_"), STR_INIT(COLLECTOR "service")},
    {STR_INIT("otelcol_processor_batch_"), STR_INIT(COLLECTOR "processor/batchprocessor")},
    {STR_INIT("otelcol_processor_memory_limiter_"),
     STR_INIT(COLLECTOR "processor/memorylimiterprocessor")},
    {STR_INIT("otelcol_processor_filter_"), STR_INIT(CONTRIB "processor/filterprocessor")},
    {STR_INIT("otelcol_processor_probabilistic_sampler_"),
     STR_INIT(CONTRIB "processor/probabilisticsamplerprocessor")},
    {STR_INIT("otelcol_processor_tail_sampling_"),
     STR_INIT(CONTRIB "processor/tailsamplingprocessor")},
    {STR_INIT("otelcol_processor_groupbytrace_"),
     STR_INIT(CONTRIB "processor/groupbytraceprocessor")},
    {STR_INIT("otelcol_processor_"), STR_INIT(COLLECTOR "processor/processorhelper")},
    {STR_INIT(""), STR_INIT("otelc")},
};

enum { SCOPES = sizeof(scopes) / sizeof(scopes[0]) };

struct writing {
    const struct metrics_request *request;
    struct buf metrics[SCOPES];         /* Metric messages */
    struct buf *out;                    /* that of the family */
    const struct metric_family *family; /* whose metric is open; NULL: none */
    size_t metric, data;                /* where these messages begin */
    struct buf name, value;             /* reused */
};

void metrics_request_attribute(struct buf *out, uint32_t number, struct str name, struct str value)
{
    size_t attribute = wire_begin(out, number), any;

    wire_put_bytes(out, 1, name);
    any = wire_begin(out, 2);
    wire_put_bytes(out, 1, value);
    wire_end(out, any);
    wire_end(out, attribute);
}

/* ---- names: where Prometheus has underscores only, the official collector may have dots ---- */

static bool ends_in(struct str name, struct str end)
{
    return name.len >= end.len && memcmp(name.at + name.len - end.len, end.at, end.len) == 0;
}

/* Appends a name of the semantic conventions. */
static void put_dotted(struct buf *out, struct str name)
{
    size_t kept = ends_in(name, STR("_status_code")) ? name.len - sizeof("_code") + 1 : name.len;

    for (size_t i = 0; i < name.len; i++)
        buf_append_char(out, name.at[i] == '_' && i != kept ? '.' : name.at[i]);
}

static void put_attribute_name(struct buf *out, struct str label)
{
    static const struct str dotted[] = {STR_INIT("http_"),   STR_INIT("rpc_"),   STR_INIT("url_"),
                                        STR_INIT("server_"), STR_INIT("error_"), STR_INIT("otel_"),
                                        STR_INIT("network_")};

    for (size_t i = 0; i < sizeof(dotted) / sizeof(dotted[0]); i++)
        if (str_starts(label, dotted[i])) {
            put_dotted(out, label);
            return;
        }
    buf_append_str(out, label);
}

static void put_metric_name(struct buf *out, struct str name)
{
    static const struct str filtered = STR_INIT("_filtered");

    if (str_starts(name, STR("http_")) || str_starts(name, STR("rpc_"))) {
        put_dotted(out, name);
        return;
    }
    buf_append_str(out, name);
    if (str_starts(name, STR("otelcol_processor_filter_")) && ends_in(name, filtered))
        out->at[out->len - filtered.len] = '.';
}

/* ---- data points ---- */

/* From a="x",b="y", as metric_label() writes it. */
static void put_labels(struct writing *w, uint32_t number, const char *labels)
{
    while (*labels) {
        const char *equals = strchr(labels, '=');
        const char *at = equals + 2;

        buf_reset(&w->name);
        put_attribute_name(&w->name, (struct str){labels, (size_t)(equals - labels)});
        buf_reset(&w->value);
        for (; *at != '"'; at++) {
            bool escaped = *at == '\\';

            at += escaped;
            buf_append_char(&w->value, escaped && *at == 'n' ? '\n' : *at);
        }
        metrics_request_attribute(w->out, number, buf_str(&w->name), buf_str(&w->value));
        labels = at[1] == ',' ? at + 2 : at + 1;
    }
}

static double in_units(const struct metric_family *family, uint64_t parts)
{
    return family->per_unit > 1 ? (double)parts / family->per_unit : (double)parts;
}

static void put_times(struct writing *w, const struct metric_family *family)
{
    const struct metrics_request *r = w->request;

    if (family->kind != FAMILY_GAUGE)
        wire_put_fixed64(w->out, 2, r->since && r->since->ns > 0 ? r->since->ns : r->start_ns);
    wire_put_fixed64(w->out, 3, r->now_ns);
}

static void put_number(struct writing *w, const struct metric_reading *reading)
{
    if (reading->family->per_unit > 1)
        put_double(w->out, 4, in_units(reading->family, reading->value));
    else
        wire_put_fixed64(w->out, 6, reading->value);
    put_labels(w, point_attributes_number(METRIC_SUM), reading->labels);
}

static void put_histogram(struct writing *w, const struct metric_reading *reading,
                          const uint64_t *buckets)
{
    const struct metric_family *family = reading->family;
    struct buf *out = w->out;
    size_t size = (family->bound_count + 1) * sizeof(buckets[0]), bounds;

    wire_put_fixed64(out, 4, reading->count);
    put_double(out, 5, in_units(family, reading->value));
    wire_put_bytes(out, 6, (struct str){(const char *)buckets, size});
    bounds = wire_begin(out, 7);
    for (size_t i = 0; i < family->bound_count; i++) {
        double bound = in_units(family, family->bounds[i]);

        buf_append(out, &bound, sizeof(bound));
    }
    wire_end(out, bounds);
    put_labels(w, point_attributes_number(METRIC_HISTOGRAM), reading->labels);
}

/* ---- metrics ---- */

static struct buf *buffer_of(struct writing *w, const struct metric_family *family)
{
    size_t i = 0;

    while (!str_starts(str_of(family->name), scopes[i].prefix))
        i++;
    return &w->metrics[i];
}

static void begin_metric(struct writing *w, const struct metric_family *family)
{
    static const enum metric_kind kinds[] = {[FAMILY_COUNTER] = METRIC_SUM,
                                             [FAMILY_GAUGE] = METRIC_GAUGE,
                                             [FAMILY_HISTOGRAM] = METRIC_HISTOGRAM};
    size_t name;

    w->family = family;
    w->out = buffer_of(w, family);
    w->metric = wire_begin(w->out, 2);
    name = wire_begin(w->out, 1);
    put_metric_name(w->out, str_of(family->name));
    wire_end(w->out, name);
    wire_put_bytes(w->out, 2, str_of(family->help));
    if (family->unit)
        wire_put_bytes(w->out, 3, str_of(family->unit));
    w->data = wire_begin(w->out, kinds[family->kind]);
}

static void end_metric(struct writing *w)
{
    if (!w->family)
        return;
    if (w->family->kind != FAMILY_GAUGE)
        put_varint(w->out, 2, w->request->since ? TEMPORALITY_DELTA : TEMPORALITY_CUMULATIVE);
    if (w->family->kind == FAMILY_COUNTER)
        put_varint(w->out, 3, 1); /* monotonic */
    wire_end(w->out, w->data);
    wire_end(w->out, w->metric);
    w->family = NULL;
}

static void put_series(void *arg, const struct metric_reading *reading)
{
    const struct metric_family *family = reading->family;
    struct metric_reading shown = *reading;
    struct writing *w = arg;
    size_t size = family->kind == FAMILY_HISTOGRAM ? family->bound_count + 1 : 0, point;
    uint64_t *buckets = mem_zero((size + 1) * sizeof(*buckets));

    memcpy(buckets, reading->buckets, size * sizeof(*buckets));
    if (w->request->since && family->kind != FAMILY_GAUGE) {
        metric_baseline_add(w->request->now, reading);
        metric_baseline_subtract(w->request->since, &shown, buckets);
    }
    if (w->family != family) {
        end_metric(w);
        begin_metric(w, family);
    }
    point = wire_begin(w->out, 1);
    put_times(w, family);
    if (family->kind == FAMILY_HISTOGRAM)
        put_histogram(w, &shown, buckets);
    else
        put_number(w, &shown);
    wire_end(w->out, point);
    free(buckets);
}

static void put_scope(struct buf *out, size_t i, struct str metrics)
{
    size_t of_scope = wire_begin(out, 2), scope = wire_begin(out, 1);

    wire_put_bytes(out, 1, scopes[i].scope);
    wire_put_bytes(out, 2, STR(OTELC_VERSION));
    wire_end(out, scope);
    buf_append_str(out, metrics);
    wire_end(out, of_scope);
}

void metrics_request_write(struct buf *out, const struct metrics_request *request)
{
    struct writing w = {.request = request};
    size_t of_resource = wire_begin(out, 1);

    wire_put_bytes(out, 1, request->resource);
    if (request->since) {
        request->since->next = 0;
        request->now->ns = request->now_ns;
    }
    metrics_each(request->level, put_series, &w);
    end_metric(&w);
    for (size_t i = 0; i < SCOPES; i++) {
        if (w.metrics[i].len > 0)
            put_scope(out, i, buf_str(&w.metrics[i]));
        buf_done(&w.metrics[i]);
    }
    wire_end(out, of_resource);
    buf_done(&w.name);
    buf_done(&w.value);
}

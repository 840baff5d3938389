/*
 * What is written, as protobuf-c reads it.
 */
#include "service/metrics_request.h"

#include <inttypes.h>

#include "unit/check.h"
#include "unit/pb.h"

typedef Opentelemetry__Proto__Collector__Metrics__V1__ExportMetricsServiceRequest pb_metrics;
typedef Opentelemetry__Proto__Metrics__V1__ScopeMetrics pb_scope_metrics;
typedef Opentelemetry__Proto__Metrics__V1__NumberDataPoint pb_number;
typedef Opentelemetry__Proto__Metrics__V1__HistogramDataPoint pb_histogram;

enum { START = 1000, NOW = 2000 };

static void say_attributes(struct buf *out, pb_attribute **attributes, size_t count)
{
    buf_append_char(out, '{');
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s=%s", i > 0 ? "," : "", attributes[i]->key,
                   attributes[i]->value->string_value);
    buf_append_char(out, '}');
}

static void say_number(struct buf *out, const pb_number *point)
{
    say_attributes(out, point->attributes, point->n_attributes);
    if (point->value_case == OPENTELEMETRY__PROTO__METRICS__V1__NUMBER_DATA_POINT__VALUE_AS_DOUBLE)
        buf_printf(out, "=%.3f", point->as_double);
    else
        buf_printf(out, "=%" PRId64, point->as_int);
    buf_printf(out, " %" PRIu64 "-%" PRIu64 "\n", point->start_time_unix_nano,
               point->time_unix_nano);
}

static void say_histogram(struct buf *out, const pb_histogram *point)
{
    say_attributes(out, point->attributes, point->n_attributes);
    buf_printf(out, "=%" PRIu64 "/%.2f", point->count, point->sum);
    for (size_t i = 0; i < point->n_bucket_counts; i++)
        buf_printf(out, " %" PRIu64, point->bucket_counts[i]);
    for (size_t i = 0; i < point->n_explicit_bounds; i++)
        buf_printf(out, " <=%.2f", point->explicit_bounds[i]);
    buf_printf(out, " %" PRIu64 "-%" PRIu64 "\n", point->start_time_unix_nano,
               point->time_unix_nano);
}

static void say_metric(struct buf *out, const pb_metric *metric)
{
    buf_printf(out, "  %s[%s] %s ", metric->name, metric->unit, metric->description);
    switch (metric->data_case) {
    case OPENTELEMETRY__PROTO__METRICS__V1__METRIC__DATA_GAUGE:
        buf_printf(out, "gauge\n");
        for (size_t i = 0; i < metric->gauge->n_data_points; i++)
            say_number(out, metric->gauge->data_points[i]);
        break;
    case OPENTELEMETRY__PROTO__METRICS__V1__METRIC__DATA_SUM:
        buf_printf(out, "sum%u%s\n", (unsigned)metric->sum->aggregation_temporality,
                   metric->sum->is_monotonic ? "+" : "");
        for (size_t i = 0; i < metric->sum->n_data_points; i++)
            say_number(out, metric->sum->data_points[i]);
        break;
    case OPENTELEMETRY__PROTO__METRICS__V1__METRIC__DATA_HISTOGRAM:
        buf_printf(out, "histogram%u\n", (unsigned)metric->histogram->aggregation_temporality);
        for (size_t i = 0; i < metric->histogram->n_data_points; i++)
            say_histogram(out, metric->histogram->data_points[i]);
        break;
    default:
        ck_abort_msg("no data");
    }
}

/* Writes it, and tells all that a reader finds. */
static void write_it(const struct metrics_request *request, struct buf *out)
{
    struct buf text = {0};
    pb_metrics *read;

    buf_reset(out);
    metrics_request_write(&text, request);
    read = (pb_metrics *)protobuf_c_message_unpack(PB_METRICS_REQUEST, NULL, text.len,
                                                   (const uint8_t *)text.at);
    ck_assert_ptr_nonnull(read);
    ck_assert_uint_eq(read->n_resource_metrics, 1);
    say_attributes(out, read->resource_metrics[0]->resource->attributes,
                   read->resource_metrics[0]->resource->n_attributes);
    buf_append_char(out, '\n');
    for (size_t i = 0; i < read->resource_metrics[0]->n_scope_metrics; i++) {
        const pb_scope_metrics *scope = read->resource_metrics[0]->scope_metrics[i];

        buf_printf(out, "%s\n", scope->scope->name);
        for (size_t m = 0; m < scope->n_metrics; m++)
            say_metric(out, scope->metrics[m]);
    }
    protobuf_c_message_free_unpacked(&read->base, NULL);
    buf_done(&text);
}

static void expect(const struct metrics_request *request, const char *expected)
{
    struct buf out = {0};

    write_it(request, &out);
    ck_assert_str_eq(buf_text(&out), expected);
    buf_done(&out);
}

static struct metrics_request request_of(enum metric_level level)
{
    return (struct metrics_request){.level = level, .start_ns = START, .now_ns = NOW};
}

START_TEST(metrics_stand_under_the_official_collectors_scopes)
{
    static const char *const names[] = {"otelc_x",
                                        "otelcol_exporter_x",
                                        "otelcol_process_x",
                                        "otelcol_processor_batch_x",
                                        "otelcol_processor_filter_x_filtered",
                                        "otelcol_processor_incoming_x",
                                        "otelcol_processor_memory_limiter_x",
                                        "otelcol_processor_outgoing_x",
                                        "otelcol_receiver_x"};
    struct metrics_request request = request_of(METRICS_BASIC);
    struct metric_family families[sizeof(names) / sizeof(names[0])] = {{0}};
    struct metric *cells[sizeof(names) / sizeof(names[0])];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        families[i] = (struct metric_family){
            .name = names[i], .help = "Help.", .unit = "{x}", .kind = FAMILY_GAUGE};
        cells[i] = metric_open(&families[i], NULL);
    }
    expect(&request, "{}\n"
                     "go.opentelemetry.io/collector/receiver/receiverhelper\n"
                     "  otelcol_receiver_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "go.opentelemetry.io/collector/exporter/exporterhelper\n"
                     "  otelcol_exporter_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "go.opentelemetry.io/collector/service\n"
                     "  otelcol_process_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "go.opentelemetry.io/collector/processor/batchprocessor\n"
                     "  otelcol_processor_batch_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "go.opentelemetry.io/collector/processor/memorylimiterprocessor\n"
                     "  otelcol_processor_memory_limiter_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "github.com/open-telemetry/opentelemetry-collector-contrib/processor/"
                     "filterprocessor\n"
                     "  otelcol_processor_filter_x.filtered[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "go.opentelemetry.io/collector/processor/processorhelper\n"
                     "  otelcol_processor_incoming_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "  otelcol_processor_outgoing_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n"
                     "otelc\n"
                     "  otelc_x[{x}] Help. gauge\n"
                     "{}=0 0-2000\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        metric_close(cells[i]);
}
END_TEST

START_TEST(values_have_their_units_and_labels)
{
    static const uint64_t bounds[] = {10, 1000};
    static const struct metric_family plain = {.name = "a", .help = "A."},
                                      parts = {.name = "b",
                                               .help = "B.",
                                               .unit = "s",
                                               .per_unit = 1000,
                                               .level = METRICS_NORMAL},
                                      spread = {.name = "c",
                                                .help = "C.",
                                                .unit = "s",
                                                .per_unit = 100,
                                                .kind = FAMILY_HISTOGRAM,
                                                .bounds = bounds,
                                                .bound_count = 2},
                                      level = {.name = "d", .help = "D.", .kind = FAMILY_GAUGE};
    struct metrics_request request = request_of(METRICS_NORMAL);
    struct metric *a = metric_open(&plain, "k", "x", "otel_signal", "traces", NULL);
    struct metric *more = metric_open(&plain, "k", "1\\\"\n,=", NULL);
    struct metric *b = metric_open(&parts, NULL), *c = metric_open(&spread, "k", "", NULL);
    struct metric *d = metric_open(&level, NULL);

    metric_add(a, 7);
    metric_add(more, 8);
    metric_add(b, 1500);
    metric_observe(c, 10);
    metric_observe(c, 11);
    metric_observe(c, 5000);
    metric_subtract(d, 3); /* another cell may have more */
    expect(&request, "{}\n"
                     "otelc\n"
                     "  a[] A. sum2+\n"
                     "{k=1\\\"\n,=}=8 1000-2000\n"
                     "{k=x,otel.signal=traces}=7 1000-2000\n"
                     "  b[s] B. sum2+\n"
                     "{}=1.500 1000-2000\n"
                     "  c[s] C. histogram2\n"
                     "{k=}=3/50.21 1 1 1 <=0.10 <=10.00 1000-2000\n"
                     "  d[] D. gauge\n"
                     "{}=-3 0-2000\n");
    metric_close(a);
    metric_close(more);
    metric_close(b);
    metric_close(c);
    metric_close(d);
}
END_TEST

START_TEST(names_of_the_semantic_conventions_have_dots)
{
    static const struct metric_family body = {.name = "http_server_request_body_size",
                                              .help = "B.",
                                              .unit = "By"},
                                      call = {.name = "rpc_client_call_duration",
                                              .help = "C.",
                                              .unit = "s"},
                                      sent = {.name = "otelcol_exporter_sent_spans", .help = "S."};
    struct metrics_request request = request_of(METRICS_BASIC);
    struct metric *cells[] = {metric_open(&body, "http_response_status_code", "200",
                                          "otel_metric_overflow", "true", NULL),
                              metric_open(&call, "rpc_response_status_code", "OK", NULL),
                              metric_open(&sent, "exporter", "a_b", "server_port", "1", "url_path",
                                          "/", "data_type", "x", "error_permanent", "true", NULL)};

    expect(&request, "{}\n"
                     "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\n"
                     "  http.server.request.body.size[By] B. sum2+\n"
                     "{http.response.status_code=200,otel.metric.overflow=true}=0 1000-2000\n"
                     "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc\n"
                     "  rpc.client.call.duration[s] C. sum2+\n"
                     "{rpc.response.status_code=OK}=0 1000-2000\n"
                     "go.opentelemetry.io/collector/exporter/exporterhelper\n"
                     "  otelcol_exporter_sent_spans[] S. sum2+\n"
                     "{exporter=a_b,server.port=1,url.path=/,data_type=x,error.permanent=true}=0 "
                     "1000-2000\n");
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
        metric_close(cells[i]);
}
END_TEST

START_TEST(a_level_and_the_resource_are_kept_to)
{
    static const struct metric_family low = {.name = "a", .help = ""},
                                      high = {.name = "b", .help = "", .level = METRICS_DETAILED};
    struct metrics_request request = request_of(METRICS_NORMAL);
    struct metric *a = metric_open(&low, NULL), *b = metric_open(&high, NULL);
    struct buf resource = {0};

    metrics_request_attribute(&resource, 1, STR("service.name"), STR("shop"));
    metrics_request_attribute(&resource, 1, STR("x"), STR(""));
    request.resource = buf_str(&resource);
    expect(&request, "{service.name=shop,x=}\notelc\n  a[]  sum2+\n{}=0 1000-2000\n");
    buf_done(&resource);
    metric_close(a);
    metric_close(b);
}
END_TEST

START_TEST(deltas_are_what_has_come_since)
{
    static const uint64_t bounds[] = {10};
    static const struct metric_family counter = {.name = "a", .help = ""},
                                      spread = {.name = "b",
                                                .help = "",
                                                .kind = FAMILY_HISTOGRAM,
                                                .bounds = bounds,
                                                .bound_count = 1},
                                      level = {.name = "c", .help = "", .kind = FAMILY_GAUGE};
    struct metric_baseline since = {0}, now = {0}, later = {0};
    struct metrics_request request = request_of(METRICS_NORMAL);
    struct metric *a = metric_open(&counter, "k", "b", NULL), *b = metric_open(&spread, NULL),
                  *c = metric_open(&level, NULL), *early;

    metric_add(a, 5);
    metric_observe(b, 3);
    metric_set(c, 4);
    request.since = &since;
    request.now = &now;
    expect(&request, "{}\notelc\n  a[]  sum1+\n{k=b}=5 1000-2000\n"
                     "  b[]  histogram1\n{}=1/3.00 1 0 <=10.00 1000-2000\n"
                     "  c[]  gauge\n{}=4 0-2000\n");
    metric_add(a, 2);
    metric_observe(b, 30);
    early = metric_open(&counter, "k", "a", NULL);
    metric_add(early, 9);
    request.since = &now;
    request.now = &later;
    request.now_ns = 3000;
    expect(&request, "{}\notelc\n  a[]  sum1+\n{k=a}=9 2000-3000\n{k=b}=2 2000-3000\n"
                     "  b[]  histogram1\n{}=1/30.00 0 1 <=10.00 2000-3000\n"
                     "  c[]  gauge\n{}=4 0-3000\n");
    metric_baseline_done(&since);
    metric_baseline_done(&now);
    metric_baseline_done(&later);
    metric_close(a);
    metric_close(early);
    metric_close(b);
    metric_close(c);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metrics_request");

    tcase_add_test(cases, metrics_stand_under_the_official_collectors_scopes);
    tcase_add_test(cases, values_have_their_units_and_labels);
    tcase_add_test(cases, names_of_the_semantic_conventions_have_dots);
    tcase_add_test(cases, a_level_and_the_resource_are_kept_to);
    tcase_add_test(cases, deltas_are_what_has_come_since);
    return run_tests("metrics_request", cases);
}

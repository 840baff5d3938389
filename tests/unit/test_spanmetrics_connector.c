/*
 * The connector span_metrics: random spans against plain sums, what it does with answers, and what
 * its settings change. Its output is read back with protobuf-c.
 */
#include <stdio.h>

#include "base/budget.h"
#include "base/buf.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"
#include "unit/batches.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_request.h"
#include "unit/settings_fixture.h"
#include "unit/stage.h"

extern const struct component_type span_metrics_connector;

typedef Opentelemetry__Proto__Collector__Metrics__V1__ExportMetricsServiceRequest pb_metrics;
typedef Opentelemetry__Proto__Metrics__V1__NumberDataPoint pb_number;
typedef Opentelemetry__Proto__Metrics__V1__HistogramDataPoint pb_histogram;
typedef Opentelemetry__Proto__Metrics__V1__ScopeMetrics pb_scope_metrics;

/* ---- what comes out ---- */

struct sink {
    struct component base;
    struct result answer;
    size_t batches;
    size_t most;              /* accepts so many; 0: all */
    struct buf text;          /* a line for each data point that was accepted */
    uint64_t calls, observed; /* sums of all calls points, and of all counts of histograms */
    size_t largest;           /* request, in bytes */
};

static struct sink sink;
static struct stage stage;
static struct settings_fixture settings;
static struct component *connector;

static void show_attributes(struct buf *out, size_t count, pb_attribute *const *attributes)
{
    for (size_t i = 0; i < count; i++) {
        const pb_value *value = attributes[i]->value;

        buf_printf(out, "%s%s=", i > 0 ? "," : "", attributes[i]->key);
        if (value->string_value && value->value_case == 1)
            buf_append_str(out, str_of(value->string_value));
        else if (value->value_case == 2)
            buf_printf(out, "%s", value->bool_value ? "true" : "false");
        else
            buf_printf(out, "%lld", (long long)value->int_value);
    }
}

static void take_number(const pb_metric *metric, const pb_number *point)
{
    struct buf *out = &sink.text;

    buf_printf(out, "%s{", metric->name);
    show_attributes(out, point->n_attributes, point->attributes);
    buf_printf(out, "} %lld", (long long)point->as_int);
    if (point->n_exemplars > 0)
        buf_printf(out, " exemplars %zu", point->n_exemplars);
    buf_append_str(out, STR("\n"));
    ck_assert_uint_le(point->start_time_unix_nano, point->time_unix_nano);
    ck_assert(metric->sum->is_monotonic);
    sink.calls += (uint64_t)point->as_int;
}

static void take_histogram(const pb_metric *metric, const pb_histogram *point)
{
    struct buf *out = &sink.text;

    buf_printf(out, "%s{", metric->name);
    show_attributes(out, point->n_attributes, point->attributes);
    buf_printf(out, "} %llu sum %g %s", (unsigned long long)point->count, point->sum, metric->unit);
    for (size_t i = 0; i < point->n_bucket_counts; i++)
        if (point->bucket_counts[i] > 0)
            buf_printf(out, " <=%g:%llu",
                       i < point->n_explicit_bounds ? point->explicit_bounds[i] : 1e99,
                       (unsigned long long)point->bucket_counts[i]);
    for (size_t i = 0; i < point->n_exemplars; i++)
        buf_printf(out, " exemplar %g", point->exemplars[i]->as_double);
    buf_append_str(out, STR("\n"));
    ck_assert_uint_eq(point->n_bucket_counts, point->n_explicit_bounds + 1);
    sink.observed += point->count;
}

/* Cases are the numbers of the fields: sum, histogram, exponential histogram. */
static void take_metric(const pb_metric *metric)
{
    if (metric->data_case == 7)
        for (size_t i = 0; i < metric->sum->n_data_points; i++)
            take_number(metric, metric->sum->data_points[i]);
    else if (metric->data_case == 9)
        for (size_t i = 0; i < metric->histogram->n_data_points; i++)
            take_histogram(metric, metric->histogram->data_points[i]);
    else
        for (size_t i = 0; i < metric->exponential_histogram->n_data_points; i++)
            buf_printf(&sink.text, "%s exponential %llu\n", metric->name,
                       (unsigned long long)metric->exponential_histogram->data_points[i]->count);
}

static void take_request(const pb_metrics *request)
{
    for (size_t i = 0; i < request->n_resource_metrics; i++) {
        const pb_scope_metrics *scope = request->resource_metrics[i]->scope_metrics[0];
        const pb_resource *resource = request->resource_metrics[i]->resource;

        if (resource->n_attributes > 0) {
            buf_append_str(&sink.text, STR("resource "));
            show_attributes(&sink.text, resource->n_attributes, resource->attributes);
            buf_append_str(&sink.text, STR("\n"));
        }
        ck_assert_str_eq(scope->scope->name, "spanmetricsconnector");
        for (size_t m = 0; m < scope->n_metrics; m++)
            take_metric(scope->metrics[m]);
    }
}

static struct result take(struct component *base, struct batch *batch)
{
    (void)base;
    ck_assert_int_eq(batch->signal, METRICS);
    if (sink.answer.verdict != ACCEPTED || (sink.most > 0 && sink.batches >= sink.most))
        return sink.answer.verdict != ACCEPTED ? sink.answer : result_retry(0, "enough");
    sink.batches++;
    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct bytes *body = batch->slices[i].payload->bodies[0];
        ProtobufCMessage *message = protobuf_c_message_unpack(PB_METRICS_REQUEST, NULL, body->len,
                                                              (const uint8_t *)body->at);

        ck_assert_ptr_nonnull(message);
        sink.largest = body->len > sink.largest ? body->len : sink.largest;
        take_request((const pb_metrics *)(const void *)message);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    return result_accepted();
}

static const struct component_type sink_type = {.name = "sink", .kind = EXPORTER, .consume = take};

static const char *shown(void)
{
    return buf_text(&sink.text);
}

static void forget(void)
{
    buf_reset(&sink.text);
    sink.batches = 0;
    sink.calls = sink.observed = 0;
}

/* ---- what goes in ---- */

struct request {
    struct buf bytes;
    size_t resource, scope;
};

static void put_attribute(struct buf *out, uint32_t number, const char *key, const char *text)
{
    size_t attribute = wire_begin(out, number), value;

    wire_put_bytes(out, 1, str_of(key));
    value = wire_begin(out, 2);
    wire_put_bytes(out, 1, str_of(text));
    wire_end(out, value);
    wire_end(out, attribute);
}

/* service: NULL: it has no name. */
static void begin_resource(struct request *r, const char *service, const char *host)
{
    size_t resource, scope;

    r->resource = wire_begin(&r->bytes, 1);
    resource = wire_begin(&r->bytes, 1);
    if (service)
        put_attribute(&r->bytes, 1, "service.name", service);
    if (host)
        put_attribute(&r->bytes, 1, "host.name", host);
    wire_end(&r->bytes, resource);
    r->scope = wire_begin(&r->bytes, 2);
    scope = wire_begin(&r->bytes, 1);
    wire_put_bytes(&r->bytes, 1, STR("library"));
    wire_put_bytes(&r->bytes, 2, STR("1.2"));
    wire_end(&r->bytes, scope);
}

static void end_resource(struct request *r)
{
    wire_end(&r->bytes, r->scope);
    wire_end(&r->bytes, r->resource);
}

/* key: of an attribute, NULL: none. Every span has an event "e" with the attribute what=exception.
 */
static void put_span(struct request *r, const char *name, unsigned kind, unsigned status,
                     uint64_t ns, const char *key, const char *value)
{
    struct buf *out = &r->bytes;
    size_t span = wire_begin(out, 2), event, code;
    uint64_t start = 1700000000000000000, end = start + ns;

    wire_put_bytes(out, 1, STR("0123456789abcdef"));
    wire_put_bytes(out, 2, STR("01234567"));
    wire_put_bytes(out, 5, str_of(name));
    wire_put_tag(out, 6, WIRE_VARINT);
    wire_put_varint(out, kind);
    wire_put_tag(out, 7, WIRE_FIXED64);
    buf_append(out, &start, 8);
    wire_put_tag(out, 8, WIRE_FIXED64);
    buf_append(out, &end, 8);
    if (key)
        put_attribute(out, 9, key, value);
    event = wire_begin(out, 11);
    wire_put_bytes(out, 2, STR("e"));
    put_attribute(out, 3, "what", "exception");
    wire_end(out, event);
    code = wire_begin(out, 15);
    wire_put_tag(out, 3, WIRE_VARINT);
    wire_put_varint(out, status);
    wire_end(out, code);
    wire_end(out, span);
}

static void hand_in(struct request *r)
{
    struct batch *batch = batch_of_request(TRACES, &r->bytes);

    ck_assert_int_eq(stage_hand_in(connector, batch).verdict, ACCEPTED);
    buf_done(&r->bytes);
}

static void hand_in_one(const char *service, const char *name, uint64_t ns)
{
    struct request r = {0};

    begin_resource(&r, service, NULL);
    put_span(&r, name, SPAN_KIND_SERVER, STATUS_CODE_UNSET, ns, NULL, NULL);
    end_resource(&r);
    hand_in(&r);
}

/* Two of a service with different hosts, and one without a name. */
static void hand_in_some(void)
{
    struct request r = {0};

    begin_resource(&r, "shop", "a");
    put_span(&r, "GET", SPAN_KIND_SERVER, STATUS_CODE_UNSET, 3000000, "code", "200");
    put_span(&r, "GET", SPAN_KIND_SERVER, STATUS_CODE_ERROR, 20000000000, NULL, NULL);
    end_resource(&r);
    begin_resource(&r, "shop", "b");
    put_span(&r, "GET", SPAN_KIND_SERVER, STATUS_CODE_UNSET, 4000000, "code", "200");
    end_resource(&r);
    begin_resource(&r, NULL, NULL);
    put_span(&r, "", 77, 77, 0, NULL, NULL);
    end_resource(&r);
    hand_in(&r);
}

static void begin(const char *yaml)
{
    struct error err;

    stage_init(&stage);
    settings_read(&settings, &span_metrics_connector, yaml);
    ck_assert_str_eq(settings_problems(&settings), "");
    sink = (struct sink){.base = {.type = &sink_type}, .answer = result_accepted()};
    connector = span_metrics_connector.create(settings.settings, &stage.worker, &err);
    connector->type = &span_metrics_connector;
    connector->where = "connectors/span_metrics";
    connector->next[METRICS] = &sink.base;
}

static void end(void)
{
    connector->type->destroy(connector);
    stage_done(&stage);
    settings_free(&settings);
    buf_done(&sink.text);
    ck_assert_uint_eq(budget_used(), 0);
}

static void drain(void)
{
    size_t before = stage.drained;

    connector->type->drain(connector, stage_on_drained);
    STAGE_RUN_UNTIL(&stage, stage.drained == before + 1);
}

/* ---- tests ---- */

START_TEST(calls_and_durations_go_out)
{
    begin("{}");
    hand_in_some();
    drain();
    ck_assert_str_eq(
        shown(),
        "traces.span.metrics.calls{service.name=shop,span.name=GET,span.kind=SPAN_KIND_SERVER,"
        "status.code=STATUS_CODE_UNSET} 2\n"
        "traces.span.metrics.calls{service.name=shop,span.name=GET,span.kind=SPAN_KIND_SERVER,"
        "status.code=STATUS_CODE_ERROR} 1\n"
        "traces.span.metrics.calls{service.name=unknown_service,span.name=,"
        "span.kind=SPAN_KIND_UNSPECIFIED,status.code=STATUS_CODE_UNSET} 1\n"
        "traces.span.metrics.duration{service.name=shop,span.name=GET,span.kind=SPAN_KIND_SERVER,"
        "status.code=STATUS_CODE_UNSET} 2 sum 7 ms <=4:2\n"
        "traces.span.metrics.duration{service.name=shop,span.name=GET,span.kind=SPAN_KIND_SERVER,"
        "status.code=STATUS_CODE_ERROR} 1 sum 20000 ms <=1e+99:1\n"
        "traces.span.metrics.duration{service.name=unknown_service,span.name=,"
        "span.kind=SPAN_KIND_UNSPECIFIED,status.code=STATUS_CODE_UNSET} 1 sum 0 ms <=2:1\n");
    end();
}
END_TEST

START_TEST(settings_change_what_goes_out)
{
    static const struct {
        const char *yaml, *shown;
    } cases[] = {
        {"{namespace: '', exclude_dimensions: [service.name, span.kind, span.name], histogram: "
         "{unit: s, explicit: {buckets: [100us, 1h]}}}",
         "calls{status.code=STATUS_CODE_UNSET} 3\ncalls{status.code=STATUS_CODE_ERROR} 1\n"
         "duration{status.code=STATUS_CODE_UNSET} 3 sum 0.007 s <=0.0001:1 <=3600:2\n"
         "duration{status.code=STATUS_CODE_ERROR} 1 sum 20 s <=3600:1\n"},
        {"{namespace: n, exclude_dimensions: [status.code, span.kind, span.name], histogram: "
         "{disable: true}, dimensions: [{name: code, default: none}, {name: host.name}, "
         "{name: absent}]}",
         "n.calls{service.name=shop,code=200,host.name=a} 1\n"
         "n.calls{service.name=shop,code=none,host.name=a} 1\n"
         "n.calls{service.name=shop,code=200,host.name=b} 1\n"
         "n.calls{service.name=unknown_service,code=none} 1\n"},
        {"{namespace: n, exclude_dimensions: [status.code, span.kind, span.name], "
         "calls_dimensions: [{name: host.name}], histogram: {exponential: {max_size: 10}, "
         "dimensions: [{name: code, default: x}]}}",
         "n.calls{service.name=shop,host.name=a} 2\n"
         "n.calls{service.name=shop,host.name=b} 1\n"
         "n.calls{service.name=unknown_service} 1\n"
         "n.duration exponential 2\nn.duration exponential 1\nn.duration exponential 1\n"},
        {"{namespace: n, exclude_dimensions: [status.code, span.kind, span.name], histogram: "
         "{disable: true}, add_resource_attributes: true}",
         "resource service.name=shop,host.name=a\nn.calls{service.name=shop} 2\n"
         "resource service.name=shop,host.name=b\nn.calls{service.name=shop} 1\n"
         "n.calls{service.name=unknown_service} 1\n"},
        {"{namespace: n, exclude_dimensions: [status.code, span.kind, span.name], histogram: "
         "{disable: true}, add_resource_attributes: true, resource_metrics_key_attributes: "
         "[service.name]}",
         "resource service.name=shop,host.name=a\nn.calls{service.name=shop} 3\n"
         "n.calls{service.name=unknown_service} 1\n"},
        {"{namespace: n, exclude_dimensions: [status.code, span.kind, span.name], histogram: "
         "{disable: true}, events: {enabled: true, dimensions: [{name: what}, {name: code}]}, "
         "include_instrumentation_scope: [library]}",
         "n.calls{service.name=shop,span.instrumentation.scope.name=library,"
         "span.instrumentation.scope.version=1.2} 3\n"
         "n.calls{service.name=unknown_service,span.instrumentation.scope.name=library,"
         "span.instrumentation.scope.version=1.2} 1\n"
         "n.events{service.name=shop,span.instrumentation.scope.name=library,"
         "span.instrumentation.scope.version=1.2,what=exception,code=200} 2\n"
         "n.events{service.name=shop,span.instrumentation.scope.name=library,"
         "span.instrumentation.scope.version=1.2,what=exception} 1\n"
         "n.events{service.name=unknown_service,span.instrumentation.scope.name=library,"
         "span.instrumentation.scope.version=1.2,what=exception} 1\n"},
        {"{namespace: n, exclude_dimensions: [status.code, span.kind, span.name, service.name], "
         "exemplars: {enabled: true, max_per_data_point: 2}}",
         "n.calls{} 4 exemplars 2\n"
         "n.duration{} 4 sum 20007 ms <=2:1 <=4:2 <=1e+99:1 exemplar 3 exemplar 20000\n"},
        {"{namespace: n, exclude_dimensions: [span.kind, span.name], histogram: {disable: true}, "
         "aggregation_cardinality_limit: 1}",
         "n.calls{service.name=shop,status.code=STATUS_CODE_UNSET} 2\n"
         "n.calls{service.name=shop,otel.metric.overflow=true} 1\n"
         "n.calls{service.name=unknown_service,status.code=STATUS_CODE_UNSET} 1\n"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(cases[i].yaml);
        hand_in_some();
        drain();
        ck_assert_msg(strcmp(shown(), cases[i].shown) == 0, "case %zu:\n%s", i, shown());
        end();
    }
}
END_TEST

enum { SERVICES = 3, NAMES = 5, SPANS = 3000, REFERENCE_BOUNDS = 16 };

struct plain { /* what one series is to have */
    uint64_t calls;
    double sum;
    uint64_t buckets[REFERENCE_BOUNDS + 1];
};

static void show_plain(struct buf *out, unsigned service, unsigned name, const struct plain *plain)
{
    static const double bounds[] = {2,   4,   6,   8,    10,   50,   100, 200,
                                    400, 800, 1e3, 1400, 2000, 5000, 1e4, 15000};

    buf_printf(out,
               "duration{service.name=s%u,span.name=n%u,span.kind=SPAN_KIND_CLIENT,"
               "status.code=STATUS_CODE_OK} %llu sum %g ms",
               service, name, (unsigned long long)plain->calls, plain->sum);
    for (unsigned i = 0; i <= REFERENCE_BOUNDS; i++)
        if (plain->buckets[i] > 0)
            buf_printf(out, " <=%g:%llu", i < REFERENCE_BOUNDS ? bounds[i] : 1e99,
                       (unsigned long long)plain->buckets[i]);
    buf_append_str(out, STR("\n"));
}

START_TEST(random_spans_come_out_as_plain_sums_say)
{
    static const uint64_t bounds_ms[] = {2,   4,   6,    8,    10,   50,   100,   200,
                                         400, 800, 1000, 1400, 2000, 5000, 10000, 15000};
    static struct plain plain[SERVICES][NAMES];
    struct dice dice = dice_new("spanmetrics");
    struct buf line = {0};

    begin("{namespace: ''}");
    for (unsigned n = 0; n < SPANS; n++) {
        unsigned service = dice_roll(&dice, SERVICES), name = dice_roll(&dice, NAMES), bucket = 0;
        uint64_t ms = (uint64_t)dice_roll(&dice, 1u << dice_roll(&dice, 16));
        struct plain *p = &plain[service][name];
        struct request r = {0};
        char texts[2][8];

        snprintf(texts[0], sizeof(texts[0]), "s%u", service);
        snprintf(texts[1], sizeof(texts[1]), "n%u", name);
        begin_resource(&r, texts[0], dice_roll(&dice, 2) ? "h" : NULL);
        put_span(&r, texts[1], SPAN_KIND_CLIENT, STATUS_CODE_OK, ms * 1000000, "k", "v");
        end_resource(&r);
        hand_in(&r);
        while (bucket < REFERENCE_BOUNDS && ms > bounds_ms[bucket])
            bucket++;
        p->calls++;
        p->sum += (double)ms;
        p->buckets[bucket]++;
    }
    drain();
    ck_assert_uint_eq(sink.calls, SPANS);
    ck_assert_uint_eq(sink.observed, SPANS);
    for (unsigned service = 0; service < SERVICES; service++)
        for (unsigned name = 0; name < NAMES; name++) {
            buf_reset(&line);
            show_plain(&line, service, name, &plain[service][name]);
            ck_assert_msg(strstr(shown(), buf_text(&line)), "missing: %s in\n%s", buf_text(&line),
                          shown());
        }
    buf_done(&line);
    end();
}
END_TEST

#define LEAN                                                                                       \
    "namespace: '', exclude_dimensions: [span.kind, status.code, service.name], histogram: "       \
    "{disable: true}, metrics_flush_interval: 10ms"

START_TEST(cumulative_goes_on_and_delta_begins_anew)
{
    begin("{" LEAN "}");
    hand_in_one("s", "a", 0);
    STAGE_RUN_UNTIL(&stage, sink.batches >= 2);
    ck_assert_str_eq(shown(), "calls{span.name=a} 1\ncalls{span.name=a} 1\n");
    hand_in_one("s", "a", 0);
    forget();
    STAGE_RUN_UNTIL(&stage, sink.batches >= 1);
    ck_assert_str_eq(shown(), "calls{span.name=a} 2\n");
    end();

    begin("{" LEAN ", aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA}");
    hand_in_one("s", "a", 0);
    hand_in_one("s", "a", 0);
    STAGE_RUN_UNTIL(&stage, sink.batches >= 1);
    hand_in_one("s", "a", 0);
    hand_in_one("s", "b", 0);
    STAGE_RUN_UNTIL(&stage, sink.batches >= 2);
    for (unsigned i = 0; i < 5; i++)
        stage_turn(&stage);
    ck_assert_str_eq(shown(), "calls{span.name=a} 2\ncalls{span.name=a} 1\ncalls{span.name=b} 1\n");
    end();
}
END_TEST

START_TEST(what_is_refused_goes_out_later_as_a_whole)
{
    static const char *const yamls[] = {"{" LEAN "}", "{" LEAN ", aggregation_temporality: delta}"};

    for (unsigned i = 0; i < 2; i++) {
        begin(yamls[i]);
        sink.answer = result_retry(5, "full");
        hand_in_one("s", "a", 0);
        for (unsigned n = 0; n < 10; n++)
            stage_turn(&stage);
        hand_in_one("s", "a", 0);
        sink.answer = result_accepted();
        STAGE_RUN_UNTIL(&stage, sink.batches >= 1);
        ck_assert_str_eq(shown(), "calls{span.name=a} 2\n");
        end();
    }
}
END_TEST

START_TEST(draining_waits_until_all_is_taken)
{
    begin("{" LEAN "}");
    sink.answer = result_retry(5, "full");
    hand_in_one("s", "a", 0);
    connector->type->drain(connector, stage_on_drained);
    stage_turn(&stage);
    ck_assert_uint_eq(stage.drained, 0);
    sink.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.drained == 1);
    ck_assert_str_eq(shown(), "calls{span.name=a} 1\n");
    forget();
    hand_in_one("s", "a", 0); /* what comes behind it goes on, too */
    STAGE_RUN_UNTIL(&stage, sink.batches == 1);
    ck_assert_str_eq(shown(), "calls{span.name=a} 2\n");
    forget();
    drain(); /* nothing new: nothing goes out */
    ck_assert_uint_eq(sink.batches, 0);
    end();
}
END_TEST

START_TEST(what_is_rejected_for_good_is_dropped_from_delta_only)
{
    begin("{" LEAN ", aggregation_temporality: delta}");
    sink.answer = result_rejected("never");
    hand_in_one("s", "a", 0);
    drain();
    sink.answer = result_accepted();
    hand_in_one("s", "a", 0);
    drain();
    ck_assert_str_eq(shown(), "calls{span.name=a} 1\n");
    end();
}
END_TEST

/* Many series make several requests; a delta part that was taken is not sent again. */
START_TEST(many_series_go_out_in_parts)
{
    enum { MANY = 12000, AT_ONCE = 1000 };
    static const char *const yamls[] = {"{namespace: ''}",
                                        "{namespace: '', aggregation_temporality: delta}"};

    for (unsigned i = 0; i < 2; i++) {
        begin(yamls[i]);
        for (unsigned n = 0; n < MANY; n += AT_ONCE) {
            struct request r = {0};

            begin_resource(&r, "s", NULL);
            for (unsigned m = n; m < n + AT_ONCE; m++) {
                char name[16];

                snprintf(name, sizeof(name), "n%u", m);
                put_span(&r, name, SPAN_KIND_CLIENT, STATUS_CODE_OK, 1000000, NULL, NULL);
            }
            end_resource(&r);
            hand_in(&r);
        }
        if (i == 1) {
            sink.most = 2;
            connector->type->drain(connector, stage_on_drained);
            STAGE_RUN_UNTIL(&stage, sink.batches == 2);
            ck_assert_uint_lt(sink.calls, MANY);
            sink.most = 0;
            STAGE_RUN_UNTIL(&stage, stage.drained == 1);
        } else {
            drain();
        }
        ck_assert_uint_ge(sink.batches, 4);
        ck_assert_uint_eq(sink.calls, MANY);
        ck_assert_uint_eq(sink.observed, MANY);
        ck_assert_uint_lt(sink.largest, 1 << 20 | 1 << 16);
        end();
    }
}
END_TEST

START_TEST(idle_series_end)
{
    begin("{" LEAN ", series_expiration: 1ms}");
    hand_in_one("s", "a", 0);
    STAGE_RUN_UNTIL(&stage, sink.batches >= 1);
    forget();
    for (unsigned n = 0; n < 10; n++)
        stage_turn(&stage);
    ck_assert_str_eq(shown(), "");
    hand_in_one("s", "a", 0);
    STAGE_RUN_UNTIL(&stage, sink.batches >= 1);
    ck_assert_str_eq(shown(), "calls{span.name=a} 1\n");
    end();
}
END_TEST

START_TEST(without_a_pipeline_of_metrics_spans_are_taken)
{
    begin("{" LEAN "}");
    connector->next[METRICS] = NULL;
    hand_in_one("s", "a", 0);
    drain();
    ck_assert_str_eq(shown(), "");
    end();
}
END_TEST

START_TEST(without_memory_nothing_is_lost)
{
    begin("{" LEAN "}");
    hand_in_one("s", "a", 0);
    budget_set_limit(1);
    for (unsigned n = 0; n < 10; n++)
        stage_turn(&stage);
    ck_assert_uint_eq(sink.batches, 0);
    budget_set_limit(0);
    drain();
    ck_assert_str_eq(shown(), "calls{span.name=a} 1\n");
    end();
}
END_TEST

START_TEST(bad_settings_are_told)
{
    static const struct {
        const char *yaml, *told;
    } cases[] = {
        {"{histogram: {explicit: {buckets: [2ms, 1ms]}}}",
         "1ms stands behind 2ms: write the buckets in ascending order"},
        {"{histogram: {explicit: {buckets: ['2']}}}",
         "\"2\" has no unit: write it like 200ms, 5s or 1m30s"},
        {"{histogram: {explicit: {buckets: [1s]}, exponential: {}}}",
         "a histogram is explicit or exponential: take one of them out"},
        {"{histogram: {exponential: {max_size: 1}}}", "must be between 2 and 16384"},
        {"{histogram: {unit: us}}", "ms"},
        {"{dimensions: [{default: x}]}", "a dimension needs a name: the attribute's"},
        {"{dimensions: [{name: a}, {name: a}]}", "the metric has the dimension a already"},
        {"{dimensions: [{name: span.kind}]}", "the metric has the dimension span.kind already"},
        {"{dimensions: [{name: a}], calls_dimensions: [{name: a}]}",
         "the metric has the dimension a already"},
        {"{metrics_flush_interval: 0s}", "must be more than 0s"},
        {"{events: {enabled: true}}", "wants dimensions"},
        {"{resource_metrics_key_attributes: [a]}", "note"},
        {"{aggregation_temporality: sometimes}", "delta"},
        {"{dimension: []}", "did you mean dimensions?"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings_read(&settings, &span_metrics_connector, cases[i].yaml);
        ck_assert_msg(strstr(settings_problems(&settings), cases[i].told), "case %zu: %s", i,
                      settings_problems(&settings));
        settings_free(&settings);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("spanmetrics_connector");

    tcase_add_test(cases, calls_and_durations_go_out);
    tcase_add_test(cases, settings_change_what_goes_out);
    tcase_add_test(cases, random_spans_come_out_as_plain_sums_say);
    tcase_add_test(cases, cumulative_goes_on_and_delta_begins_anew);
    tcase_add_test(cases, what_is_refused_goes_out_later_as_a_whole);
    tcase_add_test(cases, draining_waits_until_all_is_taken);
    tcase_add_test(cases, what_is_rejected_for_good_is_dropped_from_delta_only);
    tcase_add_test(cases, many_series_go_out_in_parts);
    tcase_add_test(cases, idle_series_end);
    tcase_add_test(cases, without_a_pipeline_of_metrics_spans_are_taken);
    tcase_add_test(cases, without_memory_nothing_is_lost);
    tcase_add_test(cases, bad_settings_are_told);
    return run_tests("spanmetrics_connector", cases);
}

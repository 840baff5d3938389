/*
 * Which series the spans of a request count in, by settings as in the YAML.
 */
#include "connectors/spanmetrics_counter.h"

#include "base/budget.h"
#include "otlp/span.h"
#include "unit/processor_fixture.h"
#include "unit/settings_fixture.h"

extern const struct component_type span_metrics_connector;

static struct settings_fixture settings;
static struct series_table *table;
static struct spanmetrics_counter *counter;
static struct series_form form;
static struct buf text;

static void begin(const char *yaml)
{
    settings_read(&settings, &span_metrics_connector, yaml);
    ck_assert_str_eq(settings_problems(&settings), "");
    form = (struct series_form){.most = SERIES_MAX,
                                .exemplars = spanmetrics_exemplars(settings.settings)};
    table = series_table_new(&form);
    counter = spanmetrics_counter_new(settings.settings, table);
}

static void end(void)
{
    spanmetrics_counter_free(counter);
    series_table_free(table);
    settings_free(&settings);
    buf_done(&text);
    ck_assert_uint_eq(budget_used(), 0);
}

/* OTLP/JSON with single quotes. */
static void take(const char *json)
{
    struct batch *batch = batch_of_json(TRACES, json);

    spanmetrics_counter_take(counter, batch, 1000);
    batch_unref(batch);
}

static void show_attributes(struct str attributes)
{
    struct attribute_view view;
    struct wire w = wire_of(attributes);
    struct wire_field f = {0};

    for (size_t i = 0; wire_next(&w, &f); i++) {
        ck_assert_uint_eq(f.number, 1);
        attribute_read(f.bytes, &view);
        buf_printf(&text, "%s%.*s=", i > 0 ? "," : "", STR_ARG(view.key));
        if (view.value.kind == VALUE_STRING)
            buf_append_str(&text, view.value.bytes);
        else
            buf_printf(&text, "%lld", (long long)view.value.integer);
    }
}

/* A line for each series that has counted, "calls{a=b} 2", groups apart by "--". */
static const char *shown(void)
{
    static const char *const families[] = {"calls", "duration", "events"};
    struct list *groups = series_groups(table);

    buf_reset(&text);
    for (struct list *g = groups->next; g != groups; g = g->next) {
        struct group *group = LIST_ENTRY(g, struct group, node);

        if (text.len > 0)
            buf_append_str(&text, STR("--\n"));
        for (struct list *s = group->series.next; s != &group->series; s = s->next) {
            const struct series *series = LIST_ENTRY(s, struct series, node);

            if (series->calls == 0) /* for what goes beyond */
                continue;
            buf_printf(&text, "%s{", families[series->family]);
            show_attributes((struct str){series->attributes, series->attributes_len});
            buf_printf(&text, "} %u", (unsigned)series->calls);
            if (series->exemplar_count > 0)
                buf_printf(&text, " e%u", series->exemplar_count);
            buf_append_char(&text, '\n');
        }
    }
    return buf_text(&text);
}

#define A(key, value) "{'key':'" key "','value':{" value "}}"
#define S(key, value) A(key, "'stringValue':'" value "'")
#define IDS           "'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000001',"
#define SPAN(more)    "{" IDS more "}"
#define OF(resource, spans)                                                                        \
    "{'resource':{'attributes':[" resource "]},'scopeSpans':[{'scope':{'name':'lib',"              \
    "'version':'2'},'spans':[" spans "]}]}"
#define REQUEST(groups) "{'resourceSpans':[" groups "]}"

#define CART S("service.name", "cart")
#define GET                                                                                        \
    SPAN("'name':'GET','kind':2,'startTimeUnixNano':'1000000','endTimeUnixNano':'3000000',"        \
         "'attributes':[" S("http", "1") "," S("tier", "span") "," S(                              \
             "http", "2") "],'events':["                                                           \
                          "{'name':'a','attributes':[" S("e", "x") "]},{'name':'b'}]")
#define PUT SPAN("'name':'PUT','kind':9,'status':{'code':2}")

#define COMMON(service, name, kind, status)                                                        \
    "service.name=" service ",span.name=" name ",span.kind=SPAN_KIND_" kind                        \
    ",status.code=STATUS_CODE_" status

static const struct {
    const char *yaml, *json, *series;
} cases[] = {
    {"{}", REQUEST(OF(CART, GET "," GET "," PUT)),
     "calls{" COMMON("cart", "GET", "SERVER", "UNSET") "} 2\n"
                                                       "calls{" COMMON("cart", "PUT", "UNSPECIFIED",
                                                                       "ERROR") "} 1\n"},
    {"{}", REQUEST(OF("", PUT)),
     "calls{" COMMON("unknown_service", "PUT", "UNSPECIFIED", "ERROR") "} 1\n"},
    {"{exclude_dimensions: [span.name, status.code]}", REQUEST(OF(CART, GET "," PUT)),
     "calls{service.name=cart,span.kind=SPAN_KIND_SERVER} 1\n"
     "calls{service.name=cart,span.kind=SPAN_KIND_UNSPECIFIED} 1\n"},
    {"{exclude_dimensions: [service.name, span.name, span.kind, status.code]}",
     REQUEST(OF(CART, GET) "," OF("", PUT)), "calls{} 2\n"},

    /* of the span, else of the resource, else the default, else not at all */
    {"{dimensions: [{name: http}, {name: tier, default: none}, {name: zone, default: a}, "
     "{name: no}], exclude_dimensions: [span.name, span.kind, status.code]}",
     REQUEST(OF(CART "," S("tier", "resource"), GET "," PUT)),
     "calls{service.name=cart,http=1,tier=span,zone=a} 1\n"
     "calls{service.name=cart,tier=resource,zone=a} 1\n"},
    /* a value that is no string stays what it is */
    {"{dimensions: [{name: n}], exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART "," A("n", "'intValue':'7'"), PUT)),
     "calls{service.name=cart,span.name=PUT,n=7} 1\n"},

    /* calls and durations with dimensions of their own */
    {"{calls_dimensions: [{name: http}], exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART, GET)),
     "calls{service.name=cart,span.name=GET,http=1} 1\n"
     "duration{service.name=cart,span.name=GET} 1\n"},
    {"{histogram: {dimensions: [{name: http}]}, exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART, GET "," PUT)),
     "calls{service.name=cart,span.name=GET} 1\n"
     "duration{service.name=cart,span.name=GET,http=1} 1\n"
     "calls{service.name=cart,span.name=PUT} 1\n"
     "duration{service.name=cart,span.name=PUT} 1\n"},
    {"{histogram: {disable: true}, calls_dimensions: [{name: http}], "
     "exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART, GET)), "calls{service.name=cart,span.name=GET,http=1} 1\n"},

    /* each event counts, with its own attributes first */
    {"{events: {enabled: true, dimensions: [{name: e}, {name: http}]}, "
     "exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART, GET "," PUT)),
     "calls{service.name=cart,span.name=GET} 1\n"
     "events{service.name=cart,span.name=GET,e=x,http=1} 1\n"
     "events{service.name=cart,span.name=GET,http=1} 1\n"
     "calls{service.name=cart,span.name=PUT} 1\n"},

    {"{exemplars: {enabled: true, max_per_data_point: 2}, "
     "exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART, GET "," GET "," GET)), "calls{service.name=cart,span.name=GET} 3 e2\n"},

    /* resources: by service, or each for itself, or by some of their attributes */
    {"{exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART "," S("pod", "1"), PUT) "," OF(CART "," S("pod", "2"), PUT)),
     "calls{service.name=cart,span.name=PUT} 2\n"},
    {"{exclude_dimensions: [span.kind, status.code]}",
     REQUEST(OF(CART, PUT) "," OF(S("service.name", "shop"), PUT)),
     "calls{service.name=cart,span.name=PUT} 1\n--\n"
     "calls{service.name=shop,span.name=PUT} 1\n"},
    {"{exclude_dimensions: [span.kind, status.code], add_resource_attributes: true}",
     REQUEST(OF(CART "," S("pod", "1"), PUT) "," OF(CART "," S("pod", "2"), PUT)),
     "calls{service.name=cart,span.name=PUT} 1\n--\n"
     "calls{service.name=cart,span.name=PUT} 1\n"},
    {"{exclude_dimensions: [span.kind, status.code], add_resource_attributes: true, "
     "resource_metrics_key_attributes: [service.name]}",
     REQUEST(OF(CART "," S("pod", "1"), PUT) "," OF(CART "," S("pod", "2"), PUT)),
     "calls{service.name=cart,span.name=PUT} 2\n"},

    {"{exclude_dimensions: [span.kind, status.code], include_instrumentation_scope: [x, lib]}",
     REQUEST(OF(CART, PUT)),
     "calls{service.name=cart,span.name=PUT,span.instrumentation.scope.name=lib,"
     "span.instrumentation.scope.version=2} 1\n"},
    {"{exclude_dimensions: [span.kind, status.code], include_instrumentation_scope: [x]}",
     REQUEST(OF(CART, PUT)), "calls{service.name=cart,span.name=PUT} 1\n"},
};

START_TEST(spans_count_in_their_series)
{
    begin(cases[_i].yaml);
    take(cases[_i].json);
    ck_assert_msg(strcmp(shown(), cases[_i].series) == 0, "%s:\n%s", cases[_i].yaml, shown());
    end();
}
END_TEST

/* A batch that begins within a scope, and ends within the next one. */
START_TEST(only_the_slice_counts)
{
    struct batch *batch = batch_of_json(TRACES, REQUEST(OF(CART, PUT "," PUT "," PUT) "," OF(
                                                    S("service.name", "shop"), PUT "," PUT)));
    struct batch *part = batch_new(TRACES);

    begin("{exclude_dimensions: [span.kind, status.code]}");
    batch_add(part, batch->slices[0].payload, 2, 2);
    spanmetrics_counter_take(counter, part, 1);
    ck_assert_str_eq(shown(), "calls{service.name=cart,span.name=PUT} 1\n--\n"
                              "calls{service.name=shop,span.name=PUT} 1\n");
    batch_unref(part);
    batch_unref(batch);
    end();
}
END_TEST

START_TEST(a_scope_without_spans_is_passed_over)
{
    begin("{exclude_dimensions: [span.kind, status.code]}");
    take("{'resourceSpans':[{'scopeSpans':[{}]}," OF(CART, PUT) ",{'scopeSpans':[]}," OF(CART,
                                                                                         PUT) "]}");
    ck_assert_str_eq(shown(), "calls{service.name=cart,span.name=PUT} 2\n");
    end();
}
END_TEST

START_TEST(settings_tell_what_is_kept)
{
    struct spanmetrics_settings *s;

    begin("{exemplars: {max_per_data_point: 3}}");
    s = settings.settings;
    ck_assert_uint_eq(spanmetrics_exemplars(s), 0); /* not enabled */
    ck_assert(!spanmetrics_own_durations(s));
    s->exemplars.enabled = true;
    ck_assert_uint_eq(spanmetrics_exemplars(s), 3);
    end();
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("spanmetrics_counter");

    tcase_add_loop_test(tests, spans_count_in_their_series, 0,
                        (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_test(tests, only_the_slice_counts);
    tcase_add_test(tests, a_scope_without_spans_is_passed_over);
    tcase_add_test(tests, settings_tell_what_is_kept);
    return run_tests("spanmetrics_counter", tests);
}

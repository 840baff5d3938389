/*
 * The filter: settings as in the YAML, requests as OTLP/JSON; what is left of them, as a line.
 */
#include <stdio.h>

#include "base/arena.h"
#include "base/budget.h"
#include "otlp/log_record.h"
#include "otlp/metric.h"
#include "unit/processor_fixture.h"

extern const struct component_type filter_processor;

static struct arena *arena;
static struct buf left; /* of what went on: "service/scope/item[events]" ... */
static struct result answer;

/* OTLP/JSON with single quotes. */
static const char traces[] =
    "{'resourceSpans':["
    "{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}}]},"
    "'scopeSpans':[{'scope':{'name':'lib'},'spans':["
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000001',"
    "'name':'health','kind':2,"
    "'attributes':[{'key':'http.route','value':{'stringValue':'/healthz'}}]},"
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000002',"
    "'name':'buy','status':{'code':2},"
    "'events':[{'name':'a'},{'name':'b'},{'name':'a'}]},"
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000003',"
    "'name':'look','parentSpanId':'0000000000000002',"
    "'attributes':[{'key':'n','value':{'intValue':'5'}}]}]}]},"
    "{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'cart'}}]},"
    "'scopeSpans':[{'scope':{'name':'lib'},'spans':["
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000004',"
    "'name':'add','events':[{'name':'a'}]}]}]}]}";

static const char metrics[] =
    "{'resourceMetrics':["
    "{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}}]},"
    "'scopeMetrics':[{'scope':{'name':'lib'},'metrics':["
    "{'name':'one','gauge':{'dataPoints':["
    "{'asInt':'1','attributes':[{'key':'a','value':{'stringValue':'x'}}]},"
    "{'asInt':'2','attributes':[{'key':'b','value':{'stringValue':'x'}}]}]}},"
    "{'name':'two','gauge':{'dataPoints':["
    "{'asInt':'3','attributes':[{'key':'a','value':{'stringValue':'x'}}]}]}}]}]}]}";

static const char logs[] =
    "{'resourceLogs':["
    "{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}}]},"
    "'scopeLogs':[{'scope':{'name':'lib'},'logRecords':["
    "{'severityNumber':9,'body':{'stringValue':'started'}},"
    "{'severityNumber':17,'body':{'stringValue':'failed'}}]}]}]}";

static const char *const requests[] = {traces, metrics, logs};

static void show_item(enum signal signal, struct str item)
{
    struct span_view span;
    struct event_view event;
    struct metric_view metric;
    struct point_view point;
    struct log_record_view record;
    struct str message;

    switch (signal) {
    case TRACES:
        span_read(item, &span);
        buf_append_str(&left, span.name);
        while (repeated_next(&span.events, &message)) {
            event_read(message, &event);
            buf_append_char(&left, '.');
            buf_append_str(&left, event.name);
        }
        break;
    case METRICS:
        metric_read(item, &metric);
        buf_append_str(&left, metric.name);
        while (metric_next_point(&metric.points, &message)) {
            point_read(metric.kind, message, &point);
            buf_printf(&left, ".%d", (int)point.value.integer);
        }
        break;
    default:
        log_record_read(item, &record);
        buf_append_str(&left, record.body.bytes);
    }
    buf_append_char(&left, ' ');
}

static struct result sink_consume(struct component *base, struct batch *batch)
{
    (void)base;
    if (answer.verdict != ACCEPTED)
        return answer;
    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];

        for (uint32_t item = slice->first; item < slice->first + slice->count; item++)
            show_item(batch->signal, payload_str(slice->payload, slice->payload->items[item]));
    }
    return result_accepted();
}

static const struct component_type sink_type = {.name = "sink", .consume = sink_consume};
static struct component sink = {.type = &sink_type, .id = "sink", .where = "exporters/sink"};

static struct component *filter_of(const char *yaml)
{
    return processor_new(&filter_processor, yaml, arena, &sink);
}

static struct result hand_in(struct component *filter, enum signal signal)
{
    buf_reset(&left);
    return processor_take(filter, batch_of_json(signal, requests[signal]));
}

static void begin(void)
{
    arena = arena_new(4096);
    answer = result_accepted();
}

static void end(void)
{
    buf_done(&left);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}

#define ALL_SPANS "health buy.a.b.a look add.a "

static const struct {
    enum signal signal;
    const char *yaml, *left;
} filters[] = {
    {LOGS, "{logs: {include: {match_type: strict, bodies: [started]}}}", "started "},
    {LOGS, "{logs: {exclude: {match_type: regexp, bodies: ['^st']}}}", "failed "},
    {LOGS, "{logs: {include: {match_type: strict, severity_number: {min: WARN}}}}", "failed "},
    {LOGS, "{logs: {include: {match_type: strict, severity_number: {min: '9'}}}}",
     "started failed "},
    {LOGS, "{logs: {exclude: {match_type: strict, severity_number: {min: error}}}}", "started "},
    {LOGS, "{logs: {include: {match_type: strict, severity_texts: [INFO]}}}", ""},
    {LOGS,
     "{logs: {exclude: {match_type: strict, resource_attributes: [{key: service.name, value: "
     "shop}]}}}",
     ""},
    {LOGS,
     "{logs: {include: {match_type: strict, record_attributes: [{key: a}]}, log_record: ['true']}}",
     ""},
    {METRICS, "{metrics: {include: {match_type: regexp, metric_names: [^t]}}}", "two.3 "},
    {METRICS,
     "{metrics: {exclude: {match_type: regexp, resource_attributes: [{key: service.name, value: "
     "'^x'}]}}}",
     "one.1.2 two.3 "},
    {TRACES, "{}", ALL_SPANS},
    {TRACES, "{trace_conditions: []}", ALL_SPANS},
    {TRACES, "{trace_conditions: ['span.name == \"health\"']}", "buy.a.b.a look add.a "},
    {TRACES, "{trace_conditions: ['span.name == \"health\"', 'span.name == \"look\"']}",
     "buy.a.b.a add.a "},
    {TRACES, "{trace_conditions: ['span.attributes[\"http.route\"] == \"/healthz\"']}",
     "buy.a.b.a look add.a "},
    {TRACES,
     "{trace_conditions: [{context: span, conditions: ['name == \"health\"', 'kind == 0']}]}", ""},
    {TRACES, "{trace_conditions: [{conditions: ['span.name == \"health\"']}]}",
     "buy.a.b.a look add.a "},
    {TRACES, "{trace_conditions: ['resource.attributes[\"service.name\"] == \"shop\"']}", "add.a "},
    {TRACES, "{trace_conditions: ['scope.name == \"lib\"']}", ""},
    {TRACES, "{trace_conditions: ['scope.name != \"lib\"']}", ALL_SPANS},
    {TRACES, "{trace_conditions: ['IsRootSpan()']}", "look "},
    {TRACES, "{trace_conditions: ['spanevent.name == \"a\"']}", "health buy.b look add "},
    {TRACES, "{trace_conditions: ['spanevent.event_index == 2']}", "health buy.a.b look add.a "},
    {TRACES, "{trace_conditions: ['spanevent.name == \"a\" and span.status.code == 2']}",
     "health buy.b look add.a "},
    {TRACES, "{trace_conditions: ['spanevent.name == \"none\"']}", ALL_SPANS},
    {TRACES,
     "{trace_conditions: ['spanevent.name == \"b\"', 'span.name == \"look\"', "
     "'resource.attributes[\"service.name\"] == \"cart\"']}",
     "health buy.a.a "},
    {TRACES, "{traces: {span: ['name == \"health\"']}}", "buy.a.b.a look add.a "},
    {TRACES, "{traces: {span: 'name == \"health\"'}}", "buy.a.b.a look add.a "},
    {TRACES,
     "{traces: {spanevent: ['name == \"b\"'], resource: ['attributes[\"service.name\"] == "
     "\"cart\"']}}",
     "health buy.a.a look "},
    {TRACES, "{spans: {include: {match_type: strict, services: [shop]}}}",
     "health buy.a.b.a look "},
    {TRACES, "{spans: {exclude: {match_type: regexp, span_names: ['^h', '^l']}}}",
     "buy.a.b.a add.a "},
    {TRACES,
     "{spans: {include: {match_type: strict, services: [shop]}, exclude: {match_type: "
     "strict, span_names: [buy]}}}",
     "health look "},
    {TRACES,
     "{log_conditions: ['log.severity_number > 0'], metric_conditions: ['metric.name != "
     "\"\"']}",
     ALL_SPANS},
    /* what cannot be told is false */
    {TRACES, "{trace_conditions: ['HasPrefix(span.attributes[\"http.route\"], \"/h\")']}",
     "buy.a.b.a look add.a "},
    {TRACES,
     "{error_mode: silent, traces: {span: ['HasPrefix(attributes[\"n\"], \"/h\")', 'name == "
     "\"look\"']}}",
     "health buy.a.b.a add.a "},
    {METRICS, "{}", "one.1.2 two.3 "},
    {METRICS, "{metric_conditions: ['metric.name == \"one\"']}", "two.3 "},
    {METRICS, "{metric_conditions: ['datapoint.value_int == 2']}", "one.1 two.3 "},
    {METRICS, "{metric_conditions: ['datapoint.attributes[\"a\"] == \"x\"']}", "one.2 "},
    {METRICS, "{metric_conditions: ['metric.name == \"one\" and datapoint.value_int < 10']}",
     "two.3 "},
    {METRICS, "{metric_conditions: ['HasAttrKeyOnDatapoint(\"b\")']}", "two.3 "},
    {METRICS, "{metrics: {metric: ['name == \"one\"'], datapoint: ['value_int > 2']}}", ""},
    {METRICS, "{metrics: {resource: ['attributes[\"service.name\"] == \"shop\"']}}", ""},
    {METRICS, "{metrics: {include: {match_type: strict, metric_names: [two]}}}", "two.3 "},
    {METRICS, "{metrics: {exclude: {match_type: regexp, metric_names: ['^t.o$']}}}", "one.1.2 "},
    {LOGS, "{log_conditions: ['log.severity_number < SEVERITY_NUMBER_WARN']}", "failed "},
    {LOGS, "{log_conditions: [{context: log, conditions: ['IsMatch(body, \"^fail\")']}]}",
     "started "},
    {LOGS, "{logs: {log_record: ['body == \"started\"'], resource: ['attributes[\"x\"] != nil']}}",
     "failed "},
};

START_TEST(what_a_condition_is_true_of_goes)
{
    struct component *filter = filter_of(filters[_i].yaml);
    struct result result = hand_in(filter, filters[_i].signal);

    ck_assert_int_eq(result.verdict, ACCEPTED);
    ck_assert_msg(str_is(buf_str(&left), filters[_i].left), "%s: %.*s", filters[_i].yaml,
                  STR_ARG(buf_str(&left)));
    result = hand_in(filter, filters[_i].signal); /* and again */
    ck_assert(str_is(buf_str(&left), filters[_i].left));
    filter_processor.destroy(filter);
}
END_TEST

START_TEST(a_condition_that_fails_can_refuse_the_data)
{
    struct component *filter = filter_of("{error_mode: propagate, traces: {span: ["
                                         "'HasPrefix(attributes[\"http.route\"], \"/x\")']}}");
    struct result result = hand_in(filter, TRACES);

    ck_assert_int_eq(result.verdict, REJECTED);
    ck_assert_str_eq(result.why, "HasPrefix wants a string, and got nil: "
                                 "HasPrefix(attributes[\"http.route\"], \"/x\")");
    ck_assert_uint_eq(left.len, 0);
    ck_assert_int_eq(hand_in(filter, LOGS).verdict, ACCEPTED);
    filter_processor.destroy(filter);

    filter = filter_of("{trace_conditions: [{error_mode: propagate, conditions: ["
                       "'span.name == \"buy\"', 'spanevent.name == \"a\"']}]}");
    ck_assert_int_eq(hand_in(filter, TRACES).verdict, ACCEPTED);
    ck_assert(str_is(buf_str(&left), "health look add "));
    filter_processor.destroy(filter);
}
END_TEST

START_TEST(what_follows_may_refuse)
{
    struct component *filter = filter_of("{trace_conditions: ['span.name == \"health\"']}");

    answer = result_retry(5, "full");
    ck_assert_int_eq(hand_in(filter, TRACES).verdict, RETRY_LATER);
    answer = result_accepted();
    ck_assert_int_eq(hand_in(filter, TRACES).verdict, ACCEPTED);
    ck_assert(str_is(buf_str(&left), "buy.a.b.a look add.a "));
    filter_processor.destroy(filter);
}
END_TEST

static const struct {
    const char *yaml, *problem;
} wrong[] = {
    {"{trace_conditions: ['name == \"x\"']}",
     "test:1:21: trace_conditions[0]: it does not say what it is about"},
    {"{trace_conditions: ['span.nam == \"x\"']}", "did you mean name?"},
    {"{trace_conditions: ['span.name == 1 and kind == 2']}", "Write span.kind"},
    {"{trace_conditions: ['log.body == 1']}", "log is not of traces"},
    {"{trace_conditions: 'span.name == 1'}", "trace_conditions: must be a list, not a string"},
    {"{trace_conditions: [[a]]}", "a condition is a string, not a list"},
    {"{trace_conditions: ['span.name == 1', {conditions: []}]}", "either all are strings"},
    {"{trace_conditions: [{context: spam, conditions: []}]}",
     "trace_conditions[0].context: no context of traces: did you mean span?"},
    {"{trace_conditions: [{context: log, conditions: []}]}", "no context of traces"},
    {"{trace_conditions: [{context: span}]}", "conditions are missing"},
    {"{trace_conditions: [{context: span, conditions: [], error_mode: no}]}",
     "error_mode: must be ignore, silent or propagate"},
    {"{trace_conditions: [{context: span, conditions: [], errormode: ignore}]}",
     "unknown key: did you mean error_mode?"},
    {"{trace_conditions: [{context: span, conditions: ['name ==']}]}",
     "trace_conditions[0].conditions[0]: at character 8: expected a value"},
    {"{traces: {span: ['IsMatch(name, \"(\")']}}", "traces.span[0]: at character 15: no regular"},
    {"{traces: {log_record: []}}", "traces.log_record: unknown key"},
    {"{logs: {log_record: ['name == 1']}}", "a log has no \"name\""},
    {"{metrics: {metric: ['value_int == 1']}}", "a metric has no \"value_int\""},
    {"{error_mode: panic}", "error_mode: must be ignore, silent or propagate"},
    {"{spans: {include: {services: [a]}}}", "spans.include: "},
    {"{metrics: {exclude: {match_type: strict}}}",
     "metrics.exclude: needs at least one of metric_names and resource_attributes"},
    {"{metrics: {exclude: {match_type: strict, services: [a]}}}", "services: unknown key"},
    {"{logs: {include: {match_type: strict}}}",
     "needs at least one of resource_attributes, record_attributes, severity_texts, "
     "severity_number and bodies"},
    {"{logs: {include: {match_type: strict, severity_number: {min: LOUD}}}}",
     "logs.include.severity_number.min: no severity; they are TRACE"},
    {"{logs: {include: {match_type: regexp, bodies: [a, '(']}}}", "logs.include.bodies[1]: no reg"},
    {"{logs: {include: {match_type: strict, log_bodies: [a]}}}", "log_bodies: unknown key"},
};

START_TEST(what_is_wrong_is_told)
{
    processor_complains(&filter_processor, wrong[_i].yaml, wrong[_i].problem, arena);
}
END_TEST

START_TEST(a_filter_of_nothing_is_worth_a_warning)
{
    struct problems problems;

    problems_init(&problems, arena);
    processor_decode(&filter_processor, "{error_mode: ignore}", arena, &problems);
    ck_assert_uint_eq(problems.errors, 0);
    ck_assert(strstr(problems_text(&problems, arena), "without a condition everything passes"));
    problems_done(&problems);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("filter_processor");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_loop_test(cases, what_a_condition_is_true_of_goes, 0, COUNT(filters));
    tcase_add_test(cases, a_condition_that_fails_can_refuse_the_data);
    tcase_add_test(cases, what_follows_may_refuse);
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, COUNT(wrong));
    tcase_add_test(cases, a_filter_of_nothing_is_worth_a_warning);
    return run_tests("filter_processor", cases);
}

/*
 * The transform processor: statements as in the YAML on requests as OTLP/JSON; what becomes of
 * them, as a line.
 */
#include "base/arena.h"
#include "base/budget.h"
#include "otlp/log_record.h"
#include "otlp/metric.h"
#include "otlp/wire_write.h"
#include "unit/processor_fixture.h"

extern const struct component_type transform_processor;

static struct arena *arena;
static struct buf left; /* "name kind code message state | attributes | resource | scope" */

/* OTLP/JSON with single quotes. */
static const char traces[] =
    "{'resourceSpans':[{'resource':{'attributes':["
    "{'key':'service.name','value':{'stringValue':'shop'}}]},"
    "'scopeSpans':[{'scope':{'name':'lib'},'spans':["
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000001',"
    "'name':'GET /users/17/a/42','kind':2,'status':{'message':'m'},"
    "'attributes':[{'key':'s','value':{'stringValue':'grüße'}},"
    "{'key':'i','value':{'intValue':'5'}},"
    "{'key':'n','value':{'stringValue':'42'}},"
    "{'key':'x.y','value':{'boolValue':true}}]}]}]}]}";

static const char with_events[] =
    "{'resourceSpans':[{'scopeSpans':[{'spans':["
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000001','name':'s',"
    "'events':[{'timeUnixNano':'1','name':'a','attributes':["
    "{'key':'k','value':{'stringValue':'1'}}]},"
    "{'timeUnixNano':'2','name':'b','attributes':["
    "{'key':'k','value':{'stringValue':'2'}},{'key':'l','value':{'stringValue':'x'}}]},"
    "{'timeUnixNano':'3','name':'c'}]}]}]}]}";

static const char metrics[] =
    "{'resourceMetrics':[{'scopeMetrics':[{'metrics':["
    "{'name':'one','unit':'s','gauge':{'dataPoints':["
    "{'asInt':'1','attributes':[{'key':'k','value':{'stringValue':'a'}}]},"
    "{'asInt':'2','attributes':[{'key':'k','value':{'stringValue':'b'}}]}]}}]}]}]}";

static const char logs[] =
    "{'resourceLogs':[{'scopeLogs':[{'logRecords':["
    "{'severityNumber':9,'severityText':'info','body':{'stringValue':'started'}}]}]}]}";

static const char *const requests[] = {traces, metrics, logs};

static void show_value(const struct value_view *value)
{
    struct repeated elements = value_elements(value);
    struct attribute_view attribute;
    struct value_view element;
    struct str message;

    switch (value->kind) {
    case VALUE_STRING:
        buf_append_str(&left, value->bytes);
        break;
    case VALUE_BOOL:
        buf_printf(&left, "%s", value->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_printf(&left, "%d", (int)value->integer);
        break;
    case VALUE_DOUBLE:
        buf_printf(&left, "%gd", value->number);
        break;
    case VALUE_ARRAY:
        buf_append_char(&left, '[');
        while (repeated_next(&elements, &message)) {
            value_read(message, &element);
            show_value(&element);
            buf_append_char(&left, ';');
        }
        buf_append_char(&left, ']');
        break;
    case VALUE_KVLIST:
        while (attribute_next(&elements, &attribute)) {
            buf_printf(&left, "{%.*s}", STR_ARG(attribute.key));
        }
        break;
    default:
        buf_append_char(&left, '?');
        break;
    }
}

static void show_attributes(struct repeated attributes)
{
    struct attribute_view attribute;

    buf_append_str(&left, STR(" |"));
    while (attribute_next(&attributes, &attribute)) {
        buf_printf(&left, " %.*s=", STR_ARG(attribute.key));
        show_value(&attribute.value);
    }
}

static void show_span(struct str item)
{
    struct span_view span;
    struct event_view event;
    struct str message;

    span_read(item, &span);
    ck_assert_uint_eq(span.trace_id.len, 16);
    buf_printf(&left, "%.*s %d %d %.*s %.*s", STR_ARG(span.name), span.kind, span.status_code,
               STR_ARG(span.status_message), STR_ARG(span.trace_state));
    show_attributes(span.attributes);
    while (repeated_next(&span.events, &message)) {
        event_read(message, &event);
        buf_printf(&left, " [%u %.*s", (unsigned)event.time_ns, STR_ARG(event.name));
        show_attributes(event.attributes);
        buf_append_char(&left, ']');
    }
}

static void show_metric(struct str item)
{
    struct metric_view metric;
    struct point_view point;
    struct str message;

    metric_read(item, &metric);
    buf_printf(&left, "%.*s %.*s", STR_ARG(metric.name), STR_ARG(metric.unit));
    while (metric_next_point(&metric.points, &message)) {
        point_read(metric.kind, message, &point);
        show_attributes(point.attributes);
    }
}

static void show_log(struct str item)
{
    struct log_record_view record;

    log_record_read(item, &record);
    buf_printf(&left, "%d %.*s ", record.severity, STR_ARG(record.severity_text));
    show_value(&record.body);
    show_attributes(record.attributes);
}

static struct result sink_consume(struct component *base, struct batch *batch)
{
    static void (*const show[])(struct str) = {show_span, show_metric, show_log};
    const struct payload *payload = batch->slices[0].payload;
    struct resource_view resource;
    struct scope_view scope;

    (void)base;
    ck_assert_uint_eq(batch->slice_count, 1);
    show[batch->signal](payload_str(payload, payload->items[0]));
    resource_read(payload_str(payload, payload->resources[0].resource), &resource);
    show_attributes(resource.attributes);
    scope_read(payload_str(payload, payload->scopes[0].scope), &scope);
    buf_printf(&left, " | %.*s", STR_ARG(scope.name));
    return result_accepted();
}

static const struct component_type sink_type = {.name = "sink", .consume = sink_consume};
static struct component sink = {.type = &sink_type, .id = "sink", .where = "exporters/sink"};

static struct component *transform_of(const char *yaml)
{
    return processor_new(&transform_processor, yaml, arena, &sink);
}

static struct result hand_in(struct component *transform, enum signal signal)
{
    buf_reset(&left);
    return processor_take(transform, batch_of_json(signal, requests[signal]));
}

static void begin(void)
{
    arena = arena_new(4096);
}

static void end(void)
{
    buf_done(&left);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}

#define NAME   "GET /users/17/a/42 2 0 m "
#define ATTRS  " | s=grüße i=5 n=42 x.y=true"
#define AROUND " | service.name=shop | lib"

static const struct {
    const char *statement, *left;
} of_spans[] = {
    {"set(name, \"a\")", "a 2 0 m " ATTRS AROUND},
    {"set(span.name, \"a\") where kind == SPAN_KIND_SERVER", "a 2 0 m " ATTRS AROUND},
    {"set(name, \"a\") where kind == SPAN_KIND_CLIENT", NAME ATTRS AROUND},
    {"set(name, attributes[\"missing\"])", NAME ATTRS AROUND},
    {"set(name, attributes[\"i\"])", NAME ATTRS AROUND}, /* fails: it is no string */
    {"set(name, Concat([attributes[\"s\"], attributes[\"i\"]], \"-\"))",
     "grüße-5 2 0 m " ATTRS AROUND},
    {"set(kind, SPAN_KIND_CLIENT)", "GET /users/17/a/42 3 0 m " ATTRS AROUND},
    {"set(status.code, STATUS_CODE_ERROR)", "GET /users/17/a/42 2 2 m " ATTRS AROUND},
    {"set(status.message, \"broken\")", "GET /users/17/a/42 2 0 broken " ATTRS AROUND},
    {"set(trace_state, \"a=b\")", NAME "a=b" ATTRS AROUND},
    {"set(attributes[\"s\"], 1)", NAME " | s=1 i=5 n=42 x.y=true" AROUND},
    {"set(attributes[\"new\"], 0.5)", NAME ATTRS " new=0.5d" AROUND},
    {"set(attributes[\"new\"], [\"a\", 1])", NAME ATTRS " new=[a;1;]" AROUND},
    {"set(attributes[\"new\"], resource.attributes)", NAME ATTRS " new={service.name}" AROUND},
    {"set(attributes[\"n\"], Int(attributes[\"n\"]) + 1)",
     NAME " | s=grüße i=5 n=43 x.y=true" AROUND},
    {"set(attributes[\"new\"], Substring(attributes[\"s\"], 0, 3))", NAME ATTRS AROUND},
    {"set(attributes[attributes[\"n\"]], true)", NAME ATTRS " 42=true" AROUND},
    {"delete_key(attributes, \"s\")", NAME " | i=5 n=42 x.y=true" AROUND},
    {"delete_key(attributes, \"none\")", NAME ATTRS AROUND},
    {"delete_matching_keys(attributes, \"^[si]$\")", NAME " | n=42 x.y=true" AROUND},
    {"keep_matching_keys(attributes, \"^[si]$\")", NAME " | s=grüße i=5" AROUND},
    {"keep_keys(attributes, [\"n\", \"none\", \"i\"])", NAME " | i=5 n=42" AROUND},
    {"keep_keys(attributes, [])", NAME " |" AROUND},
    {"truncate_all(attributes, 3)", NAME " | s=gr i=5 n=42 x.y=true" AROUND},
    {"truncate_all(attributes, 0)", NAME " | s= i=5 n= x.y=true" AROUND},
    {"replace_pattern(name, \"[0-9]+\", \"{id}\")", "GET /users/{id}/a/{id} 2 0 m " ATTRS AROUND},
    {"replace_pattern(attributes[\"s\"], \"ü\", \"ue\")",
     NAME " | s=grueße i=5 n=42 x.y=true" AROUND},
    {"replace_pattern(attributes[\"i\"], \"5\", \"6\")", NAME ATTRS AROUND},
    {"replace_pattern(name, \"^(\\\\w+) /users/(?P<id>\\\\d+)/a/(\\\\d+)$\", \"$1 ${id}-${3}x$$ $4 "
     "$\")",
     "GET 17-42x$  $ 2 0 m " ATTRS AROUND},
    {"replace_pattern(name, \"(\\\\d+)\", \"$1x\")", "GET /users//a/ 2 0 m " ATTRS AROUND},
    {"replace_pattern(name, \".*\", \"new\")", "new 2 0 m " ATTRS AROUND},
    {"replace_pattern(attributes[\"n\"], \"x*\", \"-\")",
     NAME " | s=grüße i=5 n=-4-2- x.y=true" AROUND},
    {"replace_pattern(attributes[\"s\"], \"\", \".\")",
     NAME " | s=.g.r.ü.ß.e. i=5 n=42 x.y=true" AROUND},
    {"replace_pattern(status.message, \"m\", \"n\")", "GET /users/17/a/42 2 0 n " ATTRS AROUND},
    {"replace_all_patterns(attributes, \"value\", \"^(.)\", \"<$1>\")",
     NAME " | s=<g>rüße i=5 n=<4>2 x.y=true" AROUND},
    {"replace_all_patterns(attributes, \"key\", \"^(.)\\\\.?\", \"k_$1\")",
     NAME " | k_s=grüße k_i=5 k_n=42 k_xy=true" AROUND},
    {"replace_all_patterns(attributes, \"key\", \"^s$\", \"n\")",
     NAME " | i=5 n=grüße x.y=true" AROUND},
    {"replace_all_patterns(attributes, \"value\", \"none\", \"\")", NAME ATTRS AROUND},
    {"replace_match(name, \"GET /users/*/a/*\", \"GET /users/{id}\")",
     "GET /users/{id} 2 0 m " ATTRS AROUND},
    {"replace_match(name, \"/users/*\", \"x\")", NAME ATTRS AROUND},
    {"replace_match(attributes[\"i\"], \"*\", \"x\")", NAME ATTRS AROUND},
    {"replace_all_matches(attributes, \"{gr,4}?*\", \"$1\")",
     NAME " | s=$1 i=5 n=$1 x.y=true" AROUND},
    {"limit(attributes, 2, [])", NAME " | s=grüße i=5" AROUND},
    {"limit(attributes, 2, [\"x.y\", \"none\"])", NAME " | s=grüße x.y=true" AROUND},
    {"limit(attributes, 1, [\"x.y\", \"n\"])", NAME " | n=42 x.y=true" AROUND},
    {"limit(attributes, 4, [])", NAME ATTRS AROUND},
    {"limit(attributes, 0, [])", NAME " |" AROUND},
    {"merge_maps(attributes, resource.attributes, \"upsert\")",
     NAME ATTRS " service.name=shop" AROUND},
    {"merge_maps(attributes, ExtractPatterns(name, \"^(?P<verb>[A-Z]+)\"), \"upsert\")",
     NAME ATTRS " verb=GET" AROUND},
    {"merge_maps(attributes, resource.attributes, \"update\")", NAME ATTRS AROUND},
};

START_TEST(a_statement_changes_what_it_says)
{
    struct component *transform = transform_of(
        arena_printf(arena, "{trace_statements: [{context: span, statements: ['%s']}]}",
                     of_spans[_i].statement));

    for (int i = 0; i < 2; i++) { /* and again */
        ck_assert_int_eq(hand_in(transform, TRACES).verdict, ACCEPTED);
        ck_assert_msg(str_is(buf_str(&left), of_spans[_i].left), "%s: %.*s", of_spans[_i].statement,
                      STR_ARG(buf_str(&left)));
    }
    transform_processor.destroy(transform);
}
END_TEST

static const struct {
    enum signal signal;
    const char *yaml, *left;
} several[] = {
    {TRACES, "{}", NAME ATTRS AROUND},
    /* each sees what those before it have done */
    {TRACES,
     "{trace_statements: ['set(span.name, \"a\")', 'set(span.attributes[\"b\"], span.name)', "
     "'delete_key(span.attributes, \"s\") where span.attributes[\"b\"] == \"a\"']}",
     "a 2 0 m  | i=5 n=42 x.y=true b=a" AROUND},
    {TRACES,
     "{trace_statements: ['set(resource.attributes[\"r\"], 1)', 'set(scope.name, \"new\") "
     "where resource.attributes[\"r\"] == 1', 'set(span.name, scope.name)', "
     "'set(span.kind, 5) where resource.attributes[\"r\"] == 1']}",
     "new 5 0 m " ATTRS " | service.name=shop r=1 | new"},
    {TRACES, "{trace_statements: [{context: resource, statements: ['keep_keys(attributes, [])']}]}",
     NAME ATTRS " | | lib"},
    /* all of it is about the resource, whatever is said */
    {TRACES,
     "{trace_statements: [{context: span, statements: ['set(resource.attributes[\"r\"], 1) where "
     "resource.attributes[\"service.name\"] == \"shop\"']}]}",
     NAME ATTRS " | service.name=shop r=1 | lib"},
    {METRICS,
     "{metric_statements: ['set(metric.name, \"two\")', 'set(datapoint.attributes[\"m\"], "
     "metric.name) where datapoint.value_int == 2']}",
     "two s | k=a | k=b m=two | | "},
    {METRICS, "{metric_statements: ['set(metric.unit, \"ms\") where metric.name == \"one\"']}",
     "one ms | k=a | k=b | | "},
    {METRICS, "{metric_statements: ['delete_key(datapoint.attributes, \"k\")']}", "one s | | | | "},
    {LOGS,
     "{log_statements: ['set(log.body, 5)', 'set(log.severity_text, \"WARN\")', "
     "'set(log.severity_number, SEVERITY_NUMBER_WARN)', 'set(log.attributes[\"a\"], true)']}",
     "13 WARN 5 | a=true | | "},
};

START_TEST(statements_see_what_was_done_before)
{
    struct component *transform = transform_of(several[_i].yaml);

    ck_assert_int_eq(hand_in(transform, several[_i].signal).verdict, ACCEPTED);
    ck_assert_msg(str_is(buf_str(&left), several[_i].left), "%s: %.*s", several[_i].yaml,
                  STR_ARG(buf_str(&left)));
    transform_processor.destroy(transform);
}
END_TEST

#define EVENT(statement)  "{context: spanevent, statements: ['" statement "']}"
#define EVENTS(statement) "{trace_statements: [" EVENT(statement) "]}"
#define A                 " [1 a | k=1]"
#define B                 " [2 b | k=2 l=x]"
#define C                 " [3 c |]"

static const struct {
    const char *yaml, *left;
} of_events[] = {
    {EVENTS("set(name, \"x\")"), "s 0 0   | [1 x | k=1] [2 x | k=2 l=x] [3 x |]"},
    {EVENTS("set(name, \"x\") where name == \"none\""), "s 0 0   |" A B C},
    {EVENTS("set(name, \"x\") where event_index == 1"), "s 0 0   |" A " [2 x | k=2 l=x]" C},
    {EVENTS("delete_key(attributes, \"k\")"), "s 0 0   | [1 a |] [2 b | l=x] [3 c |]"},
    {EVENTS("set(attributes[\"of\"], span.name) where attributes[\"k\"] == nil"),
     "s 0 0   |" A B " [3 c | of=s]"},
    {EVENTS("replace_all_patterns(spanevent.attributes, \"value\", \"^(.)$\", \"<$1>\")"),
     "s 0 0   | [1 a | k=<1>] [2 b | k=<2> l=<x>]" C},
    {EVENTS("set(time_unix_nano, 7) where name == \"b\""), "s 0 0   |" A " [7 b | k=2 l=x]" C},
    {EVENTS("set(time, Unix(0, 8)) where name == \"c\""), "s 0 0   |" A B " [8 c |]"},
    {EVENTS("keep_keys(attributes, [])"), "s 0 0   | [1 a |] [2 b |] [3 c |]"},
    /* of the span, which the next event sees */
    {EVENTS("set(span.name, Concat([span.name, name], \"-\"))"), "s-a-b-c 0 0   |" A B C},
    {EVENTS("set(span.attributes[\"l\"], attributes[\"l\"])"), "s 0 0   | l=x" A B C},
    {EVENTS("set(span.attributes[\"n\"], Len(span.events)) where event_index > 0"),
     "s 0 0   | n=3" A B C},
    {EVENTS("set(span.status.message, name)', 'set(name, span.status.message)"),
     "s 0 0 c  |" A B C},
    {EVENTS("merge_maps(span.attributes, attributes, \"upsert\")', 'keep_keys(attributes, [])"),
     "s 0 0   | k=2 l=x [1 a |] [2 b |] [3 c |]"},
    {EVENTS("merge_maps(span.attributes, attributes, \"upsert\")', 'set(name, \"x\") where "
            "span.attributes[\"k\"] == \"2\""),
     "s 0 0   | k=2 l=x" A " [2 x | k=2 l=x] [3 x |]"},
    /* behind what the span's statements have done, wherever they stand */
    {"{trace_statements: [" EVENT(
         "set(attributes[\"of\"], span.name)") ", {context: span, "
                                               "statements: ['set(name, \"t\")']}]}",
     "t 0 0   | [1 a | k=1 of=t] [2 b | k=2 l=x of=t] [3 c | of=t]"},
    {"{trace_statements: ['set(span.name, \"t\")', 'set(spanevent.name, \"x\") where "
     "spanevent.name == \"none\"']}",
     "t 0 0   |" A B C},
    /* conditions of a group */
    {"{trace_statements: [{context: spanevent, conditions: ['name == \"a\"', 'name == \"c\"'], "
     "statements: ['set(name, \"x\")', 'set(span.name, \"t\")']}]}",
     "t 0 0   | [1 x | k=1]" B " [3 x |]"},
    {"{trace_statements: [{conditions: ['spanevent.name == \"b\"'], statements: ["
     "'set(span.name, Concat([span.name, \"t\"], \"\"))']}, {context: span, conditions: ['name == "
     "\"x\"'], "
     "statements: ['set(kind, 2)']}]}",
     "st 0 0   |" A B C},
    {"{trace_statements: [{context: spanevent, conditions: ['HasPrefix(attributes[\"k\"], "
     "\"1\")'], "
     "statements: ['set(name, \"x\")']}]}",
     "s 0 0   | [1 x | k=1]" B C},
    {EVENTS("set(name, attributes[\"none\"][\"deeper\"])"), "s 0 0   |" A B C},
    {EVENTS("set(name, 1) where name == \"b\""), "s 0 0   |" A B C},
};

START_TEST(events_are_changed_and_change_their_span)
{
    struct component *transform = transform_of(of_events[_i].yaml);

    for (int i = 0; i < 2; i++) {
        buf_reset(&left);
        ck_assert_int_eq(processor_take(transform, batch_of_json(TRACES, with_events)).verdict,
                         ACCEPTED);
        ck_assert_msg(str_starts(buf_str(&left), str_of(of_events[_i].left)) &&
                          str_is((struct str){left.at + left.len - 5, 5}, " | | "),
                      "%s: %.*s", of_events[_i].yaml, STR_ARG(buf_str(&left)));
    }
    transform_processor.destroy(transform);
}
END_TEST

/* Or each of them would write a large span anew. */
START_TEST(so_many_events_do_not_change_a_large_span)
{
    enum { EVENTS_COUNT = 2000, LARGE = 1 << 20 };
    struct component *transform =
        transform_of(EVENTS("set(span.name, Concat([span.name, name], \"\"))"));
    struct buf request = {0}, text = {0};
    size_t resource = wire_begin(&request, 1), scope = wire_begin(&request, 2),
           span = wire_begin(&request, 2), inner;

    wire_put_bytes(&request, 1, STR("0123456789abcdef"));
    wire_put_bytes(&request, 2, STR("01234567"));
    memset(buf_reserve(&text, LARGE), 'x', LARGE);
    text.len = LARGE;
    wire_put_bytes(&request, 3, buf_str(&text));
    for (int i = 0; i < EVENTS_COUNT; i++) {
        inner = wire_begin(&request, SPAN_EVENTS);
        wire_put_bytes(&request, 2, STR("e"));
        wire_end(&request, inner);
    }
    wire_end(&request, span);
    wire_end(&request, scope);
    wire_end(&request, resource);
    buf_reset(&left);
    ck_assert_int_eq(processor_take(transform, batch_of_request(TRACES, &request)).verdict,
                     ACCEPTED);
    ck_assert(str_starts(buf_str(&left), STR("eeeeeeee")));
    ck_assert_ptr_eq(memmem(left.at, left.len, " 0 0 ", 5), left.at + 255);
    buf_done(&request);
    buf_done(&text);
    transform_processor.destroy(transform);
}
END_TEST

START_TEST(a_statement_that_fails_can_refuse_the_data)
{
    struct component *transform = transform_of(
        "{error_mode: propagate, trace_statements: ['set(span.name, span.attributes[\"i\"])']}");
    struct result result = hand_in(transform, TRACES);

    ck_assert_int_eq(result.verdict, REJECTED);
    ck_assert(strstr(result.why, "name is a string, and cannot be an integer: set(span.name"));
    transform_processor.destroy(transform);
}
END_TEST

static const struct {
    const char *statement, *problem;
} wrong[] = {
    {"name == \"x\"", "otelc has no function name that changes something"},
    {"sett(name, \"x\")", "did you mean set?"},
    {"Set(name, \"x\")", "did you mean set?"},
    {"", "expected a function that changes something"},
    {"set(name)", "set needs its argument value"},
    {"set(name, \"x\") if true", "expected where or the end"},
    {"set(name, \"x\") where", "expected a value, and here it ends"},
    {"set(name, \"x\") where name", "a path alone is no condition"},
    {"set(\"name\", \"x\")", "set changes what a path names"},
    {"set(attributes, attributes)", "otelc cannot set attributes yet"},
    {"set(attributes[\"a\"][\"b\"], 1)", "otelc cannot set attributes further in yet"},
    {"set(trace_id, TraceID(\"x\"))", "TraceID wants 16 bytes"},
    {"set(span_id, 0x0102030405060708)", "otelc cannot set span_id yet"},
    {"set(resource.attributes[\"a\"], span.name)",
     "a statement about a span cannot change a resource"},
    {"delete_key(attributes[\"a\"], \"b\")", "delete_key changes attributes as a whole"},
    {"delete_key(name, \"b\")", "delete_key changes attributes as a whole"},
    {"delete_key(attributes, 1)", "delete_key cannot take an integer as key"},
    {"replace_pattern(name, \"(\", \"b\")", "no regular expression"},
    {"replace_match(name, \"{a\", \"b\")", "a { of the pattern has no }"},
    {"replace_all_patterns(attributes, \"values\", \"a\", \"b\")",
     "replace_all_patterns: mode is key or value"},
    {"replace_all_patterns(name, \"value\", \"a\", \"b\")", "changes attributes as a whole"},
    {"merge_maps(attributes, attributes, \"replace\")",
     "merge_maps: strategy is insert, update or upsert"},
    {"limit(attributes, 1)", "limit needs its argument priority_keys"},
    {"limit(attributes, -1, [])", "limit: limit is not negative"},
    {"set(spanevent.name, \"x\")", "knows nothing of a spanevent"},
};

START_TEST(what_is_wrong_is_told)
{
    const char *yaml = arena_printf(
        arena, "{trace_statements: [{context: span, statements: ['%s']}]}", wrong[_i].statement);

    processor_complains(&transform_processor, yaml, wrong[_i].problem, arena);
    processor_complains(&transform_processor, yaml, "trace_statements[0].statements[0]: ", arena);
}
END_TEST

static const struct {
    const char *yaml, *problem;
} wrong_groups[] = {
    {"{context: span, conditions: 'true', statements: ['set(name, \"x\")']}",
     "conditions: must be a list"},
    {"{context: span, conditions: [[a]], statements: ['set(name, \"x\")']}",
     "conditions[0]: a condition is a string, not a list"},
    {"{context: span, conditions: ['true', 'nmae == 1'], statements: ['set(name, \"x\")']}",
     "statements[0]: conditions[1]: at character 1: a span has no \"nmae\""},
    {"{conditions: ['name == \"x\"'], statements: ['set(span.name, \"x\")']}",
     "it does not say what it is about"},
    {"{conditions: ['log.body == \"x\"'], statements: ['set(span.name, \"x\")']}",
     "log is not of traces"},
    {"{context: span, conditions: ['name == \"x\"']}", "statements are missing"},
    {"{context: spn, statements: []}", "did you mean span?"},
    {"{context: span, statment: []}", "did you mean statements?"},
    {"{context: span, error_mode: loud, statements: []}", "must be ignore, silent or propagate"},
};

START_TEST(what_is_wrong_with_a_group_is_told)
{
    processor_complains(&transform_processor,
                        arena_printf(arena, "{trace_statements: [%s]}", wrong_groups[_i].yaml),
                        wrong_groups[_i].problem, arena);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("transform_processor");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_loop_test(cases, a_statement_changes_what_it_says, 0, COUNT(of_spans));
    tcase_add_loop_test(cases, statements_see_what_was_done_before, 0, COUNT(several));
    tcase_add_loop_test(cases, events_are_changed_and_change_their_span, 0, COUNT(of_events));
    tcase_add_test(cases, so_many_events_do_not_change_a_large_span);
    tcase_add_test(cases, a_statement_that_fails_can_refuse_the_data);
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, COUNT(wrong));
    tcase_add_loop_test(cases, what_is_wrong_with_a_group_is_told, 0, COUNT(wrong_groups));
    return run_tests("transform_processor", cases);
}

/*
 * OTTL: conditions and what they say of one rich span, its event, a metric and a log record.
 */
#include "ottl/ottl.h"

#include "base/buf.h"
#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const char *const true_of_the_span[] = {
    /* as people write them */
    "name == \"GET /healthz\"",
    "span.name == \"GET /healthz\"",
    "attributes[\"http.route\"] == \"/healthz\"",
    "attributes[\"http.route\"] == \"/ready\" or attributes[\"http.route\"] == \"/healthz\"",
    "IsMatch(attributes[\"http.route\"], \"/(healthz|readyz|metrics)\")",
    "IsMatch(name, \".*/health.*\") and kind == SPAN_KIND_SERVER",
    "attributes[\"http.status_code\"] >= 400 and attributes[\"http.status_code\"] < 500",
    "resource.attributes[\"service.name\"] == \"shop\"",
    "status.code == STATUS_CODE_ERROR",
    "status.code == 2 and status.message == \"not found\"",
    "status == STATUS_CODE_ERROR",
    "instrumentation_scope.name == \"net/http\"",
    "scope.version == \"1.2.3\" and scope.attributes[\"short\"] == true",
    "attributes[\"missing\"] == nil",
    "attributes[\"http.route\"] != nil",
    "not (attributes[\"missing\"] != nil)",
    "not attributes[\"http.route\"] == \"/\"",
    "(end_time_unix_nano - start_time_unix_nano) > 2000000000",
    "end_time_unix_nano - start_time_unix_nano == 2500000000",
    "end_time - start_time > Duration(\"2s\")",
    "end_time - start_time == Duration(\"2.5s\")",
    "Milliseconds(end_time - start_time) == 2500",
    "Seconds(end_time - start_time) == 2.5",
    "Minutes(Duration(\"90s\")) == 1.5 and Hours(Duration(\"1h30m\")) == 1.5",
    "Microseconds(Duration(\"-1ms\")) == -1000 and Nanoseconds(Duration(\"1us\")) == 1000",
    "start_time < Now()",
    "UnixNano(start_time) == 1000000000 and UnixMilli(start_time) == 1000",
    "UnixMicro(start_time) == 1000000 and UnixSeconds(start_time) == 1",
    "start_time == Unix(1) and start_time < Unix(1, 1)",
    "start_time + Duration(\"2500ms\") == end_time",
    "end_time - Duration(\"2500ms\") == start_time",
    "IsRootSpan()",
    "parent_span_id == SpanID(0x0000000000000000)",
    "parent_span_id == 0x0000000000000000 and parent_span_id.string == \"0000000000000000\"",
    "trace_id == TraceID(0x0102030405060708090a0b0c0d0e0f10)",
    "trace_id.string == \"0102030405060708090a0b0c0d0e0f10\"",
    "span_id == SpanID(\"aabbccdd01020304\")",
    "span_id.string == \"aabbccdd01020304\"",
    "trace_state == \"ot=th:8, vendor=x=1\"",
    "trace_state[\"ot\"] == \"th:8\" and trace_state[\"vendor\"] == \"x=1\"",
    "trace_state[\"o\"] == \"\"",
    "kind.string == \"Server\" and kind.deprecated_string == \"SPAN_KIND_SERVER\"",
    "kind == 2",
    "dropped_attributes_count == 3 and dropped_events_count == 0 and dropped_links_count == 0",
    "Len(events) == 2 and Len(links) == 1 and flags == 0",
    "Len(attributes) == 13",
    "attributes[\"map\"][\"inner\"] == \"deep\"",
    "attributes[\"map\"][\"list\"][1] == \"y\" and attributes[\"map\"][\"list\"][2] == 7",
    "attributes[\"map\"][\"none\"] == nil and attributes[\"missing\"][\"none\"] == nil",
    "attributes[\"list\"][0] == \"a\"",
    "attributes[Concat([\"http\", \"route\"], \".\")] == \"/healthz\"",
    "attributes[\"list\"] == [\"a\", \"b\", \"c\", 7]",
    "attributes[\"list\"] != [\"a\", \"b\", \"c\"]",
    "attributes[\"map\"] == attributes[\"map\"] and attributes[\"map\"] != attributes",
    "attributes[\"bytes\"] == 0x01ff",
    "attributes[\"bytes\"] > 0x01 and attributes[\"bytes\"] <= 0x01ffff",
    "attributes[\"empty\"] == nil",
    "attributes[\"blank\"] == \"\" and attributes[\"blank\"] != nil",
    /* comparing */
    "1 == 1.0 and 1 < 1.5 and 2.5 >= 2 and 1.5 != 1",
    "-1 < +1 and -.5 > -1 and 1.5e2 == 150",
    "9223372036854775807 > 9223372036854775806",
    "attributes[\"ratio\"] == 0.5 and attributes[\"http.status_code\"] == 404.0",
    "attributes[\"http.status_code\"] != \"404\"",
    "not (attributes[\"http.status_code\"] < \"5\") and not (name > 1)",
    "true > false and true >= true and false < true and false <= false",
    "attributes[\"sampled\"] == true and attributes[\"unsampled\"] == false",
    "nil == nil and nil <= nil and nil >= nil and not nil < nil and not nil != nil",
    "1 != nil and nil != 1 and not 1 == nil and not 1 < nil",
    "\"a\" < \"b\" and \"a\" < \"aa\" and \"Z\" < \"a\"",
    "Duration(\"1s\") != 1000000000 and start_time != 1000000000",
    /* joining */
    "true or true and false",
    "not false and true",
    "not (true and false)",
    "not not true",
    "true and (false or true) and true",
    "false or false or (1 == 2) or 1 == 1",
    "true or attributes[\"list\"][99] == 1", /* what is not needed does not fail */
    "(((((1 == 1)))))",
    "name==\"GET /healthz\"and true",
    "  true\n\tor false ",
    /* calculating */
    "1 + 2 * 3 == 7 and (1 + 2) * 3 == 9 and 7 / 2 == 3 and -7 / 2 == -3",
    "1.5 + 1.5 == 3.0 and 3.0 / 2.0 == 1.5 and 10 - 2 - 3 == 5",
    "attributes[\"http.status_code\"] / 100 == 4",
    "9223372036854775807 + 1 < 0",
    "Duration(\"1s\") + Duration(\"1s\") == Duration(\"2s\")",
};

START_TEST(it_is_true_of_the_span)
{
    ottl_expect(OTTL_SPAN, true_of_the_span[_i], OTTL_TRUE, NULL);
}
END_TEST

START_TEST(not_before_it_makes_it_false)
{
    struct buf text = {0};

    buf_printf(&text, "not (%s)", true_of_the_span[_i]);
    ottl_expect(OTTL_SPAN, buf_text(&text), OTTL_FALSE, NULL);
    buf_reset(&text);
    buf_printf(&text, "false or (%s) and true", true_of_the_span[_i]);
    ottl_expect(OTTL_SPAN, buf_text(&text), OTTL_TRUE, NULL);
    buf_done(&text);
}
END_TEST

static const struct {
    enum ottl_context context;
    const char *text;
} true_elsewhere[] = {
    {OTTL_RESOURCE, "attributes[\"service.name\"] == \"shop\""},
    {OTTL_RESOURCE, "resource.attributes[\"host.cpus\"] == 8"},
    {OTTL_RESOURCE, "dropped_attributes_count == 0"},
    {OTTL_SCOPE, "name == \"net/http\" and resource.attributes[\"service.name\"] == \"shop\""},
    {OTTL_SCOPE, "scope.dropped_attributes_count == 0"},
    {OTTL_SPANEVENT, "name == \"exception\" and span.name == \"GET /healthz\""},
    {OTTL_SPANEVENT,
     "attributes[\"exception.type\"] == \"IOError\" and spanevent.event_index == 1"},
    {OTTL_SPANEVENT, "time_unix_nano == 1500000000 and IsRootSpan()"},
    {OTTL_SPANEVENT, "time == Unix(1, 500000000)"},
    {OTTL_METRIC, "name == \"http.requests\" and type == METRIC_DATA_TYPE_SUM"},
    {OTTL_METRIC, "is_monotonic == true and Len(data_points) == 1 and unit == \"1\""},
    {OTTL_METRIC, "aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE"},
    {OTTL_METRIC, "HasAttrKeyOnDatapoint(\"method\") and not HasAttrKeyOnDatapoint(\"x\")"},
    {OTTL_METRIC,
     "HasAttrOnDatapoint(\"method\", \"GET\") and not HasAttrOnDatapoint(\"method\", 1)"},
    {OTTL_DATAPOINT, "metric.name == \"http.requests\" and value_int == 17"},
    {OTTL_DATAPOINT, "attributes[\"method\"] == \"GET\" and value_double == 0.0 and count == nil"},
    {OTTL_DATAPOINT, "time_unix_nano == 2000 and flags == FLAG_NONE and Len(exemplars) == 0"},
    {OTTL_LOG, "severity_number >= SEVERITY_NUMBER_ERROR and severity_text == \"ERROR\""},
    {OTTL_LOG, "body[\"inner\"] == \"text\" and log.attributes[\"thread\"] == 5"},
    {OTTL_LOG, "IsMatch(body, \"text\") and IsMap(body)"},
    {OTTL_LOG, "body.string == String(body)"},
    {OTTL_LOG, "trace_id.string == \"00000000000000000000000000000000\" and event_name == \"\""},
};

START_TEST(other_contexts_have_their_paths)
{
    ottl_expect(true_elsewhere[_i].context, true_elsewhere[_i].text, OTTL_TRUE, NULL);
}
END_TEST

static const struct {
    const char *text, *why;
} failing[] = {
    {"attributes[\"list\"][9] == 1", "no element 9"},
    {"attributes[\"list\"][-1] == 1", "no element -1"},
    {"attributes[\"list\"][\"a\"] == 1", "a list has no element that is named by a string"},
    {"attributes[\"http.route\"][\"a\"] == 1", "a string has no element"},
    {"attributes[\"map\"][0] == 1", "a map has no element that is named by an integer"},
    {"attributes[attributes[\"list\"]] == 1", "a map has no element"},
    {"attributes[\"http.status_code\"] / 0 == 1", "a division by zero"},
    {"attributes[\"ratio\"] / 0.0 == 1.0", "a division by zero"},
    {"attributes[\"http.status_code\"] + attributes[\"ratio\"] == 1", "an integer and a double"},
    {"attributes[\"http.route\"] + 1 == 1", "a string and an integer"},
    {"end_time + start_time == Now()", "a time and a time"},
    {"end_time * 2 == Now()", "calculate with"},
};

START_TEST(what_cannot_be_told_is_an_error)
{
    ottl_expect(OTTL_SPAN, failing[_i].text, OTTL_FAILED, failing[_i].why);
}
END_TEST

START_TEST(a_pattern_that_runs_away_is_an_error)
{
    struct ottl_data data = ottl_data;
    struct span_view span = *ottl_data.span;
    struct buf text = {0};
    struct error err = {""};
    struct ottl_condition *condition =
        ottl_condition_new(STR("IsMatch(name, \"(a+)+$\")"), OTTL_SPAN, false, &err);

    for (int i = 0; i < 60; i++)
        buf_append_char(&text, 'a');
    buf_append_char(&text, 'b');
    data.span = &span;
    span.name = buf_str(&text);
    ck_assert_int_eq(ottl_condition_holds(condition, &data, &err), OTTL_FAILED);
    ck_assert(strstr(err.text, "takes too long"));
    ottl_condition_free(condition);
    buf_done(&text);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("ottl");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, it_is_true_of_the_span, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, not_before_it_makes_it_false, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, other_contexts_have_their_paths, 0, COUNT(true_elsewhere));
    tcase_add_loop_test(cases, what_cannot_be_told_is_an_error, 0, COUNT(failing));
    tcase_add_test(cases, a_pattern_that_runs_away_is_an_error);
    return run_tests("ottl", cases);
}

/*
 * Paths of OTTL's: what each one says of one rich span, its event, a metric and a log record.
 */
#include "ottl/path.h"

#include <stdio.h>

#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const struct {
    enum ottl_context context;
    const char *condition;
} true_conditions[] = {
    {OTTL_RESOURCE, "attributes[\"service.name\"] == \"shop\" and dropped_attributes_count == 0"},
    {OTTL_SCOPE, "name == \"net/http\" and version == \"1.2.3\" and attributes[\"short\"] == true"},
    {OTTL_SCOPE, "scope.name == instrumentation_scope.name"},
    {OTTL_SPAN, "trace_id == 0x0102030405060708090a0b0c0d0e0f10"},
    {OTTL_SPAN, "trace_id.string == \"0102030405060708090a0b0c0d0e0f10\""},
    {OTTL_SPAN, "span_id == 0xaabbccdd01020304 and span_id.string == \"aabbccdd01020304\""},
    {OTTL_SPAN, "parent_span_id == SpanID(0x0000000000000000)"},
    {OTTL_SPAN, "parent_span_id.string == \"0000000000000000\""},
    {OTTL_SPAN, "trace_state == \"ot=th:8, vendor=x=1\""},
    {OTTL_SPAN, "trace_state[\"ot\"] == \"th:8\" and trace_state[\"vendor\"] == \"x=1\""},
    {OTTL_SPAN, "trace_state[\"o\"] == \"\" and trace_state[\"th\"] == \"\""},
    {OTTL_SPAN, "kind == 2 and kind.string == \"Server\""},
    {OTTL_SPAN, "kind.deprecated_string == \"SPAN_KIND_SERVER\""},
    {OTTL_SPAN, "status == 2 and status.code == 2 and status.message == \"not found\""},
    {OTTL_SPAN, "start_time_unix_nano == 1000000000 and end_time_unix_nano == 3500000000"},
    {OTTL_SPAN, "end_time - start_time == Duration(\"2500ms\")"},
    {OTTL_SPAN, "Len(events) == 2 and Len(links) == 1 and flags == 0"},
    {OTTL_SPAN, "dropped_attributes_count == 3 and dropped_events_count == 0"},
    {OTTL_SPAN, "dropped_links_count == 0"},
    {OTTL_SPAN, "attributes[\"map\"][\"inner\"] == \"deep\""},
    {OTTL_SPAN, "attributes[\"map\"][\"list\"][1] == \"y\" and attributes[\"list\"][3] == 7"},
    {OTTL_SPAN, "attributes[\"missing\"] == nil and attributes[\"missing\"][\"x\"][2] == nil"},
    {OTTL_SPAN, "attributes[\"empty\"] == nil and attributes[\"blank\"] != nil"},
    {OTTL_SPAN, "attributes[Concat([\"http\", \"route\"], \".\")] == \"/healthz\""},
    {OTTL_SPANEVENT, "name == \"exception\" and time_unix_nano == 1500000000"},
    {OTTL_SPANEVENT, "time - span.start_time == Duration(\"500ms\") and event_index == 1"},
    {OTTL_SPANEVENT, "spanevent.attributes[\"exception.type\"] == \"IOError\""},
    {OTTL_SPANEVENT, "dropped_attributes_count == 0"},
    {OTTL_METRIC, "name == \"http.requests\" and description == \"how many\" and unit == \"1\""},
    {OTTL_METRIC, "type == METRIC_DATA_TYPE_SUM and is_monotonic == true"},
    {OTTL_METRIC, "aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE"},
    {OTTL_METRIC, "Len(data_points) == 1"},
    {OTTL_DATAPOINT, "attributes[\"method\"] == \"GET\" and value_int == 17"},
    {OTTL_DATAPOINT, "value_double == 0.0 and count == nil and sum == nil and flags == 0"},
    {OTTL_DATAPOINT, "time_unix_nano == 2000 and start_time_unix_nano == 0"},
    {OTTL_DATAPOINT, "time - start_time == Duration(\"2us\") and Len(exemplars) == 0"},
    {OTTL_LOG, "time_unix_nano == 1000 and observed_time_unix_nano == 0"},
    {OTTL_LOG, "time - observed_time == Duration(\"1us\")"},
    {OTTL_LOG, "severity_number == SEVERITY_NUMBER_ERROR and severity_text == \"ERROR\""},
    {OTTL_LOG, "body[\"inner\"] == \"text\" and body[\"list\"][0] == \"x\" and IsMap(body)"},
    {OTTL_LOG,
     "body.string == \"{\\\"inner\\\":\\\"text\\\",\\\"list\\\":[\\\"x\\\",\\\"y\\\",7]}\""},
    {OTTL_LOG, "attributes[\"thread\"] == 5 and event_name == \"\" and flags == 0"},
    {OTTL_LOG, "trace_id.string == \"00000000000000000000000000000000\""},
    {OTTL_LOG, "span_id == 0x0000000000000000 and dropped_attributes_count == 0"},
};

START_TEST(a_path_says_what_is_there)
{
    ottl_expect(true_conditions[_i].context, true_conditions[_i].condition, OTTL_TRUE, NULL);
}
END_TEST

static const struct {
    const char *condition, *why;
} failing[] = {
    {"attributes[\"list\"][4] == 1", "the list has no element 4"},
    {"attributes[\"list\"][-1] == 1", "the list has no element -1"},
    {"attributes[\"list\"][\"a\"] == 1", "a list has no element that is named by a string"},
    {"attributes[\"map\"][1] == 1", "a map has no element that is named by an integer"},
    {"attributes[\"http.route\"][\"a\"] == 1", "a string has no element that is named by a string"},
    {"attributes[kind] == 1", "a map has no element that is named by an integer"},
    {"attributes[attributes[\"missing\"]] == 1", "a map has no element that is named by nil"},
};

START_TEST(a_key_that_names_nothing_is_an_error)
{
    ottl_expect(OTTL_SPAN, failing[_i].condition, OTTL_FAILED, failing[_i].why);
}
END_TEST

/* By kind: type, temporality, monotonic, the point's values and counts. */
static const struct {
    enum metric_kind kind;
    const char *condition;
} metrics[] = {
    {METRIC_EMPTY, "metric.type == METRIC_DATA_TYPE_NONE and count == nil"},
    {METRIC_GAUGE, "metric.type == METRIC_DATA_TYPE_GAUGE and value_int == 17"},
    {METRIC_GAUGE, "metric.aggregation_temporality == nil and metric.is_monotonic == nil"},
    {METRIC_SUM, "metric.type == METRIC_DATA_TYPE_SUM and metric.is_monotonic == true"},
    {METRIC_HISTOGRAM, "metric.type == METRIC_DATA_TYPE_HISTOGRAM and value_int == nil"},
    {METRIC_HISTOGRAM, "metric.is_monotonic == nil and metric.aggregation_temporality == 2"},
    {METRIC_HISTOGRAM, "value_double == nil and count == 5 and sum == 2.5"},
    {METRIC_EXPONENTIAL_HISTOGRAM, "metric.type == METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM"},
    {METRIC_EXPONENTIAL_HISTOGRAM, "metric.aggregation_temporality == 2 and count == 5"},
    {METRIC_SUMMARY, "metric.type == METRIC_DATA_TYPE_SUMMARY and sum == 2.5"},
    {METRIC_SUMMARY, "metric.aggregation_temporality == nil and value_int == nil"},
};

START_TEST(a_data_point_has_what_its_metric_has)
{
    struct metric_view metric = *ottl_data.metric;
    struct point_view point = *ottl_data.point;

    metric.kind = metrics[_i].kind;
    point.count = 5;
    point.sum = 2.5;
    ottl_data.metric = &metric;
    ottl_data.point = &point;
    ottl_expect(OTTL_DATAPOINT, metrics[_i].condition, OTTL_TRUE, NULL);
}
END_TEST

START_TEST(kinds_have_texts)
{
    static const char *const names[] = {"Unspecified", "Internal", "Server",
                                        "Client",      "Producer", "Consumer"};
    struct span_view span = *ottl_data.span;
    char text[64];

    ottl_data.span = &span;
    for (int kind = 0; kind < 6; kind++) {
        span.kind = kind;
        snprintf(text, sizeof(text), "kind.string == \"%s\"", names[kind]);
        ottl_expect(OTTL_SPAN, text, OTTL_TRUE, NULL);
    }
    span.kind = 6;
    ottl_expect(OTTL_SPAN, "kind.string == \"\" and kind.deprecated_string == \"\"", OTTL_TRUE,
                NULL);
    span.kind = -1;
    ottl_expect(OTTL_SPAN, "kind.string == \"\" and kind == -1", OTTL_TRUE, NULL);
}
END_TEST

START_TEST(names_of_a_context_are_found_in_it)
{
    struct arena *arena = arena_new(1024);

    for (unsigned context = 0; context < OTTL_CONTEXTS; context++)
        for (const char *const *name = path_names(context, arena); *name; name++)
            ck_assert_ptr_nonnull(path_find(context, str_of(*name)));
    ck_assert_ptr_null(path_find(OTTL_RESOURCE, STR("name")));
    ck_assert_int_eq(path_context(STR("spanevent")), OTTL_SPANEVENT);
    ck_assert_int_eq(path_context(STR("instrumentation_scope")), OTTL_SCOPE);
    ck_assert_int_eq(path_context(STR("event")), OTTL_CONTEXTS);
    arena_free(arena);
}
END_TEST

/* Rows see columns: resource, scope, span, spanevent, metric, datapoint, log. */
START_TEST(a_context_sees_those_around_it)
{
    static const char *const sees[OTTL_CONTEXTS] = {"x......", "xx.....", "xxx....", "xxxx...",
                                                    "xx..x..", "xx..xx.", "xx....x"};

    for (unsigned inner = 0; inner < OTTL_CONTEXTS; inner++)
        for (unsigned outer = 0; outer < OTTL_CONTEXTS; outer++)
            ck_assert_msg(path_sees(inner, outer) == (sees[inner][outer] == 'x'), "%s of %s",
                          ottl_context_names[inner], ottl_context_names[outer]);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("path");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, a_path_says_what_is_there, 0, COUNT(true_conditions));
    tcase_add_loop_test(cases, a_key_that_names_nothing_is_an_error, 0, COUNT(failing));
    tcase_add_loop_test(cases, a_data_point_has_what_its_metric_has, 0, COUNT(metrics));
    tcase_add_test(cases, kinds_have_texts);
    tcase_add_test(cases, names_of_a_context_are_found_in_it);
    tcase_add_test(cases, a_context_sees_those_around_it);
    return run_tests("path", cases);
}

/*
 * OTTL's functions that look at a span or a metric as a whole.
 */
#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const struct {
    struct str parent;
    enum ottl_verdict is_root;
} parents[] = {
    {{NULL, 0}, OTTL_TRUE},
    {{"\0\0\0\0\0\0\0\0", 8}, OTTL_TRUE},
    {{"\0\0\0\0\0\0\0\1", 8}, OTTL_FALSE},
    {{"\1\0\0\0\0\0\0\0", 8}, OTTL_FALSE},
};

START_TEST(a_root_span_has_no_parent)
{
    struct span_view span = *ottl_data.span;

    span.parent_span_id = parents[_i].parent;
    ottl_data.span = &span;
    ottl_expect(OTTL_SPAN, "IsRootSpan()", parents[_i].is_root, NULL);
    ottl_expect(OTTL_SPANEVENT, "IsRootSpan()", parents[_i].is_root, NULL);
}
END_TEST

static const struct {
    const char *text;
    enum ottl_verdict verdict;
    const char *why;
} of_points[] = {
    {"HasAttrKeyOnDatapoint(\"method\")", OTTL_TRUE, NULL},
    {"HasAttrKeyOnDatapoint(\"Method\")", OTTL_FALSE, NULL},
    {"HasAttrKeyOnDatapoint(\"\")", OTTL_FALSE, NULL},
    {"HasAttrOnDatapoint(\"method\", \"GET\")", OTTL_TRUE, NULL},
    {"HasAttrOnDatapoint(\"method\", \"POST\")", OTTL_FALSE, NULL},
    {"HasAttrOnDatapoint(\"method\", 1)", OTTL_FALSE, NULL},
    {"HasAttrOnDatapoint(\"method\", nil)", OTTL_FALSE, NULL},
    {"HasAttrOnDatapoint(\"none\", nil)", OTTL_FALSE, NULL},
    {"HasAttrKeyOnDatapoint(resource.attributes[\"host.cpus\"])", OTTL_FAILED,
     "HasAttrKeyOnDatapoint wants a string, and got an integer"},
    {"HasAttrOnDatapoint(resource.attributes[\"none\"], 1)", OTTL_FAILED,
     "HasAttrOnDatapoint wants a string, and got nil"},
};

START_TEST(any_data_point_may_have_the_attribute)
{
    ottl_expect(OTTL_METRIC, of_points[_i].text, of_points[_i].verdict, of_points[_i].why);
    ottl_expect(OTTL_DATAPOINT, of_points[_i].text, of_points[_i].verdict, of_points[_i].why);
}
END_TEST

START_TEST(a_metric_without_points_has_none)
{
    struct metric_view metric;

    metric_read(STR(""), &metric);
    ottl_data.metric = &metric;
    ottl_expect(OTTL_METRIC, "HasAttrKeyOnDatapoint(\"method\")", OTTL_FALSE, NULL);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("function_signal");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, a_root_span_has_no_parent, 0, COUNT(parents));
    tcase_add_loop_test(cases, any_data_point_may_have_the_attribute, 0, COUNT(of_points));
    tcase_add_test(cases, a_metric_without_points_has_none);
    return run_tests("function_signal", cases);
}

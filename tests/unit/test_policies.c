/*
 * The policies of tail_sampling: each as in the YAML, against one trace.
 */
#include "processors/policies.h"

#include "base/arena.h"
#include "base/budget.h"
#include "config/source.h"
#include "pipeline/component.h"
#include "unit/metrics_text.h"
#include "unit/processor_fixture.h"

extern const struct component_type tail_sampling_processor;

static struct arena *arena;
static struct policy_list list;
static struct batch *trace; /* 1500 ms long, with three spans */

/* OTLP/JSON with single quotes. */
static const char request[] =
    "{'resourceSpans':["
    "{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}},"
    "{'key':'n','value':{'intValue':'7'}}]},"
    "'scopeSpans':[{'scope':{'name':'lib'},'spans':["
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000001','name':'root',"
    "'startTimeUnixNano':'1000000000','endTimeUnixNano':'2000000000',"
    "'traceState':'a=1,b=2','flags':1,"
    "'attributes':[{'key':'http.route','value':{'stringValue':'/cart'}},"
    "{'key':'status','value':{'intValue':'500'}},{'key':'hot','value':{'boolValue':true}}]},"
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000002',"
    "'parentSpanId':'0000000000000001','name':'child','status':{'code':2},"
    "'startTimeUnixNano':'1100000000','endTimeUnixNano':'2500000000',"
    "'events':[{'name':'exception'}]}]}]},"
    "{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'cart'}}]},"
    "'scopeSpans':[{'scope':{'name':'lib'},'spans':["
    "{'traceId':'0102030405060708090a0b0c0d0e0f10','spanId':'0000000000000003',"
    "'parentSpanId':'0000000000000001','name':'other','status':{'code':1},"
    "'startTimeUnixNano':'1200000000','endTimeUnixNano':'1300000000'}]}]}]}";

static void begin(void)
{
    arena = arena_new(4096);
    trace = batch_of_json(TRACES, request);
}

static void end(void)
{
    batch_unref(trace);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}

static void decode(const char *yaml, struct problems *problems)
{
    const struct component_type *type = &tail_sampling_processor;
    struct node *node = yaml_parse("test", yaml, strlen(yaml), arena, problems);
    struct node *policies = node_get(node, "policies");
    void *settings = arena_alloc(arena, type->settings_size);

    fields_decode(type->fields, settings, node, arena, problems);
    type->check(settings, node, problems);
    list = (struct policy_list){0};
    if (!policies || policies->kind != NODE_LIST || problems->errors > 0)
        return;
    list.count = policies->count; /* and again, as the settings are the processor's own */
    list.at = arena_alloc(arena, list.count * sizeof(list.at[0]));
    for (size_t i = 0; i < list.count; i++)
        fields_decode(policy_fields, &list.at[i], policies->children[i], arena, problems);
    policies_check(list, (const struct node *const *)policies->children, problems);
}

/* policies: as they stand in the list. */
static struct policies *policies_of(const char *policies)
{
    const char *yaml = arena_printf(arena, "{policies: [%s]}", policies);
    struct problems problems;
    struct policies *made;
    struct error err = {""};

    problems_init(&problems, arena);
    decode(yaml, &problems);
    ck_assert_msg(problems.errors == 0, "%s: %s", yaml, problems_text(&problems, arena));
    problems_done(&problems);
    made = policies_new(list, 1, &err);
    ck_assert_msg(made, "%s: %s", yaml, err.text);
    return made;
}

#define YES      "{name: yes, type: always_sample}"
#define NO       "{name: no, type: span_count, span_count: {min_spans: 99}}"
#define OTHER    "{name: other, type: always_sample}"
#define STRING   "{name: a, type: string_attribute, string_attribute: "
#define NUMBER   "{name: a, type: numeric_attribute, numeric_attribute: "
#define BOOLEAN  "{name: a, type: boolean_attribute, boolean_attribute: "
#define LATENCY  "{name: a, type: latency, latency: "
#define STATUS   "{name: a, type: status_code, status_code: {status_codes: "
#define STATE    "{name: a, type: trace_state, trace_state: "
#define OTTL     "{name: a, type: ottl_condition, ottl_condition: "
#define COUNT_OF "{name: a, type: span_count, span_count: "
#define INVERTED STRING "{key: service.name, values: [none], invert_match: true}}"
#define REFUSED  STRING "{key: service.name, values: [cart], invert_match: true}}"

static const struct {
    const char *policies;
    bool sampled;
} verdicts[] = {
    {YES, true},
    {NO, false},
    {NO ", " YES, true},
    {LATENCY "{threshold_ms: 1500}}", true},
    {LATENCY "{threshold_ms: 1501}}", false},
    {LATENCY "{threshold_ms: 1000, upper_threshold_ms: 1500}}", true},
    {LATENCY "{threshold_ms: 1000, upper_threshold_ms: 1499}}", false},
    {NUMBER "{key: status, min_value: 500, max_value: 599}}", true},
    {NUMBER "{key: status, min_value: 501}}", false},
    {NUMBER "{key: status, max_value: 499}}", false},
    {NUMBER "{key: n, min_value: -7, max_value: 7}}", true},
    {NUMBER "{key: http.route, max_value: 7}}", false},
    {NUMBER "{key: status, min_value: 500, invert_match: true}}", false},
    {NUMBER "{key: status, min_value: 501, invert_match: true}}", true},
    {STATUS "[ERROR]}}", true},
    {STATUS "[OK]}}", true},
    {STATUS "[UNSET]}}", true},
    {STRING "{key: service.name, values: [none, cart]}}", true},
    {STRING "{key: service.name, values: [car]}}", false},
    {STRING "{key: http.route, values: ['/cart']}}", true},
    {STRING "{key: http.route, values: ['^/c.r'], enabled_regex_matching: true}}", true},
    {STRING "{key: http.route, values: ['^c', 'x$'], enabled_regex_matching: true}}", false},
    {STRING "{key: hot, values: ['true', ''], cache_max_size: 10}}", false},
    {INVERTED, true},
    {REFUSED, false},
    {REFUSED ", " YES, false},
    {INVERTED ", " NO, false},
    {INVERTED ", " YES, true},
    {BOOLEAN "{key: hot, value: true}}", true},
    {BOOLEAN "{key: hot, value: false}}", false},
    {BOOLEAN "{key: http.route, value: false}}", false},
    {BOOLEAN "{key: hot, value: true, invert_match: true}}", false},
    {COUNT_OF "{min_spans: 3}}", true},
    {COUNT_OF "{min_spans: 4}}", false},
    {COUNT_OF "{min_spans: 1, max_spans: 2}}", false},
    {COUNT_OF "{max_spans: 3}}", true},
    {STATE "{key: b, values: ['2']}}", true},
    {STATE "{key: b, values: ['1']}}", false},
    {STATE "{key: c, values: ['']}}", false},
    {"{name: a, type: trace_flags}", true},
    {OTTL "{span: ['name == \"child\" and status.code == STATUS_CODE_ERROR']}}", true},
    {OTTL "{span: 'resource.attributes[\"service.name\"] == \"none\"'}}", false},
    {OTTL "{spanevent: ['name == \"exception\"']}}", true},
    {OTTL "{spanevent: ['name == \"none\"'], span: ['name == \"none\"']}}", false},
    {OTTL "{error_mode: silent, span: ['HasPrefix(attributes[\"none\"], \"/\")']}}", false},
    {"{name: a, type: and, and: {and_sub_policy: [" YES ", " STATUS "[ERROR]}}]}}", true},
    {"{name: a, type: and, and: {and_sub_policy: [" YES ", " NO "]}}", false},
    {"{name: a, type: and, and: {and_sub_policy: [" YES ", " INVERTED "]}}", true},
    {"{name: a, type: and, and: {and_sub_policy: [" YES ", " REFUSED "]}}", false},
    {"{name: a, type: not, not: {not_sub_policy: " NO "}}", true},
    {"{name: a, type: not, not: {not_sub_policy: " YES "}}", false},
    {"{name: a, type: not, not: {not_sub_policy: " REFUSED "}}", true},
    {"{name: a, type: not, not: {not_sub_policy: {name: b, type: not, not: {not_sub_policy: " YES
     "}}}}",
     true},
    {YES ", {name: a, type: drop, drop: {drop_sub_policy: [" STATUS "[ERROR]}}]}}", false},
    {YES ", {name: a, type: drop, drop: {drop_sub_policy: [" STATUS "[ERROR]}}, " NO "]}}", true},
    {"{name: a, type: rate_limiting, rate_limiting: {spans_per_second: 2}}", true},
    {"{name: a, type: rate_limiting, rate_limiting: {spans_per_second: 1}}", false},
    {"{name: a, type: rate_limiting, rate_limiting: {spans_per_second: 1, burst_capacity: 3}}",
     true},
    {"{name: a, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1000}}", true},
    {"{name: a, type: bytes_limiting, bytes_limiting: {bytes_per_second: 10}}", false},
};

START_TEST(each_policy_decides)
{
    struct policies *policies = policies_of(verdicts[_i].policies);

    for (unsigned again = 0; again < 2; again++) /* a minute later limits have flowed back */
        ck_assert_msg(policies_sample(policies, trace, false, again * 60000, "test") ==
                          verdicts[_i].sampled,
                      "%s", verdicts[_i].policies);
    policies_free(policies);
}
END_TEST

/* FNV-1a in 64 bits of the salt and the id, computed by hand: a little above and below its part of
 * 2^64. */
static const struct {
    const char *salt;
    double percentage;
} parts[] = {
    {"default-hash-seed", 85.863333},
    {"other", 65.990145},
};

START_TEST(a_percentage_is_told_by_the_id)
{
    for (int above = 0; above < 2; above++) {
        const char *policy = arena_printf(
            arena,
            "{name: a, type: probabilistic, probabilistic: {sampling_percentage: %.6f, "
            "hash_salt: %s}}",
            parts[_i].percentage + (above ? 0.0001 : -0.0001), parts[_i].salt);
        struct policies *policies = policies_of(policy);

        ck_assert_msg(policies_sample(policies, trace, false, 0, "test") == above, "%s", policy);
        policies_free(policies);
    }
}
END_TEST

START_TEST(limits_flow_back)
{
    struct policies *policies =
        policies_of("{name: a, type: rate_limiting, rate_limiting: {spans_per_second: 3}}");

    ck_assert(policies_sample(policies, trace, false, 5000, "test"));
    ck_assert(policies_sample(policies, trace, false, 5000, "test"));
    ck_assert(!policies_sample(policies, trace, false, 5000, "test"));
    ck_assert(!policies_sample(policies, trace, false, 5900, "test"));
    ck_assert(policies_sample(policies, trace, false, 6000, "test"));
    ck_assert(!policies_sample(policies, trace, false, 6000, "test"));
    policies_free(policies);
}
END_TEST

START_TEST(the_first_match_can_be_enough)
{
    struct policies *policies =
        policies_of(YES ", {name: a, type: drop, drop: {drop_sub_policy: [" OTHER "]}}");

    ck_assert(!policies_sample(policies, trace, false, 0, "test"));
    ck_assert(policies_sample(policies, trace, true, 0, "test"));
    policies_free(policies);
}
END_TEST

/* Of 10 spans a second "second" has 6, which is asked first, and "first" the other half. */
START_TEST(composite_shares_out_a_rate)
{
    struct policies *policies =
        policies_of("{name: c, type: composite, composite: {max_total_spans_per_second: 10, "
                    "policy_order: [second, first], "
                    "rate_allocation: [{policy: second, percent: 60}], composite_sub_policy: ["
                    "{name: first, type: always_sample}, "
                    "{name: second, type: latency, latency: {threshold_ms: 1000}}]}}");

    ck_assert(policies_sample(policies, trace, false, 1000, "test"));
    ck_assert(policies_sample(policies, trace, false, 1500, "test"));
    ck_assert(!policies_sample(policies, trace, false, 1999, "test"));
    ck_assert(policies_sample(policies, trace, false, 2000, "test"));
    policies_free(policies);
}
END_TEST

struct times { /* ns */
    uint64_t all, least;
    size_t count;
};

static void take_time(void *arg, const struct metric_reading *reading)
{
    struct times *times = arg;

    if (!strstr(reading->family->name, "execution_time_sum"))
        return;
    times->all += reading->value;
    times->least =
        times->count == 0 || reading->value < times->least ? reading->value : times->least;
    times->count++;
}

/* Of all policies. */
static struct times read_times(void)
{
    struct times times = {0};

    metrics_each(METRICS_BASIC, take_time, &times);
    return times;
}

START_TEST(policies_are_timed_and_those_inside_count_for_theirs)
{
    struct policies *policies =
        policies_of("{name: both, type: and, and: {and_sub_policy: [" YES ", " LATENCY
                    "{threshold_ms: 1}}]}}, " STRING "{key: service.name, values: [none]}}");
    struct times first, then;

    policies_sample(policies, trace, false, 0, "test");
    first = read_times();
    ck_assert_uint_eq(first.count, 2);
    ck_assert_uint_gt(first.least, 0);
    for (int i = 1; i < 16; i++)
        policies_sample(policies, trace, false, 0, "test");
    ck_assert_uint_eq(read_times().all, first.all); /* not each is timed */
    policies_sample(policies, trace, false, 0, "test");
    then = read_times();
    ck_assert_uint_gt(then.all, first.all);
    ck_assert_uint_eq((then.all - first.all) % 16, 0); /* and one stands for the others */
    metrics_say("otelcol_processor_tail_sampling_sampling_policy_execution_count",
                "{policy=\"a\"}=17\n{policy=\"both\"}=17\n");
    policies_free(policies);
}
END_TEST

START_TEST(what_could_not_be_told_is_counted_once_for_a_trace)
{
    struct policies *policies =
        policies_of(OTTL "{error_mode: silent, span: ['HasPrefix(attributes[\"none\"], \"/\")', "
                         "'HasPrefix(attributes[\"no\"], \"/\")']}}");

    policies_sample(policies, trace, false, 0, "test");
    policies_sample(policies, trace, false, 0, "test");
    metrics_say("otelcol_processor_tail_sampling_sampling_policy_evaluation_error", "{}=2\n");
    policies_free(policies);
}
END_TEST

static const struct {
    const char *yaml, *problem;
} wrong[] = {
    {"{}", "policies are missing"},
    {"{policies: []}", "policies are missing"},
    {"{policies: all}", "policies: wants a list of maps"},
    {"{policies: [{type: always_sample}]}", "policies[0]: name is missing"},
    {"{policies: [" YES ", " YES "]}", "policies[1].name: another policy has this name"},
    {"{policies: [{name: a}]}", "type is missing"},
    {"{policies: [{name: a, type: latenci}]}", "policies[0].type: must be always_sample, latency"},
    {"{policies: [{name: a, type: latency, latency: {threshold: 1}}]}",
     "latency.threshold: unknown key"},
    {"{policies: [" LATENCY "{threshold_ms: 5, upper_threshold_ms: 5}}]}",
     "must be more than threshold_ms"},
    {"{policies: [" NUMBER "{min_value: 5}}]}", "key is missing"},
    {"{policies: [" NUMBER "{key: a}}]}", "needs min_value, max_value, or both"},
    {"{policies: [" NUMBER "{key: a, min_value: 5, max_value: 4}}]}",
     "must not be more than max_value"},
    {"{policies: [" STATUS "[BAD]}}]}", "\"BAD\": must be OK, ERROR or UNSET"},
    {"{policies: [{name: a, type: status_code}]}", "needs one of OK, ERROR and UNSET"},
    {"{policies: [" STRING "{key: a}}]}", "needs at least one value"},
    {"{policies: [" STRING "{key: a, values: ['('], enabled_regex_matching: true}}]}",
     "string_attribute.values: \"(\": "},
    {"{policies: [{name: a, type: rate_limiting}]}", "must be more than 0"},
    {"{policies: [{name: a, type: bytes_limiting}]}", "must be more than 0"},
    {"{policies: [" COUNT_OF "{min_spans: 4, max_spans: 3}}]}", "must not be less than min_spans"},
    {"{policies: [" OTTL "{}}]}", "needs conditions"},
    {"{policies: [" OTTL "{span: ['nam == 1']}}]}", "did you mean name?"},
    {"{policies: [" OTTL "{span: [[]]}}]}", "a condition is a string, not a list"},
    {"{policies: [{name: a, type: and}]}", "and_sub_policy must be a list of policies"},
    {"{policies: [{name: a, type: and, and: {and_sub_policy: [x]}}]}",
     "and_sub_policy[0]: must be a policy"},
    {"{policies: [{name: a, type: and, and: {and_sub_policy: [" STATUS "[BAD]}}]}}]}",
     "and_sub_policy[0].status_code.status_codes: \"BAD\""},
    {"{policies: [{name: a, type: not, not: {not_sub_policy: []}}]}",
     "not_sub_policy must be a policy"},
    {"{policies: [{name: a, type: drop, drop: {drop_sub_policy: {}}}]}",
     "drop_sub_policy must be a list of policies"},
    {"{policies: [{name: a, type: composite, composite: {composite_sub_policy: [" YES "]}}]}",
     "must be more than 0"},
    {"{policies: [{name: a, type: composite, composite: {max_total_spans_per_second: 5, "
     "policy_order: [b], composite_sub_policy: [" YES "]}}]}",
     "composite_sub_policy has no \"b\""},
    {"{policies: [{name: a, type: composite, composite: {max_total_spans_per_second: 5, "
     "rate_allocation: [{policy: b}], composite_sub_policy: [" YES "]}}]}",
     "composite_sub_policy has no \"b\""},
};

START_TEST(what_is_wrong_is_told)
{
    struct problems problems;

    problems_init(&problems, arena);
    decode(wrong[_i].yaml, &problems);
    ck_assert_msg(problems.errors > 0, "%s", wrong[_i].yaml);
    ck_assert_msg(strstr(problems_text(&problems, arena), wrong[_i].problem), "%s: %s",
                  wrong[_i].yaml, problems_text(&problems, arena));
    problems_done(&problems);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("policies");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_loop_test(cases, each_policy_decides, 0, COUNT(verdicts));
    tcase_add_loop_test(cases, a_percentage_is_told_by_the_id, 0, COUNT(parts));
    tcase_add_test(cases, limits_flow_back);
    tcase_add_test(cases, the_first_match_can_be_enough);
    tcase_add_test(cases, composite_shares_out_a_rate);
    tcase_add_test(cases, policies_are_timed_and_those_inside_count_for_theirs);
    tcase_add_test(cases, what_could_not_be_told_is_counted_once_for_a_trace);
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, COUNT(wrong));
    return run_tests("policies", cases);
}

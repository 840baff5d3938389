/*
 * The blocks include and exclude: what is derived from them, and what is told where they are wrong.
 */
#include "processors/match_settings.h"

#include "config/source.h"
#include "otlp/span.h"
#include "unit/config_check.h"
#include "unit/problems_fixture.h"

struct settings {
    struct match_settings include;
};

#define FORM(name, table)                                                                          \
    static const struct field name[] = {                                                           \
        FIELD_SWITCH(struct settings, include, "include", table, ""), FIELD_END}
FORM(of_spans, match_fields);
FORM(of_records, match_record_fields);
FORM(of_metrics, match_metric_fields);

/* The block as it stands behind "include: ". */
static struct match_settings decode(const struct field *form, const char *block)
{
    const char *yaml = arena_printf(arena, "{include: %s}", block);
    struct node *node = yaml_parse("t", yaml, strlen(yaml), arena, &problems);
    struct settings settings = {0};

    fields_decode(form, &settings, node, arena, &problems);
    if (problems.errors == 0)
        match_check(&settings.include, form[0].fields, "include", node, &problems);
    return settings.include;
}

#define S "match_type: strict, "
#define R "match_type: regexp, "

/* All that is told, with its place. */
static const struct {
    const struct field *form;
    const char *block, *told;
} wrong[] = {
    {of_spans, "{services: [cart]}", "t:1:11: include: needs match_type: strict or regexp\n"},
    {of_spans, "{match_type: strict}",
     "t:1:11: include: needs at least one of services, span_names, span_kinds, attributes, "
     "resources, libraries, log_bodies, log_severity_texts, log_severity_number and "
     "metric_names\n"},
    {of_records, "{match_type: strict}",
     "t:1:11: include: needs at least one of resource_attributes, record_attributes, "
     "severity_texts, severity_number and bodies\n"},
    {of_metrics, "{match_type: regexp}",
     "t:1:11: include: needs at least one of metric_names and resource_attributes\n"},
    {of_spans, "{match_type: regex, services: [a]}",
     "t:1:24: include.match_type: must be strict or regexp, not \"regex\"; did you mean regexp?\n"},
    {of_spans, "{" S "span_kinds: [SPAN_KIND_CLIENT, server]}",
     "t:1:63: include.span_kinds[1]: not a kind of span; they are SPAN_KIND_INTERNAL, "
     "SPAN_KIND_SERVER, SPAN_KIND_CLIENT, SPAN_KIND_PRODUCER and SPAN_KIND_CONSUMER\n"},
    {of_spans, "{" R "span_kinds: [server]}", ""},
    {of_spans, "{" R "services: [a, '(']}",
     "t:1:46: include.services[1]: no regular expression: \"(\", at character 1: missing closing "
     "parenthesis\n"},
    {of_spans, "{" R "span_names: '('}", NULL},
    {of_spans, "{" R "log_bodies: ['(']}", NULL},
    {of_records, "{" R "bodies: [a, '(']}", NULL},
    {of_records, "{" R "severity_texts: ['(']}", NULL},
    {of_metrics, "{" R "metric_names: ['(']}", NULL},
    {of_spans, "{" S "services: ['(']}", ""},
    {of_spans, "{" R "attributes: [{key: a, value: 5}]}",
     "t:1:61: include.attributes[0].value: with match_type regexp it is a regular expression: "
     "put it in quotes\n"},
    {of_spans, "{" R "attributes: [{key: a, value: '['}]}", NULL},
    {of_records, "{" R "record_attributes: [{key: a, value: '['}]}", NULL},
    {of_spans, "{" S "attributes: [{value: 5}]}",
     "t:1:45: include.attributes[0]: needs a key: the attribute's name\n"},
    {of_spans, "{" S "attributes: [{key: '', value: 5}]}",
     "t:1:45: include.attributes[0]: needs a key: the attribute's name\n"},
    {of_spans, "{" R "attributes: [{key: a}]}", ""},
    {of_spans, "{" S "libraries: [{version: '5'}]}",
     "t:1:44: include.libraries[0]: needs a name: the instrumentation scope's\n"},
    {of_spans, "{" R "libraries: [{name: '('}, {name: a, version: '('}]}", NULL},
    {of_spans, "{" S "log_severity_number: {min: 25}}", NULL},
    {of_records, "{" S "severity_number: {min: WARNING}}",
     "t:1:55: include.severity_number.min: no severity; they are TRACE, DEBUG, INFO, WARN, ERROR "
     "and FATAL, each also with 2, 3 and 4 behind it, or 1 to 24\n"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
    const char *text;

    decode(wrong[_i].form, wrong[_i].block);
    text = problems_text(&problems, arena);
    if (wrong[_i].told)
        ck_assert_msg(strcmp(text, wrong[_i].told) == 0, "%s: %s", wrong[_i].block, text);
    else
        ck_assert_msg(problems.errors > 0, "%s", wrong[_i].block);
}
END_TEST

static const struct {
    const char *name;
    uint64_t number; /* 0: there is no such severity */
} severities[] = {
    {"TRACE", 1},  {"trace", 1}, {"TRACE2", 2}, {"DEBUG", 5},   {"Debug4", 8},  {"INFO", 9},
    {"INFO3", 11}, {"WARN", 13}, {"ERROR", 17}, {"FATAL", 21},  {"FATAL4", 24}, {"'1'", 1},
    {"'13'", 13},  {"'24'", 24}, {"'0'", 0},    {"'25'", 0},    {"TRACE1", 0},  {"FATAL5", 0},
    {"''", 0},     {"'-1'", 0},  {"'013'", 0},  {"WARNING", 0},
};

START_TEST(severities_have_names_and_numbers)
{
    struct match_settings settings = decode(
        of_records, arena_printf(arena, "{" S "severity_number: {min: %s}}", severities[_i].name));

    ck_assert_msg((problems.errors == 0) == (severities[_i].number > 0), "%s", severities[_i].name);
    if (severities[_i].number > 0)
        ck_assert_uint_eq(settings.log_severity_number.min, severities[_i].number);
}
END_TEST

START_TEST(a_severity_without_a_least_is_any)
{
    struct match_settings settings = decode(of_records, "{" S "severity_number: {}}");

    ck_assert_uint_eq(problems.count, 0);
    ck_assert(settings.log_severity_number.enabled);
    ck_assert_uint_eq(settings.log_severity_number.min, 0);
    ck_assert(!settings.log_severity_number.match_undefined);
    settings = decode(of_records, "{" S "severity_number: {min: 9, match_undefined: true}}");
    ck_assert(settings.log_severity_number.match_undefined);
}
END_TEST

START_TEST(values_of_attributes_keep_their_types)
{
    struct match_settings settings =
        decode(of_spans, "{" S "attributes: [{key: a, value: 5}, {key: b, value: '5'}, {key: c}]}");
    const struct match_attribute *attributes = settings.attributes.at;
    struct value_view value;

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_uint_eq(settings.attributes.count, 3);
    value_read(attributes[0].value_bytes, &value);
    ck_assert(value.kind == VALUE_INT && value.integer == 5);
    value_read(attributes[1].value_bytes, &value);
    ck_assert(value.kind == VALUE_STRING && str_is(value.bytes, "5"));
    ck_assert_ptr_null(attributes[2].value);
}
END_TEST

START_TEST(a_block_that_is_not_there_is_not_looked_at)
{
    const char *yaml = "{other: 1}";
    struct node *node = yaml_parse("t", yaml, strlen(yaml), arena, &problems);
    struct match_settings settings = {.enabled = false};

    match_check(&settings, match_fields, "include", node, &problems);
    ck_assert_uint_eq(problems.count, 0);
}
END_TEST

START_TEST(kinds_of_spans_have_names)
{
    static const struct {
        int32_t kind;
        const char *name;
    } kinds[] = {
        {SPAN_KIND_UNSPECIFIED, "SPAN_KIND_UNSPECIFIED"},
        {SPAN_KIND_INTERNAL, "SPAN_KIND_INTERNAL"},
        {SPAN_KIND_SERVER, "SPAN_KIND_SERVER"},
        {SPAN_KIND_CLIENT, "SPAN_KIND_CLIENT"},
        {SPAN_KIND_PRODUCER, "SPAN_KIND_PRODUCER"},
        {SPAN_KIND_CONSUMER, "SPAN_KIND_CONSUMER"},
        {6, "SPAN_KIND_UNSPECIFIED"},
        {-1, "SPAN_KIND_UNSPECIFIED"},
        {INT32_MIN, "SPAN_KIND_UNSPECIFIED"},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        ck_assert_str_eq(match_kind_name(kinds[i].kind), kinds[i].name);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("match_settings");

    tcase_add_checked_fixture(cases, problems_begin, problems_end);
    tcase_add_loop_test(cases, what_is_wrong_is_told_with_its_place, 0, COUNT(wrong));
    tcase_add_loop_test(cases, severities_have_names_and_numbers, 0, COUNT(severities));
    tcase_add_test(cases, a_severity_without_a_least_is_any);
    tcase_add_test(cases, values_of_attributes_keep_their_types);
    tcase_add_test(cases, a_block_that_is_not_there_is_not_looked_at);
    tcase_add_test(cases, kinds_of_spans_have_names);
    return run_tests("match_settings", cases);
}

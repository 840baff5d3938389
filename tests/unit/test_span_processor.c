/*
 * Settings and attributes as in the YAML; what became of a span is compared as one line.
 */
#include "base/budget.h"
#include "config/source.h"
#include "otlp/attributes.h"
#include "otlp/wire_write.h"
#include "processors/value.h"
#include "unit/processor_fixture.h"

extern const struct component_type span_processor;

static struct arena *arena;

static struct node *parse(const char *yaml, struct problems *problems)
{
    return yaml_parse("test", yaml, strlen(yaml), arena, problems);
}

/* A request of one span, which failed as the text says; its resource is of the service shop. */
static struct batch *make_batch(const char *name, struct str map, const char *failed)
{
    struct buf request = {0};
    struct batch *batch;
    size_t group = wire_begin(&request, 1), scope, span, status, inner = wire_begin(&request, 1);
    struct value_view shop = {.kind = VALUE_STRING, .bytes = STR("shop")};

    status = wire_begin(&request, ATTRIBUTES_OF_RESOURCE);
    wire_put_bytes(&request, 1, STR("service.name"));
    span = wire_begin(&request, 2);
    value_write(&shop, &request);
    wire_end(&request, span);
    wire_end(&request, status);
    wire_end(&request, inner);
    scope = wire_begin(&request, 2);
    span = wire_begin(&request, 2);
    wire_put_bytes(&request, 1, STR("0123456789abcdef"));
    wire_put_bytes(&request, 2, STR("01234567"));
    if (*name)
        wire_put_bytes(&request, 5, str_of(name));
    renumber(map, 1, ATTRIBUTES_OF_SPAN, &request);
    if (*failed) {
        status = wire_begin(&request, 15);
        wire_put_bytes(&request, 2, str_of(failed));
        wire_put_tag(&request, 3, WIRE_VARINT);
        wire_put_varint(&request, STATUS_CODE_ERROR);
        wire_end(&request, status);
    }
    wire_put_tag(&request, 16, WIRE_FIXED32); /* flags: they stay, as whatever else there is */
    buf_append(&request, "\x01\x01\x00\x00", 4);
    wire_end(&request, span);
    wire_end(&request, scope);
    wire_end(&request, group);
    batch = batch_of_request(TRACES, &request);
    buf_done(&request);
    return batch;
}

/* "name {attributes} code message" */
static const char *show(struct str message)
{
    struct span_view span;

    span_read(message, &span);
    ck_assert(str_eq(span.trace_id, STR("0123456789abcdef")) && span.flags == 0x101);
    return arena_printf(arena, "%.*s %s %d %.*s", STR_ARG(span.name),
                        json_of_attributes(message, ATTRIBUTES_OF_SPAN, arena), span.status_code,
                        STR_ARG(span.status_message));
}

struct outcome {
    const char *text;
    bool same; /* the batch went on as it came */
};

static struct outcome run(const char *yaml, const char *name, const char *attributes,
                          const char *failed)
{
    struct end end;
    struct problems problems;
    struct component *component;
    struct outcome outcome;
    struct batch *batch;
    struct value_view map;

    end_init(&end);
    component = processor_new(&span_processor, yaml, arena, &end.base);
    problems_init(&problems, arena);
    value_read(value_of_node(parse(attributes, &problems), arena), &map);
    ck_assert_msg(problems.count == 0, "%s", problems_text(&problems, arena));
    batch = make_batch(name, map.bytes, failed);
    ck_assert_int_eq(processor_take(component, batch_ref(batch)).verdict, ACCEPTED);
    outcome.same = end.came == batch;
    outcome.text = show(end_item(&end));
    batch_unref(batch);
    end_done(&end);
    span_processor.destroy(component);
    problems_done(&problems);
    return outcome;
}

#define FROM      "{name: {separator: '::', from_attributes: [db.svc, op]}}"
#define TO(rules) "{name: {to_attributes: {rules: [" rules "]}}}"
#define DOCUMENT  "'^/document/(?P<id>.*)/update$'"

static const struct {
    const char *settings, *name, *attributes, *failed, *after; /* NULL: nothing changes */
} cases[] = {
    {FROM, "x", "{db.svc: location, op: get}", "",
     "location::get {\"db.svc\":\"location\",\"op\":\"get\"} 0 "},
    {FROM, "", "{db.svc: a, op: b}", "", "a::b {\"db.svc\":\"a\",\"op\":\"b\"} 0 "},
    {FROM, "x", "{db.svc: location}", "", NULL},
    {FROM, "a::b", "{db.svc: a, op: b}", "", NULL},
    {FROM, "x", "{db.svc: 12, op: -0.5}", "", "12::-0.5 {\"db.svc\":12,\"op\":-0.5} 0 "},
    {FROM, "x", "{db.svc: true, op: [1]}", "",
     "true::<unknown-attribute-type> {\"db.svc\":true,\"op\":[1]} 0 "},
    {"{name: {from_attributes: [a, b]}}", "x", "{a: 1, b: ''}", "", "1 {\"a\":1,\"b\":\"\"} 0 "},
    /* to attributes: over what is there */
    {TO(DOCUMENT), "/document/123/update", "{}", "", "/document/{id}/update {\"id\":\"123\"} 0 "},
    {TO(DOCUMENT), "/document/123/update", "{id: 5, z: 1}", "",
     "/document/{id}/update {\"id\":\"123\",\"z\":1} 0 "},
    {TO(DOCUMENT), "/document/123", "{}", "", NULL},
    {TO("'(?P<a>.*)'"), "", "{}", "", NULL},
    {TO("'(?P<a>[0-9]+)/(?P<b>[^/]+)'"), "x/12/y/z", "{}", "",
     "x/{a}/{b}/z {\"a\":\"12\",\"b\":\"y\"} 0 "},
    {TO("'(?P<a>x)(?P<b>y)?'"), "xz", "{}", "", "{a}z {\"a\":\"x\",\"b\":\"\"} 0 "},
    {TO("'(?P<a>x(?P<b>y))'"), "xyz", "{}", "", "{a}z {\"a\":\"xy\",\"b\":\"y\"} 0 "},
    {TO("'^(?P<a>.)'"), "\xc3\xa9t", "{}", "", "{a}t {\"a\":\"\xc3\xa9\"} 0 "},
    /* each rule works on what the one before has left */
    {TO("'^/(?P<a>[^/{]+)', '^/.*/(?P<b>[^/]+)$'"), "/x/y", "{}", "",
     "/{a}/{b} {\"a\":\"x\",\"b\":\"y\"} 0 "},
    {"{name: {to_attributes: {break_after_match: true, rules: ['^no', '^/(?P<a>[^/]+)', "
     "'(?P<b>y)']}}}",
     "/x/y", "{}", "", "/{a}/y {\"a\":\"x\"} 0 "},
    {"{name: {to_attributes: {keep_original_name: true, rules: ['(?P<a>x)', '(?P<b>y)']}}}", "/x/y",
     "{}", "", "/x/y {\"a\":\"x\",\"b\":\"y\"} 0 "},
    {"{name: {to_attributes: {break_after_match: true, rules: ['^/x', '(?P<a>y)']}}}", "/x/y", "{}",
     "", NULL},
    {"{name: {to_attributes: {rules: '^(?P<a>.*)$'}, from_attributes: b}}", "x", "{b: c}", "",
     "{a} {\"a\":\"c\",\"b\":\"c\"} 0 "},
    /* how it ended */
    {"{status: {code: Error, description: it broke}}", "x", "{}", "", "x {} 2 it broke"},
    {"{status: {code: Error}}", "x", "{}", "why", "x {} 2 "},
    {"{status: {code: Error, description: why}}", "x", "{}", "why", NULL},
    {"{status: {code: Ok}}", "x", "{}", "why", "x {} 1 "},
    {"{status: {code: unset}}", "x", "{a: 1}", "why", "x {\"a\":1} 0 "},
    {"{status: {code: Unset}}", "x", "{a: 1}", "", NULL},
    {"{name: {from_attributes: [a], to_attributes: {rules: ['(?P<n>[0-9]+)']}}, status: {code: "
     "Ok}}",
     "x", "{a: get 5}", "why", "get {n} {\"a\":\"get 5\",\"n\":\"5\"} 1 "},
    /* only those that are meant */
    {"{include: {match_type: strict, services: [shop]}, status: {code: Ok}}", "x", "{}", "",
     "x {} 1 "},
    {"{include: {match_type: strict, services: [cart]}, status: {code: Ok}}", "x", "{}", "", NULL},
    {"{include: {match_type: regexp, span_names: ['/']}, exclude: {match_type: strict, "
     "span_names: [donot/change]}, name: {to_attributes: {rules: ['(?P<site>.*?)$']}}}",
     "a/b", "{}", "", "{site} {\"site\":\"a/b\"} 0 "},
    {"{include: {match_type: regexp, span_names: ['/']}, exclude: {match_type: strict, "
     "span_names: [donot/change]}, name: {to_attributes: {rules: ['(?P<site>.*?)$']}}}",
     "donot/change", "{}", "", NULL},
};

START_TEST(spans_are_named_and_end_as_the_settings_say)
{
    struct outcome outcome;

    arena = arena_new(1 << 12);
    outcome = run(cases[_i].settings, cases[_i].name, cases[_i].attributes, cases[_i].failed);
    if (cases[_i].after)
        ck_assert_str_eq(outcome.text, cases[_i].after);
    ck_assert_int_eq(outcome.same, !cases[_i].after);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

static const struct {
    const char *settings, *told;
} wrong[] = {
    {"{}", "changes nothing: it needs name.from_attributes"},
    {"{name: {}}", "name: changes nothing"},
    {"{name: x}", "name: "},
    {"{name: {from_attributes: {a: 1}}}", "from_attributes"},
    {"{name: {separator: '-'}, status: {code: Ok}}", "there are none"},
    {"{name: {to_attributes: {}}}", "needs rules"},
    {"{name: {to_attributes: [a]}}", "to_attributes: "},
    {TO("'(?P<a>.*)', '('"), "rules[1]: "},
    {TO("'x(.*)'"), "rules[0]: takes nothing out"},
    {TO("'(?P<a.b>x)'"), "rules[0]: "},
    {"{status: {}}", "needs code: Ok, Error or Unset"},
    {"{status: {description: x}}", "needs code: Ok, Error or Unset"},
    {"{status: {code: Good}}", "Unset, Ok or Error"},
    {"{status: {code: Ok, description: x}}", "only an Error has a description"},
    {"{status: {code: Ok}, include: {services: [a]}}", "needs match_type"},
    {"{status: {code: Ok}, exclude: {match_type: regexp, services: ['(']}}", "services[0]"},
};

START_TEST(what_is_wrong_is_told)
{
    arena = arena_new(1 << 12);
    processor_complains(&span_processor, wrong[_i].settings, wrong[_i].told, arena);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("span_processor");

    tcase_add_loop_test(tests, spans_are_named_and_end_as_the_settings_say, 0,
                        sizeof(cases) / sizeof(cases[0]));
    tcase_add_loop_test(tests, what_is_wrong_is_told, 0, sizeof(wrong) / sizeof(wrong[0]));
    return run_tests("span_processor", tests);
}

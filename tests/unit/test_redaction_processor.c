/*
 * Settings and attributes as in the YAML; what is to be seen of a log record is compared as JSON.
 */
#include "base/budget.h"
#include "config/source.h"
#include "otlp/attributes.h"
#include "otlp/json_text.h"
#include "otlp/log_record.h"
#include "otlp/wire_write.h"
#include "processors/value.h"
#include "unit/processor_fixture.h"

extern const struct component_type redaction_processor;

static struct arena *arena;

static struct node *parse(const char *yaml, struct problems *problems)
{
    return yaml_parse("test", yaml, strlen(yaml), arena, problems);
}

/* A request of one log record with the same attributes for itself, the resource and the scope. */
static struct batch *make_batch(struct str body, struct str map)
{
    struct buf request = {0};
    struct batch *batch;
    size_t group, scope, record, inner;

    group = wire_begin(&request, 1);
    wire_put_bytes(&request, 1, map);
    scope = wire_begin(&request, 2);
    inner = wire_begin(&request, 1);
    wire_put_bytes(&request, 1, STR("lib"));
    renumber(map, 1, ATTRIBUTES_OF_SCOPE, &request);
    wire_end(&request, inner);
    record = wire_begin(&request, 2);
    wire_put_bytes(&request, 3, STR("INFO"));
    wire_put_bytes(&request, 5, body);
    renumber(map, 1, ATTRIBUTES_OF_LOG_RECORD, &request);
    wire_end(&request, record);
    wire_end(&request, scope);
    wire_end(&request, group);
    batch = batch_of_request(LOGS, &request);
    buf_done(&request);
    return batch;
}

static struct value_view body_of(struct str record)
{
    struct log_record_view view;

    log_record_read(record, &view);
    return view.body;
}

/* "attributes body" */
static const char *run(const char *yaml, const char *attributes, const char *body)
{
    struct end end;
    struct problems problems;
    struct component *component;
    struct value_view map, seen;
    struct buf json = {0};
    struct str value;
    const char *text;

    end_init(&end);
    component = processor_new(&redaction_processor, yaml, arena, &end.base);
    problems_init(&problems, arena);
    value_read(value_of_node(parse(attributes, &problems), arena), &map);
    value = value_of_node(
        node_get(parse(arena_printf(arena, "{body: %s}", body), &problems), "body"), arena);
    ck_assert_msg(problems.errors == 0, "%s", problems_text(&problems, arena));
    ck_assert_int_eq(processor_take(component, make_batch(value, map.bytes)).verdict, ACCEPTED);
    text = json_of_attributes(end_item(&end), ATTRIBUTES_OF_LOG_RECORD, arena);
    if (!strstr(text, "redaction.body.")) { /* which a log record alone has */
        ck_assert_str_eq(json_of_attributes(end_scope(&end), ATTRIBUTES_OF_SCOPE, arena), text);
        ck_assert_str_eq(json_of_attributes(end_resource(&end), ATTRIBUTES_OF_RESOURCE, arena),
                         text);
    }
    seen = body_of(end_item(&end));
    text = arena_printf(arena, "%s %.*s", text, STR_ARG(json_text(&seen, &json)));
    end_done(&end);
    redaction_processor.destroy(component);
    buf_done(&json);
    problems_done(&problems);
    return text;
}

#define ALL "allow_all_keys: true, "

static const struct {
    const char *settings, *attributes, *body, *seen;
} cases[] = {
    {"{allowed_keys: [a]}", "{a: 1, b: x}", "text", "{\"a\":1} \"text\""},
    {"{allowed_keys: [a], ignored_keys: [b], ignored_key_patterns: ['^x']}",
     "{a: 1, b: 2, x1: 3, y: 4}", "5", "{\"a\":1,\"b\":2,\"x1\":3} 5"},
    {"{}", "{a: 1}", "text", "{} \"text\""},
    {"{" ALL "}", "{a: 1}", "text", "{\"a\":1} \"text\""},
    /* values: all that a pattern matches, one pattern after the other */
    {"{" ALL "blocked_values: ['4[0-9]{3}', '\\*a']}", "{a: 'x 4111 and 4222a', b: 41112}",
     "pin 4111", "{\"a\":\"x **** and *******\",\"b\":41112} \"pin ****\""},
    {"{" ALL "blocked_values: ['4[0-9]{3}'], redact_all_types: true}", "{b: 41112, c: [4111]}",
     "4111", "{\"b\":\"****2\",\"c\":\"[****]\"} \"****\""},
    {"{" ALL "blocked_values: ['^a']}", "{a: aaa}", "ba", "{\"a\":\"****aa\"} \"ba\""},
    {"{" ALL "blocked_values: ['b*']}", "{a: xbby}", "''", "{\"a\":\"****x****y****\"} \"****\""},
    {"{" ALL "blocked_values: ['.*']}", "{a: abc}", "x", "{\"a\":\"****\"} \"****\""},
    {"{" ALL "blocked_values: ['b*'], masking_string: '#'}", "{a: \"\xc3\xa9\"}", "null",
     "{\"a\":\"#\xc3\xa9#\"} null"},
    {"{" ALL "blocked_values: ['4[0-9]{3}'], allowed_values: ['^ok']}", "{a: ok 4111}", "ok 4111",
     "{\"a\":\"ok 4111\"} \"ok 4111\""},
    {"{" ALL "blocked_values: ['^$', x]}", "{a: ''}", "''", "{\"a\":\"****\"} \"****\""},
    /* keys */
    {"{" ALL "blocked_key_patterns: ['.*token.*'], allowed_values: [^no]}",
     "{my_token: secret, other: 1, token: 5, token2: none}", "token",
     "{\"my_token\":\"****\",\"other\":1,\"token\":\"****\",\"token2\":\"none\"} \"token\""},
    /* bodies that are maps and lists */
    {"{allowed_keys: [a, b, c], blocked_values: [pin], blocked_key_patterns: [^c]}", "{}",
     "{a: pin, b: [x, pin, {a: 'a pin', d: 1}], c: 5, d: x}",
     "{} {\"a\":\"****\",\"b\":[\"x\",\"****\",{\"a\":\"a ****\"}],\"c\":\"****\"}"},
    {"{" ALL "blocked_values: [pin]}", "{}", "{a: [x, {b: null}]}",
     "{} {\"a\":[\"x\",{\"b\":null}]}"},
    {"{" ALL "blocked_values: ['4[0-9]{3}']}", "{}", "[4111, 0.5, {a: 41112, b: true}]",
     "{} [\"****\",0.5,{\"a\":\"****2\",\"b\":true}]"},
    {"{" ALL "blocked_key_patterns: [token], allowed_values: [^no]}", "{}", "{token: no, a: no}",
     "{} {\"a\":\"no\",\"token\":\"****\"}"},
    {"{" ALL "blocked_key_patterns: [token], redact_all_types: true, blocked_values: [x]}", "{}",
     "{token: [x], a: {token: {b: 1}, c: x}}",
     "{} {\"a\":{\"c\":\"****\",\"token\":\"****\"},\"token\":\"****\"}"},
    /* hashes */
    {"{" ALL "blocked_values: [abc], hash_function: md5}", "{a: x abc}", "1",
     "{\"a\":\"x 900150983cd24fb0d6963f7d28e17f72\"} 1"},
    {"{" ALL "blocked_key_patterns: [a], hash_function: SHA1}", "{a: abc}", "1",
     "{\"a\":\"a9993e364706816aba3e25717850c26c9cd0d89d\"} 1"},
    /* what was done */
    {"{allowed_keys: [a, b, c], ignored_keys: [i], blocked_values: [x], allowed_values: [ok], "
     "summary: debug}",
     "{c: x, b: 1, a: x, i: 5, z: 1, y: 2}", "1",
     "{\"a\":\"****\",\"b\":1,\"c\":\"****\",\"i\":5,\"redaction.ignored.count\":1,"
     "\"redaction.masked.count\":2,\"redaction.masked.keys\":\"a,c\","
     "\"redaction.redacted.count\":2,\"redaction.redacted.keys\":\"y,z\"} 1"},
    {"{allowed_keys: [a], allowed_values: [ok], blocked_values: [x], summary: info}",
     "{a: ok, z: 1}", "1",
     "{\"a\":\"ok\",\"redaction.allowed.count\":1,\"redaction.redacted.count\":1} 1"},
    {"{allowed_keys: [a], blocked_values: [x], summary: debug}",
     "{a: x, z: 1, redaction.masked.keys: 'm,b', redaction.masked.count: 2, "
     "redaction.ignored.count: 3, redaction.redacted.keys: 5, redaction.other: 1}",
     "1",
     "{\"a\":\"****\",\"redaction.ignored.count\":3,\"redaction.masked.count\":3,"
     "\"redaction.masked.keys\":\"a,b,m\",\"redaction.redacted.count\":2,"
     "\"redaction.redacted.keys\":\"redaction.other,z\"} 1"},
    {"{allowed_keys: [a, b], ignored_keys: [i], blocked_values: [x], allowed_values: [ok], "
     "summary: debug}",
     "{}", "{a: [x, {b: x, z: 1, i: x}], b: ok, y: 1}",
     "{\"redaction.body.allowed.count\":1,\"redaction.body.allowed.keys\":\"b\","
     "\"redaction.body.ignored.count\":1,\"redaction.body.masked.count\":2,"
     "\"redaction.body.masked.keys\":\"a.[0],a.[1].b\",\"redaction.body.redacted.count\":2,"
     "\"redaction.body.redacted.keys\":\"a.[1].z,y\"} "
     "{\"a\":[\"****\",{\"b\":\"****\",\"i\":\"x\"}],\"b\":\"ok\"}"},
    {"{" ALL "blocked_values: [x], summary: debug}", "{}", "x",
     "{\"redaction.body.masked.count\":1,\"redaction.body.masked.keys\":\"body\"} \"****\""},
    {"{" ALL "blocked_values: [x], summary: info}", "{}", "[x, x]",
     "{\"redaction.body.masked.count\":2} [\"****\",\"****\"]"},
};

START_TEST(what_must_not_be_seen_is_not)
{
    arena = arena_new(1 << 12);
    ck_assert_str_eq(run(cases[_i].settings, cases[_i].attributes, cases[_i].body), cases[_i].seen);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(what_runs_away_is_hidden)
{
    struct buf attributes = {0};
    const char *seen;

    arena = arena_new(1 << 12);
    buf_append_str(&attributes, STR("{a: '"));
    for (unsigned i = 0; i < 100; i++)
        buf_append_str(&attributes, STR("aaaaaaaaaaaaaaaaaaaa"));
    buf_append_str(&attributes, STR("!'}"));
    seen = run("{" ALL "blocked_values: ['^(a+)+$']}", buf_text(&attributes), "1");
    ck_assert_str_eq(seen, "{\"a\":\"****\"} 1");
    buf_done(&attributes);
    arena_free(arena);
}
END_TEST

/* Each member has its whole path: a body must not be told by more than it is long. */
START_TEST(long_paths_are_counted_only)
{
    struct buf body = {0};
    const char *seen;

    arena = arena_new(1 << 12);
    buf_append_str(&body, STR("{"));
    for (unsigned i = 0; i < 900; i++)
        buf_append_char(&body, 'k');
    buf_append_str(&body, STR(": [x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x]}"));
    seen = run("{" ALL "blocked_values: [x], summary: debug}", "{}", buf_text(&body));
    ck_assert_ptr_nonnull(strstr(seen, "\"redaction.body.masked.count\":20"));
    ck_assert_ptr_nonnull(strstr(seen, "k.[17]"));
    ck_assert_ptr_null(strstr(seen, "k.[18]"));
    buf_done(&body);
    arena_free(arena);
}
END_TEST

static const struct {
    const char *settings, *told;
} wrong[] = {
    {"{}", "removes all attributes"},
    {"{" ALL "blocked_values: ['(']}", "blocked_values[0]"},
    {"{" ALL "blocked_key_patterns: [a, '(']}", "blocked_key_patterns[1]"},
    {"{" ALL "hash_function: sha256}", "must be none, md5"},
    {"{" ALL "hash_function: hmac-sha256}", "needs hmac_key"},
    {"{" ALL "hash_function: hmac-sha256, hmac_key: short}", "can be guessed"},
    {"{" ALL "hash_function: md5, masking_string: x}", "take one of the two out"},
    {"{" ALL "url_sanitizer: {enabled: true}}", "is not done here"},
    {"{" ALL "db_sanitizer: {sql: {enabled: true}}}", "is not done here"},
    {"{" ALL "summary: all}", "must be silent, info or debug"},
};

START_TEST(what_is_wrong_is_told)
{
    arena = arena_new(1 << 12);
    processor_complains(&redaction_processor, wrong[_i].settings, wrong[_i].told, arena);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("redaction_processor");

    tcase_add_loop_test(tests, what_must_not_be_seen_is_not, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tests, what_runs_away_is_hidden);
    tcase_add_test(tests, long_paths_are_counted_only);
    tcase_add_loop_test(tests, what_is_wrong_is_told, 0, sizeof(wrong) / sizeof(wrong[0]));
    return run_tests("redaction_processor", tests);
}

/*
 * Actions as in the YAML, on attributes as in the YAML; what comes out is compared as JSON.
 */
#include "processors/attribute_actions.h"

#include "base/metadata.h"
#include "config/source.h"
#include "otlp/json_text.h"
#include "processors/value.h"
#include "unit/config_check.h"

static struct arena *arena;

struct settings {
    struct block_list actions;
};

static const struct field fields[] = {
    FIELD_BLOCKS(struct settings, actions, "actions", action_fields, struct action_settings, ""),
    FIELD_END,
};

static struct node *parse(const char *yaml, struct problems *problems)
{
    return yaml_parse("test", yaml, strlen(yaml), arena, problems);
}

static struct settings decode(const char *actions, struct problems *problems)
{
    struct node *node = parse(arena_printf(arena, "{actions: %s}", actions), problems);
    struct settings settings;

    fields_decode(fields, &settings, node, arena, problems);
    actions_check(&settings.actions, "actions", node, problems);
    return settings;
}

/* The map is a KeyValueList, which has its attributes where a Resource has them. */
static const char *apply(const char *yaml, const char *attributes, const struct bytes *metadata)
{
    struct attributes list = {0};
    struct problems problems;
    struct settings settings;
    struct actions *actions;
    struct buf out = {0}, json = {0};
    struct value_view map;
    enum rewrite verdict;
    const char *text;

    problems_init(&problems, arena);
    settings = decode(yaml, &problems);
    value_read(value_of_node(parse(attributes, &problems), arena), &map);
    ck_assert_msg(problems.count == 0, "%s", problems_text(&problems, arena));
    actions = actions_new(&settings.actions, NULL);
    ck_assert_ptr_nonnull(actions);
    verdict = actions_rewrite(actions, &list, metadata, map.bytes, ATTRIBUTES_OF_RESOURCE, &out);
    map.bytes = verdict == REWRITE_CHANGE ? buf_str(&out) : map.bytes;
    json_text(&map, &json);
    text = arena_text(arena, buf_text(&json));
    actions_free(actions);
    attributes_done(&list);
    buf_done(&out);
    buf_done(&json);
    problems_done(&problems);
    return text;
}

static void begin(void)
{
    arena = arena_new(1 << 12);
}

static void end(void)
{
    arena_free(arena);
}

static const struct {
    const char *actions, *before, *after;
} cases[] = {
    /* insert where it is not there, update where it is, upsert in any case */
    {"[{key: a, value: 1, action: insert}]", "{}", "{\"a\":1}"},
    {"[{key: a, value: 1, action: insert}]", "{a: x}", "{\"a\":\"x\"}"},
    {"[{key: a, value: 1, action: update}]", "{}", "{}"},
    {"[{key: a, value: 1, action: update}]", "{a: x, b: y}", "{\"a\":1,\"b\":\"y\"}"},
    {"[{key: a, value: 1, action: upsert}]", "{}", "{\"a\":1}"},
    {"[{key: a, value: 1, action: UPSERT}]", "{a: x}", "{\"a\":1}"},
    /* every kind of value */
    {"[{key: a, value: '1', action: upsert}]", "{}", "{\"a\":\"1\"}"},
    {"[{key: a, value: true, action: upsert}]", "{}", "{\"a\":true}"},
    {"[{key: a, value: -2.5, action: upsert}]", "{}", "{\"a\":-2.5}"},
    {"[{key: a, value: [1, x, {k: null}], action: upsert}]", "{}",
     "{\"a\":[1,\"x\",{\"k\":null}]}"},
    {"[{key: a, value: '', action: upsert}]", "{}", "{\"a\":\"\"}"},
    /* other sources */
    {"[{key: a, from_attribute: b, action: upsert}]", "{b: [1]}", "{\"a\":[1],\"b\":[1]}"},
    {"[{key: a, from_attribute: b, action: upsert}]", "{a: 1}", "{\"a\":1}"},
    {"[{key: a, from_attribute: b, default_value: 7, action: upsert}]", "{}", "{\"a\":7}"},
    {"[{key: a, default_value: 7, action: insert}]", "{}", "{\"a\":7}"},
    {"[{key: a, from_context: metadata.X-Tenant, action: insert}]", "{}", "{\"a\":\"blue;red\"}"},
    {"[{key: a, from_context: x-tenant, action: insert}]", "{}", "{\"a\":\"blue;red\"}"},
    {"[{key: a, from_context: metadata.other, action: insert}]", "{}", "{}"},
    {"[{key: a, from_context: metadata.other, default_value: d, action: insert}]", "{}",
     "{\"a\":\"d\"}"},
    /* delete */
    {"[{key: a, action: delete}]", "{a: 1, b: 2}", "{\"b\":2}"},
    {"[{pattern: '^db[.]', action: delete}]", "{db.a: 1, xdb.b: 2, db.c: 3}", "{\"xdb.b\":2}"},
    {"[{key: a, pattern: b, action: delete}]", "{a: 1, b: 2, c: 3}", "{\"c\":3}"},
    /* hash: echo -n text | sha256sum; one byte of a boolean, eight of a number */
    {"[{key: a, action: hash}]", "{a: abc}",
     "{\"a\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}"},
    {"[{pattern: a, action: hash}]", "{xay: true}",
     "{\"xay\":\"4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a\"}"},
    {"[{key: a, action: hash}]", "{a: 1}",
     "{\"a\":\"7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8\"}"},
    {"[{key: a, action: hash}]", "{a: [1]}", "{\"a\":\"\"}"},
    /* extract: named groups, over what is there */
    {"[{key: url, pattern: '^(?P<scheme>.*)://(?P<host>[^/]*)', action: extract}]",
     "{url: 'http://shop/x', host: old}",
     "{\"host\":\"shop\",\"scheme\":\"http\",\"url\":\"http://shop/x\"}"},
    {"[{key: url, pattern: '^(?P<scheme>.*)://(?P<user>.*@)?', action: extract}]",
     "{url: 'http://shop'}", "{\"scheme\":\"http\",\"url\":\"http://shop\",\"user\":\"\"}"},
    {"[{key: url, pattern: '^(?P<scheme>.*)://', action: extract}]", "{url: 5}", "{\"url\":5}"},
    {"[{key: url, pattern: '^(?P<scheme>.*)://', action: extract}]", "{url: x}", "{\"url\":\"x\"}"},
    /* convert; what cannot be converted stays */
    {"[{key: a, converted_type: int, action: convert}]", "{a: '-12'}", "{\"a\":-12}"},
    {"[{key: a, converted_type: int, action: convert}]", "{a: 1.9}", "{\"a\":1}"},
    {"[{key: a, converted_type: int, action: convert}]", "{a: true}", "{\"a\":1}"},
    {"[{key: a, converted_type: int, action: convert}]", "{a: '12x'}", "{\"a\":\"12x\"}"},
    {"[{key: a, converted_type: int, action: convert}]", "{a: ' 12'}", "{\"a\":\" 12\"}"},
    {"[{key: a, converted_type: int, action: convert}]", "{a: '99999999999999999999'}",
     "{\"a\":\"99999999999999999999\"}"},
    {"[{key: a, converted_type: int, action: convert}]", "{a: 1e300}",
     "{\"a\":9223372036854775807}"},
    {"[{key: a, converted_type: double, action: convert}]", "{a: '2.5e1'}", "{\"a\":25}"},
    {"[{key: a, converted_type: double, action: convert}]", "{a: 'no'}", "{\"a\":\"no\"}"},
    {"[{key: a, converted_type: double, action: convert}]", "{a: 3}", "{\"a\":3}"},
    {"[{key: a, converted_type: string, action: convert}]", "{a: 3}", "{\"a\":\"3\"}"},
    {"[{key: a, converted_type: string, action: convert}]", "{a: 0.5}", "{\"a\":\"0.5\"}"},
    {"[{key: a, converted_type: string, action: convert}]", "{a: [1, x]}",
     "{\"a\":\"[1,\\\"x\\\"]\"}"},
    {"[{key: a, converted_type: string, action: convert}]", "{b: 1}", "{\"b\":1}"},
    /* one after the other */
    {"[{key: a, from_attribute: b, action: upsert}, {key: b, action: delete}, "
     "{key: a, action: hash}, {key: c, from_attribute: a, action: insert}]",
     "{b: abc}",
     "{\"a\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\","
     "\"c\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}"},
};

START_TEST(actions_do_what_they_say)
{
    struct bytes *metadata = NULL;

    ck_assert(metadata_add(&metadata, STR("x-tenant"), STR("blue")));
    ck_assert(metadata_add(&metadata, STR("other-name"), STR("no")));
    ck_assert(metadata_add(&metadata, STR("x-tenant"), STR("red")));
    begin();
    ck_assert_str_eq(apply(cases[_i].actions, cases[_i].before, metadata), cases[_i].after);
    end();
    bytes_unref(metadata);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("attribute_actions");

    tcase_add_loop_test(tests, actions_do_what_they_say, 0, sizeof(cases) / sizeof(cases[0]));
    return run_tests("attribute_actions", tests);
}

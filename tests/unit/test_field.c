#include "config/field.h"

#include "config/source.h"
#include "unit/config_check.h"

struct inner {
    bool enabled;
    uint64_t depth;
    const char *name;
};

struct settings {
    bool on;
    uint64_t size;
    double share;
    uint64_t timeout_ms;
    const char *endpoint;
    const char *token;
    unsigned verbosity;
    struct string_list keys;
    struct header_list headers;
    struct inner block, keepalive;
    struct block_list rules;
    struct text_map labels;
    const struct node *value;
};

struct rule {
    const char *key;
    uint64_t weight;
    const struct node *value;
    struct block_list rules;
};

static const struct field rule_fields[] = {
    FIELD_STRING(struct rule, key, "key", NULL, "of what"),
    FIELD_UINT(struct rule, weight, "weight", "1", 0, 9, "how much"),
    FIELD_NODE(struct rule, value, "value", "what"),
    {.name = "rules",
     .type = FIELD_TYPE_BLOCKS,
     .offset = offsetof(struct rule, rules),
     .fields = rule_fields,
     .size = sizeof(struct rule),
     .help = "more of them"},
    FIELD_END,
};

static const char *const verbosities[] = {"basic", "normal", "detailed", NULL};

static const struct field inner_fields[] = {
    FIELD_UINT(struct inner, depth, "depth", "3", 0, 10, "how deep"),
    FIELD_STRING(struct inner, name, "name", NULL, "what it is called"),
    FIELD_END,
};

static const struct field fields[] = {
    FIELD_BOOL(struct settings, on, "on", "true", "whether"),
    FIELD_UINT(struct settings, size, "size", "8192", 1, UINT32_MAX, "how large"),
    FIELD_NUMBER(struct settings, share, "share", "0.5", 0, 1, "how much"),
    FIELD_DURATION(struct settings, timeout_ms, "timeout", "200ms", "how long"),
    FIELD_DURATION(struct settings, timeout_ms, "old_timeout", NULL, "the same"),
    FIELD_STRING(struct settings, endpoint, "endpoint", "localhost:80", "where to"),
    FIELD_SECRET(struct settings, token, "token", "who"),
    FIELD_CHOICE(struct settings, verbosity, "verbosity", "normal", verbosities, "how much text"),
    FIELD_STRINGS(struct settings, keys, "keys", "which"),
    FIELD_HEADERS(struct settings, headers, "headers", "with each request"),
    FIELD_BLOCK(struct settings, block, "block", inner_fields, "more"),
    FIELD_SWITCH(struct settings, keepalive, "keepalive", inner_fields, "on where it stands"),
    FIELD_BLOCKS(struct settings, rules, "rules", rule_fields, struct rule, "one after the other"),
    FIELD_TEXTS(struct settings, labels, "labels", "names and texts"),
    FIELD_NODE(struct settings, value, "value", "anything"),
    {.name = "uri",
     .type = FIELD_TYPE_STRING,
     .offset = offsetof(struct settings, endpoint),
     .help = "the same",
     .note = "write it as endpoint"},
    FIELD_IGNORED("old", "old has no effect any more"),
    FIELD_END,
};

struct decoded {
    struct arena *arena;
    struct settings settings;
    const char *told;
};

/* Decodes "s: TEXT". */
static struct decoded decode(const char *text)
{
    struct decoded d = {.arena = arena_new(1024)};
    struct source source = {SOURCE_CONFIG, arena_printf(d.arena, "yaml:s: %s", text)};
    struct problems problems;
    struct node *root;

    memset(&d.settings, 0xee, sizeof(d.settings));
    problems_init(&problems, d.arena);
    root = config_read(&source, 1, d.arena, &problems, NULL);
    fields_decode(fields, &d.settings, node_get(root, "s"), d.arena, &problems);
    d.told = problems_text(&problems, d.arena);
    problems_done(&problems);
    return d;
}

static void check_defaults(const struct settings *s)
{
    ck_assert(s->on);
    ck_assert_uint_eq(s->size, 8192);
    ck_assert_double_eq(s->share, 0.5);
    ck_assert_uint_eq(s->timeout_ms, 200);
    ck_assert_str_eq(s->endpoint, "localhost:80");
    ck_assert_ptr_null(s->token);
    ck_assert_uint_eq(s->verbosity, 1);
    ck_assert_uint_eq(s->keys.count, 0);
    ck_assert_uint_eq(s->headers.count, 0);
    ck_assert_uint_eq(s->block.depth, 3);
    ck_assert(!s->keepalive.enabled);
    ck_assert_uint_eq(s->keepalive.depth, 3);
    ck_assert_uint_eq(s->rules.count, 0);
    ck_assert_uint_eq(s->labels.count, 0);
    ck_assert_ptr_null(s->value);
}

START_TEST(nothing_means_all_defaults)
{
    static const char *const texts[] = {"", "{}", "{block: , keys: , headers: }",
                                        "{keepalive: {enabled: false}}"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct decoded d = decode(texts[i]);

        check_defaults(&d.settings);
        ck_assert_str_eq(d.told, "");
        arena_free(d.arena);
    }
}
END_TEST

START_TEST(values_are_decoded)
{
    struct decoded d =
        decode("{on: False, size: 8_192.0, share: 1, timeout: 1m30s, "
               "endpoint: http://x:1/y, token: '5', verbosity: DeTailed, "
               "keys: [a, 'b,c'], headers: {X-A: b, c: ''}, block: {depth: 0x0a, name: n}, "
               "keepalive: }");
    const struct settings *s = &d.settings;

    ck_assert_str_eq(d.told, "");
    ck_assert(!s->on);
    ck_assert_uint_eq(s->size, 8192);
    ck_assert_double_eq(s->share, 1);
    ck_assert_uint_eq(s->timeout_ms, 90000);
    ck_assert_str_eq(s->endpoint, "http://x:1/y");
    ck_assert_str_eq(s->token, "5");
    ck_assert_uint_eq(s->verbosity, 2);
    ck_assert_uint_eq(s->keys.count, 2);
    ck_assert_str_eq(s->keys.at[1], "b,c");
    ck_assert_uint_eq(s->headers.count, 2);
    ck_assert_str_eq(s->headers.at[0].name, "X-A");
    ck_assert_str_eq(s->headers.at[0].value, "b");
    ck_assert_str_eq(s->headers.at[1].value, "");
    ck_assert_uint_eq(s->block.depth, 10);
    ck_assert_str_eq(s->block.name, "n");
    ck_assert(s->keepalive.enabled);
    arena_free(d.arena);
}
END_TEST

START_TEST(lists_and_headers_have_a_second_form)
{
    struct decoded d =
        decode("{keys: 'a, b,c', headers: [{name: x, value: y}, {value: w, name: z}]}");
    const struct settings *s = &d.settings;

    ck_assert_str_eq(d.told, "");
    ck_assert_uint_eq(s->keys.count, 3);
    ck_assert_str_eq(s->keys.at[1], "b");
    ck_assert_uint_eq(s->headers.count, 2);
    ck_assert_str_eq(s->headers.at[1].name, "z");
    ck_assert_str_eq(s->headers.at[1].value, "w");
    arena_free(d.arena);
}
END_TEST

START_TEST(a_list_of_blocks_has_one_struct_for_each_element)
{
    struct decoded d = decode("{rules: [{key: a, value: [1, x]}, {weight: 10}, 7, {key: b, weight: "
                              "2, rules: [{key: c}]}], labels: {x: y, n: 3}, value: true}");
    const struct rule *rules = d.settings.rules.at, *inner = rules[3].rules.at;

    ck_assert_str_eq(d.told, "yaml::1:47: s.rules[1].weight: must be between 0 and 9, not 10\n"
                             "yaml::1:52: s.rules[2]: wants a map of settings, not a number\n"
                             "yaml::1:114: s.labels.n: 3 is a number: write \"3\"\n");
    ck_assert_uint_eq(d.settings.rules.count, 4);
    ck_assert_str_eq(rules[0].key, "a");
    ck_assert_uint_eq(rules[0].weight, 1);
    ck_assert_uint_eq(rules[0].value->count, 2);
    ck_assert_uint_eq(rules[1].weight, 1);
    ck_assert_ptr_null(rules[2].key);
    ck_assert_uint_eq(rules[3].weight, 2);
    ck_assert_str_eq(inner[0].key, "c");
    ck_assert_str_eq(d.settings.rules.nodes[3]->children[0]->key, "key");
    ck_assert_uint_eq(d.settings.labels.count, 1);
    ck_assert_str_eq(d.settings.labels.at[0].value, "y");
    ck_assert_str_eq(d.settings.value->text, "true");
    arena_free(d.arena);
}
END_TEST

START_TEST(a_reference_takes_the_type_that_is_wanted)
{
    struct decoded d;

    setenv("NUMBER", "0123", 1);
    setenv("TRUE", "true", 1);
    setenv("EMPTY", "", 1);
    setenv("LIST", "[a, b]", 1);
    d = decode("{endpoint: '${NUMBER}', token: '${EMPTY}', on: '${TRUE}', timeout: '${NUMBER}ms', "
               "size: '${UNSET:-7}', keys: '${LIST}', headers: {a: '${NUMBER}'}, block: {name: "
               "'${LIST}'}}");
    ck_assert_str_eq(d.told, "");
    ck_assert_str_eq(d.settings.endpoint, "0123");
    ck_assert_str_eq(d.settings.token, "");
    ck_assert(d.settings.on);
    ck_assert_uint_eq(d.settings.timeout_ms, 123);
    ck_assert_uint_eq(d.settings.size, 7);
    ck_assert_uint_eq(d.settings.keys.count, 2);
    ck_assert_str_eq(d.settings.headers.at[0].value, "0123");
    ck_assert_str_eq(d.settings.block.name, "[a, b]");
    arena_free(d.arena);
}
END_TEST

START_TEST(an_old_key_counts_where_the_new_one_is_missing)
{
    static const char *const texts[] = {"{uri: a}", "{uri: b, endpoint: a}",
                                        "{endpoint: a, uri: b}"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct decoded d = decode(texts[i]);

        ck_assert_str_eq(d.settings.endpoint, "a");
        ck_assert_ptr_nonnull(strstr(d.told, "note: s.uri: write it as endpoint\n"));
        arena_free(d.arena);
    }
}
END_TEST

START_TEST(what_is_wrong_is_told_with_the_fix_and_keeps_its_default)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"5", "s: wants a map of settings, not a number"},
        {"[]", "s: wants a map of settings, not a list"},
        {"['a', b]", "s: wants a map of settings, not a list: write {a: {}, b: {}}"},
        {"[{a: 1}]",
         "s: wants a map of settings, not a list: its items are keys, without \"- \" in front"},
        {"on:true", "s: wants a map of settings, not a string: write \"on: true\", with a blank"},
        {"{block: [1]}", "s.block: wants a map, not a list: write {1: {}}"},
        {"{endpont: x}", "s.endpont: unknown key; did you mean endpoint?"},
        {"{depth: 3}", "s.depth: unknown key; did you mean block.depth?"},
        {"{verb: x}", "s.verb: unknown key; did you mean verbosity?"},
        {"{time: x}", "s.time: unknown key"}, /* two have it in them */
        {"{zzz: x}", "s.zzz: unknown key"},
        {"{block: {dept: 1}}", "s.block.dept: unknown key; did you mean depth?"},
        {"{block: {enabled: true}}", "s.block.enabled: unknown key"},
        {"{on: 'true'}", "s.on: \"true\" in quotes is a string: write true without quotes"},
        {"{on: yes}", "s.on: yes is a string: write true"},
        {"{on: OFF}", "s.on: OFF is a string: write false"},
        {"{on: 1}", "s.on: wants true or false, not \"1\""},
        {"{on: []}", "s.on: wants true or false, not a list"},
        {"{size: '100'}", "s.size: \"100\" in quotes is a string: write 100 without quotes"},
        {"{size: abc}", "s.size: wants a whole number, not \"abc\""},
        {"{size: 1.5}", "s.size: wants a whole number, not 1.5"},
        {"{size: 0}", "s.size: must be between 1 and 4294967295, not 0"},
        {"{size: -1}", "s.size: must be between 1 and 4294967295, not -1"},
        {"{size: 4294967296}", "s.size: must be between 1 and 4294967295, not 4294967296"},
        {"{size: 99999999999999999999}", "s.size: 99999999999999999999 is too large"},
        {"{size: .nan}", "s.size: wants a whole number, not .nan"},
        {"{share: 1.01}", "s.share: must be between 0 and 1, not 1.01"},
        {"{share: .nan}", "s.share: must be between 0 and 1, not .nan"},
        {"{timeout: 5}", "s.timeout: 5 has no unit: write 5s for seconds, 5ms for milliseconds"},
        {"{timeout: '5'}", "s.timeout: 5 has no unit: write 5s for seconds, 5ms for milliseconds"},
        {"{timeout: 5sec}",
         "s.timeout: \"5sec\" has an unknown unit: there are ns, us, ms, s, m and h"},
        {"{timeout: -5s}", "s.timeout: \"-5s\" is negative"},
        {"{timeout: []}", "s.timeout: wants a duration like 200ms, 5s or 1m30s, not a list"},
        {"{endpoint: 4317}", "s.endpoint: 4317 is a number: write \"localhost:4317\""},
        {"{endpoint: true}", "s.endpoint: true is a boolean: write \"true\""},
        {"{endpoint: {}}", "s.endpoint: wants a string, not a map"},
        {"{endpoint: }", "warning: s.endpoint: no value: the default counts (localhost:80)"},
        {"{size: ~}", "warning: s.size: no value: the default counts (8192)"},
        {"{token: 12345}", "s.token: is a number: put it in quotes"},
        {"{verbosity: detaild}",
         "s.verbosity: must be basic, normal or detailed, not \"detaild\"; did you mean detailed?"},
        {"{keys: 5}", "s.keys: 5 is a number: write \"5\""},
        {"{keys: {a: 1}}", "s.keys: wants a list of strings, not a map"},
        {"{keys: [~]}", "s.keys[0]: wants a string, not null: write \"\" for an empty one"},
        {"{headers: x}", "s.headers: wants a map of names and values, not a string"},
        {"{headers: {x: 5}}", "s.headers.x: is a number: put it in quotes"},
        {"{headers: {'a b': c}}", "s.headers.a b: \"a b\" cannot be the name of a header"},
        {"{headers: {a: \"x\\r\\ny\"}}",
         "s.headers.a: a header's value cannot hold control characters"},
        {"{headers: [{name: x}]}", "s.headers[0]: wants a map with name and value"},
        {"{keys: [[a]]}", "s.keys[0]: wants a string, not a list"},
        {"{headers: {a: [b]}}", "s.headers.a: wants a string, not a list"},
        {"{headers: [{name: a, value: {b: c}}]}", "s.headers[0].value: wants a string, not a map"},
        {"{block: 5}", "s.block: wants a map, not \"5\""},
        {"{keepalive: {enabled: 5}}", "s.keepalive.enabled: wants true or false, not \"5\""},
        {"{old: [1, 2]}", "note: s.old: old has no effect any more"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decoded d = decode(cases[i].text);
        const char *told = strchr(d.told, ' '), *end = strchr(d.told, '\n');

        ck_assert_msg(told && end && end[1] == '\0', "%s\n-> %s", cases[i].text, d.told);
        told++;
        ck_assert_msg(strncmp(told, cases[i].told, strlen(cases[i].told)) == 0 &&
                          told[strlen(cases[i].told)] == '\n',
                      "%s\n-> %snot %s", cases[i].text, told, cases[i].told);
        d.settings.keepalive.enabled = false;
        d.settings.keys.count = d.settings.headers.count = 0;
        check_defaults(&d.settings);
        arena_free(d.arena);
    }
}
END_TEST

START_TEST(all_problems_are_told_in_one_run)
{
    struct decoded d = decode("\n  size: '1'\n  on: yes\n  foo: 1\n  block: {depth: 11}\n");

    ck_assert_str_eq(d.told,
                     "yaml::2:9: s.size: \"1\" in quotes is a string: write 1 without quotes\n"
                     "yaml::3:7: s.on: yes is a string: write true\n"
                     "yaml::4:3: s.foo: unknown key\n"
                     "yaml::5:18: s.block.depth: must be between 0 and 10, not 11\n");
    arena_free(d.arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("field");

    tcase_add_test(cases, nothing_means_all_defaults);
    tcase_add_test(cases, values_are_decoded);
    tcase_add_test(cases, lists_and_headers_have_a_second_form);
    tcase_add_test(cases, a_list_of_blocks_has_one_struct_for_each_element);
    tcase_add_test(cases, a_reference_takes_the_type_that_is_wanted);
    tcase_add_test(cases, an_old_key_counts_where_the_new_one_is_missing);
    tcase_add_test(cases, what_is_wrong_is_told_with_the_fix_and_keeps_its_default);
    tcase_add_test(cases, all_problems_are_told_in_one_run);
    return run_tests("field", cases);
}

#include "service/effective.h"

#include "config/grow.h"
#include "config/source.h"
#include "service/components.h"
#include "service/emit.h"
#include "unit/config_check.h"

struct inner {
    bool enabled;
    uint64_t depth;
    const char *file;
};

struct settings {
    bool on;
    uint64_t size;
    double share;
    uint64_t timeout_ms;
    const char *endpoint, *name;
    const char *token;
    unsigned verbosity;
    struct string_list keys, tokens;
    struct header_list headers;
    struct inner block, batch, tls;
    struct block_list rules;
    struct text_map labels;
    const struct node *value;
};

struct rule {
    const char *key;
    uint64_t weight;
    bool sure;
    struct inner block;
};

static const struct field inner_fields[] = {
    FIELD_UINT(struct inner, depth, "depth", "3", 0, 10, "how deep"),
    FIELD_STRING(struct inner, file, "file", NULL, "where"),
    FIELD_END,
};

static const struct field rule_fields[] = {
    FIELD_STRING(struct rule, key, "key", NULL, "of what"),
    FIELD_UINT(struct rule, weight, "weight", "1", 0, 9, "how much"),
    FIELD_BOOL(struct rule, sure, "sure", NULL, "whether"),
    FIELD_BLOCK(struct rule, block, "block", inner_fields, "a block"),
    FIELD_END,
};

static const char *const verbosities[] = {"basic", "normal", "detailed", NULL};

static const struct field fields[] = {
    {.name = "old_batch",
     .type = FIELD_TYPE_SWITCH,
     .offset = offsetof(struct settings, batch),
     .fields = inner_fields,
     .help = "the old form of batch",
     .note = "write it as batch"},
    FIELD_BOOL(struct settings, on, "active", "true", "whether"),
    FIELD_UINT(struct settings, size, "size", "8192", 1, UINT32_MAX, "how large"),
    FIELD_NUMBER(struct settings, share, "share", "0.5", 0, 1, "how much"),
    FIELD_DURATION(struct settings, timeout_ms, "timeout", "1m30s", "how long"),
    FIELD_STRING(struct settings, endpoint, "endpoint", NULL, "where to"),
    FIELD_STRING(struct settings, name, "name", "none", "what it is called"),
    FIELD_SECRET(struct settings, token, "token", "who we are"),
    FIELD_CHOICE(struct settings, verbosity, "verbosity", "normal", verbosities, "how much"),
    FIELD_STRINGS(struct settings, keys, "keys", "which"),
    FIELD_SECRETS(struct settings, tokens, "tokens", "who may"),
    FIELD_HEADERS(struct settings, headers, "headers", "sent along"),
    FIELD_BLOCK(struct settings, block, "block", inner_fields, "a block"),
    FIELD_SWITCH(struct settings, batch, "batch", inner_fields, "a switch"),
    FIELD_SWITCH(struct settings, tls, "tls", inner_fields, "another switch"),
    FIELD_BLOCKS(struct settings, rules, "rules", rule_fields, struct rule, "rules"),
    FIELD_TEXTS(struct settings, labels, "labels", "names"),
    FIELD_NODE(struct settings, value, "value", "anything"),
    FIELD_IGNORED("middlewares", "has no effect"),
    {.name = "file",
     .type = FIELD_TYPE_STRING,
     .offset = offsetof(struct settings, block.file),
     .help = "the old form of block.file",
     .note = "write it as block.file"},
    FIELD_END,
};

#define DEFAULTS                                                                                   \
    "active: true\nsize: 8192\nshare: 0.5\ntimeout: 1m30s\nname: none\nverbosity: normal\n"

static struct arena *arena;
static struct problems problems;
static struct settings settings;

static void set_up(void)
{
    arena = arena_new(4096);
    problems_init(&problems, arena);
}

static void tear_down(void)
{
    problems_done(&problems);
    arena_free(arena);
}

static const char *print(const char *text, bool revealed)
{
    struct node *node = yaml_parse("t.yaml", text, strlen(text), arena, &problems);
    struct node *map = grow_map(arena, NULL, NULL);
    struct buf out = {0};
    const char *made;

    fields_decode(fields, &settings, node, arena, &problems);
    ck_assert_uint_eq(problems.errors, 0);
    effective_fields(fields, &settings, node, revealed, arena, map);
    emit_yaml(&out, map);
    made = arena_copy(arena, buf_str(&out)).at;
    buf_done(&out);
    return made;
}

START_TEST(defaults_stand_there)
{
    ck_assert_str_eq(print("{}", false), DEFAULTS "block:\n  depth: 3\n");
}
END_TEST

START_TEST(what_is_written_stands_there_in_one_form)
{
    ck_assert_str_eq(
        print("active: false\nsize: 0x10\nshare: 1e-1\ntimeout: 3600s\nverbosity: DETAILED\n"
              "name: \"17\"\nkeys: a,b\nblock: {depth: 4, file: /x}\ntls: {}\n"
              "labels: {a: b}\nvalue: [1, \"2\", {x: ~}]\nmiddlewares: [x]\n",
              false),
        "active: false\nsize: 16\nshare: 0.1\ntimeout: 1h\nname: \"17\"\nverbosity: detailed\n"
        "keys:\n  - a\n  - b\nblock:\n  depth: 4\n  file: /x\ntls:\n  depth: 3\n"
        "labels:\n  a: b\nvalue:\n  - 1\n  - \"2\"\n  - x: null\n");
}
END_TEST

START_TEST(a_duration_is_written_in_its_parts)
{
    static const struct {
        const char *text, *made;
    } cases[] = {
        {"0", "0s"},        {"1ms", "1ms"},         {"1s", "1s"},     {"1500ms", "1s500ms"},
        {"60s", "1m"},      {"90m", "1h30m"},       {"1h1s", "1h1s"}, {"25h", "25h"},
        {"1m1ms", "1m1ms"}, {"61001ms", "1m1s1ms"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *text = print(arena_printf(arena, "timeout: %s", cases[i].text), false);

        ck_assert_ptr_nonnull(strstr(text, arena_printf(arena, "\ntimeout: %s\n", cases[i].made)));
    }
}
END_TEST

START_TEST(old_keys_are_printed_under_those_of_today)
{
    const char *text = print("old_batch: {depth: 5}\nfile: /old\n", false);

    ck_assert_str_eq(text, DEFAULTS "block:\n  depth: 3\n  file: /old\nbatch:\n  depth: 5\n");
}
END_TEST

START_TEST(a_list_of_blocks_has_what_was_written_and_defaults)
{
    ck_assert_str_eq(print("rules: [{key: a}, {key: b, sure: true, block: {}}]\n", false),
                     DEFAULTS "block:\n  depth: 3\n"
                              "rules:\n  - key: a\n    weight: 1\n"
                              "  - key: b\n    weight: 1\n    sure: true\n"
                              "    block:\n      depth: 3\n");
}
END_TEST

START_TEST(secrets_are_masked)
{
    const char *yaml = "token: tops3cret\ntokens: [tops3cret]\nheaders: {X-Key: tops3cret}\n";

    ck_assert_str_eq(print(yaml, false),
                     "active: true\nsize: 8192\nshare: 0.5\ntimeout: 1m30s\nname: none\n"
                     "token: \"[REDACTED]\"\nverbosity: normal\n"
                     "tokens:\n  - \"[REDACTED]\"\nheaders:\n  X-Key: \"[REDACTED]\"\n"
                     "block:\n  depth: 3\n");
    ck_assert_ptr_null(strstr(print(yaml, false), "tops3cret"));
    ck_assert_ptr_nonnull(strstr(print(yaml, true), "X-Key: tops3cret\n"));
    yaml = "value: {otlp: {headers: {X: tops3cret}, host: h, Password: tops3cret}, "
           "list: {headers: [{name: hdr, value: tops3cret}]}}\n";
    ck_assert_ptr_null(strstr(print(yaml, false), "tops3cret"));
    ck_assert_ptr_nonnull(strstr(print(yaml, false), "    host: h\n"));
    ck_assert_ptr_nonnull(strstr(print(yaml, false), "- name: hdr\n"));
    ck_assert_ptr_nonnull(strstr(print(yaml, true), "Password: tops3cret\n"));
    yaml = "token: tops3cret\n";
    ck_assert_ptr_nonnull(strstr(print(yaml, true), "token: tops3cret\n"));
}
END_TEST

START_TEST(users_in_urls_are_masked)
{
    static const struct {
        const char *text, *made;
    } cases[] = {
        {"http://joe:pw@host:1/p", "\"http://[REDACTED]@host:1/p\""},
        {"https://t0ken@host", "\"https://[REDACTED]@host\""},
        {"https://joe:a^b@c@host", "\"https://[REDACTED]@host\""},
        {"https://host/p?key=pw", "\"https://host/p?[REDACTED]\""},
        {"joe:pw@host:4317", "\"[REDACTED]@host:4317\""},
        {"host:4317", "host:4317"},
        {"http://host/a@b", "http://host/a@b"},
        {"joe@example.com", "joe@example.com"},
        {"^(?P<a>x)$", "\"^(?P<a>x)$$\""},
        {"see http://joe:pw@host", "\"see http://[REDACTED]@host\""},
        {"://[^@]+@", "\"://[^@]+@\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *yaml =
            arena_printf(arena, "endpoint: '%s'\nkeys: ['%s']", cases[i].text, cases[i].text);
        const char *line = arena_printf(arena, "\nendpoint: %s\n", cases[i].made);
        const char *text = print(yaml, false);

        ck_assert_msg(strstr(text, line) != NULL, "not %sin %s", line, text);
    }
    ck_assert_ptr_nonnull(strstr(print("keys: ['http://joe:pw@host?x']", false),
                                 "  - \"http://[REDACTED]@host?x\"\n"));
    ck_assert_ptr_nonnull(strstr(print("value: {a: 'http://joe:pw@host'}", false),
                                 "  a: \"http://[REDACTED]@host\"\n"));
    ck_assert_ptr_nonnull(strstr(print("value: {my_endpoint: 'joe:pw@host'}", false),
                                 "  my_endpoint: \"[REDACTED]@host\"\n"));
    ck_assert_ptr_nonnull(
        strstr(print("name: 'http://h?pw'", false), "name: \"http://h?[REDACTED]\"\n"));
    ck_assert_ptr_nonnull(/* no address, so it has to mean the same when it is loaded again */
                          strstr(print("name: 'user:([a-z]+)@corp'", false),
                                 "name: \"user:([a-z]+)@corp\"\n"));
    ck_assert_ptr_nonnull(
        strstr(print("endpoint: http://joe:pw@host", true), "endpoint: http://joe:pw@host\n"));
}
END_TEST

START_TEST(a_dollar_sign_is_doubled)
{
    ck_assert_ptr_nonnull(strstr(print("name: a$b${x}", false), "name: \"a$$b$${x}\"\n"));
    ck_assert_ptr_nonnull(strstr(print("value: [$1]", true), "  - \"$$1\"\n"));
}
END_TEST

/* ---- the whole ---- */

static const char *load(const char *yaml, bool revealed)
{
    struct source source = {.kind = SOURCE_CONFIG, .text = arena_printf(arena, "yaml:%s", yaml)};
    struct configuration *configuration =
        configuration_load(&source, 1, component_types, &problems);
    struct buf out = {0};
    const char *text;

    ck_assert_msg(configuration != NULL, "%s", problems_text(&problems, arena));
    emit_yaml(&out, effective_configuration(configuration, revealed, arena));
    text = arena_copy(arena, buf_str(&out)).at;
    buf_done(&out);
    configuration_unref(configuration);
    return text;
}

START_TEST(what_is_printed_loads_again_and_prints_the_same)
{
    const char *yaml =
        "{receivers: {nop: }, processors: {batch/x: {timeout: 3s}}, "
        "exporters: {nop: , jaeger: {endpoint: 'http://joe:pw@h:14268/api/traces', "
        "headers: {a: tops3cret}}}, "
        "service: {pipelines: {traces: {receivers: [nop], processors: [batch/x], "
        "exporters: [nop, jaeger]}, 'traces/auth': {receivers: [nop], exporters: [nop]}}}}";

    for (int revealed = 0; revealed < 2; revealed++) {
        const char *text = load(yaml, revealed);

        ck_assert_str_eq(load(text, revealed), text);
        ck_assert_int_eq(strstr(text, "tops3cret") != NULL, revealed);
        ck_assert_int_eq(strstr(text, "joe") != NULL, revealed);
        ck_assert_ptr_nonnull(strstr(text, "  batch/x:\n    timeout: 3s\n"));
    }
}
END_TEST

START_TEST(what_this_program_does_not_have_is_there_by_its_name)
{
    const char *text =
        load("{receivers: {nop: , kafka: {auth: {password: tops3cret}}}, exporters: {nop: }, "
             "service: {pipelines: {traces: {receivers: [nop], exporters: [nop]}}}}",
             true);

    ck_assert_ptr_nonnull(strstr(text, "  kafka: null\n"));
    ck_assert_ptr_null(strstr(text, "tops3cret"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("effective");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, defaults_stand_there);
    tcase_add_test(cases, what_is_written_stands_there_in_one_form);
    tcase_add_test(cases, a_duration_is_written_in_its_parts);
    tcase_add_test(cases, old_keys_are_printed_under_those_of_today);
    tcase_add_test(cases, a_list_of_blocks_has_what_was_written_and_defaults);
    tcase_add_test(cases, secrets_are_masked);
    tcase_add_test(cases, users_in_urls_are_masked);
    tcase_add_test(cases, a_dollar_sign_is_doubled);
    tcase_add_test(cases, what_is_printed_loads_again_and_prints_the_same);
    tcase_add_test(cases, what_this_program_does_not_have_is_there_by_its_name);
    return run_tests("effective", cases);
}

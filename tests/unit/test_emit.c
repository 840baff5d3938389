#include "service/emit.h"

#include "config/grow.h"
#include "config/source.h"
#include "unit/config_check.h"

static struct arena *arena;
static struct problems problems;
static struct buf out;

static void set_up(void)
{
    arena = arena_new(4096);
    problems_init(&problems, arena);
}

static void tear_down(void)
{
    buf_done(&out);
    problems_done(&problems);
    arena_free(arena);
}

static struct node *parse(const char *text)
{
    struct node *node = yaml_parse("t.yaml", text, strlen(text), arena, &problems);

    ck_assert_str_eq(problems_text(&problems, arena), "");
    return node;
}

START_TEST(a_tree_is_written_in_blocks)
{
    emit_yaml(&out, parse("a: {b: 1, c: [x, {d: 2, e: ~}, [z, []], {}]}\nf: true\ng: {}\n"));
    ck_assert_str_eq(buf_text(&out), "a:\n"
                                     "  b: 1\n"
                                     "  c:\n"
                                     "    - x\n"
                                     "    - d: 2\n"
                                     "      e: null\n"
                                     "    - - z\n"
                                     "      - []\n"
                                     "    - {}\n"
                                     "f: true\n"
                                     "g: {}\n");
}
END_TEST

START_TEST(a_string_is_quoted_where_it_could_be_something_else)
{
    static const struct {
        const char *text, *yaml;
    } cases[] = {
        {"word", "word"},
        {"/a/path-1.x", "/a/path-1.x"},
        {"http://host:4318/v1", "http://host:4318/v1"},
        {"5s", "5s"},
        {"1h2m", "1h2m"},
        {"", "\"\""},
        {"17", "\"17\""},
        {"0x1f", "\"0x1f\""},
        {"true", "\"true\""},
        {"null", "\"null\""},
        {"~", "\"~\""},
        {"No", "\"No\""},
        {"y", "\"y\""},
        {"12:30", "\"12:30\""},
        {"2024-01-01", "\"2024-01-01\""},
        {"127.0.0.1:1", "\"127.0.0.1:1\""},
        {"a: b", "\"a: b\""},
        {"a:", "\"a:\""},
        {"- a", "\"- a\""},
        {"*a", "\"*a\""},
        {"a #b", "\"a #b\""},
        {"[REDACTED]", "\"[REDACTED]\""},
        {"two\nlines\t\"x\" \\", "\"two\\nlines\\t\\\"x\\\" \\\\\""},
        {"\x01", "\"\\u0001\""},
        {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct node *map = grow_map(arena, NULL, NULL), *again;

        grow_text(arena, map, "k", cases[i].text);
        buf_reset(&out);
        emit_yaml(&out, map);
        ck_assert_str_eq(buf_text(&out), arena_printf(arena, "k: %s\n", cases[i].yaml));
        again = node_get(parse(buf_text(&out)), "k");
        ck_assert_str_eq(again->text, cases[i].text);
        ck_assert_str_eq(node_what(again), "a string");
    }
}
END_TEST

START_TEST(json_is_json)
{
    emit_json(&out, parse("a: [1, 0x10, .5, 189.33, 8_192, .inf, -3]\n"
                          "b: {c: x, d: ~, e: [[1], []]}\n"
                          "f: \"1\"\ng: True\nh: {}\n"));
    ck_assert_str_eq(buf_text(&out), "{\n"
                                     "  \"a\": [1, 16, 0.5, 189.33, 8192, \".inf\", -3],\n"
                                     "  \"b\": {\n"
                                     "    \"c\": \"x\",\n"
                                     "    \"d\": null,\n"
                                     "    \"e\": [\n"
                                     "      [1],\n"
                                     "      []\n"
                                     "    ]\n"
                                     "  },\n"
                                     "  \"f\": \"1\",\n"
                                     "  \"g\": true,\n"
                                     "  \"h\": {}\n"
                                     "}\n");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("emit");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_tree_is_written_in_blocks);
    tcase_add_test(cases, a_string_is_quoted_where_it_could_be_something_else);
    tcase_add_test(cases, json_is_json);
    return run_tests("emit", cases);
}

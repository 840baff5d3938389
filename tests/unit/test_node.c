/*
 * Whether two bodies say the same.
 */
#include "config/node.h"

#include "config/source.h"
#include "unit/config_check.h"

static struct node *read_body(const char *text, struct arena *arena)
{
    struct source source = {SOURCE_CONFIG, arena_printf(arena, "yaml:a: %s", text)};
    struct problems problems;
    struct node *root;

    problems_init(&problems, arena);
    root = config_read(&source, 1, arena, &problems, NULL);
    ck_assert_msg(root && problems.errors == 0, "%s\n%s", text, problems_text(&problems, arena));
    problems_done(&problems);
    return node_get(root, "a");
}

START_TEST(bodies_are_compared)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"", "", true},
        {"", "~", true},
        {"", "{}", false},
        {"1", "1", true},
        {"1", "2", false},
        {"1", "'1'", false}, /* a number, a string */
        {"'1'", "\"1\"", true},
        {"x", "[x]", false},
        {"[x, y]", "[x, y]", true},
        {"[x, y]", "[y, x]", false},
        {"[x, y]", "[x]", false},
        {"{b: 1, c: {d: [2]}}", "{b: 1, c: {d: [2]}}", true},
        {"{b: 1, c: {d: [2]}}", "{b: 1, c: {d: [3]}}", false},
        {"{b: 1}", "{c: 1}", false},
        {"{b: 1}", "{b: 1, c: }", false},
        {"{b: 1, c: 2}", "{c: 2, b: 1}", false}, /* such as header fields, which have an order */
        {"{b: 1} # a comment", "{b:    1}", true},
        {"${env:NODE_TEST}", "${env:NODE_TEST}", true},
        {"${env:NODE_TEST}", "0x10", false},   /* where a string is wanted it stays 0x10 */
        {"x${env:NODE_TEST}", "x0x10", false}, /* nor is it known that this is the same */
    };

    setenv("NODE_TEST", "0x10", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *arena = arena_new(1024);
        const struct node *a = read_body(cases[i].a, arena), *b = read_body(cases[i].b, arena);

        ck_assert_msg(node_equal(a, b) == cases[i].equal, "%s and %s", cases[i].a, cases[i].b);
        ck_assert(node_equal(b, a) == cases[i].equal);
        arena_free(arena);
    }
}
END_TEST

START_TEST(what_a_reference_brings_counts)
{
    struct arena *arena = arena_new(1024);
    const struct node *before, *after;

    setenv("NODE_TEST", "1", 1);
    before = read_body("{b: \"${env:NODE_TEST}\"}", arena);
    setenv("NODE_TEST", "2", 1);
    after = read_body("{b: \"${env:NODE_TEST}\"}", arena);
    ck_assert(!node_equal(before, after));
    arena_free(arena);
}
END_TEST

START_TEST(none_is_as_null)
{
    struct arena *arena = arena_new(1024);

    ck_assert(node_equal(NULL, NULL));
    ck_assert(node_equal(read_body("", arena), NULL));
    ck_assert(node_equal(NULL, read_body("", arena)));
    ck_assert(!node_equal(NULL, read_body("1", arena)));
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("node");

    tcase_add_test(cases, bodies_are_compared);
    tcase_add_test(cases, what_a_reference_brings_counts);
    tcase_add_test(cases, none_is_as_null);
    return run_tests("node", cases);
}

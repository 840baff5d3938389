#include "config/problems.h"

#include "unit/config_check.h"

static void tell(struct problems *problems, enum severity severity, const char *file, unsigned line,
                 unsigned col, const char *text)
{
    problem_in(problems, severity, (struct place){file, line, col}, "a.b", "%s", text);
}

START_TEST(problems_are_sorted_by_place_and_told_once)
{
    struct arena *arena = arena_new(1024);
    struct problems problems;

    problems_init(&problems, arena);
    tell(&problems, PROBLEM_ERROR, "f", 3, 1, "x");
    tell(&problems, PROBLEM_WARNING, "f", 2, 9, "w");
    tell(&problems, PROBLEM_ERROR, "f", 3, 1, "x");
    tell(&problems, PROBLEM_NOTE, "f", 2, 4, "n");
    tell(&problems, PROBLEM_ERROR, "e", 9, 9, "y");
    tell(&problems, PROBLEM_ERROR, "g", 0, 0, "z");
    ck_assert_uint_eq(problems.errors, 4);
    ck_assert_str_eq(problems_text(&problems, arena), "e:9:9: a.b: y\n"
                                                      "f:2:4: note: a.b: n\n"
                                                      "f:2:9: warning: a.b: w\n"
                                                      "f:3:1: a.b: x\n"
                                                      "g: a.b: z\n");
    ck_assert_uint_eq(problems.errors, 3);
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

START_TEST(texts_are_harmless_and_cut)
{
    struct arena *arena = arena_new(1024);
    struct problems problems;
    char text[5000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    problems_init(&problems, arena);
    tell(&problems, PROBLEM_ERROR, "f\n", 1, 1, "a\x1b[31m\x7f\xc2\x9b\xc3\xa9");
    tell(&problems, PROBLEM_ERROR, "f", 1, 1, text);
    ck_assert_str_eq(problem_line(&problems.list[0], arena),
                     "f\\x0a:1:1: a.b: a\\x1b[31m\\x7f\\xc2\\x9b\xc3\xa9");
    ck_assert_uint_le(strlen(problems.list[1].text), 1000);
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

START_TEST(only_so_many_are_kept)
{
    struct arena *arena = arena_new(1024);
    struct problems problems;

    problems_init(&problems, arena);
    for (unsigned i = 0; i < PROBLEMS_MAX + 5; i++)
        tell(&problems, PROBLEM_ERROR, "f", i + 1, 1, "x");
    ck_assert_uint_eq(problems.count, PROBLEMS_MAX);
    ck_assert_uint_eq(problems.errors, PROBLEMS_MAX + 5);
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("problems");

    tcase_add_test(cases, problems_are_sorted_by_place_and_told_once);
    tcase_add_test(cases, texts_are_harmless_and_cut);
    tcase_add_test(cases, only_so_many_are_kept);
    return run_tests("problems", cases);
}

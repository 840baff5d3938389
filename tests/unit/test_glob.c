/*
 * Globs: the regular expression that each becomes, and texts that it matches or not.
 */
#include "ottl/glob.h"

#include "base/regex.h"
#include "unit/check.h"

static const struct {
    const char *glob, *regex;
    const char *match, *other;
} globs[] = {
    {"", "(?s)^(?:)$", "", "a"},
    {"abc", "(?s)^(?:abc)$", "abc", "abcd"},
    {"/user/*/list/*", "(?s)^(?:/user/.*/list/.*)$", "/user/1/2/list/3", "/user/1/lists/3"},
    {"a**", "(?s)^(?:a.*)$", "a\nb", "ba"},
    {"a?c", "(?s)^(?:a.c)$", "aüc", "ac"},
    {"*.+(x)$", "(?s)^(?:.*\\.\\+\\(x\\)\\$)$", "a.+(x)$", "a.x"},
    {"[a-c]x", "(?s)^(?:[a-c]x)$", "bx", "dx"},
    {"[!a-c]x", "(?s)^(?:[^a-c]x)$", "dx", "ax"},
    {"[]a]", "(?s)^(?:[\\]a])$", "]", "b"},
    {"[a-]", "(?s)^(?:[a\\-])$", "-", "b"},
    {"[^\\]]", "(?s)^(?:[\\^\\]])$", "]", "a"},
    {"{GET,POST} /{a,b*}", "(?s)^(?:(?:GET|POST) /(?:a|b.*))$", "POST /bc", "GET /ac"},
    {"{a,{b,c}d}", "(?s)^(?:(?:a|(?:b|c)d))$", "cd", "ad"},
    {"a,b", "(?s)^(?:a,b)$", "a,b", "a"},
    {"\\*\\{\\\\", "(?s)^(?:\\*\\{\\\\)$", "*{\\", "x{\\"},
};

START_TEST(it_matches_the_whole_text)
{
    struct arena *arena = arena_new(256);
    struct error err = {""};
    struct str pattern = glob_to_regex(str_of(globs[_i].glob), arena, &err);
    struct regex *regex;

    ck_assert_msg(str_is(pattern, globs[_i].regex), "%s: %.*s", globs[_i].glob, STR_ARG(pattern));
    regex = regex_new(pattern, &err);
    ck_assert_msg(regex != NULL, "%s", err.text);
    ck_assert(regex_matches(regex, str_of(globs[_i].match)));
    ck_assert(!regex_matches(regex, str_of(globs[_i].other)));
    regex_free(regex);
    arena_free(arena);
}
END_TEST

static const struct {
    const char *glob, *why;
} wrong[] = {
    {"[", "a [ of the pattern has no ]"},  {"a[b", "a [ of the pattern has no ]"},
    {"[]", "a [ of the pattern has no ]"}, {"{a,b", "a { of the pattern has no }"},
    {"a}", "a } of the pattern has no {"}, {"{a}}", "a } of the pattern has no {"},
    {"a\\", "ends with a backslash"},
};

START_TEST(what_is_wrong_is_told)
{
    struct arena *arena = arena_new(256);
    struct error err = {""};

    ck_assert_ptr_null(glob_to_regex(str_of(wrong[_i].glob), arena, &err).at);
    ck_assert_msg(strstr(err.text, wrong[_i].why), "%s: %s", wrong[_i].glob, err.text);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("glob");

    tcase_add_loop_test(cases, it_matches_the_whole_text, 0, sizeof(globs) / sizeof(globs[0]));
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, sizeof(wrong) / sizeof(wrong[0]));
    return run_tests("glob", cases);
}

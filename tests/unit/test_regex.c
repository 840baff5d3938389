/*
 * Regular expressions: what RE2 has matches as RE2 does, what it has not is refused.
 */
#include "base/regex.h"

#include <stdlib.h>

#include "base/buf.h"
#include "unit/check.h"

static bool matches(const char *pattern, const char *text)
{
    struct error err = {""};
    struct regex *regex = regex_new(str_of(pattern), &err);
    bool found;

    ck_assert_msg(regex, "%s: %s", pattern, err.text);
    found = regex_matches(regex, str_of(text));
    ck_assert_uint_eq(regex_given_up(regex), 0);
    regex_free(regex);
    return found;
}

static const struct {
    const char *pattern, *text;
    bool found;
} matching[] = {
    {"", "", true},
    {"", "anything", true},
    {"b", "abc", true},
    {"^b", "abc", false},
    {"^abc$", "abc", true},
    {"abc$", "abc\n", false}, /* the end alone */
    {"abc\\z", "abc", true},
    {"\\Aabc", "abc", true},
    {"(?m)^b$", "a\nb\nc", true},
    {"(?m)b\n^", "b\n", true},
    {"a.c", "a\nc", false},
    {"(?s)a.c", "a\nc", true},
    {"(?i)HeLLo", "hello", true},
    {"(?i)straße", "STRASSE", false},
    {"(?i)ÄPFEL", "äpfel", true},
    {"^(?i:get) /", "GET /", true},
    {"^.$", "é", true},
    {"^\\w+$", "é", false}, /* ASCII's */
    {"^\\pL+$", "é", true},
    {"^\\pN$", "٣", true},
    {"^\\d$", "٣", false},
    {"^\\p{Greek}+$", "αβγ", true},
    {"^\\P{Greek}+$", "αβγ", false},
    {"^\\p{^Greek}+$", "abc", true},
    {"^[[:word:]]+$", "a_1", true},
    {"^[[:^digit:]]+$", "abc", true},
    {"^[]a]+$", "a]a", true},
    {"^[^]a]+$", "bcd", true},
    {"^[(?=*+]+$", "(?=*+", true}, /* nothing of a class is looked at */
    {"(?U)a+", "aaa", true},
    {"(?i-s:a)b", "Ab", true},
    {"a{2}", "caab", true},
    {"a{2,}b", "aaab", true},
    {"a{,2}", "a{,2}", true}, /* stands for itself */
    {"x{", "x{", true},
    {"a*?b+?c??", "aab", true},
    {"\\Qa.b*+\\E+", "a.b*++", true},
    {"\\Qa.b", "a.b", true},
    {"a\\.b", "axb", false},
    {"\\x41\\x{1F600}", "A😀", true},
    {"\\bfoo\\B", "food", true},
    {"/health(z|check)?$", "GET /healthz", true},
    {"^(?P<verb>GET|POST) (?<path>/.*)$", "GET /", true},
    {"/api/v\\d+/users/[^/]+", "/api/v1/users/17/x", true},
    {"a|b|", "c", true},
};

START_TEST(what_re2_has_matches)
{
    ck_assert_msg(matches(matching[_i].pattern, matching[_i].text) == matching[_i].found,
                  "%s on %s", matching[_i].pattern, matching[_i].text);
}
END_TEST

static const struct {
    const char *pattern, *why;
} refused[] = {
    {"a(?=b)", "at character 2: RE2 has no lookaheads"},
    {"a(?!b)", "RE2 has no lookaheads"},
    {"(?<=a)b", "RE2 has no lookbehinds"},
    {"(?<!a)b", "RE2 has no lookbehinds"},
    {"(?>a)", "RE2 has no atomic groups"},
    {"(?|a)", "RE2 has no branch resets"},
    {"(?#a)", "RE2 has no comments"},
    {"(?C1)a", "RE2 has no callouts"},
    {"(?R)", "RE2 has no recursion"},
    {"(a)(?1)", "RE2 has no recursion"},
    {"(a)(?-1)", "RE2 has no recursion"},
    {"(a)(?+1)", "RE2 has no recursion"},
    {"(?P<n>a)(?P>n)", "RE2 has no recursion"},
    {"(?P<n>a)(?P=n)", "RE2 has no backreferences"},
    {"(?(1)a)", "RE2 has no conditions"},
    {"(?'n'a)", "(?P<name>...)"},
    {"(a)\\1", "at character 4: RE2 has no backreferences"},
    {"(a)\\g1", "RE2 has no backreferences"},
    {"(a)\\k<n>", "RE2 has no backreferences"},
    {"a\\Kb", "RE2 has no \\K"},
    {"a\\Z", "\\z or $"},
    {"\\v", "\\x0b"},
    {"\\R", "RE2 has no such escape"},
    {"\\C", "RE2 has no such escape"},
    {"[\\h]", "RE2 has no such escape"},
    {"a++", "possessive"},
    {"a*+", "possessive"},
    {"a?+", "possessive"},
    {"a{2,3}+", "possessive"},
    {"(*UTF)a", "RE2 has no verbs"},
    {"a(*SKIP)b", "RE2 has no verbs"},
    {"(?x)a b", "flags i, m, s and U"},
    {"(?J)a", "flags i, m, s and U"},
    {"a{1001}", "1000 times"},
    {"a{1,99999999999999999999}", "1000 times"},
    {"[[:<:]]a", "\\b"},
    {"*a", "at character"},
    {"(a", "at character"},
    {"a)", "at character"},
    {"a)(b", "at character"}, /* not made whole by what we put around it */
    {"[a", "at character"},
    {"a\\", "at character"},
    {"a**", "at character"},
    {"\\p{Klingon}", "at character"},
    {"(?P<n>a)(?P<n>b)", "at character"},
    {"(?P<1n>a)", "at character"},
    {"(?", "at character"},
    {"(?P", "at character"},
    {"\xff", "UTF-8"},
};

START_TEST(what_re2_has_not_is_refused)
{
    struct error err = {""};

    ck_assert_msg(!regex_new(str_of(refused[_i].pattern), &err), "%s", refused[_i].pattern);
    ck_assert_msg(strstr(err.text, refused[_i].why), "%s: %s", refused[_i].pattern, err.text);
}
END_TEST

START_TEST(nesting_has_a_limit)
{
    struct buf pattern = {0};
    struct error err = {""};

    for (int i = 0; i < 100000; i++)
        buf_append_char(&pattern, '(');
    for (int i = 0; i < 100000; i++)
        buf_append_char(&pattern, ')');
    ck_assert(!regex_new(buf_str(&pattern), &err));
    ck_assert(strstr(err.text, "no regular expression"));
    buf_done(&pattern);
}
END_TEST

START_TEST(groups_come_in_the_order_of_the_pattern)
{
    struct error err = {""};
    struct regex *regex = regex_new(STR("^(?P<z>a+)(x)?(?P<m>b+)?(?P<a>c*)$"), &err);
    struct str groups[3];
    static const char text[] = "aac";

    ck_assert_msg(regex, "%s", err.text);
    ck_assert_uint_eq(regex_group_count(regex), 3);
    ck_assert(str_is(regex_group_name(regex, 0), "z"));
    ck_assert(str_is(regex_group_name(regex, 1), "m"));
    ck_assert(str_is(regex_group_name(regex, 2), "a"));
    ck_assert(regex_capture(regex, str_of(text), groups));
    ck_assert(str_is(groups[0], "aa") && groups[0].at == text);
    ck_assert_ptr_null(groups[1].at);
    ck_assert(str_is(groups[2], "c"));
    ck_assert(regex_capture(regex, STR("ab"), groups));
    ck_assert(str_is(groups[1], "b"));
    ck_assert(str_is(groups[2], "") && groups[2].at);
    ck_assert(!regex_capture(regex, STR("-"), groups));
    ck_assert_ptr_null(groups[0].at);
    regex_free(regex);
}
END_TEST

START_TEST(a_pattern_without_names_has_no_groups)
{
    struct regex *regex = regex_new(STR("(a)(b)"), NULL);

    ck_assert_uint_eq(regex_group_count(regex), 0);
    ck_assert(regex_capture(regex, STR("ab"), NULL));
    regex_free(regex);
    regex_free(NULL);
    ck_assert_ptr_null(regex_new(STR("("), NULL));
}
END_TEST

static const struct {
    const char *pattern, *repeated;
    size_t count;
} runaways[] = {
    {"(a+)+$", "a", 40},
    {"(a|aa)+$", "a", 60},
    {"(.*)(.*)(.*)(.*)(.*)[^b]$", "a", 3000},
    {"(x+x+)+[yz]", "x", 50000},
    {"^(([a-z])+.)+[A-Z]$", "a", 60},
    {"(a+)+$", "a", 1 << 20},
    {"a.*a.*a.*[cd]", "a", 200000},
};

START_TEST(what_runs_away_is_given_up_and_counted)
{
    struct regex *regex = regex_new(str_of(runaways[_i].pattern), NULL);
    struct buf text = {0};

    ck_assert_ptr_nonnull(regex);
    for (size_t i = 0; i < runaways[_i].count; i++)
        buf_append_str(&text, str_of(runaways[_i].repeated));
    buf_append_char(&text, 'b');
    ck_assert(!regex_matches(regex, buf_str(&text)));
    ck_assert_uint_eq(regex_given_up(regex), 1);
    ck_assert(!regex_matches(regex, STR("-b"))); /* and it goes on */
    ck_assert_uint_eq(regex_given_up(regex), 1);
    regex_free(regex);
    buf_done(&text);
}
END_TEST

START_TEST(a_long_text_is_searched_to_its_end)
{
    struct regex *needle = regex_new(STR("needle"), NULL), *pair = regex_new(STR("n.*e$"), NULL);
    struct buf text = {0};

    for (int i = 0; i < 1 << 20; i++)
        buf_append_char(&text, "hay "[i % 4]);
    buf_append_str(&text, STR("needle"));
    ck_assert(regex_matches(needle, buf_str(&text)));
    ck_assert(regex_matches(pair, buf_str(&text)));
    regex_free(needle);
    regex_free(pair);
    buf_done(&text);
}
END_TEST

START_TEST(text_that_is_not_utf8_matches_nothing)
{
    struct regex *regex = regex_new(STR("a"), NULL);

    ck_assert(!regex_matches(regex, STR("a\xff")));
    ck_assert(!regex_matches(regex, STR("\xc3")));
    ck_assert(regex_matches(regex, STR("a\0b")));
    ck_assert(!regex_matches(regex, (struct str){NULL, 0}));
    regex_free(regex);
}
END_TEST

START_TEST(one_match_is_found_after_the_other)
{
    struct str text = STR("4111 and 4222, x4333"), match;
    struct regex *regex = regex_new(STR("\\b4[0-9]{3}\\b"), NULL);

    ck_assert(regex_find(regex, text, 0, &match));
    ck_assert_ptr_eq(match.at, text.at);
    ck_assert_uint_eq(match.len, 4);
    ck_assert(regex_find(regex, text, 4, &match));
    ck_assert_ptr_eq(match.at, text.at + 9);
    ck_assert(!regex_find(regex, text, 13, &match));
    regex_free(regex);
    regex = regex_new(STR("^a"), NULL);
    ck_assert(regex_find(regex, STR("aa"), 0, &match));
    ck_assert(!regex_find(regex, STR("aa"), 1, &match)); /* that is not where the text begins */
    ck_assert(!regex_find(regex, STR("\xff"), 0, &match));
    regex_free(regex);
}
END_TEST

START_TEST(groups_have_numbers)
{
    struct regex *regex = regex_new(STR("(a+)(?:-)(?P<name>b)?(c)"), NULL);
    struct str text = STR("x aa-c a-bc"), groups[6];

    ck_assert_uint_eq(regex_group_number(regex, 0), 2);
    ck_assert(regex_find_groups(regex, text, 0, groups, 6));
    ck_assert(str_is(groups[0], "aa-c") && str_is(groups[1], "aa") && str_is(groups[3], "c"));
    ck_assert(!groups[2].at && !groups[4].at && !groups[5].at);
    ck_assert(regex_find_groups(regex, text, 6, groups, 3));
    ck_assert(str_is(groups[0], "a-bc") && str_is(groups[2], "b"));
    ck_assert(!regex_find_groups(regex, text, 8, groups, 1) && !groups[0].at);
    regex_free(regex);
}
END_TEST

/* Each match is found at once, after the whole rest has been looked at. */
START_TEST(all_matches_of_a_text_have_one_limit)
{
    enum { LEN = 1 << 20 };
    struct regex *regex = regex_new(STR("x+y|x"), NULL);
    char *at = malloc(LEN);
    struct str text = {at, LEN}, match;
    size_t from = 0;

    memset(at, 'x', LEN);
    while (regex_find(regex, text, from, &match))
        from = (size_t)(match.at - at) + match.len;
    ck_assert_uint_eq(regex_given_up(regex), 1);
    ck_assert(regex_find(regex, text, 0, &match)); /* which is for the next text again */
    free(at);
    regex_free(regex);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("regex");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, what_re2_has_matches, 0, sizeof(matching) / sizeof(matching[0]));
    tcase_add_loop_test(cases, what_re2_has_not_is_refused, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(cases, nesting_has_a_limit);
    tcase_add_test(cases, groups_come_in_the_order_of_the_pattern);
    tcase_add_test(cases, a_pattern_without_names_has_no_groups);
    tcase_add_loop_test(cases, what_runs_away_is_given_up_and_counted, 0,
                        sizeof(runaways) / sizeof(runaways[0]));
    tcase_add_test(cases, a_long_text_is_searched_to_its_end);
    tcase_add_test(cases, text_that_is_not_utf8_matches_nothing);
    tcase_add_test(cases, one_match_is_found_after_the_other);
    tcase_add_test(cases, groups_have_numbers);
    tcase_add_test(cases, all_matches_of_a_text_have_one_limit);
    return run_tests("regex", cases);
}

/*
 * replace_pattern, replace_match and those of all attributes: what Go's regexp would make of it.
 */
#include "unit/statement_fixture.h"

#include <stdio.h>

static struct statement_fixture f;

static void end(void)
{
    statement_done(&f);
}

/* ---- one text ---- */

static const struct {
    const char *pattern, *replacement, *text, *result; /* NULL: it is the same */
} patterns[] = {
    {"x", "y", "axbxc", "aybyc"},
    {"x", "", "axbxc", "abc"},
    {"x", "y", "abc", NULL},
    {"^a", "-", "aaa", "-aa"},
    {"a$", "-", "aaa", "aa-"},
    {"a+", "-", "aabaaa", "-b-"},
    {".*", "-", "abc", "-"},
    {"b*", "-", "abc", "-a-c-"}, /* nothing behind a match does not count */
    {"", "-", "ab", "-a-b-"},
    {"", "-", "\xc3\xa4\xe2\x82\xac", "-\xc3\xa4-\xe2\x82\xac-"}, /* whole characters */
    {"", "-", "", "-"},
    {"$", "-", "ab", "ab-"},
    {"(a)(b)", "$2$1", "ab-ab", "ba-ba"},
    {"(a)(b)", "${2}${1}", "ab-ab", "ba-ba"},
    {"(a)(b)", "$0!", "ab", "ab!"},
    {"(a)", "$1x", "a", ""}, /* of the group 1x, which there is not */
    {"(a)", "${1}x", "a", "ax"},
    {"(a)", "$2", "a", ""},
    {"(?P<n>a)", "$n-$n", "a", "a-a"},
    {"(?P<n>a)", "${n}n", "a", "an"},
    {"(?P<n>a)", "$nn", "a", ""},
    {"(?P<a1>a)", "$a1", "a", "a"},
    {"a", "$$", "a", "$"},
    {"a", "$$1", "a", "$1"},
    {"a", "$", "a", "$"},
    {"a", "1$ 2", "a", "1$ 2"},
    {"a", "${", "a", "${"},
    {"a", "${}", "a", "${}"},
    {"a", "${1", "a", "${1"},
    {"a", "${a b}", "a", "${a b}"},
    {"a", "$-", "a", "$-"},
    {"(a)|(b)", "[$1$2]", "ab", "[a][b]"}, /* a group that took nothing is empty again */
    {"(a)?b", "<$1>", "abb", "<a><>"},
    {"a", "$99999999999999999999", "a", ""},
    {"a", "$31", "a", ""},
    {"a", "$32", "a", ""},
    {"(?i)A", "-", "aA", "--"},
    {"\\\\.", "-", "a.b", "a-b"},
};

START_TEST(each_match_gets_the_replacement)
{
    char statement[128], json[64], wanted[64];
    const char *text;

    snprintf(statement, sizeof(statement), "replace_pattern(name, \"%s\", \"%s\")",
             patterns[_i].pattern, patterns[_i].replacement);
    snprintf(json, sizeof(json), "{'name':'%s','kind':2}", patterns[_i].text);
    snprintf(wanted, sizeof(wanted), "{'kind':2,'name':'%s'}",
             patterns[_i].result ? patterns[_i].result : "");
    text = statement_after(&f, OTTL_SPAN, statement, json);
    ck_assert_msg(strcmp(text, patterns[_i].result ? wanted : "same") == 0, "%s of %s: %s",
                  statement, patterns[_i].text, text);
}
END_TEST

START_TEST(what_is_no_text_stays)
{
    static const char *const statements[] = {
        "replace_pattern(attributes[\"i\"], \"1\", \"2\")",
        "replace_match(attributes[\"i\"], \"*\", \"2\")",
        "replace_pattern(attributes[\"none\"], \".*\", \"2\")",
        "replace_match(attributes[\"none\"], \"*\", \"2\")",
    };

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        ck_assert_str_eq(statement_after(&f, OTTL_SPAN, statements[i],
                                         "{'attributes':[{'key':'i','value':{'intValue':'1'}}]}"),
                         "same");
}
END_TEST

static const struct {
    const char *glob, *text;
    bool matches;
} globs[] = {
    {"abc", "abc", true},    {"abc", "abcd", false},     {"a*", "a", true},
    {"*", "", true},         {"a?c", "abc", true},       {"a?c", "ac", false},
    {"a.c", "abc", false},   {"/users/*", "/a/", false}, {"/users/*", "/users/1/x", true},
    {"{a,b}c", "bc", true},  {"{a,b}c", "cc", false},    {"[ab]c", "bc", true},
    {"[!ab]c", "bc", false}, {"\\\\*", "*", true},       {"\\\\*", "x", false},
    {"(a)", "(a)", true},    {"$1", "$1", true},         {"a+", "aa", false},
    {"?", "\xc3\xa4", true}, {"*", "a\\nb", true},
};

START_TEST(a_glob_matches_all_of_the_text)
{
    char statement[128], json[64];
    const char *text;

    snprintf(statement, sizeof(statement), "replace_match(name, \"%s\", \"$1\")", globs[_i].glob);
    snprintf(json, sizeof(json), "{'name':'%s'}", globs[_i].text);
    text = statement_after(&f, OTTL_SPAN, statement, json);
    ck_assert_msg(strcmp(text, globs[_i].matches ? "{'name':'$1'}" : "same") == 0, "%s of %s: %s",
                  globs[_i].glob, globs[_i].text, text);
}
END_TEST

/* ---- all attributes ---- */

#define S(key, text) "{'key':'" key "','value':{'stringValue':'" text "'}}"
#define I(key, text) "{'key':'" key "','value':{'intValue':'" text "'}}"
#define OF(list)     "{'attributes':[" list "]}"

static const struct {
    const char *statement, *json, *result;
} attributes[] = {
    {"replace_all_patterns(attributes, \"value\", \"a\", \"b\")", OF(S("a", "aa") "," I("i", "1")),
     OF(S("a", "bb") "," I("i", "1"))},
    {"replace_all_patterns(attributes, \"value\", \"(a)\", \"$1\")", OF(S("a", "a")), "same"},
    {"replace_all_patterns(attributes, \"value\", \"x\", \"b\")", OF(S("a", "a")), "same"},
    {"replace_all_patterns(attributes, \"value\", \"x\", \"b\")", "{}", "same"},
    {"replace_all_patterns(attributes, \"key\", \"a\", \"b\")", OF(S("a", "aa") "," I("i", "1")),
     OF(I("i", "1") "," S("b", "aa"))},
    /* a new name may be there: the value that moves counts */
    {"replace_all_patterns(attributes, \"key\", \"a\", \"b\")", OF(S("a", "1") "," S("b", "2")),
     OF(S("b", "1"))},
    /* what has moved is not looked at again */
    {"replace_all_patterns(attributes, \"key\", \"^\", \"x\")", OF(S("a", "1") "," S("b", "2")),
     OF(S("xa", "1") "," S("xb", "2"))},
    {"replace_all_patterns(attributes, \"key\", \".\", \"x\")", OF(S("a", "1") "," S("b", "2")),
     OF(S("x", "2"))},
    {"replace_all_patterns(attributes, \"key\", \"a\", \"\")", OF(S("a", "1")), OF(S("", "1"))},
    {"replace_all_matches(attributes, \"a*\", \"b\")", OF(S("a", "ax") "," S("c", "xa")),
     OF(S("a", "b") "," S("c", "xa"))},
    {"replace_all_matches(attributes, \"a*\", attributes[\"c\"])",
     OF(S("a", "ax") "," S("c", "xa")), OF(S("a", "xa") "," S("c", "xa"))},
    {"replace_all_matches(attributes, \"*\", \"b\")", OF(I("i", "1")), "same"},
};

START_TEST(attributes_are_replaced_one_by_one)
{
    const char *text =
        statement_after(&f, OTTL_SPAN, attributes[_i].statement, attributes[_i].json);

    ck_assert_msg(strcmp(text, attributes[_i].result) == 0, "%s: %s", attributes[_i].statement,
                  text);
}
END_TEST

/* ---- what cannot be done ---- */

static const struct {
    const char *statement, *why;
} failing[] = {
    {"replace_pattern(name, \"a\", attributes[\"i\"])",
     "failed: replace_pattern wants a string as replacement, and got an integer"},
    {"replace_match(name, \"a\", attributes[\"none\"])",
     "failed: replace_match wants a string as replacement, and got nil"},
    {"replace_all_matches(attributes, \"a\", attributes[\"i\"])",
     "failed: replace_all_matches wants a string as replacement, and got an integer"},
    {"replace_all_patterns(attributes, \"key\", \"a\", attributes[\"i\"])",
     "failed: replace_all_patterns wants a string as replacement, and got an integer"},
    {"replace_all_patterns(attributes, attributes[\"i\"], \"a\", \"b\")",
     "failed: replace_all_patterns wants a string as mode, and got an integer"},
    {"replace_all_patterns(attributes, attributes[\"a\"], \"a\", \"b\")",
     "failed: replace_all_patterns: mode is key or value"},
    {"replace_pattern(name, \"a\", \"\\xff\")",
     "failed: replace_pattern: the replacement is not UTF-8"},
    {"replace_match(name, \"a\", \"\\xff\")", "failed: the text is not UTF-8"},
};

START_TEST(what_cannot_be_done_is_told)
{
    const char *text =
        statement_after(&f, OTTL_SPAN, failing[_i].statement,
                        "{'name':'a','attributes':[" S("a", "b") "," I("i", "1") "]}");

    ck_assert_msg(strcmp(text, failing[_i].why) == 0, "%s: %s", failing[_i].statement, text);
}
END_TEST

/* A span's name and an attribute "long" of so many times the letter a and a letter b. */
static const char *after_of_long(const char *statement, size_t len, unsigned attribute_count)
{
    struct buf json = {0};
    const char *text;

    buf_append_str(&json, STR("{'name':'"));
    memset(buf_reserve(&json, len), 'a', len);
    json.len += len;
    buf_append_str(&json, STR("b','attributes':[" S("c", "d")));
    for (unsigned i = 0; i < attribute_count; i++)
        buf_printf(&json, "," S("k%u", "v"), i);
    buf_append_str(&json, STR("]}"));
    text = statement_after(&f, OTTL_SPAN, statement, buf_text(&json));
    buf_done(&json);
    return text;
}

START_TEST(a_text_does_not_grow_without_limit)
{
    ck_assert_str_eq(after_of_long("replace_pattern(name, \"a\", name)", 2000, 0),
                     "failed: replace_pattern: the text grows by more than 1 MiB");
    ck_assert_str_eq(
        after_of_long("replace_all_patterns(attributes, \"value\", \"^\", name)", 10000, 200),
        "failed: replace_all_patterns: the text grows by more than 1 MiB");
    ck_assert_str_eq(after_of_long("replace_all_matches(attributes, \"v\", name)", 10000, 200),
                     "failed: replace_all_matches: the text grows by more than 1 MiB");
    ck_assert(strncmp(after_of_long("replace_all_matches(attributes, \"v\", name)", 10000, 20),
                      "{'", 2) == 0);
}
END_TEST

START_TEST(matching_that_runs_away_is_an_error)
{
    ck_assert_str_eq(after_of_long("replace_pattern(name, \"(a+)+$\", \"x\")", 5000, 0),
                     "failed: replace_pattern: matching this text takes too long");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("replace");

    tcase_add_checked_fixture(cases, NULL, end);
    tcase_add_loop_test(cases, each_match_gets_the_replacement, 0, COUNT(patterns));
    tcase_add_test(cases, what_is_no_text_stays);
    tcase_add_loop_test(cases, a_glob_matches_all_of_the_text, 0, COUNT(globs));
    tcase_add_loop_test(cases, attributes_are_replaced_one_by_one, 0, COUNT(attributes));
    tcase_add_loop_test(cases, what_cannot_be_done_is_told, 0, COUNT(failing));
    tcase_add_test(cases, a_text_does_not_grow_without_limit);
    tcase_add_test(cases, matching_that_runs_away_is_an_error);
    return run_tests("replace", cases);
}

/*
 * Query strings as tables.
 */
#include "viewer/params.h"

#include "base/buf.h"
#include "unit/check.h"

/* "a=b|c=d"; or what is wrong. */
static void check(const char *query, const char *expected, bool wrong)
{
    struct arena *arena = arena_new(256);
    struct params params;
    struct error err = {""};
    struct buf text = {0};
    bool ok = params_read(&params, str_of(query), arena, &err);

    ck_assert_msg(ok != wrong, "%s: %s", query, err.text);
    if (wrong) {
        ck_assert_msg(strstr(err.text, expected), "%s: %s", query, err.text);
    } else {
        for (size_t i = 0; i < params.count; i++)
            buf_printf(&text, "%s%s=%s", i > 0 ? "|" : "", params.at[i].name.at,
                       params.at[i].value.at);
        ck_assert_str_eq(buf_text(&text), expected);
    }
    buf_done(&text);
    arena_free(arena);
}

START_TEST(parameters_are_decoded)
{
    static const struct {
        const char *query, *expected;
        bool wrong;
    } cases[] = {
        {"", "", false},
        {"a=b&c=d", "a=b|c=d", false},
        {"a=b&a=c&&", "a=b|a=c", false},
        {"a&b=&=c", "a=|b=|=c", false},
        {"a=b=c", "a=b=c", false},
        {"a+b=c+d%2B%2b", "a b=c d++", false},
        {"%C3%A9=%E2%82%AC", "\xc3\xa9=\xe2\x82\xac", false},
        {"a=%", "%25", true},
        {"a=%2", "hexadecimal", true},
        {"a=%g0", "hexadecimal", true},
        {"%zz=b", "hexadecimal", true},
        {"a=%00", "%00", true},
        {"a=%ff", "UTF-8", true},
        {"a=\xff", "UTF-8", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check(cases[i].query, cases[i].expected, cases[i].wrong);
}
END_TEST

START_TEST(there_is_a_most_of_them)
{
    struct arena *arena = arena_new(256);
    struct buf query = {0};
    struct params params;
    struct error err;

    for (size_t i = 0; i < PARAMS_MAX; i++)
        buf_append_str(&query, STR("a=b&"));
    ck_assert(params_read(&params, buf_str(&query), arena, &err));
    ck_assert_uint_eq(params.count, PARAMS_MAX);
    buf_append_str(&query, STR("a=b"));
    ck_assert(!params_read(&params, buf_str(&query), arena, &err));
    ck_assert_msg(strstr(err.text, "more than 64"), "%s", err.text);
    buf_done(&query);
    arena_free(arena);
}
END_TEST

START_TEST(the_first_one_counts_and_an_empty_one_does_not)
{
    struct arena *arena = arena_new(256);
    struct params params;
    struct str value;

    ck_assert(params_read(&params, STR("a=1&a=2&b=&b=3"), arena, NULL));
    ck_assert(params_find(&params, "a", &value) && str_is(value, "1"));
    ck_assert(!params_find(&params, "b", &value));
    ck_assert(!params_find(&params, "c", &value));
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("params");

    tcase_add_test(cases, parameters_are_decoded);
    tcase_add_test(cases, there_is_a_most_of_them);
    tcase_add_test(cases, the_first_one_counts_and_an_empty_one_does_not);
    return run_tests("params", cases);
}

/*
 * Which functions of OTTL's there are, and which are known not to be.
 */
#include "ottl/function.h"

#include "unit/check.h"

START_TEST(each_function_is_found_by_its_name)
{
    struct arena *arena = arena_new(1024);
    const char *const *names = function_names(arena);
    size_t count = 0;

    for (; names[count]; count++) {
        const struct ottl_function *function = function_find(str_of(names[count]));

        ck_assert_ptr_nonnull(function);
        ck_assert_str_eq(function->name, names[count]);
        ck_assert(function->call != NULL);
        ck_assert_msg(!function_is_missing(str_of(names[count])), "%s", names[count]);
        ck_assert_msg(count == 0 || strcmp(names[count - 1], names[count]) < 0, "%s", names[count]);
    }
    ck_assert_uint_gt(count, 40);
    arena_free(arena);
}
END_TEST

/* What the parser takes for granted of the tables. */
START_TEST(parameters_are_as_the_parser_needs_them)
{
    struct arena *arena = arena_new(1024);

    for (const char *const *name = function_names(arena); *name; name++) {
        const struct ottl_function *function = function_find(str_of(*name));
        const int texts[] = {function->pattern, function->format};
        bool optional = false;

        for (size_t i = 0; i < 2; i++)
            ck_assert_msg(texts[i] == 0 ||
                              function->parameters[texts[i]].types == 1u << OTTL_STRING,
                          "%s", *name);
        for (size_t i = 0; i < OTTL_MAX_ARGUMENTS && function->parameters[i].name; i++) {
            ck_assert_msg(!optional || function->parameters[i].optional, "%s", *name);
            optional = function->parameters[i].optional;
        }
    }
    arena_free(arena);
}
END_TEST

START_TEST(what_only_the_official_collector_has_is_known)
{
    ck_assert(function_is_missing(STR("ParseJSON")));
    ck_assert(function_is_missing(STR("Year")));
    ck_assert(!function_is_missing(STR("IsMatch")));
    ck_assert(!function_is_missing(STR("parsejson")));
    ck_assert(!function_is_missing(STR("")));
    ck_assert_ptr_null(function_find(STR("ParseJSON")));
    ck_assert_ptr_null(function_find(STR("ismatch")));
    ck_assert_ptr_null(function_find(STR("")));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("function");

    tcase_add_test(cases, each_function_is_found_by_its_name);
    tcase_add_test(cases, parameters_are_as_the_parser_needs_them);
    tcase_add_test(cases, what_only_the_official_collector_has_is_known);
    return run_tests("function", cases);
}

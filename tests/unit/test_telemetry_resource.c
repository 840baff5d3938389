/*
 * service.telemetry.resource in both of its forms.
 */
#include "service/telemetry_resource.h"

#include "config/source.h"
#include "unit/config_check.h"

static struct arena *arena;
static struct problems problems;
static struct telemetry_resource resource;

static void read(const char *yaml)
{
    const char *text = arena_printf(arena, "resource: %s\n", yaml);
    struct node *tree = yaml_parse("test.yaml", text, strlen(text), arena, &problems);

    telemetry_resource_read(&resource, node_get(tree, "resource"), &problems);
}

static const char *value(const char *name)
{
    for (size_t i = 0; i < resource.count; i++)
        if (strcmp(resource.at[i].name, name) == 0)
            return resource.at[i].value;
    return "missing";
}

static void begin(void)
{
    arena = arena_new(4096);
    problems_init(&problems, arena);
}

static void end(void)
{
    problems_done(&problems);
    arena_free(arena);
}

START_TEST(three_attributes_are_there_without_a_word)
{
    read("");
    ck_assert_uint_eq(resource.count, 3);
    ck_assert_str_eq(value("service.name"), "otelc");
    ck_assert_uint_eq(strlen(value("service.instance.id")), 36);
}
END_TEST

START_TEST(they_can_be_changed_added_to_and_taken_away)
{
    static const char *const forms[] = {
        "{service.name: mine, service.instance.id: , n: 5}",
        "{attributes: [{name: service.name, value: mine}, {name: service.instance.id}, "
        "{name: n, value: 5}]}"};

    for (size_t i = 0; i < 2; i++) {
        read(forms[i]);
        ck_assert_uint_eq(problems.count, 0);
        ck_assert_str_eq(value("service.name"), "mine");
        ck_assert_ptr_null(value("service.instance.id"));
        ck_assert_str_eq(value("n"), "5");
    }
}
END_TEST

START_TEST(too_many_are_told)
{
    const char *map = "";

    for (unsigned i = 3; i < RESOURCE_MAX; i++)
        map = arena_printf(arena, "%sa%u: x, ", map, i);
    read(arena_printf(arena, "{%s}", map));
    ck_assert_uint_eq(problems.count, 0);
    read(arena_printf(arena, "{%sone: more}", map));
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_ptr_nonnull(strstr(problem_line(&problems.list[0], arena),
                                 "resource.one: is one too many: a resource has 64 attributes"));
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const char *const cases[][2] = {
        {"5", "wants a map of names and values, not a number"},
        {"{a: [1]}", "wants a text, a number, true or false, not a list"},
        {"{attributes: [5]}", "wants a map with name and value"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        read(cases[i][0]);
        ck_assert_uint_eq(problems.count, 1);
        ck_assert_ptr_nonnull(strstr(problem_line(&problems.list[0], arena), cases[i][1]));
        end();
        begin();
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("telemetry_resource");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, three_attributes_are_there_without_a_word);
    tcase_add_test(cases, they_can_be_changed_added_to_and_taken_away);
    tcase_add_test(cases, too_many_are_told);
    tcase_add_test(cases, what_is_wrong_is_told);
    return run_tests("telemetry_resource", cases);
}

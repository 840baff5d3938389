/*
 * Which exporter an endpoint of the command line is sent to by.
 */
#include "commands/outbound_target.h"

#include "base/arena.h"
#include "unit/check.h"

static struct configuration *load(const char *to, const struct source *sources, size_t count,
                                  struct problems *problems)
{
    const struct outbound_target target = {"replay", to, 7, sources, count};

    return outbound_target_load(&target, problems);
}

START_TEST(the_endpoint_tells_the_exporter)
{
    static const char *const cases[][2] = {
        {"localhost:4317", "otlp/replay"},
        {"grpc://localhost:5000", "otlp/replay"},
        {"grpcs://localhost:5000", "otlp/replay"},
        {"https://collector:4317", "otlp/replay"},
        {"http://localhost:4318", "otlphttp/replay"},
        {"http://localhost:5000/x", "otlphttp/replay"},
        {"https://o'clock$.example", "otlphttp/replay"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *arena = arena_new(4096);
        struct configuration *configuration;
        struct problems problems;

        problems_init(&problems, arena);
        configuration = load(cases[i][0], NULL, 0, &problems);
        ck_assert_msg(configuration, "%s", cases[i][0]);
        ck_assert_str_eq(outbound_target_exporter(configuration)->id, cases[i][1]);
        configuration_unref(configuration);
        problems_done(&problems);
        arena_free(arena);
    }
}
END_TEST

START_TEST(more_settings_are_added_and_what_is_wrong_is_told)
{
    static const struct source more[] = {
        {.kind = SOURCE_SET, .text = "exporters.otlp/replay.timeout=1s"},
        {.kind = SOURCE_SET, .text = "exporters.otlp/replay.colour=red"},
    };
    struct arena *arena = arena_new(4096);
    struct configuration *configuration;
    struct problems problems;

    problems_init(&problems, arena);
    configuration = load("localhost:4317", more, 1, &problems);
    ck_assert_ptr_nonnull(configuration);
    configuration_unref(configuration);
    ck_assert_ptr_null(load("localhost:4317", more, 2, &problems));
    ck_assert_ptr_nonnull(strstr(problem_line(&problems.list[0], arena), "colour"));
    ck_assert_ptr_null(load("ftp://x", NULL, 0, &problems));
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("outbound_target");

    tcase_add_test(cases, the_endpoint_tells_the_exporter);
    tcase_add_test(cases, more_settings_are_added_and_what_is_wrong_is_told);
    return run_tests("outbound_target", cases);
}

/*
 * Its settings of all ages, which batches it shows, and where.
 */
#include "exporters/debug_exporter.c"

#include <fcntl.h>
#include <unistd.h>

#include "unit/settings_fixture.h"
#include "unit/stage.h"

static char path[] = "/tmp/otelc-debug-XXXXXX";

static struct debug_exporter *exporter_new(struct stage *stage, struct settings_fixture *f,
                                           const char *yaml)
{
    struct component *component;
    struct error err;

    stage_init(stage);
    settings_read(f, &debug_exporter, yaml);
    ck_assert_uint_eq(f->problems.errors, 0);
    component = debug_exporter.create(f->settings, &stage->worker, &err);
    component->type = &debug_exporter;
    component->where = "exporters/debug";
    ck_assert(debug_exporter.start(component, &err));
    return (struct debug_exporter *)component;
}

static void exporter_end(struct stage *stage, struct settings_fixture *f,
                         struct debug_exporter *exporter)
{
    debug_destroy(&exporter->base);
    stage_done(stage);
    settings_free(f);
}

START_TEST(the_old_levels_are_verbosities)
{
    static const struct {
        const char *yaml;
        enum verbosity verbosity;
        unsigned notes;
    } cases[] = {
        {"", VERBOSITY_BASIC, 0},
        {"{verbosity: Normal}", VERBOSITY_NORMAL, 0},
        {"{loglevel: debug}", VERBOSITY_DETAILED, 1},
        {"{logLevel: DEBUG}", VERBOSITY_DETAILED, 1},
        {"{loglevel: Info}", VERBOSITY_NORMAL, 1},
        {"{loglevel: warn}", VERBOSITY_BASIC, 1},
        {"{loglevel: fatal}", VERBOSITY_BASIC, 1},
        {"{loglevel: debug, verbosity: normal}", VERBOSITY_NORMAL, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;

        settings_read(&f, &debug_exporter, cases[i].yaml);
        ck_assert_uint_eq(((struct debug_settings *)f.settings)->verbosity, cases[i].verbosity);
        ck_assert_uint_eq(f.problems.count, cases[i].notes);
        ck_assert_uint_eq(f.problems.errors, 0);
        settings_free(&f);
    }
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *yaml, *told;
    } cases[] = {
        {"{verbosity: loud}", "basic"},
        {"{loglevel: loud}", "info"},
        {"{sampling_initial: -1}", "sampling_initial"},
        {"{output_paths: [x]}", "use_internal_logger: false"},
        {"{use_internal_logger: false, output_paths: ['']}", "empty name"},
        {"{use_internal_logger: false, output_paths: [a, b, c, d, e, f, g, h, i]}", "8 places"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;

        settings_read(&f, &debug_exporter, cases[i].yaml);
        ck_assert_uint_ge(f.problems.count, 1);
        ck_assert_ptr_nonnull(strstr(settings_problems(&f), cases[i].told));
        settings_free(&f);
    }
}
END_TEST

START_TEST(the_first_of_a_second_and_every_nth_are_shown)
{
    static const struct {
        const char *yaml, *shown; /* of ten batches in a second */
    } cases[] = {
        {"", "1111111111"},
        {"{sampling_thereafter: 3}", "1100100100"},
        {"{sampling_initial: 0, sampling_thereafter: 5}", "0000100001"},
        {"{sampling_initial: 1, sampling_thereafter: 0}", "1000000000"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;
        struct stage stage;
        struct debug_exporter *exporter = exporter_new(&stage, &f, cases[i].yaml);

        for (uint64_t second = 7; second < 9; second++)
            for (unsigned n = 0; n < 10; n++)
                ck_assert_int_eq(is_shown(exporter, second), cases[i].shown[n] == '1');
        exporter_end(&stage, &f, exporter);
    }
}
END_TEST

START_TEST(it_writes_to_its_own_files)
{
    struct settings_fixture f;
    struct stage stage;
    struct debug_exporter *exporter;
    char yaml[128], content[512] = "";
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "before\n", 7), 7);
    snprintf(yaml, sizeof(yaml),
             "{verbosity: normal, use_internal_logger: false, output_paths: [%s]}", path);
    exporter = exporter_new(&stage, &f, yaml);
    log_set_level(LOG_ERROR); /* which is the log's alone */
    ck_assert_int_eq(stage_hand_in(&exporter->base, stage_batch(1, 2)).verdict, ACCEPTED);
    ck_assert_int_gt(pread(fd, content, sizeof(content) - 1, 0), 0);
    ck_assert_int_eq(strncmp(content, "before\n2", 8), 0);
    ck_assert_ptr_nonnull(strstr(content, "\tinfo\texporters/debug\tTraces {\"resource spans\": 1, "
                                          "\"spans\": 2}\ns1 3031"));
    ck_assert_ptr_nonnull(strstr(content, "\ns2 3031"));
    exporter_end(&stage, &f, exporter);
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(a_file_that_cannot_be_made_is_told)
{
    struct string_list paths = {(const char *[]){"stdout", "/nowhere/x.log"}, 2};
    struct debug_output output = {0};
    struct error err;

    ck_assert(!debug_output_open(&output, &paths, &err));
    ck_assert_str_eq(
        err.text, "output_paths: cannot write to /nowhere/x.log: No such file or directory: make "
                  "its folder");
    debug_output_close(&output);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("debug_exporter");

    tcase_add_test(cases, the_old_levels_are_verbosities);
    tcase_add_test(cases, what_is_wrong_is_told);
    tcase_add_test(cases, the_first_of_a_second_and_every_nth_are_shown);
    tcase_add_test(cases, it_writes_to_its_own_files);
    tcase_add_test(cases, a_file_that_cannot_be_made_is_told);
    return run_tests("debug_exporter", cases);
}

#include "service/configuration.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "base/budget.h"
#include "unit/config_check.h"
#include "unit/fake_types.h"

struct loaded {
    struct arena *arena;
    struct configuration *configuration;
    const char *told;
};

static struct loaded load(const char *text)
{
    struct loaded loaded = {.arena = arena_new(1024)};
    struct source source = {SOURCE_CONFIG, text};
    struct problems problems;

    problems_init(&problems, loaded.arena);
    loaded.configuration = configuration_load(&source, 1, fake_types, &problems);
    loaded.told = problems_text(&problems, loaded.arena);
    problems_done(&problems);
    return loaded;
}

static void done(struct loaded *loaded)
{
    configuration_unref(loaded->configuration);
    arena_free(loaded->arena);
}

static const char quickstart[] =
    "yaml:"
    "receivers: {otlp: {protocols: {grpc: }}}\n"
    "processors: {batch: {timeout: 5s}, batch/2: }\n"
    "exporters: {jaeger: {endpoint: x}, debug: , jaeger/unused: {endpoint: y}}\n"
    "extensions: {probe: , probe/2: }\n"
    "service:\n"
    "  extensions: [probe/2, probe]\n"
    "  workers: 3\n"
    "  max_connections: 70\n"
    "  shutdown_timeout: 20s\n"
    "  telemetry: {logs: {level: WARNING}}\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [batch/2, batch], exporters: [debug, jaeger]}\n"
    "    traces/b: {receivers: [otlp], exporters: [jaeger]}\n";

START_TEST(pipelines_point_at_their_components)
{
    struct loaded l = load(quickstart);
    const struct configuration *c = l.configuration;
    const struct pipeline_entry *p;
    const struct fake_settings *s;

    ck_assert_str_eq(l.told, "yaml::3:45: note: exporters.jaeger/unused: no pipeline uses it: add "
                             "it to the exporters of one, or take it out\n");
    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(c->component_count, 8);
    ck_assert_uint_eq(c->pipeline_count, 2);
    p = &c->pipelines[0];
    ck_assert_str_eq(p->id, "traces");
    ck_assert_str_eq(p->where, "pipelines/traces");
    ck_assert_int_eq(p->signal, TRACES);
    ck_assert(p->served);
    ck_assert_uint_eq(p->receiver_count, 1);
    ck_assert_str_eq(p->receivers[0]->type->name, "otlp");
    ck_assert_uint_eq(p->processor_count, 2);
    ck_assert_str_eq(p->processors[0]->id, "batch/2");
    ck_assert_str_eq(p->processors[1]->where, "processors/batch");
    s = p->processors[1]->settings;
    ck_assert_uint_eq(s->timeout_ms, 5000);
    ck_assert_uint_eq(p->exporter_count, 2);
    ck_assert_ptr_eq(p->exporters[1], c->pipelines[1].exporters[0]);
    ck_assert_ptr_eq(p->receivers[0], c->pipelines[1].receivers[0]);
    ck_assert_uint_eq(c->pipelines[1].processor_count, 0);
    done(&l);
}
END_TEST

START_TEST(only_what_is_named_is_used)
{
    struct loaded l = load(quickstart);
    const struct configuration *c = l.configuration;

    for (size_t i = 0; i < c->component_count; i++)
        ck_assert(c->components[i]->used == (strcmp(c->components[i]->id, "jaeger/unused") != 0));
    done(&l);
}
END_TEST

START_TEST(the_service_has_settings)
{
    struct loaded l = load(quickstart);
    const struct configuration *c = l.configuration;

    ck_assert_uint_eq(c->workers, 3);
    ck_assert_uint_eq(c->max_connections, 70);
    ck_assert_uint_eq(c->shutdown_timeout_ms, 20000);
    ck_assert_int_eq(c->log.level, LOG_WARN);
    ck_assert_uint_eq(c->extension_count, 3); /* the last one serves metrics */
    ck_assert_str_eq(c->extensions[0]->id, "probe/2");
    ck_assert_str_eq(c->extensions[1]->id, "probe");
    done(&l);
}
END_TEST

START_TEST(the_memory_budget_is_in_mib_or_a_part_of_the_memory)
{
    static const struct {
        const char *memory;
        size_t percent, mib;
    } cases[] = {
        {"{}", 80, 0},
        {"{limit_mib: 300}", 0, 300},
        {"{limit_percentage: 25}", 25, 0},
        {"{limit_percentage: 25, limit_mib: 7}", 0, 7},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        struct loaded l;

        snprintf(text, sizeof(text),
                 "yaml:{receivers: {otlp: {protocols: {grpc: }}}, exporters: {debug: }, service: "
                 "{memory: %s, pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}}",
                 cases[i].memory);
        l = load(text);
        ck_assert_uint_eq(l.configuration->memory_limit,
                          cases[i].mib > 0 ? cases[i].mib << 20
                                           : budget_memory() / 100 * cases[i].percent);
        done(&l);
    }
}
END_TEST

START_TEST(the_service_has_defaults)
{
    struct loaded l =
        load("yaml:{receivers: {otlp: {protocols: {grpc: }}}, exporters: {debug: }, "
             "service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}}");

    ck_assert_str_eq(l.told, "");
    ck_assert_uint_eq(l.configuration->workers, 0);
    ck_assert_uint_eq(l.configuration->max_connections, 10000);
    ck_assert_uint_eq(l.configuration->shutdown_timeout_ms, 8000);
    ck_assert_int_eq(l.configuration->log.level, LOG_INFO);
    done(&l);
}
END_TEST

START_TEST(pipelines_that_miss_a_component_do_not_run)
{
    struct loaded l = load("tests/data/config/good_metrics_and_logs.yaml");
    const struct configuration *c = l.configuration;

    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(c->pipeline_count, 3);
    ck_assert(c->pipelines[0].served);
    ck_assert_ptr_null(c->pipelines[0].not_served);
    ck_assert(!c->pipelines[1].served);
    ck_assert_int_eq(c->pipelines[1].signal, METRICS);
    ck_assert_str_eq(c->pipelines[1].not_served,
                     "metrics are not served by this collector: otelc does not have the receiver "
                     "prometheus (pipeline metrics)");
    ck_assert_int_eq(c->pipelines[2].signal, LOGS);
    ck_assert(!c->pipelines[2].served);
    for (size_t i = 0; i < c->component_count; i++) /* debug stands in the logs pipeline only */
        ck_assert(c->components[i]->used == (strcmp(c->components[i]->id, "debug") != 0));
    done(&l);
}
END_TEST

START_TEST(pipelines_of_all_signals_run)
{
    struct loaded l = load("tests/data/config/good_three_signals.yaml");
    const struct configuration *c = l.configuration;

    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(c->pipeline_count, SIGNAL_KINDS);
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        ck_assert(c->pipelines[s].served);
        ck_assert_uint_eq(c->pipelines[s].signal, s);
    }
    ck_assert_uint_eq(c->pipelines[METRICS].processor_count, 1); /* the other has no effect */
    done(&l);
}
END_TEST

/* Ids: the key of an exporter. */
START_TEST(ids_have_rules)
{
    static const struct {
        const char *id, *wrong;
    } cases[] = {
        {"debug", ""},
        {"debug/2", ""},
        {"' debug / a-b.c/d#e '", ""},
        {"debug/caf\xc3\xa9", ""},
        {"deb-ug", "a type is made of letters, digits and \"_\""},
        {"2debug", "a type starts with a letter"},
        {"/x", "the part before \"/\" is empty"},
        {"debug/", "the part after \"/\" is empty"},
        {"debug/a b", "a name holds no blanks"},
        {"debug/a+b", "a name holds no blanks"},
        {"debug/a\xc2\xa0"
         "b",
         "a name holds no blanks"},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg", "the type is longer"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[400];
        struct loaded l;

        snprintf(text, sizeof(text),
                 "yaml:{receivers: {otlp: {protocols: {grpc: }}}, exporters: {debug/x: , %s: }, "
                 "service: {pipelines: {traces: {receivers: [otlp], exporters: [debug/x]}}}}",
                 cases[i].id);
        l = load(text);
        if (cases[i].wrong[0] == '\0')
            ck_assert_ptr_nonnull(l.configuration);
        else
            ck_assert_msg(strstr(l.told, cases[i].wrong), "%s: %s", cases[i].id, l.told);
        done(&l);
    }
}
END_TEST

/* The content of a file, in the arena; "" where there is none. */
static const char *content(const char *path, struct arena *arena)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    size_t len;

    if (!file)
        return "";
    len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    fclose(file);
    return arena_text(arena, text);
}

/* tests/data/config/X.yaml stands beside X.expected with what is told, bad_* are errors. */
static void check_file(const char *name)
{
    char path[300];
    struct loaded l;
    const char *expected;

    setenv("OTELC_TEST_HOST", "jaeger", 1);
    unsetenv("OTELC_TEST_UNSET");
    snprintf(path, sizeof(path), "%s", name);
    l = load(path);
    memcpy(strrchr(path, '.'), ".expected", sizeof(".expected"));
    expected = content(path, l.arena);
    ck_assert_msg(strcmp(l.told, expected) == 0, "%s tells\n%snot\n%s", name, l.told, expected);
    ck_assert_msg((l.configuration != NULL) == (strncmp(name, "good_", 5) == 0), "%s: %s", name,
                  l.told);
    done(&l);
}

START_TEST(files_tell_what_is_expected)
{
    DIR *folder;
    struct dirent *entry;
    size_t count = 0;

    ck_assert_int_eq(chdir("tests/data/config"), 0);
    folder = opendir(".");
    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder))) {
        const char *end = strrchr(entry->d_name, '.');

        if (!end || strcmp(end, ".yaml") != 0)
            continue;
        check_file(entry->d_name);
        count++;
    }
    closedir(folder);
    ck_assert_uint_ge(count, 30);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("configuration");

    tcase_add_test(cases, pipelines_point_at_their_components);
    tcase_add_test(cases, only_what_is_named_is_used);
    tcase_add_test(cases, the_service_has_settings);
    tcase_add_test(cases, the_memory_budget_is_in_mib_or_a_part_of_the_memory);
    tcase_add_test(cases, the_service_has_defaults);
    tcase_add_test(cases, pipelines_that_miss_a_component_do_not_run);
    tcase_add_test(cases, pipelines_of_all_signals_run);
    tcase_add_test(cases, ids_have_rules);
    tcase_add_test(cases, files_tell_what_is_expected);
    return run_tests("configuration", cases);
}

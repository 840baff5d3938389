/*
 * What pages are told of a configuration.
 */
#include "service/overview_graph.h"

#include <unistd.h>

#include "base/arena.h"
#include "service/components.h"
#include "unit/check.h"

#define YAML                                                                                       \
    "yaml:{receivers: {otlp: {protocols: {grpc: {endpoint: \"127.0.0.1:0\"}}}, "                   \
    "jaeger: {protocols: {thrift_compact: {endpoint: \"127.0.0.1:0\"}}}, otlp/unused: "            \
    "{protocols: {http: }}}, "                                                                     \
    "processors: {batch: }, exporters: {debug: , otlp: {endpoint: \"a:1\", headers: {k: secret}}," \
    " kafka: }, service: {telemetry: {metrics: {level: none}}, pipelines: {"                       \
    "traces: {receivers: [otlp, jaeger], processors: [batch], exporters: [debug, otlp]}, "         \
    "logs: {receivers: [otlp], exporters: [kafka]}}}}"

static struct configuration *configuration;
static struct listen_set *sockets;
static struct overview_graph *graph;

static void begin(void)
{
    struct source source = {SOURCE_CONFIG, YAML};
    struct arena *arena = arena_new(4096);
    struct problems problems;

    problems_init(&problems, arena);
    configuration = configuration_load(&source, 1, component_types, &problems);
    for (size_t i = 0; !configuration && i < problems.count; i++)
        ck_abort_msg("%s", problems.list[i].text);
    problems_done(&problems);
    configuration->texts = arena;
    sockets = listen_set_new(1);
}

static void end(void)
{
    overview_graph_unref(graph);
    listen_set_free(sockets);
    configuration_unref(configuration);
}

static const struct overview_component *component(const char *where)
{
    for (size_t i = 0; i < graph->component_count; i++)
        if (strcmp(graph->components[i].where, where) == 0)
            return &graph->components[i];
    ck_abort_msg("no %s", where);
    return NULL;
}

START_TEST(pipelines_are_told_and_why_one_does_not_run)
{
    graph = overview_graph_describe(configuration, sockets);
    ck_assert_uint_eq(graph->pipeline_count, 2);
    ck_assert_str_eq(graph->pipelines[0].id, "traces");
    ck_assert_ptr_null(graph->pipelines[0].not_served);
    ck_assert_uint_eq(graph->pipelines[0].receivers.count, 2);
    ck_assert_str_eq(graph->pipelines[0].receivers.at[1], "receivers/jaeger");
    ck_assert_str_eq(graph->pipelines[0].processors.at[0], "processors/batch");
    ck_assert_str_eq(graph->pipelines[0].exporters.at[0], "exporters/debug");
    ck_assert_ptr_nonnull(strstr(graph->pipelines[1].not_served, "kafka"));
    ck_assert(component("receivers/otlp")->used && !component("receivers/otlp/unused")->used);
    ck_assert_ptr_null(strstr(graph->config, "secret"));
    ck_assert_ptr_nonnull(strstr(graph->config, "endpoint: a:1"));
}
END_TEST

START_TEST(it_outlives_the_configuration)
{
    graph = overview_graph_describe(configuration, sockets);
    configuration_unref(configuration);
    configuration = NULL;
    ck_assert_str_eq(component("receivers/otlp")->id, "otlp");
    ck_assert_str_eq(component("receivers/otlp")->endpoints[0], "127.0.0.1:0");
}
END_TEST

START_TEST(endpoints_are_told_as_they_are_open)
{
    static const char *const names[] = {"127.0.0.1:0", "udp:127.0.0.1:0"};
    int fds[2][LISTEN_MAX_FDS];
    struct error err = {""};

    for (size_t i = 0; i < 2; i++)
        ck_assert_msg(listen_set_open(sockets, names[i], 0, fds[i], &err) == 1, "%s", err.text);
    graph = overview_graph_describe(configuration, sockets);
    for (size_t i = 0; i < 2; i++) {
        const char *where = i == 0 ? "receivers/otlp" : "receivers/jaeger";
        const char *told = component(where)->endpoints[0];
        const char *address = listen_set_address(sockets, names[i]);

        ck_assert_str_ne(told, names[i]);
        ck_assert_str_eq(told + (i == 0 ? 0 : strlen("udp:")), address);
        listen_set_close(sockets, names[i], 0);
        close(fds[i][0]);
    }
    ck_assert_uint_eq(component("receivers/otlp/unused")->endpoint_count, 0);
    ck_assert_uint_eq(component("exporters/debug")->endpoint_count, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("overview_graph");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, pipelines_are_told_and_why_one_does_not_run);
    tcase_add_test(cases, it_outlives_the_configuration);
    tcase_add_test(cases, endpoints_are_told_as_they_are_open);
    return run_tests("overview_graph", cases);
}

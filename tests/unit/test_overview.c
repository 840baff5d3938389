/*
 * Tests of pipeline/overview.c and pipeline/overview_json.c.
 */
#include "pipeline/overview.h"

#include "base/log_recent.h"
#include "base/metrics.h"
#include "base/version.h"
#include "net/clients.h"
#include "net/refused.h"
#include "otlp/json.h"
#include "pipeline/overview_json.h"
#include "unit/check.h"

static struct overview_ids ids(struct overview_graph *graph, const char *id)
{
    struct overview_ids one = {arena_alloc(graph->arena, sizeof(const char *)), 1};

    one.at[0] = id;
    return one;
}

static struct overview_graph *make_graph(void)
{
    struct overview_graph *graph = overview_graph_new();

    graph->pipelines = arena_alloc(graph->arena, 2 * sizeof(graph->pipelines[0]));
    graph->pipeline_count = 2;
    graph->pipelines[0] = (struct overview_pipeline){
        .id = "traces",
        .signal = "traces",
        .receivers = ids(graph, "receivers/otlp"),
        .exporters = ids(graph, "exporters/debug"),
    };
    graph->pipelines[1] =
        (struct overview_pipeline){.id = "logs", .signal = "logs", .not_served = "no \"kafka\""};
    graph->components = arena_alloc(graph->arena, sizeof(graph->components[0]));
    graph->component_count = 1;
    graph->components[0] = (struct overview_component){
        .where = "receivers/otlp", .id = "otlp", .type = "otlp", .help = "takes", .used = true};
    graph->files = ids(graph, "a.yaml");
    return graph;
}

static const char *write_json(struct buf *out, struct overview *overview)
{
    struct json json;

    overview_json_write(out, overview, PHASE_RUNNING);
    json = json_of(buf_str(out));
    ck_assert_msg(json_skip(&json), "%s", buf_text(out));
    json_space(&json);
    ck_assert_ptr_eq(json.at, json.end);
    return buf_text(out);
}

START_TEST(nothing_is_there_before_it_is_set)
{
    struct overview *overview = overview_new(3);

    ck_assert_ptr_null(overview_graph(overview));
    ck_assert_uint_eq(overview_workers(overview), 3);
    ck_assert_uint_le(overview_start_unix_ms(overview), overview_now_unix_ms());
    overview_graph_unref(NULL);
    overview_free(overview);
    overview_free(NULL);
}
END_TEST

START_TEST(who_reads_keeps_what_was_there)
{
    struct overview *overview = overview_new(1);
    struct overview_graph *first = make_graph(), *second = make_graph(), *held, *now;

    overview_set(overview, first);
    held = overview_graph(overview);
    overview_set(overview, second);
    ck_assert_ptr_eq(held, first);
    ck_assert_str_eq(held->pipelines[0].id, "traces");
    now = overview_graph(overview);
    ck_assert_ptr_eq(now, second);
    overview_graph_unref(held);
    overview_graph_unref(now);
    overview_free(overview);
}
END_TEST

START_TEST(json_is_whole_when_nothing_runs)
{
    struct overview *overview = overview_new(1);
    struct buf out = {0};
    const char *text = write_json(&out, overview);

    ck_assert_ptr_nonnull(strstr(text, "\"version\":\"" OTELC_VERSION "\",\"phase\":\"running\""));
    ck_assert_ptr_nonnull(strstr(text, "\"files\":[],\"config\":null,\"components\":[],"
                                       "\"pipelines\":[]"));
    buf_done(&out);
    overview_free(overview);
}
END_TEST

START_TEST(json_has_the_graph)
{
    struct overview *overview = overview_new(1);
    struct buf out = {0};
    const char *text;

    overview_set(overview, make_graph());
    text = write_json(&out, overview);
    ck_assert_ptr_nonnull(strstr(text,
                                 "{\"id\":\"traces\",\"signal\":\"traces\",\"notServed\":null,"
                                 "\"receivers\":[\"receivers/otlp\"],\"processors\":[],"
                                 "\"exporters\":[\"exporters/debug\"]}"));
    ck_assert_ptr_nonnull(strstr(text, "\"notServed\":\"no \\\"kafka\\\"\""));
    ck_assert_ptr_nonnull(strstr(text, "\"endpoints\":[],\"used\":true"));
    ck_assert_ptr_nonnull(strstr(text, "\"files\":[\"a.yaml\"]"));
    buf_done(&out);
    overview_free(overview);
}
END_TEST

START_TEST(json_has_what_was_counted_and_told)
{
    static const uint64_t bounds[] = {10, 100};
    static const struct metric_family counter = {
        .name = "test_counter", .help = "Counts.", .kind = FAMILY_COUNTER};
    static const struct metric_family sizes = {.name = "test_sizes",
                                               .help = "Sizes.",
                                               .unit = "By",
                                               .kind = FAMILY_HISTOGRAM,
                                               .bounds = bounds,
                                               .bound_count = 2};
    struct metric *count = metric_open(&counter, "exporter", "a\"b", NULL);
    struct metric *size = metric_open(&sizes, NULL);
    struct overview *overview = overview_new(1);
    struct buf out = {0};
    const char *text;

    metric_add(count, 5);
    metric_observe(size, 50);
    log_recent_add(1000, LOG_WARN, "exporters/x", STR("cannot\n"), 2);
    refused_add("receivers/otlp", "[::1]:5", "POST /\x01", "\xff", "<b>");
    client_count(client_enter("receivers/otlp", STR("sdk \"1\"")));
    text = write_json(&out, overview);
    ck_assert_ptr_nonnull(
        strstr(text, "{\"name\":\"test_counter\",\"kind\":\"counter\",\"unit\":null,\"perUnit\":1,"
                     "\"labels\":\"exporter=\\\"a\\\\\\\"b\\\"\",\"value\":5}"));
    ck_assert_ptr_nonnull(strstr(text, "\"value\":50,\"count\":1,\"bounds\":[10,100],"
                                       "\"buckets\":[0,1,0]}"));
    ck_assert_ptr_nonnull(strstr(text, "\"level\":\"warn\",\"where\":\"exporters/x\""));
    ck_assert_ptr_nonnull(strstr(text, "\"what\":\"POST /\\u0001\",\"agent\":\"\xef\xbf\xbd\","
                                       "\"why\":\"<b>\"}"));
    ck_assert_ptr_nonnull(strstr(text, "\"agent\":\"sdk \\\"1\\\"\",\"connections\":1,"
                                       "\"requests\":1,"));
    metric_close(count);
    metric_close(size);
    buf_done(&out);
    overview_free(overview);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("overview");

    tcase_add_test(cases, nothing_is_there_before_it_is_set);
    tcase_add_test(cases, who_reads_keeps_what_was_there);
    tcase_add_test(cases, json_is_whole_when_nothing_runs);
    tcase_add_test(cases, json_has_the_graph);
    tcase_add_test(cases, json_has_what_was_counted_and_told);
    return run_tests("overview", cases);
}

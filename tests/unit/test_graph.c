/*
 * The graph: what is made, in which order it starts, how data flows, how it drains.
 */
#include "service/graph.h"

#include "unit/check.h"
#include "unit/metrics_text.h"
#include "unit/probes.h"
#include "unit/stage.h"

#define COMPONENTS                                                                                 \
    "yaml:{receivers: {r: , r/2: }, processors: {p: , p/2: }, exporters: {x: , x/2: }}"

static struct stage stage;
static struct configuration *configuration;
static struct graph *graph;

static void begin(const char *pipelines)
{
    struct error err = {0};

    stage_init(&stage);
    configuration = probes_load(COMPONENTS, pipelines);
    graph = graph_start(configuration, &stage.worker, &err);
    ck_assert_msg(graph, "%s", err.text);
}

static void end(void)
{
    graph_free(graph);
    configuration_unref(configuration);
    stage_done(&stage);
    buf_done(&probe_events);
}

static void on_drained(void *arg)
{
    ++*(int *)arg;
}

#define ONE                                                                                        \
    "yaml:{service: {pipelines: {traces: {receivers: [r], processors: [p, p/2], exporters: "       \
    "[x]}}}}"

START_TEST(exporters_start_first_and_receivers_last)
{
    begin(ONE);
    ck_assert_str_eq(buf_text(&probe_events), "start exporters/x; start processors/p/2; "
                                              "start processors/p; start receivers/r; ");
    end();
}
END_TEST

START_TEST(receivers_drain_first_and_exporters_last)
{
    int drained = 0;

    begin(ONE);
    buf_reset(&probe_events);
    graph_drain(graph, on_drained, &drained);
    STAGE_RUN_UNTIL(&stage, drained == 1);
    ck_assert_str_eq(buf_text(&probe_events), "drain receivers/r; drain processors/p; "
                                              "drain processors/p/2; drain exporters/x; "
                                              "destroy receivers/r; destroy processors/p; "
                                              "destroy processors/p/2; destroy exporters/x; ");
    end();
}
END_TEST

START_TEST(data_takes_the_processors_in_their_order)
{
    begin(ONE);
    buf_reset(&probe_events);
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 1));
    ck_assert_str_eq(buf_text(&probe_events),
                     "consume processors/p; consume processors/p/2; consume exporters/x; ");
    end();
}
END_TEST

START_TEST(a_receiver_feeds_all_its_pipelines_and_an_exporter_is_made_once)
{
    begin("yaml:{service: {pipelines: {traces: {receivers: [r], exporters: [x, x/2]}, "
          "traces/b: {receivers: [r], processors: [p], exporters: [x]}}}}");
    buf_reset(&probe_events);
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 1));
    ck_assert_str_eq(buf_text(&probe_events), "consume exporters/x; consume exporters/x/2; "
                                              "consume processors/p; consume exporters/x; ");
    ck_assert_uint_eq(graph_held(graph), 14);
    end();
}
END_TEST

START_TEST(each_signal_has_its_own_way)
{
    struct batch *batch = batch_new(METRICS);

    begin("yaml:{service: {pipelines: {traces: {receivers: [r], exporters: [x]}, "
          "metrics: {receivers: [r], processors: [p], exporters: [x]}}}}");
    buf_reset(&probe_events);
    stage_hand_in(probe_at("receivers/r")->next[METRICS], batch);
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 1));
    ck_assert_str_eq(buf_text(&probe_events),
                     "consume processors/p; consume exporters/x; consume exporters/x; ");
    ck_assert_ptr_null(probe_at("receivers/r")->next[LOGS]);
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        ck_assert_ptr_null(probe_at("receivers/r")->not_served[s]);
    end();
}
END_TEST

START_TEST(a_receiver_knows_of_pipelines_that_do_not_run)
{
    begin("yaml:{exporters: {loki: }, service: {pipelines: {"
          "traces: {receivers: [r], exporters: [x]}, "
          "metrics: {receivers: [r], exporters: [x]}, metrics/b: {receivers: [r], exporters: "
          "[loki]}, "
          "logs: {receivers: [r], exporters: [x, loki]}}}}");
    ck_assert_str_eq(buf_text(&probe_events), "start exporters/x; start receivers/r; ");
    ck_assert_ptr_null(probe_at("receivers/r")->not_served[METRICS]); /* one of them runs */
    ck_assert_ptr_null(probe_at("receivers/r")->next[LOGS]);
    ck_assert_str_eq(probe_at("receivers/r")->not_served[LOGS],
                     "logs are not served by this collector: otelc does not have the exporter loki "
                     "(pipeline logs)");
    end();
}
END_TEST

START_TEST(a_receiver_only_of_pipelines_that_do_not_run_is_there_to_tell_so)
{
    begin("yaml:{exporters: {loki: }, service: {pipelines: {"
          "traces: {receivers: [r], exporters: [x]}, logs: {receivers: [r/2], exporters: "
          "[x/2, loki]}}}}");
    ck_assert_ptr_nonnull(strstr(buf_text(&probe_events), "start receivers/r/2; "));
    ck_assert_ptr_null(strstr(buf_text(&probe_events), "exporters/x/2"));
    end();
}
END_TEST

START_TEST(what_no_pipeline_uses_is_not_made)
{
    begin("yaml:{service: {pipelines: {traces: {receivers: [r/2], exporters: [x/2]}}}}");
    ck_assert_str_eq(buf_text(&probe_events), "start exporters/x/2; start receivers/r/2; ");
    end();
}
END_TEST

START_TEST(when_one_cannot_start_nothing_is_left)
{
    struct error err = {0};

    stage_init(&stage);
    configuration = probes_load(COMPONENTS, "yaml:{receivers: {r: {fails: true}}, service: "
                                            "{pipelines: {traces: {receivers: [r], exporters: "
                                            "[x]}}}}");
    graph = graph_start(configuration, &stage.worker, &err);
    ck_assert_ptr_null(graph);
    ck_assert_str_eq(err.text, "receivers/r: port 1 is taken");
    ck_assert_uint_eq(probe_count(), 0);
    end();
}
END_TEST

#define CONNECTED                                                                                  \
    "yaml:{connectors: {c: , c/2: }, service: {pipelines: {"                                       \
    "traces: {receivers: [r], processors: [p], exporters: [x, c]}, "                               \
    "traces/a: {receivers: [c], processors: [p, p/2], exporters: [c/2]}, "                         \
    "traces/b: {receivers: [c/2], exporters: [x]}, "                                               \
    "traces/c: {receivers: [r/2, c/2], processors: [p], exporters: [x/2]}}}}"

START_TEST(connectors_bring_data_to_other_pipelines)
{
    begin(CONNECTED);
    ck_assert_uint_eq(probe_count(), 2 + 2 + 4 + 2);
    buf_reset(&probe_events);
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 1));
    ck_assert_str_eq(buf_text(&probe_events),
                     "consume processors/p; consume exporters/x; consume connectors/c; "
                     "consume processors/p; consume processors/p/2; consume connectors/c/2; "
                     "consume exporters/x; consume processors/p; consume exporters/x/2; ");
    end();
}
END_TEST

#define ITEMS(way, connector, pipeline)                                                            \
    way "_items{connector=\"" connector "\",pipeline=\"" pipeline "\",otel_signal=\"traces\"}=2\n"

/* What goes past them is not theirs. */
START_TEST(connectors_are_counted_for_each_pipeline)
{
    begin(CONNECTED);
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 2));
    stage_hand_in(probe_at("receivers/r/2")->next[TRACES], stage_batch(2, 1));
    metrics_say("otelc_connector_",
                ITEMS("incoming", "c", "traces") ITEMS("incoming", "c/2", "traces/a")
                    ITEMS("outgoing", "c", "traces/a") ITEMS("outgoing", "c/2", "traces/b")
                        ITEMS("outgoing", "c/2", "traces/c"));
    end();
}
END_TEST

START_TEST(connectors_start_behind_what_they_feed_and_drain_before_it)
{
    int drained = 0;

    begin(CONNECTED);
    ck_assert_str_eq(buf_text(&probe_events),
                     "start exporters/x; start exporters/x/2; start processors/p; "
                     "start connectors/c/2; start processors/p/2; start processors/p; "
                     "start connectors/c; start processors/p; start receivers/r; "
                     "start receivers/r/2; ");
    buf_reset(&probe_events);
    graph_drain(graph, on_drained, &drained);
    STAGE_RUN_UNTIL(&stage, drained == 1);
    ck_assert_ptr_nonnull(strstr(
        buf_text(&probe_events),
        "drain receivers/r/2; drain receivers/r; drain processors/p; drain connectors/c; "
        "drain processors/p; drain processors/p/2; drain connectors/c/2; drain processors/p; "
        "drain exporters/x/2; drain exporters/x; "));
    end();
}
END_TEST

/* The other signal's pipelines stand before it in the file, and are fed by the same connector. */
START_TEST(a_connector_has_followers_for_each_signal)
{
    begin("yaml:{connectors: {c: }, service: {pipelines: {"
          "logs: {receivers: [r], exporters: [c]}, traces: {receivers: [r], exporters: [c]}, "
          "traces/b: {receivers: [c], processors: [p], exporters: [x]}, "
          "logs/b: {receivers: [c], processors: [p/2], exporters: [x]}}}}");
    buf_reset(&probe_events);
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 1));
    stage_hand_in(probe_at("receivers/r")->next[LOGS], batch_new(LOGS));
    ck_assert_str_eq(buf_text(&probe_events),
                     "consume connectors/c; consume processors/p; consume exporters/x; "
                     "consume connectors/c; consume processors/p/2; consume exporters/x; ");
    end();
}
END_TEST

START_TEST(a_connector_to_nowhere_is_not_made)
{
    begin("yaml:{exporters: {loki: }, connectors: {c: }, service: {pipelines: {"
          "traces: {receivers: [r], exporters: [x]}, logs: {receivers: [r], exporters: [x, c]}, "
          "logs/b: {receivers: [c], exporters: [loki]}}}}");
    ck_assert_str_eq(buf_text(&probe_events), "start exporters/x; start receivers/r; ");
    buf_reset(&probe_events);
    stage_hand_in(probe_at("receivers/r")->next[LOGS], batch_new(LOGS));
    ck_assert_str_eq(buf_text(&probe_events), "consume exporters/x; ");
    end();
}
END_TEST

START_TEST(extensions_may_send_something_when_all_is_drained)
{
    int drained = 0, finished = 0;

    begin("yaml:{extensions: {e: , e/2: , e_lasting: }, service: {extensions: [e, e_lasting, e/2], "
          "pipelines: {traces: {receivers: [r], exporters: [x]}}}}");
    buf_reset(&probe_events);
    graph_drain(graph, on_drained, &drained);
    STAGE_RUN_UNTIL(&stage, drained == 1);
    probe_slow = "extensions/e";
    graph_finish(graph, on_drained, &finished);
    ck_assert_str_eq(buf_text(&probe_events),
                     "drain receivers/r; drain exporters/x; destroy receivers/r; destroy "
                     "exporters/x; finish extensions/e; finish extensions/e/2; ");
    ck_assert_int_eq(finished, 0);
    probe_finish(probe_at("extensions/e"));
    ck_assert_int_eq(finished, 1);
    probe_slow = NULL;
    end();
}
END_TEST

START_TEST(they_may_do_so_where_not_all_is_drained)
{
    int drained = 0, finished = 0;

    begin("yaml:{extensions: {e: }, service: {extensions: [e], "
          "pipelines: {traces: {receivers: [r], exporters: [x]}}}}");
    probe_slow = "exporters/x";
    graph_drain(graph, on_drained, &drained);
    graph_finish(graph, on_drained, &finished);
    ck_assert_int_eq(finished, 1);
    ck_assert_int_eq(drained, 0);
    probe_slow = NULL;
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("graph");

    tcase_add_test(cases, exporters_start_first_and_receivers_last);
    tcase_add_test(cases, receivers_drain_first_and_exporters_last);
    tcase_add_test(cases, data_takes_the_processors_in_their_order);
    tcase_add_test(cases, a_receiver_feeds_all_its_pipelines_and_an_exporter_is_made_once);
    tcase_add_test(cases, each_signal_has_its_own_way);
    tcase_add_test(cases, a_receiver_knows_of_pipelines_that_do_not_run);
    tcase_add_test(cases, a_receiver_only_of_pipelines_that_do_not_run_is_there_to_tell_so);
    tcase_add_test(cases, what_no_pipeline_uses_is_not_made);
    tcase_add_test(cases, when_one_cannot_start_nothing_is_left);
    tcase_add_test(cases, connectors_bring_data_to_other_pipelines);
    tcase_add_test(cases, connectors_are_counted_for_each_pipeline);
    tcase_add_test(cases, connectors_start_behind_what_they_feed_and_drain_before_it);
    tcase_add_test(cases, a_connector_has_followers_for_each_signal);
    tcase_add_test(cases, a_connector_to_nowhere_is_not_made);
    tcase_add_test(cases, extensions_may_send_something_when_all_is_drained);
    tcase_add_test(cases, they_may_do_so_where_not_all_is_drained);
    return run_tests("graph", cases);
}

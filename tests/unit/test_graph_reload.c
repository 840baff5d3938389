/*
 * The graph when its configuration changes: what goes on, what is made, what retires and when.
 */
#include "service/graph.h"

#include "service/configuration.h"
#include "unit/check.h"
#include "unit/probes.h"
#include "unit/stage.h"

static struct stage stage;
static struct graph *graph;

/* The YAML of a configuration: what is in the braces of each. */
struct yaml {
    const char *components, *pipelines;
};

#define ONE "traces: {receivers: [r], processors: [p], exporters: [x]}"

static struct configuration *load(const struct yaml *yaml)
{
    struct buf components = {0}, pipelines = {0};
    struct configuration *configuration;

    buf_printf(&components, "yaml:{%s}", yaml->components);
    buf_printf(&pipelines, "yaml:{service: {pipelines: {%s}}}", yaml->pipelines);
    configuration = probes_load(buf_text(&components), buf_text(&pipelines));
    buf_done(&components);
    buf_done(&pipelines);
    return configuration;
}

static void begin(const char *components, const char *pipelines)
{
    struct configuration *configuration = load(&(struct yaml){components, pipelines});
    struct error err = {0};

    stage_init(&stage);
    probe_slow = probe_refuses = NULL;
    graph = graph_start(configuration, &stage.worker, &err);
    ck_assert_msg(graph, "%s", err.text);
    configuration_unref(configuration);
    buf_reset(&probe_events);
}

static bool prepare(const char *components, const char *pipelines, struct error *err)
{
    struct configuration *configuration = load(&(struct yaml){components, pipelines});
    bool ok = graph_prepare(graph, configuration, err);

    configuration_unref(configuration);
    return ok;
}

/* One turn of the loop lets a retirement end that has nothing to wait for. */
static void turn(void)
{
    stage_turn(&stage);
}

static void change(const char *components, const char *pipelines)
{
    struct error err = {0};

    ck_assert_msg(prepare(components, pipelines, &err), "%s", err.text);
    graph_commit(graph);
    turn();
}

static void on_drained(void *arg)
{
    ++*(int *)arg;
}

static void end(void)
{
    int drained = 0;

    graph_drain(graph, on_drained, &drained);
    STAGE_RUN_UNTIL(&stage, drained == 1);
    graph_free(graph);
    ck_assert_uint_eq(probe_count(), 0);
    stage_done(&stage);
    buf_done(&probe_events);
}

static void take_one(void)
{
    stage_hand_in(probe_at("receivers/r")->next[TRACES], stage_batch(0, 1));
}

#define ASSERT_EVENTS(expected)                                                                    \
    do {                                                                                           \
        ck_assert_str_eq(buf_text(&probe_events), expected);                                       \
        buf_reset(&probe_events);                                                                  \
    } while (0)

static bool happened(const char *event)
{
    return strstr(buf_text(&probe_events), event) != NULL;
}

#define ALL "receivers: {r: , r/2: }, processors: {p: , p/2: }, exporters: {x: , x/2: }"

/* What a change does: to its first configuration and with its second. */
static const struct {
    struct yaml before, after;
    const char *events;
} changes[] = {
    {{ALL, ONE}, {ALL, ONE}, "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "},
    /* settings: each kind */
    {{ALL, ONE},
     {"receivers: {r: }, processors: {p: }, exporters: {x: {v: 2}}", ONE},
     "start exporters/x=2; reloaded processors/p; reloaded receivers/r; "
     "bequeath exporters/x exporters/x=2; drain exporters/x; destroy exporters/x; "},
    {{ALL, ONE},
     {"receivers: {r: }, processors: {p: {v: 2}}, exporters: {x: }", ONE},
     "start processors/p=2; reloaded exporters/x; reloaded receivers/r; "
     "drain processors/p; destroy processors/p; "},
    {{ALL, ONE},
     {"receivers: {r: {v: 2}}, processors: {p: }, exporters: {x: }", ONE},
     "start receivers/r=2; reloaded exporters/x; reloaded processors/p; "
     "drain receivers/r; destroy receivers/r; "},
    /* one more of each kind */
    {{ALL, ONE},
     {ALL, "traces: {receivers: [r], processors: [p], exporters: [x, x/2]}"},
     "start exporters/x/2; reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "},
    {{ALL, ONE},
     {ALL, "traces: {receivers: [r], processors: [p, p/2], exporters: [x]}"},
     "start processors/p/2; reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "},
    {{ALL, ONE},
     {ALL, "traces: {receivers: [r, r/2], processors: [p], exporters: [x]}"},
     "start receivers/r/2; reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "},
    /* one less of each kind */
    {{ALL, "traces: {receivers: [r], processors: [p], exporters: [x, x/2]}"},
     {ALL, ONE},
     "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "
     "drain exporters/x/2; destroy exporters/x/2; "},
    {{ALL, "traces: {receivers: [r], processors: [p, p/2], exporters: [x]}"},
     {ALL, ONE},
     "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "
     "drain processors/p/2; destroy processors/p/2; "},
    {{ALL, "traces: {receivers: [r, r/2], processors: [p], exporters: [x]}"},
     {ALL, ONE},
     "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "
     "drain receivers/r/2; destroy receivers/r/2; "},
    /* each pipeline has its own processors, and another order of them is none of their business */
    {{ALL, ONE ", traces/b: {receivers: [r], processors: [p], exporters: [x]}"},
     {ALL, ONE},
     "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "
     "drain processors/p; destroy processors/p; "},
    {{ALL, "traces: {receivers: [r], processors: [p, p/2], exporters: [x]}"},
     {ALL, "traces: {receivers: [r], processors: [p/2, p], exporters: [x]}"},
     "reloaded exporters/x; reloaded processors/p; reloaded processors/p/2; reloaded "
     "receivers/r; "},
    /* a signal more */
    {{ALL, ONE},
     {ALL, ONE ", metrics: {receivers: [r], exporters: [x]}"},
     "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "},
    /* what no pipeline names does not matter */
    {{ALL, ONE},
     {"receivers: {r: , r/3: }, processors: {p: }, exporters: {x: , x/2: {v: 2}}", ONE},
     "reloaded exporters/x; reloaded processors/p; reloaded receivers/r; "},
};

START_TEST(only_what_has_changed_is_made_anew)
{
    begin(changes[_i].before.components, changes[_i].before.pipelines);
    change(changes[_i].after.components, changes[_i].after.pipelines);
    ASSERT_EVENTS(changes[_i].events);
    end();
}
END_TEST

START_TEST(data_takes_the_new_way)
{
    begin(ALL, ONE);
    change("receivers: {r: }, processors: {p: , p/2: }, exporters: {x: {v: 2}}",
           "traces: {receivers: [r], processors: [p/2, p], exporters: [x]}, "
           "traces/b: {receivers: [r], exporters: [x]}");
    buf_reset(&probe_events);
    take_one();
    ASSERT_EVENTS("consume processors/p/2; consume processors/p; consume exporters/x=2; "
                  "consume exporters/x=2; ");
    change(ALL, "metrics: {receivers: [r], exporters: [x]}");
    ck_assert_ptr_null(probe_at("receivers/r")->next[TRACES]);
    ck_assert_ptr_eq(probe_at("receivers/r")->next[METRICS], probe_at("exporters/x"));
    end();
}
END_TEST

START_TEST(what_is_told_to_clients_outlives_its_configuration)
{
    static const char dropped[] = ONE ", logs: {receivers: [r], exporters: [loki]}";
    static const char why[] = "logs are not served by this collector: otelc does not have the "
                              "exporter loki (pipeline logs)";
    struct component *receiver;

    begin(ALL, ONE);
    receiver = probe_at("receivers/r");
    change(ALL ", service: {extensions: []}", ONE);
    change("receivers: {r: }, processors: {p: }, exporters: {x: , loki: }", dropped);
    ck_assert_ptr_eq(receiver, probe_at("receivers/r"));
    ck_assert_str_eq(receiver->not_served[LOGS], why);
    probe_slow = "receivers/r";
    change("receivers: {r: {v: 2}}, processors: {p: }, exporters: {x: }", ONE);
    ck_assert_str_eq(receiver->not_served[LOGS], why);
    probe_finish(receiver);
    probe_slow = NULL;
    end();
}
END_TEST

START_TEST(one_that_cannot_start_changes_nothing)
{
    struct error err = {0};

    begin(ALL, ONE);
    ck_assert(
        !prepare("receivers: {r: , r/2: {v: 2, fails: true}, r/3: }, processors: {p: {v: 2}}, "
                 "exporters: {x: {v: 2}}",
                 "traces: {receivers: [r/2, r/3, r], processors: [p], exporters: [x]}", &err));
    ck_assert_str_eq(err.text, "receivers/r/2: port 1 is taken");
    turn();
    ck_assert(happened("bequeath exporters/x=2 exporters/x; ")); /* what it may have got */
    ck_assert(happened("drain processors/p=2; "));
    ck_assert(happened("destroy exporters/x=2; "));
    ck_assert(happened("destroy receivers/r/2=2; "));
    ck_assert(!happened("drain receivers/r/2=2; ")); /* it has not started */
    ck_assert(!happened("reloaded"));
    ck_assert_uint_eq(probe_count(), 3);
    buf_reset(&probe_events);
    take_one();
    ASSERT_EVENTS("consume processors/p; consume exporters/x; ");
    change("receivers: {r: }, processors: {p: }, exporters: {x: {v: 3}}", ONE);
    buf_reset(&probe_events);
    take_one();
    ASSERT_EVENTS("consume processors/p; consume exporters/x=3; ");
    end();
}
END_TEST

START_TEST(where_another_worker_cannot_nothing_changes)
{
    struct error err = {0};

    begin(ALL, ONE);
    ck_assert(prepare("receivers: {r: }, processors: {p: }, exporters: {x: {v: 2}}", ONE, &err));
    graph_abort(graph);
    turn();
    ASSERT_EVENTS("start exporters/x=2; bequeath exporters/x=2 exporters/x; drain exporters/x=2; "
                  "destroy exporters/x=2; ");
    take_one();
    ASSERT_EVENTS("consume processors/p; consume exporters/x; ");
    end();
}
END_TEST

START_TEST(a_second_reload_does_not_wait_for_the_first)
{
    struct component *processor;

    begin(ALL, ONE);
    processor = probe_at("processors/p");
    probe_slow = "processors/p";
    change("receivers: {r: }, processors: {p: {v: 2}}, exporters: {x: }", ONE);
    probe_slow = NULL;
    ASSERT_EVENTS("start processors/p=2; reloaded exporters/x; reloaded receivers/r; "
                  "drain processors/p; ");
    change("receivers: {r: }, processors: {p: {v: 2}}, exporters: {x: {v: 2}}", ONE);
    ASSERT_EVENTS("start exporters/x=2; reloaded processors/p=2; reloaded receivers/r; "
                  "bequeath exporters/x exporters/x=2; drain exporters/x; ");
    /* the first one's processor still has the exporter of the second to give to */
    stage_hand_in(processor, stage_batch(0, 1));
    ASSERT_EVENTS("consume processors/p; consume exporters/x; ");
    probe_finish(processor);
    turn();
    turn();
    ASSERT_EVENTS("destroy processors/p; drain exporters/x; destroy exporters/x; ");
    end();
}
END_TEST

START_TEST(the_end_comes_when_all_that_retires_is_done)
{
    struct component *processor, *exporter;
    int drained = 0;

    begin(ALL, ONE);
    processor = probe_at("processors/p");
    probe_slow = "processors/p";
    change("receivers: {r: }, processors: {p: {v: 2}}, exporters: {x: }", ONE);
    exporter = probe_at("exporters/x");
    probe_slow = "exporters/x";
    ck_assert_uint_eq(graph_held(graph), 7);
    graph_drain(graph, on_drained, &drained);
    ck_assert(happened("drain receivers/r; drain processors/p=2; drain exporters/x; "));
    probe_finish(exporter);
    turn();
    ck_assert_int_eq(drained, 0);
    ck_assert_uint_eq(graph_held(graph), 7);
    probe_finish(processor);
    turn();
    probe_finish(exporter); /* what the processor has given it */
    STAGE_RUN_UNTIL(&stage, drained == 1);
    ck_assert_uint_eq(graph_held(graph), 0);
    graph_free(graph);
    ck_assert_uint_eq(probe_count(), 0);
    stage_done(&stage);
    buf_done(&probe_events);
}
END_TEST

START_TEST(it_may_end_at_any_time)
{
    begin(ALL, ONE);
    probe_slow = "processors/p";
    change("receivers: {r: }, processors: {p: {v: 2}}, exporters: {x: }", ONE);
    change("receivers: {r: }, processors: {p: {v: 3}}, exporters: {x: {v: 3}}", ONE);
    graph_free(graph);
    ck_assert_uint_eq(probe_count(), 0);
    stage_done(&stage);
    buf_done(&probe_events);
}
END_TEST

START_TEST(a_fan_out_gives_what_it_owes)
{
    begin(ALL, "traces: {receivers: [r], exporters: [x, x/2]}");
    probe_refuses = "exporters/x/2";
    take_one();
    ASSERT_EVENTS("consume exporters/x; ");
    change(ALL, "traces: {receivers: [r], exporters: [x]}");
    ASSERT_EVENTS("reloaded exporters/x; reloaded receivers/r; ");
    probe_refuses = NULL;
    STAGE_RUN_UNTIL(&stage, happened("destroy exporters/x/2; "));
    ASSERT_EVENTS("consume exporters/x/2; drain exporters/x/2; destroy exporters/x/2; ");
    take_one();
    ASSERT_EVENTS("consume exporters/x; ");
    end();
}
END_TEST

/* Where the queue of an exporter is full, what stands before it gets rid of its data by the heir.
 */
START_TEST(an_exporter_bequeaths_before_others_have_drained)
{
    begin(ALL, ONE);
    probe_slow = "processors/p";
    change("receivers: {r: }, processors: {p: {v: 2}}, exporters: {x: {v: 2}}", ONE);
    ASSERT_EVENTS("start exporters/x=2; start processors/p=2; reloaded receivers/r; "
                  "bequeath exporters/x exporters/x=2; drain processors/p; ");
    probe_slow = NULL;
    graph_free(graph);
    stage_done(&stage);
    buf_done(&probe_events);
}
END_TEST

#define NEEDS                                                                                      \
    "receivers: {r: {needs: e}, r/2: }, exporters: {x: {needs: e_lasting}}, extensions: {e: %s, "  \
    "e_lasting: %s}, service: {extensions: [e, e_lasting]}"
#define TWO "traces: {receivers: [r, r/2], exporters: [x]}"

static const char *needs(const char *e, const char *e_lasting)
{
    static char text[300];

    snprintf(text, sizeof(text), NEEDS, e, e_lasting);
    return text;
}

START_TEST(with_an_extension_its_users_are_made_anew)
{
    begin(needs("", ""), TWO);
    ck_assert_ptr_eq(worker_extension(&stage.worker, "e"), probe_at("extensions/e"));
    change(needs("{v: 2}", ""), TWO);
    ASSERT_EVENTS("start extensions/e=2; start receivers/r; reloaded exporters/x; reloaded "
                  "receivers/r/2; drain receivers/r; destroy receivers/r; destroy extensions/e; ");
    ck_assert_ptr_eq(worker_extension(&stage.worker, "e"), probe_at("extensions/e"));
    end();
}
END_TEST

START_TEST(an_extension_may_last)
{
    struct component *extension;

    begin(needs("", ""), TWO);
    extension = probe_at("extensions/e_lasting");
    for (int i = 0; i < 3; i++) {
        change(needs("", i == 0 ? "" : "{v: 2}"), TWO);
        ASSERT_EVENTS("reloaded exporters/x; reloaded receivers/r; reloaded receivers/r/2; ");
        ck_assert_ptr_eq(worker_extension(&stage.worker, "e_lasting"), extension);
    }
    change("receivers: {r: , r/2: }, exporters: {x: }", TWO); /* not listed any more */
    ck_assert(happened("destroy extensions/e; "));
    ck_assert(happened("destroy extensions/e_lasting; "));
    ck_assert_ptr_null(worker_extension(&stage.worker, "e"));
    end();
}
END_TEST

START_TEST(an_extension_that_cannot_start_changes_nothing)
{
    struct error err = {0};

    begin(needs("", ""), TWO);
    ck_assert(!prepare(needs("{v: 2, fails: true}", ""), TWO, &err));
    ck_assert_str_eq(err.text, "extensions/e: port 1 is taken");
    turn();
    ASSERT_EVENTS("start extensions/e=2; destroy extensions/e=2; ");
    ck_assert_ptr_eq(worker_extension(&stage.worker, "e"), probe_at("extensions/e"));
    end();
}
END_TEST

#define CONNECTED(v, feeds)                                                                        \
    "receivers: {r: }, connectors: {c: {v: " #v "}}, processors: {p: }, exporters: {x: , x/2: }",  \
        "traces: {receivers: [r], exporters: [c]}, traces/b: {receivers: [c], " feeds "}"

START_TEST(a_connector_goes_on_and_feeds_others)
{
    begin(CONNECTED(1, "exporters: [x]"));
    change(CONNECTED(1, "processors: [p], exporters: [x/2]"));
    ASSERT_EVENTS("start exporters/x/2; start processors/p; reloaded connectors/c; reloaded "
                  "receivers/r; drain exporters/x; destroy exporters/x; ");
    take_one();
    ASSERT_EVENTS("consume connectors/c; consume processors/p; consume exporters/x/2; ");
    change(CONNECTED(2, "processors: [p], exporters: [x/2]"));
    ASSERT_EVENTS("start connectors/c=2; reloaded exporters/x/2; reloaded processors/p; reloaded "
                  "receivers/r; drain connectors/c; destroy connectors/c; ");
    take_one();
    ASSERT_EVENTS("consume connectors/c=2; consume processors/p; consume exporters/x/2; ");
    end();
}
END_TEST

/* What is still to come to it goes the old way. */
START_TEST(a_connector_that_loses_a_signal_loses_no_data)
{
    static const char components[] =
        "receivers: {r: }, connectors: {c: }, processors: {p: }, exporters: {x: , x/2: }";
    struct component *p;

    begin(components, "traces: {receivers: [r], processors: [p], exporters: [c]}, "
                      "traces/b: {receivers: [c], exporters: [x]}, "
                      "logs: {receivers: [r], exporters: [c]}, "
                      "logs/b: {receivers: [c], exporters: [x/2]}");
    probe_slow = "processors/p";
    p = probe_at("processors/p");
    change(components, "logs: {receivers: [r], exporters: [c]}, "
                       "logs/b: {receivers: [c], exporters: [x/2]}");
    buf_reset(&probe_events);
    stage_hand_in(p, stage_batch(0, 1));
    ASSERT_EVENTS("consume processors/p; consume connectors/c; consume exporters/x; ");
    probe_finish(p);
    turn();
    ASSERT_EVENTS("drain exporters/x; destroy processors/p; destroy exporters/x; ");
    end();
}
END_TEST

START_TEST(many_reloads_leave_nothing)
{
    char components[100];

    begin(ALL, ONE);
    for (int i = 0; i < 300; i++) {
        snprintf(components, sizeof(components),
                 "receivers: {r: {v: %d}}, processors: {p: {v: %d}}, exporters: {x: {v: %d}}",
                 i % 2 + 1, i % 3 + 1, i % 5 + 1);
        change(components, ONE);
        ck_assert_uint_eq(probe_count(), 3);
        buf_reset(&probe_events);
    }
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("graph_reload");

    tcase_add_loop_test(cases, only_what_has_changed_is_made_anew, 0,
                        sizeof(changes) / sizeof(changes[0]));
    tcase_add_test(cases, data_takes_the_new_way);
    tcase_add_test(cases, what_is_told_to_clients_outlives_its_configuration);
    tcase_add_test(cases, one_that_cannot_start_changes_nothing);
    tcase_add_test(cases, where_another_worker_cannot_nothing_changes);
    tcase_add_test(cases, a_second_reload_does_not_wait_for_the_first);
    tcase_add_test(cases, the_end_comes_when_all_that_retires_is_done);
    tcase_add_test(cases, it_may_end_at_any_time);
    tcase_add_test(cases, a_fan_out_gives_what_it_owes);
    tcase_add_test(cases, an_exporter_bequeaths_before_others_have_drained);
    tcase_add_test(cases, with_an_extension_its_users_are_made_anew);
    tcase_add_test(cases, an_extension_may_last);
    tcase_add_test(cases, an_extension_that_cannot_start_changes_nothing);
    tcase_add_test(cases, a_connector_goes_on_and_feeds_others);
    tcase_add_test(cases, a_connector_that_loses_a_signal_loses_no_data);
    tcase_add_test(cases, many_reloads_leave_nothing);
    return run_tests("graph_reload", cases);
}

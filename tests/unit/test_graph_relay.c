/*
 * Graphs of two workers with components that need the data of both: it comes to worker 0, and
 * neither a reload nor the end loses any.
 */
#include "service/graph.h"

#include "pipeline/meeting.h"
#include "unit/check.h"
#include "unit/probes.h"
#include "unit/stage.h"

enum { WORKERS = 2 };

static struct stage stages[WORKERS];
static struct graph *graphs[WORKERS];
static struct component *receivers[WORKERS];
static struct meetings *meetings;

#define PIPELINES                                                                                  \
    "yaml:{service: {pipelines: {traces: {receivers: [r], processors: [p, one, p/2], exporters: "  \
    "[one_x]}, traces/2: {receivers: [r/2], exporters: [x, one_x]}}}}"
#define COMPONENTS(v)                                                                              \
    "yaml:{receivers: {r: , r/2: }, processors: {p: {v: " #v "}, p/2: , one: }, exporters: {x: , " \
    "one_x: }}"

static void begin(void)
{
    struct configuration *configuration = probes_load(COMPONENTS(1), PIPELINES);
    struct error err = {0};

    meetings = meetings_new(WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        stage_init(&stages[i]);
        stages[i].worker.index = i;
        stages[i].worker.count = WORKERS;
        stages[i].worker.meetings = meetings;
        graphs[i] = graph_start(configuration, &stages[i].worker, &err);
        ck_assert_msg(graphs[i], "%s", err.text);
        receivers[i] = probe_at("receivers/r");
    }
    configuration_unref(configuration);
    probe_slow = probe_refuses = NULL;
    buf_reset(&probe_events);
}

static void turn(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        stage_turn(&stages[i]);
}

#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        uint64_t deadline = uv_hrtime() + 10000000000u;                                            \
        while (!(condition)) {                                                                     \
            ck_assert_msg(uv_hrtime() < deadline, "waited for %s", #condition);                    \
            turn();                                                                                \
        }                                                                                          \
    } while (0)

static void on_drained(void *arg)
{
    ++*(unsigned *)arg;
}

static void drain_all(void)
{
    unsigned drained = 0;

    for (unsigned i = 0; i < WORKERS; i++)
        graph_drain(graphs[i], on_drained, &drained);
    RUN_UNTIL(drained == WORKERS);
}

static void free_all(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        graph_free(graphs[i]);
        stage_done(&stages[i]);
    }
    ck_assert_uint_eq(probe_count(), 0);
    meetings_free(meetings);
    buf_done(&probe_events);
}

static void take(unsigned worker)
{
    stage_hand_in(receivers[worker]->next[TRACES], stage_batch(0, 1));
}

static bool happened(const char *what)
{
    return strstr(buf_text(&probe_events), what);
}

#define IN_ONE_WORKER "consume processors/one; consume processors/p/2; consume exporters/one_x; "

START_TEST(data_of_all_workers_comes_to_the_first)
{
    begin();
    take(0);
    ck_assert_str_eq(buf_text(&probe_events), "consume processors/p; " IN_ONE_WORKER);
    buf_reset(&probe_events);
    take(1);
    ck_assert_str_eq(buf_text(&probe_events), "consume processors/p; ");
    ck_assert_uint_eq(graph_held(graphs[0]) - graph_held(graphs[1]), 1);
    RUN_UNTIL(happened(IN_ONE_WORKER));
    drain_all();
    free_all();
}
END_TEST

static size_t times(const char *what)
{
    size_t n = 0;

    for (const char *at = buf_text(&probe_events); (at = strstr(at, what)); at++)
        n++;
    return n;
}

START_TEST(the_end_loses_nothing)
{
    unsigned drained = 0;

    begin();
    probe_refuses = "processors/one";
    for (int i = 0; i < 3; i++)
        take(1);
    for (unsigned i = 0; i < WORKERS; i++)
        graph_drain(graphs[i], on_drained, &drained);
    for (int i = 0; i < 5; i++)
        turn();
    ck_assert_uint_eq(drained, 0);
    ck_assert_uint_eq(times("drain processors/one; "), 1); /* to worker 1 nothing comes */
    probe_refuses = NULL;
    RUN_UNTIL(drained == WORKERS);
    ck_assert_uint_eq(times(IN_ONE_WORKER), 3);
    free_all();
}
END_TEST

static void reload(bool commit)
{
    struct configuration *configuration = probes_load(COMPONENTS(2), PIPELINES);
    struct error err = {0};

    for (unsigned i = 0; i < WORKERS; i++)
        ck_assert_msg(graph_prepare(graphs[i], configuration, &err), "%s", err.text);
    for (unsigned i = 0; i < WORKERS; i++) {
        if (commit)
            graph_commit(graphs[i]);
        else
            graph_abort(graphs[i]);
        turn(); /* the others have not come to it yet */
    }
    configuration_unref(configuration);
}

/* The processor goes on, behind a new relay; the old one waits for what the old p still holds. */
START_TEST(a_reload_loses_nothing)
{
    struct component *slow;

    begin();
    probe_refuses = "processors/one";
    take(1);
    slow = receivers[1]->next[TRACES];
    probe_slow = "processors/p";
    reload(true);
    ck_assert(happened("drain processors/p; "));
    take(1); /* the new way */
    stage_hand_in(slow, stage_batch(0, 1));
    probe_refuses = NULL;
    RUN_UNTIL(times(IN_ONE_WORKER) == 3);
    ck_assert(!happened("destroy"));
    probe_slow = NULL;
    free_all();
}
END_TEST

START_TEST(reload_after_reload_ends_in_all_workers)
{
    begin();
    probe_refuses = "processors/one";
    for (int i = 0; i < 4; i++) {
        take(1);
        reload(i != 2);
    }
    probe_refuses = NULL;
    RUN_UNTIL(times(IN_ONE_WORKER) == 4);
    RUN_UNTIL(probe_count() == 14);
    drain_all();
    free_all();
}
END_TEST

/* A start, or a preparation, that the second worker does not follow. */
START_TEST(a_worker_that_is_not_there_is_not_waited_for)
{
    struct configuration *configuration = probes_load(COMPONENTS(2), PIPELINES);
    struct error err = {0};

    begin();
    ck_assert_msg(graph_prepare(graphs[0], configuration, &err), "%s", err.text);
    graph_abort(graphs[0]);
    configuration_unref(configuration);
    RUN_UNTIL(probe_count() == 14);
    take(1);
    RUN_UNTIL(happened(IN_ONE_WORKER));
    drain_all();
    free_all();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("graph_relay");

    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, data_of_all_workers_comes_to_the_first);
    tcase_add_test(cases, the_end_loses_nothing);
    tcase_add_test(cases, a_reload_loses_nothing);
    tcase_add_test(cases, reload_after_reload_ends_in_all_workers);
    tcase_add_test(cases, a_worker_that_is_not_there_is_not_waited_for);
    return run_tests("graph_relay", cases);
}

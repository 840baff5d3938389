/*
 * When it sends, and what it makes of the answers, with an exporter that the test plays.
 */
#include "service/metrics_sender.c"

#include "base/budget.h"
#include "base/log_recent.h"
#include "unit/check.h"
#include "unit/stage.h"

static struct played {
    struct component base;
    bool exists, holds;
    struct result answer; /* of those that are not held */
    struct batch *held;   /* one reference */
    unsigned batches;     /* that have come */
    size_t items;         /* of the last one */
    unsigned destroyed;
} exporter;

static struct component *play_create(const void *settings, struct worker *worker, struct error *err)
{
    (void)settings, (void)err;
    ck_assert_uint_eq(worker->count, 1);
    exporter = (struct played){.exists = true};
    return &exporter.base;
}

static bool play_start(struct component *base, struct error *err)
{
    ck_assert_str_eq(base->id, "it");
    return base->signals == 1u << METRICS || error_set(err, "other signals");
}

static struct result play_consume(struct component *base, struct batch *batch)
{
    (void)base;
    exporter.batches++;
    exporter.items = batch->items;
    if (exporter.holds) {
        batch_hold(batch);
        exporter.held = batch_ref(batch);
        return result_accepted();
    }
    return exporter.answer;
}

static void answer(struct result result)
{
    struct batch *held = exporter.held;

    exporter.held = NULL;
    batch_settle(held, result);
    batch_unref(held);
}

static void play_destroy(struct component *base)
{
    (void)base;
    exporter.destroyed++;
    if (exporter.held)
        answer(result_retry(1, "the collector ends"));
}

static const struct component_type played = {
    .name = "played",
    .kind = EXPORTER,
    .create = play_create,
    .start = play_start,
    .consume = play_consume,
    .destroy = play_destroy,
};

/* ---- the fixture ---- */

static struct stage stage;
static struct metrics_sender_settings settings;
static struct component *extensions[1]; /* of the worker */
static const struct metric_family counter = {.name = "a", .help = ""};

static struct component *make(void)
{
    struct component *made;
    struct error err;

    made = metrics_sender.create(&settings, &stage.worker, &err);
    made->type = &metrics_sender;
    made->id = "it";
    made->where = "telemetry/metrics";
    ck_assert_msg(metrics_sender.start(made, &err), "%s", err.text);
    return made;
}

static struct component *begin(uint64_t interval_ms)
{
    settings = (struct metrics_sender_settings){
        .interval_ms = interval_ms, .level = METRICS_BASIC, .exporter = &played, .to = "there"};
    stage_init(&stage);
    extensions[0] = make();
    stage.worker.extensions = extensions;
    stage.worker.extension_count = 1;
    return extensions[0];
}

static void end(struct component *sender)
{
    metrics_sender.destroy(sender);
    stage_done(&stage);
    ck_assert_uint_eq(budget_used(), 0);
}

static size_t warnings(void)
{
    struct log_recent told[LOG_RECENT_MAX];
    size_t count = log_recent_read(told, LOG_RECENT_MAX), times = 0;

    for (size_t i = 0; i < count; i++)
        times += told[i].times;
    return times;
}

/* ---- tests ---- */

START_TEST(all_metrics_are_sent_at_each_interval)
{
    struct metric *cells[] = {metric_open(&counter, "k", "1", NULL),
                              metric_open(&counter, "k", "2", NULL)};
    struct component *sender = begin(1);

    STAGE_RUN_UNTIL(&stage, exporter.batches >= 3);
    ck_assert_uint_eq(exporter.items, 2);
    end(sender);
    ck_assert_uint_eq(exporter.destroyed, 1);
    ck_assert_uint_eq(warnings(), 0);
    metric_close(cells[0]);
    metric_close(cells[1]);
}
END_TEST

START_TEST(other_workers_send_nothing)
{
    struct component *sender;

    settings = (struct metrics_sender_settings){.interval_ms = 1, .exporter = &played};
    stage_init(&stage);
    stage.worker.index = 1;
    sender = make();
    ck_assert(!exporter.exists);
    metrics_sender.finish(sender, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 1);
    end(sender);
}
END_TEST

START_TEST(one_is_on_the_way_at_a_time)
{
    struct component *sender = begin(1);
    uint64_t begun_ms = uv_now(&stage.loop);

    exporter.holds = true;
    STAGE_RUN_UNTIL(&stage, uv_now(&stage.loop) - begun_ms > 20);
    ck_assert_uint_eq(exporter.batches, 1);
    answer(result_accepted());
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 2);
    end(sender); /* while it is on its way */
    ck_assert_ptr_null(exporter.held);
}
END_TEST

START_TEST(a_dead_peer_is_told_of_once)
{
    struct component *sender = begin(1);
    struct log_recent told;

    exporter.answer = result_rejected("connection refused");
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 10);
    ck_assert_uint_eq(warnings(), 1);
    log_recent_read(&told, 1);
    ck_assert_ptr_nonnull(strstr(told.text, "not sent to there: connection refused"));
    ck_assert_ptr_nonnull(strstr(told.text, "service.telemetry.metrics.readers"));
    exporter.answer = result_rejected("no such path");
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 20);
    ck_assert_uint_eq(warnings(), 2);
    exporter.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 30);
    ck_assert_uint_eq(((struct metrics_sender *)sender)->failures, 0);
    end(sender);
}
END_TEST

START_TEST(without_memory_nothing_is_sent)
{
    struct component *sender = begin(1);
    struct metric *cell = metric_open(&counter, NULL);

    budget_set_limit(1);
    STAGE_RUN_UNTIL(&stage, warnings() >= 1);
    ck_assert_uint_eq(exporter.batches, 0);
    budget_set_limit(1 << 30);
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 1);
    metric_close(cell);
    end(sender);
}
END_TEST

START_TEST(the_last_numbers_are_sent_at_the_end)
{
    struct component *sender = begin(3600 * 1000);

    exporter.holds = true;
    metrics_sender.finish(sender, stage_on_drained);
    ck_assert_uint_eq(exporter.batches, 1);
    ck_assert_uint_eq(stage.drained, 0);
    answer(result_accepted());
    ck_assert_uint_eq(stage.drained, 1);
    end(sender);
    ck_assert_uint_eq(exporter.batches, 1);
}
END_TEST

START_TEST(at_the_end_what_is_on_the_way_goes_first)
{
    struct component *sender = begin(1);

    exporter.holds = true;
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 1);
    metrics_sender.finish(sender, stage_on_drained);
    ck_assert_uint_eq(exporter.batches, 1);
    answer(result_rejected("busy"));
    ck_assert_uint_eq(exporter.batches, 2);
    ck_assert_uint_eq(stage.drained, 0);
    answer(result_rejected("busy"));
    ck_assert_uint_eq(stage.drained, 1);
    end(sender);
    ck_assert_uint_eq(exporter.batches, 2);
}
END_TEST

START_TEST(an_end_without_time_is_an_end)
{
    struct component *sender = begin(1);

    exporter.holds = true;
    metrics_sender.finish(sender, stage_on_drained);
    end(sender);
    ck_assert_uint_eq(stage.drained, 0);
    ck_assert_uint_eq(warnings(), 0);
}
END_TEST

START_TEST(one_that_a_reload_takes_out_is_silent)
{
    struct component *sender = begin(1);
    uint64_t now_ms;

    STAGE_RUN_UNTIL(&stage, exporter.batches >= 1);
    stage.worker.extension_count = 0;
    exporter.batches = 0;
    now_ms = uv_now(&stage.loop);
    STAGE_RUN_UNTIL(&stage, uv_now(&stage.loop) - now_ms > 20);
    ck_assert_uint_eq(exporter.batches, 0);
    stage.worker.phase = PHASE_ENDING; /* all are taken out then */
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 1);
    end(sender);
}
END_TEST

START_TEST(deltas_go_on_with_the_heir)
{
    struct metric *cell = metric_open(&counter, NULL);
    struct metrics_sender *old = (struct metrics_sender *)begin(1), *heir;
    uint64_t sent_ns;

    settings.delta = true;
    exporter.answer = result_rejected("busy");
    STAGE_RUN_UNTIL(&stage, exporter.batches >= 3);
    ck_assert_uint_eq(old->sent.ns, 0); /* so all that was counted comes again */
    exporter.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, old->sent.ns > 0);
    ck_assert_uint_eq(old->sent.count, 1);
    sent_ns = old->sent.ns;
    settings.interval_ms = 3600 * 1000;
    heir = (struct metrics_sender *)make();
    metrics_sender.bequeath(&old->base, &heir->base);
    ck_assert_uint_eq(heir->sent.ns, sent_ns);
    ck_assert_uint_eq(heir->sent.count, 1);
    ck_assert(old->superseded && !heir->superseded);
    metrics_sender.bequeath(&old->base, &heir->base); /* it has nothing better */
    ck_assert_uint_eq(heir->sent.ns, sent_ns);
    metrics_sender.destroy(&heir->base);
    metric_close(cell);
    end(&old->base);
}
END_TEST

START_TEST(without_an_exporter_they_go_to_stdout)
{
    struct metric *cell = metric_open(&counter, "k", "x", NULL);
    char text[4096] = "";
    FILE *file = tmpfile();
    struct component *sender;

    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    begin(3600 * 1000);
    sender = extensions[0];
    metrics_sender.destroy(sender);
    settings.exporter = NULL;
    sender = make();
    metric_add(cell, 5);
    metrics_sender.finish(sender, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 1);
    end(sender);
    ck_assert_int_gt(pread(fileno(file), text, sizeof(text) - 1, 0), 0);
    ck_assert_msg(strstr(text, "1 data points") && strstr(text, "\na{k=x} 5\n"), "%s", text);
    fclose(file);
    metric_close(cell);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metrics_sender");

    tcase_add_test(cases, all_metrics_are_sent_at_each_interval);
    tcase_add_test(cases, other_workers_send_nothing);
    tcase_add_test(cases, one_is_on_the_way_at_a_time);
    tcase_add_test(cases, a_dead_peer_is_told_of_once);
    tcase_add_test(cases, without_memory_nothing_is_sent);
    tcase_add_test(cases, the_last_numbers_are_sent_at_the_end);
    tcase_add_test(cases, at_the_end_what_is_on_the_way_goes_first);
    tcase_add_test(cases, an_end_without_time_is_an_end);
    tcase_add_test(cases, one_that_a_reload_takes_out_is_silent);
    tcase_add_test(cases, deltas_go_on_with_the_heir);
    tcase_add_test(cases, without_an_exporter_they_go_to_stdout);
    return run_tests("metrics_sender", cases);
}

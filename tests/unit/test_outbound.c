/*
 * Sending what a source has: the exporter is played by the test, the loop is the real one.
 */
#include "base/mem.h"
#include "service/configuration.h"

/* In the place of the exporter that the endpoint tells. */
static const struct component_entry *fake_exporter(const struct configuration *configuration);
#define outbound_target_exporter fake_exporter
#include "commands/outbound.c"

#include "unit/check.h"
#include "unit/stage.h"

enum { MOST_HELD = 64, ITEMS = 10 };

/* ---- the exporter ---- */

static struct fake {
    struct component base;
    uv_timer_t *timer; /* settles what is held */
    struct batch *held[MOST_HELD];
    size_t held_count, most_held, consumed, destroyed;
    size_t refusals; /* answers RETRY_LATER so many times */
    size_t settled;
    bool holds;
    bool fails; /* create() does */
    struct result answer;
} fake;

static void settle(size_t count)
{
    for (; count > 0 && fake.held_count > 0; count--) {
        struct batch *batch = fake.held[--fake.held_count];

        fake.settled++;
        batch_settle(batch, fake.answer);
        batch_unref(batch);
    }
}

static void on_fake_timer(uv_timer_t *timer)
{
    (void)timer;
    settle(3);
}

static struct component *fake_create(const void *settings, struct worker *worker, struct error *err)
{
    (void)settings;
    if (fake.fails) {
        error_set(err, "no such peer");
        return NULL;
    }
    ck_assert_uint_eq(worker->count, 1);
    ck_assert_ptr_nonnull(worker->http);
    fake.timer = mem_zero(sizeof(*fake.timer));
    uv_timer_init(worker->loop, fake.timer);
    uv_timer_start(fake.timer, on_fake_timer, 1, 1);
    return &fake.base;
}

static struct result fake_consume(struct component *self, struct batch *batch)
{
    (void)self;
    fake.consumed++;
    if (fake.refusals > 0) {
        fake.refusals--;
        return result_retry(1, "full");
    }
    if (!fake.holds)
        return fake.answer;
    ck_assert_uint_lt(fake.held_count, MOST_HELD);
    batch_hold(batch);
    fake.held[fake.held_count++] = batch_ref(batch);
    if (fake.held_count > fake.most_held)
        fake.most_held = fake.held_count;
    return result_accepted();
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void fake_destroy(struct component *self)
{
    (void)self;
    fake.destroyed++;
    fake.answer = result_retry(0, "the exporter has gone");
    settle(MOST_HELD);
    uv_close((uv_handle_t *)fake.timer, on_closed);
}

static const struct component_type fake_type = {
    .name = "fake", .create = fake_create, .consume = fake_consume, .destroy = fake_destroy};

static const struct component_entry *fake_exporter(const struct configuration *configuration)
{
    static const struct component_entry entry = {
        .type = &fake_type, .id = "fake", .where = "exporters/fake"};

    ck_assert_ptr_nonnull(configuration);
    return &entry;
}

/* ---- the source ---- */

static struct tale { /* of a run */
    size_t has;      /* requests */
    size_t given, answers, begun;
    size_t later;    /* says OUTBOUND_LATER so many times, before each request */
    size_t waited;   /* of those */
    size_t stops_at; /* the answer that ends it; 0: none */
    size_t signal_at;
    size_t refused;
    bool all_idle; /* each time that it was asked nothing was on its way */
    uint64_t rate, begun_ns;
} tale;

static void on_begin(void *arg)
{
    ck_assert_ptr_eq(arg, &tale);
    tale.begun++;
    tale.begun_ns = uv_hrtime();
}

static enum outbound_next on_next(void *arg, bool is_idle, struct payload **payload)
{
    double seconds = (double)(uv_hrtime() - tale.begun_ns) / 1e9 + 0.001; /* the loop's ms */
    struct batch *batch;

    (void)arg;
    tale.all_idle &= is_idle;
    if (tale.rate > 0 && tale.given > 0)
        ck_assert(ITEMS * (double)tale.given <= (double)tale.rate * seconds);
    if (tale.waited < tale.later) {
        tale.waited++;
        return OUTBOUND_LATER;
    }
    tale.waited = 0;
    if (tale.given == tale.has)
        return OUTBOUND_END;
    batch = stage_batch((unsigned)tale.given++, ITEMS);
    *payload = payload_ref(batch->slices[0].payload);
    batch_unref(batch);
    return OUTBOUND_REQUEST;
}

static bool on_answered(void *arg, const struct batch *batch, struct result result)
{
    (void)arg;
    ck_assert_uint_eq(batch->items, ITEMS);
    tale.answers++;
    tale.refused += result.verdict != ACCEPTED;
    if (tale.answers == tale.signal_at)
        raise(SIGINT);
    return tale.answers != tale.stops_at;
}

static const struct outbound_source source = {
    .begin = on_begin, .next = on_next, .answered = on_answered, .arg = &tale};

static struct outbound_report report;

static enum exit_code run_to(const char *to)
{
    const struct outbound_options options = {.target = {"test", to, 1, NULL, 0},
                                             .rate = tale.rate,
                                             .sandbox = SANDBOX_OFF,
                                             .log_level = LOG_ERROR};

    report = (struct outbound_report){.interrupted = false};
    return outbound_run(&options, &source, &report);
}

static void set_up(void)
{
    fake = (struct fake){.answer = result_accepted()};
    tale = (struct tale){.has = 100, .all_idle = true};
}

static void tear_down(void)
{
    ck_assert_uint_eq(fake.held_count, 0);
    ck_assert_uint_eq(budget_used(), 0);
}

START_TEST(all_that_the_source_has_is_sent)
{
    ck_assert_int_eq(run_to("http://localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.sent.requests, 100);
    ck_assert_uint_eq(report.sent.items[TRACES], 100 * ITEMS);
    ck_assert_uint_eq(report.refused.requests, 0);
    ck_assert(!report.interrupted && tale.all_idle);
    ck_assert_uint_eq(tale.begun, 1);
    ck_assert_uint_eq(fake.destroyed, 1);
}
END_TEST

START_TEST(a_source_may_have_nothing)
{
    tale.has = 0;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.sent.requests + tale.answers + fake.consumed, 0);
}
END_TEST

START_TEST(a_source_may_need_some_time)
{
    tale.has = 3;
    tale.later = 2;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.sent.requests, 3);
}
END_TEST

START_TEST(what_is_refused_for_now_is_offered_again)
{
    tale.has = 5;
    fake.refusals = 4;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(fake.consumed, 9);
    ck_assert_uint_eq(report.sent.requests, 5);
    ck_assert_uint_eq(tale.answers, 5);
}
END_TEST

START_TEST(what_is_rejected_is_counted_and_the_rest_is_sent)
{
    tale.has = 5;
    fake.answer = result_rejected("never");
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.sent.requests, 0);
    ck_assert_uint_eq(report.refused.requests, 5);
    ck_assert_uint_eq(report.refused.items[TRACES], 5 * ITEMS);
    ck_assert_uint_eq(tale.refused, 5);
}
END_TEST

START_TEST(the_source_can_end_it_with_an_answer)
{
    tale.stops_at = 7;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.sent.requests, 7);
    ck_assert_uint_eq(tale.given, 7);
}
END_TEST

START_TEST(so_many_are_on_their_way_at_a_time)
{
    fake.holds = true;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(fake.most_held, ON_THE_WAY_MAX);
    ck_assert_uint_eq(fake.settled, 100);
    ck_assert_uint_eq(report.sent.requests, 100);
    ck_assert(!tale.all_idle);
}
END_TEST

START_TEST(a_late_answer_can_be_a_refusal)
{
    tale.has = 40;
    fake.holds = true;
    fake.answer = result_rejected("never");
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.refused.requests, 40);
}
END_TEST

START_TEST(the_rate_is_not_exceeded)
{
    tale.has = 20;
    tale.rate = 2000; /* 10 requests in 50 ms: on_next() looks at the clock */
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert_uint_eq(report.sent.requests, 20);
}
END_TEST

START_TEST(a_signal_ends_it_at_once)
{
    tale.has = SIZE_MAX;
    tale.signal_at = 5;
    fake.holds = true;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_FINE);
    ck_assert(report.interrupted);
    ck_assert_uint_eq(fake.destroyed, 1);
    ck_assert_uint_ge(report.sent.requests, 5);
    ck_assert_uint_gt(tale.given, tale.answers);   /* some were cut off, */
    ck_assert_uint_eq(report.refused.requests, 0); /* and may have arrived */
}
END_TEST

START_TEST(what_cannot_begin_says_so)
{
    ck_assert_int_eq(run_to("http://"), EXIT_CONFIGURATION);
    fake.fails = true;
    ck_assert_int_eq(run_to("localhost:1"), EXIT_RUN_TIME);
    ck_assert_uint_eq(tale.begun + fake.consumed + fake.destroyed, 0);
}
END_TEST

/* ---- telling ---- */

START_TEST(counts_are_told)
{
    static const struct {
        struct outbound_counts counts;
        const char *text;
    } cases[] = {
        {{{0, 0, 0}, 0}, "sent 0 spans in 0 requests\n"},
        {{{1, 0, 0}, 1}, "sent 1 spans in 1 request\n"},
        {{{5, 0, 7}, 2}, "sent 5 spans, 7 log records in 2 requests\n"},
        {{{0, 3, 0}, 2}, "sent 3 data points in 2 requests\n"},
        {{{0, 3, 4}, 2}, "sent 3 data points, 4 log records in 2 requests\n"},
    };
    char text[128];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        FILE *out = fmemopen(text, sizeof(text), "w"), *saved = stdout;

        stdout = out;
        outbound_print(&cases[i].counts, "sent");
        stdout = saved;
        fclose(out);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(complaints_end_after_a_hundred)
{
    char text[8192];
    FILE *out = fmemopen(text, sizeof(text), "w"), *saved = stderr;
    unsigned told = 0;

    stderr = out;
    for (int i = 0; i < 105; i++)
        outbound_complain(&told, "no %d", i);
    stderr = saved;
    fclose(out);
    ck_assert_uint_eq(told, 105);
    ck_assert(strncmp(text, "otelc: no 0\notelc: no 1\n", 24) == 0);
    ck_assert_ptr_nonnull(strstr(text, "otelc: no 99\notelc: more like this are only counted\n"));
    ck_assert_ptr_null(strstr(text, "no 100"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("outbound");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, all_that_the_source_has_is_sent);
    tcase_add_test(cases, a_source_may_have_nothing);
    tcase_add_test(cases, a_source_may_need_some_time);
    tcase_add_test(cases, what_is_refused_for_now_is_offered_again);
    tcase_add_test(cases, what_is_rejected_is_counted_and_the_rest_is_sent);
    tcase_add_test(cases, the_source_can_end_it_with_an_answer);
    tcase_add_test(cases, so_many_are_on_their_way_at_a_time);
    tcase_add_test(cases, a_late_answer_can_be_a_refusal);
    tcase_add_test(cases, the_rate_is_not_exceeded);
    tcase_add_test(cases, a_signal_ends_it_at_once);
    tcase_add_test(cases, what_cannot_begin_says_so);
    tcase_add_test(cases, counts_are_told);
    tcase_add_test(cases, complaints_end_after_a_hundred);
    return run_tests("outbound", cases);
}

/*
 * Batches that are rewritten on their way, and who waits for them.
 */
#include "pipeline/rewriting.h"

#include "base/budget.h"
#include "unit/check.h"
#include "unit/stage.h"

enum act { PASS, HOLD, SETTLE_AT_ONCE };

struct end { /* what follows the processor */
    struct component base;
    enum act act;
    struct batch *came; /* one reference; or NULL */
};

static struct result end_consume(struct component *base, struct batch *batch)
{
    struct end *end = (struct end *)base;

    end->came = batch_ref(batch);
    if (end->act != PASS)
        batch_hold(batch);
    if (end->act == SETTLE_AT_ONCE) {
        char why[] = "for now";

        batch_settle(batch, result_retry(5, why));
    }
    return result_accepted();
}

static const struct component_type end_type = {.name = "end", .consume = end_consume};

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    (void)place;
    buf_append_str(out, item);
    return *(enum rewrite *)arg;
}

static const struct rewriter rewriter = {.item = on_item};
static struct result settled;
static unsigned settled_count;

static void on_settled(void *arg, struct result result)
{
    (void)arg;
    settled = result;
    settled_count++;
}

static struct result hand_in(struct end *end, struct batch *batch, enum rewrite verdict)
{
    struct component self = {0};

    end->base.type = &end_type;
    self.next[TRACES] = &end->base;
    return rewrite_and_pass(&self, batch, &rewriter, &verdict);
}

START_TEST(what_changes_goes_on)
{
    struct batch *batch = stage_batch(0, 3);
    struct end end = {.act = PASS};

    ck_assert_int_eq(hand_in(&end, batch, REWRITE_CHANGE).verdict, ACCEPTED);
    ck_assert_ptr_ne(end.came, batch);
    ck_assert_uint_eq(end.came->items, 3);
    ck_assert_uint_eq(batch->wait.holds, 0);
    batch_unref(end.came);
    batch_unref(batch);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(what_stays_goes_on_as_it_is)
{
    struct batch *batch = stage_batch(0, 3);
    struct end end = {.act = HOLD};

    ck_assert_int_eq(hand_in(&end, batch, REWRITE_KEEP).verdict, ACCEPTED);
    ck_assert_ptr_eq(end.came, batch);
    ck_assert_uint_eq(batch->wait.holds, 1);
    batch_unref(end.came);
    batch_unref(batch);
}
END_TEST

START_TEST(what_goes_is_accepted)
{
    struct batch *batch = stage_batch(0, 3);
    struct end end = {.act = HOLD};

    ck_assert_int_eq(hand_in(&end, batch, REWRITE_DROP).verdict, ACCEPTED);
    ck_assert_ptr_null(end.came);
    ck_assert_uint_eq(batch->wait.holds, 0);
    batch_unref(batch);
}
END_TEST

START_TEST(who_waits_hears_what_became_of_it)
{
    struct batch *batch = stage_batch(0, 3);
    struct end end = {.act = HOLD};

    ck_assert_int_eq(hand_in(&end, batch, REWRITE_CHANGE).verdict, ACCEPTED);
    ck_assert_uint_eq(batch->wait.holds, 1);
    batch->wait.settled = on_settled;
    batch_unref(batch); /* it is held */
    ck_assert_uint_eq(settled_count, 0);
    batch_settle(end.came, result_rejected("full"));
    batch_unref(end.came);
    ck_assert_uint_eq(settled_count, 1);
    ck_assert_int_eq(settled.verdict, REJECTED);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(what_was_said_at_once_counts_too)
{
    struct batch *batch = stage_batch(0, 3);
    struct end end = {.act = SETTLE_AT_ONCE};

    ck_assert_int_eq(hand_in(&end, batch, REWRITE_CHANGE).verdict, ACCEPTED);
    batch_unref(end.came);
    ck_assert_uint_eq(batch->wait.holds, 0);
    ck_assert_int_eq(batch->wait.result.verdict, RETRY_LATER);
    ck_assert_uint_eq(batch->wait.result.retry_after_ms, 5);
    ck_assert_str_eq(batch->wait.result.why, "for now");
    batch_unref(batch);
}
END_TEST

START_TEST(without_room_it_is_refused_for_now)
{
    struct batch *batch = stage_batch(0, 3);
    struct end end = {.act = PASS};
    struct result result;

    budget_set_limit(budget_used() + 1);
    result = hand_in(&end, batch, REWRITE_CHANGE);
    ck_assert_int_eq(result.verdict, RETRY_LATER);
    ck_assert_uint_gt(result.retry_after_ms, 0);
    ck_assert_ptr_null(end.came);
    batch_unref(batch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rewriting");

    tcase_add_test(cases, what_changes_goes_on);
    tcase_add_test(cases, what_stays_goes_on_as_it_is);
    tcase_add_test(cases, what_goes_is_accepted);
    tcase_add_test(cases, who_waits_hears_what_became_of_it);
    tcase_add_test(cases, what_was_said_at_once_counts_too);
    tcase_add_test(cases, without_room_it_is_refused_for_now);
    return run_tests("rewriting", cases);
}

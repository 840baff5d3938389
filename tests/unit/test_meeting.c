/*
 * Meetings: who joins has an inbox, and what is posted to it comes out in order.
 */
#include "pipeline/meeting.h"

#include "base/budget.h"
#include "unit/check.h"
#include "unit/stage.h"

static struct stage stage;
static struct meetings *meetings;
static struct meeting *meeting;
static uv_async_t wakes[2];
static size_t woken[2];
static const struct meeting_place here = {&stage, NULL};

static void on_wake(uv_async_t *wake)
{
    woken[wake - wakes]++;
}

static void begin(void)
{
    stage_init(&stage);
    meetings = meetings_new(2);
    for (unsigned i = 0; i < 2; i++)
        uv_async_init(&stage.loop, &wakes[i], on_wake);
    woken[0] = woken[1] = 0;
    meeting = meeting_join(meetings, here, 0, &wakes[0]);
}

static void end(void)
{
    meeting_leave(meeting, 0);
    meetings_free(meetings);
    for (unsigned i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&wakes[i], NULL);
    stage_done(&stage);
    ck_assert_uint_eq(budget_used(), 0);
}

START_TEST(those_of_one_place_meet)
{
    static const struct meeting_place there = {&stage, &meetings};
    struct meeting *other;

    begin();
    ck_assert_ptr_eq(meeting_join(meetings, here, 1, &wakes[1]), meeting);
    meeting_leave(meeting, 1);
    other = meeting_join(meetings, there, 1, &wakes[1]);
    ck_assert_ptr_ne(other, meeting);
    meeting_leave(other, 1);
    end();
}
END_TEST

START_TEST(what_is_posted_comes_out_in_order)
{
    struct batch *batches[3];

    begin();
    for (unsigned i = 0; i < 3; i++) {
        batches[i] = stage_batch(i, i + 1);
        ck_assert(meeting_post(meeting, 0, batches[i]));
    }
    ck_assert_uint_eq(meeting_held(meeting, 0), 6);
    STAGE_RUN_UNTIL(&stage, woken[0] > 0);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_eq(meeting_first(meeting, 0), batches[i]);
        meeting_remove_first(meeting, 0);
    }
    ck_assert_ptr_null(meeting_first(meeting, 0));
    end();
}
END_TEST

START_TEST(nothing_can_be_posted_to_who_is_not_there)
{
    struct batch *batch = stage_batch(0, 1);

    begin();
    ck_assert(!meeting_post(meeting, 1, batch));
    meeting_join(meetings, here, 1, &wakes[1]);
    ck_assert(meeting_post(meeting, 1, batch_ref(batch)));
    meeting_leave(meeting, 1);
    ck_assert(!meeting_post(meeting, 1, batch));
    batch_unref(batch);
    end();
}
END_TEST

START_TEST(an_inbox_takes_so_many_batches)
{
    struct batch *batch = stage_batch(0, 1);

    begin();
    for (unsigned i = 0; i < INBOX_BATCHES; i++)
        ck_assert(meeting_post(meeting, 0, batch_ref(batch)));
    ck_assert(!meeting_post(meeting, 0, batch));
    meeting_remove_first(meeting, 0);
    ck_assert(meeting_post(meeting, 0, batch));
    end();
}
END_TEST

START_TEST(an_inbox_takes_so_many_bytes_or_one_batch)
{
    struct batch *large = stage_batch(0, 1), *small = stage_batch(0, 1);
    size_t bytes = large->bytes;

    begin();
    large->bytes = INBOX_BYTES + 1;
    ck_assert(meeting_post(meeting, 0, large));
    ck_assert(!meeting_post(meeting, 0, small));
    meeting_remove_first(meeting, 0);
    small->bytes = INBOX_BYTES - bytes;
    ck_assert(meeting_post(meeting, 0, small));
    ck_assert(meeting_post(meeting, 0, stage_batch(0, 1)));
    large = stage_batch(0, 1);
    ck_assert(!meeting_post(meeting, 0, large));
    batch_unref(large);
    end();
}
END_TEST

START_TEST(it_is_over_when_all_have_finished_and_the_inbox_is_empty)
{
    begin();
    meeting_join(meetings, here, 1, &wakes[1]);
    ck_assert(!meeting_is_over(meeting, 0));
    meeting_finish(meeting, 0);
    ck_assert(!meeting_is_over(meeting, 0));
    ck_assert(meeting_post(meeting, 0, stage_batch(0, 1)));
    meeting_finish(meeting, 1);
    ck_assert(!meeting_is_over(meeting, 0));
    ck_assert(meeting_is_over(meeting, 1));
    meeting_remove_first(meeting, 0);
    ck_assert(meeting_is_over(meeting, 0));
    meeting_leave(meeting, 1);
    end();
}
END_TEST

START_TEST(who_leaves_is_not_waited_for)
{
    begin();
    meeting_join(meetings, here, 1, &wakes[1]);
    meeting_finish(meeting, 0);
    STAGE_RUN_UNTIL(&stage, woken[0] > 0);
    woken[0] = 0;
    meeting_leave(meeting, 1);
    ck_assert(meeting_is_over(meeting, 0));
    STAGE_RUN_UNTIL(&stage, woken[0] > 0);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("meeting");

    tcase_add_test(cases, those_of_one_place_meet);
    tcase_add_test(cases, what_is_posted_comes_out_in_order);
    tcase_add_test(cases, nothing_can_be_posted_to_who_is_not_there);
    tcase_add_test(cases, an_inbox_takes_so_many_batches);
    tcase_add_test(cases, an_inbox_takes_so_many_bytes_or_one_batch);
    tcase_add_test(cases, it_is_over_when_all_have_finished_and_the_inbox_is_empty);
    tcase_add_test(cases, who_leaves_is_not_waited_for);
    return run_tests("meeting", cases);
}

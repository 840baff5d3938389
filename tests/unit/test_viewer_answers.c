/*
 * A server whose requests wait for their turn, and a store of which an answer takes several slices.
 */
#include "exporters/viewer_answers.h"

#include "unit/server_fixture.h"
#include "unit/viewer_fixture.h"

enum { MANY = 6000 }; /* spans: some slices of work */

static struct viewer_fixture viewer;
static struct viewer_answers *answers;

static void take(void *arg, struct request *request, struct bytes *message)
{
    (void)arg;
    bytes_unref(message);
    viewer_answers_take(answers, request);
}

static const struct route routes[] = {
    {.path = "/", .below = true, .get = true, .target = true, .handler = take}, {.path = NULL}};

static void begin(void)
{
    struct server_settings settings = fixture_settings();
    struct buf spans = {0};

    settings.routes = routes;
    fixture_begin_with(settings);
    viewer_begin(&viewer);
    answers = viewer_answers_new(&fixture.loop, viewer.store);
    for (unsigned n = 1; n <= MANY; n++)
        buf_printf(&spans, "%s{\"traceId\":\"%032u\",\"spanId\":\"%016x\",\"name\":\"op\"}",
                   n > 1 ? "," : "", 1U, n);
    viewer_take_spans(&viewer, "shop", buf_text(&spans));
    buf_done(&spans);
}

static void end(void)
{
    viewer_answers_free(answers);
    fixture_end();
    viewer_end(&viewer);
}

static void ask(const char *path)
{
    struct buf head = {0};

    buf_printf(&head, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    fixture_feed(buf_str(&head));
    buf_done(&head);
}

/* Turns of the loop until something has been sent. */
static unsigned turns_until_sent(void)
{
    unsigned turns = 0;

    for (; fixture.out.len == 0; turns++) {
        ck_assert_uint_lt(turns, 1000);
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
        fixture_wake(&fixture.connection);
    }
    return turns;
}

START_TEST(what_is_short_is_answered_at_once)
{
    begin();
    ask("/api/services");
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "\"data\":[\"shop\"]"));
    ck_assert(!uv_loop_alive(&fixture.loop));
    end();
}
END_TEST

START_TEST(what_takes_long_leaves_turns_to_others)
{
    begin();
    ask("/api/traces/1");
    ck_assert_uint_eq(fixture.out.len, 0);
    viewer_take_span(&viewer, "other", T1, 1, "op", "");
    ck_assert_uint_gt(turns_until_sent(), 1);
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "HTTP/1.1 200 OK"));
    ck_assert(!uv_loop_alive(&fixture.loop));
    end();
}
END_TEST

START_TEST(who_has_gone_is_forgotten)
{
    begin();
    ask("/api/traces/1");
    ck_assert(uv_loop_alive(&fixture.loop));
    connection_done(&fixture.connection);
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    ck_assert(!uv_loop_alive(&fixture.loop));
    connection_init(&fixture.connection, fixture.server, "127.0.0.1:5", fixture_wake,
                    fixture.now_ms);
    ask("/api/services");
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "HTTP/1.1 200 OK"));
    end();
}
END_TEST

START_TEST(at_the_end_nobody_waits)
{
    begin();
    ask("/api/traces/1");
    ck_assert_uint_eq(fixture.out.len, 0);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("viewer_answers");

    tcase_add_test(cases, what_is_short_is_answered_at_once);
    tcase_add_test(cases, what_takes_long_leaves_turns_to_others);
    tcase_add_test(cases, who_has_gone_is_forgotten);
    tcase_add_test(cases, at_the_end_nobody_waits);
    return run_tests("viewer_answers", cases);
}

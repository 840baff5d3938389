/*
 * Tests of net/http2_limits.c, net/http2_walk.c and net/bucket.h. What follows from a limit is in
 * test_http2.c.
 */
#include "net/http2_limits.h"

#include "unit/check.h"

START_TEST(a_bucket_is_emptied_and_fills_again)
{
    struct bucket bucket = {0};

    for (int i = 0; i < 10; i++)
        ck_assert(bucket_take(&bucket, 10, 2, 5000));
    ck_assert(!bucket_take(&bucket, 10, 2, 5000));
    ck_assert(!bucket_take(&bucket, 10, 2, 5499));
    ck_assert(bucket_take(&bucket, 10, 2, 5500));
    ck_assert(!bucket_take(&bucket, 10, 2, 5500));
    for (int i = 0; i < 10; i++) /* never fuller than full */
        ck_assert(bucket_take(&bucket, 10, 2, 1000000));
    ck_assert(!bucket_take(&bucket, 10, 2, 1000000));
}
END_TEST

START_TEST(frames_are_found_wherever_they_are_cut)
{
    static const char bytes[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                "\0\0\0\4\0\0\0\0\0"
                                "\0\0\3\1\4\x80\0\0\1abc"
                                "\0\0\1\0\1\0\0\1\2x"
                                "\0\0\4\3";
    static const struct http2_frame expected[] = {{0, 0, 4, 0}, {3, 1, 1, 4}, {1, 258, 0, 1}};

    for (size_t piece = 1; piece < sizeof(bytes); piece++) {
        struct http2_walk walk;
        size_t found = 0;

        http2_walk_init(&walk);
        for (size_t at = 0; at < sizeof(bytes) - 1; at += piece) {
            size_t left = sizeof(bytes) - 1 - at;
            struct str input = {bytes + at, left < piece ? left : piece};
            struct http2_frame frame;

            while (http2_walk_next(&walk, &input, &frame)) {
                ck_assert_uint_lt(found, 3);
                ck_assert_uint_eq(frame.length, expected[found].length);
                ck_assert_uint_eq(frame.type, expected[found].type);
                ck_assert_uint_eq(frame.flags, expected[found].flags);
                ck_assert_uint_eq(frame.stream_id, expected[found].stream_id);
                found++;
            }
            ck_assert_uint_eq(input.len, 0);
        }
        ck_assert_uint_eq(found, 3);
    }
}
END_TEST

START_TEST(finished_requests_make_frames_useful)
{
    static const struct http2_frame useless = {.type = 8, .length = 4};
    struct http2_limits limits = {0};

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < HTTP2_IDLE_FRAMES; i++)
            ck_assert(http2_limits_frame(&limits, &useless));
        http2_limits_finished(&limits);
    }
    for (int i = 0; i < HTTP2_IDLE_FRAMES; i++)
        ck_assert(http2_limits_frame(&limits, &useless));
    ck_assert(!http2_limits_frame(&limits, &useless));
}
END_TEST

START_TEST(padding_is_no_use)
{
    static const struct http2_frame padding = {.type = 0, .flags = 8, .length = 256};
    static const struct http2_frame padded = {.type = 0, .flags = 8, .length = 257};
    struct http2_limits limits = {0};

    for (int i = 0; i < HTTP2_IDLE_FRAMES; i++) {
        ck_assert(http2_limits_frame(&limits, &padding));
        ck_assert(http2_limits_frame(&limits, &padded));
    }
    ck_assert_uint_eq(limits.payload, HTTP2_IDLE_FRAMES);
    ck_assert(!http2_limits_frame(&limits, &padding));
}
END_TEST

START_TEST(bytes_have_to_carry_something)
{
    static const struct http2_frame data = {.type = 0, .length = 1000};
    struct http2_limits limits = {0};
    const size_t most = (size_t)HTTP2_OVERHEAD_TIMES * HTTP2_OVERHEAD_FREE;

    ck_assert(http2_limits_bytes(&limits, most + HTTP2_OVERHEAD_TIMES - 1));
    ck_assert(!http2_limits_bytes(&limits, 1));
    ck_assert(http2_limits_frame(&limits, &data));
    ck_assert(http2_limits_bytes(&limits, 7000));
    ck_assert(!http2_limits_bytes(&limits, 2000));
}
END_TEST

START_TEST(pings_may_be_wanted_to_keep_their_distance)
{
    struct http2_limits limits = {0};
    uint64_t now_ms = 1000;

    ck_assert(http2_limits_ping(&limits, 500, now_ms));
    for (int i = 0; i < 10; i++) /* just in time */
        ck_assert(http2_limits_ping(&limits, 500, now_ms += 500));
    for (int i = 0; i < HTTP2_PING_STRIKES; i++)
        ck_assert(http2_limits_ping(&limits, 500, now_ms += 499));
    ck_assert(http2_limits_ping(&limits, 500, now_ms += 500)); /* does not make good for them */
    http2_limits_sent(&limits);                                /* an answer does */
    ck_assert(http2_limits_ping(&limits, 500, now_ms += 1));
    for (int i = 0; i < HTTP2_PING_STRIKES; i++)
        ck_assert(http2_limits_ping(&limits, 500, now_ms += 1));
    ck_assert(!http2_limits_ping(&limits, 500, now_ms += 1));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http2_limits");

    tcase_add_test(cases, a_bucket_is_emptied_and_fills_again);
    tcase_add_test(cases, frames_are_found_wherever_they_are_cut);
    tcase_add_test(cases, finished_requests_make_frames_useful);
    tcase_add_test(cases, padding_is_no_use);
    tcase_add_test(cases, bytes_have_to_carry_something);
    tcase_add_test(cases, pings_may_be_wanted_to_keep_their_distance);
    return run_tests("http2_limits", cases);
}

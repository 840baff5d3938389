/*
 * Growing runs of bytes.
 */
#include "base/buf.h"

#include "unit/check.h"

START_TEST(a_zeroed_buffer_is_empty)
{
    struct buf buf = {0};

    buf_append(&buf, NULL, 0);
    buf_append_str(&buf, (struct str){0});
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_ptr_null(buf.at);
    ck_assert_str_eq(buf_text(&buf), "");
    buf_done(&buf);
    buf_done(&buf);
}
END_TEST

START_TEST(there_is_a_place_for_nothing)
{
    struct buf buf = {0};

    ck_assert_ptr_nonnull(buf_reserve(&buf, 0));
    ck_assert_uint_eq(buf.len, 0);
    buf_done(&buf);
}
END_TEST

START_TEST(what_is_appended_stands_in_order)
{
    struct buf buf = {0};

    buf_append(&buf, "ab", 2);
    buf_append_char(&buf, 'c');
    buf_append_str(&buf, STR("de"));
    buf_printf(&buf, "%d-%s", 42, "f");
    ck_assert(str_is(buf_str(&buf), "abcde42-f"));
    ck_assert_str_eq(buf_text(&buf), "abcde42-f");
    ck_assert_uint_eq(buf.len, 9);
    buf_done(&buf);
}
END_TEST

START_TEST(it_grows_and_keeps_its_content)
{
    struct buf buf = {0};

    for (unsigned i = 0; i < 100000; i++)
        buf_append_char(&buf, (char)(i % 251));
    ck_assert_uint_eq(buf.len, 100000);
    for (unsigned i = 0; i < 100000; i++)
        ck_assert_int_eq((unsigned char)buf.at[i], i % 251);
    buf_done(&buf);
}
END_TEST

START_TEST(room_is_there_before_it_is_written)
{
    static const size_t rooms[] = {1, 255, 256, 257, 10000};

    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        struct buf buf = {0};
        char *to;

        buf_append_char(&buf, 'x');
        to = buf_reserve(&buf, rooms[i]);
        ck_assert_uint_ge(buf.cap - buf.len, rooms[i]);
        ck_assert_ptr_eq(to, buf.at + 1);
        memset(to, 'y', rooms[i]);
        buf.len += rooms[i];
        ck_assert_int_eq(buf.at[0], 'x');
        buf_done(&buf);
    }
}
END_TEST

START_TEST(a_reset_keeps_the_memory)
{
    struct buf buf = {0};
    size_t cap;

    buf_append(&buf, "abc", 3);
    cap = buf.cap;
    buf_reset(&buf);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_uint_eq(buf.cap, cap);
    buf_done(&buf);
    ck_assert_uint_eq(buf.cap, 0);
    ck_assert_ptr_null(buf.at);
}
END_TEST

START_TEST(trimming_gives_back_what_is_not_in_use)
{
    struct buf buf = {0};

    buf_append(&buf, "abc", 3);
    buf_trim(&buf);
    ck_assert_uint_eq(buf.cap, 3);
    ck_assert(str_is(buf_str(&buf), "abc"));
    buf_reset(&buf);
    buf_trim(&buf);
    ck_assert_ptr_null(buf.at);
    ck_assert_uint_eq(buf.cap, 0);
    buf_done(&buf);
}
END_TEST

START_TEST(long_text_is_printed_whole)
{
    struct buf buf = {0};

    buf_printf(&buf, "%5000d|", 1);
    ck_assert_uint_eq(buf.len, 5001);
    ck_assert_int_eq(buf.at[5000], '|');
    buf_printf(&buf, "%s", "");
    ck_assert_uint_eq(buf.len, 5001);
    buf_done(&buf);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("buf");

    tcase_add_test(cases, a_zeroed_buffer_is_empty);
    tcase_add_test(cases, there_is_a_place_for_nothing);
    tcase_add_test(cases, what_is_appended_stands_in_order);
    tcase_add_test(cases, it_grows_and_keeps_its_content);
    tcase_add_test(cases, room_is_there_before_it_is_written);
    tcase_add_test(cases, a_reset_keeps_the_memory);
    tcase_add_test(cases, trimming_gives_back_what_is_not_in_use);
    tcase_add_test(cases, long_text_is_printed_whole);
    return run_tests("buf", cases);
}

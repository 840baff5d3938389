/*
 * The bytes of segments and marks: what older versions wrote has to be read for ever.
 */
#include "storage/format.h"

#include <string.h>

#include "base/hex.h"
#include "storage/spool.h"
#include "unit/check.h"

static struct buf text;

static const char *hex(const char *bytes, size_t len)
{
    buf_reset(&text);
    hex_append(&text, (struct str){bytes, len});
    return buf_text(&text);
}

START_TEST(a_segment_begins_with_its_head)
{
    struct segment_head head = {FORMAT_VERSION, 7, 0x1122334455667788}, back;
    char bytes[SEGMENT_HEAD];

    segment_head_write(bytes, &head);
    ck_assert_str_eq(hex(bytes, sizeof(bytes)), "6f74656c6373656701000000000000000700000000000000"
                                                "88776655443322111362174c7444fae0");
    ck_assert(segment_head_read(&back, bytes));
    ck_assert_uint_eq(back.version, FORMAT_VERSION);
    ck_assert_uint_eq(back.id, 7);
    ck_assert_uint_eq(back.salt, head.salt);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(bytes[i] ^ 4);
        ck_assert(!segment_head_read(&back, bytes));
        bytes[i] = (char)(bytes[i] ^ 4);
    }
    buf_done(&text);
}
END_TEST

START_TEST(a_record_begins_with_its_frame)
{
    struct record_frame frame = {4, 5, 3, 40, 0x1122334455667788, 0}, back;
    char bytes[RECORD_FRAME];

    frame.sum = record_sum(STR("head"), STR("body."));
    record_frame_write(bytes, &frame, 7);
    ck_assert_str_eq(hex(bytes, sizeof(bytes)), "9bbec07e010000000400000005000000"
                                                "03000000280000008877665544332211"
                                                "a0f5097f60285671dd0a67b275de100b");
    ck_assert(record_frame_begins(bytes));
    ck_assert(record_frame_read(&back, bytes, 7));
    ck_assert_int_eq(memcmp(&back, &frame, sizeof(frame)), 0);
    ck_assert(!record_frame_read(&back, bytes, 8)); /* of another segment */
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(bytes[i] ^ 4);
        ck_assert(!record_frame_read(&back, bytes, 7));
        bytes[i] = (char)(bytes[i] ^ 4);
    }
    buf_done(&text);
}
END_TEST

START_TEST(the_sum_of_a_record_knows_where_its_head_ends)
{
    ck_assert_uint_ne(record_sum(STR("ab"), STR("c")), record_sum(STR("a"), STR("bc")));
    ck_assert_uint_ne(record_sum(STR("abc"), STR("")), record_sum(STR(""), STR("abc")));
}
END_TEST

START_TEST(lengths_have_limits)
{
    static const struct {
        uint32_t head_len, body_len;
        bool good;
    } table[] = {
        {SPOOL_HEAD_MAX - 1, SPOOL_BODY_MAX - 1, true},
        {SPOOL_HEAD_MAX, SPOOL_BODY_MAX, true},
        {SPOOL_HEAD_MAX + 1, 0, false},
        {0, SPOOL_BODY_MAX + 1, false},
        {UINT32_MAX, UINT32_MAX, false},
    };
    char bytes[RECORD_FRAME];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct record_frame frame = {.head_len = table[i].head_len, .body_len = table[i].body_len};

        record_frame_write(bytes, &frame, 1);
        ck_assert_int_eq(record_frame_read(&frame, bytes, 1), table[i].good);
    }
}
END_TEST

START_TEST(records_are_aligned)
{
    ck_assert_uint_eq(record_size(0, 0), 48);
    ck_assert_uint_eq(record_size(1, 0), 56);
    ck_assert_uint_eq(record_size(4, 4), 56);
    ck_assert_uint_eq(record_size(4, 5), 64);
    ck_assert_uint_eq(record_size(UINT32_MAX, UINT32_MAX), 0x200000030);
}
END_TEST

START_TEST(a_mark_tells_a_number)
{
    char bytes[MARK];
    uint64_t number;

    mark_write(bytes, 3, 0x1122334455667788);
    ck_assert_str_eq(hex(bytes, sizeof(bytes)), "0300000000000000567cf1fcf7556665");
    ck_assert(mark_read(&number, bytes, 0x1122334455667788));
    ck_assert_uint_eq(number, 3);
    ck_assert(!mark_read(&number, bytes, 1)); /* of another segment */
    memset(bytes, 0, sizeof(bytes));
    ck_assert(!mark_read(&number, bytes, 0));
    buf_done(&text);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("format");

    tcase_add_test(cases, a_segment_begins_with_its_head);
    tcase_add_test(cases, a_record_begins_with_its_frame);
    tcase_add_test(cases, the_sum_of_a_record_knows_where_its_head_ends);
    tcase_add_test(cases, lengths_have_limits);
    tcase_add_test(cases, records_are_aligned);
    tcase_add_test(cases, a_mark_tells_a_number);
    return run_tests("format", cases);
}

/*
 * A small store in which each byte is flipped, and which is cut at each length: no wrong record
 * comes out, and all whole ones do.
 */
#include <stdio.h>
#include <string.h>

#include "base/budget.h"
#include "base/log.h"
#include "storage/format.h"
#include "storage/spool.h"
#include "unit/check.h"
#include "unit/store_fixture.h"

enum { RECORDS = 6, FILE_MAX = 4096 };

static const char segment_name[] = "0000000000000001.seg", marks_name[] = "0000000000000001.done";
static const char *const texts[RECORDS] = {"one",   "the second", "3", "number four is the longest",
                                           "fifth", "six"};

static struct store_fixture f;
static struct spool *spool;
static struct spool_place places[RECORDS];
static char whole[FILE_MAX], bytes[FILE_MAX], marks[FILE_MAX];
static size_t whole_len, marks_len;

static void open_spool(void)
{
    store_fixture_open(&f);
    spool = store_fixture_spool(&f, 0, 1);
}

static void close_spool(void)
{
    spool_close(spool);
    store_fixture_close(&f);
}

/* The files of a store with six records, the second and the fifth of which are done. */
static void begin(void)
{
    log_set_level(LOG_ERROR);
    store_fixture_make_fast(&f);
    open_spool();
    for (size_t i = 0; i < RECORDS; i++)
        ck_assert(put_text(spool, texts[i], &places[i], &f.err));
    spool_done(spool, &places[1], 1);
    spool_done(spool, &places[4], 1);
    close_spool();
    whole_len = store_fixture_get(&f, segment_name, whole, sizeof(whole));
    marks_len = store_fixture_get(&f, marks_name, marks, sizeof(marks));
    ck_assert_uint_lt(whole_len, sizeof(whole));
    ck_assert_uint_eq(marks_len, 2 * MARK);
}

static void end(void)
{
    store_fixture_remove(&f);
    ck_assert_uint_eq(budget_used(), 0);
}

/* Reads all records, each of which has to be as it was written, and says they are done; a bit for
 * each one. */
static unsigned read_and_finish(void)
{
    struct spool_place place = {0}, found;
    const char *text;
    unsigned seen = 0;

    while (*(text = get_text(spool, &place, &found))) {
        ck_assert_uint_lt(found.number, RECORDS);
        ck_assert_str_eq(text, texts[found.number]);
        ck_assert_uint_eq(found.at, places[found.number].at);
        ck_assert_uint_eq(seen >> found.number, 0); /* in order, each once */
        seen |= 1U << found.number;
        spool_done(spool, &found, 1);
    }
    return seen;
}

/* What comes out of a store with these files; checks that no more than a .bad is left of it. */
static unsigned outcome(const char *segment, size_t segment_len, const char *done, size_t done_len,
                        bool damaged)
{
    struct spool_counts counts;
    unsigned seen;

    store_fixture_put(&f, segment_name, segment, segment_len);
    store_fixture_put(&f, marks_name, done, done_len);
    open_spool();
    seen = read_and_finish();
    counts = spool_counts(spool);
    ck_assert_uint_eq(counts.damaged_segments, damaged);
    ck_assert_int_eq(counts.damaged_bytes > 0, damaged);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 0);
    ck_assert_uint_eq(store_fixture_count(&f, ".done"), 0);
    ck_assert_uint_eq(store_fixture_has(&f, 1, "bad"), damaged);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    close_spool();
    return seen;
}

/* The record that has the byte, RECORDS: none of them. */
static unsigned owner(size_t at)
{
    for (unsigned i = 0; i < RECORDS; i++)
        if (at >= places[i].at &&
            at < places[i].at + RECORD_FRAME + strlen("h:") + 2 * strlen(texts[i]))
            return i;
    return RECORDS;
}

static void remove_bad(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/0000000000000001.bad", f.path);
    remove(path);
}

START_TEST(a_flipped_byte_costs_no_other_record)
{
    static const char flips[] = {0x01, 0x10, (char)0x80, (char)0xff};
    const unsigned all = 0x3f & ~0x12U;

    begin();
    for (size_t at = 0; at < whole_len; at++)
        for (size_t i = 0; i < sizeof(flips); i++) {
            unsigned lost = owner(at), seen;
            bool in_content = lost < RECORDS && at >= places[lost].at + RECORD_FRAME;
            bool is_done = lost < RECORDS && (all & 1U << lost) == 0;
            bool damaged = at < SEGMENT_HEAD || (lost < RECORDS && !(in_content && is_done));

            remove_bad();
            memcpy(bytes, whole, whole_len);
            bytes[at] = (char)(bytes[at] ^ flips[i]);
            seen = outcome(bytes, whole_len, marks, marks_len, damaged);
            ck_assert_msg(seen == (lost < RECORDS ? all & ~(1U << lost) : all),
                          "byte %zu, flip %zu: %x", at, i, seen);
        }
    end();
}
END_TEST

START_TEST(a_cut_costs_only_what_it_cuts)
{
    begin();
    for (size_t len = 0; len <= whole_len; len++) {
        unsigned whole_ones = 0, seen;

        for (unsigned i = 0; i < RECORDS; i++)
            if (i != 1 && i != 4 &&
                len >= places[i].at + RECORD_FRAME + strlen("h:") + 2 * strlen(texts[i]))
                whole_ones |= 1U << i;
        remove_bad();
        seen = outcome(whole, len, marks, marks_len, false);
        ck_assert_msg(seen == whole_ones, "cut to %zu: %x", len, seen);
    }
    end();
}
END_TEST

/* Whole records of zeros, the last ones, were never written; a part of one is damage. */
START_TEST(a_machine_without_power_leaves_zeros)
{
    begin();
    for (size_t from = places[4].at; from < whole_len; from += 8) {
        bool in_frame = from > places[4].at && from < places[4].at + RECORD_FRAME;
        bool damaged = in_frame || from > places[5].at;

        remove_bad();
        memcpy(bytes, whole, whole_len);
        memset(bytes + from, 0, whole_len - from);
        ck_assert_uint_eq(outcome(bytes, whole_len, marks, marks_len, damaged), 0xd);
    }
    end();
}
END_TEST

START_TEST(what_stands_behind_the_records_is_no_record)
{
    begin();
    memcpy(bytes, whole, whole_len);
    memcpy(bytes + whole_len, whole + places[2].at, 64); /* a whole one, at another place */
    remove_bad();
    ck_assert_uint_eq(outcome(bytes, whole_len + 64, marks, marks_len, true), 0x2d);
    remove_bad();
    memset(bytes + whole_len, 0, 1000);
    ck_assert_uint_eq(outcome(bytes, whole_len + 1000, marks, marks_len, false), 0x2d);
    end();
}
END_TEST

START_TEST(records_of_another_segment_are_none)
{
    begin();
    store_fixture_put(&f, "0000000000000002.seg", whole, whole_len);
    open_spool();
    ck_assert_str_eq(all_texts(spool), "one 3 number four is the longest six ");
    ck_assert_uint_eq(spool_counts(spool).damaged_bytes, whole_len);
    ck_assert(store_fixture_has(&f, 2, "bad"));
    close_spool();
    end();
}
END_TEST

/* Of the segment behind a damaged head, the first record tells the salt; behind both, any. */
START_TEST(a_damaged_beginning_costs_no_more_than_itself)
{
    begin();
    remove_bad();
    memcpy(bytes, whole, whole_len);
    memset(bytes, 'x', places[1].at);
    ck_assert_uint_eq(outcome(bytes, whole_len, marks, marks_len, true), 0x3e); /* no marks */
    end();
}
END_TEST

START_TEST(damaged_marks_bring_no_record_back_but_theirs)
{
    begin();
    for (size_t at = 0; at < marks_len; at++) {
        char damaged[sizeof(marks)];
        unsigned back = at < MARK ? 1U << 1 : 1U << 4;

        remove_bad();
        memcpy(damaged, marks, marks_len);
        damaged[at] = (char)(damaged[at] ^ 0x01);
        ck_assert_uint_eq(outcome(whole, whole_len, damaged, marks_len, false), 0x2d | back);
        remove_bad();
        ck_assert_uint_eq(outcome(whole, whole_len, marks, at, false),
                          0x2d | 1U << 4 | (at < MARK ? 1U << 1 : 0));
    }
    end();
}
END_TEST

START_TEST(marks_behind_torn_ones_count)
{
    begin();
    store_fixture_put(&f, marks_name, marks, MARK + 5);
    open_spool();
    ck_assert_str_eq(all_texts(spool), "one 3 number four is the longest fifth six ");
    spool_done(spool, &places[0], 1);
    close_spool();
    open_spool();
    ck_assert_str_eq(all_texts(spool), "3 number four is the longest fifth six ");
    close_spool();
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("spool_damage");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_flipped_byte_costs_no_other_record);
    tcase_add_test(cases, a_cut_costs_only_what_it_cuts);
    tcase_add_test(cases, a_machine_without_power_leaves_zeros);
    tcase_add_test(cases, what_stands_behind_the_records_is_no_record);
    tcase_add_test(cases, records_of_another_segment_are_none);
    tcase_add_test(cases, a_damaged_beginning_costs_no_more_than_itself);
    tcase_add_test(cases, damaged_marks_bring_no_record_back_but_theirs);
    tcase_add_test(cases, marks_behind_torn_ones_count);
    return run_tests("spool_damage", cases);
}

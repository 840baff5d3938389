/*
 * A spool's records: written, read, done, and what the next start finds.
 */
#include "storage/spool.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/log.h"
#include "storage/format.h"
#include "unit/check.h"
#include "unit/store_fixture.h"

static struct store_fixture f;
static struct spool_place places[16];

static void put(const char *text, struct spool_place *place)
{
    ck_assert_msg(put_text(f.spool, text, place, &f.err), "%s", f.err.text);
}

START_TEST(what_is_written_is_read_back)
{
    struct spool_place place = {0}, found;

    store_fixture_begin(&f);
    put("a", &places[0]);
    put("bc", &places[1]);
    ck_assert_str_eq(get_text(f.spool, &place, &found), "a");
    ck_assert_uint_eq(found.number, 0);
    ck_assert_uint_eq(found.at, places[0].at);
    ck_assert_str_eq(get_text(f.spool, &place, &found), "bc");
    ck_assert_uint_eq(found.number, 1);
    ck_assert_uint_eq(found.at, places[1].at);
    ck_assert_uint_eq(place.number, 2);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "");
    put("d", &places[2]);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "d");
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "");
    ck_assert_str_eq(get_text(f.spool, &places[1], NULL), "bc");
    store_fixture_end(&f);
}
END_TEST

START_TEST(the_next_start_finds_it)
{
    store_fixture_begin(&f);
    ck_assert_uint_eq(spool_left(f.spool), 0);
    put("a", NULL);
    put("b", NULL);
    store_fixture_again(&f);
    ck_assert_uint_gt(spool_left(f.spool), 2 * 48);
    ck_assert_str_eq(all_texts(f.spool), "a b ");
    put("c", NULL);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 2);
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "a b c ");
    store_fixture_end(&f);
}
END_TEST

START_TEST(what_is_done_does_not_come_again)
{
    store_fixture_begin(&f);
    put("a", &places[0]);
    put("b", &places[1]);
    put("c", &places[2]);
    spool_done(f.spool, &places[1], 1);
    ck_assert_str_eq(all_texts(f.spool), "a c ");
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "a c ");
    spool_done(f.spool, &places[0], 1);
    ck_assert_str_eq(all_texts(f.spool), "c ");
    spool_done(f.spool, &places[0], 1); /* once more: nothing */
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "c ");
    spool_done(f.spool, &places[2], 1);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 0);
    ck_assert_uint_eq(store_fixture_count(&f, ".done"), 0);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    ck_assert_str_eq(all_texts(f.spool), "");
    store_fixture_end(&f);
}
END_TEST

START_TEST(a_place_behind_a_segment_that_is_gone_goes_on_with_the_next)
{
    struct spool_place place = {0};

    store_fixture_begin(&f);
    put("a", &places[0]);
    put("z", &places[2]);
    spool_done(f.spool, &places[2], 1);
    store_fixture_again(&f);
    put("b", &places[1]);
    store_fixture_again(&f);
    put("c", NULL);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "a");
    spool_done(f.spool, &places[0], 1);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 3); /* its end was not seen yet */
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "b");
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "c");
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "");
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 2);
    spool_done(f.spool, &places[1], 1);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 1);
    place = places[0];
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "c");
    store_fixture_end(&f);
}
END_TEST

START_TEST(places_that_are_no_records_do_no_harm)
{
    struct spool_place none[] = {{0}, {1, 0, 0}, {1, 40, 9999}, {1, 1U << 30, 1}, {77, 40, 0}};

    store_fixture_begin(&f);
    put("a", NULL);
    put("b", NULL);
    spool_done(f.spool, none, sizeof(none) / sizeof(none[0]));
    ck_assert_str_eq(all_texts(f.spool), "a b ");
    none[3].segment = 1;
    ck_assert_str_eq(get_text(f.spool, &none[3], NULL), "");
    ck_assert_str_eq(get_text(f.spool, &none[4], NULL), "");
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "a b ");
    store_fixture_end(&f);
}
END_TEST

START_TEST(heads_and_bodies_may_be_empty_and_have_limits)
{
    char *large = calloc(1, (size_t)SPOOL_BODY_MAX + 1);
    struct spool_record record = {0}, two[2];
    struct spool_place place = {0};
    struct spool_found found;

    store_fixture_make(&f);
    store_fixture_open(&f);
    f.spool = store_fixture_spool(&f, 0, 1);
    ck_assert(spool_write(f.spool, NULL, 0, &f.err));
    ck_assert_uint_eq(store_bytes(f.store), 0);
    ck_assert(spool_write(f.spool, &record, 1, &f.err));
    ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_RECORD);
    ck_assert_uint_eq(found.head->len + found.body->len, 0);
    bytes_unref(found.head);
    bytes_unref(found.body);
    record.head = (struct str){large, SPOOL_HEAD_MAX + 1};
    ck_assert(!spool_write(f.spool, &record, 1, &f.err));
    record.head.len--;
    two[0] = two[1] = record;
    two[1].body = (struct str){large, (size_t)SPOOL_BODY_MAX + 1};
    ck_assert(!spool_write(f.spool, two, 2, &f.err));
    ck_assert_ptr_nonnull(strstr(f.err.text, "too large"));
    ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_END);
    two[1].body.len--;
    ck_assert_msg(spool_write(f.spool, two, 2, &f.err), "%s", f.err.text);
    ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_RECORD);
    ck_assert_uint_eq(found.head->len, SPOOL_HEAD_MAX);
    bytes_unref(found.head);
    bytes_unref(found.body);
    ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_RECORD);
    ck_assert_uint_eq(found.body->len, SPOOL_BODY_MAX);
    bytes_unref(found.head);
    bytes_unref(found.body);
    free(large);
    store_fixture_end(&f);
}
END_TEST

START_TEST(a_full_segment_goes_when_its_records_are_done)
{
    const size_t len = 5 << 20; /* three go into 16 MiB, a 64th of the limit */
    char *large = calloc(1, len);
    struct spool_record record = {.body = {large, len}};

    store_fixture_begin(&f);
    for (size_t i = 0; i < 7; i++) {
        ck_assert(spool_write(f.spool, &record, 1, &f.err));
        places[i] = record.place;
    }
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 3);
    ck_assert_uint_eq(places[6].segment, 3);
    spool_done(f.spool, &places[3], 3);
    ck_assert(!store_fixture_has(&f, 2, "seg"));
    spool_done(f.spool, &places[6], 1);
    ck_assert(!store_fixture_has(&f, 3, "seg")); /* also the last one, as it is not small */
    ck_assert(put_text(f.spool, "small", &places[6], &f.err));
    spool_done(f.spool, &places[6], 1);
    ck_assert(store_fixture_has(&f, 4, "seg")); /* more will be written */
    spool_done(f.spool, places, 3);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 1);
    ck_assert_uint_eq(store_bytes(f.store), store_fixture_bytes(&f));
    free(large);
    store_fixture_end(&f);
}
END_TEST

START_TEST(what_the_budget_has_no_room_for_comes_later)
{
    struct spool_place place = {0};

    store_fixture_begin(&f);
    put("a", NULL);
    put("a text that is somewhat longer", NULL);
    budget_set_limit(2 * sizeof(struct bytes) + 10);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "a");
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "no room");
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "no room");
    ck_assert_uint_eq(budget_used(), 0);
    budget_set_limit(1000);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "a text that is somewhat longer");
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "");
    store_fixture_end(&f);
}
END_TEST

START_TEST(shares_get_what_others_left)
{
    struct spool *shares[3];
    char texts[200] = "";

    store_fixture_begin(&f);
    for (int i = 0; i < 7; i++) {
        char text[2] = {(char)('a' + i)};

        put(text, NULL);
        store_fixture_again(&f);
    }
    spool_close(f.spool);
    store_fixture_close(&f);
    store_fixture_open(&f);
    for (unsigned i = 0; i < 3; i++)
        shares[i] = store_fixture_spool(&f, i, 3);
    f.spool = store_fixture_spool(&f, 0, 1);
    ck_assert_str_eq(all_texts(f.spool), ""); /* all are taken */
    for (unsigned i = 0; i < 3; i++)
        strcat(texts, all_texts(shares[i]));
    ck_assert_str_eq(texts, "c f a d g b e ");
    ck_assert(put_text(shares[1], "new", NULL, &f.err));
    for (unsigned i = 0; i < 3; i++)
        spool_close(shares[i]);
    shares[0] = store_fixture_spool(&f, 1, 3); /* the store was open all the time */
    ck_assert_str_eq(all_texts(shares[0]), "a d g new ");
    spool_close(shares[0]);
    store_fixture_end(&f);
}
END_TEST

START_TEST(a_newer_format_is_left_alone)
{
    char head[SEGMENT_HEAD + 100] = {0};

    log_set_level(LOG_ERROR);
    store_fixture_begin(&f);
    segment_head_write(head, &(struct segment_head){FORMAT_VERSION + 1, 9, 12345});
    store_fixture_put(&f, "0000000000000009.seg", head, sizeof(head));
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "");
    ck_assert_uint_eq(spool_counts(f.spool).damaged_segments, 0);
    store_fixture_again(&f);
    ck_assert(store_fixture_has(&f, 9, "seg"));
    store_fixture_end(&f);
}
END_TEST

START_TEST(many_small_records)
{
    enum { ROUNDS = 100, GROUP = 1000 };
    static struct spool_record group[GROUP];
    static struct spool_place read_places[GROUP];
    struct spool_place place = {0};
    struct spool_found found;

    store_fixture_begin(&f);
    for (size_t i = 0; i < GROUP; i++)
        group[i] = (struct spool_record){.head = STR("h"), .body = STR("0123456789")};
    for (size_t i = 0; i < ROUNDS; i++)
        ck_assert(spool_write(f.spool, group, GROUP, &f.err));
    store_fixture_again(&f);
    for (size_t i = 0; i < ROUNDS; i++) {
        for (size_t j = 0; j < GROUP; j++) {
            ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_RECORD);
            ck_assert_uint_eq(found.place.number, i * GROUP + j);
            read_places[j] = found.place;
            bytes_unref(found.head);
            bytes_unref(found.body);
        }
        spool_done(f.spool, read_places, i < ROUNDS - 1 ? GROUP : GROUP - 1);
    }
    store_fixture_again(&f);
    place = (struct spool_place){0};
    ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_RECORD);
    ck_assert_uint_eq(found.place.number, ROUNDS * GROUP - 1);
    bytes_unref(found.head);
    bytes_unref(found.body);
    ck_assert_int_eq(spool_read(f.spool, &place, &found), SPOOL_END);
    store_fixture_end(&f);
}
END_TEST

/* ---- lanes ---- */

static struct spool *open_lane(const char *name)
{
    struct spool *spool = spool_open(f.store, spool_lane(str_of(name)), 0, 1, &f.err);

    ck_assert_ptr_nonnull(spool);
    return spool;
}

START_TEST(a_lane_has_what_was_written_in_it)
{
    struct spool_place place;
    struct spool *x, *y;

    store_fixture_begin(&f);
    x = open_lane("exporters/x");
    y = open_lane("exporters/y");
    ck_assert(put_text(f.spool, "main", &place, &f.err));
    ck_assert(put_text(x, "x1", &place, &f.err));
    ck_assert(put_text(y, "y1", &place, &f.err));
    ck_assert(put_text(x, "x2", &place, &f.err));
    ck_assert_str_eq(all_texts(x), "x1 x2 ");
    spool_done(x, &place, 1);
    spool_close(x);
    spool_close(y);
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "main ");
    y = open_lane("exporters/y");
    ck_assert_str_eq(all_texts(y), "y1 ");
    x = open_lane("exporters/x");
    ck_assert_str_eq(all_texts(x), "x1 "); /* marks are kept by lanes too */
    spool_close(x);
    spool_close(y);
    store_fixture_end(&f);
}
END_TEST

START_TEST(a_lane_that_nobody_opens_stays)
{
    uint64_t lane = spool_lane(STR("exporters/x"));
    struct spool_place place;
    struct spool *x;

    store_fixture_begin(&f);
    x = open_lane("exporters/x");
    ck_assert_uint_eq(store_next_lane(f.store, 0), 0);
    ck_assert(put_text(x, "x1", &place, &f.err));
    spool_close(x);
    for (int i = 0; i < 3; i++) {
        store_fixture_again(&f);
        ck_assert_str_eq(all_texts(f.spool), "");
        ck_assert_uint_eq(store_next_lane(f.store, 0), lane);
        ck_assert_uint_eq(store_next_lane(f.store, lane), 0);
        ck_assert_uint_gt(store_bytes(f.store), 0);
    }
    x = open_lane("exporters/x");
    ck_assert_str_eq(all_texts(x), "x1 ");
    spool_done(x, &(struct spool_place){1, SEGMENT_HEAD, 0}, 1);
    spool_close(x);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    ck_assert_uint_eq(store_next_lane(f.store, 0), 0);
    store_fixture_end(&f);
}
END_TEST

START_TEST(ids_are_of_all_lanes_together)
{
    struct spool_place first, second, third;
    struct spool *x;

    store_fixture_begin(&f);
    x = open_lane("exporters/x");
    ck_assert(put_text(x, "x1", &first, &f.err));
    ck_assert(put_text(f.spool, "main", &second, &f.err));
    spool_close(x);
    store_fixture_again(&f);
    ck_assert(put_text(f.spool, "more", &third, &f.err));
    ck_assert_uint_lt(first.segment, second.segment);
    ck_assert_uint_lt(second.segment, third.segment);
    store_fixture_end(&f);
}
END_TEST

START_TEST(a_name_always_has_the_same_lane)
{
    const uint64_t lane = 0x29e92078b5c1568a; /* files are called so */

    ck_assert_uint_eq(spool_lane(STR("")), 0);
    ck_assert_uint_eq(spool_lane(STR("exporters/jaeger")), lane);
    ck_assert_uint_ne(spool_lane(STR("exporters/jaeger/2")), lane);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("spool");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, what_is_written_is_read_back);
    tcase_add_test(cases, the_next_start_finds_it);
    tcase_add_test(cases, what_is_done_does_not_come_again);
    tcase_add_test(cases, a_place_behind_a_segment_that_is_gone_goes_on_with_the_next);
    tcase_add_test(cases, places_that_are_no_records_do_no_harm);
    tcase_add_test(cases, heads_and_bodies_may_be_empty_and_have_limits);
    tcase_add_test(cases, a_full_segment_goes_when_its_records_are_done);
    tcase_add_test(cases, what_the_budget_has_no_room_for_comes_later);
    tcase_add_test(cases, shares_get_what_others_left);
    tcase_add_test(cases, a_newer_format_is_left_alone);
    tcase_add_test(cases, many_small_records);
    tcase_add_test(cases, a_lane_has_what_was_written_in_it);
    tcase_add_test(cases, a_lane_that_nobody_opens_stays);
    tcase_add_test(cases, ids_are_of_all_lanes_together);
    tcase_add_test(cases, a_name_always_has_the_same_lane);
    return run_tests("spool", cases);
}

/*
 * A spool's records: written, read, done, and what the next start finds.
 */
#include "storage/spool.h"

#include "base/budget.h"
#include "unit/check.h"
#include "unit/store_fixture.h"

static struct store_fixture f;
static struct spool *spool;
static struct spool_place places[16];

static void begin(void)
{
    store_fixture_make(&f);
    store_fixture_open(&f);
    spool = store_fixture_spool(&f, 0, 1);
}

static void again(void)
{
    spool_close(spool);
    store_fixture_close(&f);
    store_fixture_open(&f);
    spool = store_fixture_spool(&f, 0, 1);
}

static void end(void)
{
    spool_close(spool);
    store_fixture_remove(&f);
    ck_assert_uint_eq(budget_used(), 0);
}

static void put(const char *text, struct spool_place *place)
{
    ck_assert_msg(put_text(spool, text, place, &f.err), "%s", f.err.text);
}

START_TEST(what_is_written_is_read_back)
{
    struct spool_place place = {0}, found;

    begin();
    put("a", &places[0]);
    put("bc", &places[1]);
    ck_assert_str_eq(get_text(spool, &place, &found), "a");
    ck_assert_uint_eq(found.number, 0);
    ck_assert_uint_eq(found.at, places[0].at);
    ck_assert_str_eq(get_text(spool, &place, &found), "bc");
    ck_assert_uint_eq(found.number, 1);
    ck_assert_uint_eq(found.at, places[1].at);
    ck_assert_uint_eq(place.number, 2);
    ck_assert_str_eq(get_text(spool, &place, NULL), "");
    put("d", &places[2]);
    ck_assert_str_eq(get_text(spool, &place, NULL), "d");
    ck_assert_str_eq(get_text(spool, &place, NULL), "");
    ck_assert_str_eq(get_text(spool, &places[1], NULL), "bc");
    end();
}
END_TEST

START_TEST(the_next_start_finds_it)
{
    begin();
    ck_assert_uint_eq(spool_left(spool), 0);
    put("a", NULL);
    put("b", NULL);
    again();
    ck_assert_uint_gt(spool_left(spool), 2 * 48);
    ck_assert_str_eq(all_texts(spool), "a b ");
    put("c", NULL);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 2);
    again();
    ck_assert_str_eq(all_texts(spool), "a b c ");
    end();
}
END_TEST

START_TEST(what_is_done_does_not_come_again)
{
    begin();
    put("a", &places[0]);
    put("b", &places[1]);
    put("c", &places[2]);
    spool_done(spool, &places[1], 1);
    ck_assert_str_eq(all_texts(spool), "a c ");
    again();
    ck_assert_str_eq(all_texts(spool), "a c ");
    spool_done(spool, &places[0], 1);
    ck_assert_str_eq(all_texts(spool), "c ");
    spool_done(spool, &places[0], 1); /* once more: nothing */
    again();
    ck_assert_str_eq(all_texts(spool), "c ");
    spool_done(spool, &places[2], 1);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 0);
    ck_assert_uint_eq(store_fixture_count(&f, ".done"), 0);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    ck_assert_str_eq(all_texts(spool), "");
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("spool");

    tcase_add_test(cases, what_is_written_is_read_back);
    tcase_add_test(cases, the_next_start_finds_it);
    tcase_add_test(cases, what_is_done_does_not_come_again);
    return run_tests("spool", cases);
}

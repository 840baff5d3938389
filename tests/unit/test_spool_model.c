/*
 * Random writing, finishing, reading, closing and opening, with different counts of shares, held
 * against a model; then the same with the n-th call to the disk failing, for each n.
 *
 * Where nothing failed, exactly what was written and is not done comes. Where something failed,
 * nothing of that is lost, and what is too much comes only after the next opening: records whose
 * mark was not written, or that could not be cut off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/log.h"
#include "storage/disk.h"
#include "storage/spool.h"
#include "unit/check.h"
#include "unit/store_fixture.h"

enum { STEPS = 40, RECORDS_MAX = 400, GROUP_MAX = 5, SHARES_MAX = 3, BODY = 600 };

enum state { REFUSED, STORED, DONE };

struct known { /* a record, by its index */
    enum state state;
    bool was_done;  /* before the last opening */
    bool once_done; /* where its mark could not be read it came again; it need not the next time */
    bool has_place;
    struct spool_place place;
    unsigned share; /* who has it, where it has a place */
    bool came;      /* in this pass */
};

static struct store_fixture f;
static struct spool *spools[SHARES_MAX];
static unsigned shares;
static struct known records[RECORDS_MAX];
static size_t count;
static uint64_t seed;

/* ---- faults ---- */

static unsigned calls, fail_at, fail_count; /* the calls fail_at, fail_at + 1, ... */
static bool is_short;                       /* what is read or written is cut instead */
static bool failed, failed_since_opening;

static int fault(enum disk_call call, size_t *len)
{
    static const int errors[] = {EIO, ENOSPC, EDQUOT};
    bool now = ++calls >= fail_at && calls - fail_at < fail_count;

    if (!now || fail_at == 0)
        return 0;
    failed = failed_since_opening = true;
    if (is_short && (call == DISK_WRITE || call == DISK_READ)) {
        *len /= 2;
        return 0;
    }
    return errors[calls % 3];
}

/* ---- random ---- */

static unsigned below(unsigned limit)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % limit;
}

/* ---- steps ---- */

/* The index in front, the rest depends on it. */
static size_t body_of(size_t index, char body[BODY])
{
    size_t len = 8 + index * 37 % (BODY - 8);

    memset(body, (int)(index % 251), len);
    memcpy(body, &index, 8);
    return len;
}

static void open_all(void)
{
    failed_since_opening = false;
    while (!(f.store = store_open(&f.settings, &f.err)))
        ck_assert_msg(failed_since_opening, "%s", f.err.text);
    shares = 1 + below(SHARES_MAX);
    for (unsigned i = 0; i < shares; i++)
        spools[i] = store_fixture_spool(&f, i, shares);
    for (size_t i = 0; i < count; i++) {
        records[i].has_place = false;
        records[i].was_done = records[i].was_done || records[i].state == DONE;
    }
}

static void close_all(void)
{
    for (unsigned i = 0; i < shares; i++)
        spool_close(spools[i]);
    store_fixture_close(&f);
}

static void write_some(void)
{
    struct spool_record group[GROUP_MAX];
    char bodies[GROUP_MAX][BODY], heads[GROUP_MAX][4];
    unsigned many = 1 + below(GROUP_MAX), share = below(shares);
    bool good;

    if (count + many > RECORDS_MAX)
        return;
    for (unsigned i = 0; i < many; i++) {
        memset(heads[i], (int)(count + i) % 7, sizeof(heads[i]));
        group[i] = (struct spool_record){
            .head = {heads[i], (count + i) % 4},
            .body = {bodies[i], body_of(count + i, bodies[i])},
        };
    }
    good = spool_write(spools[share], group, many, &f.err);
    ck_assert_msg(good || failed_since_opening, "%s", f.err.text);
    for (unsigned i = 0; i < many; i++)
        records[count++] = (struct known){
            .state = good ? STORED : REFUSED,
            .has_place = good,
            .place = group[i].place,
            .share = share,
        };
}

static void check(unsigned share, const struct spool_found *found)
{
    struct str head = bytes_str(found->head), body = bytes_str(found->body);
    struct known *known;
    char expected[BODY];
    size_t index;

    ck_assert_uint_ge(body.len, 8);
    memcpy(&index, body.at, 8);
    ck_assert_uint_lt(index, count);
    ck_assert_uint_eq(head.len, index % 4);
    ck_assert(str_eq(body, (struct str){expected, body_of(index, expected)}));
    known = &records[index];
    ck_assert(!known->came);
    known->came = true;
    if (known->state == REFUSED || (known->state == DONE && known->was_done))
        ck_assert(failed);
    else
        ck_assert_int_eq(known->state, STORED);
    if (known->has_place) {
        ck_assert_uint_eq(known->place.segment, found->place.segment);
        ck_assert_uint_eq(known->place.at, found->place.at);
        ck_assert_uint_eq(known->place.number, found->place.number);
        ck_assert_uint_eq(known->share, share);
    } else if (known->state == DONE || known->state == REFUSED) {
        known->state = STORED; /* it came back */
    }
    ck_assert(!known->has_place || known->state == STORED);
    known->was_done = false;
    known->has_place = true;
    known->place = found->place;
    known->share = share;
}

static void read_all(void)
{
    struct spool_found found;

    for (size_t i = 0; i < count; i++)
        records[i].came = false;
    for (unsigned i = 0; i < shares; i++) {
        struct spool_place place = {0};
        enum spool_answer answer;

        while ((answer = spool_read(spools[i], &place, &found)) == SPOOL_RECORD) {
            check(i, &found);
            bytes_unref(found.head);
            bytes_unref(found.body);
        }
        ck_assert_int_eq(answer, SPOOL_END);
    }
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(records[i].came || records[i].state != STORED || records[i].once_done ||
                          failed_since_opening,
                      "record %zu is lost", i);
}

/* Of each ten that have a place, so many. */
static void finish(unsigned of_ten)
{
    struct spool_place places[RECORDS_MAX];

    for (unsigned share = 0; share < shares; share++) {
        size_t many = 0;

        for (size_t i = 0; i < count; i++)
            if (records[i].has_place && records[i].share == share && records[i].state == STORED &&
                below(10) < of_ten) {
                places[many++] = records[i].place;
                records[i].state = DONE;
                records[i].once_done = true;
            }
        spool_done(spools[share], places, many);
    }
}

static void step(void)
{
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        write_some();
        break;
    case 3:
        finish(5);
        break;
    case 4:
        finish(10);
        break;
    case 5:
    case 6:
        read_all();
        break;
    default:
        close_all();
        open_all();
    }
    if (!failed)
        ck_assert_uint_eq(store_bytes(f.store), store_fixture_bytes(&f));
}

/* False: no call failed. */
static bool run(uint64_t with, bool sync)
{
    store_fixture_make_fast(&f);
    f.settings.sync = sync;
    seed = with;
    count = 0;
    calls = 0;
    failed = false;
    disk_set_fault(fault);
    open_all();
    for (int i = 0; i < STEPS; i++)
        step();
    disk_set_fault(NULL);
    close_all();
    open_all();
    read_all();
    finish(10);
    for (unsigned i = 0; i < shares; i++)
        ck_assert_uint_eq(spool_counts(spools[i]).damaged_bytes, 0);
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 0);
    ck_assert_uint_eq(store_fixture_count(&f, ".done"), 0);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    close_all();
    store_fixture_remove(&f);
    ck_assert_uint_eq(budget_used(), 0);
    return failed;
}

START_TEST(without_faults_it_is_as_the_model)
{
    fail_at = 0;
    for (uint64_t i = 0; i < 200; i++)
        run(i, i % 2);
}
END_TEST

static const struct {
    unsigned failing;
    bool is_short;
} kinds[] = {{1, false}, {1, true}, {4, false}, {20, true}};

START_TEST(a_call_that_fails_loses_nothing)
{
    log_set_level(LOG_ERROR + 1);
    fail_count = kinds[_i].failing;
    is_short = kinds[_i].is_short;
    fail_at = 1;
    while (run((uint64_t)_i * 1000 + fail_at % 4, true))
        fail_at++;
    ck_assert_uint_gt(fail_at, 100);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("spool_model");

    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, without_faults_it_is_as_the_model);
    tcase_add_loop_test(cases, a_call_that_fails_loses_nothing, 0,
                        (int)(sizeof(kinds) / sizeof(kinds[0])));
    return run_tests("spool_model", cases);
}

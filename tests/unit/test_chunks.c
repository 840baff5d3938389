/*
 * Bytes that wait: what goes out is what was put in, wherever it lay, and what is kept is bounded.
 */
#include "net/chunks.h"

#include <stdlib.h>
#include <string.h>

#include "unit/check.h"

/* All that waits, in pieces of at most so many. */
static void take(struct chunks *c, struct buf *out, size_t most, size_t len)
{
    struct str pieces[4];

    while (c->queued > 0) {
        size_t count = chunks_pieces(c, pieces, most), taken = 0;

        ck_assert(count > 0 && count <= most);
        for (size_t i = 0; i < count && taken < len; i++) {
            size_t part = pieces[i].len < len - taken ? pieces[i].len : len - taken;

            buf_append(out, pieces[i].at, part);
            taken += part;
        }
        chunks_sent(c, taken);
    }
}

START_TEST(what_goes_out_is_what_was_put_in)
{
    for (size_t len = 1; len < 20; len++) {
        struct chunks c = {0};
        struct buf out = {0};

        chunks_copy(&c, "one ", 4);
        chunks_copy(&c, "two ", 4);
        chunks_borrow(&c, STR("three "), &c);
        chunks_borrow(&c, STR("four "), &out);
        chunks_copy(&c, "five", 4);
        ck_assert_uint_eq(c.queued, 23);
        take(&c, &out, 1 + len % 4, len);
        ck_assert(str_is(buf_str(&out), "one two three four five"));
        ck_assert_uint_eq(c.count, 0);
        buf_done(&out);
        chunks_done(&c);
    }
}
END_TEST

START_TEST(what_was_borrowed_can_be_kept)
{
    char mine[] = "mine ", others[] = "others ";
    struct str pieces[4];
    struct chunks c = {0};
    struct buf out = {0};

    chunks_borrow(&c, str_of(mine), mine);
    chunks_borrow(&c, str_of(others), others);
    chunks_borrow(&c, str_of(mine), mine);
    chunks_copy(&c, "end", 3);
    chunks_sent(&c, 2);
    chunks_keep(&c, mine);
    memset(mine, 'x', strlen(mine));
    ck_assert_uint_eq(chunks_pieces(&c, pieces, 4), 4);
    ck_assert_ptr_eq(pieces[1].at, others);
    take(&c, &out, 4, SIZE_MAX);
    ck_assert(str_is(buf_str(&out), "ne others mine end"));
    buf_done(&out);
    chunks_done(&c);
}
END_TEST

START_TEST(what_has_gone_out_is_dropped)
{
    struct chunks c = {0};
    char bytes[1000] = {0};

    chunks_copy(&c, bytes, sizeof(bytes));
    for (unsigned i = 0; i < 10000; i++) { /* it is never empty */
        chunks_borrow(&c, STR("borrowed"), NULL);
        chunks_copy(&c, bytes, sizeof(bytes));
        chunks_sent(&c, sizeof(bytes) + 8);
        ck_assert_uint_le(c.count, 256);
        ck_assert_uint_le(c.copied.len, 300 << 10);
        ck_assert_uint_eq(c.queued, sizeof(bytes));
    }
    chunks_done(&c);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("chunks");

    tcase_add_test(cases, what_goes_out_is_what_was_put_in);
    tcase_add_test(cases, what_was_borrowed_can_be_kept);
    tcase_add_test(cases, what_has_gone_out_is_dropped);
    return run_tests("chunks", cases);
}

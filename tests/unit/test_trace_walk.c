/*
 * Walks that others get in the way of.
 */
#include "viewer/trace_walk.h"

#include <stdio.h>

#include "unit/viewer_fixture.h"

static void take(struct viewer_fixture *f, unsigned trace, unsigned n)
{
    char id[40];

    snprintf(id, sizeof(id), "%032x", trace);
    viewer_take_span(f, "shop", id, n, "op", "");
}

/* The next traces that a walk comes to, so many at most, by the last digits of their ids. */
static void walk(struct viewer_fixture *f, size_t most, const char *expected)
{
    char seen[16] = "";
    struct held_trace *t;

    while (most-- > 0 && (t = trace_walk_next(f->store)))
        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%d", t->id[15]);
    ck_assert_str_eq(seen, expected);
}

START_TEST(a_walk_comes_to_each_trace_once_whatever_happens)
{
    struct viewer_fixture f;

    viewer_begin_with(&f, 8 << 20, 6);
    walk(&f, 9, "");
    for (unsigned n = 1; n <= 6; n++)
        take(&f, n, n);
    trace_walk_begin(f.store);
    walk(&f, 9, "654321");
    walk(&f, 9, "");

    trace_walk_begin(f.store);
    walk(&f, 2, "65");
    take(&f, 4, 10); /* the next one moves, and one that was seen */
    take(&f, 6, 11);
    take(&f, 4, 12);
    walk(&f, 1, "3");
    take(&f, 7, 13); /* new; 1 goes for it, then 2 */
    walk(&f, 1, "2");
    take(&f, 8, 14);
    walk(&f, 9, "4");
    walk(&f, 9, "");

    trace_walk_begin(f.store);
    walk(&f, 1, "8");
    take(&f, 4, 15); /* is missed, then goes */
    for (unsigned n = 11; n <= 16; n++)
        take(&f, n, n);
    walk(&f, 9, "");
    trace_walk_begin(f.store);
    take(&f, 11, 30);
    trace_walk_end(f.store);
    walk(&f, 9, "");
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trace_walk");

    tcase_add_test(cases, a_walk_comes_to_each_trace_once_whatever_happens);
    return run_tests("trace_walk", cases);
}

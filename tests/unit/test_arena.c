/*
 * Memory that goes all at once.
 */
#include "base/arena.h"

#include <stdalign.h>

#include "unit/check.h"

START_TEST(memory_is_zeroed_aligned_and_apart)
{
    struct arena *arena = arena_new(64);
    unsigned char *pieces[200];

    for (size_t i = 0; i < 200; i++) {
        pieces[i] = arena_alloc(arena, i);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t byte = 0; byte < i; byte++)
            ck_assert_int_eq(pieces[i][byte], 0);
        memset(pieces[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t byte = 0; byte < i; byte++)
            ck_assert_int_eq(pieces[i][byte], (int)i);
    arena_free(arena);
    arena_free(NULL);
}
END_TEST

START_TEST(the_first_block_holds_what_was_asked_for)
{
    struct arena *arena = arena_new(1000);
    const char *first = arena_alloc(arena, 592);

    ck_assert_ptr_eq(arena_alloc(arena, 384), first + 592);
    arena_free(arena);
}
END_TEST

START_TEST(something_larger_than_a_block_has_one_of_its_own)
{
    struct arena *arena = arena_new(16);
    char *large = arena_alloc(arena, 1 << 20);

    memset(large, 1, 1 << 20);
    arena_free(arena);
}
END_TEST

START_TEST(many_small_things_lie_in_few_blocks)
{
    struct arena *arena = arena_new(256);
    const char *last = arena_alloc(arena, 16);
    unsigned blocks = 1;

    for (unsigned i = 0; i < 10000; i++) {
        const char *next = arena_alloc(arena, 16);

        blocks += next != last + 16;
        last = next;
    }
    ck_assert_uint_lt(blocks, 20);
    arena_free(arena);
}
END_TEST

START_TEST(copies_end_with_a_nul)
{
    struct arena *arena = arena_new(16);
    struct str copy = arena_copy(arena, (struct str){"abcdef", 3});
    struct str empty = arena_copy(arena, (struct str){0});

    ck_assert(str_is(copy, "abc"));
    ck_assert_str_eq(copy.at, "abc");
    ck_assert_uint_eq(empty.len, 0);
    ck_assert_str_eq(empty.at, "");
    ck_assert_str_eq(arena_text(arena, "text"), "text");
    ck_assert_str_eq(arena_printf(arena, "%d %s", 7, "seven"), "7 seven");
    ck_assert_uint_eq(strlen(arena_printf(arena, "%3000d", 1)), 3000);
    arena_free(arena);
}
END_TEST

START_TEST(a_reset_arena_begins_again)
{
    struct arena *arena = arena_new(64);
    void *first = arena_alloc(arena, 16);

    memset(first, 1, 16);
    for (unsigned i = 0; i < 100; i++)
        arena_alloc(arena, i);
    arena_reset(arena);
    ck_assert_ptr_eq(arena_alloc(arena, 16), first);
    ck_assert_int_eq(*(char *)first, 0);
    arena_reset(arena);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("arena");

    tcase_add_test(cases, memory_is_zeroed_aligned_and_apart);
    tcase_add_test(cases, the_first_block_holds_what_was_asked_for);
    tcase_add_test(cases, something_larger_than_a_block_has_one_of_its_own);
    tcase_add_test(cases, many_small_things_lie_in_few_blocks);
    tcase_add_test(cases, copies_end_with_a_nul);
    tcase_add_test(cases, a_reset_arena_begins_again);
    return run_tests("arena", cases);
}

/*
 * Tests of base/table.c.
 */
#include "base/table.h"

#include <stdio.h>

#include "base/mem.h"
#include "unit/check.h"

/* Of the paper's appendix: a key of the bytes 0 to 15, a message of the bytes 0 to 14. */
START_TEST(the_hash_is_that_of_the_paper)
{
    const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    char message[15];

    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (char)i;
    ck_assert_uint_eq(table_siphash(key, (struct str){message, sizeof(message)}),
                      0xa129ca6149be45e5);
    ck_assert_uint_eq(table_siphash(key, (struct str){message, 0}), 0x726fdb47dd0e0e31);
}
END_TEST

struct thing {
    struct table_node node;
    char name[16];
};

static struct thing *find(const struct table *table, const char *name)
{
    uint64_t hash = table_hash(table, str_of(name));

    for (struct table_node *node = table_first(table, hash); node; node = table_next(node))
        if (strcmp(((struct thing *)(void *)node)->name, name) == 0)
            return (struct thing *)(void *)node;
    return NULL;
}

START_TEST(what_is_added_is_found_until_it_is_removed)
{
    enum { THINGS = 1000 };
    static struct thing things[THINGS];
    struct table table;

    table_init(&table);
    ck_assert_ptr_null(find(&table, "0"));
    for (int i = 0; i < THINGS; i++) {
        snprintf(things[i].name, sizeof(things[i].name), "%d", i);
        table_add(&table, &things[i].node, table_hash(&table, str_of(things[i].name)));
    }
    ck_assert_uint_eq(table.count, THINGS);
    for (int i = 0; i < THINGS; i++) {
        ck_assert_ptr_eq(find(&table, things[i].name), &things[i]);
        if (i % 2 == 0)
            table_remove(&table, &things[i].node);
    }
    ck_assert_uint_eq(table.count, THINGS / 2);
    for (int i = 0; i < THINGS; i++)
        ck_assert_ptr_eq(find(&table, things[i].name), i % 2 == 0 ? NULL : &things[i]);
    table_done(&table);
}
END_TEST

START_TEST(things_of_one_hash_are_all_found)
{
    struct thing things[3] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
    struct table table;
    unsigned seen = 0;

    table_init(&table);
    for (size_t i = 0; i < 3; i++)
        table_add(&table, &things[i].node, i == 1 ? 5 + 16 : 5); /* "b" shares but the slot */
    for (struct table_node *node = table_first(&table, 5); node; node = table_next(node))
        seen = seen * 10 + (unsigned)(((struct thing *)(void *)node)->name[0] - 'a' + 1);
    ck_assert_uint_eq(seen, 31);
    ck_assert_ptr_null(table_first(&table, 5 + 32));
    table_done(&table);
}
END_TEST

START_TEST(each_table_hashes_in_its_own_way)
{
    struct table one, two;

    table_init(&one);
    table_init(&two);
    ck_assert_uint_ne(table_hash(&one, STR("x")), table_hash(&two, STR("x")));
    table_done(&one);
    table_done(&two);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("table");

    tcase_add_test(cases, the_hash_is_that_of_the_paper);
    tcase_add_test(cases, what_is_added_is_found_until_it_is_removed);
    tcase_add_test(cases, things_of_one_hash_are_all_found);
    tcase_add_test(cases, each_table_hashes_in_its_own_way);
    return run_tests("table", cases);
}

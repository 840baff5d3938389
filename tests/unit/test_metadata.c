/*
 * Tests of base/metadata.c.
 */
#include "base/metadata.h"

#include "base/budget.h"
#include "unit/check.h"

static struct bytes *list;
static size_t budget_before;

static void begin(void)
{
    list = NULL;
    budget_before = budget_used();
}

static void end(void)
{
    bytes_unref(list);
    ck_assert_uint_eq(budget_used(), budget_before);
}

static void check_next(size_t *at, const char *name, const char *value)
{
    struct metadata_field field;

    ck_assert(metadata_next(list, at, &field));
    ck_assert(str_is(field.name, name));
    ck_assert(str_is(field.value, value));
}

START_TEST(fields_come_back_in_order_with_names_in_lower_case)
{
    struct metadata_field field;
    size_t at = 0;

    begin();
    ck_assert(metadata_add(&list, STR("X-Tenant-[A]_Z"), STR("Acme")));
    ck_assert(metadata_add(&list, STR("empty"), STR("")));
    ck_assert(metadata_add(&list, STR(":authority"), STR("h:4317")));
    check_next(&at, "x-tenant-[a]_z", "Acme");
    check_next(&at, "empty", "");
    check_next(&at, ":authority", "h:4317");
    ck_assert(!metadata_next(list, &at, &field));
    end();
}
END_TEST

START_TEST(a_name_may_have_several_values)
{
    struct str value;
    size_t at = 0;

    begin();
    metadata_add(&list, STR("a"), STR("1"));
    metadata_add(&list, STR("ab"), STR("2"));
    metadata_add(&list, STR("A"), STR("3"));
    ck_assert(metadata_next_value(list, &at, STR("a"), &value) && str_is(value, "1"));
    ck_assert(metadata_next_value(list, &at, STR("a"), &value) && str_is(value, "3"));
    ck_assert(!metadata_next_value(list, &at, STR("a"), &value));
    end();
}
END_TEST

START_TEST(there_may_be_none)
{
    struct metadata_field field;
    struct str value;
    size_t at = 0;

    ck_assert(!metadata_next(NULL, &at, &field));
    ck_assert(!metadata_next_value(NULL, &at, STR("a"), &value));
}
END_TEST

START_TEST(one_that_is_damaged_ends_before_the_damage)
{
    struct metadata_field field;
    size_t whole;

    begin();
    ck_assert(metadata_add(&list, STR("a"), STR("1")));
    whole = list->len;
    ck_assert(metadata_add(&list, STR("name"), STR("value")));
    for (size_t len = list->len - 1; len > 0; len--) {
        size_t at = 0, count = 0;

        list->len = len;
        while (metadata_next(list, &at, &field))
            count++;
        ck_assert_uint_eq(count, len >= whole);
    }
    for (size_t i = 0; i < 8; i++) { /* lengths beyond any list */
        size_t at = 0;

        list->len = whole;
        memset(list->at, 0, 8);
        list->at[i] = (char)0xff;
        ck_assert(!metadata_next(list, &at, &field));
        ck_assert_uint_eq(at, 0);
    }
    end();
}
END_TEST

START_TEST(it_grows_and_is_in_the_budget)
{
    static char text[5000];
    struct metadata_field field;
    size_t at = 0, count = 0;

    begin();
    memset(text, 'v', sizeof(text));
    for (size_t i = 0; i < 100; i++)
        ck_assert(metadata_add(&list, STR("name"), (struct str){text, i * 50}));
    ck_assert_uint_ge(budget_used() - budget_before, list->len);
    for (; metadata_next(list, &at, &field); count++)
        ck_assert_uint_eq(field.value.len, count * 50);
    ck_assert_uint_eq(count, 100);
    end();
}
END_TEST

START_TEST(without_room_in_the_budget_it_stays_as_it_was)
{
    static char text[5000];
    size_t limit = budget_limit(), at = 0;
    struct metadata_field field;

    begin();
    budget_set_limit(budget_before + 1000);
    ck_assert(metadata_add(&list, STR("a"), STR("1")));
    ck_assert(!metadata_add(&list, STR("b"), (struct str){text, sizeof(text)}));
    check_next(&at, "a", "1");
    ck_assert(!metadata_next(list, &at, &field));
    budget_set_limit(budget_used());
    bytes_unref(list);
    list = NULL;
    budget_set_limit(1);
    ck_assert(!metadata_add(&list, STR("a"), STR("1")));
    ck_assert_ptr_null(list);
    budget_set_limit(limit);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metadata");

    tcase_add_test(cases, fields_come_back_in_order_with_names_in_lower_case);
    tcase_add_test(cases, a_name_may_have_several_values);
    tcase_add_test(cases, there_may_be_none);
    tcase_add_test(cases, one_that_is_damaged_ends_before_the_damage);
    tcase_add_test(cases, it_grows_and_is_in_the_budget);
    tcase_add_test(cases, without_room_in_the_budget_it_stays_as_it_was);
    return run_tests("metadata", cases);
}

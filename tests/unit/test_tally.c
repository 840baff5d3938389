/*
 * What is told beside what was told before.
 */
#include "processors/tally.h"

#include "unit/check.h"

static struct attributes list;
static struct tally tally;

static int64_t count_of(const char *key)
{
    const struct attribute *found = attributes_find(&list, str_of(key));
    struct value_view value = {.kind = VALUE_EMPTY};

    if (found)
        value_read(found->value, &value);
    return value.kind == VALUE_INT ? value.integer : -1;
}

static bool names_are(const char *key, const char *text)
{
    const struct attribute *found = attributes_find(&list, str_of(key));
    struct value_view value = {.kind = VALUE_EMPTY};

    if (found)
        value_read(found->value, &value);
    return value.kind == VALUE_STRING && str_is(value.bytes, text);
}

static void begin(void)
{
    attributes_read(&list, STR(""), ATTRIBUTES_OF_SPAN);
    tally_add(&tally.masked, STR("b"));
    tally_add(&tally.masked, STR("a"));
    tally_add(&tally.redacted, STR(""));
    tally.ignored = 2;
}

static void end(void)
{
    tally_done(&tally);
    attributes_done(&list);
    tally = (struct tally){0};
}

START_TEST(silence_tells_nothing)
{
    begin();
    tally_tell(&tally, TALLY_OF_ATTRIBUTES, SUMMARY_SILENT, &list);
    ck_assert_ptr_null(attributes_next(&list, NULL));
    tally_tell(&tally, TALLY_OF_ATTRIBUTES, SUMMARY_DEBUG, &list);
    ck_assert_ptr_null(attributes_next(&list, NULL)); /* it was emptied */
    end();
}
END_TEST

START_TEST(names_are_sorted_and_added_to)
{
    begin();
    tally_tell(&tally, TALLY_OF_ATTRIBUTES, SUMMARY_DEBUG, &list);
    ck_assert(names_are("redaction.masked.keys", "a,b"));
    ck_assert_int_eq(count_of("redaction.masked.count"), 2);
    ck_assert_int_eq(count_of("redaction.redacted.count"), 1);
    ck_assert(!attributes_find(&list, STR("redaction.redacted.keys")));
    ck_assert_int_eq(count_of("redaction.ignored.count"), 2);
    tally_add(&tally.masked, STR("aa"));
    tally_tell(&tally, TALLY_OF_ATTRIBUTES, SUMMARY_DEBUG, &list);
    ck_assert(names_are("redaction.masked.keys", "a,aa,b"));
    ck_assert_int_eq(count_of("redaction.masked.count"), 3);
    end();
}
END_TEST

START_TEST(bodies_have_attributes_of_their_own)
{
    begin();
    tally_tell(&tally, TALLY_OF_BODY, SUMMARY_INFO, &list);
    ck_assert_int_eq(count_of("redaction.body.masked.count"), 2);
    ck_assert_int_eq(count_of("redaction.body.ignored.count"), 2);
    ck_assert_int_eq(count_of("redaction.masked.count"), -1);
    ck_assert(!attributes_find(&list, STR("redaction.body.masked.keys")));
    end();
}
END_TEST

START_TEST(its_keys_are_known)
{
    ck_assert(tally_is_key(STR("redaction.masked.keys")));
    ck_assert(tally_is_key(STR("redaction.body.ignored.count")));
    ck_assert(!tally_is_key(STR("redaction.ignored.keys")));
    ck_assert(!tally_is_key(STR("redaction.")));
    ck_assert(!tally_is_key(STR("")));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("tally");

    tcase_add_test(tests, silence_tells_nothing);
    tcase_add_test(tests, names_are_sorted_and_added_to);
    tcase_add_test(tests, bodies_have_attributes_of_their_own);
    tcase_add_test(tests, its_keys_are_known);
    return run_tests("tally", tests);
}

/*
 * What went wrong, in a sentence.
 */
#include "base/error.h"

#include <string.h>

#include "unit/check.h"

START_TEST(the_sentence_is_written_and_the_result_is_false)
{
    struct error err = {"old"};

    ck_assert(!error_set(&err, "cannot open %s", "file"));
    ck_assert_str_eq(err.text, "cannot open file");
}
END_TEST

START_TEST(it_is_cut_to_fit)
{
    struct error err;

    ck_assert(!error_set(&err, "%1000d", 1));
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

START_TEST(a_prefix_comes_in_front)
{
    struct error err = {"port 1 is taken"};

    ck_assert(!error_prefix(&err, "receivers/otlp"));
    ck_assert_str_eq(err.text, "receivers/otlp: port 1 is taken");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    ck_assert(!error_set(NULL, "%s", "unheard"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("error");

    tcase_add_test(cases, the_sentence_is_written_and_the_result_is_false);
    tcase_add_test(cases, it_is_cut_to_fit);
    tcase_add_test(cases, a_prefix_comes_in_front);
    tcase_add_test(cases, nobody_needs_to_listen);
    return run_tests("error", cases);
}

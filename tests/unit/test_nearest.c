#include "config/nearest.h"

#include <stdint.h>
#include <string.h>

#include "unit/check.h"

START_TEST(distances_count_edits)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},
        {"a", "", 1},
        {"endpont", "endpoint", 1},
        {"ab", "ba", 1},
        {"timeuot", "timeout", 1},
        {"kitten", "sitting", 3},
        {"logLevel", "loglevel", 0},
        {"send-batch", "send_batch", 0},
        {"ca", "abc", 3},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t less = cases[i].distance - 1;

        if (cases[i].distance > 0)
            ck_assert_uint_eq(nearest_distance(cases[i].a, cases[i].b, less), SIZE_MAX);
        ck_assert_uint_eq(nearest_distance(cases[i].a, cases[i].b, 3), cases[i].distance);
        ck_assert_uint_eq(nearest_distance(cases[i].b, cases[i].a, 3), cases[i].distance);
    }
}
END_TEST

START_TEST(long_words_are_not_looked_at)
{
    char word[NEAREST_MAX + 2];

    memset(word, 'x', sizeof(word));
    word[NEAREST_MAX + 1] = '\0';
    ck_assert_uint_eq(nearest_distance(word, word, 9), SIZE_MAX);
    word[NEAREST_MAX] = '\0';
    ck_assert_uint_eq(nearest_distance(word, word, 9), 0);
}
END_TEST

START_TEST(the_nearest_name_is_found_where_one_is_near)
{
    static const char *const names[] = {"endpoint", "tls", "timeout", "headers", NULL};

    ck_assert_str_eq(nearest_name("endpont", names), "endpoint");
    ck_assert_str_eq(nearest_name("tsl", names), "tls");
    ck_assert_str_eq(nearest_name("Timeout", names), "timeout");
    ck_assert_str_eq(nearest_name("header", names), "headers");
    ck_assert_ptr_null(nearest_name("queue", names));
    ck_assert_ptr_null(nearest_name("", names));
    ck_assert_ptr_null(nearest_name("x", names));
    ck_assert_ptr_null(nearest_name("x", NULL));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("nearest");

    tcase_add_test(cases, distances_count_edits);
    tcase_add_test(cases, long_words_are_not_looked_at);
    tcase_add_test(cases, the_nearest_name_is_found_where_one_is_near);
    return run_tests("nearest", cases);
}

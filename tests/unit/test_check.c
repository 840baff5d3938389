/*
 * The check of a message by its shape: packed fields, and their elements with tags of their own.
 */
#include "otlp/check.h"

#include "unit/check.h"

struct packed_case {
    struct str message;
    const char *why; /* NULL: it is good */
};

static const char cut_number[] = "a number is cut short";
static const char cut_field[] = "a field is cut short or not valid";
static const char cut_length[] = "a length is cut short or too long";
static const char beyond[] = "a length goes beyond the end";
static const char wrong_type[] = "a field has the wrong wire type";

/* The shape that lies at the end of a way of field numbers through a request of metrics. */
static const struct shape *shape_at(const uint32_t *way, size_t count)
{
    const struct shape *shape = &shape_metrics_request;

    for (size_t i = 0; i < count; i++) {
        ck_assert(shape_knows(shape, way[i]));
        shape = shape->rules[way[i]].shape;
        ck_assert_ptr_nonnull(shape);
    }
    return shape;
}

/* The bytes are copied to memory of their size, so that a sanitizer sees a read beyond them. */
static void check_cases(const struct shape *shape, const struct packed_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str message = cases[i].message;
        struct check_result result = {0};
        char *copy = malloc(message.len + (message.len == 0));

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, message.at, message.len);
        message.at = copy;
        ck_assert_msg(check_message(shape, message, &result) == (cases[i].why == NULL), "case %zu",
                      i);
        if (cases[i].why) {
            ck_assert_msg(strcmp(result.why, cases[i].why) == 0, "case %zu: %s", i, result.why);
            ck_assert_msg((const char *)result.at >= copy, "case %zu", i);
            ck_assert_msg((const char *)result.at <= copy + message.len, "case %zu", i);
        }
        free(copy);
    }
}

#define EIGHT "\0\1\2\3\4\5\6\7"

START_TEST(packed_numbers_of_eight_bytes_come_whole)
{
    static const uint32_t histogram_point[] = {1, 2, 2, 9, 1};
    const struct packed_case cases[] = {
        {STR(""), NULL},
        {STR("\x32\x00"), NULL}, /* bucket_counts, without an element */
        {STR("\x32\x08" EIGHT), NULL},
        {STR("\x32\x10" EIGHT EIGHT), NULL},
        {STR("\x32\x08" EIGHT "\x32\x08" EIGHT), NULL}, /* in two runs */
        {STR("\x3a\x08" EIGHT), NULL},                  /* explicit_bounds */
        {STR("\x31" EIGHT), NULL},                      /* with a tag of its own */
        {STR("\x31" EIGHT "\x32\x08" EIGHT "\x31" EIGHT), NULL},
        {STR("\xb2\x00\x08" EIGHT), NULL}, /* a tag that is longer than it need be */
        {STR("\x32\x07\1\2\3\4\5\6\7"), cut_number},
        {STR("\x32\x09" EIGHT "\1"), cut_number},
        {STR("\x32\x01\1"), cut_number},
        {STR("\x32\x09" EIGHT), beyond},
        {STR("\x32"), cut_length},
        {STR("\x32\x80"), cut_length},
        {STR("\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), cut_length},
        {STR("\x31\1\2\3\4\5\6\7"), cut_field},
        {STR("\x31"), cut_field},
        {STR("\x30\x01"), wrong_type},     /* a varint */
        {STR("\x35\1\2\3\4"), wrong_type}, /* four bytes */
        {STR("\x33"), wrong_type},
    };

    check_cases(shape_at(histogram_point, 5), cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(packed_varints_end_where_their_run_ends)
{
    static const uint32_t buckets[] = {1, 2, 2, 10, 1, 8};
    const struct packed_case cases[] = {
        {STR("\x12\x00"), NULL}, /* bucket_counts, without an element */
        {STR("\x12\x01\x05"), NULL},
        {STR("\x12\x03\x01\xac\x02"), NULL},
        {STR("\x12\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
        {STR("\x12\x01\x05\x12\x01\x06"), NULL}, /* in two runs */
        {STR("\x10\x05"), NULL},                 /* with a tag of its own */
        {STR("\x10\xac\x02\x12\x01\x05\x10\x06"), NULL},
        {STR("\x12\x01\x80"), cut_number},
        {STR("\x12\x02\x01\xac"), cut_number},
        {STR("\x12\x01\xac\x02"), cut_number}, /* it would go on behind its run */
        {STR("\x12\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), cut_number},
        {STR("\x12\x02\x01"), beyond},
        {STR("\x12"), cut_length},
        {STR("\x10"), cut_field},
        {STR("\x10\x80"), cut_field},
        {STR("\x11" EIGHT), wrong_type}, /* eight bytes */
        {STR("\x15\1\2\3\4"), wrong_type},
    };

    check_cases(shape_at(buckets, 6), cases, sizeof(cases) / sizeof(cases[0]));
}
END_TEST

START_TEST(a_bad_run_is_found_in_a_whole_request)
{
    /* resource_metrics, scope_metrics, metrics, histogram, data_points, bucket_counts */
    static const char bad[] = "\x0a\x0c\x12\x0a\x12\x08\x4a\x06\x0a\x04\x32\x02\1\2";
    struct check_result result = {0};

    ck_assert(!check_message(&shape_metrics_request, STR(bad), &result));
    ck_assert_str_eq(result.why, cut_number);
    ck_assert_int_eq((const char *)result.at - bad, 10);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("check");

    tcase_add_test(cases, packed_numbers_of_eight_bytes_come_whole);
    tcase_add_test(cases, packed_varints_end_where_their_run_ends);
    tcase_add_test(cases, a_bad_run_is_found_in_a_whole_request);
    return run_tests("check", cases);
}

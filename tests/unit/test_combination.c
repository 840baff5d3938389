/*
 * Tests of processors/combination.c: what is the same, and what is not.
 */
#include "pipeline/combination.h"

#include "base/metadata.h"
#include "unit/check.h"
#include "unit/stage.h"

enum { FIELDS_MAX = 3, KEYS = 2 };

static const char *key_names[KEYS] = {"a", "b"};
static const struct string_list keys = {key_names, KEYS};

struct fields {
    const char *at[FIELDS_MAX][2]; /* name, value; NULL ends them */
};

static struct batch *batch_with(unsigned first, const struct fields *fields)
{
    struct batch *batch = stage_batch(first, 1);
    struct bytes **metadata = &batch->slices[0].payload->metadata;

    for (size_t i = 0; i < FIELDS_MAX && fields->at[i][0]; i++)
        metadata_add(metadata, str_of(fields->at[i][0]), str_of(fields->at[i][1]));
    return batch;
}

static void put(struct buf *out, const struct fields *fields)
{
    struct batch *batch = batch_with(0, fields);

    combination_put(out, batch, &keys);
    batch_unref(batch);
}

START_TEST(values_tell_combinations_apart)
{
    static const struct {
        struct fields one, other;
        bool same;
    } table[] = {
        {{{{0}}}, {{{0}}}, true},
        {{{{0}}}, {{{"c", "1"}}}, true}, /* no key */
        {{{{"a", "1"}}}, {{{"a", "1"}}}, true},
        {{{{"A", "1"}}}, {{{"a", "1"}}}, true},
        {{{{"a", "1"}, {"b", "2"}}}, {{{"b", "2"}, {"a", "1"}}}, true},
        {{{{"a", "1"}}}, {{{"a", "2"}}}, false},
        {{{{"a", "x"}}}, {{{"a", "X"}}}, false},
        {{{{0}}}, {{{"a", ""}}}, false}, /* absent is not empty */
        {{{{"a", "1"}}}, {{{"b", "1"}}}, false},
        {{{{"a", "12"}}}, {{{"a", "1"}, {"a", "2"}}}, false},
        {{{{"a", ""}}}, {{{"a", ""}, {"a", ""}}}, false},
        {{{{"a", "1"}, {"a", "2"}}}, {{{"a", "2"}, {"a", "1"}}}, false}, /* order counts */
        {{{{"a", "1"}, {"a", "2"}}}, {{{"a", "1"}, {"b", "2"}}}, false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct buf one = {0}, other = {0};

        put(&one, &table[i].one);
        put(&other, &table[i].other);
        ck_assert_msg(str_eq(buf_str(&one), buf_str(&other)) == table[i].same, "row %zu", i);
        buf_done(&one);
        buf_done(&other);
    }
}
END_TEST

START_TEST(where_joined_requests_differ_a_field_counts_as_absent)
{
    static const struct fields both = {{{"a", "1"}, {"b", "2"}}},
                               other = {{{"a", "1"}, {"b", "3"}}}, only_a = {{{"a", "1"}}};
    struct batch *joined = batch_with(0, &both), *more = batch_with(1, &both),
                 *third = batch_with(2, &other);
    struct buf out = {0}, wanted = {0};

    batch_append(joined, more);
    combination_put(&out, joined, &keys); /* the same in both */
    put(&wanted, &both);
    ck_assert(str_eq(buf_str(&out), buf_str(&wanted)));

    buf_reset(&out);
    buf_reset(&wanted);
    batch_append(joined, third);
    combination_put(&out, joined, &keys);
    put(&wanted, &only_a);
    ck_assert(str_eq(buf_str(&out), buf_str(&wanted)));
    buf_done(&out);
    buf_done(&wanted);
    batch_unref(joined);
    batch_unref(more);
    batch_unref(third);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("combination");

    tcase_add_test(cases, values_tell_combinations_apart);
    tcase_add_test(cases, where_joined_requests_differ_a_field_counts_as_absent);
    return run_tests("combination", cases);
}

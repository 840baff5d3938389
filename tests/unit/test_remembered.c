/*
 * Tests of extensions/remembered.c.
 */
#include "extensions/remembered.h"

#include <stdio.h>

#include "unit/check.h"

static struct secret_key key;

static struct secret_digest digest_of(unsigned number)
{
    char text[32];

    snprintf(text, sizeof(text), "%u", number);
    return secret_digest(&key, str_of(text));
}

START_TEST(as_many_as_promised_are_remembered)
{
    static const unsigned counts[] = {0, 1, 16, 17, 1000};

    secret_key_make(&key);
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
        struct remembered r = {.at = NULL};
        struct secret_digest digest = digest_of(0);

        ck_assert(!remembered_has(&r, &digest));
        remembered_init(&r, counts[c]);
        for (unsigned i = 0; i < counts[c]; i++) {
            digest = digest_of(i);
            remembered_add(&r, &digest);
        }
        for (unsigned i = 0; i < counts[c] * 2; i++) {
            digest = digest_of(i);
            ck_assert(remembered_has(&r, &digest) == (i < counts[c]));
        }
        remembered_done(&r);
    }
}
END_TEST

START_TEST(it_never_grows)
{
    struct remembered r = {.at = NULL};
    struct secret_digest digest;

    secret_key_make(&key);
    remembered_init(&r, 16);
    for (unsigned i = 0; i < 10000; i++) {
        digest = digest_of(i);
        remembered_add(&r, &digest);
        ck_assert(remembered_has(&r, &digest)); /* the last one always */
    }
    ck_assert_uint_eq(r.mask, 63);
    remembered_done(&r);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("remembered");

    tcase_add_test(cases, as_many_as_promised_are_remembered);
    tcase_add_test(cases, it_never_grows);
    return run_tests("remembered", cases);
}

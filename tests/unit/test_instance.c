/*
 * The process's own UUID.
 */
#include "service/instance.h"

#include <string.h>

#include "unit/check.h"

START_TEST(it_is_a_random_uuid)
{
    const char *id = instance_id();

    ck_assert_uint_eq(strlen(id), 36);
    ck_assert_uint_eq(strspn(id, "0123456789abcdef-"), 36);
    ck_assert_int_eq(id[8], '-');
    ck_assert_int_eq(id[14], '4');
    ck_assert_ptr_nonnull(strchr("89ab", id[19]));
    ck_assert_str_eq(instance_id(), id);
}
END_TEST

START_TEST(it_knows_since_when_it_is)
{
    uint64_t since_ns = instance_since_ns();

    ck_assert_uint_gt(since_ns, UINT64_C(1700000000000000000));
    instance_id();
    ck_assert_uint_eq(instance_since_ns(), since_ns);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("instance");

    tcase_add_test(cases, it_is_a_random_uuid);
    tcase_add_test(cases, it_knows_since_when_it_is);
    return run_tests("instance", cases);
}

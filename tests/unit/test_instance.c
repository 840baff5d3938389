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

int main(void)
{
    TCase *cases = tcase_create("instance");

    tcase_add_test(cases, it_is_a_random_uuid);
    return run_tests("instance", cases);
}

/*
 * What every unit test's main() has in common.
 */
#pragma once

#include <check.h>
#include <stdlib.h>

/* Runs the test cases of one file; the exit code of its main(). */
static inline int run_tests(const char *name, TCase *cases)
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

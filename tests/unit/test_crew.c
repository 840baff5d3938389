/*
 * The crew: jobs run on the worker's own thread, one at a time.
 */
#include "service/crew.h"

#include "unit/check.h"

#include <pthread.h>

struct visit {
    pthread_t thread;
    unsigned index, count;
    int visits;
};

static void on_visit(struct worker *worker, void *arg)
{
    struct visit *visit = arg;

    visit->thread = pthread_self();
    visit->index = worker->index;
    visit->count = worker->count;
    visit->visits++;
}

START_TEST(jobs_run_on_the_workers_thread)
{
    struct visit visits[3] = {{0}};
    struct crew *crew = crew_new(3, NULL);

    ck_assert_uint_eq(crew_size(crew), 3);
    for (unsigned round = 0; round < 100; round++)
        for (unsigned i = 0; i < 3; i++)
            crew_call(crew_at(crew, i), on_visit, &visits[i]);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(visits[i].visits, 100);
        ck_assert_uint_eq(visits[i].index, i);
        ck_assert_uint_eq(visits[i].count, 3);
        ck_assert(!pthread_equal(visits[i].thread, pthread_self()));
        ck_assert(!pthread_equal(visits[i].thread, visits[(i + 1) % 3].thread));
    }
    crew_free(crew);
}
END_TEST

START_TEST(a_crew_that_did_nothing_ends)
{
    crew_free(crew_new(1, NULL));
    crew_free(NULL);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("crew");

    tcase_add_test(cases, jobs_run_on_the_workers_thread);
    tcase_add_test(cases, a_crew_that_did_nothing_ends);
    return run_tests("crew", cases);
}

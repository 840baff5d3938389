#include "base/process_metrics.h"

#include <stdbool.h>
#include <string.h>

#include "base/budget.h"
#include "base/metrics.h"
#include "unit/check.h"

struct wanted {
    const char *name;
    uint64_t value;
    bool found;
};

static void look(void *arg, const struct metric_reading *reading)
{
    struct wanted *wanted = arg;

    if (strcmp(reading->family->name, wanted->name) != 0)
        return;
    ck_assert_str_eq(reading->labels, "");
    wanted->value = reading->value;
    wanted->found = true;
}

static uint64_t value_of(const char *name)
{
    struct wanted wanted = {.name = name};

    metrics_each(METRICS_BASIC, look, &wanted);
    ck_assert(wanted.found);
    return wanted.value;
}

START_TEST(the_process_is_measured)
{
    uint64_t uptime, cpu;

    process_metrics_start();
    uptime = value_of("otelcol_process_uptime");
    cpu = value_of("otelcol_process_cpu_seconds");
    ck_assert_uint_gt(cpu, 0);
    ck_assert_uint_gt(value_of("otelcol_process_uptime"), uptime);
    ck_assert_uint_ge(value_of("otelcol_process_cpu_seconds"), cpu);
    ck_assert_uint_gt(value_of("otelcol_process_memory_rss"), 1 << 16);
    ck_assert_uint_ge(value_of("otelcol_process_runtime_total_sys_memory_bytes"),
                      value_of("otelcol_process_runtime_heap_alloc_bytes"));
}
END_TEST

START_TEST(the_budget_is_told)
{
    process_metrics_start();
    budget_set_limit(1000);
    budget_add(300);
    ck_assert_uint_eq(value_of("otelc_memory_budget_limit"), 1000);
    ck_assert_uint_eq(value_of("otelc_memory_budget_used"), 300);
    budget_release(300);
    ck_assert_uint_eq(value_of("otelc_memory_budget_used"), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("process_metrics");

    tcase_add_test(cases, the_process_is_measured);
    tcase_add_test(cases, the_budget_is_told);
    return run_tests("process_metrics", cases);
}

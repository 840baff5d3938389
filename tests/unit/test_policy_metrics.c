#include "processors/policy_metrics.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

START_TEST(each_policy_has_the_official_names)
{
    struct policy_metrics metrics, other;
    struct metric *errors = policy_metrics_errors();

    policy_metrics_open(&metrics, "slow \"ones\"");
    policy_metrics_open(&other, "b");
    policy_metrics_decided(&metrics, POLICY_SAMPLED);
    policy_metrics_decided(&metrics, POLICY_SAMPLED);
    policy_metrics_decided(&metrics, POLICY_NOT_SAMPLED);
    policy_metrics_decided(&metrics, POLICY_DROPPED);
    metric_add(metrics.time_ns, 1500);
    metric_add(errors, 7);
#define SLOW "policy=\"slow \\\"ones\\\"\""
    metrics_say("otelcol_processor_tail_sampling_",
                "count_traces_sampled{" SLOW ",sampled=\"false\",decision=\"dropped\"}=1\n"
                "count_traces_sampled{" SLOW ",sampled=\"false\",decision=\"not_sampled\"}=1\n"
                "count_traces_sampled{" SLOW ",sampled=\"true\",decision=\"sampled\"}=2\n"
                "sampling_policy_evaluation_error{}=7\n"
                "sampling_policy_execution_count{policy=\"b\"}=0\n"
                "sampling_policy_execution_count{" SLOW "}=4\n"
                "sampling_policy_execution_time_sum{policy=\"b\"}=0\n"
                "sampling_policy_execution_time_sum{" SLOW "}=1500\n");
    policy_metrics_close(&metrics);
    policy_metrics_close(&other);
    metric_close(errors);
}
END_TEST

START_TEST(what_was_not_opened_can_be_closed)
{
    struct policy_metrics metrics = {0};

    policy_metrics_close(&metrics);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("policy_metrics");

    tcase_add_test(cases, each_policy_has_the_official_names);
    tcase_add_test(cases, what_was_not_opened_can_be_closed);
    return run_tests("policy_metrics", cases);
}

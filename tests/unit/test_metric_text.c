#include "base/metric_text.h"

#include "unit/check.h"

static const struct metric_family uptime = {
    .name = "uptime", .help = "Since the start.", .unit = "s", .per_unit = 1000};
static const struct metric_family cpu_seconds = {
    .name = "cpu_seconds", .help = "CPU.", .unit = "s", .per_unit = 1000};
static const struct metric_family memory = {
    .name = "memory", .help = "Memory.", .unit = "By", .kind = FAMILY_GAUGE};
static const struct metric_family sent = {.name = "sent", .help = "Sent.", .unit = "{spans}"};
static const uint64_t bounds[] = {5, 2500};
static const struct metric_family took = {.name = "took",
                                          .help = "Took.",
                                          .unit = "s",
                                          .per_unit = 1000,
                                          .kind = FAMILY_HISTOGRAM,
                                          .bounds = bounds,
                                          .bound_count = 2};

static void writes(const struct metric_text *settings, const char *expected)
{
    struct buf out = {0};

    metric_text_write(&out, settings);
    ck_assert_str_eq(buf_text(&out), expected);
    buf_done(&out);
}

static const struct metric_text plain = {.level = METRICS_NORMAL, .labels = ""};
static const struct metric_text suffixed = {
    .level = METRICS_NORMAL, .labels = "", .type_suffixes = true, .unit_suffixes = true};

START_TEST(numbers_are_exact)
{
    static const struct {
        uint64_t parts;
        uint32_t per_unit;
        const char *text;
    } cases[] = {
        {0, 0, "0"},
        {0, 1000, "0"},
        {15, 1, "15"},
        {1500, 1000, "1.5"},
        {5, 1000, "0.005"},
        {123456789, 1000000000, "0.123456789"},
        {10, 10, "1"},
        {19, 10, "1.9"},
        {18446744073709551615U, 0, "18446744073709551615"},
        {100100, 1000, "100.1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};

        metric_text_number(&out, cases[i].parts, cases[i].per_unit);
        ck_assert_str_eq(buf_text(&out), cases[i].text);
        buf_done(&out);
    }
}
END_TEST

START_TEST(names_have_suffixes_where_they_are_asked_for)
{
    struct metric *metrics[] = {metric_open(&uptime, NULL), metric_open(&cpu_seconds, NULL),
                                metric_open(&memory, NULL),
                                metric_open(&sent, "exporter", "jaeger", NULL)};

    metric_add(metrics[0], 2500);
    writes(&plain, "# HELP cpu_seconds CPU.\n# TYPE cpu_seconds counter\ncpu_seconds 0\n"
                   "# HELP memory Memory.\n# TYPE memory gauge\nmemory 0\n"
                   "# HELP sent Sent.\n# TYPE sent counter\nsent{exporter=\"jaeger\"} 0\n"
                   "# HELP uptime Since the start.\n# TYPE uptime counter\nuptime 2.5\n");
    writes(&suffixed,
           "# HELP cpu_seconds_total CPU.\n# TYPE cpu_seconds_total counter\ncpu_seconds_total 0\n"
           "# HELP memory_bytes Memory.\n# TYPE memory_bytes gauge\nmemory_bytes 0\n"
           "# HELP sent_total Sent.\n# TYPE sent_total counter\n"
           "sent_total{exporter=\"jaeger\"} 0\n"
           "# HELP uptime_seconds_total Since the start.\n# TYPE uptime_seconds_total counter\n"
           "uptime_seconds_total 2.5\n");
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        metric_close(metrics[i]);
}
END_TEST

START_TEST(parts_of_a_second_have_names_too)
{
    static const struct metric_family ms = {.name = "a", .help = "A.", .unit = "ms"};
    static const struct metric_family us = {
        .name = "b", .help = "B.", .unit = "µs", .per_unit = 1000};
    struct metric *metrics[] = {metric_open(&ms, NULL), metric_open(&us, NULL)};

    metric_add(metrics[1], 1500);
    writes(&suffixed, "# HELP a_milliseconds_total A.\n# TYPE a_milliseconds_total counter\n"
                      "a_milliseconds_total 0\n"
                      "# HELP b_microseconds_total B.\n# TYPE b_microseconds_total counter\n"
                      "b_microseconds_total 1.5\n");
    metric_close(metrics[0]);
    metric_close(metrics[1]);
}
END_TEST

START_TEST(buckets_are_cumulative)
{
    struct metric *a = metric_open(&took, "to", "a", NULL), *b = metric_open(&took, NULL);

    metric_observe(a, 5);
    metric_observe(a, 6);
    metric_observe(a, 3000);
    writes(&suffixed, "# HELP took_seconds Took.\n# TYPE took_seconds histogram\n"
                      "took_seconds_bucket{le=\"0.005\"} 0\n"
                      "took_seconds_bucket{le=\"2.5\"} 0\n"
                      "took_seconds_bucket{le=\"+Inf\"} 0\n"
                      "took_seconds_sum 0\n"
                      "took_seconds_count 0\n"
                      "took_seconds_bucket{to=\"a\",le=\"0.005\"} 1\n"
                      "took_seconds_bucket{to=\"a\",le=\"2.5\"} 2\n"
                      "took_seconds_bucket{to=\"a\",le=\"+Inf\"} 3\n"
                      "took_seconds_sum{to=\"a\"} 3.011\n"
                      "took_seconds_count{to=\"a\"} 3\n");
    metric_close(a);
    metric_close(b);
}
END_TEST

START_TEST(labels_of_all_and_the_target_are_written)
{
    struct metric *metric = metric_open(&sent, "x", "y", NULL);
    const struct metric_text settings = {
        .level = METRICS_BASIC, .labels = "env=\"test\"", .target = "service_name=\"otelc\""};

    writes(&settings, "# HELP sent Sent.\n# TYPE sent counter\nsent{x=\"y\",env=\"test\"} 0\n"
                      "# HELP target_info Target metadata\n# TYPE target_info gauge\n"
                      "target_info{service_name=\"otelc\"} 1\n");
    metric_close(metric);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metric_text");

    tcase_add_test(cases, numbers_are_exact);
    tcase_add_test(cases, names_have_suffixes_where_they_are_asked_for);
    tcase_add_test(cases, parts_of_a_second_have_names_too);
    tcase_add_test(cases, buckets_are_cumulative);
    tcase_add_test(cases, labels_of_all_and_the_target_are_written);
    return run_tests("metric_text", cases);
}

/*
 * From OTLP to the page: what each kind of metric becomes, how deltas add up, what resources,
 * scopes and settings add, what is left out.
 */
#include "exporters/prometheus_points.h"

#include <string.h>

#include "base/budget.h"
#include "unit/prometheus_fixture.h"

static struct prometheus_fixture f;

/* The page without its comments. */
static const char *lines(void)
{
    static char text[65536];
    size_t len = 0;

    for (const char *line = prometheus_page(&f, false); *line;) {
        const char *end = strchr(line, '\n') + 1;

        if (*line != '#') {
            ck_assert_uint_lt(len + (size_t)(end - line), sizeof(text));
            memcpy(text + len, line, (size_t)(end - line));
            len += (size_t)(end - line);
        }
        line = end;
    }
    text[len] = '\0';
    return text;
}

#define SUM(name, temporality, start, time, value)                                                 \
    "{\"name\":\"" name                                                                            \
    "\",\"sum\":{\"isMonotonic\":true,\"aggregationTemporality\":" #temporality                    \
    ",\"dataPoints\":[{\"startTimeUnixNano\":" start ",\"timeUnixNano\":" time "," value "}]}}"
#define GAUGE(name, point) "{\"name\":\"" name "\",\"gauge\":{\"dataPoints\":[{" point "}]}}"

START_TEST(each_kind_has_its_lines)
{
    prometheus_begin(&f);
    prometheus_take_metrics(
        &f, "{\"name\":\"http.requests\",\"description\":\"All \\\"of\\\" them,\\nwith a \\\\.\","
            "\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":true,\"dataPoints\":["
            "{\"timeUnixNano\":" T1 ",\"asInt\":\"5\",\"attributes\":[{\"key\":\"code\",\"value\":"
            "{\"intValue\":\"200\"}}]},"
            "{\"timeUnixNano\":" T1 ",\"asDouble\":0.1}]}},"
            "{\"name\":\"queue\",\"unit\":\"{item}\",\"sum\":{\"aggregationTemporality\":2,"
            "\"dataPoints\":[{\"timeUnixNano\":" T1 ",\"asInt\":\"-7\"}]}},"
            "{\"name\":\"temp\",\"unit\":\"Cel\",\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":" T1
            ",\"asDouble\":21.5}]}},"
            "{\"name\":\"lat\",\"unit\":\"s\",\"histogram\":{\"aggregationTemporality\":2,"
            "\"dataPoints\":[{\"timeUnixNano\":" T1 ",\"count\":\"6\",\"sum\":10.5,"
            "\"explicitBounds\":[0.1,1,2.5],\"bucketCounts\":[\"1\",\"2\",\"0\",\"3\"]}]}},"
            "{\"name\":\"sizes\",\"summary\":{\"dataPoints\":[{\"timeUnixNano\":" T1
            ",\"count\":\"4\",\"sum\":9,\"quantileValues\":[{\"quantile\":0.5,\"value\":2},"
            "{\"quantile\":1,\"value\":\"NaN\"},{\"quantile\":0.5,\"value\":3},"
            "{\"quantile\":7,\"value\":3}]}]}}");
    ck_assert_str_eq(prometheus_page(&f, false),
                     "# HELP http_requests_total All \"of\" them,\\nwith a \\\\.\n"
                     "# TYPE http_requests_total counter\n"
                     "http_requests_total{code=\"200\"} 5\n"
                     "http_requests_total 0.1\n"
                     "# TYPE lat_seconds histogram\n"
                     "lat_seconds_bucket{le=\"0.1\"} 1\n"
                     "lat_seconds_bucket{le=\"1\"} 3\n"
                     "lat_seconds_bucket{le=\"2.5\"} 3\n"
                     "lat_seconds_bucket{le=\"+Inf\"} 6\n"
                     "lat_seconds_sum 10.5\n"
                     "lat_seconds_count 6\n"
                     "# TYPE queue gauge\n"
                     "queue -7\n"
                     "# TYPE sizes summary\n"
                     "sizes{quantile=\"0.5\"} 2\n"
                     "sizes{quantile=\"1\"} NaN\n"
                     "sizes_sum 9\n"
                     "sizes_count 4\n"
                     "# TYPE temp_celsius gauge\n"
                     "temp_celsius 21.5\n");
    f.settings.send_timestamps = true;
    ck_assert_ptr_nonnull(strstr(lines(), "temp_celsius 21.5 1700000010000\n"));
    prometheus_end(&f);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(open_metrics_is_another_page)
{
    prometheus_begin(&f);
    f.settings.enable_open_metrics = true;
    f.settings.send_timestamps = true;
    prometheus_take_metrics(
        &f,
        "{\"name\":\"calls\",\"description\":\"A "
        "\\\"q\\\".\",\"sum\":{\"aggregationTemporality\":2,"
        "\"isMonotonic\":true,\"dataPoints\":[{\"timeUnixNano\":" T1 ",\"asInt\":\"5\","
        "\"exemplars\":[{\"asInt\":\"1\",\"timeUnixNano\":" T0 "},{\"asDouble\":2.5,"
        "\"timeUnixNano\":\"1700000000123456789\",\"traceId\":\"0102030405060708090a0b0c0d0e0f10\","
        "\"spanId\":\"0102030405060708\"}]}]}},"
        "{\"name\":\"lat\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":["
        "{\"timeUnixNano\":" T1 ",\"count\":\"3\",\"explicitBounds\":[1,10],"
        "\"bucketCounts\":[\"1\",\"2\",\"0\"],\"exemplars\":[{\"asDouble\":0.5,\"spanId\":"
        "\"0102030405060708\"},{\"asDouble\":4}]}]}},"
        "{\"name\":\"calls2\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"1\",\"exemplars\":["
        "{\"asInt\":\"1\"}]}]}}," GAUGE("taken", "\"asInt\":\"1\"") "," SUM("taken", 2, T0, T1,
                                                                            "\"asInt\":\"3\""));
    ck_assert_str_eq(
        prometheus_page(&f, true),
        "# TYPE calls2 gauge\n"
        "calls2 1\n"
        "# HELP calls A \\\"q\\\".\n"
        "# TYPE calls counter\n"
        "calls_total 5 1700000010.000 # {span_id=\"0102030405060708\","
        "trace_id=\"0102030405060708090a0b0c0d0e0f10\"} 2.5 1700000000.123\n"
        "# TYPE lat histogram\n"
        "lat_bucket{le=\"1.0\"} 1 1700000010.000 # {span_id=\"0102030405060708\"} 0.5\n"
        "lat_bucket{le=\"10.0\"} 3 1700000010.000 # {} 4\n"
        "lat_bucket{le=\"+Inf\"} 3 1700000010.000\n"
        "# TYPE taken gauge\n"
        "taken 1\n"
        "# TYPE taken_total unknown\n"
        "taken_total 3 1700000010.000\n"
        "# EOF\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(an_exponential_histogram_has_buckets_of_powers_of_two)
{
#define EXPONENTIAL(temporality, start, time, point)                                               \
    "{\"name\":\"e\",\"exponentialHistogram\":{\"aggregationTemporality\":" #temporality           \
    ",\"dataPoints\":[{\"startTimeUnixNano\":" start ",\"timeUnixNano\":" time "," point "}]}}"
    prometheus_begin(&f);
    prometheus_take_metrics(/* 4 buckets to a power of two: 0.59 to 1, and -1.19 to -1 */
                            &f,
                            EXPONENTIAL(1, T0, T1,
                                        "\"count\":\"8\",\"sum\":3,\"scale\":2,\"zeroCount\":\"1\","
                                        "\"positive\":{\"offset\":-3,\"bucketCounts\":[\"1\",\"2\","
                                        "\"3\"]},\"negative\":{\"bucketCounts\":[\"1\"]}"));
    ck_assert_str_eq(lines(), "e_bucket{le=\"-1\"} 1\n"
                              "e_bucket{le=\"0\"} 2\n"
                              "e_bucket{le=\"0.5\"} 2\n"
                              "e_bucket{le=\"1\"} 8\n"
                              "e_bucket{le=\"+Inf\"} 8\n"
                              "e_sum 3\n"
                              "e_count 8\n");
    prometheus_take_metrics(/* 4 and 16, the latter in a scale of its own */
                            &f, EXPONENTIAL(
                                    1, T1, T2,
                                    "\"count\":\"2\",\"sum\":20,\"scale\":-1,"
                                    "\"positive\":{\"offset\":0,\"bucketCounts\":[\"1\",\"1\"]}"));
    ck_assert_str_eq(lines(), "e_bucket{le=\"-1\"} 1\n"
                              "e_bucket{le=\"0\"} 2\n"
                              "e_bucket{le=\"0.25\"} 2\n"
                              "e_bucket{le=\"1\"} 8\n"
                              "e_bucket{le=\"4\"} 9\n"
                              "e_bucket{le=\"16\"} 10\n"
                              "e_bucket{le=\"+Inf\"} 10\n"
                              "e_sum 23\n"
                              "e_count 10\n");
    prometheus_take_metrics(/* from the smallest to the largest number that there is */
                            &f,
                            EXPONENTIAL(
                                2, T0, T2,
                                "\"count\":\"2\",\"sum\":20,\"scale\":20,"
                                "\"positive\":{\"offset\":-1073741824,\"bucketCounts\":[\"1\"]},"
                                "\"negative\":{\"offset\":1073741823,\"bucketCounts\":[\"5\"]}"));
    ck_assert_str_eq(lines(), "e_bucket{le=\"-8.98846567431158e+307\"} 5\n"
                              "e_bucket{le=\"5.562684646268003e-309\"} 5\n"
                              "e_bucket{le=\"1.1125369292536007e-308\"} 6\n"
                              "e_bucket{le=\"+Inf\"} 6\n"
                              "e_sum 20\n"
                              "e_count 6\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(deltas_add_up)
{
#define HISTOGRAM(start, time, counts, bounds)                                                     \
    "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":1,\"dataPoints\":["                 \
    "{\"startTimeUnixNano\":" start ",\"timeUnixNano\":" time                                      \
    ",\"sum\":1,\"count\":\"3\",\"bucketCounts\":[" counts "],\"explicitBounds\":[" bounds "]}]}}"
    prometheus_begin(&f);
    prometheus_take_metrics(&f, SUM("n", 1, T0, T1, "\"asInt\":\"5\""));
    prometheus_take_metrics(&f, SUM("n", 1, T1, T2, "\"asInt\":\"4\""));
    ck_assert_str_eq(lines(), "n_total 9\n");
    prometheus_take_metrics(&f, SUM("n", 1, T1, T2, "\"asInt\":\"4\"")); /* sent again */
    prometheus_take_metrics(&f, SUM("n", 1, T0, T1, "\"asInt\":\"4\"")); /* late */
    ck_assert_str_eq(lines(), "n_total 9\n");
    prometheus_take_metrics(
        &f, SUM("n", 1, T2, "\"1700000030000000000\"", "\"asInt\":\"9223372036854775807\""));
    ck_assert_str_eq(lines(), "n_total 9.223372036854776e+18\n");
    prometheus_end(&f);

    prometheus_begin(&f);
    prometheus_take_metrics(&f, HISTOGRAM(T0, T1, "\"1\",\"2\"", "5"));
    prometheus_take_metrics(&f, HISTOGRAM(T1, T2, "\"3\",\"0\"", "5"));
    ck_assert_str_eq(lines(),
                     "h_bucket{le=\"5\"} 4\nh_bucket{le=\"+Inf\"} 6\nh_sum 2\nh_count 6\n");
    prometheus_take_metrics(&f, HISTOGRAM(T2, "\"1700000030000000000\"", "\"3\",\"1\"", "6"));
    ck_assert_str_eq(lines(),
                     "h_bucket{le=\"6\"} 3\nh_bucket{le=\"+Inf\"} 4\nh_sum 1\nh_count 4\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(of_cumulative_points_the_latest_counts)
{
    prometheus_begin(&f);
    prometheus_take_metrics(&f, SUM("n", 2, T0, T1, "\"asInt\":\"5\""));
    prometheus_take_metrics(&f, SUM("n", 2, T0, T2, "\"asInt\":\"7\""));
    prometheus_take_metrics(&f, SUM("n", 2, T0, T1, "\"asInt\":\"6\""));
    ck_assert_str_eq(lines(), "n_total 7\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(resources_scopes_and_settings_add_labels)
{
    static struct text_pair pairs[] = {{"env", "prod"}, {"a.b", "const"}};
    static const char json[] =
        "{\"resourceMetrics\":[{\"resource\":{\"attributes\":["
        "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"cart\"}},"
        "{\"key\":\"service.namespace\",\"value\":{\"stringValue\":\"shop\"}},"
        "{\"key\":\"service.instance.id\",\"value\":{\"stringValue\":\"i-1\"}},"
        "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"h\\\"1\\n\\\\\"}},"
        "{\"key\":\"up\",\"value\":{\"boolValue\":true}}]},"
        "\"scopeMetrics\":[{\"schemaUrl\":\"http://s\",\"scope\":{\"name\":\"lib\",\"version\":"
        "\"1.2\",\"attributes\":[{\"key\":\"team\",\"value\":{\"stringValue\":\"t\"}},"
        "{\"key\":\"name\",\"value\":{\"stringValue\":\"not this\"}}]},"
        "\"metrics\":[{\"name\":\"g\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"1\",\"attributes\":["
        "{\"key\":\"z_z\",\"value\":{\"stringValue\":\"2\"}},"
        "{\"key\":\"z.z\",\"value\":{\"doubleValue\":1.5}},"
        "{\"key\":\"job\",\"value\":{\"stringValue\":\"mine\"}},"
        "{\"key\":\"a.b\",\"value\":{\"stringValue\":\"mine\"}},"
        "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},"
        "{\"stringValue\":\"x\"}]}}},"
        "{\"key\":\"raw\",\"value\":{\"bytesValue\":\"AQI=\"}},"
        "{\"key\":\"empty\",\"value\":{}}]}]}}]}]}]}";

    prometheus_begin(&f);
    f.settings.without_scope_info = false;
    f.settings.const_labels = (struct text_map){pairs, 2};
    f.settings.naming.namespace = "ns";
    prometheus_take(&f, json);
    ck_assert_str_eq(
        lines(),
        "ns_g{a_b=\"const\",empty=\"\",env=\"prod\",instance=\"i-1\",job=\"shop/cart\","
        "list=\"[1,\\\"x\\\"]\",otel_scope_name=\"lib\",otel_scope_schema_url=\"http://s\","
        "otel_scope_team=\"t\",otel_scope_version=\"1.2\",raw=\"AQI=\",z_z=\"1.5;2\"} 1\n"
        "ns_target_info{host_name=\"h\\\"1\\n\\\\\",instance=\"i-1\",job=\"shop/cart\","
        "up=\"true\"} 1\n");
    prometheus_end(&f);

    prometheus_begin(&f);
    f.settings.resource_labels.enabled = true;
    prometheus_take(&f, json);
    ck_assert_ptr_nonnull(strstr(lines(), ",host_name=\"h\\\"1\\n\\\\\",instance="));
    ck_assert_ptr_nonnull(strstr(lines(), ",service_instance_id=\"i-1\",service_name=\"cart\""));
    prometheus_end(&f);

    prometheus_begin(&f);
    f.settings.resource_labels.enabled = true;
    f.settings.resource_labels.exclude_service_attributes = true;
    prometheus_take(&f, json);
    ck_assert_ptr_nonnull(strstr(lines(), ",host_name=\"h\\\"1\\n\\\\\",instance="));
    ck_assert_ptr_null(strstr(lines(), "service_"));
    prometheus_end(&f);
}
END_TEST

START_TEST(one_target_info_for_each_target)
{
#define RESOURCE(version)                                                                          \
    "{\"resourceMetrics\":[{\"resource\":{\"attributes\":["                                        \
    "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"cart\"}},"                             \
    "{\"key\":\"service.version\",\"value\":{\"stringValue\":\"" version "\"}}]},"                 \
    "\"scopeMetrics\":[{\"metrics\":[" GAUGE("g", "\"asInt\":\"1\"") "," GAUGE(                    \
        "target_info", "\"asInt\":\"5\"") "]}]}]}"
    prometheus_begin(&f);
    prometheus_take(&f, RESOURCE("1"));
    prometheus_take(&f, RESOURCE("1.0.1-long"));
    ck_assert_str_eq(lines(), "g{job=\"cart\"} 1\n"
                              "target_info{job=\"cart\",service_version=\"1.0.1-long\"} 1\n");
    prometheus_end(&f);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(labels_of_the_format_itself_are_kept_apart)
{
    prometheus_begin(&f);
    prometheus_take_metrics(
        &f, "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
            "\"count\":\"1\",\"attributes\":[{\"key\":\"le\",\"value\":{\"intValue\":\"3\"}}]}]}},"
            "{\"name\":\"s\",\"summary\":{\"dataPoints\":[{\"attributes\":["
            "{\"key\":\"quantile\",\"value\":{\"intValue\":\"3\"}}]}]}}," GAUGE(
                "g", "\"asInt\":\"1\",\"attributes\":[{\"key\":\"le\",\"value\":{\"intValue\":"
                     "\"3\"}}]"));
    ck_assert_str_eq(lines(), "g{le=\"3\"} 1\n"
                              "h_bucket{exported_le=\"3\",le=\"+Inf\"} 1\n"
                              "h_count{exported_le=\"3\"} 1\n"
                              "s_sum{exported_quantile=\"3\"} 0\n"
                              "s_count{exported_quantile=\"3\"} 0\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(the_first_of_a_name_counts)
{
    prometheus_begin(&f);
    prometheus_take_metrics(&f, GAUGE("x", "\"asInt\":\"1\""));
    prometheus_take_metrics(
        &f, "{\"name\":\"x\",\"description\":\"Late.\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"2\""
            "}]}},{\"name\":\"x\",\"summary\":{\"dataPoints\":[{\"count\":\"1\"}]}}");
    ck_assert_str_eq(prometheus_page(&f, false), "# TYPE x gauge\nx 2\n");
    prometheus_end(&f);

    /* A histogram x has lines x_count; so nothing else may. */
    prometheus_begin(&f);
    prometheus_take_metrics(&f, GAUGE("x.count", "\"asInt\":\"1\""));
    prometheus_take_metrics(
        &f, "{\"name\":\"x\",\"summary\":{\"dataPoints\":[{\"count\":\"1\"}]}},"
            "{\"name\":\"y\",\"summary\":{\"dataPoints\":[{\"count\":\"1\"}]}}," GAUGE(
                "y_sum", "\"asInt\":\"1\"") "," GAUGE("y_bucket", "\"asInt\":\"1\""));
    ck_assert_str_eq(lines(), "x_count 1\ny_sum 0\ny_count 1\ny_bucket 1\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(what_cannot_be_shown_is_left_out)
{
    static const char *const metrics[] = {
        SUM("n", 0, T0, T1, "\"asInt\":\"5\""), /* no temporality */
        "{\"name\":\"n\",\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"asInt\":\"1\"}]}"
        "}",
        GAUGE("@@", "\"asInt\":\"1\""),
        GAUGE("n", "\"timeUnixNano\":" T0), /* no value */
        "{\"name\":\"n\"}",
        "{\"name\":\"n\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
        "\"count\":\"1\",\"explicitBounds\":[2,1],\"bucketCounts\":[\"1\",\"0\",\"0\"]}]}}",
        "{\"name\":\"n\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
        "\"count\":\"1\",\"explicitBounds\":[1,1],\"bucketCounts\":[\"1\",\"0\",\"0\"]}]}}",
        "{\"name\":\"n\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
        "\"count\":\"1\",\"explicitBounds\":[\"NaN\"],\"bucketCounts\":[\"1\",\"0\"]}]}}",
        "{\"name\":\"n\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
        "\"count\":\"1\",\"explicitBounds\":[1,2],\"bucketCounts\":[\"1\",\"0\"]}]}}",
        "{\"name\":\"n\",\"exponentialHistogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
        "\"count\":\"1\",\"scale\":100}]}}",
    };

    for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
        prometheus_begin(&f);
        prometheus_take_metrics(&f, metrics[i]);
        ck_assert_msg(prometheus_page(&f, false)[0] == '\0', "%s", metrics[i]);
        prometheus_end(&f);
    }
}
END_TEST

START_TEST(a_point_without_a_value_ends_its_series)
{
    prometheus_begin(&f);
    prometheus_take_metrics(&f, GAUGE("g", "\"asInt\":\"1\"") "," GAUGE("k", "\"asInt\":\"1\""));
    prometheus_take_metrics(&f, GAUGE("g", "\"flags\":1") "," GAUGE("other", "\"flags\":1"));
    ck_assert_str_eq(lines(), "k 1\n");
    prometheus_end(&f);
}
END_TEST

START_TEST(series_expire)
{
    prometheus_begin(&f);
    prometheus_take_metrics(&f, GAUGE("old", "\"asInt\":\"1\"") "," GAUGE("k", "\"asInt\":\"1\""));
    f.now_ms += 200000;
    prometheus_take_metrics(&f, GAUGE("k", "\"asInt\":\"2\""));
    f.now_ms += 100000;
    ck_assert_str_eq(lines(), "k 2\nold 1\n");
    f.now_ms++;
    ck_assert_str_eq(lines(), "k 2\n");
    f.now_ms += 300000;
    ck_assert_str_eq(lines(), "");
    ck_assert_uint_eq(prometheus_store_count(f.store), 0);
    prometheus_end(&f);
}
END_TEST

static void take_numbered(int n)
{
    struct buf json = {0};

    buf_printf(&json,
               GAUGE("g", "\"asInt\":\"%d\",\"attributes\":[{\"key\":\"n\",\"value\":{"
                          "\"intValue\":\"%d\"}}]"),
               n, n);
    prometheus_take_metrics(&f, buf_text(&json));
    buf_done(&json);
}

START_TEST(beyond_the_limit_no_new_series_come)
{
    prometheus_begin_with(&f, 2);
    for (int n = 0; n < 3; n++)
        take_numbered(n);
    prometheus_take_metrics(
        &f, GAUGE("g", "\"asInt\":\"9\",\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":"
                       "\"1\"}}]"));
    ck_assert_str_eq(lines(), "g{n=\"0\"} 0\ng{n=\"1\"} 9\n");
    prometheus_end(&f);
}
END_TEST

/* Leaves so many bytes of the budget. */
static size_t fill_budget(size_t left)
{
    size_t filled;

    budget_set_limit(BUDGET_LEAST);
    filled = BUDGET_LEAST - budget_used() - left;
    budget_add(filled);
    return filled;
}

START_TEST(without_memory_no_new_series_come_and_the_old_go_on)
{
    enum { SERIES = 500, LEFT = 64 << 10 };
    size_t filled, count;

    prometheus_begin(&f);
    filled = fill_budget(LEFT);
    for (int n = 0; n < SERIES; n++)
        take_numbered(n);
    count = prometheus_store_count(f.store);
    ck_assert_uint_gt(count, 10);
    ck_assert_uint_lt(count, SERIES);
    prometheus_take_metrics(&f, GAUGE("g", "\"asInt\":\"99\",\"attributes\":[{\"key\":\"n\","
                                           "\"value\":{\"intValue\":\"0\"}}]"));
    budget_release(filled);
    ck_assert_ptr_nonnull(strstr(lines(), "g{n=\"0\"} "));
    ck_assert_uint_eq(prometheus_store_count(f.store), count);
    take_numbered(SERIES); /* there is room again */
    ck_assert_uint_eq(prometheus_store_count(f.store), count + 1);
    prometheus_end(&f);
    ck_assert_uint_eq(budget_used(), 0);
    budget_set_limit(0);
}
END_TEST

START_TEST(a_page_has_to_fit_in_the_budget)
{
    struct prometheus_page page = {0};
    size_t filled;

    prometheus_begin(&f);
    for (int n = 0; n < 2000; n++)
        take_numbered(n);
    filled = fill_budget(20000);
    ck_assert(!prometheus_page_write(&page, f.store));
    prometheus_page_done(&page);
    budget_release(filled);
    ck_assert(prometheus_page_write(&page, f.store));
    prometheus_page_done(&page);
    prometheus_end(&f);
    ck_assert_uint_eq(budget_used(), 0);
    budget_set_limit(0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("prometheus_points");

    tcase_add_test(cases, each_kind_has_its_lines);
    tcase_add_test(cases, open_metrics_is_another_page);
    tcase_add_test(cases, an_exponential_histogram_has_buckets_of_powers_of_two);
    tcase_add_test(cases, deltas_add_up);
    tcase_add_test(cases, of_cumulative_points_the_latest_counts);
    tcase_add_test(cases, resources_scopes_and_settings_add_labels);
    tcase_add_test(cases, one_target_info_for_each_target);
    tcase_add_test(cases, labels_of_the_format_itself_are_kept_apart);
    tcase_add_test(cases, the_first_of_a_name_counts);
    tcase_add_test(cases, what_cannot_be_shown_is_left_out);
    tcase_add_test(cases, a_point_without_a_value_ends_its_series);
    tcase_add_test(cases, series_expire);
    tcase_add_test(cases, beyond_the_limit_no_new_series_come);
    tcase_add_test(cases, without_memory_no_new_series_come_and_the_old_go_on);
    tcase_add_test(cases, a_page_has_to_fit_in_the_budget);
    return run_tests("prometheus_points", cases);
}

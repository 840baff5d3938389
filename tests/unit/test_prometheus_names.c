/*
 * Tests of exporters/prometheus_names.c: tables of what becomes of names.
 */
#include "exporters/prometheus_names.h"

#include "unit/check.h"

#define COUNTER PROMETHEUS_COUNTER
#define GAUGE   PROMETHEUS_GAUGE
#define OTHER   PROMETHEUS_HISTOGRAM

static const char *name(const char *namespace, bool suffixes, const char *metric, const char *unit,
                        enum prometheus_type type, struct buf *out)
{
    const struct prometheus_naming naming = {namespace, suffixes};

    buf_reset(out);
    if (!prometheus_name_metric(&naming, str_of(metric), str_of(unit), type, type == GAUGE, out))
        return NULL;
    return buf_text(out);
}

START_TEST(metrics_get_their_units_and_suffixes)
{
    static const struct {
        const char *metric, *unit;
        enum prometheus_type type;
        const char *expected;
    } table[] = {
        {"requests", "", COUNTER, "requests_total"},
        {"requests_total", "", COUNTER, "requests_total"},
        {"total.requests", "", COUNTER, "requests_total"},
        {"http.server.request.duration", "s", OTHER, "http_server_request_duration_seconds"},
        {"response_time_seconds", "s", GAUGE, "response_time_seconds"},
        {"cpu_usage", "1", GAUGE, "cpu_usage_ratio"},
        {"cpu_usage_ratio", "1", GAUGE, "cpu_usage_ratio"},
        {"items", "1", COUNTER, "items_total"},
        {"sizes", "1", OTHER, "sizes"},
        {"memory_usage", "By", GAUGE, "memory_usage_bytes"},
        {"memory", "MiBy", GAUGE, "memory_mebibytes"},
        {"requests", "1/s", GAUGE, "requests_per_second"},
        {"throughput", "By/s", GAUGE, "throughput_bytes_per_second"},
        {"io", "By/s", COUNTER, "io_bytes_per_second_total"},
        {"drinks", "m/w", GAUGE, "drinks_meters_per_week"},
        {"custom", "custom_unit", GAUGE, "custom_custom_unit"},
        {"custom", "{item}", GAUGE, "custom"},
        {"custom", "By/{item}", GAUGE, "custom_bytes"},
        {"custom", "{item}/s", GAUGE, "custom_per_second"},
        {"custom", " ms ", GAUGE, "custom_milliseconds"},
        {"custom", "a@b#c/d", GAUGE, "custom_a_b_c_per_day"},
        {"custom", "/", GAUGE, "custom"},
        {"custom", "%", GAUGE, "custom_percent"},
        {"a__b", "u__v", GAUGE, "a_b_u_v"},
        {"..a..", "", GAUGE, "a"},
        {"2xx", "", COUNTER, "_2xx_total"},
        {"job:rate", "", GAUGE, "job:rate"},
        {"gr\303\266\303\237e", "", GAUGE, "gr_e"},
        {"@#$%", "s", COUNTER, NULL},
        {"___", "", GAUGE, NULL},
        {"", "", COUNTER, NULL},
    };
    struct buf out = {0};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *made = name("", true, table[i].metric, table[i].unit, table[i].type, &out);

        if (table[i].expected)
            ck_assert_msg(made && strcmp(made, table[i].expected) == 0, "%s: %s, not %s",
                          table[i].metric, made ? made : "none", table[i].expected);
        else
            ck_assert_ptr_null(made);
    }
    buf_done(&out);
}
END_TEST

START_TEST(namespaces_stand_in_front)
{
    struct buf out = {0};

    ck_assert_str_eq(name("app", true, "requests", "1/s", COUNTER, &out),
                     "app_requests_per_second_total");
    ck_assert_str_eq(name("app", true, "2xx", "", COUNTER, &out), "app_2xx_total");
    ck_assert_str_eq(name("my-app ", false, "x.y", "", COUNTER, &out), "my_app_x_y");
    ck_assert_str_eq(name("--", true, "x", "", GAUGE, &out), "x");
    ck_assert_str_eq(name("a_b", true, "x", "", GAUGE, &out), "a_b_x");
    buf_done(&out);
}
END_TEST

START_TEST(without_suffixes_only_bytes_change)
{
    struct buf out = {0};

    ck_assert_str_eq(name("", false, "http.requests", "s", COUNTER, &out), "http_requests");
    ck_assert_str_eq(name("", false, "a@@##b", "", GAUGE, &out), "a_b");
    ck_assert_str_eq(name("", false, "a__b", "", GAUGE, &out), "a__b");
    ck_assert_str_eq(name("", false, "123metric", "", GAUGE, &out), "_123metric");
    ck_assert_ptr_null(name("", false, "@#$%", "", GAUGE, &out));
    buf_done(&out);
}
END_TEST

START_TEST(labels_have_names_that_prometheus_takes)
{
    static const struct {
        const char *key, *expected;
    } table[] = {
        {"http.method", "http_method"},
        {"k8s.pod.name", "k8s_pod_name"},
        {"2xx", "key_2xx"},
        {"_private", "key_private"},
        {".hidden", "key_hidden"},
        {"__reserved", "__reserved"},
        {"__name__", "key__name__"},
        {"a:b", "a_b"},
        {"gr\303\266\303\237e", "gr__e"},
        {"\303\266", "key_"},
        {"a b", "a_b"},
    };
    struct buf out = {0};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        buf_reset(&out);
        ck_assert(prometheus_name_label(str_of(table[i].key), &out));
        ck_assert_str_eq(buf_text(&out), table[i].expected);
    }
    ck_assert(!prometheus_name_label(STR(""), &out));
    buf_done(&out);
}
END_TEST

START_TEST(texts_stay_on_their_line)
{
    struct buf out = {0};

    prometheus_escape(&out, STR("a\"b\\c\nd\0e"), true);
    ck_assert_str_eq(buf_text(&out), "a\\\"b\\\\c\\nd\xef\xbf\xbd"
                                     "e");
    buf_reset(&out);
    prometheus_escape(&out, STR("a\"\n"), false);
    prometheus_escape(&out, STR(""), false);
    ck_assert_str_eq(buf_text(&out), "a\"\\n");
    buf_done(&out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("prometheus_names");

    tcase_add_test(cases, metrics_get_their_units_and_suffixes);
    tcase_add_test(cases, namespaces_stand_in_front);
    tcase_add_test(cases, without_suffixes_only_bytes_change);
    tcase_add_test(cases, labels_have_names_that_prometheus_takes);
    tcase_add_test(cases, texts_stay_on_their_line);
    return run_tests("prometheus_names", cases);
}

/*
 * Tests of exporters/prometheus_accept.c.
 */
#include "exporters/prometheus_accept.h"

#include "unit/check.h"

struct row {
    const char *value;
    bool accepted;
};

static bool accepts(bool (*question)(const struct bytes *fields), const char *name,
                    const char *value)
{
    struct bytes *fields = NULL;
    bool answer;

    ck_assert(metadata_add(&fields, STR("host"), STR("gzip")));
    ck_assert(metadata_add(&fields, str_of(name), str_of(value)));
    answer = question(fields);
    bytes_unref(fields);
    return answer;
}

START_TEST(open_metrics_is_for_those_who_ask)
{
    static const struct row table[] = {
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         true},
        {"application/openmetrics-text; version=1.0.0; q=0.5, text/plain;q=0.4", true},
        {"application/openmetrics-text", true},
        {"Application/OpenMetrics-Text;Q=1.0", true},
        {"application/openmetrics-text;version=0.0.1,text/plain;q=0.5", false},
        {"application/openmetrics-text;q=0.4,text/plain;version=0.0.4;q=0.5", false},
        {"application/openmetrics-text;q=0", false},
        {"application/openmetrics-text;q=x", false},
        {"text/plain", false},
        {"*/*", false},
        {"", false},
        {",,;;q=,;", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        ck_assert_msg(accepts(prometheus_accepts_open_metrics, "accept", table[i].value) ==
                          table[i].accepted,
                      "%s", table[i].value);
    ck_assert(!prometheus_accepts_open_metrics(NULL));
}
END_TEST

START_TEST(gzip_is_for_those_who_take_it)
{
    static const struct row table[] = {
        {"gzip", true},
        {"deflate, GZIP;q=0.1", true},
        {"*", true},
        {"gzip;q=0", false},
        {"gzip;q=0.000, *", false},
        {"identity", false},
        {"br;q=1.0", false},
        {"", false},
        {"*;q=0", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        ck_assert_msg(accepts(prometheus_accepts_gzip, "accept-encoding", table[i].value) ==
                          table[i].accepted,
                      "%s", table[i].value);
    ck_assert(!prometheus_accepts_gzip(NULL));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("prometheus_accept");

    tcase_add_test(cases, open_metrics_is_for_those_who_ask);
    tcase_add_test(cases, gzip_is_for_those_who_take_it);
    return run_tests("prometheus_accept", cases);
}

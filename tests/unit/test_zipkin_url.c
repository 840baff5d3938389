/*
 * The endpoint of the zipkin exporter, in the forms that people write.
 */
#include "exporters/zipkin_url.h"

#include "unit/check.h"

static const struct {
    const char *text, *url, *note, *warning, *problem; /* parts of them; NULL: there is none */
} urls[] = {
    {"http://zipkin:9411/api/v2/spans", "http://zipkin:9411/api/v2/spans", NULL, NULL, NULL},
    {"https://zipkin/api/v2/spans", "https://zipkin/api/v2/spans", NULL, NULL, NULL},
    {"http://zipkin:9411", "http://zipkin:9411/api/v2/spans", "has no path", NULL, NULL},
    {"http://zipkin:9411/", "http://zipkin:9411/api/v2/spans", "has no path", NULL, NULL},
    {"zipkin:9411", "http://zipkin:9411/api/v2/spans", "is short", NULL, NULL},
    {"zipkin:9411/x", "http://zipkin:9411/x", "has no scheme", NULL, NULL},
    {"http://proxy/deep/api/v2/spans?a=b", "http://proxy/deep/api/v2/spans?a=b", NULL, NULL, NULL},
    {"http://[::1]:9411/x", "http://[::1]:9411/x", NULL, NULL, NULL},
    {"zipkin", NULL, NULL, NULL, "has no port"},
    {"", NULL, NULL, NULL, ""},
    {"ftp://zipkin:9411", NULL, NULL, NULL, ""},
    {"http://", NULL, NULL, NULL, ""},
    {"http://h:4317/x", "http://h:4317/x", NULL, "use the exporter otlp,", NULL},
    {"http://h:4318/x", "http://h:4318/x", NULL, "use the exporter otlphttp", NULL},
    {"http://h:14250/x", "http://h:14250/x", NULL, "use the exporter jaeger", NULL},
    {"http://h:14268/x", "http://h:14268/x", NULL, "use the exporter jaeger", NULL},
    {"http://h:9411/api/v1/spans", "http://h:9411/api/v1/spans", NULL, "old format", NULL},
    {"http://h:9411/zipkin", "http://h:9411/zipkin", NULL, "web pages", NULL},
    {"http://h:9411/zipkin/", "http://h:9411/zipkin/", NULL, "web pages", NULL},
    {"http://h:9411/zipkin/api/v2/spans", "http://h:9411/zipkin/api/v2/spans", NULL, NULL, NULL},
};

static void check_part(const char *text, const char *part, const char *of)
{
    ck_assert_msg(!text == !part, "%s: %s", of, text ? text : "nothing is said");
    if (part)
        ck_assert_msg(strstr(text, part), "%s: %s", of, text);
}

START_TEST(a_url_is_completed_and_looked_at)
{
    struct zipkin_url url;
    const char *problem = zipkin_url_read(&url, str_of(urls[_i].text));

    check_part(problem, urls[_i].problem, urls[_i].text);
    check_part(url.note, urls[_i].note, urls[_i].text);
    check_part(url.warning, urls[_i].warning, urls[_i].text);
    if (!problem)
        ck_assert_str_eq(url.url.at, urls[_i].url);
    zipkin_url_done(&url);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zipkin_url");

    tcase_add_loop_test(cases, a_url_is_completed_and_looked_at, 0,
                        (int)(sizeof(urls) / sizeof(urls[0])));
    return run_tests("zipkin_url", cases);
}

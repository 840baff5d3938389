/*
 * Tests of exporters/prometheus_settings.c: what is wrong, and what the naming becomes.
 */
#include "exporters/prometheus_settings.h"

#include "unit/settings_fixture.h"

static struct settings_fixture f;

static const struct component_type type = {
    .fields = prometheus_fields,
    .settings_size = sizeof(struct prometheus_settings),
    .check = prometheus_check,
};

static const struct prometheus_settings *decode(const char *yaml)
{
    return settings_decode(&f, &type, "prometheus", arena_printf(f.arena, "{%s}", yaml));
}

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *yaml, *told;
    } table[] = {
        {"", "endpoint is missing"},
        {"endpoint: ''", "endpoint is missing"},
        {"endpoint: 'http://0.0.0.0:8889'", "is a URL: write host:port"},
        {"endpoint: '0.0.0.0:8889/metrics'", "has a path"},
        {"endpoint: localhost", "has no port"},
        {"endpoint: ':99999'", "has no port"},
        {"endpoint: 'a:1', metric_expiration: soon", "metric_expiration"},
        {"endpoint: 'a:1', metric_expiration: -1m", "metric_expiration"},
        {"endpoint: 'a:1', const_labels: [a, b]", "const_labels"},
        {"endpoint: 'a:1', const_labels: {le: x}", "le is a name of Prometheus' own"},
        {"endpoint: 'a:1', const_labels: {'': x}", "a label has to have a name"},
        {"endpoint: 'a:1', send_timestamps: often", "send_timestamps"},
        {"endpoint: 'a:1', translation_strategy: Shouting", "translation_strategy"},
        {"endpoint: 'a:1', translation_strategy: NoTranslation",
         "UnderscoreEscapingWithoutSuffixes does the same"},
        {"endpoint: 'a:1', tls: {cert_file: /nowhere}", "tls"},
        {"endpoint: 'a:1', auth: {}", "auth"},
        {"endpoint: 'a:1', transport: unix", NULL},
        {"endpoint: 'a:1', sending_queue: {enabled: false}", "Prometheus comes and takes"},
        {"endpoint: 'a:1', cors: {allowed_origins: ['*']}, response_headers: {x: y}", NULL},
        {"endpoint: '[::1]:8889', const_labels: {a: b}, namespace: x", NULL},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *text;

        settings_begin(&f);
        decode(table[i].yaml);
        text = settings_problems(&f);
        if (table[i].told)
            ck_assert_msg(strstr(text, table[i].told), "%s: %s", table[i].yaml, text);
        else
            ck_assert_msg(!*text, "%s: %s", table[i].yaml, text);
        settings_free(&f);
    }
}
END_TEST

START_TEST(names_are_made_as_the_settings_say)
{
    static const struct {
        const char *yaml;
        bool suffixes;
    } table[] = {
        {"endpoint: 'a:1'", true},
        {"endpoint: 'a:1', add_metric_suffixes: false", false},
        {"endpoint: 'a:1', add_metric_suffixes: false, translation_strategy: "
         "UnderscoreEscapingWithSuffixes",
         true},
        {"endpoint: 'a:1', translation_strategy: UnderscoreEscapingWithoutSuffixes", false},
        {"endpoint: 'a:1', translation_strategy: NoUTF8EscapingWithSuffixes", true},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        settings_begin(&f);
        ck_assert_msg(decode(table[i].yaml)->naming.suffixes == table[i].suffixes, "%s",
                      table[i].yaml);
        ck_assert_uint_eq(f.problems.errors, 0);
        settings_free(&f);
    }
}
END_TEST

START_TEST(series_go_on_where_they_would_be_the_same)
{
    static const struct {
        const char *yaml;
        bool alike;
    } table[] = {
        {"endpoint: 'b:1', metric_expiration: 1m, send_timestamps: true", true},
        {"endpoint: 'a:1', namespace: x", false},
        {"endpoint: 'a:1', const_labels: {a: b}", false},
        {"endpoint: 'a:1', add_metric_suffixes: false", false},
        {"endpoint: 'a:1', without_scope_info: true", false},
        {"endpoint: 'a:1', resource_to_telemetry_conversion: {enabled: true}", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct prometheus_settings *one, *other;

        settings_begin(&f);
        one = decode("endpoint: 'a:1'");
        other = decode(table[i].yaml);
        ck_assert_msg(prometheus_settings_alike(one, other) == table[i].alike, "%s", table[i].yaml);
        ck_assert(prometheus_settings_alike(other, other));
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("prometheus_settings");

    tcase_add_test(cases, what_is_wrong_is_told);
    tcase_add_test(cases, names_are_made_as_the_settings_say);
    tcase_add_test(cases, series_go_on_where_they_would_be_the_same);
    return run_tests("prometheus_settings", cases);
}

/*
 * What the viewer's settings are made of.
 */
#include "exporters/viewer_settings.h"

#include "unit/settings_fixture.h"

extern const struct component_type viewer_exporter;

static const char *header(const struct viewer_settings *s, const char *name)
{
    for (size_t i = 0; i < s->server.response_headers.count; i++)
        if (strcmp(s->server.response_headers.at[i].name, name) == 0)
            return s->server.response_headers.at[i].value;
    return "";
}

START_TEST(only_this_machine_reaches_it_by_default)
{
    const struct viewer_settings *s;
    struct settings_fixture f;

    setenv("OTELC_LISTEN_HOST", "0.0.0.0", 1);
    settings_read(&f, &viewer_exporter, "");
    s = f.settings;
    ck_assert_str_eq(settings_problems(&f), "");
    ck_assert_str_eq(s->server.endpoint, "localhost:16686");
    ck_assert_uint_eq(s->max_memory_mib, 64);
    ck_assert_uint_eq(s->max_traces, 10000);
    ck_assert(strstr(header(s, "content-security-policy"), "default-src 'none'"));
    ck_assert_str_eq(header(s, "x-content-type-options"), "nosniff");
    settings_free(&f);
    unsetenv("OTELC_LISTEN_HOST");
}
END_TEST

START_TEST(headers_of_the_configuration_count)
{
    const struct viewer_settings *s;
    struct settings_fixture f;

    settings_read(&f, &viewer_exporter,
                  "{endpoint: 'h:1', transport: tcp4, response_headers: {Cache-Control: private}}");
    s = f.settings;
    ck_assert_str_eq(settings_problems(&f), "");
    ck_assert_str_eq(header(s, "cache-control"), "private");
    ck_assert_uint_eq(s->server.response_headers.count, 5);
    ck_assert_str_eq(s->server.endpoint, "tcp4:h:1");
    ck_assert_str_eq(s->host, "h:1");
    settings_free(&f);
}
END_TEST

START_TEST(wrong_settings_are_told)
{
    static const struct {
        const char *yaml, *told;
    } cases[] = {
        {"{max_memory_mib: 0}", "max_memory_mib"},
        {"{max_traces: 0}", "max_traces"},
        {"{allowed_hosts: ['http://x']}", "write its name alone"},
        {"{port: 1}", "port"},
        {"{response_headers: {a: b, c: b, d: b, e: b, f: b, g: b, h: b, i: b, j: b, k: b, l: b, "
         "m: b}}",
         "at most 11"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct settings_fixture f;

        settings_read(&f, &viewer_exporter, cases[i].yaml);
        ck_assert_msg(strstr(settings_problems(&f), cases[i].told), "%s: %s", cases[i].yaml,
                      settings_problems(&f));
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("viewer_settings");

    tcase_add_test(cases, only_this_machine_reaches_it_by_default);
    tcase_add_test(cases, headers_of_the_configuration_count);
    tcase_add_test(cases, wrong_settings_are_told);
    return run_tests("viewer_settings", cases);
}

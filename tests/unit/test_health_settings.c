/*
 * Tests of extensions/health_settings.c: what is wrong, and what is served where.
 */
#include "extensions/health_settings.h"

#include "unit/settings_fixture.h"

static struct settings_fixture f;

static const struct component_type type = {
    .fields = health_fields,
    .settings_size = sizeof(struct health_settings),
    .check = health_check_settings,
};

static const struct health_settings *decode(const char *yaml)
{
    return settings_decode(&f, &type, "health_check", arena_printf(f.arena, "{%s}", yaml));
}

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *yaml, *told;
    } table[] = {
        {"path: health", "must begin with a slash: write /health"},
        {"path: ''", "must begin with a slash"},
        {"path: '/a?b'", "is a path alone"},
        {"path: [a]", "path"},
        {"response_body: ok", "response_body"},
        {"auth: {authenticator: x}", "is not supported here"},
        {"tls: {cert_file: /nowhere}", "tls"},
        {"transport: unix", "a unix socket needs a path"},
        {"check_collector_pipeline: {enabled: true}",
         "note: health_check.check_collector_pipeline"},
        {"grpc: {auth: {authenticator: x}}", "is not supported here"},
        {"grpc: {tls: {cert_file: /nowhere}}", "tls"},
        {"grpc: {path: /x}", "path"},
        {"grpc: {endpoint: 'a:1', tls: {cert_file: /a, key_file: /a}}, http: {endpoint: 'a:1'}",
         "grpc and http share the port a:1: their tls must say the same"},
        {"component_health: {recovery_duration: 1m}", "exporters that fail retry"},
        {"http: {config: {enabled: true}}", "would show the configuration"},
        {"http: {status: {path: status}}", "write /status"},
        {"use_v2: true, path: /x", "has no effect with use_v2: write it as http.status.path"},
        {"http: {}, endpoint: 'a:1'", "write it as http.endpoint"},
        {"endpint: 'a:1'", "did you mean endpoint"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *text;

        settings_begin(&f);
        decode(table[i].yaml);
        text = settings_problems(&f);
        ck_assert_msg(strstr(text, table[i].told), "%s: %s", table[i].yaml, text);
        settings_free(&f);
    }
}
END_TEST

START_TEST(what_is_served_is_where_the_keys_say)
{
    static const struct {
        const char *yaml, *endpoint, *path;
        bool v2, plain;
        const char *grpc; /* NULL: not served */
    } table[] = {
        {"", "localhost:13133", "/", false, false, NULL},
        {"endpoint: '0.0.0.0:13133', path: /healthz", "0.0.0.0:13133", "/healthz", false, false,
         NULL},
        {"response_body: {healthy: yes it is}", "localhost:13133", "/", false, true, NULL},
        {"response_body: {unhealthy: no}", "localhost:13133", "/", false, true, NULL},
        {"response_body: null", "localhost:13133", "/", false, false, NULL},
        {"use_v2: true", "localhost:13133", "/status", true, false, NULL},
        {"http: null", "localhost:13133", "/status", true, false, NULL},
        {"http: {endpoint: 'a:1', status: {path: /s}}", "a:1", "/s", true, false, NULL},
        {"http: {endpoint: 'a:1', status: {enabled: false}}", "a:1", NULL, true, false, NULL},
        {"use_v2: true, grpc: null", NULL, NULL, true, false, "localhost:13132"},
        {"grpc: {endpoint: 'a:1'}", NULL, NULL, true, false, "a:1"},
        {"grpc: {endpoint: 'a:1'}, http: {endpoint: 'a:1'}", "a:1", "/status", true, false, "a:1"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct health_settings *s;

        settings_begin(&f);
        s = decode(table[i].yaml);
        ck_assert_str_eq(settings_problems(&f), "");
        ck_assert_pstr_eq(s->own->enabled ? s->own->endpoint : NULL, table[i].endpoint);
        ck_assert_pstr_eq(s->grpc.enabled ? s->grpc.endpoint : NULL, table[i].grpc);
        ck_assert_pstr_eq(s->own_path, table[i].path);
        ck_assert(s->v2 == table[i].v2 && s->plain == table[i].plain);
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("health_settings");

    tcase_add_test(cases, what_is_wrong_is_told);
    tcase_add_test(cases, what_is_served_is_where_the_keys_say);
    return run_tests("health_settings", cases);
}

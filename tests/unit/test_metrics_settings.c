#include "service/metrics_settings.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "service/components.h"
#include "service/configuration.h"
#include "service/metrics_page.h"
#include "unit/check.h"

struct loaded {
    struct arena *arena;
    struct problems problems;
    struct configuration *configuration; /* NULL: there are errors */
    const char *told;                    /* the last problem; "": none */
};

static struct loaded load(const char *telemetry)
{
    struct loaded l = {.arena = arena_new(4096), .told = ""};
    struct source source = {.kind = SOURCE_CONFIG};

    source.text = arena_printf(
        l.arena,
        "yaml:{receivers: {otlp: {protocols: {grpc: }}}, exporters: {nop: }, service: {telemetry: "
        "%s, pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}}",
        telemetry);
    problems_init(&l.problems, l.arena);
    l.configuration = configuration_load(&source, 1, component_types, &l.problems);
    if (l.problems.count > 0)
        l.told = l.problems.list[l.problems.count - 1].text;
    return l;
}

static void done(struct loaded *l)
{
    configuration_unref(l->configuration);
    problems_done(&l->problems);
    arena_free(l->arena);
}

static const struct metrics_page_settings *page(const struct loaded *l, size_t i)
{
    ck_assert_msg(l->configuration, "%s", l->told);
    ck_assert_uint_lt(i, l->configuration->extension_count);
    ck_assert_ptr_eq(l->configuration->extensions[i]->type, &metrics_page);
    return l->configuration->extensions[i]->settings;
}

START_TEST(without_a_word_they_are_at_8888)
{
    static const char *const forms[] = {"", "{}", "{metrics: }", "{metrics: {level: normal}}"};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct loaded l = load(forms[i]);

        ck_assert_str_eq(page(&l, 0)->server.endpoint, "localhost:8888");
        ck_assert_int_eq(page(&l, 0)->text.level, METRICS_NORMAL);
        ck_assert(!page(&l, 0)->text.type_suffixes && !page(&l, 0)->text.unit_suffixes);
        ck_assert_str_eq(page(&l, 0)->text.labels, "");
        ck_assert_str_eq(l.told, "");
        done(&l);
    }
}
END_TEST

START_TEST(none_is_none)
{
    struct loaded l = load("{metrics: {level: none, readers: []}}");

    ck_assert_ptr_nonnull(l.configuration);
    ck_assert_uint_eq(l.configuration->extension_count, 0);
    done(&l);
}
END_TEST

START_TEST(readers_are_in_place_of_the_usual_one)
{
    struct loaded l = load("{metrics: {level: detailed, readers: ["
                           "{pull: {exporter: {prometheus: {host: '::', port: 1}}}}, "
                           "{pull: {exporter: {prometheus: {host: '', without_units: false}}}}]}}");

    ck_assert_str_eq(page(&l, 0)->server.endpoint, "[::]:1");
    ck_assert_str_eq(page(&l, 1)->server.endpoint, ":8888");
    ck_assert(page(&l, 1)->text.unit_suffixes && !page(&l, 0)->text.unit_suffixes);
    ck_assert_int_eq(page(&l, 1)->text.level, METRICS_DETAILED);
    ck_assert_uint_eq(l.configuration->extension_count, 2);
    done(&l);
}
END_TEST

START_TEST(the_old_address_is_taken)
{
    struct loaded l = load("{metrics: {address: ':9999'}}");

    ck_assert_str_eq(page(&l, 0)->server.endpoint, ":9999");
    ck_assert_uint_eq(l.problems.count, 1);
    ck_assert_ptr_nonnull(strstr(l.told, "write it as readers"));
    done(&l);
}
END_TEST

START_TEST(the_resource_stands_in_target_info)
{
    struct loaded l =
        load("{resource: {service.instance.id: null, service.name: shop, \"1 b\": 7}}");

    ck_assert_str_eq(strchr(page(&l, 0)->text.target, ',') + 1 +
                         strcspn(strchr(page(&l, 0)->text.target, ',') + 1, ","),
                     ",key_1_b=\"7\"");
    ck_assert_int_eq(strncmp(page(&l, 0)->text.target, "service_name=\"shop\",", 20), 0);
    done(&l);
    l = load("{resource: {a.b: 1, a_b: 2, reason: x}}");
    ck_assert_ptr_nonnull(strstr(page(&l, 0)->text.target, ",a_b=\"1\",exported_reason=\"x\""));
    done(&l);
    l = load("{resource: {http.route: a, server.port: 1, server: b}}");
    ck_assert_ptr_nonnull(strstr(page(&l, 0)->text.target, ",exported_http_route=\"a\""));
    ck_assert_ptr_nonnull(strstr(page(&l, 0)->text.target, ",exported_server_port=\"1\",server="));
    done(&l);
    l = load("{resource: {attributes: [{name: a.b, value: 'x\"y'}], schema_url: z}, metrics: "
             "{readers: [{pull: {exporter: {prometheus: {with_resource_constant_labels: "
             "{excluded: [service.*]}}}}}]}}");
    ck_assert_str_eq(page(&l, 0)->text.labels, "a_b=\"x\\\"y\"");
    ck_assert_ptr_null(strstr(page(&l, 0)->text.target, "schema"));
    done(&l);
}
END_TEST

START_TEST(an_instance_has_an_id_of_its_own)
{
    struct loaded a = load("{}"), b = load("{}");
    const char *id = strstr(page(&a, 0)->text.target, "service_instance_id=\"");

    ck_assert_ptr_nonnull(id);
    ck_assert_uint_eq(strlen(id), strlen("service_instance_id=\"\"") + 36);
    ck_assert_str_eq(page(&a, 0)->text.target, page(&b, 0)->text.target); /* through reloads */
    done(&a);
    done(&b);
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *telemetry, *told;
    } cases[] = {
        {"{metrics: {readers: []}}", "is empty"},
        {"{metrics: {readers: [{}]}}", "wants pull"},
        {"{metrics: {readers: [{pull: }]}}", "wants pull"},
        {"{metrics: {readers: [{pull: {exporter: {otlp: }}}]}}", "unknown key"},
        {"{metrics: {readers: [{pull: {exporter: {prometheus: {port: 65536}}}}]}}", "65535"},
        {"{metrics: {address: here}}", "wants host:port"},
        {"{metrics: {address: 'a:b'}}", "wants host:port"},
        {"{metrics: {level: more}}", "none"},
        {"{resource: 5}", "wants a map"},
        {"{resource: {a: [1]}}", "wants a text"},
        {"{resource: {attributes: [7]}}", "name and value"},
        {"{resource: {attributes: [{name: }]}}", "name and value"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded l = load(cases[i].telemetry);

        ck_assert_msg(!l.configuration && strstr(l.told, cases[i].told), "%s: %s",
                      cases[i].telemetry, l.told);
        done(&l);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metrics_settings");

    tcase_add_test(cases, without_a_word_they_are_at_8888);
    tcase_add_test(cases, none_is_none);
    tcase_add_test(cases, readers_are_in_place_of_the_usual_one);
    tcase_add_test(cases, the_old_address_is_taken);
    tcase_add_test(cases, the_resource_stands_in_target_info);
    tcase_add_test(cases, an_instance_has_an_id_of_its_own);
    tcase_add_test(cases, what_is_wrong_is_told);
    return run_tests("metrics_settings", cases);
}

/*
 * service.telemetry.logs: what the log gets, and what is told.
 */
#include "service/logs_settings.h"

#include "config/source.h"
#include "service/telemetry_resource.h"
#include "unit/config_check.h"
#include "unit/problems_fixture.h"

static struct log_settings read(const char *yaml)
{
    struct logs_settings settings = {0};
    const char *text = arena_printf(arena, "logs: {%s}\n", yaml);
    struct node *tree = yaml_parse("test.yaml", text, strlen(text), arena, &problems);
    struct node *node = node_get(tree, "logs");
    struct telemetry_resource resource;

    telemetry_resource_read(&resource, node_get(tree, "resource"), &problems);
    fields_decode(logs_fields, &settings, node, arena, &problems);
    return logs_settings_read(&settings, node, &resource, arena, &problems);
}

START_TEST(defaults_are_text_to_stderr)
{
    struct log_settings log = read("");

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_int_eq(log.level, LOG_INFO);
    ck_assert_int_eq(log.encoding, LOG_CONSOLE);
    ck_assert(!log.without_where && log.sampling.enabled);
    ck_assert_uint_eq(log.sampling.tick_ms, 10000);
    ck_assert_uint_eq(log.sampling.initial, 10);
    ck_assert_uint_eq(log.sampling.thereafter, 100);
    ck_assert_uint_eq(log.outputs.count, 1);
    ck_assert_str_eq(log.outputs.at[0], "stderr");
    ck_assert_uint_eq(log.error_outputs.count, 1);
    ck_assert_str_eq(log.fields, "");
    ck_assert_int_eq(strncmp(log.resource, "{\"service.name\":\"otelc\",\"service.version\":", 42),
                     0);
}
END_TEST

START_TEST(all_keys_are_taken)
{
    struct log_settings log =
        read("level: WARN, encoding: json, development: true, disable_caller: true, "
             "disable_stacktrace: true, disable_zap_resource: true, "
             "sampling: {enabled: false, tick: 1m, initial: 3, thereafter: 7}, "
             "output_paths: [stdout, /x.log, 'file:///y.log'], error_output_paths: [stdout]");

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_int_eq(log.level, LOG_WARN);
    ck_assert_int_eq(log.encoding, LOG_JSON);
    ck_assert(log.without_where && !log.sampling.enabled);
    ck_assert_uint_eq(log.sampling.tick_ms, 60000);
    ck_assert_uint_eq(log.sampling.initial, 3);
    ck_assert_uint_eq(log.sampling.thereafter, 7);
    ck_assert_uint_eq(log.outputs.count, 3);
    ck_assert_str_eq(log.outputs.at[2], "file:///y.log");
    ck_assert_str_eq(log.error_outputs.at[0], "stdout");
    ck_assert_str_eq(log.resource, "");
}
END_TEST

START_TEST(the_resource_is_what_the_file_says)
{
    struct log_settings log = read("}\nresource: {service.name: 'a\"b', service.version: , "
                                   "service.instance.id: , zone: 7");

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_str_eq(log.resource, "{\"service.name\":\"a\\\"b\",\"zone\":\"7\"}");
    log = read("}\nresource: {service.name: , service.version: , service.instance.id: ");
    ck_assert_str_eq(log.resource, "");
}
END_TEST

START_TEST(initial_fields_become_json)
{
    struct log_settings log =
        read("initial_fields: {env: \"a\\\"b\", n: -5, hex: 0x1f, f: 1.5, big: 1e300, inf: .inf, "
             "yes: true, q: '7', none: , l: [1, {x: y}], m: {}}");

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_str_eq(log.fields, "\"env\":\"a\\\"b\",\"n\":-5,\"hex\":31,\"f\":1.5,\"big\":"
                                 "1e+300,\"inf\":\".inf\",\"yes\":true,\"q\":\"7\","
                                 "\"none\":null,\"l\":[1,{\"x\":\"y\"}],\"m\":{}");
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *yaml, *told;
    } table[] = {
        {"level: loud", "debug, info"},
        {"encoding: xml", "console"},
        {"output_paths: ['']", "empty name"},
        {"output_paths: ['syslog://x']", "write stdout, stderr, or a file's path"},
        {"output_paths: [a, b, c, d, e, f, g, h, i]", "8 places"},
        {"error_output_paths: ['http://x/y']", "cannot be http://x/y"},
        {"sampling: {initial: -1}", "sampling.initial"},
        {"sampling: {tick: 10}", "sampling.tick"},
        {"initial_fields: 5", "wants a map, such as {environment: production}, not a number"},
        {"initial_fields: {msg: x}", "each line has a key of this name"},
        {"processors: [{batch: {}}]", "does not export its own log"},
        {"colour: red", "unknown key"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        read(table[i].yaml);
        ck_assert_uint_eq(problems.count, 1);
        ck_assert_msg(strstr(problem_line(&problems.list[0], arena), table[i].told), "%s: %s",
                      table[i].yaml, problem_line(&problems.list[0], arena));
        problems_end();
        problems_begin();
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("logs_settings");

    tcase_add_checked_fixture(cases, problems_begin, problems_end);
    tcase_add_test(cases, defaults_are_text_to_stderr);
    tcase_add_test(cases, all_keys_are_taken);
    tcase_add_test(cases, the_resource_is_what_the_file_says);
    tcase_add_test(cases, initial_fields_become_json);
    tcase_add_test(cases, what_is_wrong_is_told);
    return run_tests("logs_settings", cases);
}

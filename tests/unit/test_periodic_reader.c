/*
 * From the keys of a reader to the settings of its exporter.
 */
#include "service/periodic_reader.h"

#include <string.h>

#include "base/arena.h"
#include "exporters/otlp_exporter_settings.h"
#include "service/components.h"
#include "service/configuration.h"
#include "service/metrics_sender.h"
#include "unit/check.h"

struct loaded {
    struct arena *arena;
    struct problems problems;
    struct configuration *configuration; /* NULL: there are errors */
};

/* reader: the value of `periodic`. */
static struct loaded load(const char *reader)
{
    struct loaded l = {.arena = arena_new(4096)};
    struct source source = {.kind = SOURCE_CONFIG};

    source.text = arena_printf(
        l.arena,
        "yaml:{receivers: {nop: }, exporters: {nop: }, service: {telemetry: {resource: "
        "{service.instance.id: null, service.version: null}, metrics: {level: basic, readers: "
        "[{periodic: %s}]}}, pipelines: {traces: {receivers: [nop], exporters: [nop]}}}}",
        reader);
    problems_init(&l.problems, l.arena);
    l.configuration = configuration_load(&source, 1, component_types, &l.problems);
    return l;
}

static const char *told(const struct loaded *l)
{
    return l->problems.count > 0 ? l->problems.list[l->problems.count - 1].text : "";
}

static const struct metrics_sender_settings *settings_of(const struct loaded *l)
{
    ck_assert_msg(l->configuration, "%s", told(l));
    ck_assert_uint_eq(l->configuration->extension_count, 1);
    ck_assert_ptr_eq(l->configuration->extensions[0]->type, &metrics_sender);
    return l->configuration->extensions[0]->settings;
}

static const struct otlp_exporter_settings *otlp_of(const struct metrics_sender_settings *s)
{
    return s->exporter_settings;
}

static void done(struct loaded *l)
{
    configuration_unref(l->configuration);
    problems_done(&l->problems);
    arena_free(l->arena);
}

START_TEST(what_nobody_sets_has_a_default)
{
    struct loaded l = load("{exporter: {otlp: }}");
    const struct metrics_sender_settings *s = settings_of(&l);

    ck_assert_str_eq(told(&l), "");
    ck_assert_uint_eq(s->interval_ms, 60000);
    ck_assert_int_eq(s->level, METRICS_BASIC);
    ck_assert(!s->delta);
    ck_assert_str_eq(s->to, "http://localhost:4318/v1/metrics");
    ck_assert_str_eq(s->exporter->name, "otlphttp");
    ck_assert(otlp_of(s)->http && otlp_of(s)->form == OTLP_PROTO);
    ck_assert_str_eq(otlp_of(s)->own_endpoints[METRICS], "http://localhost:4318/v1/metrics");
    ck_assert_ptr_null(otlp_of(s)->own_endpoints[TRACES]);
    ck_assert_uint_eq(otlp_of(s)->timeout_ms, 10000);
    ck_assert_int_eq(otlp_of(s)->compression.encoding, ENCODING_IDENTITY);
    ck_assert(otlp_of(s)->sender.apart && otlp_of(s)->sender.queue.wait_for_result);
    ck_assert(otlp_of(s)->sender.queue.enabled && !otlp_of(s)->sender.retry.enabled);
    ck_assert_uint_eq(otlp_of(s)->sender.queue.queue_size, 1);
    ck_assert_uint_eq(s->resource.len, strlen("service.nameotelc") + 16);
    done(&l);
}
END_TEST

START_TEST(an_endpoint_is_where_it_is_sent)
{
    static const struct {
        const char *otlp, *to;
    } cases[] = {
        {"endpoint: 'http://h:1'", "http://h:1/v1/metrics"},
        {"endpoint: 'https://h:1/'", "https://h:1/v1/metrics"},
        {"endpoint: 'http://h:1/x/y', protocol: http/json", "http://h:1/x/y"},
        {"endpoint: 'http://h:1/v1/metrics'", "http://h:1/v1/metrics"},
        {"endpoint: 'https://h/otlp?key=s3cret'", "https://h/otlp"},
        {"endpoint: 'http://joe:pw@h:1'", "h:1/v1/metrics"},
        {"endpoint: 'h:1', protocol: grpc", "h:1"},
        {"endpoint: 'http://h:1', protocol: grpc/protobuf", "http://h:1"},
        {"protocol: grpc", "http://localhost:4317"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *arena = arena_new(256);
        struct loaded l = load(arena_printf(arena, "{exporter: {otlp: {%s}}}", cases[i].otlp));

        ck_assert_str_eq(settings_of(&l)->to, cases[i].to);
        done(&l);
        arena_free(arena);
    }
}
END_TEST

START_TEST(all_keys_have_their_place)
{
    struct loaded l = load("{interval: 100, timeout: 7, exporter: {otlp: {protocol: http/json, "
                           "endpoint: 'http://h:1', insecure: true, compression: gzip, "
                           "certificate: a, client_certificate: b, client_key: c, "
                           "temporality_preference: delta, timeout: 8}}}");
    const struct metrics_sender_settings *s = settings_of(&l);

    ck_assert_uint_eq(s->interval_ms, 100);
    ck_assert(s->delta);
    ck_assert_int_eq(otlp_of(s)->form, OTLP_JSON);
    ck_assert_uint_eq(otlp_of(s)->timeout_ms, 7);
    ck_assert_int_eq(otlp_of(s)->compression.encoding, ENCODING_GZIP);
    ck_assert(otlp_of(s)->tls.insecure);
    ck_assert_str_eq(otlp_of(s)->tls.ca_file, "a");
    ck_assert_str_eq(otlp_of(s)->tls.cert_file, "b");
    ck_assert_str_eq(otlp_of(s)->tls.key_file, "c");
    done(&l);
}
END_TEST

START_TEST(headers_come_from_both_keys)
{
    struct loaded l = load("{exporter: {otlp: {headers: [{name: A, value: '1'}], headers_list: "
                           "' b = x%20y%2C ,, a=2,c='}}}");
    const struct header_list *headers = &otlp_of(settings_of(&l))->headers;

    ck_assert_uint_eq(headers->count, 3);
    ck_assert_str_eq(headers->at[0].value, "1");
    ck_assert_str_eq(headers->at[1].name, "b");
    ck_assert_str_eq(headers->at[1].value, "x y,");
    ck_assert_str_eq(headers->at[2].name, "c");
    ck_assert_str_eq(headers->at[2].value, "");
    done(&l);
}
END_TEST

START_TEST(the_console_has_no_exporter)
{
    struct loaded l = load("{exporter: {console: }}");

    ck_assert_ptr_null(settings_of(&l)->exporter);
    ck_assert_str_eq(settings_of(&l)->to, "stdout");
    done(&l);
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const struct {
        const char *reader, *told;
        bool good; /* nevertheless */
    } cases[] = {
        {"", "wants otlp: {protocol: grpc", false},
        {"yes", "wants a map", false},
        {"{exporter: }", "wants otlp: {protocol: grpc", false},
        {"{exporter: {otlp: , console: }}", "a reader for each", false},
        {"{exporter: {prometheus: }}", "unknown key", false},
        {"{exporter: {console: {x: 1}}}", "unknown key", false},
        {"{interval: 10, exporter: {otlp: }}", "100", false},
        {"{interval: 10s, exporter: {otlp: }}", "number", false},
        {"{timeout: 0, exporter: {otlp: }}", "1", false},
        {"{exporter: {otlp: {protocol: udp}}}", "http/protobuf", false},
        {"{exporter: {otlp: {endpoint: 'ftp://h'}}}", "ftp://h", false},
        {"{exporter: {otlp: {endpoint: ''}}}", "\"\"", false},
        {"{exporter: {otlp: {protocol: grpc, endpoint: h}}}", "4317", false},
        {"{exporter: {otlp: {headers_list: a}}}", "wants name=value", false},
        {"{exporter: {otlp: {headers_list: 'a b=c'}}}", "a name that no", false},
        {"{exporter: {otlp: {headers_list: '=c'}}}", "a name that no", false},
        {"{exporter: {otlp: {headers_list: 'a=%0a'}}}", "a value that no", false},
        {"{exporter: {otlp: {headers_list: 'a=%x'}}}", "%25", false},
        {"{exporter: {otlp: {headers: {'a b': c}}}}", "a b", false},
        {"{exporter: {otlp: {compression: lz4}}}", "gzip", false},
        {"{exporter: {otlp: {temporality_preference: both}}}", "delta", false},
        {"{exporter: {otlp: {endpoint: 'https://h', certificate: /none}}}", "/none", false},
        {"{exporter: {otlp: {endpoint: 'https://h', client_key: /none}}}", "key_file client_key",
         false},
        {"{exporter: {otlp: {endpoint: 'http://h:4317'}}}", "will hardly take", true},
        {"{exporter: {otlp: {endpoint: 'http://h:4318', protocol: grpc}}}", "will hardly", true},
        {"{exporter: {otlp: {endpoint: 'http://h:1/x', protocol: grpc}}}", "a path", true},
        {"{exporter: {otlp: {endpoint: 'h:4318'}}}", "takes http://", true},
        {"{exporter: {otlp: {default_histogram_aggregation: base2_exponential_bucket_histogram}}}",
         "explicit", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded l = load(cases[i].reader);

        ck_assert_msg(strstr(told(&l), cases[i].told) && !l.configuration == !cases[i].good,
                      "%s: %s", cases[i].reader, told(&l));
        done(&l);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("periodic_reader");

    tcase_add_test(cases, what_nobody_sets_has_a_default);
    tcase_add_test(cases, an_endpoint_is_where_it_is_sent);
    tcase_add_test(cases, all_keys_have_their_place);
    tcase_add_test(cases, headers_come_from_both_keys);
    tcase_add_test(cases, the_console_has_no_exporter);
    tcase_add_test(cases, what_is_wrong_is_told);
    return run_tests("periodic_reader", cases);
}

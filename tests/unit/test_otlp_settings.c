/*
 * Tests of receivers/otlp_settings.c: ranges, and what the check says and works out.
 */
#include "receivers/otlp_settings.h"

#include "net/encoding.h"
#include "net/server.h"
#include "unit/settings_fixture.h"

static struct settings_fixture f;

static const struct component_type type = {
    .fields = otlp_fields,
    .settings_size = sizeof(struct otlp_settings),
    .check = otlp_check,
};

/* The protocols of a receiver. */
static struct protocol_settings decode(const char *yaml)
{
    const struct otlp_settings *settings =
        settings_decode(&f, &type, "otlp", arena_printf(f.arena, "{protocols: %s}", yaml));

    return settings->protocols;
}

START_TEST(what_nobody_sets_has_a_default)
{
    struct protocol_settings s;

    settings_begin(&f);
    s = decode("{grpc: , http: }");
    ck_assert_str_eq(settings_problems(&f), "");
    ck_assert_uint_eq(s.grpc.max_header_list_size, 32768);
    ck_assert_uint_eq(s.http.max_header_list_size, 32768);
    ck_assert_uint_eq(s.grpc.read_buffer_size, 262144);
    ck_assert_uint_eq(s.grpc.write_buffer_size, 65536);
    ck_assert_uint_eq(s.http.write_timeout_ms, 30000);
    ck_assert_uint_eq(s.grpc.keepalive.enforcement_policy.min_time_ms, 0);
    ck_assert(s.grpc.keepalive.enforcement_policy.permit_without_stream);
    ck_assert_uint_eq(s.http.encodings, 0);
    settings_free(&f);
}
END_TEST

START_TEST(sizes_have_ranges)
{
    static const struct {
        const char *yaml;
        bool good;
    } cases[] = {
        {"{grpc: {max_header_list_size: 4095}}", false},
        {"{grpc: {max_header_list_size: 4096}}", true},
        {"{grpc: {max_header_list_size: 131072}}", true},
        {"{grpc: {max_header_list_size: 131073}}", false},
        {"{http: {max_header_list_size: 4095}}", false},
        {"{http: {max_header_list_size: 131072}}", true},
        {"{http: {max_header_list_size: 131073}}", false},
        {"{grpc: {read_buffer_size: -1}}", false},
        {"{grpc: {read_buffer_size: 0}}", true},
        {"{grpc: {read_buffer_size: 524288}}", true},
        {"{grpc: {read_buffer_size: 16777216}}", true},
        {"{grpc: {read_buffer_size: 16777217}}", false},
        {"{grpc: {write_buffer_size: 0}}", true},
        {"{grpc: {write_buffer_size: 16777216}}", true},
        {"{grpc: {write_buffer_size: 16777217}}", false},
        {"{http: {write_timeout: 0}}", true},
        {"{http: {write_timeout: 1ms}}", true},
        {"{http: {write_timeout: -1s}}", false},
        {"{grpc: {keepalive: {enforcement_policy: {min_time: 10s, permit_without_stream: true}}}}",
         true},
        {"{grpc: {keepalive: {enforcement_policy: {min_time: -1s}}}}", false},
        {"{grpc: {keepalive: {enforcement_policy: {permit_without_streams: true}}}}", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        settings_begin(&f);
        decode(cases[i].yaml);
        ck_assert_msg((f.problems.errors == 0) == cases[i].good, "%s: %s", cases[i].yaml,
                      settings_problems(&f));
        settings_free(&f);
    }
}
END_TEST

START_TEST(encodings_are_named)
{
    static const struct {
        const char *list;
        unsigned encodings;
        const char *says;
    } cases[] = {
        {"[]", 0, ""},
        {"['', gzip]", 1U << ENCODING_IDENTITY | 1U << ENCODING_GZIP, ""},
        {"[zstd, zlib, deflate]", 1U << ENCODING_ZSTD | 1U << ENCODING_DEFLATE, ""},
        {"gzip", 1U << ENCODING_GZIP, ""},
        {"[gzip, snappy]", 1U << ENCODING_GZIP, "warning: "},
        {"[gzip, br]", 1U << ENCODING_GZIP, "must be of gzip, zstd, deflate and \"\", not \"br\""},
        {"[snappy, lz4]", 0, "leaves no way to send"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct protocol_settings s;
        const char *said;

        settings_begin(&f);
        s = decode(arena_printf(f.arena, "{http: {compression_algorithms: %s}}", cases[i].list));
        said = settings_problems(&f);
        ck_assert_msg(s.http.encodings == cases[i].encodings, "%s", cases[i].list);
        ck_assert_msg(strstr(said, cases[i].says) && !*said == !*cases[i].says, "%s: %s",
                      cases[i].list, said);
        settings_free(&f);
    }
}
END_TEST

START_TEST(flat_and_block_forms_must_not_disagree)
{
    static const struct {
        const char *keys;
        const char *says; /* NULL: nothing */
    } cases[] = {
        {"idle_timeout: 5s", NULL},
        {"idle_timeout: 60s, keepalive: {idle_timeout: 1m}", NULL},
        {"idle_timeout: , keepalive: {idle_timeout: 5s}", NULL},
        {"idle_timeout: 59s, keepalive: {idle_timeout: 1m}", "keepalive.idle_timeout says"},
        {"keep_alives_enabled: false, keepalive: {enabled: False}", NULL},
        {"keep_alives_enabled: false, keepalive: {idle_timeout: 1m}", NULL},
        {"keep_alives_enabled: false, keepalive: {enabled: true}", "keepalive.enabled says"},
        {"cors_allowed_origins: ['https://a'], cors: {allowed_origins: ['https://b']}",
         "cors.allowed_origins says"},
        {"cors_allowed_headers: [a], cors: {allowed_origins: ['https://b'], allowed_headers: a}",
         "cors.allowed_headers says"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *said;

        settings_begin(&f);
        decode(arena_printf(f.arena, "{http: {%s}}", cases[i].keys));
        said = settings_problems(&f);
        if (cases[i].says)
            ck_assert_msg(strstr(said, cases[i].says) != NULL, "%s: %s", cases[i].keys, said);
        else
            ck_assert_msg(f.problems.errors == 0, "%s: %s", cases[i].keys, said);
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("otlp_settings");

    tcase_add_test(cases, what_nobody_sets_has_a_default);
    tcase_add_test(cases, sizes_have_ranges);
    tcase_add_test(cases, encodings_are_named);
    tcase_add_test(cases, flat_and_block_forms_must_not_disagree);
    return run_tests("otlp_settings", cases);
}

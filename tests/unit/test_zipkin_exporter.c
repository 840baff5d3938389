/*
 * The exporter with the real queue, on a network that the tests play themselves.
 */
#include "unit/exporter_fixture.h"

#include "exporters/zipkin_exporter.c"

#include "unit/spans_text.h"

#define ENDPOINT     "http://zipkin:9411/api/v2/spans"
#define TWO_SERVICES "tests/data/vectors/19-realistic.otlp.pb" /* of two and three spans */

static void push(struct fixture *f, unsigned times)
{
    struct buf request = file_bytes(TWO_SERVICES);
    struct batch *batch = batch_of_bytes(request.at, request.len);
    struct batch *all = batch_new(TRACES);

    while (times-- > 0)
        batch_append(all, batch);
    fixture_consume(f, all);
    batch_unref(batch);
    buf_done(&request);
}

START_TEST(a_batch_is_posted_in_either_format)
{
    static const char *const formats[][2] = {{"json", "application/json"},
                                             {"proto", "application/x-protobuf"}};

    for (size_t i = 0; i < 2; i++) {
        struct buf yaml = {0}, headers = {0};
        struct fixture f;

        buf_printf(&yaml, "{endpoint: \"" ENDPOINT "\", format: %s, headers: {X-Scope: a}}",
                   formats[i][0]);
        buf_printf(&headers, "Content-Type: %s\nX-Scope: a\n", formats[i][1]);
        fixture_begin(&f, &zipkin_exporter, buf_text(&yaml));
        push(&f, 1);
        ck_assert_uint_eq(request_count, 1);
        ck_assert_str_eq(requests[0].url, ENDPOINT);
        ck_assert_str_eq(requests[0].headers, buf_text(&headers));
        ck_assert_uint_eq(requests[0].post.timeout_ms, 5000);
        ck_assert_int_eq(requests[0].post.body.at[0].at[0], i == 0 ? '[' : '\n');
        answer_http(202, "");
        ck_assert_uint_eq(request_count, 0);
        ck_assert_uint_eq(fixture_counts(&f).sent, 5);
        fixture_end(&f);
        buf_done(&yaml);
        buf_done(&headers);
    }
}
END_TEST

START_TEST(large_batches_go_in_several_bodies)
{
    struct fixture f;
    unsigned bodies = 0;

    fixture_begin(&f, &zipkin_exporter, "{endpoint: \"" ENDPOINT "\"}");
    push(&f, 2000);
    while (request_count > 0) {
        ck_assert_uint_lt(requests[0].size, BODY_MAX + 10000);
        answer_http(202, "");
        bodies++;
    }
    ck_assert_uint_ge(bodies, 3);
    ck_assert_uint_eq(fixture_counts(&f).sent, 10000);
    fixture_end(&f);
}
END_TEST

START_TEST(what_is_too_large_is_sent_in_halves_and_what_fails_again)
{
    struct fixture f;
    size_t whole, half;

    fixture_begin(&f, &zipkin_exporter,
                  "{endpoint: \"" ENDPOINT "\", compression: gzip, " QUICK "}");
    push(&f, 20);
    whole = requests[0].size;
    ck_assert_int_eq(requests[0].post.encoding, ENCODING_GZIP);
    answer_http(413, "");
    half = requests[0].size;
    ck_assert_uint_lt(half, whole);
    answer_http(503, "busy");
    run_until_request_on(&f.loop);
    ck_assert_uint_eq(requests[0].size, half);
    answer_http(0, "cannot connect");
    run_until_request_on(&f.loop);
    ck_assert_uint_eq(requests[0].size, half);
    while (request_count > 0)
        answer_http(202, "");
    ck_assert_uint_eq(fixture_counts(&f).sent, 100);
    ck_assert_uint_eq(fixture_counts(&f).retries, 2);
    ck_assert_uint_eq(fixture_counts(&f).failed, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(what_is_refused_is_dropped)
{
    static const struct {
        unsigned status;
        const char *body;
    } cases[] = {{400, "Malformed reading List<Span> from json"},
                 {404, "<!DOCTYPE html><html>..."},
                 {200, "\n<!DOCTYPE html><html>..."},
                 {200, "<html>"},
                 {302, ""},
                 {415, ""}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;

        fixture_begin(&f, &zipkin_exporter, "{endpoint: \"" ENDPOINT "\"}");
        push(&f, 1);
        answer_http(cases[i].status, cases[i].body);
        ck_assert_uint_eq(fixture_counts(&f).failed, 5);
        ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(what_is_under_way_is_cancelled_at_the_end)
{
    struct fixture f;

    fixture_begin(&f, &zipkin_exporter, "{endpoint: \"" ENDPOINT "\"}");
    push(&f, 1);
    push(&f, 1);
    ck_assert_uint_eq(zipkin_exporter.held(f.exporter), 10);
    ck_assert_uint_gt(zipkin_exporter.held_bytes(f.exporter), 1000);
    fixture_end(&f);
    ck_assert_uint_eq(cancelled, 2);
}
END_TEST

START_TEST(configurations_are_taken_or_told_what_to_change)
{
    static const struct {
        const char *yaml;
        const char *url;     /* NULL: an error */
        const char *problem; /* a part of its text; NULL: there is none */
    } cases[] = {
        {"{endpoint: '" ENDPOINT "'}", ENDPOINT, NULL},
        {"{url: '" ENDPOINT "'}", ENDPOINT, "write it as endpoint"},
        {"{endpoint: 'https://z/api/v2/spans?key=1'}", "https://z/api/v2/spans?key=1", NULL},
        {"{endpoint: 'http://zipkin:9411'}", ENDPOINT, "has no path"},
        {"{endpoint: 'http://zipkin:9411/'}", ENDPOINT, "has no path"},
        {"{endpoint: 'zipkin:9411'}", ENDPOINT, "is short"},
        {"{endpoint: 'zipkin:9411/api/v2/spans'}", ENDPOINT, "has no scheme"},
        {"{endpoint: 'http://z:9411/api/v1/spans'}", "http://z:9411/api/v1/spans", "old format"},
        {"{endpoint: 'http://z:9411/zipkin/'}", "http://z:9411/zipkin/", "web pages"},
        {"{endpoint: 'http://z:4318/x'}", "http://z:4318/x", "OTLP's port"},
        {"{endpoint: '" ENDPOINT "', proxy_url: 'http://p:1'}", ENDPOINT, "https_proxy"},
        {"{endpoint: '" ENDPOINT "', compression: snappy}", ENDPOINT, "gzip is used"},
        {"", NULL, "endpoint is missing"},
        {"{endpoint: zipkin}", NULL, "\"zipkin\" has no port"},
        {"{endpoint: 'http://'}", NULL, "has no host"},
        {"{endpoint: [1]}", NULL, "wants a string"},
        {"{endpoint: '" ENDPOINT "', format: thrift}", NULL, "thrift"},
        {"{endpoint: '" ENDPOINT "', timeout: -1s}", NULL, "-1s"},
        {"{endpont: '" ENDPOINT "'}", NULL, "endpoint"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;

        settings_read(&f, &zipkin_exporter, cases[i].yaml);
        settings_expect(&f, cases[i].yaml, cases[i].url != NULL, cases[i].problem);
        if (cases[i].url) {
            struct zipkin_url url;

            ck_assert(zipkin_settings_url(f.settings, &url, NULL));
            ck_assert_str_eq(buf_text(&url.url), cases[i].url);
            zipkin_url_done(&url);
        }
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zipkin_exporter");

    tcase_add_test(cases, a_batch_is_posted_in_either_format);
    tcase_add_test(cases, large_batches_go_in_several_bodies);
    tcase_add_test(cases, what_is_too_large_is_sent_in_halves_and_what_fails_again);
    tcase_add_test(cases, what_is_refused_is_dropped);
    tcase_add_test(cases, what_is_under_way_is_cancelled_at_the_end);
    tcase_add_test(cases, configurations_are_taken_or_told_what_to_change);
    return run_tests("zipkin_exporter", cases);
}

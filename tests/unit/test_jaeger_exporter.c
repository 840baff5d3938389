/*
 * The exporter with the real queue, on a network that the tests play themselves.
 */
#include "unit/exporter_fixture.h"

#include "exporters/jaeger_exporter.c"

#include "otlp/wire_write.h"
#include "unit/spans_text.h"

/* Answers all requests: those above so many bytes are too large. Returns how many those were. */
static unsigned answer_by_size(size_t size_max)
{
    unsigned refused = 0;

    while (request_count > 0) {
        bool large = requests[0].size > size_max;

        refused += large;
        if (requests[0].grpc && large)
            answer_grpc(GRPC_RESOURCE_EXHAUSTED, "grpc: received message larger than max");
        else if (requests[0].grpc)
            answer_grpc(GRPC_OK, "");
        else
            answer_http(large ? 413 : 202, "");
    }
    return refused;
}

static void push_vector(struct fixture *f, const char *name)
{
    struct buf request = file_bytes(name);
    struct batch *batch = batch_of_bytes(request.at, request.len);

    fixture_consume(f, batch);
    buf_done(&request);
}

static struct batch *batch_of_span(struct str name)
{
    struct buf message = {0}, outer = {0};
    struct batch *batch;

    wire_put_bytes(&message, 1, STR("one-trace-of-all"));
    wire_put_bytes(&message, 2, STR("one-span"));
    wire_put_bytes(&message, 5, name);
    for (unsigned level = 0; level < 3; level++) { /* ScopeSpans, ResourceSpans, the request */
        wire_put_bytes(&outer, level < 2 ? 2 : 1, buf_str(&message));
        buf_done(&message);
        message = outer;
        outer = (struct buf){0};
    }
    batch = batch_of_bytes(message.at, message.len);
    buf_done(&message);
    return batch;
}

/* So many spans of one resource; the one that is large has 20,000 bytes. */
static void push_spans(struct fixture *f, size_t count, size_t large)
{
    static char name[20000];
    struct batch *batch = batch_new(TRACES);

    memset(name, 'n', sizeof(name));
    for (size_t i = 0; i < count; i++) {
        struct batch *one =
            batch_of_span(i == large ? (struct str){name, sizeof(name)} : STR("op"));

        batch_append(batch, one);
        batch_unref(one);
    }
    fixture_consume(f, batch);
}

#define TWO_SERVICES  "tests/data/vectors/19-realistic.otlp.pb" /* of two and three spans */
#define HTTP_ENDPOINT "http://jaeger:14268/api/traces"

static void run_until_request(struct fixture *f)
{
    run_until_request_on(&f->loop);
}

/* ---- tests ---- */

START_TEST(groups_are_posted_one_after_the_other)
{
    struct fixture f;

    fixture_begin(&f, &jaeger_exporter, "{endpoint: \"" HTTP_ENDPOINT "\", headers: {X-Scope: a}}");
    push_vector(&f, TWO_SERVICES);
    ck_assert_uint_eq(request_count, 1);
    ck_assert_str_eq(requests[0].url, HTTP_ENDPOINT);
    ck_assert_str_eq(requests[0].headers, "Content-Type: application/x-thrift\nX-Scope: a\n");
    ck_assert_uint_eq(requests[0].post.timeout_ms, 5000);
    ck_assert_uint_gt(requests[0].size, 100);
    answer_http(202, "");
    ck_assert_uint_eq(request_count, 1);
    ck_assert_uint_gt(fixture_counts(&f).held_items, 0);
    answer_http(200, "");
    ck_assert_uint_eq(request_count, 0);
    ck_assert_uint_eq(fixture_counts(&f).sent, 5);
    ck_assert_uint_eq(fixture_counts(&f).held_items, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(a_retry_sends_only_what_is_left)
{
    struct fixture f;
    size_t size;

    fixture_begin(&f, &jaeger_exporter, "{endpoint: \"" HTTP_ENDPOINT "\", " QUICK "}");
    push_vector(&f, TWO_SERVICES);
    answer_http(202, "");
    size = requests[0].size;
    answer_http(503, "busy");
    ck_assert_uint_eq(request_count, 0);
    run_until_request(&f);
    ck_assert_uint_eq(requests[0].size, size);
    answer_http(0, "cannot connect");
    run_until_request(&f);
    ck_assert_uint_eq(requests[0].size, size);
    answer_http(202, "");
    ck_assert_uint_eq(fixture_counts(&f).sent, 5);
    ck_assert_uint_eq(fixture_counts(&f).retries, 2);
    fixture_end(&f);
}
END_TEST

START_TEST(what_jaeger_refuses_does_not_stop_the_rest)
{
    struct fixture f;

    fixture_begin(&f, &jaeger_exporter, "{endpoint: \"" HTTP_ENDPOINT "\"}");
    push_vector(&f, TWO_SERVICES);
    answer_http(400, "Unable to process request body: EOF\n");
    ck_assert_uint_eq(request_count, 1);
    answer_http(202, "");
    ck_assert_uint_eq(fixture_counts(&f).failed + fixture_counts(&f).sent, 5);
    ck_assert_uint_gt(fixture_counts(&f).failed, 0);
    ck_assert_uint_gt(fixture_counts(&f).sent, 0);
    ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(a_host_and_port_are_called_by_grpc)
{
    struct fixture f;
    size_t size;

    fixture_begin(&f, &jaeger_exporter,
                  "{endpoint: \"jaeger:14250\", tls: {insecure: true}, authority: j.example, " QUICK
                  "}");
    push_vector(&f, TWO_SERVICES);
    ck_assert(requests[0].grpc);
    ck_assert_str_eq(requests[0].call.path, "/jaeger.api_v2.CollectorService/PostSpans");
    ck_assert_str_eq(requests[0].url, "http://jaeger:14250");
    ck_assert_str_eq(requests[0].headers, "Host: j.example\n");
    answer_grpc(GRPC_OK, "");
    size = requests[0].size;
    answer_grpc(GRPC_RESOURCE_EXHAUSTED, "server busy");
    run_until_request(&f);
    ck_assert_uint_eq(requests[0].size, size);
    answer_grpc(GRPC_OK, "");
    ck_assert_uint_eq(request_count, 0);
    ck_assert_uint_eq(fixture_counts(&f).sent, 5);
    fixture_end(&f);
}
END_TEST

static const char *const both_wires[] = {"{endpoint: \"" HTTP_ENDPOINT "\"}",
                                         "{endpoint: \"jaeger:14250\", tls: {insecure: true}}"};

START_TEST(what_is_too_large_is_sent_in_halves)
{
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        size_t whole;

        fixture_begin(&f, &jaeger_exporter, both_wires[i]);
        push_spans(&f, 100, SIZE_MAX);
        whole = requests[0].size;
        ck_assert_uint_gt(answer_by_size(whole / 5), 2);
        ck_assert_uint_eq(fixture_counts(&f).sent, 100);
        ck_assert_uint_eq(fixture_counts(&f).failed, 0);
        ck_assert_uint_eq(fixture_counts(&f).retries, 0);
        ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(only_a_span_that_is_too_large_alone_is_dropped)
{
    for (size_t i = 0; i < 2; i++)
        for (size_t large = 0; large < 33; large += 8) {
            struct fixture f;

            fixture_begin(&f, &jaeger_exporter, both_wires[i]);
            push_spans(&f, 33, large);
            ck_assert_uint_le(answer_by_size(10000), 12);
            ck_assert_uint_eq(fixture_counts(&f).sent, 32);
            ck_assert_uint_eq(fixture_counts(&f).failed, 1);
            ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
            fixture_end(&f);
        }
}
END_TEST

START_TEST(halves_are_tried_again_as_they_were)
{
    struct fixture f;
    size_t size;

    fixture_begin(&f, &jaeger_exporter, "{endpoint: \"" HTTP_ENDPOINT "\", " QUICK "}");
    push_spans(&f, 100, SIZE_MAX);
    answer_http(413, "");
    size = requests[0].size;
    answer_http(503, "busy");
    run_until_request(&f);
    ck_assert_uint_eq(requests[0].size, size);
    answer_by_size(size);
    ck_assert_uint_eq(fixture_counts(&f).sent, 100);
    ck_assert_uint_eq(fixture_counts(&f).failed, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(several_batches_are_under_way_and_cancelled_at_the_end)
{
    struct fixture f;

    fixture_begin(&f, &jaeger_exporter, "{endpoint: \"" HTTP_ENDPOINT "\"}");
    for (unsigned i = 0; i < 3; i++)
        push_vector(&f, TWO_SERVICES);
    ck_assert_uint_eq(request_count, 3);
    fixture_end(&f);
    ck_assert_uint_eq(cancelled, 3);
}
END_TEST

static void on_component_drained(struct component *component)
{
    ck_assert_str_eq(component->id, "jaeger");
    cancelled = 100;
}

START_TEST(draining_ends_when_all_is_sent)
{
    struct fixture f;

    fixture_begin(&f, &jaeger_exporter, "{endpoint: \"jaeger:14250\", tls: {insecure: true}}");
    push_vector(&f, TWO_SERVICES);
    ck_assert_uint_eq(jaeger_exporter.held(f.exporter), 5);
    jaeger_exporter.drain(f.exporter, on_component_drained);
    answer_grpc(GRPC_OK, "");
    ck_assert_uint_eq(cancelled, 0);
    answer_grpc(GRPC_OK, "");
    uv_run(&f.loop, UV_RUN_NOWAIT);
    ck_assert_uint_eq(cancelled, 100);
    ck_assert_uint_eq(jaeger_exporter.held(f.exporter), 0);
    fixture_end(&f);
}
END_TEST

START_TEST(configurations_are_taken_or_told_what_to_change)
{
    static const struct {
        const char *name, *yaml;
        const char *url;     /* NULL: an error */
        const char *problem; /* a part of its text; NULL: there is none */
    } cases[] = {
        {"jaeger", "{endpoint: 'jaeger:14250', tls: {insecure: true}}", "http://jaeger:14250",
         NULL},
        {"jaeger", "{endpoint: 'jaeger:14250', insecure: true}", "http://jaeger:14250",
         "write it as tls.insecure"},
        {"jaeger", "{endpoint: 'jaeger:14250'}", "https://jaeger:14250", NULL},
        {"jaeger", "{endpoint: 'http://jaeger:14268/api/traces'}", HTTP_ENDPOINT, NULL},
        {"jaeger/2", "{endpoint: 'jaeger:14268/api/traces'}", HTTP_ENDPOINT, "has no scheme"},
        {"jaeger_thrift", "{url: 'http://jaeger:14268/api/traces'}", HTTP_ENDPOINT,
         "write it as endpoint"},
        {"jaeger_thrift/x", "{endpoint: 'jaeger:14268'}", HTTP_ENDPOINT, "has no scheme"},
        {"jaeger_thrift_http", "{endpoint: 'http://jaeger:14268'}", HTTP_ENDPOINT, "has no path"},
        {"jaeger", "{endpoint: 'jaeger:4317', tls: {insecure: true}}", "http://jaeger:4317",
         "OTLP port"},
        {"jaeger", "{endpoint: 'jaeger:14250', insecure: true, balancer_name: round_robin}",
         "http://jaeger:14250", "has no effect"},
        {"jaeger", "", NULL, "endpoint is missing"},
        {"jaeger", "{endpoint: jaeger}", NULL, "\"jaeger\" has no port"},
        {"jaeger", "{endpoint: 'jaeger:14250', headers: {a: \"b\\nc\"}}", NULL,
         "control characters"},
        {"jaeger", "{endpoint: 'jaeger:14250', tls: {ca_file: /nonexistent/ca.pem}}", NULL,
         "cannot read"},
        {"jaeger", "{endpont: 'jaeger:14250'}", NULL, "endpoint"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;

        settings_begin(&f);
        f.settings = settings_decode(&f, &jaeger_exporter, cases[i].name, cases[i].yaml);
        settings_expect(&f, cases[i].yaml, cases[i].url != NULL, cases[i].problem);
        if (cases[i].url) {
            struct jaeger_endpoint endpoint;

            ck_assert(jaeger_settings_endpoint(f.settings, &endpoint, NULL));
            ck_assert_str_eq(buf_text(&endpoint.url), cases[i].url);
            jaeger_endpoint_done(&endpoint);
        }
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("jaeger_exporter");

    tcase_add_test(cases, groups_are_posted_one_after_the_other);
    tcase_add_test(cases, a_retry_sends_only_what_is_left);
    tcase_add_test(cases, what_jaeger_refuses_does_not_stop_the_rest);
    tcase_add_test(cases, a_host_and_port_are_called_by_grpc);
    tcase_add_test(cases, what_is_too_large_is_sent_in_halves);
    tcase_add_test(cases, only_a_span_that_is_too_large_alone_is_dropped);
    tcase_add_test(cases, halves_are_tried_again_as_they_were);
    tcase_add_test(cases, several_batches_are_under_way_and_cancelled_at_the_end);
    tcase_add_test(cases, draining_ends_when_all_is_sent);
    tcase_add_test(cases, configurations_are_taken_or_told_what_to_change);
    return run_tests("jaeger_exporter", cases);
}

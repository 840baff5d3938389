/*
 * Both exporters with the real queue, on a network that the tests play themselves.
 */
#include "unit/exporter_fixture.h"

#include "exporters/otlp_exporter.c"

#include "base/budget.h"
#include "otlp/json_read.h"
#include "otlp/wire_write.h"
#include "unit/check.h"
#include "unit/reference.h"

#define HTTP_ENDPOINT "http://c:4318"
#define GRPC_YAML     "endpoint: 'http://c:4317', compression: none, " QUICK
#define HTTP_YAML     "endpoint: '" HTTP_ENDPOINT "', compression: none, " QUICK

/* A request of so many items of a signal, each with some bytes of text; not mended. */
static struct payload *payload_of(enum signal signal, size_t count, size_t size)
{
    static char text[8 << 20];
    struct payload_report report;
    struct buf request = {0};
    size_t resource = wire_begin(&request, 1), scope = wire_begin(&request, 2);
    struct payload *payload;

    memset(text, 't', sizeof(text));
    for (size_t i = 0; i < count; i++) {
        size_t item = wire_begin(&request, 2);

        if (signal == TRACES) {
            wire_put_bytes(&request, 1, STR("0123456789abcdef"));
            wire_put_bytes(&request, 2, STR("01234567"));
            wire_put_bytes(&request, 5, (struct str){text, size});
        } else {
            wire_put_bytes(&request, signal == METRICS ? 1 : 3,
                           signal == METRICS ? (struct str){text, size} : STR("WARN"));
        }
        if (signal == METRICS) { /* a gauge of three points */
            size_t gauge = wire_begin(&request, 5);

            for (unsigned k = 0; k < 3; k++)
                wire_put_bytes(&request, 1, STR(""));
            wire_end(&request, gauge);
        }
        wire_end(&request, item);
    }
    wire_end(&request, scope);
    wire_end(&request, resource);
    payload = payload_read(signal, reference_body(buf_str(&request)), &report);
    ck_assert_msg(payload != NULL, "%s", report.why);
    buf_done(&request);
    return payload;
}

static void push(struct fixture *f, enum signal signal, size_t count, size_t size)
{
    struct payload *payload = payload_of(signal, count, size);
    struct batch *batch = batch_of(payload);

    fixture_consume(f, batch);
    payload_unref(payload);
}

/* Good until the next call. */
static struct str body_of(const struct fake_request *request)
{
    const struct pieces *pieces = request->grpc ? &request->call.message : &request->post.body;
    static struct buf joined;

    if (pieces->count == 1)
        return pieces->at[0];
    buf_done(&joined);
    pieces_join(pieces, &joined);
    ck_assert_uint_eq(joined.len, pieces->len);
    return buf_str(&joined);
}

/* How many items are in the request that waits first. */
static uint32_t items_of(const struct fake_request *request, enum signal signal)
{
    struct payload_report report;
    struct payload *payload = payload_read(signal, reference_body(body_of(request)), &report);
    uint32_t count;

    ck_assert_msg(payload != NULL, "%s", report.why);
    count = payload->item_count;
    payload_unref(payload);
    return count;
}

static void answer_well(void)
{
    if (requests[0].grpc)
        answer_grpc(GRPC_OK, "");
    else
        answer_http(200, "");
}

static void answer_too_large(void)
{
    if (requests[0].grpc)
        answer_grpc(GRPC_RESOURCE_EXHAUSTED, "grpc: received message larger than max (9 vs. 8)");
    else
        answer_http(413, "");
}

static const struct {
    const struct component_type *type;
    const char *yaml;
} both[] = {{&otlp_exporter, "{" GRPC_YAML "}"}, {&otlphttp_exporter, "{" HTTP_YAML "}"}};

/* ---- tests ---- */

START_TEST(each_signal_has_its_method)
{
    static const char *const paths[SIGNAL_KINDS] = {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export"};
    struct fixture f;

    fixture_begin(&f, &otlp_exporter,
                  "{" GRPC_YAML ", headers: {X-Scope: a}, authority: c.example}");
    for (unsigned i = 0; i < SIGNAL_KINDS; i++) {
        push(&f, (enum signal)i, 5, 10);
        ck_assert_uint_eq(request_count, 1);
        ck_assert_str_eq(requests[0].url, "http://c:4317");
        ck_assert_str_eq(requests[0].call.path, paths[i]);
        ck_assert_str_eq(requests[0].headers, "Host: c.example\nX-Scope: a\n");
        ck_assert_uint_eq(requests[0].call.timeout_ms, 5000);
        ck_assert_int_eq(requests[0].call.encoding, ENCODING_IDENTITY);
        ck_assert_uint_eq(items_of(&requests[0], (enum signal)i), 5);
        answer_grpc(GRPC_OK, "");
    }
    ck_assert_uint_eq(fixture_counts(&f).sent, 5 + 15 + 5);
    ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
    fixture_end(&f);
}
END_TEST

START_TEST(each_signal_has_its_path)
{
    static const char *const urls[SIGNAL_KINDS] = {"http://c:4318/v1/traces", "http://m/in",
                                                   "http://c:4318/v1/logs"};
    struct fixture f;

    fixture_begin(&f, &otlphttp_exporter, "{" HTTP_YAML ", metrics_endpoint: 'http://m/in'}");
    for (unsigned i = 0; i < SIGNAL_KINDS; i++) {
        push(&f, (enum signal)i, 5, 10);
        ck_assert_str_eq(requests[0].url, urls[i]);
        ck_assert_str_eq(requests[0].headers, "Content-Type: application/x-protobuf\n");
        ck_assert_uint_eq(requests[0].post.timeout_ms, 30000);
        ck_assert_uint_eq(items_of(&requests[0], (enum signal)i), 5);
        answer_http(200, "");
    }
    ck_assert_uint_eq(fixture_counts(&f).sent, 5 + 15 + 5);
    fixture_end(&f);
}
END_TEST

START_TEST(a_signal_without_an_endpoint_is_refused)
{
    struct payload *payload = payload_of(LOGS, 1, 1);
    struct batch *batch = batch_of(payload);
    struct fixture f;

    fixture_begin(&f, &otlphttp_exporter, "{traces_endpoint: 'http://c/x'}");
    ck_assert_int_eq(consume(f.exporter, batch).verdict, REJECTED);
    ck_assert_uint_eq(request_count, 0);
    fixture_end(&f);
    batch_unref(batch);
    payload_unref(payload);
}
END_TEST

START_TEST(what_came_goes_out_from_where_it_lies)
{
    for (size_t i = 0; i < 2; i++) {
        struct payload *payload = payload_of(TRACES, 100, 100);
        struct batch *batch = batch_of(payload);
        struct fixture f;

        fixture_begin(&f, both[i].type, both[i].yaml);
        ck_assert_int_eq(consume(f.exporter, batch).verdict, ACCEPTED);
        ck_assert_ptr_eq(body_of(&requests[0]).at, payload->bodies[0]->at);
        answer_well();
        fixture_end(&f);
        batch_unref(batch);
        payload_unref(payload);
    }
}
END_TEST

START_TEST(requests_have_less_than_4_mb)
{
    for (size_t i = 0; i < 2; i++) {
        uint32_t items = 0;
        struct fixture f;

        fixture_begin(&f, both[i].type, both[i].yaml);
        push(&f, TRACES, 100, 90000);
        for (unsigned k = 0; k < 3; k++) {
            ck_assert_uint_eq(request_count, 1);
            ck_assert_uint_le(body_of(&requests[0]).len, REQUEST_MAX);
            items += items_of(&requests[0], TRACES);
            answer_well();
        }
        ck_assert_uint_eq(request_count, 0);
        ck_assert_uint_eq(items, 100);
        ck_assert_uint_eq(fixture_counts(&f).sent, 100);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(what_is_too_large_is_sent_in_halves)
{
    for (size_t i = 0; i < 2; i++) {
        uint32_t items = 0, refused = 0;
        struct fixture f;

        fixture_begin(&f, both[i].type, both[i].yaml);
        push(&f, METRICS, 100, 100);
        while (request_count > 0) {
            uint32_t count = items_of(&requests[0], METRICS);

            if (count > 20) {
                refused++;
                answer_too_large();
            } else {
                items += count;
                answer_well();
            }
        }
        ck_assert_uint_eq(items, 100);
        ck_assert_uint_gt(refused, 2);
        ck_assert_uint_eq(fixture_counts(&f).sent, 300);
        ck_assert_uint_eq(fixture_counts(&f).failed, 0);
        ck_assert_uint_eq(fixture_counts(&f).retries, 0);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(what_is_too_large_alone_is_dropped)
{
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;

        fixture_begin(&f, both[i].type, both[i].yaml);
        push(&f, METRICS, 1, 5000000); /* of three data points */
        ck_assert_uint_gt(body_of(&requests[0]).len, 5000000);
        answer_too_large();
        ck_assert_uint_eq(request_count, 0);
        ck_assert_uint_eq(fixture_counts(&f).failed, 3);
        ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(a_retry_sends_what_is_left)
{
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        uint32_t left;

        fixture_begin(&f, both[i].type, both[i].yaml);
        push(&f, TRACES, 100, 50000);
        left = 100 - items_of(&requests[0], TRACES);
        answer_well();
        if (requests[0].grpc)
            answer_grpc(GRPC_UNAVAILABLE, "busy");
        else
            answer_http(503, "busy");
        ck_assert_uint_eq(request_count, 0);
        run_until_request_on(&f.loop);
        ck_assert_uint_eq(items_of(&requests[0], TRACES), left);
        answer_well();
        ck_assert_uint_eq(fixture_counts(&f).sent, 100);
        ck_assert_uint_eq(fixture_counts(&f).retries, 1);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(what_is_refused_is_dropped)
{
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;

        fixture_begin(&f, both[i].type, both[i].yaml);
        push(&f, TRACES, 10, 10);
        if (requests[0].grpc)
            answer_grpc(GRPC_INTERNAL, "no");
        else
            answer_http(500, "no");
        ck_assert_uint_eq(fixture_counts(&f).failed, 10);
        ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
        fixture_end(&f);
    }
}
END_TEST

/* {"partialSuccess": {"rejectedSpans": N, "errorMessage": "ids"}} in each form. */
static void answer_partly(const struct fixture *f, uint64_t rejected)
{
    const struct otlp_exporter_settings *settings = f->configured.settings;
    struct buf message = {0};

    if (settings->form == OTLP_JSON)
        message_put_export_json(&message, "rejectedSpans", rejected, "ids");
    else
        message_put_export_response(&message, rejected, "ids");
    if (requests[0].grpc)
        answer_grpc_with(&(struct grpc_answer){.message = "", .response = buf_str(&message)});
    else
        answer_http_with(&(struct http_answer){.status = 200, .body = buf_str(&message)});
    buf_done(&message);
}

START_TEST(what_the_peer_rejects_is_given_up)
{
    static const char json[] = "{" HTTP_YAML ", encoding: json}";

    for (size_t i = 0; i < 3; i++) {
        struct fixture f;

        fixture_begin(&f, i == 2 ? &otlphttp_exporter : both[i].type, i == 2 ? json : both[i].yaml);
        push(&f, TRACES, 10, 10);
        answer_partly(&f, 3);
        ck_assert_uint_eq(fixture_counts(&f).sent, 7);
        ck_assert_uint_eq(fixture_counts(&f).failed, 3);
        push(&f, TRACES, 10, 10);
        answer_partly(&f, 1000); /* more than there were */
        ck_assert_uint_eq(fixture_counts(&f).sent, 7);
        ck_assert_uint_eq(fixture_counts(&f).failed, 13);
        push(&f, TRACES, 10, 10);
        answer_partly(&f, 0); /* a warning */
        ck_assert_uint_eq(fixture_counts(&f).sent, 17);
        ck_assert_uint_eq(fixture_counts(&f).retries, 0);
        ck_assert_uint_eq(fixture_counts(&f).held_batches, 0);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(requests_are_compressed)
{
    static const struct {
        const struct component_type *type;
        const char *yaml;
        enum encoding encoding;
    } cases[] = {
        {&otlp_exporter, "{endpoint: 'http://c:1'}", ENCODING_GZIP},
        {&otlp_exporter, "{endpoint: 'http://c:1', compression: zstd}", ENCODING_ZSTD},
        {&otlp_exporter, "{endpoint: 'http://c:1', compression: snappy}", ENCODING_GZIP},
        {&otlp_exporter, "{endpoint: 'http://c:1', compression: ''}", ENCODING_IDENTITY},
        {&otlphttp_exporter, "{endpoint: 'http://c:1'}", ENCODING_GZIP},
        {&otlphttp_exporter,
         "{endpoint: 'http://c:1', compression: zstd, compression_params: {level: 9}}",
         ENCODING_ZSTD},
        {&otlphttp_exporter, "{endpoint: 'http://c:1', compression: deflate}", ENCODING_DEFLATE},
        {&otlphttp_exporter, "{endpoint: 'http://c:1', compression: lz4}", ENCODING_GZIP},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct payload *payload = payload_of(TRACES, 100, 100);
        struct batch *batch = batch_of(payload);
        struct bytes *plain;
        struct fixture f;

        fixture_begin(&f, cases[i].type, cases[i].yaml);
        ck_assert_int_eq(consume(f.exporter, batch).verdict, ACCEPTED);
        ck_assert_int_eq(requests[0].grpc ? requests[0].call.encoding : requests[0].post.encoding,
                         cases[i].encoding);
        ck_assert_int_eq(encoding_decode(cases[i].encoding, body_of(&requests[0]), 1 << 20, &plain),
                         DECODE_OK);
        ck_assert(str_eq(bytes_str(plain), bytes_str(payload->bodies[0])));
        if (cases[i].encoding != ENCODING_IDENTITY)
            ck_assert_uint_lt(body_of(&requests[0]).len, plain->len / 10);
        bytes_unref(plain);
        answer_well();
        fixture_end(&f);
        batch_unref(batch);
        payload_unref(payload);
    }
}
END_TEST

START_TEST(json_is_what_protobuf_was)
{
    for (unsigned compressed = 0; compressed < 2; compressed++) {
        struct payload *payload = payload_of(TRACES, 10, 100), *back;
        struct batch *batch = batch_of(payload);
        struct payload_report report;
        struct json_report json;
        struct bytes *plain;
        struct fixture f;

        fixture_begin(&f, &otlphttp_exporter,
                      compressed ? "{endpoint: '" HTTP_ENDPOINT "', encoding: json}"
                                 : "{" HTTP_YAML ", encoding: json}");
        ck_assert_int_eq(consume(f.exporter, batch).verdict, ACCEPTED);
        ck_assert_str_eq(requests[0].headers, "Content-Type: application/json\n");
        ck_assert_int_eq(
            encoding_decode(requests[0].post.encoding, body_of(&requests[0]), 1 << 20, &plain),
            DECODE_OK);
        back = payload_read(
            TRACES, json_read(signal_words[TRACES].request, bytes_str(plain), &json), &report);
        ck_assert_uint_eq(back->item_count, 10);
        payload_unref(back);
        bytes_unref(plain);
        answer_http(200, "{}");
        ck_assert_uint_eq(fixture_counts(&f).sent, 10);
        fixture_end(&f);
        batch_unref(batch);
        payload_unref(payload);
    }
}
END_TEST

START_TEST(nothing_is_left_in_the_budget)
{
    size_t used = budget_used();
    struct fixture f;

    fixture_begin(&f, &otlp_exporter, "{endpoint: 'http://c:1'}");
    push(&f, TRACES, 100, 90000);
    ck_assert_uint_gt(budget_used(), used);
    answer_grpc(GRPC_UNAVAILABLE, "busy");
    fixture_end(&f);
    ck_assert_uint_eq(budget_used(), used);
    fixture_begin(&f, &otlp_exporter, "{endpoint: 'http://c:1'}");
    push(&f, TRACES, 100, 90000);
    fixture_end(&f); /* while it is under way */
    ck_assert_uint_eq(cancelled, 1);
    ck_assert_uint_eq(budget_used(), used);
}
END_TEST

START_TEST(configurations_are_taken_or_told_what_to_change)
{
    static const struct {
        const struct component_type *type;
        const char *yaml;
        bool good;
        const char *problem; /* a part of its text; NULL: there is none */
    } cases[] = {
        {&otlp_exporter, "{endpoint: 'c:4317', tls: {insecure: true}}", true, NULL},
        {&otlp_exporter, "{endpoint: 'c:4317', insecure: true}", true, "write it as tls.insecure"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', balancer_name: round_robin}", true,
         "has no effect"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', keepalive: {time: 30s, timeout: 5s}}", true,
         "has no effect"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', wait_for_ready: true}", true,
         "has no effect"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', compression: snappy}", true, "gzip is used"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', compression: zlib}", true, "gzip is used"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', compression: brotli}", false, "must be"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', compression_params: {level: 10}}", false,
         "whole numbers from -2 to 9"},
        {&otlp_exporter, "{endpoint: 'http://c:4317', compression_params: {level: 1.5}}", false,
         "whole numbers"},
        {&otlp_exporter, "{endpoint: 'http://c:4318'}", true, "otlphttp"},
        {&otlp_exporter, "{endpoint: c}", false, "\"c\" has no port"},
        {&otlp_exporter, "", false, "endpoint is missing"},
        {&otlp_exporter, "{endpoint: 'c:4317', tls: {ca_file: /nonexistent/ca.pem}}", false,
         "cannot read"},
        {&otlphttp_exporter, "{endpoint: 'http://c:4318'}", true, NULL},
        {&otlphttp_exporter, "{endpoint: 'c:4318'}", true, "has no scheme"},
        {&otlphttp_exporter, "{endpoint: 'http://c:4318/v1/traces'}", true, "one signal"},
        {&otlphttp_exporter, "{logs_endpoint: 'http://c:4318/v1/logs'}", true, NULL},
        {&otlphttp_exporter, "{logs_endpoint: 'ftp://c'}", false, "has a scheme"},
        {&otlphttp_exporter, "{endpoint: 'http://c:4318', max_idle_conns: 10}", true,
         "has no effect"},
        {&otlphttp_exporter, "{endpoint: 'http://c:4318', encoding: xml}", false, "must be"},
        {&otlphttp_exporter, "{}", false, "http://collector:4318"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings_fixture f;

        settings_read(&f, cases[i].type, cases[i].yaml);
        settings_expect(&f, cases[i].yaml, cases[i].good, cases[i].problem);
        settings_free(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("otlp_exporter");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, each_signal_has_its_method);
    tcase_add_test(cases, each_signal_has_its_path);
    tcase_add_test(cases, a_signal_without_an_endpoint_is_refused);
    tcase_add_test(cases, what_came_goes_out_from_where_it_lies);
    tcase_add_test(cases, requests_have_less_than_4_mb);
    tcase_add_test(cases, what_is_too_large_is_sent_in_halves);
    tcase_add_test(cases, what_is_too_large_alone_is_dropped);
    tcase_add_test(cases, a_retry_sends_what_is_left);
    tcase_add_test(cases, what_is_refused_is_dropped);
    tcase_add_test(cases, what_the_peer_rejects_is_given_up);
    tcase_add_test(cases, requests_are_compressed);
    tcase_add_test(cases, json_is_what_protobuf_was);
    tcase_add_test(cases, nothing_is_left_in_the_budget);
    tcase_add_test(cases, configurations_are_taken_or_told_what_to_change);
    return run_tests("otlp_exporter", cases);
}

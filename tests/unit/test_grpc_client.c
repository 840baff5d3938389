/*
 * Calls to this program's own server, on the same loop; and what a client makes of details.
 */
#include "net/grpc_answer.c"

#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "net/encode.h"
#include "net/http_client.h"
#include "net/listen_set.h"
#include "net/server.h"
#include "unit/check.h"

struct fixture {
    uv_loop_t loop;
    struct listen_set *sockets;
    struct server *server;
    struct http_client *http;
    struct grpc_client *client;
    char url[64];

    struct answer reply; /* of the server */
    bool echo;           /* its body is the request's message */
    bool silent;         /* it answers when the fixture ends */
    struct request *unanswered;
    size_t got_len; /* of the last message */
    uint64_t got_hash;
    uint64_t got_hashes; /* of all, added up */
    bool narrow;         /* its sockets hold little */

    unsigned calls; /* of on_answer */
    struct grpc_answer answer;
    char message[800], response[64];
    unsigned more; /* calls that answers start */
};

static void on_request(void *arg, struct request *request, struct bytes *message)
{
    struct fixture *f = arg;
    struct answer reply = f->reply;

    f->got_len = message->len;
    f->got_hash = str_hash(bytes_str(message));
    f->got_hashes += f->got_hash;
    if (f->echo)
        reply.body = bytes_str(message);
    if (f->silent)
        f->unanswered = request;
    else
        request_answer(request, &reply);
    bytes_unref(message);
}

static struct route routes[] = {
    {.path = "/test.Service/Call", .grpc = true, .handler = on_request},
    {.path = "/plain", .types = 1u << CONTENT_PROTOBUF, .handler = on_request},
    {.path = NULL},
};

static void start_server(struct fixture *f)
{
    struct server_settings settings = {.where = "receivers/test",
                                       .routes = routes,
                                       .max_message_grpc = 8 << 20,
                                       .max_message_http = 8 << 20,
                                       .max_concurrent_streams = 100};
    int fds[LISTEN_MAX_FDS];
    struct error err;

    ck_assert_uint_eq(listen_set_open(f->sockets, "127.0.0.1:0", 0, fds, &err), 1);
    if (f->narrow)
        setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    routes[0].arg = routes[1].arg = f;
    f->server = server_new(&f->loop, &settings);
    ck_assert(server_listen(f->server, fds[0], &err));
}

static void fixture_begin(struct fixture *f)
{
    uv_loop_init(&f->loop);
    f->sockets = listen_set_new(1);
    start_server(f);
    snprintf(f->url, sizeof(f->url), "http://%s", listen_set_address(f->sockets, "127.0.0.1:0"));
    f->http = http_client_new(&f->loop);
    f->client = grpc_client_new(f->http, f->url, NULL);
}

static void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    fixture_begin(f);
}

static void fixture_done(struct fixture *f)
{
    if (f->unanswered)
        request_answer(f->unanswered, &f->reply);
    grpc_client_free(f->client);
    http_client_free(f->http);
    server_free(f->server);
    listen_set_free(f->sockets);
    while (uv_run(&f->loop, UV_RUN_DEFAULT) != 0)
        ; /* uv_stop() may have been called */
    ck_assert_int_eq(uv_loop_close(&f->loop), 0);
}

static void on_answer(void *arg, const struct grpc_answer *answer)
{
    struct fixture *f = arg;

    f->calls++;
    f->answer = *answer;
    snprintf(f->message, sizeof(f->message), "%s", answer->message);
    snprintf(f->response, sizeof(f->response), "%.*s", STR_ARG(answer->response));
    uv_stop(&f->loop);
}

static const struct str hello = {"hello", 5};

static struct grpc_call call_of(struct fixture *f)
{
    return (struct grpc_call){.path = "/test.Service/Call",
                              .timeout_ms = 10000,
                              .message = {&hello, 1, 5},
                              .on_answer = on_answer,
                              .arg = f};
}

static void run_until(struct fixture *f, unsigned calls)
{
    while (f->calls < calls)
        uv_run(&f->loop, UV_RUN_DEFAULT); /* the call's own timeout is the deadline */
}

START_TEST(a_call_brings_its_message_and_the_answer)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    f.echo = true;
    call = call_of(&f);
    grpc_client_call(f.client, &call);
    ck_assert_uint_eq(f.calls, 0);
    run_until(&f, 1);
    ck_assert_msg(f.answer.code == GRPC_OK, "%zu bytes: %s", call.message.len, f.message);
    ck_assert_str_eq(f.response, "hello");
    ck_assert_str_eq(f.message, "");
    fixture_done(&f);
}
END_TEST

static void tell_count(void *arg, const struct metric_reading *reading)
{
    if (strcmp(reading->family->name, "rpc_client_call_duration") == 0)
        buf_printf(arg, "%s: %lu\n", reading->labels, (unsigned long)reading->count);
}

START_TEST(a_call_may_be_left_unmeasured)
{
    struct buf text = {0};
    struct grpc_call call;
    struct fixture f;

    fixture_init(&f);
    metrics_want(METRICS_DETAILED);
    call = call_of(&f);
    call.unmeasured = true;
    grpc_client_call(f.client, &call);
    run_until(&f, 1);
    metrics_each(METRICS_DETAILED, tell_count, &text);
    ck_assert_str_eq(buf_text(&text), "");
    buf_done(&text);
    fixture_done(&f);
}
END_TEST

START_TEST(calls_are_measured_where_metrics_are_detailed)
{
    struct buf text = {0};
    struct grpc_call call;
    struct fixture f;

    fixture_init(&f);
    call = call_of(&f);
    grpc_client_call(f.client, &call);
    run_until(&f, 1);
    metrics_want(METRICS_DETAILED);
    for (unsigned i = 0; i < 2; i++) {
        grpc_client_call(f.client, &call);
        run_until(&f, 2 + i);
    }
    f.reply.code = GRPC_RESOURCE_EXHAUSTED;
    grpc_client_call(f.client, &call);
    run_until(&f, 4);
    f.silent = true;
    call.timeout_ms = 20;
    grpc_client_call(f.client, &call);
    run_until(&f, 5);
    grpc_transfer_cancel(grpc_client_call(f.client, &call)); /* as we do at the end */
    metrics_each(METRICS_DETAILED, tell_count, &text);
    ck_assert_str_eq(buf_text(&text), "rpc_method=\"test.Service/Call\",rpc_response_status_code="
                                      "\"DEADLINE_EXCEEDED\",rpc_system_name=\"grpc\": 1\n"
                                      "rpc_method=\"test.Service/Call\",rpc_response_status_code="
                                      "\"OK\",rpc_system_name=\"grpc\": 2\n"
                                      "rpc_method=\"test.Service/Call\",rpc_response_status_code="
                                      "\"RESOURCE_EXHAUSTED\",rpc_system_name=\"grpc\": 1\n");
    buf_done(&text);
    fixture_done(&f);
}
END_TEST

START_TEST(messages_of_any_size_arrive)
{
    static const size_t sizes[] = {0, 1, 131066, 131067, 131068, 200000, 5000000};
    struct fixture f;
    struct grpc_call call;
    char *text = mem_alloc(5000000);
    struct str body[3]; /* in one piece, or in three of which one is empty */

    for (size_t i = 0; i < 5000000; i++)
        text[i] = (char)(i * 31 + i / 777);
    fixture_init(&f);
    call = call_of(&f);
    for (unsigned i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t size = sizes[i / 2], first = i % 2 ? size / 3 : size;

        body[0] = (struct str){text, first};
        body[1] = (struct str){NULL, 0};
        body[2] = (struct str){text + first, size - first};
        call.message = (struct pieces){body, i % 2 ? 3 : 1, size};
        grpc_client_call(f.client, &call);
        run_until(&f, i + 1);
        ck_assert_msg(f.answer.code == GRPC_OK, "%zu bytes: %s", size, f.message);
        ck_assert_uint_eq(f.got_len, size);
        ck_assert_uint_eq(f.got_hash, str_hash((struct str){text, size}));
    }
    ck_assert_uint_eq(server_counts(f.server).connections, 1);
    fixture_done(&f);
    free(text);
}
END_TEST

/* Many times a send takes a part of a frame, or nothing, and others' frames are in between. */
START_TEST(messages_arrive_whole_through_a_socket_that_is_full)
{
    enum { CALLS = 12, SIZE = 700000 };
    struct fixture f = {.narrow = true};
    char *text = mem_alloc(CALLS * SIZE);
    uint64_t hashes = 0;
    struct grpc_call call;

    for (size_t i = 0; i < CALLS * SIZE; i++)
        text[i] = (char)(i * 31 + i / 777 + i / 70001);
    fixture_begin(&f);
    for (unsigned i = 0; i < CALLS; i++) {
        char *at = text + i * SIZE;
        struct str pieces[] = {{at, 1000 * i}, {at + 1000 * i, 77}, {at + 1000 * i + 77, 600001}};

        call = call_of(&f);
        call.message = (struct pieces){pieces, 3, 1000 * i + 600078};
        hashes += str_hash((struct str){at, call.message.len});
        grpc_client_call(f.client, &call);
    }
    run_until(&f, CALLS);
    ck_assert_msg(f.answer.code == GRPC_OK, "%s", f.message);
    ck_assert_uint_eq(f.got_hashes, hashes);
    fixture_done(&f);
    free(text);
}
END_TEST

START_TEST(a_call_that_is_given_up_while_it_is_sent_leaves_the_others_whole)
{
    enum { SIZE = 2000000 };
    struct fixture f = {.narrow = true};
    struct grpc_transfer *transfer;
    struct str body, other;
    struct grpc_call call;
    char *given_up = mem_zero(SIZE), *text = mem_zero(SIZE);

    fixture_begin(&f);
    for (unsigned turns = 0; turns < 40; turns += 3) {
        unsigned calls = f.calls;

        body = (struct str){given_up, SIZE};
        call = call_of(&f);
        call.message = pieces_of(&body);
        transfer = grpc_client_call(f.client, &call);
        other = (struct str){text, SIZE - turns};
        call.message = pieces_of(&other);
        grpc_client_call(f.client, &call);
        for (unsigned i = 0; i < turns; i++)
            uv_run(&f.loop, UV_RUN_NOWAIT);
        if (f.calls > calls) /* it was answered */
            break;
        grpc_transfer_cancel(transfer);
        memset(given_up, 0xff, SIZE); /* nothing looks at it any more */
        run_until(&f, calls + 1);
        ck_assert_msg(f.answer.code == GRPC_OK, "%u turns: %s", turns, f.message);
        ck_assert_uint_eq(f.got_hash, str_hash(other));
        memset(given_up, 0, SIZE);
    }
    fixture_done(&f);
    free(given_up);
    free(text);
}
END_TEST

START_TEST(a_client_may_end_with_all_that_is_under_way)
{
    struct str body = {NULL, 500000};
    struct fixture f = {.narrow = true};
    struct grpc_call call;

    body.at = mem_zero(body.len);
    fixture_begin(&f);
    for (unsigned turns = 0; turns < 20; turns++) {
        call = call_of(&f);
        call.message = pieces_of(&body);
        for (unsigned i = 0; i < 5; i++)
            grpc_client_call(f.client, &call);
        for (unsigned i = 0; i < turns; i++)
            uv_run(&f.loop, UV_RUN_NOWAIT);
        grpc_client_free(f.client);
        f.client = grpc_client_new(f.http, f.url, NULL);
    }
    fixture_done(&f);
    free((void *)(uintptr_t)body.at);
}
END_TEST

static void on_answer_end(void *arg, const struct grpc_answer *answer)
{
    struct fixture *f = arg;

    on_answer(arg, answer);
    grpc_client_free(f->client);
    f->client = NULL;
}

START_TEST(a_client_may_end_in_an_answer)
{
    static const char *const urls[] = {NULL, "http://127.0.0.1:1"};

    for (unsigned i = 0; i < 2; i++) {
        struct fixture f;
        struct grpc_call call;

        fixture_init(&f);
        if (urls[i]) {
            grpc_client_free(f.client);
            f.client = grpc_client_new(f.http, urls[i], NULL);
        }
        call = call_of(&f);
        call.on_answer = on_answer_end;
        for (unsigned k = 0; k < 5; k++)
            grpc_client_call(f.client, &call);
        run_until(&f, 1);
        for (unsigned k = 0; k < 5; k++)
            uv_run(&f.loop, UV_RUN_NOWAIT);
        ck_assert_uint_eq(f.calls, 1);
        fixture_done(&f);
    }
}
END_TEST

START_TEST(a_compressed_message_says_so)
{
    static const enum encoding encodings[] = {ENCODING_GZIP, ENCODING_ZSTD};

    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        struct encoder *encoder = encoder_new(encodings[i], ENCODE_LEVEL_USUAL);
        struct buf encoded = {0};
        struct fixture f;
        struct grpc_call call;
        struct str body;

        fixture_init(&f);
        f.echo = true;
        call = call_of(&f);
        encoder_run(encoder, hello, &encoded);
        body = buf_str(&encoded);
        call.message = pieces_of(&body);
        call.encoding = encodings[i];
        grpc_client_call(f.client, &call);
        run_until(&f, 1);
        ck_assert_msg(f.answer.code == GRPC_OK, "%s", f.message);
        ck_assert_str_eq(f.response, "hello");
        fixture_done(&f);
        buf_done(&encoded);
        encoder_free(encoder);
    }
}
END_TEST

START_TEST(answers_may_be_compressed_as_the_request_was)
{
    struct encoder *encoder = encoder_new(ENCODING_GZIP, ENCODE_LEVEL_USUAL);
    struct buf body = {0}, message = {0};
    struct bytes *decoded = NULL;

    encoder_run(encoder, STR("hello"), &message);
    grpc_prefix_write(&body, (uint32_t)message.len);
    body.at[0] = 1;
    buf_append_str(&body, buf_str(&message));
    ck_assert(str_is(response_read(buf_str(&body), ENCODING_GZIP, &decoded), "hello"));
    bytes_unref(decoded);
    decoded = NULL;
    ck_assert_uint_eq(response_read(buf_str(&body), ENCODING_IDENTITY, &decoded).len, 0);
    ck_assert_uint_eq(response_read(buf_str(&body), ENCODING_ZSTD, &decoded).len, 0);
    ck_assert_ptr_null(decoded);
    buf_done(&message);
    buf_done(&body);
    encoder_free(encoder);
}
END_TEST

START_TEST(many_calls_may_be_under_way)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    call = call_of(&f);
    for (int i = 0; i < 50; i++)
        grpc_client_call(f.client, &call);
    run_until(&f, 50);
    ck_assert_int_eq(f.answer.code, GRPC_OK);
    fixture_done(&f);
}
END_TEST

static void on_answer_more(void *arg, const struct grpc_answer *answer)
{
    struct fixture *f = arg;
    struct grpc_call call = call_of(f);

    on_answer(arg, answer);
    ck_assert_msg(answer->code == GRPC_OK, "%s", answer->message);
    if (f->more == 0)
        return;
    f->more--;
    call.on_answer = on_answer_more;
    grpc_client_call(f->client, &call);
}

START_TEST(calls_that_come_and_go_use_what_is_kept)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    f.more = 300;
    call = call_of(&f);
    call.on_answer = on_answer_more;
    for (unsigned i = 1; i <= 7; i++)
        grpc_client_call(f.client, &call);
    run_until(&f, 307);
    ck_assert_uint_le(server_counts(f.server).connections, 7);
    fixture_done(&f);
}
END_TEST

START_TEST(a_server_that_starts_anew_is_found_again)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    call = call_of(&f);
    for (unsigned i = 1; i <= 5; i++) {
        grpc_client_call(f.client, &call);
        run_until(&f, i);
        ck_assert_msg(f.answer.code == GRPC_OK, "%s", f.message);
        server_free(f.server); /* its connections go, what it listens on stays */
        for (unsigned n = 0; n < i; n++)
            uv_run(&f.loop, UV_RUN_NOWAIT);
        start_server(&f);
    }
    fixture_done(&f);
}
END_TEST

START_TEST(errors_carry_code_message_and_delay)
{
    /* google.rpc.Status { code 14, message "busy", RetryInfo { 1.5 s } } */
    static const char details[] = "\x08\x0e\x12\x04"
                                  "busy\x1a\x36\x0a\x28"
                                  "type.googleapis.com/google.rpc.RetryInfo"
                                  "\x12\x0a\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01";
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    f.reply.code = GRPC_UNAVAILABLE;
    f.reply.message = "busy: 100 % \xc3\xa9";
    f.reply.details = (struct str){details, sizeof(details) - 1};
    call = call_of(&f);
    grpc_client_call(f.client, &call);
    run_until(&f, 1);
    ck_assert_int_eq(f.answer.code, GRPC_UNAVAILABLE);
    ck_assert_str_eq(f.message, "busy: 100 % \xc3\xa9");
    ck_assert(f.answer.retry_info);
    ck_assert_uint_eq(f.answer.retry_after_ms, 1500);
    fixture_done(&f);
}
END_TEST

START_TEST(unknown_methods_are_unimplemented)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    call = call_of(&f);
    call.path = "/test.Service/Other";
    grpc_client_call(f.client, &call);
    run_until(&f, 1);
    ck_assert_int_eq(f.answer.code, GRPC_UNIMPLEMENTED);
    ck_assert(!f.answer.retry_info);
    fixture_done(&f);
}
END_TEST

START_TEST(without_a_server_it_is_unavailable)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    call = call_of(&f);
    grpc_client_free(f.client);
    f.client = grpc_client_new(f.http, "http://127.0.0.1:1", NULL);
    grpc_client_call(f.client, &call);
    run_until(&f, 1);
    ck_assert_int_eq(f.answer.code, GRPC_UNAVAILABLE);
    ck_assert_str_eq(f.message,
                     "cannot connect to 127.0.0.1:1: connection refused; does it run there?");
    fixture_done(&f);
}
END_TEST

START_TEST(a_silent_server_exceeds_the_deadline)
{
    struct fixture f;
    struct grpc_call call;

    fixture_init(&f);
    f.silent = true;
    call = call_of(&f);
    call.timeout_ms = 50;
    grpc_client_call(f.client, &call);
    run_until(&f, 1);
    ck_assert_int_eq(f.answer.code, GRPC_DEADLINE_EXCEEDED);
    fixture_done(&f);
}
END_TEST

START_TEST(a_cancelled_call_calls_nobody)
{
    struct fixture f;
    struct grpc_call call;
    struct grpc_transfer *transfer;

    fixture_init(&f);
    f.silent = true;
    call = call_of(&f);
    grpc_transfer_cancel(grpc_client_call(f.client, &call));
    transfer = grpc_client_call(f.client, &call);
    while (!f.unanswered)
        uv_run(&f.loop, UV_RUN_ONCE);
    grpc_transfer_cancel(transfer);
    ck_assert_uint_eq(f.calls, 0);
    fixture_done(&f);
}
END_TEST

START_TEST(retry_info_is_read_out_of_details)
{
    static const struct {
        const char *details;
        bool found;
        uint64_t ms;
    } cases[] = {
        {"CA4SBGJ1c3kaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ", true,
         5000},
        {"CA4SBGJ1c3kaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ==", true,
         5000},
        {"", false, 0},
        {"CA4SBGJ1c3k", false, 0},                     /* no details */
        {"CA4SBGJ1c3kaMAoodHlwZS5nb29nbGV", false, 0}, /* cut */
        {"CA4SBGJ1c3ka,", false, 0},                   /* not base64 */
        {"////////////////", false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms = 0;

        ck_assert_int_eq(grpc_retry_info(str_of(cases[i].details), &ms), cases[i].found);
        ck_assert_uint_eq(ms, cases[i].ms);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("grpc_client");

    unsetenv("http_proxy");
    unsetenv("all_proxy");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_call_brings_its_message_and_the_answer);
    tcase_add_test(cases, a_call_may_be_left_unmeasured);
    tcase_add_test(cases, calls_are_measured_where_metrics_are_detailed);
    tcase_add_test(cases, messages_of_any_size_arrive);
    tcase_add_test(cases, messages_arrive_whole_through_a_socket_that_is_full);
    tcase_add_test(cases, a_call_that_is_given_up_while_it_is_sent_leaves_the_others_whole);
    tcase_add_test(cases, a_client_may_end_with_all_that_is_under_way);
    tcase_add_test(cases, a_client_may_end_in_an_answer);
    tcase_add_test(cases, a_compressed_message_says_so);
    tcase_add_test(cases, answers_may_be_compressed_as_the_request_was);
    tcase_add_test(cases, many_calls_may_be_under_way);
    tcase_add_test(cases, calls_that_come_and_go_use_what_is_kept);
    tcase_add_test(cases, a_server_that_starts_anew_is_found_again);
    tcase_add_test(cases, errors_carry_code_message_and_delay);
    tcase_add_test(cases, unknown_methods_are_unimplemented);
    tcase_add_test(cases, without_a_server_it_is_unavailable);
    tcase_add_test(cases, a_silent_server_exceeds_the_deadline);
    tcase_add_test(cases, a_cancelled_call_calls_nobody);
    tcase_add_test(cases, retry_info_is_read_out_of_details);
    return run_tests("grpc_client", cases);
}

/*
 * Tests of net/http2*.c: with nghttp2's client for what is right, with hand-made frames for what is
 * not.
 */
#include <nghttp2/nghttp2.h>
#include <stdio.h>

#include "base/budget.h"
#include "unit/check.h"
#include "unit/server_fixture.h"

/* ---- a client ---- */

enum { STREAMS_MAX = 512 };

struct stream { /* what came back on it */
    char status[8], grpc_status[8], message[256], details[256], type[64], accepted[64];
    char body[256];
    size_t body_len;
    bool closed;
    uint32_t error; /* of its end */
};

static struct client {
    nghttp2_session *h2;
    struct stream streams[STREAMS_MAX];
    bool goaway;
    uint32_t goaway_error;
    unsigned pings; /* that the server has sent */
    struct str body;
    size_t sent, piece; /* of body; bytes of one DATA frame */
    bool endless;       /* the body is never ended */
} client;

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *arg)
{
    struct stream *s = &client.streams[frame->hd.stream_id];
    const struct {
        const char *name;
        char *to;
        size_t size;
    } known[] = {
        {":status", s->status, sizeof(s->status)},
        {"grpc-status", s->grpc_status, sizeof(s->grpc_status)},
        {"grpc-message", s->message, sizeof(s->message)},
        {"grpc-status-details-bin", s->details, sizeof(s->details)},
        {"content-type", s->type, sizeof(s->type)},
        {"grpc-accept-encoding", s->accepted, sizeof(s->accepted)},
    };

    (void)h2, (void)flags, (void)arg;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (str_is((struct str){(const char *)name, name_len}, known[i].name))
            snprintf(known[i].to, known[i].size, "%.*s", (int)value_len, (const char *)value);
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *at, size_t len,
                   void *arg)
{
    struct stream *s = &client.streams[id];

    (void)h2, (void)flags, (void)arg;
    ck_assert_uint_le(len, sizeof(s->body) - s->body_len);
    memcpy(s->body + s->body_len, at, len);
    s->body_len += len;
    return 0;
}

static int on_close(nghttp2_session *h2, int32_t id, uint32_t error, void *arg)
{
    (void)h2, (void)arg;
    client.streams[id].closed = true;
    client.streams[id].error = error;
    return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    (void)h2, (void)arg;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        client.goaway = true;
        client.goaway_error = frame->goaway.error_code;
    }
    if (frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
        client.pings++;
    return 0;
}

static ssize_t on_body(nghttp2_session *h2, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                       nghttp2_data_source *source, void *arg)
{
    size_t len = client.body.len - client.sent;

    (void)h2, (void)id, (void)source, (void)arg;
    if (client.endless && len == 0)
        return NGHTTP2_ERR_DEFERRED;
    if (len > client.piece)
        len = client.piece;
    if (len > room)
        len = room;
    memcpy(to, client.body.at + client.sent, len);
    client.sent += len;
    if (client.sent == client.body.len && !client.endless)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)len;
}

/* What the server has to say, to the client. Returns whether it said something. */
static bool deliver(void)
{
    ssize_t used;

    if (fixture.out.len == 0)
        return false;
    used = nghttp2_session_mem_recv(client.h2, (const uint8_t *)fixture.out.at, fixture.out.len);
    ck_assert_int_eq(used, (ssize_t)fixture.out.len);
    buf_reset(&fixture.out);
    return true;
}

/* Lets both talk until they are quiet. */
static void talk(void)
{
    const uint8_t *at;
    ssize_t len;

    do {
        while ((len = nghttp2_session_mem_send(client.h2, &at)) > 0)
            fixture_feed((struct str){(const char *)at, (size_t)len});
    } while (deliver());
}

/* As fixture_wait, with a client that answers. */
static void wait_ms(uint64_t ms)
{
    for (; ms > 0; ms -= ms < 1000 ? ms : 1000) {
        fixture_wait(ms < 1000 ? ms : 1000);
        talk();
    }
}

static void begin_with(struct server_settings settings)
{
    nghttp2_session_callbacks *callbacks;

    fixture_begin_with(settings);
    client = (struct client){.piece = SIZE_MAX};
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_client_new(&client.h2, callbacks, NULL);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(client.h2, 0, NULL, 0);
    talk();
}

static void begin(void)
{
    begin_with(fixture_settings());
}

static void end(void)
{
    nghttp2_session_del(client.h2);
    fixture_end();
}

enum { EXTRA_MAX = 4 };

struct call {
    const char *method, *path, *type;
    const char *extra[EXTRA_MAX][2]; /* name, value */
};

static const struct call export_call = {"POST", "/test.Service/Call", "application/grpc", {{0}}};

static nghttp2_nv nv(const char *name, const char *value)
{
    union {
        const char *in;
        uint8_t *out;
    } n = {name}, v = {value};

    return (nghttp2_nv){n.out, v.out, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static int32_t submit(const struct call *call, struct str body)
{
    nghttp2_data_provider provider = {.read_callback = on_body};
    nghttp2_nv fields[6 + EXTRA_MAX];
    size_t count = 0;

    client.body = body;
    client.sent = 0;
    fields[count++] = nv(":method", call->method);
    fields[count++] = nv(":scheme", "http");
    fields[count++] = nv(":path", call->path);
    fields[count++] = nv(":authority", "h");
    if (call->type)
        fields[count++] = nv("content-type", call->type);
    for (size_t i = 0; i < EXTRA_MAX && call->extra[i][0]; i++)
        fields[count++] = nv(call->extra[i][0], call->extra[i][1]);
    return nghttp2_submit_request(client.h2, NULL, fields, count,
                                  body.at || client.endless ? &provider : NULL, NULL);
}

static struct stream *request(const struct call *call, struct str body)
{
    int32_t id = submit(call, body);

    talk();
    return &client.streams[id];
}

static void check_grpc(const struct stream *s, const char *status, const char *message)
{
    ck_assert_str_eq(s->status, "200");
    ck_assert_str_eq(s->type, "application/grpc");
    ck_assert_str_eq(s->grpc_status, status);
    ck_assert_str_eq(s->message, message);
}

/* The connection still serves. */
static void check_alive(void)
{
    unsigned handled = fixture.handled;

    client.endless = false;
    check_grpc(request(&export_call, STR("\0\0\0\0\2ab")), "0", "");
    ck_assert_uint_eq(fixture.handled, handled + 1);
}

/* ---- pages ---- */

START_TEST(a_target_has_8_kib_at_most)
{
    struct call call = {"GET", NULL, NULL, {{0}}};
    struct buf path = {0};

    begin();
    fixture.answer = (struct answer){.body = STR("x"), .type = "text/plain"};
    buf_printf(&path, "/tree/x?");
    while (path.len < TARGET_MAX)
        buf_append_char(&path, 'y');
    call.path = buf_text(&path);
    ck_assert_str_eq(request(&call, (struct str){0})->status, "200");
    ck_assert_uint_eq(fixture.target.len, TARGET_MAX);
    buf_append_char(&path, 'y');
    call.path = buf_text(&path);
    ck_assert_str_eq(request(&call, (struct str){0})->status, "414");
    end();
    buf_done(&path);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

/* ---- gRPC ---- */

START_TEST(a_call_is_answered)
{
    const struct stream *s;

    begin();
    fixture.answer.body = STR("yes");
    s = request(&export_call, STR("\0\0\0\0\3abc"));
    check_grpc(s, "0", "");
    ck_assert_str_eq(buf_text(&fixture.message), "abc");
    ck_assert_uint_eq(s->body_len, 8);
    ck_assert_int_eq(memcmp(s->body, "\0\0\0\0\3yes", 8), 0);
    ck_assert(s->closed);
    ck_assert_uint_eq(s->error, NGHTTP2_NO_ERROR);
    ck_assert(list_empty(&fixture.connection.requests));
    end();
}
END_TEST

START_TEST(header_fields_are_kept_where_the_settings_say_so)
{
    static const struct call call = {
        "POST", "/test.Service/Call", "application/grpc", {{"tenant", "a"}, {"host", "other"}}};
    static const struct call http = {"POST", "/v1/traces", "application/x-protobuf", {{0}}};
    struct server_settings settings = fixture_settings();

    settings.metadata_grpc = true;
    begin_with(settings);
    check_grpc(request(&call, STR("\0\0\0\0\2ab")), "0", "");
    ck_assert_str_eq(buf_text(&fixture.fields), ":authority: h\nhost: h\n"
                                                "content-type: application/grpc\ntenant: a\n");
    request(&http, STR("ab")); /* that is another protocol */
    ck_assert_uint_eq(fixture.handled, 2);
    ck_assert_str_eq(buf_text(&fixture.fields), "");
    end();
}
END_TEST

START_TEST(a_message_may_be_cut_anywhere)
{
    static const char message[] = "\0\0\0\0\x0b"
                                  "hello world";

    for (size_t piece = 1; piece < sizeof(message); piece++) {
        begin();
        client.piece = piece;
        check_grpc(request(&export_call, (struct str){message, sizeof(message) - 1}), "0", "");
        ck_assert_str_eq(buf_text(&fixture.message), "hello world");
        end();
    }
}
END_TEST

START_TEST(bytes_may_come_one_by_one)
{
    const uint8_t *at;
    ssize_t len;

    begin();
    submit(&export_call, STR("\0\0\0\0\3abc"));
    while ((len = nghttp2_session_mem_send(client.h2, &at)) > 0)
        for (ssize_t i = 0; i < len; i++)
            fixture_feed((struct str){(const char *)at + i, 1});
    deliver();
    check_grpc(&client.streams[1], "0", "");
    end();
}
END_TEST

START_TEST(bad_calls_are_told_what_is_wrong)
{
    static const struct {
        struct call call;
        struct str body;
        const char *http, *status, *message;
    } table[] = {
        {{"POST", "/other.Service/Call", "application/grpc", {{0}}},
         {"\0\0\0\0\0", 5},
         "200",
         "12",
         "nothing is served at this path"},
        {{"POST", "/metrics.Service/Export", "application/grpc", {{0}}},
         {"\0\0\0\0\0", 5},
         "200",
         "12",
         "no pipeline for metrics"},
        {{"POST", "/v1/traces", "application/grpc", {{0}}},
         {"\0\0\0\0\0", 5},
         "415",
         "3",
         "this path does not speak gRPC: call a gRPC method, or send application/x-protobuf"},
        {{"POST", "/test.Service/Call", "application/json", {{0}}},
         {"{}", 2},
         "415",
         "3",
         "this path speaks gRPC (content-type: application/grpc); without gRPC, POST to "
         "/v1/traces"},
        {{"POST", "/test.Service/Call", NULL, {{0}}},
         {"{}", 2},
         "415",
         "3",
         "this path speaks gRPC (content-type: application/grpc); without gRPC, POST to "
         "/v1/traces"},
        {{"GET", "/test.Service/Call", "application/grpc", {{0}}},
         {NULL, 0},
         "405",
         "12",
         "method not allowed, supported: [POST]"},
        {{"POST", "/test.Service/Call", "application/grpc", {{"grpc-timeout", "soon"}}},
         {"\0\0\0\0\0", 5},
         "400",
         "13",
         "malformed grpc-timeout"},
        {{"POST", "/test.Service/Call", "application/grpc", {{"grpc-encoding", "br"}}},
         {"\1\0\0\0\0", 5},
         "200",
         "12",
         "unknown encoding \"br\", supported: identity, gzip, zstd"},
        {{"POST", "/test.Service/Call", "application/grpc", {{"grpc-encoding", "gzip"}}},
         {"\1\0\0\0\1x", 6},
         "200",
         "13",
         "compressed data is damaged"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\1\0\0\0\1x", 6},
         "200",
         "13",
         "compressed message without a grpc-encoding"},
        {{"POST", "/test.Service/Call", "application/grpc", {{"grpc-encoding", "identity"}}},
         {"\1\0\0\0\1x", 6},
         "200",
         "13",
         "compressed message without a grpc-encoding"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\2\0\0\0\1x", 6},
         "200",
         "13",
         "malformed message: its flag is neither 0 nor 1"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\0\0\0\0\2x", 6},
         "200",
         "13",
         "the request ends inside its message"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\0\0\0", 3},
         "200",
         "13",
         "the request ends inside its message"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {NULL, 0},
         "200",
         "13",
         "the request has no message"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\0\0\0\0\0\0\0\0\0\0", 10},
         "200",
         "13",
         "the request has more than one message"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\0\0\0\3\xe9", 5},
         "200",
         "8",
         "received message larger than max (1001 vs. 1000)"},
        {{"POST", "/test.Service/Call", "application/grpc", {{0}}},
         {"\0\xff\xff\xff\xff", 5},
         "200",
         "8",
         "received message larger than max (4294967295 vs. 1000)"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        for (size_t piece = 1; piece < 20; piece += 18) {
            const struct stream *s;

            begin();
            client.piece = piece;
            s = request(&table[i].call, table[i].body);
            ck_assert_msg(strcmp(s->status, table[i].http) == 0, "%zu: %s", i, s->status);
            ck_assert_msg(strcmp(s->grpc_status, table[i].status) == 0, "%zu: %s", i,
                          s->grpc_status);
            ck_assert_str_eq(s->message, table[i].message);
            ck_assert_uint_eq(fixture.handled, 0);
            ck_assert_uint_eq(server_counts(fixture.server).refused, 1);
            check_alive();
            end();
        }
    }
}
END_TEST

START_TEST(a_message_of_just_the_limit_is_taken)
{
    char message[5 + FIXTURE_MAX] = {0, 0, 0, 3, (char)0xe8};

    begin();
    check_grpc(request(&export_call, (struct str){message, sizeof(message)}), "0", "");
    end();
}
END_TEST

START_TEST(known_encodings_are_told_with_an_unknown_one)
{
    static const struct call call = {
        "POST", "/test.Service/Call", "application/grpc", {{"grpc-encoding", "br"}}};

    begin();
    ck_assert_ptr_nonnull(strstr(request(&call, STR("\1\0\0\0\0"))->accepted, "gzip"));
    end();
}
END_TEST

START_TEST(errors_of_a_handler_are_trailers_only)
{
    const struct stream *s;

    begin();
    fixture.answer = (struct answer){
        .code = GRPC_UNAVAILABLE, .message = "100% busy\n", .details = STR("\x08\x0e")};
    s = request(&export_call, STR("\0\0\0\0\0"));
    check_grpc(s, "14", "100%25 busy%0A");
    ck_assert_str_eq(s->details, "CA4");
    ck_assert_uint_eq(s->body_len, 0);
    end();
}
END_TEST

START_TEST(without_memory_a_call_is_refused_for_now)
{
    const struct stream *s;
    size_t all = budget_default();

    begin();
    budget_set_limit(all);
    budget_add(all);
    s = request(&export_call, STR("\0\0\0\0\5hello"));
    budget_release(all);
    ck_assert_str_eq(s->grpc_status, "14");
    ck_assert_int_eq(strncmp(s->details, "CA4S", 4), 0); /* a Status, with RetryInfo */
    check_alive();
    end();
}
END_TEST

START_TEST(a_deadline_passes_before_the_message_is_complete)
{
    static const struct call call = {
        "POST", "/test.Service/Call", "application/grpc", {{"grpc-timeout", "5S"}}};
    const struct stream *s;

    begin();
    client.endless = true;
    s = request(&call, STR("\0\0\0\0\5he"));
    wait_ms(4999);
    ck_assert_str_eq(s->status, "");
    wait_ms(1);
    check_grpc(s, "4", "the time of grpc-timeout has passed");
    check_alive();
    end();
}
END_TEST

START_TEST(a_deadline_passes_before_the_answer)
{
    static const struct call call = {
        "POST", "/test.Service/Call", "application/grpc", {{"grpc-timeout", "100m"}}};
    const struct stream *s;

    begin();
    fixture.late = true;
    s = request(&call, STR("\0\0\0\0\0"));
    wait_ms(100);
    check_grpc(s, "4", "the time of grpc-timeout has passed");
    request_answer(fixture.held, &fixture.answer); /* too late, and harmless */
    fixture.late = false;
    check_alive();
    end();
}
END_TEST

START_TEST(a_late_answer_is_sent)
{
    const struct stream *s;

    begin();
    fixture.late = true;
    s = request(&export_call, STR("\0\0\0\0\0"));
    ck_assert_str_eq(s->status, "");
    request_answer(fixture.held, &fixture.answer);
    talk();
    check_grpc(s, "0", "");
    end();
}
END_TEST

START_TEST(a_client_that_resets_may_be_answered)
{
    begin();
    fixture.late = true;
    request(&export_call, STR("\0\0\0\0\0"));
    nghttp2_submit_rst_stream(client.h2, 0, 1, NGHTTP2_CANCEL);
    talk();
    request_answer(fixture.held, &fixture.answer);
    fixture.late = false;
    check_alive();
    end();
}
END_TEST

START_TEST(a_client_that_has_gone_may_be_answered)
{
    begin();
    fixture.late = true;
    request(&export_call, STR("\0\0\0\0\0"));
    end();
    request_answer(fixture.held, &fixture.answer);
}
END_TEST

/* A call whose answer is a stream. */
static const struct stream *begin_stream(const struct call *call)
{
    const struct stream *s;

    begin();
    fixture.late = true;
    s = request(call, STR("\0\0\0\0\0"));
    ck_assert(request_send(fixture.held, STR("one")));
    talk();
    return s;
}

static void check_body(const struct stream *s, struct str body)
{
    ck_assert_uint_eq(s->body_len, body.len);
    ck_assert_mem_eq(s->body, body.at, body.len);
}

START_TEST(an_answer_may_be_a_stream_of_messages)
{
    const struct stream *s = begin_stream(&export_call);

    ck_assert_str_eq(s->status, "200");
    ck_assert_str_eq(s->type, "application/grpc");
    check_body(s, STR("\0\0\0\0\3one"));
    wait_ms(120000); /* it may take its time */
    ck_assert(request_send(fixture.held, STR("two")));
    ck_assert(request_send(fixture.held, STR("")));
    talk();
    check_body(s, STR("\0\0\0\0\3one\0\0\0\0\3two\0\0\0\0\0"));
    ck_assert_str_eq(s->grpc_status, "");
    ck_assert(!s->closed);
    ck_assert(request_send(fixture.held, STR("end")));
    request_answer(fixture.held, &(struct answer){.code = GRPC_UNAVAILABLE, .body = STR("none")});
    talk();
    check_body(s, STR("\0\0\0\0\3one\0\0\0\0\3two\0\0\0\0\0\0\0\0\0\3end"));
    ck_assert_str_eq(s->grpc_status, "14");
    ck_assert(s->closed);
    fixture.late = false;
    check_alive();
    end();
}
END_TEST

START_TEST(a_deadline_ends_a_stream_of_messages)
{
    static const struct call call = {
        "POST", "/test.Service/Call", "application/grpc", {{"grpc-timeout", "100m"}}};
    const struct stream *s = begin_stream(&call);

    wait_ms(100);
    ck_assert_str_eq(s->grpc_status, "4");
    ck_assert(s->closed);
    ck_assert(!request_send(fixture.held, STR("two")));
    request_answer(fixture.held, &fixture.answer);
    end();
}
END_TEST

START_TEST(a_client_may_leave_a_stream_of_messages)
{
    begin_stream(&export_call);
    nghttp2_submit_rst_stream(client.h2, 0, 1, NGHTTP2_CANCEL);
    talk();
    ck_assert(!request_send(fixture.held, STR("two")));
    request_answer(fixture.held, &fixture.answer);
    fixture.late = false;
    check_alive();
    end();
    begin_stream(&export_call);
    end();
    ck_assert(!request_send(fixture.held, STR("two")));
    request_answer(fixture.held, &fixture.answer);
}
END_TEST

START_TEST(http_requests_are_answered_over_http2_too)
{
    static const struct call good = {"POST", "/v1/traces", "application/x-protobuf", {{0}}};
    static const struct call json = {"POST", "/v1/traces", "application/json", {{0}}};
    static const struct call none = {"POST", "/nope?a", "application/json", {{0}}};
    const struct stream *s;

    begin();
    fixture.answer.body = STR("body");
    s = request(&good, STR("abc"));
    ck_assert_str_eq(s->status, "200");
    ck_assert_str_eq(s->type, "application/x-protobuf");
    ck_assert_str_eq(s->grpc_status, "");
    ck_assert_int_eq(memcmp(s->body, "body", 4), 0);
    ck_assert_str_eq(buf_text(&fixture.message), "abc");
    s = request(&json, STR("abc"));
    ck_assert_str_eq(s->status, "415");
    s = request(&none, STR("abc"));
    ck_assert_str_eq(s->status, "404");
    ck_assert(s->closed);
    end();
}
END_TEST

START_TEST(a_big_message_never_waits_for_window)
{
    struct server_settings settings = fixture_settings();
    const uint32_t len = 4 << 20;
    char *message = calloc(1, len + 5);
    const struct stream *s;

    settings.max_message_grpc = len;
    begin_with(settings);
    message[1] = (char)(len >> 24);
    message[2] = (char)(len >> 16);
    submit(&export_call, (struct str){message, len + 5});
    for (int i = 0; i < 10; i++)
        talk();
    s = &client.streams[1];
    check_grpc(s, "0", "");
    ck_assert_uint_eq(fixture.message.len, len);
    end();
    free(message);
}
END_TEST

START_TEST(the_window_grows_to_the_announced_length)
{
    struct server_settings settings = fixture_settings();

    settings.max_message_grpc = 4 << 20;
    begin_with(settings);
    client.endless = true;
    submit(&export_call, STR("\0\0\x40\0\0")); /* 4 MiB */
    talk();
    ck_assert_int_ge(nghttp2_session_get_stream_remote_window_size(client.h2, 1),
                     4 << 20); /* behind the prefix */
    end();
}
END_TEST

START_TEST(a_request_that_goes_on_behind_its_answer_is_stopped)
{
    static const char zeros[100 << 10];
    const struct stream *s;

    begin();
    client.endless = true;
    s = request(&(struct call){"POST", "/other.Service/Call", "application/grpc", {{0}}},
                (struct str){zeros, sizeof(zeros)});
    ck_assert_str_eq(s->grpc_status, "12");
    ck_assert(s->closed);
    ck_assert_uint_eq(s->error, NGHTTP2_NO_ERROR);
    check_alive();
    end();
}
END_TEST

/* ---- time ---- */

START_TEST(a_body_must_not_pause_for_long)
{
    const struct stream *s;

    begin();
    client.endless = true;
    s = request(&export_call, STR("\0\0\0\0\5he"));
    wait_ms(29999);
    ck_assert_str_eq(s->status, "");
    wait_ms(1);
    check_grpc(s, "4", "nothing of the request's body came for 30 seconds");
    check_alive();
    end();
}
END_TEST

START_TEST(a_silent_peer_is_pinged_and_kept)
{
    begin();
    wait_ms(119999);
    ck_assert_uint_eq(client.pings, 0);
    wait_ms(1001);
    ck_assert_uint_eq(client.pings, 1);
    wait_ms(200000);
    ck_assert(fixture_is_open());
    check_alive();
    end();
}
END_TEST

START_TEST(a_dead_peer_is_dropped)
{
    begin();
    fixture_wait(120000 + 19999);
    ck_assert(fixture_is_open());
    fixture_wait(251);
    ck_assert(!fixture_is_open());
    end();
}
END_TEST

START_TEST(an_idle_connection_is_told_to_go)
{
    begin();
    wait_ms(599999);
    ck_assert(!client.goaway);
    wait_ms(3000);
    ck_assert(client.goaway);
    ck_assert_uint_eq(client.goaway_error, NGHTTP2_NO_ERROR);
    ck_assert(!fixture_is_open());
    end();
}
END_TEST

START_TEST(an_old_connection_is_told_to_go_and_answers_first)
{
    struct server_settings settings = fixture_settings();
    const struct stream *s;

    settings.max_connection_age_ms = 5000;
    settings.max_connection_age_grace_ms = 10000;
    begin_with(settings);
    fixture.late = true;
    s = request(&export_call, STR("\0\0\0\0\0"));
    wait_ms(7000);
    ck_assert(client.goaway);
    ck_assert(fixture_is_open());
    request_answer(fixture.held, &fixture.answer);
    talk();
    check_grpc(s, "0", "");
    ck_assert(!fixture_is_open());
    end();
}
END_TEST

START_TEST(an_old_connection_ends_after_its_grace)
{
    struct server_settings settings = fixture_settings();

    settings.max_connection_age_ms = 5000;
    settings.max_connection_age_grace_ms = 10000;
    begin_with(settings);
    fixture.late = true;
    request(&export_call, STR("\0\0\0\0\0"));
    wait_ms(14999);
    ck_assert(fixture_is_open());
    wait_ms(1);
    ck_assert(!fixture_is_open());
    end();
    request_answer(fixture.held, &fixture.answer);
}
END_TEST

START_TEST(draining_answers_what_is_under_way)
{
    const struct stream *s;

    begin();
    fixture.late = true;
    s = request(&export_call, STR("\0\0\0\0\0"));
    connection_drain(&fixture.connection, fixture.connection.now_ms);
    fixture_take_output();
    talk();
    ck_assert(client.goaway);
    ck_assert(fixture_is_open());
    wait_ms(1250);
    request_answer(fixture.held, &fixture.answer);
    talk();
    check_grpc(s, "0", "");
    ck_assert(!fixture_is_open());
    end();
}
END_TEST

START_TEST(draining_ends_an_idle_connection)
{
    begin();
    connection_drain(&fixture.connection, fixture.connection.now_ms);
    fixture_take_output();
    talk();
    ck_assert(client.goaway);
    ck_assert(!fixture_is_open());
    end();
}
END_TEST

START_TEST(an_answer_that_waits_for_window_is_given_up)
{
    static const nghttp2_settings_entry no_window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
    const struct stream *s;

    begin();
    nghttp2_submit_settings(client.h2, 0, &no_window, 1);
    talk();
    s = request(&export_call, STR("\0\0\0\0\0"));
    wait_ms(29999);
    ck_assert(!s->closed);
    wait_ms(1);
    ck_assert(s->closed);
    ck_assert_uint_eq(s->error, NGHTTP2_CANCEL);
    end();
}
END_TEST

START_TEST(an_answer_that_waits_for_window_is_in_the_memory_budget)
{
    static const nghttp2_settings_entry no_window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
    static const struct call good = {"POST", "/v1/traces", "application/x-protobuf", {{0}}};
    static char large[100000];
    size_t before;

    begin();
    nghttp2_submit_settings(client.h2, 0, &no_window, 1);
    talk();
    before = budget_used();
    fixture.answer.body = (struct str){large, sizeof(large)};
    for (unsigned i = 0; i < 3; i++)
        request(&good, STR("abc"));
    ck_assert_uint_ge(budget_used(), before + 3 * sizeof(large));
    wait_ms(30000);
    ck_assert_uint_le(budget_used(), before);
    end();
}
END_TEST

START_TEST(how_long_an_answer_may_wait_can_be_set)
{
    static const nghttp2_settings_entry no_window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
    struct server_settings settings = fixture_settings();
    const struct stream *s;

    settings.write_timeout_ms = 2000;
    begin_with(settings);
    nghttp2_submit_settings(client.h2, 0, &no_window, 1);
    talk();
    s = request(&export_call, STR("\0\0\0\0\0"));
    wait_ms(1999);
    ck_assert(!s->closed);
    wait_ms(1);
    ck_assert(s->closed);
    ck_assert_uint_eq(s->error, NGHTTP2_CANCEL);
    end();
}
END_TEST

/* ---- floods, by hand ---- */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

static void add_frame(struct buf *out, unsigned type, unsigned flags, uint32_t id,
                      struct str payload)
{
    const char head[9] = {(char)(payload.len >> 16),
                          (char)(payload.len >> 8),
                          (char)payload.len,
                          (char)type,
                          (char)flags,
                          (char)(id >> 24),
                          (char)(id >> 16),
                          (char)(id >> 8),
                          (char)id};

    buf_append(out, head, sizeof(head));
    buf_append_str(out, payload);
}

/* A field without Huffman code and without index. RFC 7541 6.2.2 */
static void add_field(struct buf *out, const char *name, struct str value)
{
    buf_append_char(out, 0);
    buf_append_char(out, (char)strlen(name));
    buf_append_str(out, str_of(name));
    if (value.len < 127) {
        buf_append_char(out, (char)value.len);
    } else {
        size_t rest = value.len - 127;

        buf_append_char(out, 127);
        for (; rest >= 128; rest >>= 7)
            buf_append_char(out, (char)(rest | 128));
        buf_append_char(out, (char)rest);
    }
    buf_append_str(out, value);
}

static void add_call_fields(struct buf *block)
{
    add_field(block, ":method", STR("POST"));
    add_field(block, ":scheme", STR("http"));
    add_field(block, ":authority", STR("h"));
    add_field(block, ":path", STR("/test.Service/Call"));
    add_field(block, "content-type", STR("application/grpc"));
}

/* A connection that has said hello; frames are added to out. */
static void begin_raw(struct buf *out)
{
    *out = (struct buf){0};
    fixture_begin();
    fixture_feed((struct str){preface, sizeof(preface) - 1});
    buf_reset(&fixture.out);
}

static void end_raw(struct buf *out)
{
    buf_done(out);
    fixture_end();
}

/* Finds the first frame of a type in what the server sent: its payload. */
static bool find_frame(unsigned type, uint32_t id, struct str *payload)
{
    const unsigned char *at = (const unsigned char *)fixture.out.at;
    const unsigned char *stop = at + fixture.out.len;

    while (stop - at >= 9) {
        size_t len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
        uint32_t stream =
            (uint32_t)at[5] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 8 | at[8];

        if (at[3] == type && stream == id) {
            *payload = (struct str){(const char *)at + 9, len};
            return true;
        }
        at += 9 + len;
    }
    return false;
}

/* The error of a GOAWAY; -1 where none was sent. */
static int goaway_error(void)
{
    struct str payload;

    return find_frame(NGHTTP2_GOAWAY, 0, &payload) ? payload.at[7] : -1;
}

static void check_calmed(bool calmed)
{
    ck_assert_int_eq(goaway_error(), calmed ? NGHTTP2_ENHANCE_YOUR_CALM : -1);
    ck_assert_int_eq(fixture_is_open(), !calmed);
}

/* Sends count copies of a frame, in pieces as large as a read. */
static void feed_copies(unsigned type, unsigned flags, uint32_t id, struct str payload,
                        unsigned count)
{
    struct buf out = {0};

    for (unsigned i = 0; i < count && fixture_is_open(); i++) {
        add_frame(&out, type, flags, id, payload);
        if (out.len > 60000 || i + 1 == count) {
            fixture_feed(buf_str(&out));
            buf_reset(&out);
        }
    }
    buf_done(&out);
}

START_TEST(pings_have_a_bucket)
{
    struct buf out;

    begin_raw(&out);
    feed_copies(NGHTTP2_PING, 0, 0, STR("12345678"), 100);
    check_calmed(false);
    fixture_wait(1000);
    feed_copies(NGHTTP2_PING, 0, 0, STR("12345678"), 5);
    check_calmed(false);
    feed_copies(NGHTTP2_PING, 0, 0, STR("12345678"), 1);
    check_calmed(true);
    end_raw(&out);
}
END_TEST

START_TEST(pings_can_be_wanted_less_often)
{
    static const struct {
        bool need_stream;
        uint64_t distance_ms, wait_ms; /* set, and between two */
        bool calmed;
    } table[] = {
        {false, 5000, 5000, false}, {false, 5000, 4999, true},    {false, 0, 1, false},
        {true, 0, 7199999, true},   {true, 5000, 7200000, false}, {true, 0, 7200000, false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct server_settings settings = fixture_settings();
        struct str payload;

        settings.client_pings_need_stream = table[i].need_stream;
        settings.client_ping_ms = table[i].distance_ms;
        fixture_begin_with(settings);
        fixture_feed((struct str){preface, sizeof(preface) - 1});
        for (int ping = 0; ping < 4; ping++) { /* the first counts from nothing, two are forgiven */
            ck_assert_int_eq(goaway_error(), -1);
            feed_copies(NGHTTP2_PING, 0, 0, STR("12345678"), 1);
            fixture.now_ms += table[i].wait_ms;
        }
        check_calmed(table[i].calmed);
        if (table[i].calmed) {
            ck_assert(find_frame(NGHTTP2_GOAWAY, 0, &payload));
            ck_assert(str_is((struct str){payload.at + 8, payload.len - 8}, "too_many_pings"));
        }
        fixture_end();
    }
}
END_TEST

/* Opens streams and resets them at once. */
static void reset_streams(struct buf *out, uint32_t first, unsigned count)
{
    struct buf block = {0};

    add_call_fields(&block);
    for (uint32_t i = 0; i < count; i++) {
        add_frame(out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, first + 2 * i, buf_str(&block));
        add_frame(out, NGHTTP2_RST_STREAM, 0, first + 2 * i, STR("\0\0\0\x08"));
    }
    fixture_feed(buf_str(out));
    buf_reset(out);
    buf_done(&block);
}

START_TEST(without_memory_a_connection_has_few_streams)
{
    size_t all = budget_default(), before = budget_used();
    struct buf out, block = {0};
    struct str payload;

    budget_set_limit(all);
    begin_raw(&out);
    add_call_fields(&block);
    for (uint32_t id = 1; id < 40; id += 2) {
        if (id == 19)
            budget_add(all);
        add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, buf_str(&block));
        fixture_feed(buf_str(&out));
        buf_reset(&out);
        ck_assert_int_eq(find_frame(NGHTTP2_RST_STREAM, id, &payload), id >= 19);
        if (id >= 19)
            ck_assert_int_eq(payload.at[3], NGHTTP2_REFUSED_STREAM);
    }
    ck_assert_int_eq(goaway_error(), -1);
    budget_release(all);
    ck_assert_uint_gt(budget_used(), before); /* the ninth is counted by itself */
    add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 41,
              buf_str(&block));
    fixture_feed(buf_str(&out));
    ck_assert(find_frame(NGHTTP2_HEADERS, 41, &payload)); /* an answer */
    buf_done(&block);
    end_raw(&out);
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

START_TEST(without_memory_the_first_streams_of_a_connection_are_served)
{
    size_t all = budget_default();
    struct buf out, block = {0};
    struct str payload;

    budget_set_limit(all);
    begin_raw(&out);
    add_call_fields(&block);
    budget_add(all + 1);
    add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
              buf_str(&block));
    fixture_feed(buf_str(&out));
    ck_assert(!find_frame(NGHTTP2_RST_STREAM, 1, &payload));
    ck_assert(find_frame(NGHTTP2_HEADERS, 1, &payload)); /* an answer */
    budget_release(all + 1);
    buf_done(&block);
    end_raw(&out);
}
END_TEST

START_TEST(what_follows_a_refused_stream_in_the_same_read_means_no_harm)
{
    size_t all = budget_default();
    struct buf out, block = {0};
    struct str payload;

    budget_set_limit(all);
    begin_raw(&out);
    add_call_fields(&block);
    for (uint32_t id = 1; id < 17; id += 2)
        add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, buf_str(&block));
    fixture_feed(buf_str(&out));
    buf_reset(&out);
    budget_add(all);
    add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 17, buf_str(&block));
    for (int i = 0; i < 3; i++)
        add_frame(&out, NGHTTP2_DATA, 0, 17, str_of("a part of a message"));
    fixture_feed(buf_str(&out));
    ck_assert(find_frame(NGHTTP2_RST_STREAM, 17, &payload));
    ck_assert_int_eq(goaway_error(), -1);
    budget_release(all);
    buf_done(&block);
    end_raw(&out);
}
END_TEST

START_TEST(resets_have_a_bucket)
{
    struct buf out;

    begin_raw(&out);
    reset_streams(&out, 1, 200);
    check_calmed(false);
    reset_streams(&out, 401, 1);
    check_calmed(true);
    end_raw(&out);
}
END_TEST

START_TEST(resets_that_the_peer_brings_about_count_too)
{
    struct buf out, block = {0};

    begin_raw(&out);
    add_call_fields(&block);
    for (uint32_t i = 0; i < 300 && fixture_is_open(); i++) {
        add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1 + 2 * i, buf_str(&block));
        add_frame(&out, NGHTTP2_WINDOW_UPDATE, 0, 1 + 2 * i, STR("\x7f\xff\xff\xff"));
        fixture_feed(buf_str(&out));
        buf_reset(&out);
    }
    check_calmed(true);
    buf_done(&block);
    end_raw(&out);
}
END_TEST

START_TEST(frames_without_use_have_a_limit)
{
    static const struct {
        unsigned type;
        struct str payload;
    } table[] = {
        {NGHTTP2_PRIORITY, {"\0\0\0\0\1", 5}},
        {NGHTTP2_WINDOW_UPDATE, {"\0\0\0\1", 4}},
        {0xf0, {"", 0}}, /* unknown */
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        uint32_t id = table[i].type == NGHTTP2_PRIORITY ? 3 : 0;
        struct buf out;

        begin_raw(&out); /* its SETTINGS were one of them */
        feed_copies(table[i].type, 0, id, table[i].payload, 9999);
        check_calmed(false);
        feed_copies(table[i].type, 0, id, table[i].payload, 1);
        check_calmed(true);
        end_raw(&out);
    }
}
END_TEST

START_TEST(empty_data_has_a_limit)
{
    struct buf out, block = {0};

    begin_raw(&out);
    add_call_fields(&block);
    add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, buf_str(&block));
    fixture_feed(buf_str(&out));
    feed_copies(NGHTTP2_DATA, 0, 1, STR(""), 10001);
    check_calmed(true);
    buf_done(&block);
    end_raw(&out);
}
END_TEST

START_TEST(settings_have_limits)
{
    static const char entries[33 * 6]; /* id 0: unknown, ignored */
    struct buf out;

    begin_raw(&out);
    feed_copies(NGHTTP2_SETTINGS, 0, 0, (struct str){entries, 32 * 6}, 1);
    ck_assert(fixture_is_open());
    feed_copies(NGHTTP2_SETTINGS, 0, 0, (struct str){entries, 33 * 6}, 1);
    ck_assert(!fixture_is_open());
    end_raw(&out);
    begin_raw(&out);
    feed_copies(NGHTTP2_SETTINGS, 0, 0, STR(""), 102); /* all in one read: nothing is sent */
    ck_assert(!fixture_is_open());
    end_raw(&out);
}
END_TEST

START_TEST(continuations_have_a_limit)
{
    for (unsigned count = 8; count <= 9; count++) {
        struct buf out, block = {0};

        begin_raw(&out);
        add_call_fields(&block);
        add_frame(&out, NGHTTP2_HEADERS, 0, 1, buf_str(&block));
        for (unsigned i = 1; i <= count; i++)
            add_frame(&out, NGHTTP2_CONTINUATION, i == count ? NGHTTP2_FLAG_END_HEADERS : 0, 1,
                      STR(""));
        fixture_feed(buf_str(&out));
        ck_assert_int_eq(fixture_is_open(), count == 8);
        buf_done(&block);
        end_raw(&out);
    }
}
END_TEST

/* A call with so many fields of so many bytes each besides its own four. */
static void feed_call(struct buf *out, unsigned fields, size_t size)
{
    struct buf block = {0}, value = {0};
    size_t at = 0;
    unsigned type = NGHTTP2_HEADERS;

    buf_printf(&value, "%0*d", (int)size, 0);
    add_call_fields(&block);
    for (unsigned i = 0; i < fields; i++)
        add_field(&block, "x", buf_str(&value));
    while (at < block.len) {
        size_t len = block.len - at < 16384 ? block.len - at : 16384;

        add_frame(out, type, at + len == block.len ? NGHTTP2_FLAG_END_HEADERS : 0, 1,
                  (struct str){block.at + at, len});
        type = NGHTTP2_CONTINUATION;
        at += len;
    }
    add_frame(out, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, STR("\0\0\0\0\0"));
    fixture_feed(buf_str(out));
    buf_done(&block);
    buf_done(&value);
}

START_TEST(header_fields_have_limits)
{
    static const struct {
        unsigned fields;
        size_t size;
        unsigned handled;
        bool open;
    } table[] = {
        {127, 1, 1, true},   {128, 1, 0, true},   {1, 16383, 1, true},  {1, 16384, 0, true},
        {2, 16000, 1, true}, {3, 15000, 0, true}, {5, 15000, 0, false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf out;

        begin_raw(&out);
        feed_call(&out, table[i].fields, table[i].size);
        ck_assert_msg(fixture.handled == table[i].handled, "%zu", i);
        ck_assert_msg(fixture_is_open() == table[i].open, "%zu", i);
        if (!table[i].open)
            ck_assert_int_eq(goaway_error(), NGHTTP2_ENHANCE_YOUR_CALM);
        end_raw(&out);
    }
}
END_TEST

START_TEST(the_limit_of_header_fields_can_be_set)
{
    static const struct {
        size_t size;
        unsigned handled;
        bool open;
    } table[] = {{1999, 1, true}, {2000, 1, true}, {2001, 0, true}, {4200, 0, false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct server_settings settings = fixture_settings();
        struct buf out = {0};

        settings.max_header_list = 2 * (2000 + 1 + 32) + /* two fields x */
                                   strlen("content-typeapplication/grpc") + 32 +
                                   strlen(":methodPOST:schemehttp:authorityh:path"
                                          "/test.Service/Call");
        fixture_begin_with(settings);
        fixture_feed((struct str){preface, sizeof(preface) - 1});
        buf_reset(&fixture.out);
        feed_call(&out, 2, table[i].size);
        ck_assert_msg(fixture.handled == table[i].handled, "%zu", i);
        ck_assert_msg(fixture_is_open() == table[i].open, "%zu", i);
        buf_done(&out);
        fixture_end();
    }
}
END_TEST

START_TEST(one_write_takes_so_much)
{
    struct server_settings settings = fixture_settings();
    struct buf out = {0};
    unsigned pieces = 0;

    settings.write_buffer = 60;
    fixture_begin_with(settings);
    fixture_feed((struct str){preface, sizeof(preface) - 1});
    feed_call(&out, 0, 0);
    fixture_take_output();
    feed_copies(NGHTTP2_PING, 0, 0, STR("12345678"), 50);
    for (size_t before = 0; before != fixture.out.len; pieces++) {
        before = fixture.out.len;
        fixture_take_output();
        ck_assert_uint_lt(fixture.out.len - before, 60 + 17); /* the last frame goes whole */
    }
    ck_assert_uint_ge(pieces, 50 * 17 / 77);
    ck_assert(fixture_is_open());
    buf_done(&out);
    fixture_end();
}
END_TEST

START_TEST(a_refused_stream_is_open_until_the_client_ends_it)
{
    static const struct {
        unsigned type, flags;
        struct str payload;
        int reset, goaway; /* errors; -1: none */
    } table[] = {
        {NGHTTP2_DATA, 0, STR_INIT("dropped"), -1, -1},
        {NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, STR_INIT("dropped"), -1, -1},
        {NGHTTP2_WINDOW_UPDATE, 0, STR_INIT("\x7f\xff\xff\xff"), NGHTTP2_FLOW_CONTROL_ERROR, -1},
        {NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, STR_INIT("\x09"), -1, NGHTTP2_PROTOCOL_ERROR},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf out, block = {0};
        struct str reset;

        begin_raw(&out);
        add_field(&block, ":method", STR("POST"));
        add_field(&block, ":scheme", STR("http"));
        add_field(&block, ":authority", STR("h"));
        add_field(&block, ":path", STR("/v1/traces"));
        add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, buf_str(&block));
        fixture_feed(buf_str(&out));
        ck_assert(find_frame(NGHTTP2_DATA, 1, &reset)); /* the refusal */
        buf_reset(&fixture.out);
        buf_reset(&out);
        add_frame(&out, table[i].type, table[i].flags, 1, table[i].payload);
        fixture_feed(buf_str(&out));
        ck_assert_msg(goaway_error() == table[i].goaway, "%zu: %d", i, goaway_error());
        ck_assert_msg(find_frame(NGHTTP2_RST_STREAM, 1, &reset) == (table[i].reset >= 0), "%zu", i);
        if (table[i].reset >= 0)
            ck_assert_int_eq(reset.at[3], table[i].reset);
        ck_assert_uint_eq(fixture.handled, 0);
        buf_done(&block);
        end_raw(&out);
    }
}
END_TEST

START_TEST(an_unfinished_header_block_is_given_up)
{
    struct buf out, block = {0};

    begin_raw(&out);
    add_call_fields(&block);
    add_frame(&out, NGHTTP2_HEADERS, 0, 1, buf_str(&block));
    fixture_feed(buf_str(&out));
    fixture_wait(29999);
    check_calmed(false);
    fixture_wait(1);
    check_calmed(true);
    buf_done(&block);
    end_raw(&out);
}
END_TEST

START_TEST(a_peer_without_settings_is_given_up)
{
    fixture_begin();
    fixture_feed((struct str){preface, 24});
    fixture_wait(9999);
    ck_assert(fixture_is_open());
    fixture_wait(1);
    ck_assert(!fixture_is_open());
    ck_assert_int_eq(goaway_error(), NGHTTP2_SETTINGS_TIMEOUT);
    fixture_end();
}
END_TEST

START_TEST(streams_beyond_the_limit_are_refused)
{
    struct buf out, block = {0};
    struct str payload;

    begin_raw(&out);
    add_call_fields(&block);
    for (uint32_t i = 0; i <= FIXTURE_STREAMS; i++)
        add_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1 + 2 * i, buf_str(&block));
    fixture_feed(buf_str(&out));
    ck_assert(!find_frame(NGHTTP2_RST_STREAM, 2 * FIXTURE_STREAMS - 1, &payload));
    ck_assert(find_frame(NGHTTP2_RST_STREAM, 2 * FIXTURE_STREAMS + 1, &payload));
    ck_assert_int_eq(payload.at[3], NGHTTP2_REFUSED_STREAM);
    ck_assert(fixture_is_open());
    buf_done(&block);
    end_raw(&out);
}
END_TEST

START_TEST(a_wrong_preface_ends_the_connection)
{
    fixture_begin();
    fixture_feed(STR("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"));
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http2");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_target_has_8_kib_at_most);
    tcase_add_test(cases, a_call_is_answered);
    tcase_add_test(cases, header_fields_are_kept_where_the_settings_say_so);
    tcase_add_test(cases, a_message_may_be_cut_anywhere);
    tcase_add_test(cases, bytes_may_come_one_by_one);
    tcase_add_test(cases, bad_calls_are_told_what_is_wrong);
    tcase_add_test(cases, a_message_of_just_the_limit_is_taken);
    tcase_add_test(cases, known_encodings_are_told_with_an_unknown_one);
    tcase_add_test(cases, errors_of_a_handler_are_trailers_only);
    tcase_add_test(cases, without_memory_a_call_is_refused_for_now);
    tcase_add_test(cases, a_deadline_passes_before_the_message_is_complete);
    tcase_add_test(cases, a_deadline_passes_before_the_answer);
    tcase_add_test(cases, a_late_answer_is_sent);
    tcase_add_test(cases, a_client_that_resets_may_be_answered);
    tcase_add_test(cases, a_client_that_has_gone_may_be_answered);
    tcase_add_test(cases, an_answer_may_be_a_stream_of_messages);
    tcase_add_test(cases, a_deadline_ends_a_stream_of_messages);
    tcase_add_test(cases, a_client_may_leave_a_stream_of_messages);
    tcase_add_test(cases, http_requests_are_answered_over_http2_too);
    tcase_add_test(cases, a_big_message_never_waits_for_window);
    tcase_add_test(cases, the_window_grows_to_the_announced_length);
    tcase_add_test(cases, a_request_that_goes_on_behind_its_answer_is_stopped);
    tcase_add_test(cases, a_body_must_not_pause_for_long);
    tcase_add_test(cases, a_silent_peer_is_pinged_and_kept);
    tcase_add_test(cases, a_dead_peer_is_dropped);
    tcase_add_test(cases, an_idle_connection_is_told_to_go);
    tcase_add_test(cases, an_old_connection_is_told_to_go_and_answers_first);
    tcase_add_test(cases, an_old_connection_ends_after_its_grace);
    tcase_add_test(cases, draining_answers_what_is_under_way);
    tcase_add_test(cases, draining_ends_an_idle_connection);
    tcase_add_test(cases, an_answer_that_waits_for_window_is_given_up);
    tcase_add_test(cases, an_answer_that_waits_for_window_is_in_the_memory_budget);
    tcase_add_test(cases, how_long_an_answer_may_wait_can_be_set);
    tcase_add_test(cases, pings_have_a_bucket);
    tcase_add_test(cases, pings_can_be_wanted_less_often);
    tcase_add_test(cases, the_limit_of_header_fields_can_be_set);
    tcase_add_test(cases, one_write_takes_so_much);
    tcase_add_test(cases, a_refused_stream_is_open_until_the_client_ends_it);
    tcase_add_test(cases, without_memory_a_connection_has_few_streams);
    tcase_add_test(cases, without_memory_the_first_streams_of_a_connection_are_served);
    tcase_add_test(cases, what_follows_a_refused_stream_in_the_same_read_means_no_harm);
    tcase_add_test(cases, resets_have_a_bucket);
    tcase_add_test(cases, resets_that_the_peer_brings_about_count_too);
    tcase_add_test(cases, frames_without_use_have_a_limit);
    tcase_add_test(cases, empty_data_has_a_limit);
    tcase_add_test(cases, settings_have_limits);
    tcase_add_test(cases, continuations_have_a_limit);
    tcase_add_test(cases, header_fields_have_limits);
    tcase_add_test(cases, an_unfinished_header_block_is_given_up);
    tcase_add_test(cases, a_peer_without_settings_is_given_up);
    tcase_add_test(cases, streams_beyond_the_limit_are_refused);
    tcase_add_test(cases, a_wrong_preface_ends_the_connection);
    return run_tests("http2", cases);
}

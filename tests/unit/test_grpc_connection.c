/*
 * Calls to a server that is a script: it sees frames, and sends what it likes.
 */
#include "net/grpc_client.c"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

#include "base/budget.h"
#include "net/http_client.h"
#include "unit/check.h"

enum {
    PEERS = 8, /* connections that the server has seen */
    FRAME_HEAD = 9,
    PREFACE = 24,
    MIB = 1 << 20
};

enum { DATA, HEADERS, RST_STREAM = 3, SETTINGS, GOAWAY = 7, WINDOW_UPDATE };
enum { END_STREAM = 1, END_HEADERS = 4 };

struct frame {
    uint8_t type, flags;
    uint32_t stream;
    struct str payload;
};

struct peer { /* a connection of the server's */
    uv_tcp_t tcp;
    struct fixture *f;
    struct buf in;
    bool preface;
};

struct fixture {
    uv_loop_t loop;
    uv_tcp_t listener;
    struct peer peers[PEERS];
    unsigned peer_count;
    struct http_client *http;
    struct grpc_client *client;
    size_t used; /* of the budget, before */
    char url[64];

    void (*script)(struct peer *peer, const struct frame *frame);
    struct str settings; /* that it begins with */
    bool deaf;           /* it does not read what comes on new connections */
    bool mute;           /* ... and says nothing */
    unsigned requests, resets;
    size_t data_len, frame_max; /* bytes of DATA; the longest one */
    uint64_t data_sum;          /* of the bytes */
    const char *reply;          /* for some scripts: frames */
    size_t reply_len;
    nghttp2_hd_inflater *inflater;
    unsigned secrets; /* fields that are never to be indexed */

    unsigned answers;
    enum grpc_code code;
    char message[300];
    size_t response_len;
};

static void number_write(char *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (char)(value >> (24 - 8 * i));
}

static uint32_t number_read(const char *at)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)at[i];
    return value;
}

static void frame_write(struct buf *out, uint8_t type, uint8_t flags, uint32_t stream,
                        struct str payload)
{
    char head[FRAME_HEAD] = {0, (char)(payload.len >> 8), (char)payload.len, (char)type,
                             (char)flags};

    number_write(head + 5, stream);
    buf_append(out, head, sizeof(head));
    buf_append_str(out, payload);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
    free(write);
}

static void peer_send(struct peer *peer, uint8_t type, uint8_t flags, uint32_t stream,
                      struct str payload)
{
    uv_write_t *write = mem_zero(sizeof(*write));
    struct buf out = {0};
    uv_buf_t bytes;

    frame_write(&out, type, flags, stream, payload);
    bytes = uv_buf_init(out.at, (unsigned)out.len);
    write->data = out.at;
    uv_write(write, (uv_stream_t *)&peer->tcp, &bytes, 1, on_written);
}

static void peer_send_number(struct peer *peer, uint8_t type, uint32_t stream, uint32_t value)
{
    char payload[4];

    number_write(payload, value);
    peer_send(peer, type, 0, stream, (struct str){payload, 4});
}

static void peer_set(struct peer *peer, uint8_t which, uint32_t value)
{
    char payload[6] = {0, (char)which};

    number_write(payload + 2, value);
    peer_send(peer, SETTINGS, 0, 0, (struct str){payload, 6});
}

#define HEAD_OK       "\x88" /* :status 200 */
#define STATUS(digit) "\x00\x0bgrpc-status\x01" digit

static void answer_ok(struct peer *peer, uint32_t stream)
{
    peer_send(peer, HEADERS, END_HEADERS, stream, STR(HEAD_OK));
    peer_send(peer, DATA, 0, stream, STR("\0\0\0\0\0"));
    peer_send(peer, HEADERS, END_HEADERS | END_STREAM, stream, STR(STATUS("0")));
}

/* ---- the server ---- */

static void take_frame(struct peer *peer, const struct frame *frame)
{
    struct fixture *f = peer->f;

    f->requests += frame->type == HEADERS;
    f->resets += frame->type == RST_STREAM;
    if (frame->type == DATA) {
        f->data_len += frame->payload.len;
        f->frame_max = frame->payload.len > f->frame_max ? frame->payload.len : f->frame_max;
        for (size_t i = 0; i < frame->payload.len; i++)
            f->data_sum += (uint8_t)frame->payload.at[i];
    }
    f->script(peer, frame);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes)
{
    struct peer *peer = stream->data;
    size_t at = 0;

    if (got < 0)
        uv_read_stop(stream);
    else
        buf_append(&peer->in, bytes->base, (size_t)got);
    free(bytes->base);
    if (!peer->preface && peer->in.len >= PREFACE) {
        peer->preface = true;
        at = PREFACE;
    }
    while (peer->preface && peer->in.len - at >= FRAME_HEAD) {
        const char *head = peer->in.at + at;
        size_t len = number_read(head) >> 8;
        struct frame frame = {
            (uint8_t)head[3], (uint8_t)head[4], number_read(head + 5), {head + FRAME_HEAD, len}};

        if (peer->in.len - at < FRAME_HEAD + len)
            break;
        take_frame(peer, &frame);
        at += FRAME_HEAD + len;
    }
    if (at > 0)
        memmove(peer->in.at, peer->in.at + at, peer->in.len - at);
    peer->in.len -= at;
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *bytes)
{
    (void)handle;
    *bytes = uv_buf_init(mem_alloc(size), (unsigned)size);
}

static void on_accept(uv_stream_t *listener, int status)
{
    struct fixture *f = listener->data;
    struct peer *peer = &f->peers[f->peer_count++];

    ck_assert_int_eq(status, 0);
    ck_assert_uint_le(f->peer_count, PEERS);
    peer->f = f;
    uv_tcp_init(&f->loop, &peer->tcp);
    peer->tcp.data = peer;
    ck_assert_int_eq(uv_accept(listener, (uv_stream_t *)&peer->tcp), 0);
    if (f->mute)
        return;
    peer_send(peer, SETTINGS, 0, 0, f->settings);
    peer_send_number(peer, WINDOW_UPDATE, 0, 1 << 30);
    if (!f->deaf)
        uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_read);
}

static void fixture_init(struct fixture *f, void (*script)(struct peer *, const struct frame *))
{
    struct sockaddr_in address;
    int len = sizeof(address), fd;

    memset(f, 0, sizeof(*f));
    f->script = script;
    f->used = budget_used();
    uv_loop_init(&f->loop);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&f->loop, &f->listener);
    f->listener.data = f;
    ck_assert_int_eq(uv_tcp_bind(&f->listener, (struct sockaddr *)&address, 0), 0);
    uv_fileno((uv_handle_t *)&f->listener, &fd);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){65536}, sizeof(int));
    ck_assert_int_eq(uv_listen((uv_stream_t *)&f->listener, 8, on_accept), 0);
    uv_tcp_getsockname(&f->listener, (struct sockaddr *)&address, &len);
    snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
    f->http = http_client_new(&f->loop);
    f->client = grpc_client_new(f->http, f->url, NULL);
}

static void fixture_done(struct fixture *f)
{
    grpc_client_free(f->client);
    http_client_free(f->http);
    uv_close((uv_handle_t *)&f->listener, NULL);
    for (unsigned i = 0; i < f->peer_count; i++) {
        uv_close((uv_handle_t *)&f->peers[i].tcp, NULL);
        buf_done(&f->peers[i].in);
    }
    while (uv_run(&f->loop, UV_RUN_DEFAULT) != 0)
        ;
    ck_assert_int_eq(uv_loop_close(&f->loop), 0);
    ck_assert_uint_eq(budget_used(), f->used);
}

/* ---- the calls ---- */

static void on_answer(void *arg, const struct grpc_answer *answer)
{
    struct fixture *f = arg;

    f->answers++;
    f->code = answer->code;
    f->response_len = answer->response.len;
    snprintf(f->message, sizeof(f->message), "%s", answer->message);
}

static void start(struct fixture *f, const struct str *message, uint64_t timeout_ms)
{
    static const char *const headers[] = {"Authorization: Bearer word", "X-Key: secret", NULL};
    struct grpc_call call = {.path = "/a.B/C",
                             .headers = headers,
                             .timeout_ms = timeout_ms,
                             .message = pieces_of(message),
                             .on_answer = on_answer,
                             .arg = f};

    grpc_client_call(f->client, &call);
}

static void run_until(struct fixture *f, unsigned answers)
{
    while (f->answers < answers)
        uv_run(&f->loop, UV_RUN_ONCE); /* the call's own timeout is the deadline */
}

static const struct str hello = {"hello", 5};

static void call_once(struct fixture *f, const struct str *message, uint64_t timeout_ms)
{
    unsigned answers = f->answers + 1;

    start(f, message, timeout_ms);
    run_until(f, answers);
}

enum { PATIENCE_MS = 20000 };

static void good(struct peer *peer, const struct frame *frame)
{
    if ((frame->type == DATA || frame->type == HEADERS) && frame->flags & END_STREAM)
        answer_ok(peer, frame->stream);
}

static struct str pattern(size_t len, uint64_t *sum)
{
    char *at = mem_alloc(len);

    *sum = 0;
    for (size_t i = 0; i < len; i++) {
        at[i] = (char)(i * 31 + i / 777);
        *sum += (uint8_t)at[i];
    }
    for (unsigned i = 0; i < 4; i++) /* the prefix too */
        *sum += len >> (8 * i) & 0xff;
    return (struct str){at, len};
}

/* ---- what comes back ---- */

static void reply_once(struct peer *peer, const struct frame *frame)
{
    if (frame->type == HEADERS) {
        uv_buf_t bytes =
            uv_buf_init((char *)(uintptr_t)peer->f->reply, (unsigned)peer->f->reply_len);

        ck_assert_uint_eq(frame->stream, 1);
        uv_try_write((uv_stream_t *)&peer->tcp, &bytes, 1);
    }
}

START_TEST(answers_of_all_forms_are_understood)
{
    static const struct {
        const char *name;
        struct {
            uint8_t type, flags;
            struct str payload;
        } frames[4];
        enum grpc_code code;
        const char *message;
    } cases[] = {
        {"103 before it",
         {{HEADERS, END_HEADERS, {"\x08\x03\x31\x30\x33", 5}},
          {HEADERS, END_HEADERS, {HEAD_OK, 1}},
          {HEADERS, END_HEADERS | END_STREAM, {STATUS("0"), 15}}},
         GRPC_OK,
         ""},
        {"trailers only",
         {{HEADERS, END_HEADERS | END_STREAM, {HEAD_OK STATUS("8"), 16}}},
         GRPC_RESOURCE_EXHAUSTED,
         ""},
        {"OK without a message",
         {{HEADERS, END_HEADERS | END_STREAM, {HEAD_OK STATUS("0"), 16}}},
         GRPC_OK,
         ""},
        {"trailers as DATA ends",
         {{HEADERS, END_HEADERS, {HEAD_OK STATUS("0"), 16}}, {DATA, END_STREAM, {"", 0}}},
         GRPC_OK,
         ""},
        {"a status, and a reset before the end",
         {{HEADERS, END_HEADERS, {HEAD_OK STATUS("0"), 16}}, {RST_STREAM, 0, {"\0\0\0\2", 4}}},
         GRPC_UNAVAILABLE,
         "127.0.0.1 ended the call (INTERNAL_ERROR)"},
        {"a reset",
         {{RST_STREAM, 0, {"\0\0\0\x8", 4}}},
         GRPC_UNAVAILABLE,
         "127.0.0.1 ended the call (CANCEL)"},
        {"a reset without an error",
         {{RST_STREAM, 0, {"\0\0\0\0", 4}}},
         GRPC_UNAVAILABLE,
         "127.0.0.1 ended the call (NO_ERROR)"},
        {"an end before the request's",
         {{HEADERS, END_HEADERS | END_STREAM, {HEAD_OK STATUS("8"), 16}},
          {RST_STREAM, 0, {"\0\0\0\0", 4}}},
         GRPC_RESOURCE_EXHAUSTED,
         ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf frames = {0};
        struct fixture f;
        char *port;

        fixture_init(&f, reply_once);
        for (unsigned k = 0; k < 4 && cases[i].frames[k].payload.at; k++)
            frame_write(&frames, cases[i].frames[k].type, cases[i].frames[k].flags, 1,
                        cases[i].frames[k].payload);
        f.reply = frames.at;
        f.reply_len = frames.len;
        call_once(&f, &hello, PATIENCE_MS);
        port = strstr(f.message, ":");
        if (port && cases[i].message[0])
            memmove(port, strchr(port, ' '), strlen(strchr(port, ' ')) + 1);
        ck_assert_msg(f.code == cases[i].code, "%s: %d %s", cases[i].name, (int)f.code, f.message);
        ck_assert_str_eq(f.message, cases[i].message);
        fixture_done(&f);
        buf_done(&frames);
    }
}
END_TEST

/* Without a window for all of the body. */
static void end_early(struct peer *peer, const struct frame *frame)
{
    if (frame->type == HEADERS)
        peer_send(peer, HEADERS, END_HEADERS | END_STREAM, frame->stream, STR(HEAD_OK STATUS("8")));
}

START_TEST(an_answer_before_the_end_of_the_body_ends_the_body)
{
    struct fixture f;
    uint64_t sum;
    struct str body = pattern(MIB, &sum);

    fixture_init(&f, end_early);
    call_once(&f, &body, PATIENCE_MS);
    ck_assert_int_eq(f.code, GRPC_RESOURCE_EXHAUSTED);
    while (f.resets == 0)
        uv_run(&f.loop, UV_RUN_ONCE);
    ck_assert_uint_lt(f.data_len, MIB);
    fixture_done(&f);
    free((void *)(uintptr_t)body.at);
}
END_TEST

static void long_headers(struct peer *peer, const struct frame *frame)
{
    static const char field[] = "\x00\x01x\x7f\xff\x02"; /* a value of 510 bytes */
    struct buf head = {0};

    if (frame->type != HEADERS)
        return;
    buf_append_str(&head, STR(HEAD_OK));
    for (unsigned i = 0; i < 30; i++) {
        buf_append(&head, field, sizeof(field) - 1);
        for (unsigned k = 0; k < 510; k++)
            buf_append_char(&head, 'y');
    }
    for (unsigned i = 0; i < 20; i++)
        peer_send(peer, HEADERS, END_HEADERS | (i > 0 ? END_STREAM : 0), frame->stream,
                  buf_str(&head));
    buf_done(&head);
}

START_TEST(headers_beyond_the_limit_end_the_call)
{
    struct fixture f;

    fixture_init(&f, long_headers);
    call_once(&f, &hello, PATIENCE_MS);
    ck_assert_int_eq(f.code, GRPC_UNAVAILABLE);
    fixture_done(&f);
}
END_TEST

enum { HALF = 32 << 10 };

/* A quarter of what an answer may have for HEADERS and for DATA, a half when it was taken. */
static void long_answer(struct peer *peer, const struct frame *frame)
{
    char quarter[HALF / 2] = {0};

    if (frame->type == HEADERS)
        peer_send(peer, HEADERS, END_HEADERS, frame->stream, STR(HEAD_OK));
    if (frame->stream == 0 || frame->type == RST_STREAM)
        return;
    for (unsigned i = frame->type == WINDOW_UPDATE ? 0 : 1; i < 2; i++)
        peer_send(peer, DATA, 0, frame->stream, (struct str){quarter, sizeof(quarter)});
}

/* A half, and no end. */
static void half_answer(struct peer *peer, const struct frame *frame)
{
    if (frame->type != WINDOW_UPDATE)
        long_answer(peer, frame);
}

START_TEST(answers_are_in_the_budget_while_they_come)
{
    enum { CALLS = 8 };
    struct fixture f;
    size_t before;

    fixture_init(&f, good);
    call_once(&f, &hello, PATIENCE_MS);
    before = budget_used();
    f.script = half_answer;
    for (unsigned i = 1; i <= CALLS; i++) { /* no more than the windows allow */
        start(&f, &hello, PATIENCE_MS);
        while (f.answers == 1 && budget_used() < before + i * HALF)
            uv_run(&f.loop, UV_RUN_ONCE);
    }
    ck_assert_uint_eq(f.answers, 1);
    f.script = long_answer;
    call_once(&f, &hello, PATIENCE_MS);
    ck_assert_int_eq(f.code, GRPC_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(f.message, "answered with more than 65536 bytes"));
    fixture_done(&f); /* nothing is left in the budget */
}
END_TEST

/* ---- streams ---- */

static void inflate(struct peer *peer, const struct frame *frame)
{
    struct str in = frame->payload;

    good(peer, frame);
    if (frame->type != HEADERS)
        return;
    while (in.len > 0) {
        nghttp2_nv field;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(peer->f->inflater, &field, &flags,
                                              (const uint8_t *)in.at, in.len, 1);

        ck_assert_int_ge(used, 0);
        in.at += used;
        in.len -= (size_t)used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            peer->f->secrets += (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
    }
    nghttp2_hd_inflate_end_headers(peer->f->inflater);
}

START_TEST(fields_that_may_be_secrets_are_never_indexed)
{
    struct fixture f;

    fixture_init(&f, inflate);
    ck_assert_int_eq(nghttp2_hd_inflate_new(&f.inflater), 0);
    call_once(&f, &hello, PATIENCE_MS);
    ck_assert_uint_eq(f.secrets, 2);
    call_once(&f, &hello, PATIENCE_MS);
    ck_assert_uint_eq(f.secrets, 4);
    nghttp2_hd_inflate_del(f.inflater);
    fixture_done(&f);
}
END_TEST

static void refuse(struct peer *peer, const struct frame *frame)
{
    if (frame->type == HEADERS && peer->f->requests <= peer->f->reply_len)
        peer_send_number(peer, RST_STREAM, frame->stream, 7);
    else if (frame->type == DATA && peer->f->requests > peer->f->reply_len)
        good(peer, frame);
}

START_TEST(a_refused_stream_is_tried_again_twice)
{
    for (unsigned refused = 1; refused <= 3; refused++) {
        struct fixture f;

        fixture_init(&f, refuse);
        f.reply_len = refused;
        call_once(&f, &hello, PATIENCE_MS);
        ck_assert_int_eq(f.code, refused < 3 ? GRPC_OK : GRPC_UNAVAILABLE);
        ck_assert_uint_eq(f.requests, refused < 3 ? refused + 1 : 3);
        ck_assert_uint_eq(f.peer_count, 1);
        fixture_done(&f);
    }
}
END_TEST

/* The first connection takes one call. */
static void go_away(struct peer *peer, const struct frame *frame)
{
    bool first = peer == &peer->f->peers[0];

    if (frame->type == HEADERS && first && frame->stream == 3)
        peer_send(peer, GOAWAY, 0, 0, STR("\0\0\0\1\0\0\0\0"));
    if (frame->type != DATA || (first && frame->stream == 1))
        return;
    good(peer, frame);
    if (!first) /* now the first one */
        answer_ok(&peer->f->peers[0], 1);
}

START_TEST(goaway_moves_what_was_not_taken_and_leaves_the_rest)
{
    struct fixture f;

    fixture_init(&f, go_away);
    start(&f, &hello, PATIENCE_MS);
    start(&f, &hello, PATIENCE_MS);
    run_until(&f, 2);
    ck_assert_int_eq(f.code, GRPC_OK);
    ck_assert_uint_eq(f.peer_count, 2);
    ck_assert_uint_eq(f.requests, 3);
    fixture_done(&f);
}
END_TEST

START_TEST(calls_wait_while_the_peer_takes_none)
{
    struct fixture f;

    fixture_init(&f, good);
    f.settings = STR("\0\3\0\0\0\0"); /* MAX_CONCURRENT_STREAMS 0 */
    call_once(&f, &hello, 200);
    ck_assert_int_eq(f.code, GRPC_DEADLINE_EXCEEDED);
    start(&f, &hello, PATIENCE_MS);
    start(&f, &hello, PATIENCE_MS);
    for (unsigned i = 0; i < 10; i++)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    ck_assert_uint_eq(f.answers, 1);
    for (unsigned i = 0; i < f.peer_count; i++)
        peer_set(&f.peers[i], 3, 1);
    f.settings = STR("\0\3\0\0\0\1");
    run_until(&f, 3);
    ck_assert_int_eq(f.code, GRPC_OK);
    fixture_done(&f);
}
END_TEST

START_TEST(ids_of_streams_may_be_used_up)
{
    struct fixture f;
    struct grpc_connection *connection;

    fixture_init(&f, good);
    call_once(&f, &hello, PATIENCE_MS);
    connection = LIST_ENTRY(f.client->connections.next, struct grpc_connection, node);
    ck_assert_int_eq(nghttp2_session_set_next_stream_id(connection->session, INT32_MAX), 0);
    for (unsigned i = 0; i < 5; i++)
        start(&f, &hello, PATIENCE_MS);
    run_until(&f, 6);
    ck_assert_int_eq(f.code, GRPC_OK);
    ck_assert_uint_eq(f.peer_count, 2);
    ck_assert_ptr_eq(f.client->connections.next, f.client->connections.prev); /* one is left */
    fixture_done(&f);
}
END_TEST

/* ---- bodies ---- */

/* The window opens now and then, by WINDOW_UPDATE or by SETTINGS. */
static void open_slowly(struct peer *peer, const struct frame *frame)
{
    struct fixture *f = peer->f;

    good(peer, frame);
    if (frame->type == DATA && f->data_len % 1000 == 0)
        peer_send_number(peer, WINDOW_UPDATE, frame->stream, 1000);
    if (frame->type == DATA && f->data_len == 5000) {
        peer_set(peer, 4, 0); /* INITIAL_WINDOW_SIZE: below what is sent */
        peer_set(peer, 4, 1000000);
        peer_set(peer, 5, 16384);
    }
}

START_TEST(bodies_flow_as_windows_open)
{
    struct fixture f;
    uint64_t sum;
    struct str body = pattern(300000, &sum);

    fixture_init(&f, open_slowly);
    f.settings = STR("\0\4\0\0\x03\xe8"); /* INITIAL_WINDOW_SIZE 1000 */
    call_once(&f, &body, PATIENCE_MS);
    ck_assert_msg(f.code == GRPC_OK, "%s", f.message);
    ck_assert_uint_eq(f.data_len, body.len + GRPC_PREFIX_SIZE);
    ck_assert_uint_eq(f.data_sum, sum);
    ck_assert_uint_le(f.frame_max, 16384);
    fixture_done(&f);
    free((void *)(uintptr_t)body.at);
}
END_TEST

#define WIDE "\0\4\x7f\xff\xff\xff" /* INITIAL_WINDOW_SIZE */

START_TEST(frames_are_not_as_large_as_a_peer_allows)
{
    struct fixture f;
    uint64_t sum;
    struct str body = pattern(3 * MIB, &sum);

    fixture_init(&f, good);
    f.settings = STR(WIDE "\0\5\0\xff\xff\xff"); /* MAX_FRAME_SIZE */
    call_once(&f, &hello, PATIENCE_MS);          /* now they are known */
    f.data_len = f.data_sum = 0;
    call_once(&f, &body, PATIENCE_MS);
    ck_assert_msg(f.code == GRPC_OK, "%s", f.message);
    ck_assert_uint_eq(f.data_sum, sum);
    ck_assert_uint_eq(f.frame_max, 64 << 10);
    fixture_done(&f);
    free((void *)(uintptr_t)body.at);
}
END_TEST

/* Of the third call: it stops reading, and resets the stream. */
static void reset_and_rest(struct peer *peer, const struct frame *frame)
{
    if (frame->stream == 3 && frame->type == HEADERS) {
        uv_read_stop((uv_stream_t *)&peer->tcp);
        peer_send_number(peer, RST_STREAM, 3, 8);
    }
    good(peer, frame);
}

START_TEST(after_a_reset_in_mid_body_the_connection_goes_on)
{
    struct fixture f;
    uint64_t sum;
    struct str body = pattern(16 * MIB, &sum);

    fixture_init(&f, reset_and_rest);
    f.settings = STR(WIDE);
    call_once(&f, &hello, PATIENCE_MS);
    call_once(&f, &body, PATIENCE_MS);
    ck_assert_int_eq(f.code, GRPC_UNAVAILABLE);
    free((void *)(uintptr_t)body.at); /* what a frame has announced of it was kept */
    uv_read_start((uv_stream_t *)&f.peers[0].tcp, on_alloc, on_read);
    call_once(&f, &hello, PATIENCE_MS);
    ck_assert_msg(f.code == GRPC_OK, "%s", f.message);
    ck_assert_uint_eq(f.peer_count, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(peers_that_never_read_are_left_behind)
{
    struct fixture f;
    struct str body = {mem_zero(16 * MIB), 16 * MIB};

    fixture_init(&f, good);
    f.settings = STR(WIDE);
    f.deaf = true;
    for (unsigned i = 0; i < 10; i++) { /* two of each of the connections that a client has */
        call_once(&f, &body, 100);
        ck_assert_int_eq(f.code, GRPC_DEADLINE_EXCEEDED);
    }
    f.deaf = false;
    call_once(&f, &hello, PATIENCE_MS);
    ck_assert_msg(f.code == GRPC_OK, "%s", f.message);
    fixture_done(&f);
    free((void *)(uintptr_t)body.at);
}
END_TEST

/* The client's end of a connection holds little. */
static void narrow(const struct peer *peer)
{
    struct sockaddr_in client, other;
    int len = sizeof(client);

    uv_tcp_getpeername(&peer->tcp, (struct sockaddr *)&client, &len);
    for (int fd = 0; fd < 100; fd++) {
        socklen_t room = sizeof(other);

        if (getsockname(fd, (struct sockaddr *)&other, &room) == 0 && other.sin_family == AF_INET &&
            other.sin_port == client.sin_port)
            setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){32768}, sizeof(int));
    }
}

START_TEST(a_queue_that_is_never_empty_does_not_grow)
{
    struct fixture f;
    struct str body = {mem_zero(40 * MIB), 40 * MIB};
    struct grpc_connection *connection;

    fixture_init(&f, good);
    f.settings = STR(WIDE);
    call_once(&f, &hello, PATIENCE_MS);
    connection = LIST_ENTRY(f.client->connections.next, struct grpc_connection, node);
    narrow(&f.peers[0]);
    start(&f, &body, PATIENCE_MS);
    start(&f, &body, PATIENCE_MS);
    while (f.answers < 3) {
        uv_run(&f.loop, UV_RUN_ONCE);
        ck_assert_uint_le(connection->out.count, 1024);
        ck_assert_uint_le(connection->out.copied.len, MIB);
    }
    ck_assert_int_eq(f.code, GRPC_OK);
    fixture_done(&f);
    free((void *)(uintptr_t)body.at);
}
END_TEST

/* ---- before it stands ---- */

static void nothing(struct peer *peer, const struct frame *frame)
{
    (void)peer, (void)frame;
}

START_TEST(a_deadline_may_come_while_it_connects)
{
    for (unsigned ended = 0; ended < 2; ended++) {
        struct fixture f;
        char url[100];

        fixture_init(&f, nothing);
        f.mute = true; /* a handshake of TLS does not come to its end */
        grpc_client_free(f.client);
        snprintf(url, sizeof(url), "https%.60s", f.url + strlen("http"));
        f.client = grpc_client_new(f.http, url, NULL);
        start(&f, &hello, ended ? PATIENCE_MS : 50);
        while (f.peer_count == 0)
            uv_run(&f.loop, UV_RUN_ONCE);
        if (!ended) {
            run_until(&f, 1);
            ck_assert_int_eq(f.code, GRPC_DEADLINE_EXCEEDED);
            ck_assert_ptr_nonnull(strstr(f.message, "cannot connect to 127.0.0.1:"));
        }
        fixture_done(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("grpc_connection");

    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("all_proxy");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, answers_of_all_forms_are_understood);
    tcase_add_test(cases, an_answer_before_the_end_of_the_body_ends_the_body);
    tcase_add_test(cases, headers_beyond_the_limit_end_the_call);
    tcase_add_test(cases, answers_are_in_the_budget_while_they_come);
    tcase_add_test(cases, fields_that_may_be_secrets_are_never_indexed);
    tcase_add_test(cases, a_refused_stream_is_tried_again_twice);
    tcase_add_test(cases, goaway_moves_what_was_not_taken_and_leaves_the_rest);
    tcase_add_test(cases, calls_wait_while_the_peer_takes_none);
    tcase_add_test(cases, ids_of_streams_may_be_used_up);
    tcase_add_test(cases, bodies_flow_as_windows_open);
    tcase_add_test(cases, frames_are_not_as_large_as_a_peer_allows);
    tcase_add_test(cases, after_a_reset_in_mid_body_the_connection_goes_on);
    tcase_add_test(cases, peers_that_never_read_are_left_behind);
    tcase_add_test(cases, a_queue_that_is_never_empty_does_not_grow);
    tcase_add_test(cases, a_deadline_may_come_while_it_connects);
    return run_tests("grpc_connection", cases);
}

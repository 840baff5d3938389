/*
 * A gRPC server that says and does what it likes to a client with several calls under way.
 *
 * The input is a list of steps, each a byte and what belongs to it: bytes of the server or frames
 * of it, room for those of the client, ends of connections, calls, cancels, time that passes.
 *
 * Each call is answered at most once, and in the end exactly once unless it was cancelled. What
 * goes out is frames; the DATA of each stream is what a message begins with. Nothing is read of a
 * message whose call is over, nothing stays taken, and nobody wants to write without end.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "net/grpc.h"
#include "net/grpc_client.h"
#include "net/http_client.h"
#include "net/peer_socket.h"

enum {
    CALLS = 24,
    SOCKETS = 8,
    PIECES = 40,   /* of a message */
    STREAMS = 256, /* of a connection: calls are tried again */
    FRAME_HEAD = 9,
    FRAME_MAX = 64 << 10,
    NUMBER_AT = GRPC_PREFIX_SIZE, /* a message begins with the number of its call */
    TURNS_MAX = 1000
};

enum step { CONNECT, REFUSE, BYTES, FRAME, ROOM, END, CALL, CANCEL, TIME, IN_ANSWER, STEPS };
enum in_answer { NOTHING, CALL_AGAIN, CANCEL_ONE, FREE_CLIENT, IN_ANSWERS };
enum { DATA, HEADERS, RST_STREAM = 3, SETTINGS, PING = 6, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { END_STREAM = 1 };

#define LARGE ((size_t)128) /* in the byte of a call that is its timeout too */

struct stream {
    bool open;
    uint32_t sent;
    uint8_t first[NUMBER_AT + 1];
};

struct peer_socket {
    const struct peer_socket_calls *calls;
    void *arg;
    bool connected, wants_write, ended;
    struct str in; /* not yet read */
    size_t room;
    struct buf out; /* what is no whole frame yet */
    bool preface;
    uint32_t last_stream;
    struct stream streams[STREAMS];
};

struct call {
    struct grpc_transfer *transfer; /* NULL: it is over */
    struct buf message;
    unsigned answers;
    bool cancelled;
};

static struct peer_socket *sockets[SOCKETS];
static struct call calls[CALLS];
static size_t call_count, freed_calls;
static struct grpc_client *client;
static enum in_answer in_answer;

static uint64_t now_ms, due_ms;
static uv_timer_t *timer;
static uv_timer_cb on_time; /* NULL: it is not armed */

/* ---- the time ---- */

uint64_t __wrap_uv_now(const uv_loop_t *loop);
int __wrap_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t timeout, uint64_t repeat);
int __wrap_uv_timer_stop(uv_timer_t *handle);

uint64_t __wrap_uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return now_ms;
}

int __wrap_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
    (void)repeat;
    timer = handle;
    on_time = cb;
    due_ms = now_ms + timeout;
    return 0;
}

int __wrap_uv_timer_stop(uv_timer_t *handle)
{
    (void)handle;
    on_time = NULL;
    return 0;
}

static void pass_time(uint64_t ms)
{
    now_ms += ms;
    for (unsigned i = 0; on_time && due_ms <= now_ms; i++) {
        uv_timer_cb cb = on_time;

        assert(i < TURNS_MAX);
        on_time = NULL;
        cb(timer);
    }
}

/* ---- what the client sends ---- */

static uint8_t body_byte(unsigned number, size_t at, size_t len)
{
    size_t message = len - GRPC_PREFIX_SIZE;

    if (at < GRPC_PREFIX_SIZE)
        return (uint8_t)(at == 0 ? 0 : message >> (8 * (GRPC_PREFIX_SIZE - 1 - at)));
    if (at == NUMBER_AT)
        return (uint8_t)number;
    return (uint8_t)(number * 37 + at * 7 + at / 251);
}

static size_t body_len(unsigned number)
{
    assert(number < call_count);
    return GRPC_PREFIX_SIZE + calls[number].message.len;
}

static void take_data(struct stream *stream, const uint8_t *at, size_t len, bool end)
{
    size_t total = 0;

    assert(stream->open);
    for (size_t i = 0; i < len; i++, stream->sent++) {
        if (stream->sent <= NUMBER_AT)
            stream->first[stream->sent] = at[i];
        if (stream->sent < NUMBER_AT)
            continue;
        total = body_len(stream->first[NUMBER_AT]);
        if (stream->sent == NUMBER_AT)
            for (unsigned k = 0; k < NUMBER_AT; k++)
                assert(stream->first[k] == body_byte(stream->first[NUMBER_AT], k, total));
        assert(stream->sent < total &&
               at[i] == body_byte(stream->first[NUMBER_AT], stream->sent, total));
    }
    if (stream->sent > NUMBER_AT)
        assert(end == (stream->sent == body_len(stream->first[NUMBER_AT])));
    else
        assert(!end);
    stream->open = !end;
}

static void take_frame(struct peer_socket *socket, const uint8_t *at, size_t len)
{
    const uint8_t *payload = at + FRAME_HEAD;
    uint32_t id =
        (uint32_t)at[5] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 8 | (uint32_t)at[8];
    struct stream *stream = &socket->streams[id / 2 % STREAMS];
    uint8_t type = at[3], flags = at[4];

    switch (type) {
    case DATA:
        assert(id % 2 == 1);
        take_data(stream, payload, len, flags & END_STREAM);
        break;
    case HEADERS:
        assert(id % 2 == 1 && id > socket->last_stream && id / 2 < STREAMS);
        assert(!(flags & END_STREAM));
        socket->last_stream = id;
        stream->open = true;
        break;
    case RST_STREAM:
        assert(id != 0 && len == 4);
        if (id % 2 == 1 && id / 2 < STREAMS)
            stream->open = false;
        break;
    case SETTINGS:
        assert(id == 0 && len % 6 == 0);
        break;
    case PING:
        assert(id == 0 && len == 8);
        break;
    case GOAWAY:
        assert(id == 0 && len >= 8);
        break;
    case WINDOW_UPDATE:
        assert(len == 4);
        break;
    default:
        assert(type == CONTINUATION);
    }
}

static void take_output(struct peer_socket *socket)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const uint8_t *at = (const uint8_t *)socket->out.at;
    size_t left = socket->out.len;

    if (!socket->preface && left >= sizeof(preface) - 1) {
        assert(memcmp(at, preface, sizeof(preface) - 1) == 0);
        socket->preface = true;
        at += sizeof(preface) - 1;
        left -= sizeof(preface) - 1;
    }
    while (socket->preface && left >= FRAME_HEAD) {
        size_t len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];

        assert(len <= FRAME_MAX);
        if (left < FRAME_HEAD + len)
            break;
        take_frame(socket, at, len);
        at += FRAME_HEAD + len;
        left -= FRAME_HEAD + len;
    }
    if (left > 0)
        memmove(socket->out.at, at, left);
    socket->out.len = left;
}

/* ---- the sockets ---- */

struct peer_socket *__wrap_peer_socket_new(struct http_client *http, const char *url,
                                           const struct tls_client_settings *tls,
                                           const struct peer_socket_calls *calls, void *arg);
void __wrap_peer_socket_free(struct peer_socket *socket);
ssize_t __wrap_peer_socket_send(struct peer_socket *socket, const struct str *pieces, size_t count);
ssize_t __wrap_peer_socket_receive(struct peer_socket *socket, char *to, size_t room);
void __wrap_peer_socket_want_write(struct peer_socket *socket, bool want);

struct peer_socket *__wrap_peer_socket_new(struct http_client *http, const char *url,
                                           const struct tls_client_settings *tls,
                                           const struct peer_socket_calls *answers, void *arg)
{
    struct peer_socket *socket = mem_zero(sizeof(*socket));
    size_t place = 0;

    (void)http, (void)url, (void)tls;
    while (sockets[place])
        assert(++place < SOCKETS);
    sockets[place] = socket;
    socket->calls = answers;
    socket->arg = arg;
    return socket;
}

void __wrap_peer_socket_free(struct peer_socket *socket)
{
    for (size_t i = 0; i < SOCKETS; i++)
        if (sockets[i] == socket)
            sockets[i] = NULL;
    buf_done(&socket->out);
    free(socket);
}

ssize_t __wrap_peer_socket_send(struct peer_socket *socket, const struct str *pieces, size_t count)
{
    size_t sent = 0;

    assert(socket->connected && count > 0 && count <= PEER_SOCKET_PIECES);
    if (socket->ended)
        return -1;
    for (size_t i = 0; i < count && socket->room > 0; i++) {
        size_t part = pieces[i].len < socket->room ? pieces[i].len : socket->room;

        assert(pieces[i].len > 0);
        buf_append(&socket->out, pieces[i].at, part);
        socket->room -= part;
        sent += part;
    }
    take_output(socket);
    return (ssize_t)sent;
}

ssize_t __wrap_peer_socket_receive(struct peer_socket *socket, char *to, size_t room)
{
    size_t len = socket->in.len < room ? socket->in.len : room;

    assert(socket->connected);
    if (len == 0)
        return socket->ended ? PEER_SOCKET_END : 0;
    memcpy(to, socket->in.at, len);
    socket->in.at += len;
    socket->in.len -= len;
    return (ssize_t)len;
}

void __wrap_peer_socket_want_write(struct peer_socket *socket, bool want)
{
    assert(socket->connected);
    socket->wants_write = want;
}

/* As long as something is to be read, or written where there is room. The socket may go. */
static void run_socket(size_t place)
{
    struct peer_socket *socket = sockets[place];

    for (unsigned turns = 0; sockets[place] == socket; turns++) {
        if (socket->in.len == 0 && !socket->ended && !(socket->wants_write && socket->room > 0))
            return;
        assert(turns < TURNS_MAX);
        socket->calls->ready(socket->arg);
    }
}

static void connect_one(size_t place)
{
    struct peer_socket *socket = sockets[place];

    socket->connected = true;
    socket->calls->connected(socket->arg);
    run_socket(place);
}

static void end_one(size_t place)
{
    struct peer_socket *socket = sockets[place];

    if (socket->connected) {
        socket->ended = true;
        run_socket(place);
    } else {
        socket->calls->failed(socket->arg, "refused", false);
    }
}

static void feed(size_t place, const void *bytes, size_t len)
{
    char *copy;

    if (!sockets[place]->connected || len == 0)
        return;
    copy = mem_alloc(len); /* so that reading beyond is seen */
    memcpy(copy, bytes, len);
    sockets[place]->in = (struct str){copy, len};
    run_socket(place);
    free(copy);
}

/* ---- the calls ---- */

static void start_call(size_t len, uint64_t timeout_ms);

static void finish_call(struct call *call)
{
    call->transfer = NULL;
    free(call->message.at); /* nothing looks at it any more; its length stays */
    call->message.at = NULL;
}

static void cancel_call(struct call *call)
{
    if (!call->transfer)
        return;
    grpc_transfer_cancel(call->transfer);
    call->cancelled = true;
    finish_call(call);
}

static void free_client(void)
{
    grpc_client_free(client);
    client = NULL;
    on_time = NULL;
    for (size_t i = 0; i < call_count; i++)
        if (calls[i].transfer) {
            freed_calls++;
            finish_call(&calls[i]);
        }
}

static void on_answer(void *arg, const struct grpc_answer *answer)
{
    struct call *call = arg;
    enum in_answer act = in_answer;

    assert(call->transfer && !call->cancelled && call->answers++ == 0 && client);
    assert(answer->code <= GRPC_UNAUTHENTICATED && answer->message);
    assert(answer->response.len <= 64 << 10 && answer->retry_after_ms <= 300000);
    finish_call(call);
    in_answer = NOTHING;
    if (act == CALL_AGAIN)
        start_call(300, 0);
    else if (act == CANCEL_ONE)
        cancel_call(&calls[answer->response.len % call_count]);
    else if (act == FREE_CLIENT)
        free_client();
}

static void start_call(size_t len, uint64_t timeout_ms)
{
    static const char *const headers[] = {"Authorization: Bearer word", "X-A: b", NULL};
    unsigned number = (unsigned)call_count;
    struct call *call = &calls[number];
    struct grpc_call what = {.path = "/a.B/C",
                             .headers = headers,
                             .timeout_ms = timeout_ms,
                             .on_answer = on_answer,
                             .arg = call};
    struct str pieces[PIECES];
    size_t done = 0;

    if (!client || call_count == CALLS)
        return;
    call_count++;
    *call = (struct call){.message = {.len = 0}};
    call->message.at = mem_alloc(len);
    call->message.len = len;
    for (size_t i = 0; i < len; i++)
        call->message.at[i] = (char)body_byte(number, GRPC_PREFIX_SIZE + i, GRPC_PREFIX_SIZE + len);
    for (size_t i = 0; i < PIECES; i++) { /* of a short one, all but the last are empty */
        pieces[i] =
            (struct str){call->message.at + done, i < PIECES - 1 ? len / PIECES : len - done};
        done += pieces[i].len;
    }
    what.message = (struct pieces){pieces, PIECES, len};
    call->transfer = grpc_client_call(client, &what);
}

/* ---- the input ---- */

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t take(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static const uint8_t *take_bytes(struct input *in, size_t *len)
{
    const uint8_t *bytes = in->at;

    if (*len > in->left)
        *len = in->left;
    in->at += *len;
    in->left -= *len;
    return bytes;
}

/* Type, flags, stream (its number among the client's, 255: none), length, payload. */
static void feed_frame(size_t place, struct input *in)
{
    uint8_t type = take(in), flags = take(in), which = take(in);
    uint32_t id = which == 255 ? 0 : 2U * which + 1;
    size_t len = take(in);
    const uint8_t *payload = take_bytes(in, &len);
    char frame[FRAME_HEAD + 255] = {0, 0, (char)len,       (char)type, (char)flags,
                                    0, 0, (char)(id >> 8), (char)id};

    if (len > 0)
        memcpy(frame + FRAME_HEAD, payload, len);
    feed(place, frame, FRAME_HEAD + len);
}

static void do_step(struct input *in)
{
    uint8_t head = take(in);
    enum step step = head % 16 % STEPS;
    size_t place = head / 16 % SOCKETS, len, timeout_ms;
    struct peer_socket *socket = sockets[place];
    const uint8_t *bytes;

    switch (step) {
    case CONNECT:
        if (socket && !socket->connected)
            connect_one(place);
        break;
    case REFUSE:
        if (socket && !socket->connected)
            end_one(place);
        break;
    case BYTES:
        len = take(in);
        len = len << 8 | take(in);
        bytes = take_bytes(in, &len);
        if (socket)
            feed(place, bytes, len);
        break;
    case FRAME:
        if (socket)
            feed_frame(place, in);
        break;
    case ROOM:
        len = take(in);
        if (socket && socket->connected) {
            socket->room += len * len * 8 + 1;
            run_socket(place);
        }
        break;
    case END:
        if (socket)
            end_one(place);
        break;
    case CALL:
        len = take(in);
        timeout_ms = take(in);
        start_call(len * len / (timeout_ms & LARGE ? 1 : 32) + 1, timeout_ms & ~LARGE);
        break;
    case CANCEL:
        len = take(in);
        if (call_count > 0)
            cancel_call(&calls[len % call_count]);
        break;
    case TIME:
        len = take(in);
        pass_time(len * len);
        break;
    default:
        in_answer = take(in) % IN_ANSWERS;
    }
}

/* All that is left ends: each call is answered then. */
static void end_all(void)
{
    in_answer = NOTHING;
    for (unsigned i = 0; i < TURNS_MAX; i++) {
        size_t place = 0;

        while (place < SOCKETS && !sockets[place])
            place++;
        if (place == SOCKETS)
            break;
        if (sockets[place]->connected) {
            sockets[place]->room = SIZE_MAX / 2;
            run_socket(place);
        }
        if (sockets[place])
            end_one(place);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_client *http;
    static uv_loop_t loop;
    struct input in = {data, size};
    size_t used, answered = 0, cancelled = 0;

    if (!http) {
        uv_loop_init(&loop);
        http = http_client_new(&loop);
    }
    used = budget_used();
    call_count = freed_calls = 0;
    in_answer = NOTHING;
    now_ms = 1000;
    client = grpc_client_new(http, "http://fuzz:1", NULL);
    while (in.left > 0 && client)
        do_step(&in);
    if (client)
        end_all();
    for (size_t i = 0; i < SOCKETS; i++)
        assert(!sockets[i]);
    for (size_t i = 0; i < call_count; i++) {
        assert(!calls[i].transfer);
        answered += calls[i].answers;
        cancelled += calls[i].cancelled;
    }
    assert(answered + cancelled + freed_calls == call_count);
    if (client)
        free_client();
    uv_run(&loop, UV_RUN_NOWAIT);
    assert(budget_used() == used);
    return 0;
}

/*
 * HTTP/2 on one connection, nghttp2's way with frames and ours with bytes: those of messages that
 * go out lie where the caller has them.
 *
 *     calls -> nghttp2 -> chunks -> socket          turn()
 *                                   socket -> nghttp2 -> a call is over -> grpc_transfer_end
 */
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "net/grpc_client_priv.h"
#include "net/peer_socket.h"

enum {
    CALLS_MAX = 100,         /* at a time */
    QUEUED_MAX = 256 << 10,  /* bytes that are put into frames ahead of the socket */
    RECEIVE_SIZE = 16 << 10, /* answers are small */
    FIELDS_MAX = 80,         /* of a request */
    READS_MAX = 16,          /* in a row */
    TURNS_MAX = 8,           /* queues that are sent in a row while the peer takes them */
    FRAME_HEAD = 9,
    FRAME_MAX = 64 << 10, /* a peer may allow 16 MiB, which nghttp2 would make room for */
    COST = 64 << 10       /* in the memory budget: with nghttp2's buffers */
};

static void connection_delete(struct grpc_connection *c)
{
    nghttp2_session_del(c->session);
    peer_socket_free(c->socket);
    chunks_done(&c->out);
    free(c);
    budget_release(COST);
}

/* Out of the client's sight; its memory goes when none of its functions runs. */
void grpc_connection_free(struct grpc_connection *c)
{
    list_remove(&c->node);
    c->client = NULL;
    if (!c->inside)
        connection_delete(c);
}

/* ---- what goes out ---- */

static struct grpc_transfer *transfer_of(nghttp2_session *session, int32_t stream)
{
    return nghttp2_session_get_stream_user_data(session, stream);
}

static ssize_t on_frame_length(nghttp2_session *session, uint8_t type, int32_t stream,
                               int32_t session_window, int32_t stream_window, uint32_t most,
                               void *arg)
{
    int32_t window = session_window < stream_window ? session_window : stream_window;

    (void)session, (void)type, (void)stream, (void)arg;
    if (most > FRAME_MAX)
        most = FRAME_MAX;
    return window < (int32_t)most ? window : (ssize_t)most;
}

/* How much of the body goes into the next frame; on_send_data() puts it there. */
static ssize_t on_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
                       uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct grpc_transfer *transfer = transfer_of(session, stream);
    size_t rest;

    (void)to, (void)source, (void)arg;
    if (!transfer)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    rest = transfer->body.len - transfer->sent_bytes;
    *flags = NGHTTP2_DATA_FLAG_NO_COPY;
    if (rest <= room)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)(rest < room ? rest : room);
}

static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
                        size_t len, nghttp2_data_source *source, void *arg)
{
    struct grpc_transfer *transfer = transfer_of(session, frame->hd.stream_id);
    struct grpc_connection *c = arg;

    (void)source;
    if (!transfer)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (c->out.queued >= QUEUED_MAX)
        return NGHTTP2_ERR_WOULDBLOCK;
    chunks_copy(&c->out, head, FRAME_HEAD);
    transfer->sent_bytes += len;
    while (len > 0) {
        const struct str *piece = &transfer->body.at[transfer->sent.piece];
        size_t rest = piece->len - transfer->sent.done, part = rest < len ? rest : len;

        if (part > 0)
            chunks_borrow(&c->out, (struct str){piece->at + transfer->sent.done, part}, transfer);
        len -= part;
        transfer->sent.done += part;
        if (transfer->sent.done == piece->len)
            transfer->sent = (struct pieces_cursor){transfer->sent.piece + 1, 0};
    }
    return 0;
}

/* False: nghttp2 is at its end. */
static bool fill(struct grpc_connection *c)
{
    const uint8_t *bytes;
    ssize_t len;

    while (c->out.queued < QUEUED_MAX) {
        len = nghttp2_session_mem_send(c->session, &bytes);
        if (len < 0)
            return false;
        if (len == 0)
            break;
        chunks_copy(&c->out, bytes, (size_t)len);
    }
    return true;
}

/* As much as the socket takes. False: it is broken. */
static bool send_queue(struct grpc_connection *c)
{
    struct str pieces[PEER_SOCKET_PIECES];

    while (c->out.queued > 0) {
        size_t count = chunks_pieces(&c->out, pieces, PEER_SOCKET_PIECES);
        ssize_t sent = peer_socket_send(c->socket, pieces, count);

        if (sent <= 0)
            return sent == 0;
        c->sent_ms = uv_now(grpc_client_loop(c->client));
        chunks_sent(&c->out, (size_t)sent);
    }
    return true;
}

/* ---- what comes in ---- */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *arg)
{
    struct grpc_transfer *transfer = transfer_of(session, frame->hd.stream_id);
    struct str key = {(const char *)name, name_len};
    struct buf line = {0};
    uint64_t status;
    bool good;

    (void)flags, (void)arg;
    if (!transfer)
        return 0;
    if (str_is(key, ":status")) {
        if (str_to_uint((struct str){(const char *)value, value_len}, 999, &status))
            transfer->status = (unsigned)status;
        return 0;
    }
    buf_append_str(&line, key);
    buf_append_char(&line, ':');
    buf_append(&line, value, value_len);
    good = answer_head_line(&transfer->head, buf_str(&line));
    grpc_transfer_count(transfer);
    buf_done(&line);
    return good ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* From its stream to those that are over. */
static void take_out(struct grpc_connection *c, struct grpc_transfer *transfer)
{
    nghttp2_session_set_stream_user_data(c->session, transfer->stream, NULL);
    chunks_keep(&c->out, transfer);
    list_remove(&transfer->node);
    list_push_back(&c->over, &transfer->node);
    transfer->stream = 0;
    c->call_count--;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes,
                   size_t len, void *arg)
{
    struct grpc_transfer *transfer = transfer_of(session, stream);
    struct grpc_connection *c = arg;

    (void)flags;
    if (!transfer)
        return 0;
    if (len > GRPC_RESPONSE_MAX - transfer->response.len) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
        transfer->too_long = true;
        take_out(c, transfer);
        return 0;
    }
    buf_append(&transfer->response, bytes, len);
    grpc_transfer_count(transfer);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct grpc_connection *c = arg;
    struct grpc_transfer *transfer;

    c->settled = true;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        c->going = true;
        return 0;
    }
    if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
        !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    transfer = transfer_of(session, frame->hd.stream_id);
    if (!transfer)
        return 0;
    if (transfer->sent_bytes < transfer->body.len) /* it wants no more of it */
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, transfer->stream, NGHTTP2_CANCEL);
    c->served++;
    take_out(c, transfer);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream, uint32_t code, void *arg)
{
    struct grpc_transfer *transfer = transfer_of(session, stream);
    struct grpc_connection *c = arg;

    if (!transfer) /* answered, or given up */
        return 0;
    transfer->stream_error = code;
    take_out(c, transfer);
    return 0;
}

static int on_error(nghttp2_session *session, int code, const char *text, size_t len, void *arg)
{
    struct grpc_connection *c = arg;

    (void)session, (void)code;
    if (c->nghttp2_says[0] == '\0')
        snprintf(c->nghttp2_says, sizeof(c->nghttp2_says), "%.*s", (int)len, text);
    return 0;
}

/* False: the connection is at its end, and c->why says why. */
static bool receive(struct grpc_connection *c)
{
    const char *peer = grpc_client_peer(c->client);
    char bytes[RECEIVE_SIZE];
    ssize_t got = 0, used;

    c->more = false;
    for (unsigned i = 0; i < READS_MAX; i++) {
        got = peer_socket_receive(c->socket, bytes, sizeof(bytes));
        if (got <= 0)
            break;
        c->received_ms = uv_now(grpc_client_loop(c->client));
        used = nghttp2_session_mem_recv(c->session, (const uint8_t *)bytes, (size_t)got);
        if (used < 0) {
            snprintf(c->why, sizeof(c->why), "HTTP/2 with %s failed (is that the other port?): %s",
                     peer, c->nghttp2_says[0] ? c->nghttp2_says : nghttp2_strerror((int)used));
            return false;
        }
    }
    c->more = got > 0; /* TLS may hold it, where no poll sees it */
    if (got >= 0)
        return true;
    if (!c->settled)
        snprintf(c->why, sizeof(c->why),
                 "%s closed the connection without an answer: most likely that is the other port, "
                 "of HTTP, or one that wants TLS",
                 peer);
    else
        snprintf(c->why, sizeof(c->why), "the connection to %s %s", peer,
                 got == PEER_SOCKET_END ? "was closed" : "broke");
    return false;
}

/* ---- its turn ---- */

/* What is over is told; the client may be gone then. */
static void tell_over(struct grpc_connection *c)
{
    while (!list_empty(&c->over)) {
        struct grpc_transfer *transfer = LIST_ENTRY(c->over.next, struct grpc_transfer, node);
        char why[400];

        list_remove(&transfer->node);
        transfer->connection = NULL;
        if (!transfer->too_long && transfer->stream_error == 0 && transfer->status != 0) {
            grpc_transfer_end(transfer);
        } else if (transfer->stream_error != NGHTTP2_REFUSED_STREAM ||
                   !grpc_transfer_again(transfer)) {
            if (transfer->too_long)
                snprintf(why, sizeof(why), "%s answered with more than %d bytes",
                         grpc_client_peer(transfer->client), GRPC_RESPONSE_MAX);
            else if (transfer->head.bytes > HTTP_HEADERS_MAX)
                snprintf(why, sizeof(why), "%s answered with more than %d bytes of headers",
                         grpc_client_peer(transfer->client), HTTP_HEADERS_MAX);
            else
                snprintf(why, sizeof(why), "%s ended the call (%s)",
                         grpc_client_peer(transfer->client),
                         nghttp2_http2_strerror(transfer->stream_error));
            grpc_transfer_fail(transfer, why);
        }
    }
}

/* It takes no calls any more, and those that it has are tried again, or fail. */
static void lose(struct grpc_connection *c)
{
    bool kept = c->served > 0;

    while (c->client && !list_empty(&c->calls)) {
        struct grpc_transfer *transfer = LIST_ENTRY(c->calls.next, struct grpc_transfer, node);

        list_remove(&transfer->node);
        c->call_count--;
        transfer->connection = NULL;
        /* A kept connection was dead: it is not the call's fault. */
        if (!kept || transfer->status != 0 || transfer->tries > 0 || !grpc_transfer_again(transfer))
            grpc_transfer_fail(transfer, c->why);
    }
}

/* False: it is broken. */
static bool send_all(struct grpc_connection *c)
{
    for (unsigned i = 0; i < TURNS_MAX; i++) {
        if (!fill(c) || !send_queue(c))
            return false;
        if (c->out.queued > 0 || !nghttp2_session_want_write(c->session))
            break;
    }
    return true;
}

/* Reads, writes, tells. */
static void turn(struct grpc_connection *c)
{
    struct grpc_client *client = c->client;
    bool good;

    c->inside = true;
    good = receive(c);
    if (good && !send_all(c)) {
        snprintf(c->why, sizeof(c->why), "the connection to %s broke%s", grpc_client_peer(client),
                 c->settled ? "" : "; is that the other port, or one that wants TLS?");
        good = false;
    }
    if (good && !nghttp2_session_want_read(c->session) && c->out.queued == 0) {
        snprintf(c->why, sizeof(c->why), "HTTP/2 with %s failed (is that the other port?)%s%s",
                 grpc_client_peer(client), c->nghttp2_says[0] ? ": " : "", c->nghttp2_says);
        good = false;
    }
    if (!good || !nghttp2_session_check_request_allowed(c->session))
        c->going = true; /* for calls that answers start, too */
    tell_over(c);
    if (c->client && !good)
        lose(c);
    c->inside = false;
    if (!c->client) {
        connection_delete(c);
        return;
    }
    if (good)
        peer_socket_want_write(c->socket, c->out.queued > 0 || c->more ||
                                              nghttp2_session_want_write(c->session));
    if (!good || (c->going && c->call_count == 0))
        grpc_connection_free(c);
    grpc_client_give_out(client);
}

static void on_ready(void *arg)
{
    turn(arg);
}

static nghttp2_session *session_new(struct grpc_connection *c)
{
    static const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        abort(); /* out of memory */
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, on_frame_length);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_error_callback2(callbacks, on_error);
    if (nghttp2_session_client_new(&session, callbacks, c) != 0)
        abort(); /* out of memory */
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 1);
    return session;
}

static void on_connected(void *arg)
{
    struct grpc_connection *c = arg;

    c->session = session_new(c);
    peer_socket_want_write(c->socket, true);
    grpc_client_give_out(c->client);
}

static void on_failed(void *arg, const char *why, bool timed_out)
{
    struct grpc_connection *c = arg;
    struct grpc_client *client = c->client;
    char copy[sizeof(c->why)];

    (void)timed_out;
    snprintf(copy, sizeof(copy), "%s", why);
    grpc_connection_free(c);
    grpc_client_not_connected(client, copy);
}

struct grpc_connection *grpc_connection_new(struct grpc_client *client)
{
    static const struct peer_socket_calls calls = {on_connected, on_failed, on_ready};
    struct grpc_connection *c = mem_zero(sizeof(*c));

    c->client = client;
    list_init(&c->node);
    list_init(&c->calls);
    list_init(&c->over);
    budget_add(COST); /* what is needed to send what is held is not reserved */
    c->socket = grpc_client_dial(client, &calls, c);
    return c;
}

bool grpc_connection_has_room(const struct grpc_connection *c)
{
    uint32_t most;

    if (!c->session || c->going || c->call_count >= CALLS_MAX)
        return false;
    most = nghttp2_session_get_remote_settings(c->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    return c->call_count < most;
}

void grpc_connection_begin(struct grpc_connection *c, struct grpc_transfer *transfer)
{
    nghttp2_data_provider body = {.read_callback = on_body};
    nghttp2_nv fields[FIELDS_MAX];
    const char *at = transfer->fields.at;

    for (size_t i = 0; i < transfer->field_count; i++) {
        const char *value = at + strlen(at) + 1;

        fields[i] = (nghttp2_nv){.name = (uint8_t *)(uintptr_t)at,
                                 .value = (uint8_t *)(uintptr_t)value,
                                 .namelen = strlen(at),
                                 .valuelen = strlen(value),
                                 .flags = i < transfer->usual_count ? NGHTTP2_NV_FLAG_NONE
                                                                    : NGHTTP2_NV_FLAG_NO_INDEX};
        at = value + strlen(value) + 1;
    }
    transfer->stream =
        nghttp2_submit_request(c->session, NULL, fields, transfer->field_count, &body, transfer);
    if (transfer->stream < 0) { /* its ids are used up */
        transfer->stream = 0;
        c->going = true;
        peer_socket_want_write(c->socket, true); /* its turn comes, and ends it */
        return;
    }
    transfer->connection = c;
    list_remove(&transfer->node);
    list_push_back(&c->calls, &transfer->node);
    c->call_count++;
    peer_socket_want_write(c->socket, true);
}

void grpc_connection_cancel(struct grpc_connection *c, struct grpc_transfer *transfer)
{
    list_remove(&transfer->node);
    if (transfer->stream == 0) /* it is over, and has not been told yet */
        return;
    nghttp2_session_set_stream_user_data(c->session, transfer->stream, NULL);
    nghttp2_submit_rst_stream(c->session, NGHTTP2_FLAG_NONE, transfer->stream, NGHTTP2_CANCEL);
    chunks_keep(&c->out, transfer);
    c->call_count--;
    peer_socket_want_write(c->socket, true);
}

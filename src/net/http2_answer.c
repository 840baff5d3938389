/*
 * Answers as HTTP/2 frames: HEADERS and DATA, for gRPC with trailers behind them, or as trailers
 * only. One that is a stream of messages waits for more of them between its frames.
 */
#include <stdio.h>

#include "base/budget.h"
#include "net/http2_priv.h"
#include "net/request.h"

enum { FIELDS_MAX = 8 + ANSWER_FIELDS_MAX }; /* of an answer */

static struct session *session_of(struct request *r)
{
    return r->connection->session;
}

static nghttp2_nv field_of(struct str name, struct str value)
{
    union {
        const char *in;
        uint8_t *out;
    } n = {name.at}, v = {value.at}; /* nghttp2 copies both */

    return (nghttp2_nv){n.out, v.out, name.len, value.len, NGHTTP2_NV_FLAG_NONE};
}

static nghttp2_nv field(const char *name, struct str value)
{
    return field_of(str_of(name), value);
}

static int submit_trailers(struct request *r)
{
    char code[16];
    nghttp2_nv trailer;

    snprintf(code, sizeof(code), "%u", (unsigned)r->code);
    trailer = field("grpc-status", str_of(code));
    return nghttp2_submit_trailer(session_of(r)->h2, r->stream_id, &trailer, 1);
}

/* Gives nghttp2 the next bytes of an answer; behind gRPC's messages come the trailers. */
static ssize_t on_answer_read(nghttp2_session *h2, int32_t stream_id, uint8_t *to, size_t room,
                              uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct request *r = source->ptr;
    size_t left = r->answer.len - r->answer_sent;
    size_t len = left < room ? left : room;

    (void)h2;
    (void)stream_id;
    (void)arg;
    memcpy(to, r->answer.at + r->answer_sent, len);
    r->answer_sent += len;
    if (r->answer_sent < r->answer.len)
        return (ssize_t)len;
    if (r->streams && r->state != REQUEST_ANSWERED) {
        buf_reset(&r->answer);
        r->answer_sent = 0;
        return len > 0 ? (ssize_t)len : NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (r->grpc) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (submit_trailers(r) != 0)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return (ssize_t)len;
}

static void append_message(struct request *r, struct str message)
{
    grpc_prefix_write(&r->answer, (uint32_t)message.len);
    buf_append_str(&r->answer, message);
}

/* It waits for as long as the peer gives no window; a small one is part of what a stream costs. */
static void count_answer(struct request *r)
{
    if (r->answer.cap <= REQUEST_COST)
        return;
    budget_add(r->answer.cap);
    r->counted += r->answer.cap;
}

static void submit(struct request *r, const nghttp2_nv *fields, size_t count)
{
    nghttp2_data_provider provider = {.source.ptr = r, .read_callback = on_answer_read};

    count_answer(r);
    nghttp2_submit_response(session_of(r)->h2, r->stream_id, fields, count,
                            r->answer.len > 0 ? &provider : NULL);
}

static void respond_grpc(struct request *r, const struct response *response)
{
    char status[16], code[16];
    struct buf message = {0}, details = {0};
    nghttp2_nv fields[FIELDS_MAX];
    size_t count = 0;

    snprintf(status, sizeof(status), "%u", response->status);
    fields[count++] = field(":status", str_of(status));
    fields[count++] = field("content-type", str_of(response->type));
    if (response->code == GRPC_OK) {
        append_message(r, response->body);
        submit(r, fields, count);
        return;
    }
    snprintf(code, sizeof(code), "%u", (unsigned)response->code);
    grpc_message_write(&message, response->message);
    grpc_binary_write(&details, response->details);
    fields[count++] = field("grpc-status", str_of(code));
    if (message.len > 0)
        fields[count++] = field("grpc-message", buf_str(&message));
    if (details.len > 0)
        fields[count++] = field("grpc-status-details-bin", buf_str(&details));
    if (response->allow)
        fields[count++] = field("allow", str_of(response->allow));
    if (response->accept_encoding)
        fields[count++] = field("grpc-accept-encoding", str_of(response->accept_encoding));
    submit(r, fields, count);
    buf_done(&message);
    buf_done(&details);
}

static void respond_http(struct request *r, const struct response *response)
{
    char status[16], length[24], retry_after[16];
    nghttp2_nv fields[FIELDS_MAX];
    size_t count = 0;

    snprintf(status, sizeof(status), "%u", response->status);
    snprintf(length, sizeof(length), "%zu", response->body.len);
    fields[count++] = field(":status", str_of(status));
    if (response->type) {
        fields[count++] = field("content-type", str_of(response->type));
        fields[count++] = field("content-length", str_of(length));
    }
    if (response->allow)
        fields[count++] = field("allow", str_of(response->allow));
    if (response->accept_encoding)
        fields[count++] = field("accept-encoding", str_of(response->accept_encoding));
    if (response->retry_after_s > 0) {
        snprintf(retry_after, sizeof(retry_after), "%u", response->retry_after_s);
        fields[count++] = field("retry-after", str_of(retry_after));
    }
    for (size_t i = 0; i < response->fields.count; i++)
        fields[count++] = field_of(response->fields.at[i].name, response->fields.at[i].value);
    if (!r->head_only)
        buf_append_str(&r->answer, response->body);
    submit(r, fields, count);
}

static void resume(struct request *r)
{
    nghttp2_session_resume_data(session_of(r)->h2, r->stream_id); /* fails where it does not wait */
}

void http2_send(struct request *r, struct str message)
{
    const nghttp2_nv fields[] = {
        field(":status", STR("200")),
        field("content-type", STR("application/grpc")),
    };

    append_message(r, message);
    if (r->streams) {
        resume(r);
        return;
    }
    r->streams = true;
    submit(r, fields, sizeof(fields) / sizeof(fields[0]));
}

void http2_respond(struct request *r, const struct response *response)
{
    r->code = response->code;
    if (r->streams)
        resume(r);
    else if (response->type && (r->grpc || strcmp(response->type, "application/grpc") == 0))
        respond_grpc(r, response);
    else
        respond_http(r, response);
}

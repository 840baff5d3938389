/*
 * A call is a POST whose body is the prefix and the message, and whose answer is in the trailers.
 */
#include "net/grpc_client.h"

#include <assert.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/mem.h"
#include "net/grpc.h"

enum { HEADERS_MAX = 64, RETRY_MAX_S = 300, RESPONSE_MAX = 64 << 10 };

struct grpc_transfer {
    struct http_transfer *http;
    enum encoding encoding; /* of the message; the answer may be in it too */
    char prefix[GRPC_PREFIX_SIZE];
    grpc_answer_cb *on_answer;
    void *arg;
    struct str body[]; /* the prefix, and the pieces of the message */
};

/* ---- grpc-status-details-bin ---- */

struct field_value { /* one field of a protobuf message */
    unsigned number;
    struct str bytes; /* of a length-delimited one */
    uint64_t integer; /* of a varint */
};

static bool varint_read(struct str *in, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && in->len > 0; shift += 7) {
        unsigned char byte = (unsigned char)*in->at;

        in->at++;
        in->len--;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* The next field of a message; false at its end, and where it is malformed. */
static bool field_read(struct str *in, struct field_value *field)
{
    uint64_t tag, len = 0;

    *field = (struct field_value){0};
    if (!varint_read(in, &tag) || tag > UINT32_MAX)
        return false;
    field->number = (unsigned)tag >> 3;
    switch (tag & 7) {
    case 0:
        return varint_read(in, &field->integer);
    case 1:
        len = 8;
        break;
    case 2:
        if (!varint_read(in, &len))
            return false;
        break;
    case 5:
        len = 4;
        break;
    default:
        return false;
    }
    if (len > in->len)
        return false;
    field->bytes = (struct str){in->at, (size_t)len};
    in->at += len;
    in->len -= (size_t)len;
    return true;
}

/* google.protobuf.Duration: at most RETRY_MAX_S; one below zero is none. */
static uint64_t duration_read(struct str in)
{
    uint64_t seconds = 0, nanos = 0;
    struct field_value field;

    while (field_read(&in, &field))
        if (field.number == 1)
            seconds = field.integer;
        else if (field.number == 2)
            nanos = field.integer;
    if (seconds > INT64_MAX || nanos > 999999999)
        return 0;
    return seconds < RETRY_MAX_S ? seconds * 1000 + (nanos + 999999) / 1000000 : RETRY_MAX_S * 1000;
}

/* google.protobuf.Any: whether it is a google.rpc.RetryInfo. */
static bool any_read(struct str in, uint64_t *retry_after_ms)
{
    struct str type = {0}, value = {0};
    struct field_value field;

    while (field_read(&in, &field))
        if (field.number == 1)
            type = field.bytes;
        else if (field.number == 2)
            value = field.bytes;
    if (!str_eq(type, STR("type.googleapis.com/google.rpc.RetryInfo")))
        return false;
    *retry_after_ms = 0;
    while (field_read(&value, &field))
        if (field.number == 1)
            *retry_after_ms = duration_read(field.bytes);
    return true;
}

bool grpc_retry_info(struct str details, uint64_t *retry_after_ms)
{
    struct buf status = {0};
    struct field_value field;
    bool found = false;
    struct str in;

    if (base64_decode(details, buf_reserve(&status, details.len), &status.len)) {
        in = buf_str(&status);
        while (!found && field_read(&in, &field)) /* google.rpc.Status */
            found = field.number == 3 && any_read(field.bytes, retry_after_ms);
    }
    buf_done(&status);
    return found;
}

/* ---- the answer ---- */

/* grpc-message, percent-decoded; what is no code stays as it is. */
static void message_read(struct str in, struct buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        int high = in.at[i] == '%' && in.len - i > 2 ? hex_digit(in.at[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(in.at[i + 2]) : -1;

        buf_append_char(out, low >= 0 ? (char)(high * 16 + low) : in.at[i]);
        i += low >= 0 ? 2 : 0;
    }
}

/*
 * The one message of a body; empty where there is none, or only a part of one. Servers may answer
 * in the encoding of the request, as Go's do: then it is in *decoded.
 */
static struct str response_read(struct str body, enum encoding encoding, struct bytes **decoded)
{
    struct grpc_prefix prefix = {0};
    size_t taken = grpc_prefix_feed(&prefix, body.at, body.len);
    struct str rest = {body.at + taken, body.len - taken};

    if (!grpc_prefix_complete(&prefix) || grpc_prefix_length(&prefix) > rest.len)
        return (struct str){0};
    rest.len = grpc_prefix_length(&prefix);
    if (grpc_prefix_flag(&prefix) == 0)
        return rest;
    if (encoding == ENCODING_IDENTITY ||
        encoding_decode(encoding, rest, RESPONSE_MAX, decoded) != DECODE_OK)
        return (struct str){0};
    return bytes_str(*decoded);
}

static void on_http_answer(void *arg, const struct http_answer *http)
{
    struct grpc_transfer *transfer = arg;
    struct grpc_answer answer = {.retry_after_ms = http->retry_after_ms};
    struct bytes *decoded = NULL;
    struct buf text = {0};
    uint64_t code;

    if (http->status == 0) {
        answer.code = http->timed_out ? GRPC_DEADLINE_EXCEEDED : GRPC_UNAVAILABLE;
        buf_printf(&text, "%s", http->error);
    } else if (http->grpc_status.len > 0) {
        answer.code = GRPC_UNKNOWN;
        if (str_to_uint(http->grpc_status, GRPC_UNAUTHENTICATED, &code))
            answer.code = (enum grpc_code)code;
        message_read(http->grpc_message, &text);
        answer.retry_info = grpc_retry_info(http->grpc_details, &answer.retry_after_ms);
        if (answer.code == GRPC_OK)
            answer.response = response_read(http->body, transfer->encoding, &decoded);
    } else {
        answer.code = grpc_code_of_http(http->status);
        buf_printf(&text, "answered with HTTP status %u and no grpc-status: is it a gRPC port?",
                   http->status);
    }
    answer.message = buf_text(&text);
    transfer->on_answer(transfer->arg, &answer);
    bytes_unref(decoded);
    buf_done(&text);
    free(transfer);
}

/* ---- the call ---- */

struct grpc_transfer *grpc_client_call(struct http_client *client, const struct grpc_call *call)
{
    size_t pieces = 1 + call->message.count;
    struct grpc_transfer *transfer =
        mem_zero(sizeof(*transfer) + pieces * sizeof(transfer->body[0]));
    const char *headers[HEADERS_MAX + 5] = {"Content-Type: application/grpc", "TE: trailers"};
    struct http_post post = {.http2 = true,
                             .headers = headers,
                             .tls = call->tls,
                             .timeout_ms = call->timeout_ms,
                             .body = {transfer->body, pieces, GRPC_PREFIX_SIZE + call->message.len},
                             .on_answer = on_http_answer,
                             .arg = transfer};
    struct buf url = {0}, timeout = {0}, encoding = {0}, prefix = {0};
    size_t count = 2;

    assert(call->message.len <= UINT32_MAX);
    transfer->on_answer = call->on_answer;
    transfer->arg = call->arg;
    grpc_prefix_write(&prefix, (uint32_t)call->message.len);
    memcpy(transfer->prefix, prefix.at, GRPC_PREFIX_SIZE);
    transfer->body[0] = (struct str){transfer->prefix, GRPC_PREFIX_SIZE};
    for (size_t i = 1; i < pieces; i++)
        transfer->body[i] = call->message.at[i - 1];
    transfer->encoding = call->encoding;
    if (call->encoding != ENCODING_IDENTITY) {
        transfer->prefix[0] = 1;
        buf_printf(&encoding, "grpc-encoding: %s", encoding_name(call->encoding));
        headers[count++] = buf_text(&encoding);
    }
    if (call->timeout_ms > 0) { /* of at most 8 digits */
        bool large = call->timeout_ms > 99999999;

        buf_printf(&timeout, "grpc-timeout: %llu%c",
                   (unsigned long long)(large ? call->timeout_ms / 1000 : call->timeout_ms),
                   large ? 'S' : 'm');
        headers[count++] = buf_text(&timeout);
    }
    for (size_t i = 0; call->headers && call->headers[i] && i < HEADERS_MAX; i++)
        headers[count++] = call->headers[i];
    buf_printf(&url, "%s%s", call->url, call->path);
    post.url = buf_text(&url);
    transfer->http = http_client_post(client, &post);
    buf_done(&prefix);
    buf_done(&encoding);
    buf_done(&timeout);
    buf_done(&url);
    return transfer;
}

void grpc_transfer_cancel(struct grpc_transfer *transfer)
{
    http_transfer_cancel(transfer->http);
    free(transfer);
}

/*
 * What came back for a gRPC call, read into an answer: trailers, details, the one message.
 */
#include "net/grpc_client_priv.h"

#include "base/base64.h"
#include "base/hex.h"
#include "net/grpc.h"

enum { RETRY_MAX_S = 300 };

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

/* ---- the rest ---- */

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
    struct str rest;

    if (body.len < GRPC_PREFIX_SIZE)
        return (struct str){0};
    grpc_prefix_feed(&prefix, body.at, GRPC_PREFIX_SIZE);
    rest = (struct str){body.at + GRPC_PREFIX_SIZE, body.len - GRPC_PREFIX_SIZE};
    if (grpc_prefix_length(&prefix) > rest.len)
        return (struct str){0};
    rest.len = grpc_prefix_length(&prefix);
    if (grpc_prefix_flag(&prefix) == 0)
        return rest;
    if (encoding == ENCODING_IDENTITY ||
        encoding_decode(encoding, rest, GRPC_RESPONSE_MAX, decoded) != DECODE_OK)
        return (struct str){0};
    return bytes_str(*decoded);
}

void grpc_reply_read(const struct grpc_reply *reply, struct grpc_answer *answer, struct buf *text,
                     struct bytes **decoded)
{
    uint64_t code;

    *answer = (struct grpc_answer){.retry_after_ms = reply->retry_after_ms};
    if (reply->grpc_status.len > 0) {
        answer->code = GRPC_UNKNOWN;
        if (str_to_uint(reply->grpc_status, GRPC_UNAUTHENTICATED, &code))
            answer->code = (enum grpc_code)code;
        message_read(reply->grpc_message, text);
        answer->retry_info = grpc_retry_info(reply->grpc_details, &answer->retry_after_ms);
        if (answer->code == GRPC_OK)
            answer->response = response_read(reply->body, reply->encoding, decoded);
    } else {
        answer->code = grpc_code_of_http(reply->status);
        buf_printf(text, "answered with HTTP status %u and no grpc-status: is it a gRPC port?",
                   reply->status);
    }
    answer->message = buf_text(text);
}

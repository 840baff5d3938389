/*
 * Frames of HTTP/2 (RFC 9113, 4.1), and OTLP walked to its last byte.
 *
 * Windows are as large as they can be: that of a stream by SETTINGS, that of the connection is
 * filled up whenever a MiB has come.
 */
#include "sink_grpc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_HEAD = 9, CREDIT = 1 << 20, STREAMS = 256, PREFIX = 5 };
enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, WINDOW_UPDATE = 8 };
enum { ACK = 1, END_STREAM = 1, END_HEADERS = 4, PADDED = 8 };

struct stream {
    uint32_t id; /* 0: the place is free */
    unsigned char *data;
    size_t len, room;
};

struct grpc {
    int fd;
    uint32_t credit; /* bytes that have come since the connection's window was filled up */
    struct stream streams[STREAMS];
};

static bool send_all(int fd, const void *bytes, size_t len)
{
    return write(fd, bytes, len) == (ssize_t)len; /* small, and the socket is empty */
}

/* ---- OTLP ---- */

/* NULL: it is cut short. */
static const unsigned char *read_varint(const unsigned char *at, const unsigned char *end,
                                        uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*at & 0x7f) << shift;
        if (*at++ < 0x80)
            return at;
    }
    return NULL;
}

/* The fields of a message. member: of which the next level is walked, until levels is 0, where
 * one is counted. */
static bool walk(const unsigned char *at, const unsigned char *end, unsigned levels, int64_t *spans)
{
    unsigned member = levels == 3 ? 1 : 2; /* resource_spans; scope_spans, spans */
    uint64_t tag, len;

    while (at < end) {
        at = read_varint(at, end, &tag);
        if (!at)
            return false;
        switch (tag & 7) {
        case 0:
            at = read_varint(at, end, &len);
            len = 0;
            break;
        case 1:
            len = 8;
            break;
        case 2:
            at = read_varint(at, end, &len);
            break;
        case 5:
            len = 4;
            break;
        default:
            return false;
        }
        if (!at || len > (uint64_t)(end - at))
            return false;
        if (levels > 0 && tag == (member << 3 | 2)) {
            if (!walk(at, at + len, levels - 1, spans))
                return false;
            *spans += levels == 1;
        }
        at += len;
    }
    return true;
}

static int64_t count_spans(const unsigned char *message, size_t len)
{
    int64_t spans = 0;

    if (len < PREFIX || message[0] != 0)
        return -1;
    return walk(message + PREFIX, message + len, 3, &spans) ? spans : -1;
}

/* ---- frames ---- */

static void put_head(unsigned char *to, size_t len, unsigned type, unsigned flags, uint32_t stream)
{
    const unsigned char head[FRAME_HEAD] = {
        (unsigned char)(len >> 16),    (unsigned char)(len >> 8),    (unsigned char)len,
        (unsigned char)type,           (unsigned char)flags,         (unsigned char)(stream >> 24),
        (unsigned char)(stream >> 16), (unsigned char)(stream >> 8), (unsigned char)stream};

    memcpy(to, head, sizeof(head));
}

static bool send_frame(int fd, unsigned type, unsigned flags, const void *bytes, size_t len)
{
    unsigned char frame[64];

    put_head(frame, len, type, flags, 0);
    memcpy(frame + FRAME_HEAD, bytes, len);
    return send_all(fd, frame, FRAME_HEAD + len);
}

static bool answer(int fd, uint32_t stream)
{
    /* RFC 7541: ":status: 200" is 8 of the static table, "content-type" 31. */
    static const char head[] = "\x88\x0f\x10\x10"
                               "application/grpc";
    static const char trailers[] = "\x00\x0bgrpc-status\x01"
                                   "0";
    unsigned char reply[128], *to = reply;

    put_head(to, sizeof(head) - 1, HEADERS, END_HEADERS, stream);
    memcpy(to + FRAME_HEAD, head, sizeof(head) - 1);
    to += FRAME_HEAD + sizeof(head) - 1;
    put_head(to, PREFIX, DATA, 0, stream);
    memset(to + FRAME_HEAD, 0, PREFIX);
    to += FRAME_HEAD + PREFIX;
    put_head(to, sizeof(trailers) - 1, HEADERS, END_HEADERS | END_STREAM, stream);
    memcpy(to + FRAME_HEAD, trailers, sizeof(trailers) - 1);
    to += FRAME_HEAD + sizeof(trailers) - 1;
    return send_all(fd, reply, (size_t)(to - reply));
}

struct grpc *grpc_new(int fd)
{
    static const unsigned char settings[] = {0, 4, 0x7f, 0xff, 0xff, 0xff}; /* stream windows */
    static const unsigned char window[] = {0x7f, 0xff, 0, 0}; /* more, for the connection */
    struct grpc *grpc = calloc(1, sizeof(*grpc));

    if (grpc == NULL)
        abort();
    grpc->fd = fd;
    send_frame(fd, SETTINGS, 0, settings, sizeof(settings));
    send_frame(fd, WINDOW_UPDATE, 0, window, sizeof(window));
    return grpc;
}

void grpc_free(struct grpc *grpc)
{
    if (grpc == NULL)
        return;
    for (unsigned i = 0; i < STREAMS; i++)
        free(grpc->streams[i].data);
    free(grpc);
}

/* That of an id, or a free place where there is none; NULL: there are too many. */
static struct stream *stream_of(struct grpc *grpc, uint32_t id)
{
    struct stream *place = NULL;

    for (unsigned i = 0; i < STREAMS; i++) {
        if (grpc->streams[i].id == id)
            return &grpc->streams[i];
        if (grpc->streams[i].id == 0)
            place = &grpc->streams[i];
    }
    if (place != NULL) {
        place->id = id;
        place->len = 0;
    }
    return place;
}

static void append(struct stream *stream, const unsigned char *at, size_t len)
{
    if (stream->room - stream->len < len) {
        stream->room = 2 * stream->room + len;
        stream->data = realloc(stream->data, stream->room);
        if (stream->data == NULL)
            abort();
    }
    memcpy(stream->data + stream->len, at, len);
    stream->len += len;
}

static bool take_data(struct grpc *grpc, struct stream *stream, const unsigned char *at, size_t len)
{
    unsigned char credit[4];

    append(stream, at, len);
    grpc->credit += (uint32_t)len;
    if (grpc->credit < CREDIT)
        return true;
    for (unsigned i = 0; i < 4; i++)
        credit[i] = (unsigned char)(grpc->credit >> (24 - 8 * i));
    grpc->credit = 0;
    return send_frame(grpc->fd, WINDOW_UPDATE, 0, credit, sizeof(credit));
}

static bool take_frame(struct grpc *grpc, const unsigned char *frame, size_t len,
                       void (*on_call)(int64_t spans, size_t bytes))
{
    unsigned type = frame[3], flags = frame[4];
    uint32_t id = (uint32_t)(frame[5] & 0x7f) << 24 | (uint32_t)frame[6] << 16 |
                  (uint32_t)frame[7] << 8 | frame[8];
    const unsigned char *payload = frame + FRAME_HEAD;
    struct stream *stream;

    switch (type) {
    case SETTINGS:
        return flags & ACK || send_frame(grpc->fd, SETTINGS, ACK, "", 0);
    case PING:
        return flags & ACK || send_frame(grpc->fd, PING, ACK, payload, len);
    case DATA:
    case HEADERS:
    case RST_STREAM:
        stream = stream_of(grpc, id);
        if (stream == NULL || (type == DATA && flags & PADDED))
            return false;
        if (type == DATA && !take_data(grpc, stream, payload, len))
            return false;
        if (type != RST_STREAM && !(flags & END_STREAM))
            return true;
        stream->id = 0;
        if (type == RST_STREAM)
            return true;
        on_call(count_spans(stream->data, stream->len), stream->len);
        return answer(grpc->fd, id);
    default:
        return true;
    }
}

bool grpc_take(struct grpc *grpc, const unsigned char *at, size_t len, size_t *used,
               void (*on_call)(int64_t spans, size_t bytes))
{
    *used = 0;
    while (len - *used >= FRAME_HEAD) {
        const unsigned char *frame = at + *used;
        size_t size = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];

        if (len - *used < FRAME_HEAD + size)
            return true;
        if (!take_frame(grpc, frame, size, on_call))
            return false;
        *used += FRAME_HEAD + size;
    }
    return true;
}

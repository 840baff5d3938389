/*
 * A gRPC call in HTTP/2 whose payload is cut into DATA frames, and these into pieces of input, at
 * fuzzed places: the message and the answer are the same wherever it is cut.
 *
 * The first byte says which encoding is told, and whether frames are padded; the second is where
 * the places of the cuts come from.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/log.h"
#include "fuzz/fuzz.h"
#include "net/connection.h"
#include "net/server.h"

enum { FRAME_MAX = 16384, PAYLOAD_MAX = 1 << 15, MESSAGE_MAX = 4096, FRAME_HEAD = 9, PADDING = 5 };
enum { DATA = 0, HEADERS = 1, SETTINGS = 4, WINDOW_UPDATE = 8 };
enum { END_STREAM = 1, END_HEADERS = 4, PADDED = 8 };

struct run {
    struct connection connection;
    struct buf out, answer; /* all output; what of it is the answer */
    struct buf message;
    unsigned handled;
};

static struct run *current;

struct cuts { /* in a row by chance; state 0: no cut */
    uint32_t state;
};

/* How many of so many bytes come next. */
static size_t next_cut(struct cuts *cuts, size_t left)
{
    size_t most = left;

    if (cuts->state == 0)
        return left;
    cuts->state = cuts->state * 1664525 + 1013904223;
    if (cuts->state >> 31)
        most = 8; /* small ones often: the prefix has 5 bytes */
    if (most > left)
        most = left;
    return 1 + (cuts->state >> 8) % most;
}

static void on_request(void *arg, struct request *request, struct bytes *message)
{
    (void)arg;
    current->handled++;
    buf_append_str(&current->message, bytes_str(message));
    bytes_unref(message);
    request_answer(request, &(struct answer){.code = GRPC_OK, .body = STR("answer")});
}

static void status_body(struct buf *out, enum content_type type, enum grpc_code code,
                        const char *message)
{
    buf_printf(out, "%d %d %s", (int)type, (int)code, message);
}

static struct server *make_server(void)
{
    static const struct route routes[] = {
        {.path = "/s/m", .grpc = true, .handler = on_request},
        {.path = NULL},
    };
    static const struct server_settings settings = {.where = "fuzz",
                                                    .routes = routes,
                                                    .status_body = status_body,
                                                    .max_message_grpc = MESSAGE_MAX,
                                                    .max_message_http = MESSAGE_MAX};

    log_set_level(LOG_ERROR);
    return server_new(uv_default_loop(), &settings);
}

static void wake(struct connection *c)
{
    connection_output(c, &current->out);
}

/* ---- the client's bytes ---- */

static void put_frame(struct buf *out, unsigned type, unsigned flags, uint32_t stream,
                      struct str payload)
{
    const unsigned char head[FRAME_HEAD] = {(unsigned char)(payload.len >> 16),
                                            (unsigned char)(payload.len >> 8),
                                            (unsigned char)payload.len,
                                            (unsigned char)type,
                                            (unsigned char)flags,
                                            0,
                                            0,
                                            0,
                                            (unsigned char)stream};

    buf_append(out, head, sizeof(head));
    buf_append_str(out, payload);
}

/* HPACK: a literal that is not indexed. */
static void put_field(struct buf *out, const char *name, const char *value)
{
    buf_append_char(out, 0);
    buf_append_char(out, (char)strlen(name));
    buf_append_str(out, str_of(name));
    buf_append_char(out, (char)strlen(value));
    buf_append_str(out, str_of(value));
}

static void put_head(struct buf *out, const char *encoding)
{
    struct buf block = {0};

    buf_append_str(out, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    put_frame(out, SETTINGS, 0, 0, (struct str){"", 0});
    put_field(&block, ":method", "POST");
    put_field(&block, ":scheme", "http");
    put_field(&block, ":path", "/s/m");
    put_field(&block, ":authority", "localhost");
    put_field(&block, "content-type", "application/grpc");
    put_field(&block, "te", "trailers");
    if (encoding)
        put_field(&block, "grpc-encoding", encoding);
    put_frame(out, HEADERS, END_HEADERS, 1, buf_str(&block));
    buf_done(&block);
}

static void put_data(struct buf *out, struct str payload, bool padded, struct cuts *cuts)
{
    struct buf frame = {0};

    do {
        size_t most = payload.len < FRAME_MAX - PADDING - 1 ? payload.len : FRAME_MAX - PADDING - 1;
        size_t len = most > 0 ? next_cut(cuts, most) : 0;

        buf_reset(&frame);
        if (padded)
            buf_append_char(&frame, PADDING);
        buf_append(&frame, payload.at, len);
        if (padded)
            buf_append(&frame, "\0\0\0\0", PADDING);
        put_frame(out, DATA, (padded ? PADDED : 0) | (len == payload.len ? END_STREAM : 0), 1,
                  buf_str(&frame));
        payload.at += len;
        payload.len -= len;
    } while (payload.len > 0);
    buf_done(&frame);
}

/* ---- what became of it ---- */

/* Of the output what belongs to the answer: its head, its data and its trailers, once each. */
static void keep_answer(struct run *run)
{
    const unsigned char *at = (const unsigned char *)run->out.at;
    size_t left = run->out.len;

    while (left > 0) {
        size_t len;

        assert(left >= FRAME_HEAD);
        len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
        assert(left - FRAME_HEAD >= len);
        if (at[3] == DATA || at[3] == HEADERS)
            buf_append(&run->answer, at, FRAME_HEAD + len);
        at += FRAME_HEAD + len;
        left -= FRAME_HEAD + len;
    }
}

static void go(struct server *server, struct run *run, struct str payload, unsigned options,
               struct cuts *cuts)
{
    static const char *const encodings[] = {NULL, "gzip", "zstd", "deflate"};
    struct buf in = {0};
    struct str left;

    current = run;
    put_head(&in, encodings[options & 3]);
    put_data(&in, payload, options & 4, cuts);
    connection_init(&run->connection, server, "peer", wake, 1000);
    for (left = buf_str(&in); left.len > 0 && run->connection.state == CONNECTION_OPEN;) {
        size_t len = next_cut(cuts, left.len);

        connection_feed(&run->connection, left.at, len, 1000);
        connection_output(&run->connection, &run->out);
        left.at += len;
        left.len -= len;
    }
    keep_answer(run);
    connection_done(&run->connection);
    buf_done(&in);
}

static void finish(struct run *run)
{
    buf_done(&run->out);
    buf_done(&run->answer);
    buf_done(&run->message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct server *server;
    static struct run whole, pieces;
    struct cuts none = {0}, some = {0};

    if (!server)
        server = make_server();
    if (size < 2 || size > PAYLOAD_MAX)
        return 0;
    some.state = data[1] + 1U;
    whole = pieces = (struct run){.handled = 0};
    go(server, &whole, (struct str){(const char *)data + 2, size - 2}, data[0], &none);
    go(server, &pieces, (struct str){(const char *)data + 2, size - 2}, data[0], &some);
    assert(whole.handled == pieces.handled && whole.handled <= 1);
    assert(whole.message.len <= MESSAGE_MAX);
    assert(str_eq(buf_str(&whole.message), buf_str(&pieces.message)));
    assert(whole.answer.len > 0);
    assert(str_eq(buf_str(&whole.answer), buf_str(&pieces.answer)));
    finish(&whole);
    finish(&pieces);
    assert(budget_used() == 0);
    return 0;
}

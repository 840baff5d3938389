/*
 * https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
 */
#include "exporters/file_encode.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/encode.h"
#include "otlp/json_write.h"
#include "otlp/request_write.h"

enum { REQUEST_MAX = 16 << 20 };

struct file_encoder {
    bool json, framed;
    struct encoder *zstd; /* NULL: nothing is compressed */
};

struct file_encoder *file_encoder_new(const struct file_settings *settings)
{
    struct file_encoder *encoder = mem_zero(sizeof(*encoder));

    encoder->json = settings->form == FILE_JSON;
    encoder->framed = !file_is_lines(settings);
    if (settings->compression > 0)
        encoder->zstd = encoder_new(ENCODING_ZSTD, ENCODE_LEVEL_USUAL);
    return encoder;
}

void file_encoder_free(struct file_encoder *encoder)
{
    if (!encoder)
        return;
    encoder_free(encoder->zstd);
    free(encoder);
}

static void put_framed(struct buf *out, struct str message)
{
    uint32_t len = htonl((uint32_t)message.len);

    buf_append(out, &len, sizeof(len));
    buf_append_str(out, message);
}

static void put_message(const struct file_encoder *encoder, const struct shape *shape,
                        struct str message, struct buf *out)
{
    struct buf json = {0}, zstd = {0};

    if (!encoder->framed) {
        json_write(out, shape, message);
        buf_append_char(out, '\n');
        return;
    }
    if (encoder->json) {
        json_write(&json, shape, message);
        message = buf_str(&json);
    }
    if (encoder->zstd) {
        encoder_run(encoder->zstd, message, &zstd);
        message = buf_str(&zstd);
    }
    put_framed(out, message);
    buf_done(&json);
    buf_done(&zstd);
}

/* In one piece, as most are anyhow. */
static void put_request(const struct file_encoder *encoder, const struct shape *shape,
                        const struct pieces *request, struct buf *out)
{
    struct buf joined = {0};

    if (request->count == 1) {
        put_message(encoder, shape, request->at[0], out);
        return;
    }
    pieces_join(request, &joined);
    put_message(encoder, shape, buf_str(&joined), out);
    buf_done(&joined);
}

void file_encode(struct file_encoder *encoder, const struct batch *batch, struct buf *out)
{
    const struct shape *shape = signal_words[batch->signal].request;
    struct request_writer *writer = request_writer_new(batch);
    struct request_message message;

    while (request_writer_next(writer, REQUEST_MAX, SIZE_MAX, &message))
        put_request(encoder, shape, &message.pieces, out);
    request_writer_free(writer);
}

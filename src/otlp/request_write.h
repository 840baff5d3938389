/*
 * A batch as OTLP wants it: one request after the other, each within a limit.
 *
 *     batch    [ slice A, all of it ] [ slice B, a part ] [ slice C, all of it ]
 *     request  the body of A          ResourceSpans ...   the body of C
 *
 * What came as a request and is whole goes out as the bytes that came, for in protobuf two requests
 * behind each other are one; what a later version of OTLP has put in them goes along, and nothing
 * is copied. Of other slices the items are written anew from the index, each with its resource and
 * scope.
 */
#pragma once

#include "base/pieces.h"
#include "otlp/batch.h"

struct request_writer;

struct request_message {
    struct pieces pieces; /* an Export...ServiceRequest; good until the next call */
    size_t items;         /* spans, data points or log records */
    size_t messages;      /* Span, Metric or LogRecord messages: what can be cut at */
};

/* The batch is borrowed. Never NULL. */
struct request_writer *request_writer_new(const struct batch *batch);
void request_writer_free(struct request_writer *writer); /* takes NULL */

/*
 * The next items, up to so many messages (not 0), in no more than so many bytes; a message that
 * alone has more comes alone. False when there are no more.
 */
bool request_writer_next(struct request_writer *writer, size_t most_bytes, size_t most_messages,
                         struct request_message *message);

/* The memory for the bytes of the request that came last is given back; its items are not. */
void request_writer_release(struct request_writer *writer);

/* Back to the request that came last, whose memory is given back too. */
void request_writer_again(struct request_writer *writer);

/*
 * One group of spans as Jaeger's gRPC wants it: PostSpansRequest messages of jaeger.api_v2, the
 * protobuf that port 14250 takes. docs/jaeger.md has the fields.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "otlp/group.h"

/*
 * A message ends with the span that brings it beyond this many bytes, or before one that would.
 * Jaeger refuses messages above 4 MiB.
 */
enum { API_V2_MESSAGE_SIZE = 1 << 20 };

struct api_v2_message {
    struct str bytes; /* good until the next call */
    size_t items;
};

struct api_v2_writer;

/* The group is borrowed, and the batch behind it. Never NULL. */
struct api_v2_writer *api_v2_writer_new(const struct group *group);
void api_v2_writer_free(struct api_v2_writer *writer); /* takes NULL */

/* The next spans of the group, up to so many (not 0). False when there are no more. */
bool api_v2_next(struct api_v2_writer *writer, size_t most, struct api_v2_message *message);

/* Back to the message that came last; the memory for its bytes is given back until then. */
void api_v2_again(struct api_v2_writer *writer);

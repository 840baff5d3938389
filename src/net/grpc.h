/*
 * The words of gRPC over HTTP/2 that need no connection: the prefix of a message, and how values
 * stand in header fields.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* "application/grpc", alone or with "+proto" or parameters behind it. */
bool grpc_content_type(struct str value);

enum { GRPC_PREFIX_SIZE = 5 };

struct grpc_prefix { /* zeroed: nothing has come */
    unsigned char at[GRPC_PREFIX_SIZE];
    unsigned have;
};

/* Takes what it needs of the bytes and returns how many that were. */
size_t grpc_prefix_feed(struct grpc_prefix *prefix, const char *at, size_t len);

static inline bool grpc_prefix_complete(const struct grpc_prefix *prefix)
{
    return prefix->have == GRPC_PREFIX_SIZE;
}

/* Of a complete prefix. The flag is 0 or 1 in any valid one. */
static inline unsigned grpc_prefix_flag(const struct grpc_prefix *prefix)
{
    return prefix->at[0];
}
uint32_t grpc_prefix_length(const struct grpc_prefix *prefix);

/* Appends the prefix of an uncompressed message. */
void grpc_prefix_write(struct buf *out, uint32_t length);

/* "1500m" and the like, rounded up to milliseconds: false where it is malformed. */
bool grpc_timeout_parse(struct str value, uint64_t *ms);

/* Appends a grpc-message: percent-encoded outside 0x20 to 0x7e. */
void grpc_message_write(struct buf *out, struct str message);

/* Appends the value of a field whose name ends in "-bin": base64 without padding. */
void grpc_binary_write(struct buf *out, struct str value);

/*
 * Appends a google.rpc.Status with a google.rpc.RetryInfo of so many seconds (1 to 127), for
 * refusals that are made before anybody knows what the message is about.
 */
void grpc_retry_status_write(struct buf *out, unsigned code, struct str message, unsigned seconds);

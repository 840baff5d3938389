/*
 * Compressing the bodies of requests: what encoding.h decodes, the other way.
 */
#pragma once

#include "base/buf.h"
#include "net/encoding.h"

/* The compressor's own choice: it is fast, and a backend's link is seldom what is short. */
enum { ENCODE_LEVEL_USUAL = -1, ENCODE_GZIP_LEVEL_MAX = 9, ENCODE_ZSTD_LEVEL_MAX = 19 };

struct encoder; /* belongs to one thread */

/* encoding: GZIP, DEFLATE or ZSTD. Never NULL. */
struct encoder *encoder_new(enum encoding encoding, int level);
void encoder_free(struct encoder *encoder); /* takes NULL */

/* Appends to an empty buffer, which then has no room left over. */
void encoder_run(struct encoder *encoder, struct str plain, struct buf *out);

/*
 * The encodings that a body or message may come in: Content-Encoding, grpc-encoding.
 */
#pragma once

#include <stddef.h>

#include "base/bytes.h"
#include "base/str.h"

enum encoding {
    ENCODING_IDENTITY,
    ENCODING_GZIP,
    ENCODING_ZSTD,
    ENCODING_DEFLATE,
    ENCODING_UNKNOWN
};

/* By its name, letter case aside; the empty name is identity. */
enum encoding encoding_of(struct str name);

/* As Content-Encoding and grpc-encoding name it. */
const char *encoding_name(enum encoding encoding);

enum { ENCODING_LIST_SIZE = 64 };

/* What a server takes, in the words of Accept-Encoding. encodings: 1u << ENCODING_GZIP, ...; 0: all
 * but deflate, which clients write in two ways. */
void encoding_list(unsigned encodings, char list[ENCODING_LIST_SIZE]);

enum decode_verdict {
    DECODE_OK,
    DECODE_MALFORMED, /* not of that encoding, or cut short, or with more behind it */
    DECODE_TOO_LARGE, /* more than max bytes */
    DECODE_NO_ROOM    /* the memory budget is used up: refuse for now */
};

/*
 * Decodes a whole body. DECODE_OK: *out has at most max bytes and one reference, the caller's;
 * otherwise *out is NULL. What is on the way to *out is accounted in the budget too. Any thread may
 * call; each keeps decoders of its own until it ends.
 */
enum decode_verdict encoding_decode(enum encoding encoding, struct str compressed, size_t max,
                                    struct bytes **out);

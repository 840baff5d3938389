/*
 * The header fields and trailers of an answer, line by line: of them is kept what tells when to
 * come again, and what gRPC says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { HTTP_HEADERS_MAX = 64 << 10 }; /* bytes of an answer's, trailers included */

enum note { NOTE_STATUS, NOTE_MESSAGE, NOTE_DETAILS, NOTES }; /* headers of gRPC's */

struct answer_head { /* zeroed: nothing has come */
    size_t bytes;    /* of all lines */
    uint64_t retry_after_ms;
    struct buf notes[NOTES]; /* values as they came */
};

/* A status line, a field, or the empty line. False: that is too much. */
bool answer_head_line(struct answer_head *head, struct str line);

/* Forgets what was said, not how much that was: the fields of another answer follow. */
void answer_head_reset(struct answer_head *head);
void answer_head_done(struct answer_head *head);

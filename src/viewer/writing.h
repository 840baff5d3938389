/*
 * A text that is written for a client, and reserved in the memory budget as it grows. Where there
 * is no room it is full: what is written from then on is left out, and nobody gets the text.
 */
#pragma once

#include "base/buf.h"
#include "otlp/span.h"

enum { WRITING_MAX = 512 << 20 };

struct writing { /* zeroed: empty and ready */
    struct buf out;
    struct buf scratch;          /* of json_text() */
    struct attribute_view *tags; /* that are put in order */
    size_t tag_count, tag_cap;
    size_t reserved, counted;
    bool full;
};

void writing_done(struct writing *w);

/* Room for so many bytes at the end of out: false, and full, where there is none. */
bool writing_room(struct writing *w, size_t more);

/* Room for one more tag. */
bool writing_tag_room(struct writing *w);

void writing_put(struct writing *w, const char *text);

/* In quotes, escaped. */
void writing_put_text(struct writing *w, struct str text);

/* At most 256 bytes. */
void writing_printf(struct writing *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A comma where it is not the first; it is not from then on. */
void writing_comma(struct writing *w, bool *first);

/* As Jaeger has it: 16 digits where the first half is zero. */
void writing_put_trace_id(struct writing *w, uint64_t high, uint64_t low);

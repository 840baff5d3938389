/*
 * What the tags of a Jaeger span mean: those that jaeger/translate.h makes of fields of OTLP's
 * become such again.
 */
#pragma once

#include "jaeger/to_otlp.h"
#include "otlp/span.h"

enum special {
    SCOPE_NAME,
    SCOPE_VERSION,
    LIBRARY_NAME,
    LIBRARY_VERSION,
    KIND,
    STATUS_CODE,
    STATUS_ERROR,
    STATUS_MESSAGE,
    TRACE_STATE,
    DROPPED_ATTRIBUTES,
    DROPPED_EVENTS,
    DROPPED_LINKS,
    SPECIALS
};

struct span_meaning {
    const struct tag *of[SPECIALS]; /* NULL: no such tag */
};

/* Finds them, and marks the tags that are no attributes for that. */
void span_meaning_read(struct span_meaning *meaning, struct tag *tags, size_t count);

/* The text of the one, else of the other; empty where there is none. */
struct str span_meaning_text(const struct span_meaning *meaning, enum special s,
                             enum special other);

enum span_kind span_meaning_kind(const struct span_meaning *meaning);
enum status_code span_meaning_status(const struct span_meaning *meaning);
uint32_t span_meaning_dropped(const struct span_meaning *meaning, enum special s);

/* Its text is not empty. */
bool tag_is_words(const struct tag *tag);

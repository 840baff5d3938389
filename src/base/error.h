/*
 * What went wrong, as one sentence that a person reads: lower case, without a full stop, so that
 * the caller can put its own words in front.
 */
#pragma once

#include <stdbool.h>

struct error {
    char text[512];
};

/* Writes the sentence (cut to fit). Returns false, so that a setter can return it. err may be NULL.
 */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " in front of what is there. Returns false. */
bool error_prefix(struct error *err, const char *prefix);

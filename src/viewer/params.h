/*
 * The parameters of a query string: "service=shop&tag=http.method%3AGET".
 * https://url.spec.whatwg.org/#urlencoded-parsing, but strict: what is not well-formed is refused.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum { PARAMS_MAX = 64 };

struct param {
    struct str name, value; /* decoded, UTF-8; with a NUL behind */
};

struct params {
    struct param at[PARAMS_MAX];
    size_t count;
};

/* False and *err: what is wrong. Texts lie in the arena. */
bool params_read(struct params *params, struct str query, struct arena *arena, struct error *err);

/* The first one of that name; false: there is none, or it is empty. */
bool params_find(const struct params *params, const char *name, struct str *value);

/* Decodes "%2F", and where asked "+" as a blank. False and *err: what is wrong. */
bool percent_decode(struct str text, bool plus, struct arena *arena, struct str *decoded,
                    struct error *err);

/*
 * Header fields that an answer has besides those of its protocol: of CORS, of a challenge, and what
 * the configuration adds. Names are in lower case, as HTTP/2 wants them.
 */
#pragma once

#include <assert.h>
#include <stddef.h>

#include "base/str.h"

enum { RESPONSE_HEADERS_MAX = 16, ANSWER_FIELDS_MAX = RESPONSE_HEADERS_MAX + 8 };

struct answer_field {
    struct str name, value; /* borrowed */
};

struct answer_fields {
    struct answer_field at[ANSWER_FIELDS_MAX];
    size_t count;
};

static inline void answer_fields_add(struct answer_fields *fields, const char *name,
                                     struct str value)
{
    assert(fields->count < ANSWER_FIELDS_MAX);
    fields->at[fields->count++] = (struct answer_field){str_of(name), value};
}

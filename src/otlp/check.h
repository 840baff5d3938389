/*
 * Whether bytes are a message of a shape: wire types, lengths, nesting, and what its rules say.
 */
#pragma once

#include "otlp/shape.h"

struct check_result {    /* zeroed before the first message; adds up over several */
    const char *why;     /* a constant: why it is malformed */
    const char *at;      /* ... and where */
    uint64_t wrong_text; /* strings that are not UTF-8: not malformed */
    bool invalid_id;     /* an id has a wrong length, or is all zero: not malformed */
    uint32_t own_ids;    /* numbers of the CHECK_OWN_ID fields that came, as bits */
};

enum { CHECK_MAX_NESTING = 64 }; /* AnyValue in AnyValue */

/* False: malformed, result->why says why. */
bool check_message(const struct shape *shape, struct str message, struct check_result *result);

/* For a field that a caller reads by itself: its rule; NULL where it is to be passed over. */
bool check_field(const struct shape *shape, const struct wire_field *f, const struct wire *w,
                 const struct rule **rule, struct check_result *result);

/*
 * Copying texts that are short: most keys and values are. A copy of a length that the compiler
 * knows is two loads and two stores; one of any length is a call.
 */
#pragma once

#include "base/str.h"

enum { TEXT_COPY_ROOM = 32 }; /* beyond the text, where it is copied to */

/*
 * Returns the place behind the copy. source_end: where the bytes end that the text is a part of,
 * so that more than the text may be read; NULL: nothing is known. Up to TEXT_COPY_ROOM bytes behind
 * the copy may be written over.
 */
static inline char *text_copy(char *at, struct str s, const char *source_end)
{
    if (source_end && s.len - 1 < TEXT_COPY_ROOM && source_end - s.at >= TEXT_COPY_ROOM)
        memcpy(at, s.at, TEXT_COPY_ROOM);
    else if (s.len > 0)
        memcpy(at, s.at, s.len);
    return at + s.len;
}

/*
 * Times as text, by formats as strftime has them: "%Y-%m-%dT%H:%M:%S%z". In UTC, unless the text
 * says otherwise. What of the directives is there: docs/ottl.md.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"

/* False: *err says what is wrong with the format. */
bool time_format_check(struct str format, struct error *err);

/* False: *err says where the text is not as the format says, or that there is no such time. *ns:
 * since the epoch. */
bool time_format_read(struct str format, struct str text, int64_t *ns, struct error *err);

/* The format is one that was checked. */
void time_format_write(struct str format, int64_t ns, struct buf *out);

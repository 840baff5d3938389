/*
 * Durations as Go writes them: "1h2m3.5s", "200ms", "0".
 */
#pragma once

#include <stdint.h>

/*
 * Milliseconds; a part of one counts as a whole one. Units: ns us µs ms s m h. NULL, or what is
 * wrong with the text, in words that go behind it.
 */
const char *duration_parse(const char *text, uint64_t *ms);

/* The same in nanoseconds, at most INT64_MAX. */
const char *duration_parse_ns(const char *text, uint64_t *ns);

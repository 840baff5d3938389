/*
 * Arrays and maps as text: Jaeger's tags hold none.
 */
#pragma once

#include "base/buf.h"
#include "otlp/span.h"

enum { JSON_TEXT_MAX_SIZE = 16 << 20 };

/*
 * JSON of a value, mostly an ARRAY or a KVLIST, without white space, keys in the order of their
 * bytes. Empty where a number inside is not finite, and where it is nested too deeply or too long:
 * a tag without its value is worth more than no span. The text lies in the buffer, whose old
 * content goes; good until its next use.
 */
struct str json_text(const struct value_view *value, struct buf *buf);

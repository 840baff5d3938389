/*
 * Values of attributes: from the configuration, and as text.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "config/node.h"
#include "otlp/span.h"

/*
 * A value as it stands in the YAML, as an AnyValue message in the arena: 42 is an integer, "42" a
 * string, lists and maps are what they are. NULL is a null.
 */
struct str value_of_node(const struct node *node, struct arena *arena);

/*
 * As OTLP's libraries write it: a string as it is, true, 42, 0.5, bytes in base64, arrays and maps
 * as JSON. The text is the value's own, or lies in the buffer, whose old content goes.
 */
struct str value_text(const struct value_view *value, struct buf *buf);

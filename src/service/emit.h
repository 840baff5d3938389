/*
 * Trees as text.
 */
#pragma once

#include "base/buf.h"
#include "config/node.h"

/* Appends a map as a YAML document, in blocks. */
void emit_yaml(struct buf *out, const struct node *map);

/* Appends a string, with quotes where it needs them. */
void emit_yaml_text(struct buf *out, const char *text);

/* Appends a scalar or a null as JSON. */
void emit_json_scalar(struct buf *out, const struct node *scalar);

/* Appends a tree as JSON, indented, with a line's end. */
void emit_json(struct buf *out, const struct node *node);

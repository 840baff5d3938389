/*
 * The reference of all settings, printed from the components' tables of fields.
 */
#pragma once

#include "base/buf.h"

struct field;

/* Markdown to stdout: what docs/configuration.md holds. */
void reference_print(void);

/* Appends what a field takes: "one of tcp, tcp4". */
void reference_put_type(struct buf *out, const struct field *field);

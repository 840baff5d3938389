/*
 * Lists of strings, and header fields.
 */
#pragma once

#include "config/decode_text.h"

void decode_strings(struct decoder *d, const struct field *field, struct string_list *out,
                    const struct node *node);
void decode_headers(struct decoder *d, const struct field *field, struct header_list *out,
                    const struct node *node);

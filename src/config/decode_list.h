/*
 * Lists of strings, maps of them, and header fields.
 */
#pragma once

#include "config/decode_text.h"

void decode_strings(struct decoder *d, const struct field *field, struct string_list *out,
                    const struct node *node);
void decode_headers(struct decoder *d, const struct field *field, struct header_list *out,
                    const struct node *node);
void decode_texts(struct decoder *d, const struct field *field, struct text_map *out,
                  const struct node *node);

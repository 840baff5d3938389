/*
 * The header fields that came with a request, in one piece of shared bytes (base/bytes.h): they are
 * in the memory budget, do not change once the head is complete, and live as long as anybody has a
 * reference. They may hold secrets: they are compared and handed on, never logged.
 */
#pragma once

#include "base/bytes.h"

struct metadata_field {
    struct str name; /* in lower case */
    struct str value;
};

/*
 * Adds a field at the end; its name is put in lower case. *list: NULL, or one that only the caller
 * refers to. False where the budget has no room: then it stays as it was.
 */
bool metadata_add(struct bytes **list, struct str name, struct str value);

/* The fields, in the order in which they came. *at: 0 before the first. list: NULL has none; one
 * that was read from a file ends where a field is not whole. */
bool metadata_next(const struct bytes *list, size_t *at, struct metadata_field *field);

/* The values of one name, which is in lower case. */
bool metadata_next_value(const struct bytes *list, size_t *at, struct str name, struct str *value);

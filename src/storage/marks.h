/*
 * Which records of a segment are done with: a set in memory, and the file of marks that it is read
 * from at the next start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct marks { /* zeroed: none */
    uint64_t *words;
    size_t count; /* of words */
    uint64_t end; /* of the file */
};

void marks_done(struct marks *marks);

bool marks_has(const struct marks *marks, uint64_t number);
bool marks_add(struct marks *marks, uint64_t number); /* false: it was there */

/* Reads the file: what is whole, has the salt and a number below the limit. */
void marks_load(struct marks *marks, int fd, uint64_t salt, uint64_t limit);

/* Appends them to the file, which fd is open for. False, with errno: they are not all there. */
bool marks_append(struct marks *marks, int fd, uint64_t salt, const uint32_t *numbers,
                  size_t count);

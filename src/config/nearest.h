/*
 * "Did you mean": the nearest of some names to a misspelt word.
 */
#pragma once

#include <stddef.h>

/*
 * Of the names (NULL-terminated, or NULL) the one that is nearest to the word, counting letters
 * that are missing, too many, wrong or swapped with their neighbour; NULL: none is near. Letter
 * case, and "-" for "_", count as no difference.
 */
const char *nearest_name(const char *word, const char *const *names);

/* Such a count, where it is at most so many, and neither word longer than NEAREST_MAX: else
 * SIZE_MAX.
 */
enum { NEAREST_MAX = 64 };
size_t nearest_distance(const char *a, const char *b, size_t most);

/*
 * The Damerau-Levenshtein distance (in its "optimal string alignment" form): three rows of the
 * usual table are enough.
 */
#include "config/nearest.h"

#include <stdint.h>
#include <string.h>

#include "base/least.h"

enum { MOST_EDITS = 4 }; /* between a word and the name that was meant */

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    return c == '-' ? '_' : c;
}

size_t nearest_distance(const char *a, const char *b, size_t most)
{
    size_t a_len = strnlen(a, NEAREST_MAX + 1), b_len = strnlen(b, NEAREST_MAX + 1);
    size_t rows[3][NEAREST_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2], *oldest;

    if (a_len > NEAREST_MAX || b_len > NEAREST_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        before[j] = last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t smallest = row[0] = i;

        for (size_t j = 1; j <= b_len; j++) {
            size_t wrong = fold(a[i - 1]) != fold(b[j - 1]);

            row[j] = least(last[j - 1] + wrong, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
            smallest = least(smallest, row[j]);
        }
        if (smallest > most + 1) /* a swap may still come from two rows above, one better */
            return SIZE_MAX;
        oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_len] > most ? SIZE_MAX : last[b_len];
}

const char *nearest_name(const char *word, const char *const *names)
{
    size_t most = least(strnlen(word, NEAREST_MAX) / 3, MOST_EDITS);
    const char *nearest = NULL;

    for (; names && *names; names++) {
        size_t distance = nearest_distance(word, *names, most);

        if (distance == SIZE_MAX || (nearest && distance == most))
            continue;
        most = distance;
        nearest = *names;
    }
    return nearest;
}

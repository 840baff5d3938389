/*
 * A table of digests with open addressing, a few places for each.
 */
#include "extensions/remembered.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PLACES = 16, SIZE_MIN = 64, SPREAD = 4 };

void remembered_init(struct remembered *r, size_t count)
{
    size_t size = SIZE_MIN;

    while (size < count * SPREAD)
        size *= 2;
    r->at = mem_zero(size * sizeof(*r->at));
    r->mask = size - 1;
}

void remembered_done(struct remembered *r)
{
    free(r->at);
    *r = (struct remembered){.at = NULL};
}

/* One of the places that a digest may have. */
static struct secret_digest *place(const struct remembered *r, const struct secret_digest *digest,
                                   size_t number)
{
    size_t home;

    memcpy(&home, digest->at, sizeof(home));
    return &r->at[(home + number) & r->mask];
}

bool remembered_has(const struct remembered *r, const struct secret_digest *digest)
{
    for (size_t i = 0; r->at && i < PLACES; i++)
        if (secret_equal(place(r, digest, i), digest))
            return true;
    return false;
}

void remembered_add(struct remembered *r, const struct secret_digest *digest)
{
    static const struct secret_digest nothing;
    struct secret_digest *to = place(r, digest, 0);

    for (size_t i = PLACES; i-- > 0;)
        if (secret_equal(place(r, digest, i), &nothing))
            to = place(r, digest, i);
    *to = *digest;
}

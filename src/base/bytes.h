/*
 * Shared bytes: counted references to one buffer, accounted in the memory budget. Whoever made it
 * fills it while it has the only reference; from then on it never changes. The count is atomic, so
 * a reference may go to another thread.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct bytes {
    atomic_uint refs;
    size_t len; /* bytes in use */
    size_t cap;
    char at[];
};

/* Room for cap bytes, len 0, one reference: NULL where the budget has no room for it. */
struct bytes *bytes_new(size_t cap);

/*
 * A buffer becomes bytes where it lies, and is empty then. It was begun with BYTES_HEAD bytes, of
 * whatever content, that are none of the bytes'; and its cap has been reserved in the budget.
 */
enum { BYTES_HEAD = sizeof(struct bytes) };

struct bytes *bytes_from(struct buf *buf);

/*
 * More room for the only owner, who goes on with what it returns; content is kept. NULL where the
 * budget has no room: the old bytes then stay as they were, still owned.
 */
struct bytes *bytes_grow(struct bytes *bytes, size_t cap);

/*
 * For the only owner of finished bytes, who goes on with what it returns: gives back room that is
 * not in use, where it is more than an eighth and more than 4 KiB.
 */
struct bytes *bytes_trim(struct bytes *bytes);

struct bytes *bytes_ref(struct bytes *bytes);
void bytes_unref(struct bytes *bytes); /* takes NULL */

static inline struct str bytes_str(const struct bytes *bytes)
{
    return (struct str){bytes->at, bytes->len};
}

/*
 * Bodies of unfinished requests.
 */
#include "net/body.h"

#include <stdatomic.h>
#include <stdint.h>

#include "base/budget.h"

enum { FIRST_SIZE = 16 << 10, LITTLE_SIZE = 1 << 10, MUCH_PART = 16 };

static const size_t UNFINISHED_MAX = 256 << 20;

static atomic_size_t unfinished; /* capacity of all bodies that are still being received */

static size_t most_unfinished(void)
{
    size_t quarter = budget_limit() / 4;

    return quarter < UNFINISHED_MAX ? quarter : UNFINISHED_MAX;
}

static bool is_much(size_t held, size_t most)
{
    return held > most / MUCH_PART;
}

/* Half of what all may have is taken. */
static bool is_crowded(size_t most)
{
    return atomic_load_explicit(&unfinished, memory_order_relaxed) > most / 2;
}

bool body_is_crowding(size_t held)
{
    size_t most = most_unfinished();

    return is_much(held, most) && is_crowded(most);
}

static bool count_more(struct body *body, size_t cap)
{
    size_t most = most_unfinished(), more = cap - body->counted;
    size_t before = atomic_fetch_add_explicit(&unfinished, more, memory_order_relaxed);
    bool alone = before == body->counted;

    if (body->held && is_much(*body->held + more, most))
        most -= most / 4;
    if (!alone && (before > most || more > most - before)) {
        atomic_fetch_sub_explicit(&unfinished, more, memory_order_relaxed);
        return false;
    }
    body->counted = cap;
    if (body->held)
        *body->held += more;
    return true;
}

/* Empty again, with nothing counted. */
static void forget(struct body *body)
{
    atomic_fetch_sub_explicit(&unfinished, body->counted, memory_order_relaxed);
    if (body->held)
        *body->held -= body->counted;
    *body = (struct body){.held = body->held};
}

static enum body_verdict make_room(struct body *body, size_t cap)
{
    struct bytes *bytes;

    if (!count_more(body, cap))
        return BODY_NO_ROOM;
    bytes = body->bytes ? bytes_grow(body->bytes, cap) : bytes_new(cap);
    if (!bytes)
        return BODY_NO_ROOM;
    body->bytes = bytes;
    return BODY_OK;
}

enum body_verdict body_announce(struct body *body, size_t len)
{
    size_t at_once = is_crowded(most_unfinished()) ? LITTLE_SIZE : BODY_AT_ONCE;

    body->announced = len;
    if (!budget_has_room(len))
        return BODY_NO_ROOM;
    return make_room(body, len < at_once ? len : at_once);
}

/* What to reserve when len bytes are needed: twice of what there is, but not beyond the end. */
static size_t next_cap(const struct body *body, size_t len, size_t max)
{
    size_t cap = body->bytes ? body->bytes->cap * 2 : FIRST_SIZE;
    size_t end = body->announced > 0 && body->announced < max ? body->announced : max;

    if (cap > end)
        cap = end;
    return cap > len ? cap : len;
}

enum body_verdict body_append(struct body *body, const char *at, size_t len, size_t max)
{
    size_t have = body->bytes ? body->bytes->len : 0;

    if (have > max || len > max - have)
        return BODY_TOO_LARGE;
    if (!body->bytes || len > body->bytes->cap - have) {
        enum body_verdict verdict = make_room(body, next_cap(body, have + len, max));

        if (verdict != BODY_OK)
            return verdict;
    }
    memcpy(body->bytes->at + have, at, len);
    body->bytes->len = have + len;
    return BODY_OK;
}

struct bytes *body_take(struct body *body)
{
    struct bytes *bytes = body->bytes ? body->bytes : bytes_new(0);

    forget(body);
    return bytes;
}

void body_done(struct body *body)
{
    bytes_unref(body->bytes);
    forget(body);
}

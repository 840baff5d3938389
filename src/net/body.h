/*
 * A message that is being received: memory for it is reserved before its bytes come, one copy
 * brings them to where they stay.
 *
 * Up to BODY_AT_ONCE bytes are reserved when the length is announced; more only as bytes really
 * come, so that announcing alone holds no memory. (Once half of the limit below is taken, even that
 * much has to come first: many who announce and never send must not keep others out.) All
 * unfinished messages of the process together have a limit of their own: 256 MiB or a quarter of
 * the memory budget. (One that is alone may have more.) The last quarter of that is for connections
 * that hold little of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

enum { BODY_AT_ONCE = 1 << 20 };

enum body_verdict { BODY_OK, BODY_TOO_LARGE, BODY_NO_ROOM };

struct body { /* zeroed: nothing has come */
    struct bytes *bytes;
    size_t announced; /* 0: not known */
    size_t counted;   /* of the limit of all unfinished ones */
    size_t *held;     /* borrowed: the sum of counted of its connection's bodies; NULL: none */
};

/* Whether a connection whose bodies hold so much should be read more slowly: all unfinished ones
 * have half of what they may, and this has much of it. */
bool body_is_crowding(size_t held);

/* Makes room for a message of len bytes. */
enum body_verdict body_announce(struct body *body, size_t len);

/* Adds bytes; max is the most that the message may have. */
enum body_verdict body_append(struct body *body, const char *at, size_t len, size_t max);

/* Hands over the message (the caller's reference) and leaves an empty body: NULL without room. */
struct bytes *body_take(struct body *body);

/* Drops what has come. */
void body_done(struct body *body);

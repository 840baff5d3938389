/*
 * What is needed to send what is held is not reserved, but counted.
 */
#include "exporters/request_body.h"

#include "base/budget.h"

static struct pieces count_in(struct request_body *body)
{
    body->counted = body->bytes.cap;
    budget_add(body->counted);
    body->whole = buf_str(&body->bytes);
    return pieces_of(&body->whole);
}

struct pieces request_body_take(struct request_body *body, struct buf *plain,
                                struct encoder *encoder)
{
    if (encoder) {
        encoder_run(encoder, buf_str(plain), &body->bytes);
        buf_done(plain);
    } else {
        body->bytes = *plain;
        *plain = (struct buf){0};
    }
    return count_in(body);
}

struct pieces request_body_encode(struct request_body *body, const struct pieces *plain,
                                  struct encoder *encoder)
{
    struct buf joined = {0};

    if (plain->count != 1) { /* one lies together already */
        pieces_join(plain, &joined);
        return request_body_take(body, &joined, encoder);
    }
    encoder_run(encoder, plain->at[0], &body->bytes);
    return count_in(body);
}

void request_body_done(struct request_body *body)
{
    buf_done(&body->bytes);
    budget_release(body->counted);
    body->counted = 0;
}

/*
 * What the attributes and resource processors do to a list of attributes: a list of actions, one
 * after the other.
 */
#pragma once

#include "base/error.h"
#include "otlp/attributes.h"
#include "otlp/rewrite.h"
#include "processors/action_settings.h"

struct actions; /* of one worker */

/* Of settings that were checked, which it borrows. NULL: *err says why. */
struct actions *actions_new(const struct block_list *list, struct error *err);
void actions_free(struct actions *actions); /* takes NULL */

/*
 * For a rewriter: what the actions make of a message that has its attributes in the field of this
 * number. The list is used for it. metadata: what the request came with; may be NULL.
 */
enum rewrite actions_rewrite(struct actions *actions, struct attributes *attributes,
                             const struct bytes *metadata, struct str message, uint32_t number,
                             struct buf *out);

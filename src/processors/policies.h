/*
 * What the policies of tail_sampling say of a trace.
 *
 *     spans --> latency, status_code, ...   each span is looked at once, by all that look at spans
 *                     |
 *               and, not, drop, composite   then they are asked, in the order of the list
 *                     |
 *                  the decision             any drop: no. else any that samples: yes. else no
 *
 * Attribute policies with invert_match say more than no where a value is there that should not be:
 * then the trace is not sampled, unless a policy drops it anyway. Where it is not there, the trace
 * is sampled as long as no other policy says no.
 */
#pragma once

#include "base/error.h"
#include "otlp/batch.h"
#include "processors/policy_settings.h"

struct policies; /* of one worker: with what the limits have let through */

/* The settings are borrowed. share: among so many workers limits are shared out. NULL: *err says
 * why. */
struct policies *policies_new(struct policy_list settings, unsigned share, struct error *err);
void policies_free(struct policies *policies); /* takes NULL */

/* Whether the trace, of at least one span, is sampled. first_match: the first policy that samples
 * is enough. where: for the log. */
bool policies_sample(struct policies *policies, const struct batch *spans, bool first_match,
                     uint64_t now_ms, const char *where);

/*
 * The include and exclude blocks of processors: which spans, log records or metrics are meant.
 *
 *     include:
 *       match_type: strict
 *       services: [cart, checkout]              one of these
 *       attributes: [{key: env, value: prod}]   and all of these
 */
#pragma once

#include "base/error.h"
#include "otlp/rewrite.h"
#include "otlp/span.h"
#include "processors/match_settings.h"

struct match; /* of one worker */

/* Of settings that were checked, which it borrows. NULL: *err says why. */
struct match *match_new(const struct match_settings *settings, struct error *err);
void match_free(struct match *match); /* takes NULL */

/* In a rewriter's resource and scope: another one begins, what is known of the last one goes. */
void match_enter_resource(struct match *match); /* take NULL */
void match_enter_scope(struct match *match);

/*
 * Whether all conditions hold. Those on names, kinds, bodies and severities hold for the kind of
 * item that has such a thing; the attributes are the span's or log record's. Of a metric they are
 * those of its data points: match_attributes() tells.
 */
bool match_item(struct match *match, const struct rewrite_place *place, struct str item);
bool match_attributes(struct match *match, struct repeated attributes);

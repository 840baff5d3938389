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
#include "config/field.h"
#include "otlp/rewrite.h"
#include "otlp/span.h"

enum match_type { MATCH_STRICT, MATCH_REGEXP };

struct match_attribute {
    const char *key;
    const struct node *value; /* NULL: that it is there */
    struct str value_bytes;   /* derived: an AnyValue */
};

struct match_library {
    const char *name, *version; /* version NULL: any */
};

struct match_severity {
    bool enabled;
    uint64_t min;
    bool match_undefined;
};

struct match_settings {
    bool enabled; /* the block is there */
    unsigned match_type;
    struct string_list services, span_names, span_kinds;
    struct string_list log_bodies, log_severity_texts, metric_names;
    struct match_severity log_severity_number;
    struct block_list attributes, resources, libraries; /* match_attribute, match_library */
    struct match_regexp {
        char unused;
    } regexp;
};

extern const struct field match_fields[]; /* of a FIELD_SWITCH */

/* node: what has the block as `name`. */
void match_check(struct match_settings *settings, const char *name, const struct node *node,
                 struct problems *problems);

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

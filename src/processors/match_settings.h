/*
 * What the configuration says in an include or exclude block.
 */
#pragma once

#include "base/str.h"
#include "config/field.h"

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
    const char *name; /* the filter's form of min: "WARN", "13" */
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

/* Each of a FIELD_SWITCH; the filter's blocks for logs and metrics have other names. */
extern const struct field match_fields[], match_record_fields[], match_metric_fields[];

/* fields: of the block; node: what has it as `name`. */
void match_check(struct match_settings *settings, const struct field *fields, const char *name,
                 const struct node *node, struct problems *problems);

/* Of a span: "SPAN_KIND_SERVER"; of a number that is no kind, "SPAN_KIND_UNSPECIFIED". */
const char *match_kind_name(int32_t kind);

/*
 * A form that spans are written in: Zipkin's v2 JSON, and its protobuf.
 */
#pragma once

#include "zipkin/translate.h"

struct zipkin_form {
    const char *content_type;
    struct str open, between, close; /* of the list */

    /* Appends a tag. The tags of a resource and a scope are made once, and are the same bytes in
     * all of their spans. */
    void (*tag)(struct buf *out, struct str key, struct str value);

    /* Appends a span, with those tags in front of its own. It is read to its end. */
    void (*span)(struct buf *out, struct zipkin_span *span, struct str first_tags,
                 struct buf *scratch);
};

extern const struct zipkin_form zipkin_json, zipkin_proto;

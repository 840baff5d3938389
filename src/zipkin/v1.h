/*
 * Zipkin's old model, in which annotations say what a span is: "cs" that it is a client's, and
 * where and when it began. It becomes that of v2 while it is read.
 */
#pragma once

#include "zipkin/collect.h"

struct v1_endpoint {
    struct str service_name; /* borrowed for the call */
    struct zipkin_endpoint address;
};

struct v1_span {               /* zeroed at the beginning of each */
    uint64_t begin_us, end_us; /* by annotations; 0: not told */
    bool has_host;             /* an endpoint is the local one ... */
    bool host_is_sure;         /* ... because it belongs to the kind */
};

void v1_annotation(struct v1_span *v1, struct collector *c, uint64_t timestamp_us, struct str value,
                   const struct v1_endpoint *endpoint);

/* A binary annotation with a text. */
void v1_tag(struct v1_span *v1, struct collector *c, struct str key, struct str value,
            const struct v1_endpoint *endpoint);

/* One that says who the other side is: "sa", "ca", "ma". */
void v1_address(struct collector *c, struct str key, const struct v1_endpoint *endpoint);

/* As collect_end(). */
const char *v1_end(const struct v1_span *v1, struct collector *c);

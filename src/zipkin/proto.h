/*
 * The field numbers of zipkin-api's zipkin.proto.
 */
#pragma once

enum { LIST_SPANS = 1 };

enum {
    SPAN_TRACE_ID = 1,
    SPAN_PARENT_ID,
    SPAN_ID,
    SPAN_KIND,
    SPAN_NAME,
    SPAN_TIMESTAMP, /* fixed64, µs */
    SPAN_DURATION,
    SPAN_LOCAL_ENDPOINT,
    SPAN_REMOTE_ENDPOINT,
    SPAN_ANNOTATIONS,
    SPAN_TAGS, /* a map */
    SPAN_DEBUG,
    SPAN_SHARED
};

enum { ENDPOINT_SERVICE_NAME = 1, ENDPOINT_IPV4, ENDPOINT_IPV6, ENDPOINT_PORT };
enum { ANNOTATION_TIMESTAMP = 1, ANNOTATION_VALUE };
enum { TAG_KEY = 1, TAG_VALUE };

/*
 * Zipkin's formats to OTLP in protobuf, for payload_read(): https://zipkin.io/zipkin-api/
 *
 * What is read takes what has come, and no more: nesting, counts and sizes are held against the
 * bytes that are there. Members that are not known are passed over.
 */
#pragma once

#include "zipkin/collect.h"

/*
 * Each returns a request, or NULL: refused, and the report says why. parse_tags: texts of tags that
 * are numbers or truths become such.
 */
struct bytes *zipkin_read_json(struct str body, bool parse_tags, struct zipkin_report *report);
struct bytes *zipkin_read_proto(struct str body, bool parse_tags, struct zipkin_report *report);
struct bytes *zipkin_read_v1_json(struct str body, bool parse_tags, struct zipkin_report *report);
struct bytes *zipkin_read_thrift(struct str body, bool parse_tags, struct zipkin_report *report);

/*
 * What the files of the collector share: collect.c writes spans, collect_request.c orders them.
 */
#pragma once

#include "zipkin/collect.h"

enum { /* opentelemetry-proto, common.proto */
       KEY = 1,
       VALUE = 2,
       VALUE_TEXT = 1,
       VALUE_TRUTH = 2,
       VALUE_INTEGER = 3,
       VALUE_NUMBER = 4
};

/* From collect_request.c: what c->spans has from there on is a span of c->span's service. */
void collect_note(struct collector *c, size_t at);

/*
 * A span's tracestate, and the member of it that samplers share.
 *
 *     ot=rv:6e6d1a75832a2f;th:fd70a,vendor=x
 *
 * th: how many of 2^56 were left out on the way here, as hex digits without the zeros at the end.
 * rv: the randomness that decides it, where it is not the last seven bytes of the trace id.
 *
 * https://www.w3.org/TR/trace-context/#tracestate-header and
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

/* A trace is kept where its randomness is not below the threshold: with RANDOMNESS_END none is. */
#define RANDOMNESS_END ((uint64_t)1 << 56)

struct ot_member {
    bool has_randomness, has_threshold;
    uint64_t randomness, threshold; /* below RANDOMNESS_END */
};

/* Hex digits of a number below RANDOMNESS_END, of which the zeros at the end may be missing. */
enum { OT_DIGITS = 14 };
bool ot_digits_read(struct str digits, uint64_t *number);
void ot_digits_write(struct buf *out, uint64_t number, bool all);

/* The value of a member. False: there is none of this key. */
bool trace_state_get(struct str state, struct str key, struct str *value);

/* False: what stands there cannot be read, and *ot is empty. */
bool ot_member_read(struct str state, struct ot_member *ot);

/* The tracestate with this member first; what else stands in the old one stays. */
void ot_member_write(struct str state, const struct ot_member *ot, struct buf *out);

/*
 * What policies are, for those who evaluate them.
 */
#pragma once

#include "base/log.h"
#include "base/regex.h"
#include "ottl/ottl.h"
#include "processors/policies.h"
#include "processors/policy_metrics.h"

struct flow { /* so many a second, and so many at once */
    double per_second, burst;
    double spent; /* that has not flowed back at */
    uint64_t at_ms;
};

struct conditions {
    struct ottl_condition **at;
    size_t count;
};

struct policy {
    const struct policy_settings *settings;
    struct policy *top; /* that it is, or belongs to */
    struct policy *subs;
    size_t sub_count;
    struct regex **patterns; /* of STRING_ATTRIBUTE: one for each value, or NULL */
    struct conditions span, event;
    struct log_limit failed_log;
    uint64_t threshold;            /* of PROBABILISTIC: the largest hash that is sampled */
    struct flow flow;              /* of RATE_LIMITING, BYTES_LIMITING */
    double total;                  /* of COMPOSITE: spans a second */
    double part;                   /* of those in it: their part of these */
    uint64_t second;               /* of COMPOSITE */
    double taken;                  /* of those in it: spans in that second */
    struct policy_metrics metrics; /* of those at the top */

    /* Of the trace that is looked at: */
    bool matched; /* it has seen enough */
    bool failed;  /* a condition could not be told */
    uint64_t start_ns, end_ns;
    uint64_t spent_ns; /* of those at the top, where it is timed */
};

struct policies {
    struct policy *at;
    size_t count;
    struct policy **lookers; /* those that look at spans, wherever they stand */
    size_t looker_count, looker_cap;
    size_t open;                /* of those: have not seen enough */
    const char *where;          /* for the log, of the call */
    bool timed;                 /* the trace that is looked at */
    uint64_t traces, timed_for; /* so many have come; the times tell of the first so many */
    struct metric *errors;
};

/* Shows a trace's spans to the policies that look at spans: matched, start_ns and end_ns are then
 * what they have seen, and where it is timed, spent_ns of those at the top has gone up. */
void policies_look(struct policies *policies, const struct batch *spans);

/*
 * The conditions of the OpenTelemetry Transformation Language (OTTL), as people write them for
 * filters and sampling:
 *
 *     attributes["http.route"] == "/healthz" and status.code != STATUS_CODE_ERROR
 *     IsMatch(resource.attributes["service.name"], "^test-") or end_time - start_time >
 * Duration("5s")
 *
 * A condition is compiled once, by the thread that uses it, then evaluated on views: nothing is
 * allocated unless a function makes a text or a list. What of the language is there: docs/ottl.md.
 */
#pragma once

#include "base/error.h"
#include "otlp/log_record.h"
#include "otlp/metric.h"
#include "otlp/signal.h"

enum ottl_context { /* what a condition is about; those further on see those before, too */
                    OTTL_RESOURCE,
                    OTTL_SCOPE,
                    OTTL_SPAN,
                    OTTL_SPANEVENT,
                    OTTL_METRIC,
                    OTTL_DATAPOINT,
                    OTTL_LOG,
                    OTTL_CONTEXTS
};

extern const char *const ottl_context_names[OTTL_CONTEXTS + 1]; /* "span", ...; NULL at the end */

/* Of this signal, or of all: resource and scope. */
bool ottl_context_is_of(enum ottl_context context, enum signal signal);

enum { OTTL_MAX_LEN = 16384 /* of a condition */ };

struct ottl_condition;

/*
 * NULL: *err says what is wrong, and at which character. prefixed: each path has to begin with its
 * context ("span.name"), else it may.
 */
struct ottl_condition *ottl_condition_new(struct str text, enum ottl_context context, bool prefixed,
                                          struct error *err);
void ottl_condition_free(struct ottl_condition *condition); /* takes NULL */

/* The context of a condition whose paths all have one: the innermost. False: there is none. */
bool ottl_infer(struct str text, enum signal signal, enum ottl_context *context, struct error *err);

struct ottl_data { /* what a condition is evaluated on: the views of its context and those around */
    const struct resource_view *resource;
    const struct scope_view *scope;
    const struct span_view *span;
    const struct event_view *event;
    uint32_t event_index;
    const struct metric_view *metric;
    const struct point_view *point;
    const struct log_record_view *log;
};

enum ottl_verdict { OTTL_FALSE, OTTL_TRUE, OTTL_FAILED };

/* FAILED: *err says why it cannot be told. */
enum ottl_verdict ottl_condition_holds(const struct ottl_condition *condition,
                                       const struct ottl_data *data, struct error *err);

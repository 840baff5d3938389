/*
 * From Jaeger's model to OTLP: the inverse of jaeger/translate.h, so that what comes from Jaeger
 * and goes to Jaeger is what it was. docs/jaeger.md has the rules.
 *
 *     jaeger/from_thrift.c | jaeger/from_api_v2.c
 *         each span's tags, references and logs, gathered ──► to_otlp_span: a Span in protobuf
 *
 * Texts are borrowed from the message until the span is written. Memory is in the budget; where it
 * has no room, functions return false or NULL, and .no_room is set.
 */
#pragma once

#include "base/bytes.h"
#include "otlp/wire_write.h"

struct tag {
    struct str key;
    enum { IS_TEXT, IS_BOOL, IS_INTEGER, IS_DOUBLE, IS_BINARY } kind;
    bool taken;      /* its meaning has a field of OTLP's own */
    struct str text; /* of TEXT and BINARY */
    uint64_t bits;   /* of the others: 0 or 1, two's complement, IEEE 754 */
};

struct span_reference {
    uint64_t trace_high, trace_low, span;
    bool follows_from; /* else CHILD_OF */
};

struct gathered { /* some of those that were gathered one behind the other */
    size_t first, count;
};

struct span_log {
    int64_t time_ns;
    struct gathered fields; /* tags */
};

struct jaeger_span {
    uint64_t trace_high, trace_low, span;
    uint64_t parent; /* 0: what the references say */
    struct str name;
    uint32_t flags;
    int64_t start_ns, duration_ns;
    struct gathered tags, references, logs;
};

struct row { /* of things of one size that grows */
    struct bytes *bytes;
    size_t count;
};

struct to_otlp {
    struct bytes *request;                /* what is written */
    struct buf out;                       /* a window on it */
    size_t resource_at, scope_at;         /* where the groups that are open begin; 0: none */
    struct str scope_name, scope_version; /* of the open scope */
    struct row tags, references, logs;
    bool no_room;
};

struct from_report { /* of the readers */
    const char *why; /* a constant */
    size_t at;       /* offset in the message */
    bool no_room;    /* the memory budget is used up: refused for now */
};

/* A guess of how much will be written may be wrong. */
bool to_otlp_init(struct to_otlp *to, size_t guess);

/* Ends what is open. The request is the caller's; NULL: no room. */
struct bytes *to_otlp_finish(struct to_otlp *to);
void to_otlp_done(struct to_otlp *to); /* instead, or behind it */

/* One more of each; NULL: no room. Good until the next one. */
struct tag *to_otlp_tag(struct to_otlp *to);
struct span_reference *to_otlp_reference(struct to_otlp *to);
struct span_log *to_otlp_log(struct to_otlp *to);

/* The spans that follow are of another process. */
bool to_otlp_resource(struct to_otlp *to);

/* What that process is; before, between or behind its spans. What was gathered is forgotten. */
bool to_otlp_process(struct to_otlp *to, struct str service_name, struct gathered tags);

/* Writes the span, and forgets what was gathered. */
bool to_otlp_span(struct to_otlp *to, const struct jaeger_span *span);

/* Nanoseconds of so many units; what does not fit is cut to what does. */
int64_t to_otlp_ns(int64_t count, int64_t unit_ns, int64_t more_ns);

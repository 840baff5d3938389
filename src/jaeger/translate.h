/*
 * What of a span means what in Jaeger, whatever the encoding: docs/jaeger.md has the rules and
 * where they come from. jaeger/thrift.c and jaeger/api_v2.c only write down what these functions
 * say.
 */
#pragma once

#include "otlp/span.h"

enum reference_type { CHILD_OF, FOLLOWS_FROM }; /* the same numbers in Thrift and in protobuf */

struct jaeger_id { /* as Jaeger's Thrift has it: numbers; zero where there is none */
    uint64_t trace_high, trace_low, span;
};

struct reference {
    struct jaeger_id id;
    enum reference_type type;
};

struct references { /* of one span, to be walked */
    struct jaeger_id id;
    uint64_t parent;          /* span id of the parent reference that comes first; 0: none */
    enum reference_type type; /* of that reference */
    struct repeated links;    /* that are left */
    uint32_t count;           /* references in all, before the walk */
    uint64_t parent_span_id;  /* what Thrift's field of this name holds; 0: no parent */
};

struct process {
    struct str service_name;
    struct repeated attributes; /* with service.name among them; see process_next */
    uint32_t count;             /* tags */
};

enum { SPAN_EXTRA_TAGS = 8, SCOPE_TAGS = 2 };

/* A span id, or half a trace id: eight bytes, big endian. */
uint64_t id_number(const char *at);
struct jaeger_id id_of(struct str trace_id, struct str span_id);

void references_read(const struct span_view *span, struct references *refs);
bool reference_next(struct references *refs, struct reference *ref);

/* resource: the message; empty where there is none. */
void process_read(struct str resource, struct process *process);
bool process_next(struct process *process, struct attribute_view *tag);

/* The tags before a span's attributes; scope: the message. Returns how many. */
unsigned scope_tags(struct str scope, struct attribute_view tags[SCOPE_TAGS]);

/* The tags behind a span's attributes. Returns how many. */
unsigned span_tags(const struct span_view *span, struct attribute_view tags[SPAN_EXTRA_TAGS]);

/* The field before an event's attributes: its name. False where there is none. */
bool event_tag(const struct event_view *event, struct attribute_view *tag);

/* Nanoseconds between two times, within what fits; negative where the end comes first. */
int64_t duration_ns(uint64_t start_ns, uint64_t end_ns);

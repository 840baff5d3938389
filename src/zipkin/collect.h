/*
 * From Zipkin's spans to OTLP: a reader of any of Zipkin's formats tells one span after the other,
 * and at the end there is a request in protobuf, for payload_read().
 *
 *     reader -> span, tags, annotations -> Span messages -> ResourceSpans, one for each service
 *
 * docs/zipkin.md has the rules. What came from Zipkin and goes to Zipkin is there as it was.
 */
#pragma once

#include "base/bytes.h"
#include "zipkin/translate.h"

enum { ZIPKIN_WHY_MAX = 192 };

struct zipkin_report { /* what became of a body */
    enum {
        ZIPKIN_OK,
        ZIPKIN_MALFORMED, /* refused for good */
        ZIPKIN_NO_ROOM    /* the memory budget is used up: refused for now */
    } verdict;
    char why[ZIPKIN_WHY_MAX]; /* malformed: which span, which field, and what is wrong */
};

struct zipkin_span_in { /* one that is being read; zeroed by collect_begin, but for its buffers */
    bool has_trace_id, has_id, has_parent;
    uint8_t trace_id[16], id[8], parent_id[8];
    enum zipkin_kind kind;
    uint64_t timestamp_us, duration_us; /* 0: none */
    bool debug, shared;
    struct zipkin_endpoint local, remote; /* without their names */
    struct buf name, local_name, remote_name;
};

struct collected {         /* where a span is */
    size_t name, name_len; /* of its service, in names */
    size_t at, len;        /* of the message, in spans */
};

struct collector {
    bool parse_tags; /* texts of tags that are numbers or truths become such */
    struct zipkin_span_in span;

    /* inside */
    struct buf attributes, events; /* of this span, as fields */
    enum status_code status;
    struct buf description, error, trace_state;
    bool internal, has_description, has_error;
    struct buf names, spans;
    struct collected *done;
    size_t count, room;
    size_t reserved; /* bytes in the memory budget */
    bool no_room;    /* ... which is used up: nothing is taken any more */
    struct buf scratch;
};

/* A zeroed collector is ready; no_room tells why it may have nothing more. */
void collect_done(struct collector *c);

void collect_begin(struct collector *c);

/* What the span has any number of. Texts may be anything: payload_read() mends them. */
void collect_tag(struct collector *c, struct str key, struct str value);
void collect_annotation(struct collector *c, uint64_t timestamp_us, struct str value);

/*
 * An id in so many bytes at most, from hexadecimal digits or from fewer bytes: zeros go in front.
 * Return NULL, or what is wrong with it, a constant.
 */
const char *collect_id_text(struct str digits, uint8_t *id, size_t size);
const char *collect_id_bytes(struct str bytes, uint8_t *id, size_t size);

/* From its text: whatever is no address is left out. */
void collect_address(struct zipkin_endpoint *endpoint, struct str text);

/* The span is complete. Returns NULL, or what is wrong with it, a constant. */
const char *collect_end(struct collector *c);

/* The request; NULL: the memory budget has no room for it. */
struct bytes *collect_finish(struct collector *c);

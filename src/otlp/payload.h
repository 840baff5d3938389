/*
 * One request: its OTLP protobuf bytes, and an index that says where the parts lie.
 *
 *     body   ExportTraceServiceRequest, opentelemetry-proto 1.11, trace_service.proto
 *            (or ExportMetricsServiceRequest, ExportLogsServiceRequest: built the same way);
 *            beside it may stand messages that processors have written anew (otlp/rewrite.h)
 *     index  resources[] -> bytes of each Resource       (ResourceSpans.resource)
 *            scopes[]    -> bytes of each scope, its resource, its run of items
 *            items[]     -> bytes of each Span, Metric or LogRecord
 *            points[]    -> of each Metric how many data points it has: they are what is counted
 *
 * payload_read() walks the body once: it checks wire types, lengths, nesting, id lengths and UTF-8,
 * and writes the index. Everything behind it may trust the bytes. A payload never changes; only the
 * receiver may give it its metadata, before anybody else has it.
 *
 * Stricter than the protobuf decoders: nesting of AnyValue is limited; a field number 0 is refused;
 * spans with invalid ids are left out of the index and counted, and so are log records and metrics
 * with ids of a wrong length (theirs may be missing or zero). Two things are mended once, in a
 * new body: text that is not UTF-8 (U+FFFD for each wrong byte), and a resource or scope that comes
 * twice in its parent (merged, as protobuf wants it).
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/str.h"
#include "otlp/signal.h"

/* Beyond it a request is refused; so it is beyond CHECK_MAX_NESTING (otlp/check.h). */
enum { PAYLOAD_MAX_ITEMS = 1000000 };

enum { PAYLOAD_BODIES = 2 };

struct range {        /* of a body, which has less than 2 GiB */
    uint32_t at, len; /* RANGE_SIDE is set in at: of the side body. 0, 0: there is no such part */
};

#define RANGE_SIDE ((uint32_t)1 << 31)

struct payload_resource {
    struct range resource;   /* the Resource message; empty where there is none */
    struct range schema_url; /* of the ResourceSpans */
};

struct payload_scope {
    uint32_t resource;       /* index into resources */
    uint32_t first, count;   /* items */
    struct range scope;      /* the InstrumentationScope message */
    struct range schema_url; /* of the ScopeSpans */
};

/*
 * What stands behind payloads: told when nobody needs them any more, because all that they had was
 * delivered or given up. A payload that is made from another one has its origin too.
 */
struct origin {
    atomic_uint refs;
    void (*gone)(struct origin *self); /* on the thread of whoever was last */
};

struct payload {
    atomic_uint refs;
    enum signal signal;
    struct bytes *bodies[PAYLOAD_BODIES]; /* one reference each: the request as it came; messages
                                             that were written anew, or NULL */
    struct bytes *metadata; /* the header fields that it came with (base/metadata.h): one reference;
                               NULL: not kept */
    uint64_t came_ms;       /* when its request had come: uv_now(); 0: not known */
    uint32_t resource_count, scope_count, item_count;
    struct payload_resource *resources; /* these and points lie behind the struct */
    struct payload_scope *scopes;
    struct range *items;
    uint32_t *points; /* data points of each item of METRICS; NULL: each item counts as one */
    size_t counted;   /* spans, data points or log records: what batch sizes and answers count */
    size_t cost;      /* bytes of this index in the memory budget */
    bool whole;       /* the index left out no item: the body is a request of just these */

    /* One reference; NULL: it is in memory only. Set before the payload is shared. */
    struct origin *origin;
};

struct payload_report { /* what payload_read found */
    enum {
        PAYLOAD_OK,
        PAYLOAD_MALFORMED, /* refused for good */
        PAYLOAD_NO_ROOM    /* the memory budget is used up: refused for now */
    } verdict;
    const char *why;      /* a constant: what is wrong, or why items were left out; or NULL */
    size_t at;            /* malformed: the offset in the body */
    uint64_t rejected;    /* spans, data points or log records left out: ids are invalid */
    uint64_t mended_text; /* strings that were not UTF-8 */
};

/*
 * Checks and indexes a request's body; takes over the caller's reference to it, in any case.
 * Returns a payload with one reference; NULL: refused, and the report says why.
 */
struct payload *payload_read(enum signal signal, struct bytes *body, struct payload_report *report);

/* How many entries an index has room for. */
struct payload_room {
    uint64_t resources, scopes, items;
};

/*
 * For those who fill it in: an empty index, with one reference; takes over the one to the body.
 * NULL: the memory budget has no room, and the body is still the caller's.
 */
struct payload *payload_new(enum signal signal, struct bytes *body, struct payload_room room);

struct payload *payload_ref(struct payload *payload);
void payload_unref(struct payload *payload); /* takes NULL */

struct origin *origin_ref(struct origin *origin); /* takes NULL */

/* Index of the scope that an item belongs to. */
uint32_t payload_scope_of(const struct payload *payload, uint32_t item);

/* How many spans, data points or log records some of its items are. */
size_t payload_count(const struct payload *payload, uint32_t first, uint32_t count);

static inline struct str payload_str(const struct payload *payload, struct range range)
{
    return (struct str){payload->bodies[range.at >> 31]->at + (range.at & ~RANGE_SIDE), range.len};
}

/* Where the body ends that a range lies in: so far may be read. */
static inline const char *payload_body_end(const struct payload *payload, struct range range)
{
    const struct bytes *body = payload->bodies[range.at >> 31];

    return body->at + body->len;
}

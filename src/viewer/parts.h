/*
 * What many spans have in common is held once, for as long as one of them is there:
 *
 *     service   a name              <-- operation   name and kind of spans of that service
 *                               <-- resource    the head of a ResourceSpans
 *                                       <-- scope       the head of a ScopeSpans of that resource
 *
 * A head has the fields of its message but for the list that follows, so that head and list are
 * the message again.
 */
#pragma once

#include "base/list.h"
#include "base/table.h"
#include "viewer/room.h"

enum part_kind { PART_SERVICE, PART_OPERATION, PART_RESOURCE, PART_SCOPE };

struct part {
    struct table_node node;
    struct list among;  /* services: in parts->services; operations: in their service's */
    struct list within; /* of a service: its operations */
    struct part *above; /* one reference; NULL above services */
    size_t refs;
    enum part_kind kind;
    int32_t span_kind; /* of an operation: enum span_kind, one of them */
    uint64_t walk;     /* for who walks over spans: what number it has in that walk */
    uint32_t number;
    size_t len; /* bytes of the name, or of the head */
    char at[];
};

struct parts {
    struct table table;
    struct list services;
    struct room *room; /* borrowed: what parts take is taken there */
    uint64_t walks;
};

struct part_key {
    enum part_kind kind;
    int32_t span_kind;
    struct part *above;
    struct str bytes;
};

void parts_init(struct parts *parts, struct room *room);
void parts_done(struct parts *parts); /* all parts have gone */

/* The part, made where it is not there, with one more reference. NULL: there is no room for it. */
struct part *part_get(struct parts *parts, const struct part_key *key);

/* NULL: it is not there. No reference. */
struct part *part_find(const struct parts *parts, const struct part_key *key);

void part_drop(struct parts *parts, struct part *part); /* takes NULL */

static inline struct part *part_ref(struct part *part)
{
    part->refs++;
    return part;
}

static inline struct str part_str(const struct part *part)
{
    return (struct str){part->at, part->len};
}

/* The Resource or InstrumentationScope message in a head; empty: there is none. */
struct str part_message(const struct part *part);

/*
 * For who gives numbers to the parts of some spans: a walk begins, and each part has its number
 * set, and is new, once. Two walks at a time over the same kind do not mix.
 */
static inline void part_walk(struct parts *parts)
{
    parts->walks++;
}

static inline bool part_is_new(const struct parts *parts, struct part *part, uint32_t number)
{
    if (part->walk == parts->walks)
        return false;
    part->walk = parts->walks;
    part->number = number;
    return true;
}

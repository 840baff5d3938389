/*
 * One table for the parts of all kinds.
 */
#include "viewer/parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "otlp/wire.h"

void parts_init(struct parts *parts, struct room *room)
{
    *parts = (struct parts){.room = room};
    table_init(&parts->table);
    list_init(&parts->services);
}

void parts_done(struct parts *parts)
{
    assert(parts->table.count == 0);
    table_done(&parts->table);
}

/* The parts above are few, and their addresses not chosen outside. */
static uint64_t hash_of(const struct parts *parts, const struct part_key *key)
{
    uint64_t where = (uint64_t)(uintptr_t)key->above * 0x9e3779b97f4a7c15;

    return table_hash(&parts->table, key->bytes) ^ where ^ (uint64_t)key->kind << 60 ^
           (uint64_t)(uint32_t)key->span_kind;
}

static struct part *find(const struct parts *parts, const struct part_key *key, uint64_t hash)
{
    for (struct table_node *node = table_first(&parts->table, hash); node;
         node = table_next(node)) {
        struct part *part = LIST_ENTRY(node, struct part, node);

        if (part->kind == key->kind && part->above == key->above &&
            part->span_kind == key->span_kind && str_eq(part_str(part), key->bytes))
            return part;
    }
    return NULL;
}

struct part *part_find(const struct parts *parts, const struct part_key *key)
{
    return find(parts, key, hash_of(parts, key));
}

static size_t cost(size_t len)
{
    return sizeof(struct part) + len + ROOM_OVERHEAD + sizeof(struct table_node *);
}

struct part *part_get(struct parts *parts, const struct part_key *key)
{
    uint64_t hash = hash_of(parts, key);
    struct part *part = find(parts, key, hash);

    if (part)
        return part_ref(part);
    if (!room_take(parts->room, cost(key->bytes.len)))
        return NULL;
    part = mem_zero(sizeof(*part) + key->bytes.len);
    part->kind = key->kind;
    part->span_kind = key->span_kind;
    part->above = key->above ? part_ref(key->above) : NULL;
    part->refs = 1;
    part->len = key->bytes.len;
    if (part->len > 0)
        memcpy(part->at, key->bytes.at, part->len);
    list_init(&part->within);
    list_init(&part->among);
    if (part->kind == PART_SERVICE)
        list_push_back(&parts->services, &part->among);
    else if (part->kind == PART_OPERATION && part->above)
        list_push_back(&part->above->within, &part->among);
    table_add(&parts->table, &part->node, hash);
    return part;
}

void part_drop(struct parts *parts, struct part *part)
{
    struct part *above;

    for (; part && --part->refs == 0; part = above) {
        above = part->above;
        table_remove(&parts->table, &part->node);
        list_remove(&part->among);
        room_give(parts->room, cost(part->len));
        free(part);
    }
}

struct str part_message(const struct part *part)
{
    struct wire w = wire_of(part_str(part));
    struct wire_field field;

    while (wire_next(&w, &field))
        if (field.number == 1 && field.type == WIRE_BYTES)
            return field.bytes;
    return (struct str){0};
}

/*
 * Chains of nodes, in twice as many slots whenever there are more nodes than slots.
 */
#include "base/table.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/mem.h"

enum { SLOTS_FIRST = 16 };

struct sip { /* the state of the hash */
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_rounds(struct sip *s, unsigned rounds)
{
    while (rounds-- > 0) {
        s->a += s->b;
        s->b = rotate(s->b, 13) ^ s->a;
        s->a = rotate(s->a, 32);
        s->c += s->d;
        s->d = rotate(s->d, 16) ^ s->c;
        s->a += s->d;
        s->d = rotate(s->d, 21) ^ s->a;
        s->c += s->b;
        s->b = rotate(s->b, 17) ^ s->c;
        s->c = rotate(s->c, 32);
    }
}

static void sip_word(struct sip *s, uint64_t word)
{
    s->d ^= word;
    sip_rounds(s, 2);
    s->a ^= word;
}

uint64_t table_siphash(const uint64_t key[2], struct str bytes)
{
    struct sip s = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                    key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    uint64_t last = (uint64_t)bytes.len << 56, word;

    for (; bytes.len >= sizeof(word); bytes.at += sizeof(word), bytes.len -= sizeof(word)) {
        memcpy(&word, bytes.at, sizeof(word));
        sip_word(&s, word);
    }
    for (size_t i = 0; i < bytes.len; i++)
        last |= (uint64_t)(unsigned char)bytes.at[i] << 8 * i;
    sip_word(&s, last);
    s.c ^= 0xff;
    sip_rounds(&s, 4);
    return s.a ^ s.b ^ s.c ^ s.d;
}

void table_init(struct table *table)
{
    *table = (struct table){0};
    if (getrandom(table->key, sizeof(table->key), 0) != (ssize_t)sizeof(table->key))
        abort(); /* cannot fail: so few bytes are given at once */
}

void table_done(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}

uint64_t table_hash(const struct table *table, struct str name)
{
    return table_siphash(table->key, name);
}

static struct table_node **slot_of(const struct table *table, uint64_t hash)
{
    return &table->slots[hash & (table->size - 1)];
}

static void grow(struct table *table)
{
    struct table larger = *table;

    larger.size = table->size > 0 ? 2 * table->size : SLOTS_FIRST;
    larger.slots = mem_zero(larger.size * sizeof(struct table_node *));
    for (size_t i = 0; i < table->size; i++) {
        struct table_node *next;

        for (struct table_node *node = table->slots[i]; node; node = next) {
            struct table_node **slot = slot_of(&larger, node->hash);

            next = node->next;
            node->next = *slot;
            *slot = node;
        }
    }
    free(table->slots);
    *table = larger;
}

void table_add(struct table *table, struct table_node *node, uint64_t hash)
{
    struct table_node **slot;

    if (table->count == table->size)
        grow(table);
    slot = slot_of(table, hash);
    node->hash = hash;
    node->next = *slot;
    *slot = node;
    table->count++;
}

void table_remove(struct table *table, struct table_node *node)
{
    struct table_node **at = slot_of(table, node->hash);

    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    table->count--;
}

struct table_node *table_first(const struct table *table, uint64_t hash)
{
    struct table_node *node = table->size > 0 ? *slot_of(table, hash) : NULL;

    return node && node->hash != hash ? table_next(&(struct table_node){node->next, hash}) : node;
}

struct table_node *table_next(const struct table_node *node)
{
    struct table_node *next = node->next;

    while (next && next->hash != node->hash)
        next = next->next;
    return next;
}

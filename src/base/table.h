/*
 * A hash table whose nodes lie inside the things that it holds. Its hash has a key that each table
 * draws by chance, so that nobody outside can choose names that fall together (SipHash-2-4).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct table_node {
    struct table_node *next; /* in the same slot */
    uint64_t hash;
};

struct table {
    struct table_node **slots; /* a power of two; NULL while it is empty */
    size_t size, count;
    uint64_t key[2];
};

void table_init(struct table *table);
void table_done(struct table *table); /* the nodes are the caller's */

uint64_t table_hash(const struct table *table, struct str name);

void table_add(struct table *table, struct table_node *node, uint64_t hash);
void table_remove(struct table *table, struct table_node *node);

/* The nodes with that hash, one after another; NULL: no more. Which one it is the caller sees. */
struct table_node *table_first(const struct table *table, uint64_t hash);
struct table_node *table_next(const struct table_node *node);

/* https://www.aumasson.jp/siphash/siphash.pdf */
uint64_t table_siphash(const uint64_t key[2], struct str bytes);

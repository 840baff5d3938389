/*
 * The traces that something was decided of last, told by hashes of their ids, and when: 20
 * bytes each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_ids;

/* most: the one that was added first goes for the next. It takes memory as it fills. */
struct trace_ids *trace_ids_new(size_t most);
void trace_ids_free(struct trace_ids *ids); /* takes NULL */

/* Whether it is there; then *at_s is what it was added with. */
bool trace_ids_find(const struct trace_ids *ids, uint64_t hash, uint32_t *at_s);

/* at_s: seconds, of any clock. No effect where it is there. */
void trace_ids_add(struct trace_ids *ids, uint64_t hash, uint32_t at_s);

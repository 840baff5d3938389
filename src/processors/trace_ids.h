/*
 * The traces that something was decided of last, told by hashes of their ids: 16 bytes each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_ids;

/* most: the one that was added first goes for the next. It takes memory as it fills. */
struct trace_ids *trace_ids_new(size_t most);
void trace_ids_free(struct trace_ids *ids); /* takes NULL */

bool trace_ids_has(const struct trace_ids *ids, uint64_t hash);
void trace_ids_add(struct trace_ids *ids, uint64_t hash);

/*
 * Trees that no source was read for: what is printed as YAML or JSON (service/emit.h).
 */
#pragma once

#include "config/node.h"

struct arena;

/* A new node at the end of the parent, which may be NULL. key: NULL in a list. Keys and texts are
 * borrowed: they have to live as long as the tree. */
struct node *grow_map(struct arena *arena, struct node *parent, const char *key);
struct node *grow_list(struct arena *arena, struct node *parent, const char *key);
struct node *grow_null(struct arena *arena, struct node *parent, const char *key);

/* A string, and what is none: a number, or true. */
struct node *grow_text(struct arena *arena, struct node *parent, const char *key, const char *text);
struct node *grow_plain(struct arena *arena, struct node *parent, const char *key,
                        const char *text);

/* Puts a node that has no parent, but its key, at the end of one. */
void grow_attach(struct arena *arena, struct node *parent, struct node *child);

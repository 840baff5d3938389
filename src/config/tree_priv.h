/*
 * Making trees: for the files of this folder. All nodes of one configuration are made through one
 * struct tree, which counts them.
 */
#pragma once

#include "base/buf.h"
#include "base/file.h"
#include "config/source.h"

enum {
    TREE_MAX_DEPTH = 64,
    TREE_MAX_NODES = 10000,          /* keys count too; after aliases */
    TREE_MAX_SOURCE = FILE_SIZE_MAX, /* bytes of one source */
    TREE_MAX_BROUGHT = 4 << 20,      /* bytes that references and aliases bring, all together */
    TREE_MAX_REFERENCES = 10000,     /* that are followed, all together */
    TREE_MAX_ROUNDS = 32             /* references in what references brought */
};

struct tree {
    struct arena *arena;
    struct problems *problems;
    size_t nodes, brought /* bytes */, references;
    const struct config_file *files; /* read so far */
    bool full; /* a limit was passed; it has been told, and nothing more can be made */
};

/*
 * A new node in parent, in front of which the limits stand: NULL, told, where one is passed. key:
 * in the arena; NULL in a list. tree_loose is not in its parent's children, only knows its parent.
 */
struct node *tree_add(struct tree *tree, struct node *parent, const char *key, struct place key_at,
                      struct place at);
struct node *tree_loose(struct tree *tree, struct node *parent, struct place at);

/* Puts a node (from a loose one, or from another tree) at the end of the parent's children. */
void tree_attach(struct tree *tree, struct node *parent, struct node *child);

/* node becomes what other is: kind, text, children, place; other must not be used any more. */
void tree_become(struct node *node, struct node *other);

/* As tree_become, with copies of all that is below other, which stays as it is. */
bool tree_copy(struct tree *tree, struct node *node, const struct node *other);

/* Counts bytes that a reference or an alias brings. False, told, where it is too much. */
bool tree_brought(struct tree *tree, const struct node *node, size_t bytes);

/*
 * Goes down the parts of a key like "processors::batch::timeout", making the maps that are missing.
 * Returns the map for the last part, to which *key is then set; NULL where a part is there and is
 * no map (*clash), or where a limit is passed (*clash is NULL).
 */
struct node *tree_reach(struct tree *tree, struct node *map, const char **key, struct place key_at,
                        struct node **clash);

/* Puts all of a later map into an earlier one: maps join, all else is replaced. */
void tree_merge(struct tree *tree, struct node *map, struct node *later);

/* From source.c: as file_read(), and notes the file. */
bool tree_read_file(struct tree *tree, const char *path, bool regular, struct buf *content,
                    const char **why);

/* From yaml.c: one document. NULL: told. An empty one is a null node. parent: knows how deep it
 * will stand; may be NULL. all_at: where not NULL, the place of every node. */
struct node *tree_parse(struct tree *tree, const char *file, struct str text, struct node *parent,
                        const struct place *all_at);

/* From expand.c: replaces the references in all values. */
void tree_expand(struct tree *tree, struct node *node);

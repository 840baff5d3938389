/*
 * From the command line to one tree: sources are read and merged in order, then ${...} is expanded.
 * The language: docs/config-language.md.
 */
#pragma once

#include <stddef.h>

#include "config/node.h"

struct source { /* one --config or --set, in the order of the command line */
    enum { SOURCE_CONFIG, SOURCE_SET } kind;
    const char *text; /* "file.yaml", "file:...", "env:NAME", "yaml:..."; or "key.key=value" */
};

struct config_file { /* that the tree was read from: a source, or one of ${file:PATH} */
    const char *path;
    const struct config_file *next;
};

/*
 * The merged and expanded tree, in the arena: a map (perhaps empty). NULL where a source could not
 * be read at all; the problems say why, in any case. *files, where files is not NULL: what was
 * read, in the arena, each once.
 */
struct node *config_read(const struct source *sources, size_t count, struct arena *arena,
                         struct problems *problems, const struct config_file **files);

/* For tests and fuzzing: one YAML text to a tree, without merging or expanding. NULL: see problems.
 */
struct node *yaml_parse(const char *name, const char *text, size_t len, struct arena *arena,
                        struct problems *problems);

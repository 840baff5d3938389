/*
 * Everything that is wrong with a configuration, gathered and told in one run:
 *
 *     otel-collector-config.yaml:14:15: exporters.jaeger.endpoint: not a URL: "jaeger:14268"
 *
 * Texts may hold what the user wrote: control characters are made harmless, long texts cut.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct node;
struct arena;

enum { PROBLEMS_MAX = 1000 }; /* kept; of further ones only the errors are counted */

struct place {          /* in a source */
    const char *file;   /* as the user named it, or "--set"; lives as long as the tree's arena */
    unsigned line, col; /* from 1; 0: the source as a whole */
};

enum severity { PROBLEM_NOTE, PROBLEM_WARNING, PROBLEM_ERROR };

struct problem {
    enum severity severity;
    struct place place; /* its file is a copy: problems outlive the tree */
    const char *path;   /* "exporters.jaeger.endpoint"; "" where there is none */
    const char *text;
    size_t order; /* in which they were found */
};

struct problems {
    struct arena *arena; /* borrowed: holds the texts */
    struct problem *list;
    size_t count, cap;
    size_t errors; /* how many of them are errors */
};

void problems_init(struct problems *problems, struct arena *arena);
void problems_done(struct problems *problems);

/* At a node: its place and its path. */
void problem_at(struct problems *problems, enum severity severity, const struct node *node,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* At the key of a node: for what is wrong with the key itself. */
void problem_at_key(struct problems *problems, enum severity severity, const struct node *node,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Where there is no node: a file that cannot be read, a syntax error. */
void problem_in(struct problems *problems, enum severity severity, struct place place,
                const char *path, const char *format, ...) __attribute__((format(printf, 5, 6)));

#define error_at(problems, node, ...)   problem_at(problems, PROBLEM_ERROR, node, __VA_ARGS__)
#define warning_at(problems, node, ...) problem_at(problems, PROBLEM_WARNING, node, __VA_ARGS__)
#define note_at(problems, node, ...)    problem_at(problems, PROBLEM_NOTE, node, __VA_ARGS__)

/* Orders them by source, line and column, and drops repeats. */
void problems_sort(struct problems *problems);

/* "file:line:column: path: text", in the arena; "warning: " or "note: " stands before the path of a
 * lesser one. */
const char *problem_line(const struct problem *problem, struct arena *arena);

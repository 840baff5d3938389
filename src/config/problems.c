/*
 * A growing list; the texts are copied to the arena, so that they outlive the tree.
 */
#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log_line.h"
#include "base/mem.h"
#include "config/node.h"

enum { TEXT_MAX = 1000 }; /* bytes of one problem's text; the rest is cut */

void problems_init(struct problems *problems, struct arena *arena)
{
    *problems = (struct problems){.arena = arena};
}

void problems_done(struct problems *problems)
{
    free(problems->list);
    *problems = (struct problems){.arena = problems->arena};
}

/* A copy that can do no harm to a terminal. */
static const char *harmless(struct arena *arena, const char *text)
{
    struct buf out = {0};
    const char *copy;

    log_escape(&out, str_of(text), TEXT_MAX);
    copy = arena_text(arena, buf_text(&out));
    buf_done(&out);
    return copy;
}

__attribute__((format(printf, 5, 0))) static void add(struct problems *problems,
                                                      enum severity severity, struct place place,
                                                      const char *path, const char *format,
                                                      va_list args)
{
    char text[TEXT_MAX + 1];

    problems->errors += severity == PROBLEM_ERROR;
    if (problems->count == PROBLEMS_MAX)
        return;
    vsnprintf(text, sizeof(text), format, args);
    place.file = place.file ? harmless(problems->arena, place.file) : "";
    problems->list =
        mem_room(problems->list, problems->count, &problems->cap, sizeof(*problems->list));
    problems->list[problems->count] = (struct problem){
        .severity = severity,
        .place = place,
        .path = harmless(problems->arena, path),
        .text = harmless(problems->arena, text),
        .order = problems->count,
    };
    problems->count++;
}

void problem_at(struct problems *problems, enum severity severity, const struct node *node,
                const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(problems, severity, node->at, node_path(node, problems->arena), format, args);
    va_end(args);
}

void problem_at_key(struct problems *problems, enum severity severity, const struct node *node,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(problems, severity, node->key ? node->key_at : node->at, node_path(node, problems->arena),
        format, args);
    va_end(args);
}

void problem_in(struct problems *problems, enum severity severity, struct place place,
                const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(problems, severity, place, path, format, args);
    va_end(args);
}

static int in_order(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    int order = strcmp(a->place.file, b->place.file);

    if (order != 0)
        return order;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.col != b->place.col)
        return a->place.col < b->place.col ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static bool same(const struct problem *a, const struct problem *b)
{
    return a->place.line == b->place.line && a->place.col == b->place.col &&
           strcmp(a->place.file, b->place.file) == 0 && strcmp(a->path, b->path) == 0 &&
           strcmp(a->text, b->text) == 0;
}

void problems_sort(struct problems *problems)
{
    size_t kept = 0;

    if (problems->count == 0)
        return;
    qsort(problems->list, problems->count, sizeof(*problems->list), in_order);
    for (size_t i = 1; i < problems->count; i++) {
        if (!same(&problems->list[kept], &problems->list[i]))
            problems->list[++kept] = problems->list[i];
        else if (problems->list[i].severity == PROBLEM_ERROR)
            problems->errors--;
    }
    problems->count = kept + 1;
}

const char *problem_line(const struct problem *problem, struct arena *arena)
{
    static const char *const words[] = {"note: ", "warning: ", ""};
    const char *path = problem->path, *text = problem->text, *word = words[problem->severity];
    const char *file = problem->place.file;
    const char *between = path[0] != '\0' ? ": " : "";

    if (problem->place.line == 0)
        return arena_printf(arena, "%s: %s%s%s%s", file, word, path, between, text);
    return arena_printf(arena, "%s:%u:%u: %s%s%s%s", file, problem->place.line, problem->place.col,
                        word, path, between, text);
}

/*
 * libyaml says where it could not go on, which is often a line below the mistake: the lines around
 * it tell more.
 */
#include "config/yaml_error.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

struct lines {
    struct str text;
    const yaml_parser_t *parser;
    struct arena *arena;
    yaml_mark_t *mark; /* where it is told */
};

enum { SHOWN_MAX = 40 /* bytes of a line in a message */ };

/* From 0; without its end. */
static struct str line_at(struct str text, size_t number)
{
    const char *at = text.at, *end = text.at + text.len, *next;

    for (; number > 0 && at; number--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return STR("");
    next = memchr(at, '\n', (size_t)(end - at));
    return (struct str){at, (size_t)((next ? next : end) - at)};
}

static size_t indentation(struct str line)
{
    size_t blanks = 0;

    while (blanks < line.len && line.at[blanks] == ' ')
        blanks++;
    return blanks;
}

static bool has_content(struct str line)
{
    struct str rest = str_strip(line);

    return rest.len > 0 && rest.at[0] != '#';
}

/* The bytes in front of the first ":" that ends a key; the line's length: there is none. */
static size_t key_end(struct str line)
{
    size_t i = 0;

    for (; i < line.len; i++)
        if (line.at[i] == ':' && (i + 1 == line.len || strchr(" \t\r", line.at[i + 1])))
            break;
    return i;
}

static struct str first_word(struct str line)
{
    struct str rest = str_strip(line);
    size_t len = 0;

    while (len < rest.len && len < SHOWN_MAX && !strchr(" \t", rest.at[len]))
        len++;
    return (struct str){rest.at, len};
}

static void point_at(const struct lines *l, size_t line, size_t column)
{
    l->mark->line = line;
    l->mark->column = column;
}

/* The nearest line above that says something. */
static bool find_above(struct str text, size_t line, size_t *above)
{
    while (line-- > 0)
        if (has_content(line_at(text, line))) {
            *above = line;
            return true;
        }
    return false;
}

/* Of a line that is no key, where one was wanted. */
static const char *missing_colon(const struct lines *l, size_t number)
{
    struct str line = line_at(l->text, number), word = first_word(line);
    bool glued = memchr(word.at, ':', word.len) != NULL;

    point_at(l, number, indentation(line));
    return arena_printf(l->arena,
                        glued ? "a blank is missing behind the \":\" of \"%.*s\""
                              : "a \":\" is missing behind \"%.*s\"",
                        STR_ARG(word));
}

/* A ":" where no key can be: in a value, or below one. */
static const char *stray_colon(const struct lines *l)
{
    size_t number = l->mark->line, above;
    struct str line = line_at(l->text, number), before;

    if (key_end(line) < l->mark->column || !find_above(l->text, number, &above))
        return "a second \":\" in one line: put the value in quotes";
    before = line_at(l->text, above);
    if (key_end(before) == before.len)
        return missing_colon(l, above);
    if (indentation(line) > indentation(before)) {
        point_at(l, number, indentation(line));
        return arena_printf(l->arena,
                            "is indented deeper than line %zu, which has a value already: indent "
                            "both alike",
                            above + 1);
    }
    return "a \":\" does not fit here: check the indentation, or put the value in quotes";
}

/* A line of a map that is not where its other keys are. */
static const char *stray_key(const struct lines *l)
{
    struct str line = line_at(l->text, l->mark->line);
    size_t blanks = indentation(line), above;

    if (l->mark->column > blanks)
        return "something is left behind the value: put all of it in quotes";
    if (str_is(first_word(line), "-"))
        return "a \"-\" among the keys of a map: check the indentation";
    if (!find_above(l->text, l->mark->line, &above))
        return "does not fit here: check the indentation";
    return arena_printf(l->arena,
                        "is indented by %zu, line %zu above by %zu: indent what belongs together "
                        "alike",
                        blanks, above + 1, indentation(line_at(l->text, above)));
}

static const char *stray_in_list(const struct lines *l)
{
    return arena_printf(l->arena,
                        "does not fit in the list that begins in line %zu: write \"- \" in front "
                        "of it, or check the indentation",
                        l->parser->context_mark.line + 1);
}

/* What opens in another line is told there, as it is the end that is missing. */
static const char *open_brackets(const struct lines *l, const char *words)
{
    const yaml_mark_t *open = &l->parser->context_mark;

    if (open->line != l->mark->line)
        point_at(l, open->line, open->column);
    return words;
}

static const char *open_list(const struct lines *l)
{
    return open_brackets(l, "a list in [ ] needs \",\" between its items and \"]\" at its end");
}

static const char *open_map(const struct lines *l)
{
    return open_brackets(l, "a map in { } needs \",\" between its members and \"}\" at its end");
}

static const char *open_quotes(const struct lines *l)
{
    return open_brackets(l, "the quotes that open here are not closed");
}

static const char *lonely_key(const struct lines *l)
{
    const yaml_mark_t *key = &l->parser->context_mark;

    return key->line < l->mark->line ? missing_colon(l, key->line)
                                     : "a key needs a \":\" behind it";
}

static const char *bad_token(const struct lines *l)
{
    struct str line = line_at(l->text, l->mark->line);
    char c = l->mark->column < line.len ? line.at[l->mark->column] : '\0';

    if (c == '\t')
        return "a tab in the indentation: YAML wants blanks";
    return arena_printf(l->arena, "a value cannot start with %c: put it in quotes", c);
}

/* libyaml's words, and what is told instead. */
static const struct {
    const char *theirs, *ours;
    const char *(*look)(const struct lines *l);
} words[] = {
    {"mapping values are not allowed in this context", NULL, stray_colon},
    {"could not find expected ':'", NULL, lonely_key},
    {"did not find expected key", NULL, stray_key},
    {"did not find expected '-' indicator", NULL, stray_in_list},
    {"did not find expected ',' or ']'", NULL, open_list},
    {"did not find expected ',' or '}'", NULL, open_map},
    {"found unexpected end of stream", NULL, open_quotes},
    {"found character that cannot start any token", NULL, bad_token},
    {"did not find expected <document start>",
     "this does not belong to the map above: check the indentation", NULL},
    {"did not find expected node content", "a value is missing here", NULL},
    {"control characters are not allowed", "a control character: not YAML text", NULL},
};

/* Lines that git leaves where it could not merge. */
static bool find_conflict(struct str text, size_t *line)
{
    const char *at = text.at, *end = text.at + text.len;

    for (*line = 0; at && at < end; ++*line) {
        if (str_starts((struct str){at, (size_t)(end - at)}, STR("<<<<<<< ")))
            return true;
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return false;
}

const char *yaml_error_words(const yaml_parser_t *parser, struct str text, struct arena *arena,
                             yaml_mark_t *mark)
{
    const char *problem = parser->problem ? parser->problem : "not YAML";
    const struct lines l = {text, parser, arena, mark};
    size_t conflict;

    *mark = parser->problem_mark;
    if (find_conflict(text, &conflict)) {
        point_at(&l, conflict, 0);
        return "a merge left both sides here: keep one, and take out the lines with <<<, === and "
               ">>>";
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(problem, words[i].theirs) == 0)
            return words[i].look ? words[i].look(&l) : words[i].ours;
    return problem;
}

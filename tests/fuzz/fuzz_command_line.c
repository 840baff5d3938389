/*
 * The command line, and what its sources bring in by ${env:...}: NUL-separated words, the first
 * ones of which may be NAME=VALUE for the environment. What is taken is within the limits, and each
 * problem has its words.
 */
#include <assert.h>
#include <stdio.h>

#include "base/arena.h"
#include "fuzz/fuzz.h"
#include "unit/fake_types.h"

static FILE *silence; /* complaints are not looked at */

#undef stderr
#define stderr silence
#include "commands/command_line.c"

enum { INPUT_MAX = 1 << 15, WORDS_MAX = 100, WORKERS_MAX = 256 };

/* "A=text" to "C=text". */
static bool is_variable(const char *word)
{
    return word[0] >= 'A' && word[0] <= 'C' && word[1] == '=';
}

static void set_variable(const char *word)
{
    const char name[] = {word[0], '\0'};

    setenv(name, word + 2, 1);
}

static bool reads_a_file(const struct source *source)
{
    return source->kind == SOURCE_CONFIG && !str_starts(str_of(source->text), STR("yaml:")) &&
           !str_starts(str_of(source->text), STR("env:"));
}

static void load(const struct command_line *line)
{
    struct arena *arena = arena_new(1024);
    struct problems problems;

    problems_init(&problems, arena);
    configuration_unref(
        configuration_load(line->sources, line->source_count, fake_types, &problems));
    for (size_t i = 0; i < problems.count; i++)
        assert(*problem_line(&problems.list[i], arena));
    problems_done(&problems);
    arena_free(arena);
}

static void run(int count, char **words)
{
    struct command_line line;
    bool good = command_line_parse(&line, count, words), files = false;

    assert(line.options.workers <= WORKERS_MAX);
    assert(line.source_count + line.replay.file_count + line.explain.path_count <= (size_t)count);
    for (size_t i = 0; i < line.source_count; i++)
        files |= reads_a_file(&line.sources[i]);
    if (good && !files)
        load(&line);
    command_line_done(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char program[] = "otelc", *words[WORDS_MAX + 2] = {program}, *text;
    int count = 1;

    if (size > INPUT_MAX)
        return 0;
    if (!silence)
        silence = fopen("/dev/null", "we");
    assert(silence);
    for (char name = 'A'; name <= 'C'; name++)
        unsetenv((const char[]){name, '\0'});
    text = mem_zero(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    for (size_t at = 0; at < size && count <= WORDS_MAX; at += strlen(text + at) + 1)
        if (count == 1 && is_variable(text + at))
            set_variable(text + at);
        else
            words[count++] = text + at;
    run(count, words);
    free(text);
    return 0;
}

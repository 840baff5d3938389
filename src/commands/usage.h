/*
 * The text of --help, read again: so what shells complete and the manual page say what it says.
 *
 *     Options:
 *       --format yaml|json     of print-config: yaml is the default
 *       `----- term -----'     `-------------- help -------------'
 *
 * Help goes on in lines below it. "of X, Y:" at its beginning: an option of these commands only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct usage_command {    /* "otelc completion bash|zsh|fish" */
    const char *name;     /* "completion"; "" where none is named */
    const char *synopsis; /* all of it behind the program's name */
    const char *words;    /* what it takes, separated by blanks, where those are fixed; else "" */
    const char *help;
    bool has_config; /* it takes --config, and what goes with it */
    bool has_files;  /* it takes the names of files */
};

struct usage_option { /* "--format yaml|json", "-h, --help" */
    const char *term;
    const char *name;     /* "format" */
    const char *value;    /* "FILE"; NULL: it takes none */
    const char *words;    /* the values, separated by blanks, where those are fixed; else "" */
    const char *commands; /* whose it is alone: "replay, generate"; "" where it goes with
                             --config */
    const char *help;     /* without "of X:" */
    bool everywhere;      /* it ends the program whatever else stands there */
};

struct usage_variable { /* of the environment */
    const char *name, *help;
};

struct usage {
    const char *summary;            /* the first line */
    const char *exit_codes;         /* "0 fine, ..." */
    struct usage_command *commands; /* in the arena, as all else is */
    struct usage_option *options;
    struct usage_variable *variables;
    size_t command_count, option_count, variable_count;
};

void usage_read(struct usage *usage, const char *text, struct arena *arena);

/* NULL: there is none of this name. */
const struct usage_command *usage_command(const struct usage *usage, const char *name);
const struct usage_option *usage_option(const struct usage *usage, const char *name);

/* Whether an option may stand behind a command. */
bool usage_goes_with(const struct usage_option *option, const struct usage_command *command);

/* The part of the text that is about one command, on standard output. */
void usage_print(const struct usage *usage, const struct usage_command *command);

/*
 * The words that otelc is called with: a command, its options, sources of the configuration.
 */
#pragma once

#include "commands/explain.h"
#include "commands/generate.h"
#include "commands/print_config.h"
#include "commands/probe.h"
#include "commands/replay.h"
#include "service/service.h"

/* What --help prints; completions and the manual page are made of it. */
extern const char command_line_help[];

enum command {
    COMMAND_RUN,
    COMMAND_VALIDATE,
    COMMAND_COMPONENTS,
    COMMAND_REFERENCE,
    COMMAND_PRINT_CONFIG,
    COMMAND_EXPLAIN,
    COMMAND_SCHEMA,
    COMMAND_COMPLETION,
    COMMAND_REPLAY,
    COMMAND_GENERATE,
    COMMAND_HEALTH,
    COMMAND_VERSION,
    COMMAND_HELP
};

struct command_line { /* words are borrowed */
    enum command command;
    const char *name; /* of the command, as its help has it; "" where none was named */
    struct source *sources;
    size_t source_count, source_cap;
    bool strict;
    struct service_options options;
    struct replay_options replay;
    struct generate_options generate;
    struct probe probe;
    struct print_options print;
    struct explain_options explain;
    bool man;
    const char *shell;
};

/* False: standard error says what is wrong with it. */
bool command_line_parse(struct command_line *line, int count, char **words);
void command_line_done(struct command_line *line);

/* What --help prints, of the command that is named, or all of it. */
void command_line_print_help(const struct command_line *line);

/* Says on standard error what is wrong, with the word (or NULL). Always false. */
bool command_line_complain(const char *what, const char *word);

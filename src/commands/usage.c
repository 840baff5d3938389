/*
 * Line by line: a heading, an item below it, or more of an item's help.
 */
#include "commands/usage.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

enum {
    ITEMS_MAX = 64, /* of each kind: the text is the program's own */
    HELP_COLUMN = 25,
    LINE_WIDTH = 94
};

enum section { NOWHERE, COMMANDS, OPTIONS, VARIABLES };

static const char *copy(struct arena *arena, const char *from, size_t len)
{
    return arena_copy(arena, str_strip((struct str){from, len})).at;
}

/* "a|b" as "a b"; "" where it is no list of words in lower case. */
static const char *fixed_words(struct arena *arena, const char *text)
{
    char *words;

    for (const char *c = text; *c; c++)
        if (!islower((unsigned char)*c) && *c != '|')
            return "";
    words = arena_alloc(arena, strlen(text) + 1);
    for (size_t i = 0; text[i]; i++)
        words[i] = text[i] == '|' ? ' ' : text[i];
    return words;
}

static void read_command(struct usage_command *command, const char *term, struct arena *arena)
{
    const char *synopsis = term + strcspn(term, " "), *last = strrchr(term, ' ');
    size_t len;

    synopsis += *synopsis == ' ';
    len = islower((unsigned char)*synopsis) ? strcspn(synopsis, " ") : 0;
    *command = (struct usage_command){
        .name = copy(arena, synopsis, len),
        .synopsis = synopsis,
        .words = last && last + 1 > synopsis + len ? fixed_words(arena, last + 1) : "",
        .help = "",
        .has_config = strstr(synopsis, "--config") != NULL,
        .has_files = strncmp(synopsis + len, " FILE", 5) == 0,
    };
}

static void read_option(struct usage_option *option, const char *term, struct arena *arena)
{
    const char *name = strstr(term, "--");
    size_t len;

    name = name ? name + 2 : "";
    len = strcspn(name, " ");
    *option = (struct usage_option){
        .term = term,
        .name = copy(arena, name, len),
        .value = name[len] ? name + len + 1 : NULL,
        .words = name[len] ? fixed_words(arena, name + len + 1) : "",
        .commands = "",
        .help = "",
        .everywhere = term[0] == '-' && term[1] != '-',
    };
}

/* Where the help of the item that was read last goes. */
static const char **add_item(struct usage *usage, enum section section, const char *term,
                             struct arena *arena)
{
    switch (section) {
    case COMMANDS:
        if (usage->command_count == ITEMS_MAX)
            break;
        read_command(&usage->commands[usage->command_count], term, arena);
        return &usage->commands[usage->command_count++].help;
    case OPTIONS:
        if (usage->option_count == ITEMS_MAX)
            break;
        read_option(&usage->options[usage->option_count], term, arena);
        return &usage->options[usage->option_count++].help;
    case VARIABLES:
        if (usage->variable_count == ITEMS_MAX)
            break;
        usage->variables[usage->variable_count].name = term;
        return &usage->variables[usage->variable_count++].help;
    case NOWHERE:
        break;
    }
    return NULL;
}

/* Takes "of X, Y: " off the help. */
static void read_scope(struct usage_option *option, struct arena *arena)
{
    const char *colon = strstr(option->help, ": ");

    if (strncmp(option->help, "of ", 3) != 0 || !colon)
        return;
    option->commands = copy(arena, option->help + 3, (size_t)(colon - option->help) - 3);
    option->help = colon + 2;
}

static enum section section_of(struct str line)
{
    return str_is(line, "Usage:")         ? COMMANDS
           : str_is(line, "Options:")     ? OPTIONS
           : str_is(line, "Environment:") ? VARIABLES
                                          : NOWHERE;
}

void usage_read(struct usage *usage, const char *text, struct arena *arena)
{
    static const char exit_codes[] = "Exit codes: ";
    enum section section = NOWHERE;
    const char **help = NULL;
    bool first = true;

    *usage = (struct usage){
        .summary = "",
        .exit_codes = "",
        .commands = arena_alloc(arena, ITEMS_MAX * sizeof(*usage->commands)),
        .options = arena_alloc(arena, ITEMS_MAX * sizeof(*usage->options)),
        .variables = arena_alloc(arena, ITEMS_MAX * sizeof(*usage->variables)),
    };
    for (; *text; first = false) {
        size_t len = strcspn(text, "\n"), blanks = strspn(text, " ");
        const char *line = arena_copy(arena, (struct str){text, len}).at;

        text += len + (text[len] == '\n');
        if (first) {
            usage->summary = line;
        } else if (strncmp(line, exit_codes, sizeof(exit_codes) - 1) == 0) {
            usage->exit_codes = line + sizeof(exit_codes) - 1;
        } else if (blanks == 0) {
            section = section_of((struct str){line, len});
        } else if (blanks > 2 && help) {
            *help = arena_printf(arena, "%s %s", *help, line + blanks);
        } else {
            const char *gap = strstr(line + blanks, "  ");

            help = add_item(
                usage, section,
                copy(arena, line + blanks, gap ? (size_t)(gap - line) - blanks : len - blanks),
                arena);
            if (help && gap)
                *help = copy(arena, gap, strlen(gap));
        }
    }
    for (size_t i = 0; i < usage->option_count; i++)
        read_scope(&usage->options[i], arena);
}

const struct usage_command *usage_command(const struct usage *usage, const char *name)
{
    for (size_t i = 0; i < usage->command_count; i++)
        if (strcmp(usage->commands[i].name, name) == 0)
            return &usage->commands[i];
    return NULL;
}

const struct usage_option *usage_option(const struct usage *usage, const char *name)
{
    for (size_t i = 0; i < usage->option_count; i++)
        if (strcmp(usage->options[i].name, name) == 0)
            return &usage->options[i];
    return NULL;
}

/* Whether a word stands in a list with commas. */
static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (; *words; words += strspn(words, ", ")) {
        size_t next = strcspn(words, ", ");

        if (next == len && memcmp(words, word, len) == 0)
            return true;
        words += next;
    }
    return false;
}

bool usage_goes_with(const struct usage_option *option, const struct usage_command *command)
{
    if (option->everywhere)
        return true;
    return *option->commands ? has_word(option->commands, command->name) : command->has_config;
}

/* Words of a text, in lines of the width that the whole text has. */
static void print_wrapped(const char *text)
{
    size_t column = HELP_COLUMN;

    while (*text) {
        size_t len = strcspn(text, " ");

        if (column > HELP_COLUMN && column + 1 + len > LINE_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        column += (size_t)printf("%s%.*s", column > HELP_COLUMN ? " " : "", (int)len, text);
        text += len;
        text += strspn(text, " ");
    }
    printf("\n");
}

void usage_print(const struct usage *usage, const struct usage_command *command)
{
    printf("Usage: otelc %s\n\n%s\n\nOptions:\n", command->synopsis, command->help);
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct usage_option *option = &usage->options[i];

        if (!usage_goes_with(option, command))
            continue;
        printf("  %-*s", HELP_COLUMN - 2, option->term);
        print_wrapped(option->help);
    }
}

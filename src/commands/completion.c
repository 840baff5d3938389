/*
 * A script for each shell: commands, options, their values, files, and paths of the configuration,
 * which the program itself lists.
 */
#include "commands/completion.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "commands/usage.h"

static bool is_explain(const struct usage_command *command)
{
    return strcmp(command->name, "explain") == 0;
}

static bool takes_file(const struct usage_option *option)
{
    return option->value &&
           (strcmp(option->value, "FILE") == 0 || strcmp(option->value, "SOURCE") == 0);
}

/* "validate|replay|...": prints what stands between single quotes, but for quotes. */
static void print_commands(const struct usage *usage, const char *separator)
{
    const char *between = "";

    for (size_t i = 0; i < usage->command_count; i++) {
        if (!*usage->commands[i].name)
            continue;
        printf("%s%s", between, usage->commands[i].name);
        between = separator;
    }
}

static void print_options(const struct usage *usage, const struct usage_command *command)
{
    for (size_t i = 0; i < usage->option_count; i++)
        if (usage_goes_with(&usage->options[i], command))
            printf(" --%s", usage->options[i].name);
}

/* In single quotes; the name stands in front as zsh's lists have it. */
static void print_quoted(const char *name, const char *text)
{
    printf("'%s%s", name, *name ? ":" : "");
    for (; *text; text++)
        if (*text == '\'')
            printf("'\\''");
        else
            putchar(*text);
    putchar('\'');
}

/* The lines of a "case" over the word before that is an option with a value. */
static void print_value_cases(const struct usage *usage, const char *files, const char *words,
                              const char *behind_words)
{
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct usage_option *option = &usage->options[i];

        if (!option->value)
            continue;
        printf("    --%s|-%s) ", option->name, option->name);
        if (*option->words)
            printf("%s%s%s; ", words, option->words, behind_words);
        else if (takes_file(option))
            printf("%s; ", files);
        printf("return ;;\n");
    }
}

/* ---- bash ---- */

static void print_bash(const struct usage *usage)
{
    printf("# bash completion of otelc: source <(otelc completion bash)\n"
           "_otelc() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local command='' words='' i\n"
           "    COMPREPLY=()\n"
           "    [[ $word == '=' ]] && word=''\n"
           "    [[ $before == '=' ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        case ${COMP_WORDS[i]} in\n"
           "            ");
    print_commands(usage, "|");
    printf(") command=${COMP_WORDS[i]}; break ;;\n"
           "        esac\n"
           "    done\n"
           "    case $before in\n");
    print_value_cases(usage,
                      "compopt -o filenames 2>/dev/null; "
                      "mapfile -t COMPREPLY < <(compgen -f -- \"$word\")",
                      "mapfile -t COMPREPLY < <(compgen -W '", "' -- \"$word\")");
    printf("    esac\n"
           "    case $command in\n");
    for (size_t i = 0; i < usage->command_count; i++) {
        const struct usage_command *command = &usage->commands[i];

        printf("    %s) words='%s", *command->name ? command->name : "''", command->words);
        if (!*command->name) {
            putchar(' ');
            print_commands(usage, " ");
        }
        print_options(usage, command);
        printf("'\n");
        if (is_explain(command))
            printf(
                "        if [[ $word != -* ]]; then\n"
                "            words=$(\"${COMP_WORDS[0]}\" explain --list \"$word\" 2>/dev/null)\n"
                "        fi\n");
        if (command->has_files)
            printf("        if [[ $word != -* ]]; then\n"
                   "            compopt -o filenames 2>/dev/null\n"
                   "            mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                   "            return\n"
                   "        fi\n");
        printf("        ;;\n");
    }
    printf("    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
           "}\n"
           "complete -F _otelc otelc\n");
}

/* ---- zsh ---- */

static void print_zsh(const struct usage *usage)
{
    printf("#compdef otelc\n"
           "# zsh completion of otelc: otelc completion zsh >\"${fpath[1]}/_otelc\"\n"
           "_otelc() {\n"
           "    local command= word\n"
           "    local -a commands options\n"
           "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
           "        case $word in\n"
           "            ");
    print_commands(usage, "|");
    printf(") command=$word; break ;;\n"
           "        esac\n"
           "    done\n"
           "    case ${words[CURRENT-1]} in\n");
    print_value_cases(usage, "_files", "compadd ", "");
    printf("    esac\n"
           "    case $command in\n");
    for (size_t i = 0; i < usage->command_count; i++) {
        const struct usage_command *command = &usage->commands[i];

        printf("    %s)\n", *command->name ? command->name : "''");
        printf("        options=(\n");
        for (size_t o = 0; o < usage->option_count; o++) {
            const struct usage_option *option = &usage->options[o];

            if (!usage_goes_with(option, command))
                continue;
            printf("            --%s:", option->name);
            print_quoted("", option->help);
            printf("\n");
        }
        printf("        )\n");
        if (!*command->name) {
            printf("        commands=(\n");
            for (size_t c = 0; c < usage->command_count; c++) {
                if (!*usage->commands[c].name)
                    continue;
                printf("            ");
                print_quoted(usage->commands[c].name, usage->commands[c].help);
                printf("\n");
            }
            printf("        )\n"
                   "        _describe command commands\n");
        }
        if (*command->words)
            printf("        compadd %s\n", command->words);
        if (command->has_files)
            printf("        _files\n");
        if (is_explain(command))
            printf("        compadd -- ${(f)\"$(${words[1]} explain --list ${words[CURRENT]} "
                   "2>/dev/null)\"}\n");
        printf("        ;;\n");
    }
    printf("    esac\n"
           "    _describe -o option options\n"
           "}\n"
           "_otelc \"$@\"\n");
}

/* ---- fish ---- */

/* "-n CONDITION": behind this command; behind none or one that runs what --config says. */
static void print_condition(const struct usage *usage, const struct usage_option *option)
{
    if (option->everywhere)
        return;
    if (*option->commands) {
        printf(" -n '__fish_seen_subcommand_from ");
        for (const char *c = option->commands; *c; c++)
            if (*c != ',')
                putchar(*c);
        printf("'");
        return;
    }
    printf(" -n 'not __fish_seen_subcommand_from");
    for (size_t i = 0; i < usage->command_count; i++)
        if (!usage->commands[i].has_config)
            printf(" %s", usage->commands[i].name);
    printf("'");
}

static void print_fish(const struct usage *usage)
{
    printf("# fish completion of otelc: otelc completion fish | source\n"
           "complete -c otelc -f\n");
    for (size_t i = 0; i < usage->command_count; i++) {
        const struct usage_command *command = &usage->commands[i];

        if (!*command->name)
            continue;
        printf("complete -c otelc -n __fish_use_subcommand -a %s -d ", command->name);
        print_quoted("", command->help);
        printf("\n");
        if (*command->words)
            printf("complete -c otelc -n '__fish_seen_subcommand_from %s' -a '%s'\n", command->name,
                   command->words);
        if (command->has_files)
            printf("complete -c otelc -n '__fish_seen_subcommand_from %s' -F\n", command->name);
        if (is_explain(command))
            printf("complete -c otelc -n '__fish_seen_subcommand_from explain' "
                   "-a '(otelc explain --list (commandline -ct))'\n");
    }
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct usage_option *option = &usage->options[i];

        printf("complete -c otelc -l %s", option->name);
        if (option->everywhere)
            printf(" -s %c", option->term[1]);
        print_condition(usage, option);
        if (option->value)
            printf(*option->words       ? " -x -a '%s'"
                   : takes_file(option) ? " -r -F"
                                        : " -x",
                   option->words);
        printf(" -d ");
        print_quoted("", option->help);
        printf("\n");
    }
}

bool completion_print(const char *shell, const char *usage_text)
{
    static const struct {
        const char *name;
        void (*print)(const struct usage *usage);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    struct arena *arena = arena_new(1 << 16);
    struct usage usage;
    bool found = false;

    usage_read(&usage, usage_text, arena);
    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print(&usage);
            found = true;
        }
    arena_free(arena);
    return found;
}

/*
 * otelc: an OpenTelemetry collector. The command line, and the exit code.
 *
 *     otelc --config FILE            runs it
 *     otelc validate --config FILE   says what is wrong with it
 *     otelc replay FILE --to PEER    sends what the exporter file has written
 *     otelc generate                 sends traces of a made-up shop
 *     otelc health                   asks a running one whether it takes data
 *     otelc print-config, explain, components, reference, schema, completion
 *                                    tell what it is, and what could stand in it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/version.h"
#include "commands/command_line.h"
#include "commands/completion.h"
#include "commands/manual.h"
#include "commands/reference.h"
#include "commands/schema.h"
#include "service/components.h"
#include "service/configuration.h"

/* strict: all of them are errors. */
static void print_problems(struct problems *problems, bool strict)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (strict)
            problems->list[i].severity = PROBLEM_ERROR;
        fprintf(stderr, "%s\n", problem_line(&problems->list[i], problems->arena));
    }
}

static enum exit_code run_configuration(const struct command_line *line)
{
    struct arena *arena = arena_new(4096);
    struct configuration *configuration;
    enum exit_code code = EXIT_FINE;
    struct service_options options = line->options;
    struct problems problems;

    options.sources = line->sources;
    options.source_count = line->source_count;
    problems_init(&problems, arena);
    configuration =
        configuration_load(line->sources, line->source_count, component_types, &problems);
    if (!configuration || line->strict || line->command == COMMAND_VALIDATE)
        print_problems(&problems, line->strict);
    options.problems = &problems;
    if (!configuration || (line->strict && problems.count > 0))
        code = EXIT_CONFIGURATION;
    else if (line->command == COMMAND_PRINT_CONFIG)
        print_config(configuration, &line->print);
    else if (line->command == COMMAND_RUN)
        code = service_run(configuration, &options);
    configuration_unref(configuration);
    problems_done(&problems);
    arena_free(arena);
    return code;
}

static enum exit_code run_replay(struct command_line *line)
{
    struct replay_options *replay = &line->replay;

    if (replay->file_count == 0 || !replay->to) {
        command_line_complain(
            "replay wants files and --to ENDPOINT, such as --to http://localhost:4318", NULL);
        return EXIT_USAGE;
    }
    if (!sandbox_mode_read(&replay->sandbox)) {
        command_line_complain("OTELC_SANDBOX is one of on, off and kill", NULL);
        return EXIT_USAGE;
    }
    replay->sources = line->sources;
    replay->source_count = line->source_count;
    replay->memory_limit = line->options.memory_limit;
    return replay_run(replay);
}

static enum exit_code run_generate(struct command_line *line)
{
    struct generate_options *generate = &line->generate;

    if (!sandbox_mode_read(&generate->sandbox)) {
        command_line_complain("OTELC_SANDBOX is one of on, off and kill", NULL);
        return EXIT_USAGE;
    }
    generate->sources = line->sources;
    generate->source_count = line->source_count;
    generate->memory_limit = line->options.memory_limit;
    return generate_run(generate);
}

static enum exit_code run_probe(const struct probe *probe)
{
    struct error err;

    if (probe_run(probe, &err))
        return EXIT_FINE;
    fprintf(stderr, "otelc: not healthy: %s\n", err.text);
    return EXIT_UNHEALTHY;
}

static enum exit_code run_completion(const struct command_line *line)
{
    if (line->shell && completion_print(line->shell, command_line_help))
        return EXIT_FINE;
    command_line_complain("completion wants a shell: bash, zsh or fish", line->shell);
    return EXIT_USAGE;
}

static enum exit_code run_command(struct command_line *line)
{
    switch (line->command) {
    case COMMAND_HELP:
        command_line_print_help(line);
        return EXIT_FINE;
    case COMMAND_VERSION:
        printf("otelc version %s\n", OTELC_VERSION);
        return EXIT_FINE;
    case COMMAND_COMPONENTS:
        components_print();
        return EXIT_FINE;
    case COMMAND_REFERENCE:
        if (line->man)
            manual_print(command_line_help);
        else
            reference_print();
        return EXIT_FINE;
    case COMMAND_EXPLAIN:
        return explain_print(&line->explain) ? EXIT_FINE : EXIT_USAGE;
    case COMMAND_SCHEMA:
        schema_print();
        return EXIT_FINE;
    case COMMAND_COMPLETION:
        return run_completion(line);
    case COMMAND_REPLAY:
        return run_replay(line);
    case COMMAND_GENERATE:
        return run_generate(line);
    case COMMAND_HEALTH:
        return run_probe(&line->probe);
    case COMMAND_RUN:
    case COMMAND_VALIDATE:
    case COMMAND_PRINT_CONFIG:
        break;
    }
    if (line->source_count == 0) {
        command_line_complain("at least one --config is needed", NULL);
        return EXIT_USAGE;
    }
    if (!sandbox_mode_read(&line->options.sandbox)) {
        command_line_complain("OTELC_SANDBOX is one of on, off and kill", NULL);
        return EXIT_USAGE;
    }
    return run_configuration(line);
}

/* Where stdin, stdout or stderr is closed, a socket or a file of data would come in its place, and
 * what is logged would go there. Opened the wrong way round, so that it fails as before. */
static bool fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

/* What is printed goes to a file or another program: half of it must not pass for all. */
static enum exit_code check_output(enum exit_code code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "otelc: cannot write to stdout: %s\n", strerror(errno));
    return code == EXIT_FINE ? EXIT_RUN_TIME : code;
}

int main(int count, char **words)
{
    struct command_line line;
    enum exit_code code;

    if (!fill_standard_files())
        return EXIT_RUN_TIME;
    code = command_line_parse(&line, count, words) ? run_command(&line) : EXIT_USAGE;
    command_line_done(&line);
    return (int)check_output(code);
}

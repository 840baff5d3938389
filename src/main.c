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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/mem.h"
#include "base/version.h"
#include "config/field.h"
#include "service/completion.h"
#include "service/components.h"
#include "service/configuration.h"
#include "service/explain.h"
#include "service/generate.h"
#include "service/manual.h"
#include "service/print_config.h"
#include "service/probe.h"
#include "service/reference.h"
#include "service/replay.h"
#include "service/schema.h"
#include "service/service.h"

static const char usage[] =
    "otelc takes OpenTelemetry data in, runs the pipelines of a YAML file, and sends it on.\n"
    "\n"
    "Usage:\n"
    "  otelc --config FILE [--set KEY=VALUE] ...   run\n"
    "  otelc validate [--strict] --config FILE     check the configuration, and end\n"
    "  otelc replay FILE ... --to ENDPOINT         send what the exporter file has written\n"
    "  otelc generate [--to ENDPOINT] ...          send traces of a made-up shop, to look at\n"
    "  otelc health [--url URL] [--if-served]      ask a running one whether it takes data\n"
    "  otelc print-config --config FILE ...        print it merged, expanded and with defaults\n"
    "  otelc explain [--list] [PATH] ...           what a key means: exporters.jaeger.endpoint\n"
    "  otelc components                            list what can stand in it\n"
    "  otelc reference [--man]                     print every key of it, as Markdown\n"
    "  otelc schema                                print its JSON Schema, for editors\n"
    "  otelc completion bash|zsh|fish              print what the shell completes\n"
    "\n"
    "Options:\n"
    "  --config SOURCE        a file, env:NAME, or yaml:TEXT; several are merged, left to right\n"
    "  --set KEY=VALUE        one more setting, after all files: processors.batch.timeout=2s\n"
    "  --workers N            threads that serve connections (default: the CPUs it may use)\n"
    "  --memory-limit N       MiB that all data together may take, or N% of the memory there is\n"
    "                         (default: 80%)\n"
    "  --shutdown-timeout D   how long a stop may take to deliver what is held (default: 8s)\n"
    "  --strict               of validate: warnings and notes are errors\n"
    "  --watch                reload when a file of the configuration changes (as SIGHUP does)\n"
    "  --feature-gates LIST   accepted for compatibility, without effect\n"
    "  --mode unredacted      of print-config: secrets as they are (default: redacted)\n"
    "  --format yaml|json     of print-config: yaml is the default\n"
    "  --list                 of explain: only the paths that begin with PATH\n"
    "  --man                  of reference: the page otelc(1) in its place\n"
    "  --to ENDPOINT          of replay: http://host:4318 by HTTP, host:4317 by gRPC\n"
    "  --rate N               of replay: spans in a second (default: as fast as they are taken)\n"
    "  --retime               of replay: all times are moved, so that the latest one is now\n"
    "  --protocol grpc|http   of generate: grpc, to localhost:4317, is the default; --to names\n"
    "                         another endpoint, --rate other than 100 spans in a second\n"
    "  --duration D           of generate: how long it goes on (default: 10s)\n"
    "  --traces N             of generate: how many it sends, however long it takes\n"
    "  --services N           of generate: how many take part, up to 12, which is the default\n"
    "  --depth N              of generate: levels of spans at most (default: 32)\n"
    "  --errors PERCENT       of generate: traces in which something fails (default: 5)\n"
    "  --seed N               of generate: the same number makes the same traces\n"
    "  --url URL              of health: where (default: " PROBE_URL ")\n"
    "  --timeout D            of health: how long the answer may take (default: 3s)\n"
    "  --if-served            of health: where nothing listens, all is well\n"
    "  -v, --version          print the version\n"
    "  -h, --help             print this\n"
    "\n"
    "Environment:\n"
    "  OTELC_SANDBOX          on (default), off (for debuggers), kill (for tests)\n"
    "  OTELC_LISTEN_HOST      where endpoints listen that the configuration does not name\n"
    "\n"
    "Exit codes: 0 fine, 1 configuration or not healthy, 2 usage, 3 run time.\n";

struct command_line {
    enum {
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
    } command;
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

static bool complain(const char *what, const char *word)
{
    fprintf(stderr, "otelc: %s%s%s\nTry 'otelc --help'.\n", what, word ? ": " : "",
            word ? word : "");
    return false;
}

static bool add_source(struct command_line *line, int kind, const char *text)
{
    if (kind == SOURCE_SET && !strchr(text, '='))
        return complain("--set wants KEY=VALUE", text);
    line->sources =
        mem_room(line->sources, line->source_count, &line->source_cap, sizeof(*line->sources));
    line->sources[line->source_count++] = (struct source){.kind = kind, .text = text};
    return true;
}

static bool set_workers(struct command_line *line, const char *text)
{
    uint64_t workers;

    if (!str_to_uint(str_of(text), 256, &workers) || workers == 0)
        return complain("--workers wants a number from 1 to 256", text);
    line->options.workers = (unsigned)workers;
    return true;
}

static bool set_memory_limit(struct command_line *line, const char *text)
{
    size_t len = strlen(text);
    bool percent = len > 0 && text[len - 1] == '%';
    uint64_t number;

    if (!str_to_uint((struct str){text, percent ? len - 1 : len}, percent ? 100 : 1 << 30,
                     &number) ||
        number == 0)
        return complain("--memory-limit wants a number of MiB, or a percentage such as 80%", text);
    line->options.memory_limit = percent ? budget_memory() / 100 * number : number << 20;
    return true;
}

static bool set_shutdown_timeout(struct command_line *line, const char *text)
{
    const char *wrong = duration_parse(text, &line->options.shutdown_timeout_ms);

    return !wrong || complain("--shutdown-timeout wants a duration such as 8s", text);
}

static bool set_rate(struct command_line *line, const char *text)
{
    bool ok =
        (str_to_uint(str_of(text), UINT32_MAX, &line->replay.rate) && line->replay.rate > 0) ||
        complain("--rate wants a number of spans in a second", text);

    line->generate.rate = line->replay.rate;
    return ok;
}

static bool set_endpoint(struct command_line *line, const char *text)
{
    line->replay.to = line->generate.to = text;
    return *text || complain("--to wants an endpoint such as http://localhost:4318", NULL);
}

static bool set_probe_timeout(struct command_line *line, const char *text)
{
    const char *wrong = duration_parse(text, &line->probe.timeout_ms);

    return (!wrong && line->probe.timeout_ms > 0) ||
           complain("--timeout wants a duration such as 3s", text);
}

static bool set_probe_url(struct command_line *line, const char *text)
{
    line->probe.url = text;
    return true;
}

static bool set_mode(struct command_line *line, const char *text)
{
    line->print.revealed = strcmp(text, "unredacted") == 0;
    return line->print.revealed || strcmp(text, "redacted") == 0 ||
           complain("--mode is redacted or unredacted, not", text);
}

static bool set_format(struct command_line *line, const char *text)
{
    line->print.json = strcmp(text, "json") == 0;
    return line->print.json || strcmp(text, "yaml") == 0 ||
           complain("--format is yaml or json, not", text);
}

/* otelcol could print what is wrong, too. */
static bool set_validate(const char *text)
{
    return strcmp(text, "true") == 0 ||
           complain("a configuration is printed when it is right, so --validate can only be true",
                    NULL);
}

/* Options that otelcol had once; each names where it is said today. */
static bool is_old_option(const char *name)
{
    static const struct {
        const char *name, *today;
    } old[] = {
        {"log-level", "use --set service.telemetry.logs.level=LEVEL"},
        {"log-format", "use --set service.telemetry.logs.encoding=json or console"},
        {"log-profile", "use --set service.telemetry.logs.encoding=json or console"},
        {"metrics-addr", "use --set service.telemetry.metrics.address=HOST:PORT"},
        {"metrics-level", "use --set service.telemetry.metrics.level=LEVEL"},
        {"metrics-prefix", "names of metrics are fixed"},
        {"mem-ballast-size-mib", "there is no garbage collector"},
        {"feature-gates", "there are none"},
    };

    for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
        if (strcmp(name, old[i].name) == 0) {
            fprintf(stderr, "otelc: --%s has no effect: %s\n", name, old[i].today);
            return true;
        }
    return false;
}

static bool set_other(struct command_line *line, const char *name, const char *text)
{
    char what[96];
    const char *wants;

    if (generate_option(&line->generate, name, text, &wants))
        return true;
    if (!wants)
        return is_old_option(name) || complain("unknown option", name);
    snprintf(what, sizeof(what), "--%s wants %s", name, wants);
    return complain(what, text);
}

/* An option with a value, as "--name value" or "--name=value". */
static bool take_option(struct command_line *line, const char *name, const char *value)
{
    if (strcmp(name, "config") == 0)
        return add_source(line, SOURCE_CONFIG, value);
    if (strcmp(name, "set") == 0)
        return add_source(line, SOURCE_SET, value);
    if (strcmp(name, "workers") == 0)
        return set_workers(line, value);
    if (strcmp(name, "memory-limit") == 0)
        return set_memory_limit(line, value);
    if (strcmp(name, "shutdown-timeout") == 0)
        return set_shutdown_timeout(line, value);
    if (strcmp(name, "to") == 0)
        return set_endpoint(line, value);
    if (strcmp(name, "rate") == 0)
        return set_rate(line, value);
    if (strcmp(name, "mode") == 0)
        return set_mode(line, value);
    if (strcmp(name, "format") == 0)
        return set_format(line, value);
    if (strcmp(name, "validate") == 0)
        return set_validate(value);
    if (strcmp(name, "url") == 0)
        return set_probe_url(line, value);
    if (strcmp(name, "timeout") == 0)
        return set_probe_timeout(line, value);
    return set_other(line, name, value);
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* To a list of words that grows. */
static bool add_word(const char ***list, size_t *count, size_t *cap, const char *word)
{
    *list = mem_room(*list, *count, cap, sizeof(**list));
    (*list)[(*count)++] = word;
    return true;
}

static bool take_word(struct command_line *line, const char *word)
{
    if (line->command == COMMAND_REPLAY)
        return add_word(&line->replay.files, &line->replay.file_count, &line->replay.file_cap,
                        word);
    if (line->command == COMMAND_EXPLAIN)
        return add_word(&line->explain.paths, &line->explain.path_count, &line->explain.path_cap,
                        word);
    if (line->command == COMMAND_COMPLETION && !line->shell) {
        line->shell = word;
        return true;
    }
    if (strcmp(word, "generate") == 0)
        line->command = COMMAND_GENERATE;
    else if (strcmp(word, "replay") == 0)
        line->command = COMMAND_REPLAY;
    else if (strcmp(word, "health") == 0)
        line->command = COMMAND_HEALTH;
    else if (strcmp(word, "validate") == 0)
        line->command = COMMAND_VALIDATE;
    else if (strcmp(word, "components") == 0)
        line->command = COMMAND_COMPONENTS;
    else if (strcmp(word, "reference") == 0)
        line->command = COMMAND_REFERENCE;
    else if (is_one_of(word, "print-config", "print-initial-config"))
        line->command = COMMAND_PRINT_CONFIG;
    else if (strcmp(word, "explain") == 0)
        line->command = COMMAND_EXPLAIN;
    else if (strcmp(word, "schema") == 0)
        line->command = COMMAND_SCHEMA;
    else if (strcmp(word, "completion") == 0)
        line->command = COMMAND_COMPLETION;
    else if (strstr(word, ".yaml") || strstr(word, ".yml") || strchr(word, '/'))
        return complain("a configuration file needs --config in front", word);
    else
        return complain("unknown command", word);
    return true;
}

/* An option without a value; false: it is none. */
static bool set_flag(struct command_line *line, const char *word)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"--watch", &line->options.watch},
        {"--retime", &line->replay.retime},
        {"--if-served", &line->probe.if_served},
        {"--list", &line->explain.list},
        {"--man", &line->man},
        {"--strict", &line->strict},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (strcmp(word, flags[i].name) == 0)
            return *flags[i].flag = true;
    return false;
}

static bool parse(struct command_line *line, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        const char *word = words[i];
        char name[32];
        size_t len;

        if (word[0] != '-') {
            if (!take_word(line, word))
                return false;
            continue;
        }
        if (is_one_of(word, "-v", "--version")) {
            line->command = COMMAND_VERSION;
            continue;
        }
        if (is_one_of(word, "-h", "--help")) {
            line->command = COMMAND_HELP;
            continue;
        }
        if (set_flag(line, word))
            continue;
        word += word[1] == '-' ? 2 : 1; /* "-config" is the same as "--config" */
        len = strcspn(word, "=");
        if (len >= sizeof(name))
            return complain("unknown option", words[i]);
        memcpy(name, word, len);
        name[len] = '\0';
        if (word[len] == '=')
            word += len + 1;
        else if (++i < count)
            word = words[i];
        else
            return complain("a value is missing after", words[i - 1]);
        if (!take_option(line, name, word))
            return false;
    }
    return true;
}

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
        complain("replay wants files and --to ENDPOINT, such as --to http://localhost:4318", NULL);
        return EXIT_USAGE;
    }
    if (!sandbox_mode_read(&replay->sandbox)) {
        complain("OTELC_SANDBOX is one of on, off and kill", NULL);
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
        complain("OTELC_SANDBOX is one of on, off and kill", NULL);
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
    if (line->shell && completion_print(line->shell, usage))
        return EXIT_FINE;
    complain("completion wants a shell: bash, zsh or fish", line->shell);
    return EXIT_USAGE;
}

static enum exit_code run_command(struct command_line *line)
{
    switch (line->command) {
    case COMMAND_HELP:
        fputs(usage, stdout);
        return EXIT_FINE;
    case COMMAND_VERSION:
        printf("otelc version %s\n", OTELC_VERSION);
        return EXIT_FINE;
    case COMMAND_COMPONENTS:
        components_print();
        return EXIT_FINE;
    case COMMAND_REFERENCE:
        if (line->man)
            manual_print(usage);
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
        complain("at least one --config is needed", NULL);
        return EXIT_USAGE;
    }
    if (!sandbox_mode_read(&line->options.sandbox)) {
        complain("OTELC_SANDBOX is one of on, off and kill", NULL);
        return EXIT_USAGE;
    }
    return run_configuration(line);
}

int main(int count, char **words)
{
    struct command_line line = {
        .options = {.shutdown_timeout_ms = UINT64_MAX},
        .generate = GENERATE_DEFAULTS,
        .probe = {.url = PROBE_URL, .timeout_ms = PROBE_TIMEOUT_MS},
    };
    enum exit_code code = parse(&line, count, words) ? run_command(&line) : EXIT_USAGE;

    free(line.sources);
    free(line.replay.files);
    free(line.explain.paths);
    return (int)code;
}

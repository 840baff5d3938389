/*
 * Words become settings, as a table of options says.
 */
#include "commands/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/mem.h"
#include "commands/usage.h"
#include "config/field.h"
#include "config/nearest.h"

const char command_line_help[] =
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
    "  --strict               warnings and notes are errors\n"
    "  --watch                reload when a file of the configuration changes (as SIGHUP does)\n"
    "  --feature-gates LIST   accepted for compatibility, without effect\n"
    "  --mode unredacted      of print-config: secrets as they are (default: redacted)\n"
    "  --format yaml|json     of print-config: yaml is the default\n"
    "  --list                 of explain: only the paths that begin with PATH\n"
    "  --man                  of reference: the page otelc(1) in its place\n"
    "  --to ENDPOINT          of replay, generate: http://host:4318 by HTTP, host:4317 by gRPC\n"
    "                         (generate: localhost:4317, where none is named)\n"
    "  --rate N               of replay, generate: spans in a second (default: as fast as they\n"
    "                         are taken; generate: 100)\n"
    "  --retime               of replay: all times are moved, so that the latest one is now\n"
    "  --protocol grpc|http   of generate: how, where --to has no scheme (default: grpc)\n"
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
    "  -h, --help             print this; behind a command: what goes with it\n"
    "\n"
    "Environment:\n"
    "  OTELC_SANDBOX          on (default), off (for debuggers), kill (for tests)\n"
    "  OTELC_LISTEN_HOST      where endpoints listen that the configuration does not name\n"
    "\n"
    "Exit codes: 0 fine, 1 configuration or not healthy, 2 usage, 3 run time.\n";

bool command_line_complain(const char *what, const char *word)
{
    fprintf(stderr, "otelc: %s%s%s\nTry 'otelc --help'.\n", what, word ? ": " : "",
            word ? word : "");
    return false;
}

/* Says that there is none, and which is near, of names that end with NULL. */
static bool complain_unknown(const char *what, const char *dashes, const char *name,
                             const char *const *names)
{
    const char *nearest = nearest_name(name, names);

    if (!nearest) {
        fprintf(stderr, "otelc: %s: %s%s\nTry 'otelc --help'.\n", what, dashes, name);
        return false;
    }
    fprintf(stderr, "otelc: %s: %s%s; did you mean %s%s?\n", what, dashes, name, dashes, nearest);
    return false;
}

static bool add_source(struct command_line *line, int kind, const char *text)
{
    if (kind == SOURCE_SET && !strchr(text, '='))
        return command_line_complain("--set wants KEY=VALUE", text);
    line->sources =
        mem_room(line->sources, line->source_count, &line->source_cap, sizeof(*line->sources));
    line->sources[line->source_count++] = (struct source){.kind = kind, .text = text};
    return true;
}

static bool set_workers(struct command_line *line, const char *text)
{
    uint64_t workers;

    if (!str_to_uint(str_of(text), 256, &workers) || workers == 0)
        return command_line_complain("--workers wants a number from 1 to 256", text);
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
        return command_line_complain(
            "--memory-limit wants a number of MiB, or a percentage such as 80%", text);
    line->options.memory_limit = percent ? budget_memory() / 100 * number : number << 20;
    return true;
}

static bool set_shutdown_timeout(struct command_line *line, const char *text)
{
    const char *wrong = duration_parse(text, &line->options.shutdown_timeout_ms);

    return !wrong || command_line_complain("--shutdown-timeout wants a duration such as 8s", text);
}

static bool set_rate(struct command_line *line, const char *text)
{
    bool ok =
        (str_to_uint(str_of(text), UINT32_MAX, &line->replay.rate) && line->replay.rate > 0) ||
        command_line_complain("--rate wants a number of spans in a second", text);

    line->generate.rate = line->replay.rate;
    return ok;
}

static bool set_endpoint(struct command_line *line, const char *text)
{
    line->replay.to = line->generate.to = text;
    return *text ||
           command_line_complain("--to wants an endpoint such as http://localhost:4318", NULL);
}

static bool set_probe_timeout(struct command_line *line, const char *text)
{
    const char *wrong = duration_parse(text, &line->probe.timeout_ms);

    return (!wrong && line->probe.timeout_ms > 0) ||
           command_line_complain("--timeout wants a duration such as 3s", text);
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
           command_line_complain("--mode is redacted or unredacted, not", text);
}

static bool set_format(struct command_line *line, const char *text)
{
    line->print.json = strcmp(text, "json") == 0;
    return line->print.json || strcmp(text, "yaml") == 0 ||
           command_line_complain("--format is yaml or json, not", text);
}

/* otelcol could print what is wrong, too. */
static bool set_validate(const char *text)
{
    return strcmp(text, "true") == 0 ||
           command_line_complain(
               "a configuration is printed when it is right, so --validate can only be true", NULL);
}

/* Options that otelcol had once; each names where it is said today. */
static const struct {
    const char *name, *today;
} old_options[] = {
    {"log-level", "use --set service.telemetry.logs.level=LEVEL"},
    {"log-format", "use --set service.telemetry.logs.encoding=json or console"},
    {"log-profile", "use --set service.telemetry.logs.encoding=json or console"},
    {"metrics-addr", "use --set service.telemetry.metrics.address=HOST:PORT"},
    {"metrics-level", "use --set service.telemetry.metrics.level=LEVEL"},
    {"metrics-prefix", "names of metrics are fixed"},
    {"mem-ballast-size-mib", "there is no garbage collector"},
    {"feature-gates", "there are none"},
};

/* NULL: it is none of them. */
static const char *today_of(const char *name)
{
    for (size_t i = 0; i < sizeof(old_options) / sizeof(*old_options); i++)
        if (strcmp(name, old_options[i].name) == 0)
            return old_options[i].today;
    return NULL;
}

/* What the gate of this name meant when it was switched off. */
static bool listen_everywhere(void)
{
    setenv("OTELC_LISTEN_HOST", "0.0.0.0", 0);
    fprintf(stderr, "otelc: --feature-gates=-component.UseLocalHostAsDefaultHost is the same as "
                    "OTELC_LISTEN_HOST=0.0.0.0 in the environment: set that\n");
    return true;
}

static bool set_other(struct command_line *line, const char *name, const char *text)
{
    char what[96];
    const char *wants;

    if (generate_option(&line->generate, name, text, &wants))
        return true;
    if (strcmp(name, "feature-gates") == 0 && strstr(text, "-component.UseLocalHostAsDefaultHost"))
        return listen_everywhere();
    if (!wants) {
        fprintf(stderr, "otelc: --%s has no effect: %s\n", name, today_of(name));
        return true;
    }
    snprintf(what, sizeof(what), "--%s wants %s", name, wants);
    return command_line_complain(what, text);
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

/* To a list of words that grows. */
static bool add_word(const char ***list, size_t *count, size_t *cap, const char *word)
{
    *list = mem_room(*list, *count, cap, sizeof(**list));
    (*list)[(*count)++] = word;
    return true;
}

static bool take_word(struct command_line *line, const char *word)
{
    static const struct {
        const char *name;
        enum command command;
    } commands[] = {
        {"validate", COMMAND_VALIDATE},
        {"components", COMMAND_COMPONENTS},
        {"reference", COMMAND_REFERENCE},
        {"print-config", COMMAND_PRINT_CONFIG},
        {"print-initial-config", COMMAND_PRINT_CONFIG}, /* as otelcol calls it */
        {"explain", COMMAND_EXPLAIN},
        {"schema", COMMAND_SCHEMA},
        {"completion", COMMAND_COMPLETION},
        {"replay", COMMAND_REPLAY},
        {"generate", COMMAND_GENERATE},
        {"health", COMMAND_HEALTH},
        {"help", COMMAND_HELP},
        {"version", COMMAND_VERSION},
    };
    const char *names[sizeof(commands) / sizeof(*commands) + 1] = {NULL};
    bool is_told = line->command == COMMAND_HELP || line->command == COMMAND_VERSION;

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
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(word, commands[i].name) == 0) {
            line->name = commands[i].name;
            if (is_told)
                return true;
            if (line->command != COMMAND_RUN)
                return command_line_complain("one command at a time, so not also", word);
            line->command = commands[i].command;
            return true;
        }
    if (is_told)
        return true; /* of whatever it is */
    if (strstr(word, ".yaml") || strstr(word, ".yml") || strchr(word, '/'))
        return command_line_complain("a configuration file needs --config in front", word);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        names[i] = commands[i].name;
    return complain_unknown("unknown command", "", word, names);
}

static void set_flag(struct command_line *line, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"watch", &line->options.watch},
        {"retime", &line->replay.retime},
        {"if-served", &line->probe.if_served},
        {"list", &line->explain.list},
        {"man", &line->man},
        {"strict", &line->strict},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (strcmp(name, flags[i].name) == 0)
            *flags[i].flag = true;
    if (strcmp(name, "version") == 0)
        line->command = COMMAND_VERSION;
    else if (strcmp(name, "help") == 0)
        line->command = COMMAND_HELP;
}

enum { NAMES_MAX = 64 };

struct parser {
    struct command_line *line;
    struct usage usage;
    char **words;
    int count, at;                               /* at: the word that is read */
    const struct usage_option *given[NAMES_MAX]; /* the options so far */
    size_t given_count;
};

static bool complain_unknown_option(const struct usage *usage, const char *name)
{
    const char *names[NAMES_MAX + 1] = {NULL};

    for (size_t i = 0; i < usage->option_count && i < NAMES_MAX; i++)
        names[i] = usage->options[i].name;
    return complain_unknown("unknown option", "--", name, names);
}

/* Its value may be the next word. */
static bool parse_value(struct parser *p, const char *name, const char *value)
{
    if (*value == '=')
        return take_option(p->line, name, value + 1);
    if (++p->at == p->count)
        return command_line_complain("a value is missing after", p->words[p->at - 1]);
    return take_option(p->line, name, p->words[p->at]);
}

static bool parse_option(struct parser *p)
{
    const char *word = p->words[p->at];
    const char *text = strcmp(word, "-v") == 0   ? "version"
                       : strcmp(word, "-h") == 0 ? "help"
                       : word[1] == '-'          ? word + 2
                                                 : word + 1; /* "-config" is "--config" */
    const struct usage_option *option;
    char name[32];
    size_t len = strcspn(text, "=");

    if (len >= sizeof(name))
        return command_line_complain("unknown option", word);
    memcpy(name, text, len);
    name[len] = '\0';
    option = usage_option(&p->usage, name);
    if (!option && !today_of(name) && strcmp(name, "validate") != 0)
        return complain_unknown_option(&p->usage, name);
    if (option && p->given_count < NAMES_MAX)
        p->given[p->given_count++] = option;
    if (!option || option->value)
        return parse_value(p, name, text + len);
    if (text[len])
        return command_line_complain("an option without a value", word);
    set_flag(p->line, name);
    return true;
}

/* Whether all options go with the command that was named. */
static bool check_given(const struct parser *p)
{
    const struct usage_command *command = usage_command(&p->usage, p->line->name);

    for (size_t i = 0; i < p->given_count && command; i++) {
        const struct usage_option *option = p->given[i];

        if (!*option->commands || usage_goes_with(option, command))
            continue;
        fprintf(stderr, "otelc: --%s goes with %s only\nTry 'otelc --help'.\n", option->name,
                option->commands);
        return false;
    }
    return true;
}

static bool parse(struct parser *p)
{
    for (p->at = 1; p->at < p->count; p->at++) {
        bool is_option = p->words[p->at][0] == '-';

        if (is_option ? !parse_option(p) : !take_word(p->line, p->words[p->at]))
            return false;
    }
    return check_given(p);
}

bool command_line_parse(struct command_line *line, int count, char **words)
{
    struct arena *arena = arena_new(1 << 14);
    struct parser p = {.line = line, .words = words, .count = count};
    bool good;

    *line = (struct command_line){
        .name = "",
        .options = {.shutdown_timeout_ms = UINT64_MAX},
        .generate = GENERATE_DEFAULTS,
        .probe = {.url = PROBE_URL, .timeout_ms = PROBE_TIMEOUT_MS},
    };
    usage_read(&p.usage, command_line_help, arena);
    good = parse(&p);
    arena_free(arena);
    return good;
}

void command_line_print_help(const struct command_line *line)
{
    struct arena *arena = arena_new(1 << 14);
    const struct usage_command *command;
    struct usage usage;

    usage_read(&usage, command_line_help, arena);
    command = *line->name ? usage_command(&usage, line->name) : NULL;
    if (command)
        usage_print(&usage, command);
    else
        fputs(command_line_help, stdout);
    arena_free(arena);
}

void command_line_done(struct command_line *line)
{
    free(line->sources);
    free(line->replay.files);
    free(line->explain.paths);
}

/*
 * Words become settings, as a table of options says.
 */
#include "commands/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "config/field.h"

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

bool command_line_complain(const char *what, const char *word)
{
    fprintf(stderr, "otelc: %s%s%s\nTry 'otelc --help'.\n", what, word ? ": " : "",
            word ? word : "");
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
        return is_old_option(name) || command_line_complain("unknown option", name);
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
    };

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
    if (line->command == COMMAND_HELP || line->command == COMMAND_VERSION)
        return true; /* of whatever it is */
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(word, commands[i].name) == 0) {
            if (line->command != COMMAND_RUN)
                return command_line_complain("one command at a time, so not also", word);
            line->command = commands[i].command;
            return true;
        }
    if (strstr(word, ".yaml") || strstr(word, ".yml") || strchr(word, '/'))
        return command_line_complain("a configuration file needs --config in front", word);
    return command_line_complain("unknown command", word);
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
            return command_line_complain("unknown option", words[i]);
        memcpy(name, word, len);
        name[len] = '\0';
        if (word[len] == '=')
            word += len + 1;
        else if (++i < count)
            word = words[i];
        else
            return command_line_complain("a value is missing after", words[i - 1]);
        if (!take_option(line, name, word))
            return false;
    }
    return true;
}

bool command_line_parse(struct command_line *line, int count, char **words)
{
    *line = (struct command_line){
        .options = {.shutdown_timeout_ms = UINT64_MAX},
        .generate = GENERATE_DEFAULTS,
        .probe = {.url = PROBE_URL, .timeout_ms = PROBE_TIMEOUT_MS},
    };
    return parse(line, count, words);
}

void command_line_done(struct command_line *line)
{
    free(line->sources);
    free(line->replay.files);
    free(line->explain.paths);
}

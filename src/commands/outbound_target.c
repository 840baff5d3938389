/*
 * YAML, so that everything is checked and told as in a file.
 */
#include "commands/outbound_target.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "service/components.h"

/* Answers are waited for. */
static const char settings[] =
    "    compression: none\n"
    "    timeout: 30s\n"
    "    sending_queue: {num_consumers: 8, queue_size: 64, wait_for_result: true}\n"
    "    retry_on_failure: {initial_interval: 250ms, max_interval: 5s, max_elapsed_time: %us}\n";

static const char pipelines[] = "receivers: {nop: }\n"
                                "service:\n"
                                "  pipelines:\n"
                                "    traces: {receivers: [nop], exporters: [EXPORTER]}\n"
                                "    metrics: {receivers: [nop], exporters: [EXPORTER]}\n"
                                "    logs: {receivers: [nop], exporters: [EXPORTER]}\n";

static void put_replaced(struct buf *out, const char *text, const char *id)
{
    static const char word[] = "EXPORTER";

    for (const char *at; (at = strstr(text, word)); text = at + sizeof(word) - 1) {
        buf_append(out, text, (size_t)(at - text));
        buf_append_str(out, str_of(id));
    }
    buf_append_str(out, str_of(text));
}

/* As a YAML scalar in quotes, in which nothing is expanded. */
static void put_quoted(struct buf *out, const char *text)
{
    buf_append_char(out, '\'');
    for (; *text; text++) {
        buf_append_char(out, *text);
        if (*text == '\'' || *text == '$')
            buf_append_char(out, *text);
    }
    buf_append_char(out, '\'');
}

static bool has_port(const char *to, const char *port)
{
    size_t len = strcspn(to, "/"), port_len = strlen(port);

    return len > port_len && memcmp(to + len - port_len, port, port_len) == 0;
}

static void put_exporter(struct buf *out, const struct outbound_target *target)
{
    static const char grpc[] = "grpc://", grpcs[] = "grpcs://";
    const char *to = target->to, *scheme = strstr(to, "://");
    const char *rest = scheme ? scheme + 3 : to;
    bool http = scheme && strncmp(to, "http", 4) == 0 && !has_port(rest, ":4317");
    bool plain = !scheme || strncmp(to, grpc, sizeof(grpc) - 1) == 0;
    struct buf id = {0};

    if (plain || strncmp(to, grpcs, sizeof(grpcs) - 1) == 0)
        to = rest;
    buf_printf(&id, "%s/%s", http ? "otlphttp" : "otlp", target->name);
    buf_printf(out, "exporters:\n  %s:\n    endpoint: ", buf_text(&id));
    put_quoted(out, to);
    buf_printf(out, "\n%s", plain ? "    tls: {insecure: true}\n" : "");
    buf_printf(out, settings, target->patience_s);
    put_replaced(out, pipelines, buf_text(&id));
    buf_done(&id);
}

struct configuration *outbound_target_load(const struct outbound_target *target,
                                           struct problems *problems)
{
    size_t count = target->source_count;
    struct source *all = mem_zero((count + 1) * sizeof(*all));
    struct configuration *configuration;
    struct buf text = {0};

    buf_append_str(&text, STR("yaml:"));
    put_exporter(&text, target);
    all[0] = (struct source){.kind = SOURCE_CONFIG, .text = buf_text(&text)};
    if (count > 0)
        memcpy(all + 1, target->sources, count * sizeof(*all));
    configuration = configuration_load(all, count + 1, component_types, problems);
    buf_done(&text);
    free(all);
    return configuration;
}

const struct component_entry *outbound_target_exporter(const struct configuration *configuration)
{
    return configuration->pipelines[0].exporters[0];
}

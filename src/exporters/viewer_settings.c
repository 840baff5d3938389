/*
 * The keys of the viewer, and the header fields that make a browser careful.
 */
#include "exporters/viewer_settings.h"

#include <string.h>

#include "base/arena.h"

#define PORT       "16686"
#define KEPT_HERE  "traces are kept here: nothing waits and nothing is sent"
#define MEMORY_MAX 4096
#define MAX_TRACES 1000000
#define PAGE_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

const struct field viewer_fields[] = {
    FIELD_STRING(struct viewer_settings, server.endpoint, "endpoint", "localhost:" PORT,
                 "host:port where the page and Jaeger's query API are served"),
    FIELD_STRINGS(struct viewer_settings, allowed_hosts, "allowed_hosts",
                  "names besides localhost and the endpoint's own that browsers may reach it by, "
                  "such as traces.example.com; * stands for any characters"),
    FIELD_UINT(struct viewer_settings, max_memory_mib, "max_memory_mib", "64", 1, MEMORY_MAX,
               "what the traces may take; never more than a quarter of the memory budget"),
    FIELD_UINT(struct viewer_settings, max_traces, "max_traces", "10000", 1, MAX_TRACES,
               "beyond it, or beyond the memory, the oldest traces go"),
    HTTP_SERVER_FIELDS,
    FIELD_IGNORED("sending_queue", KEPT_HERE),
    FIELD_IGNORED("retry_on_failure", KEPT_HERE),
    FIELD_IGNORED("timeout", KEPT_HERE),
    FIELD_END,
};

static bool has_header(const struct header_list *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (strcmp(headers->at[i].name, name) == 0)
            return true;
    return false;
}

/* What every answer has, unless the configuration says something else. */
static void add_headers(struct header_list *headers, const struct node *node,
                        struct problems *problems)
{
    static const struct header own[] = {
        {"content-security-policy", PAGE_POLICY},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cross-origin-resource-policy", "same-origin"},
        {"cache-control", "no-store"},
    };
    enum { OWN = sizeof(own) / sizeof(*own) };
    struct header *all = arena_alloc(problems->arena, (headers->count + OWN) * sizeof(*all));
    size_t given = headers->count;

    if (given > RESPONSE_HEADERS_MAX - OWN) {
        error_at(problems, node_near(node, "response_headers"),
                 "%zu of them are too many: at most %d, as the viewer has some of its own", given,
                 RESPONSE_HEADERS_MAX - OWN);
        return;
    }
    if (given > 0)
        memcpy(all, headers->at, given * sizeof(*all));
    for (size_t i = 0; i < OWN; i++)
        if (!has_header(headers, own[i].name))
            all[given++] = own[i];
    *headers = (struct header_list){all, given};
}

/* "host:port" of "tcp4:host:port". */
static const char *without_transport(const struct http_settings *server)
{
    const char *transport = server_transports[server->transport];
    size_t len = strlen(transport);

    return strncmp(server->endpoint, transport, len) == 0 && server->endpoint[len] == ':'
               ? server->endpoint + len + 1
               : server->endpoint;
}

void viewer_check(void *settings, const struct node *node, struct problems *problems)
{
    struct viewer_settings *s = settings;

    s->server.enabled = true;
    http_settings_check(&s->server, PORT, node, problems);
    s->server.include_metadata = true; /* Host and Origin are among them */
    s->host = without_transport(&s->server);
    for (size_t i = 0; i < s->allowed_hosts.count; i++)
        if (strpbrk(s->allowed_hosts.at[i], "/@ "))
            error_at(problems, node_near(node, "allowed_hosts"),
                     "\"%s\" is not a host: write its name alone, such as traces.example.com",
                     s->allowed_hosts.at[i]);
    add_headers(&s->server.response_headers, node, problems);
}

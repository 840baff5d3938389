/*
 * The keys of the otlp receiver.
 */
#include "receivers/otlp_settings.h"

#include <string.h>

#include "base/arena.h"

static const struct field grpc_fields[] = {
    FIELD_BOOL(struct grpc_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING_LIKE(struct grpc_settings, endpoint, "endpoint", "0.0.0.0:4317",
                      "host:port to listen on (default: localhost:4317); a path for a unix socket"),
    GRPC_SERVER_FIELDS,
    FIELD_END,
};

static const struct field http_fields[] = {
    FIELD_BOOL(struct http_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING_LIKE(struct http_settings, endpoint, "endpoint", "0.0.0.0:4318",
                      "host:port to listen on (default: localhost:4318); a path for a unix socket"),
    FIELD_STRING(struct http_settings, url_paths[TRACES], "traces_url_path", "/v1/traces",
                 "where traces are posted"),
    FIELD_STRING(struct http_settings, url_paths[METRICS], "metrics_url_path", "/v1/metrics",
                 "where metrics are posted"),
    FIELD_STRING(struct http_settings, url_paths[LOGS], "logs_url_path", "/v1/logs",
                 "where logs are posted"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

static const struct field protocol_fields[] = {
    FIELD_SWITCH(struct protocol_settings, grpc, "grpc", grpc_fields, "OTLP/gRPC"),
    FIELD_SWITCH(struct protocol_settings, http, "http", http_fields, "OTLP/HTTP"),
    FIELD_END,
};

const struct field otlp_fields[] = {
    FIELD_BLOCK(struct otlp_settings, protocols, "protocols", protocol_fields,
                "what to serve; at least one"),
    FIELD_END,
};

/* A slash in front of each; no two the same. */
static void check_paths(const char **paths, const struct node *http, struct problems *problems)
{
    static const char *const keys[SIGNAL_KINDS] = {"traces_url_path", "metrics_url_path",
                                                   "logs_url_path"};

    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        if (paths[s][0] != '/')
            paths[s] = arena_printf(problems->arena, "/%s", paths[s]);
        for (unsigned other = 0; other < s; other++)
            if (strcmp(paths[s], paths[other]) == 0)
                error_at(problems, node_near(http, keys[s]), "%s is the path of %s already",
                         paths[s], signal_words[other].name);
    }
}

void otlp_check(void *settings, const struct node *node, struct problems *problems)
{
    struct protocol_settings *s = &((struct otlp_settings *)settings)->protocols;
    const struct node *protocols = node_get(node, "protocols");
    const struct node *grpc = node_near(protocols, "grpc"), *http = node_near(protocols, "http");

    if (!s->grpc.enabled && !s->http.enabled)
        error_at(problems, node_near(node, "protocols"),
                 "names no protocol: write protocols: {grpc: {}, http: {}}");
    grpc_settings_check(&s->grpc, "4317", grpc, problems);
    http_settings_check(&s->http, "4318", http, problems);
    check_paths(s->http.url_paths, http, problems);
    if (server_settings_share(&s->grpc, &s->http))
        server_settings_check_shared(&s->grpc, &s->http, http, problems);
}

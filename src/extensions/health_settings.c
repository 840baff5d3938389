/*
 * The keys of the health_check extension, those of version 2 too.
 */
#include "extensions/health_settings.h"

#include "base/arena.h"
#include "config/problems.h"
#include "net/listen_set.h"

#define PORT      "13133"
#define GRPC_PORT "13132"
#define NOT_WATCHED                                                                                \
    "has no effect: exporters that fail retry, and do not make the program unhealthy"

static const struct field body_fields[] = {
    FIELD_STRING(struct health_bodies, healthy, "healthy", NULL, "the body of a 200"),
    FIELD_STRING(struct health_bodies, unhealthy, "unhealthy", NULL, "the body of a 503"),
    FIELD_END,
};

static const struct field status_fields[] = {
    FIELD_BOOL(struct health_status, enabled, "enabled", "true", "false: it is not served"),
    FIELD_STRING(struct health_status, path, "path", "/status", "where it is asked for"),
    FIELD_END,
};

static const struct field http_fields[] = {
    FIELD_STRING_LIKE(struct http_settings, endpoint, "endpoint", "0.0.0.0:" PORT,
                      "host:port to listen on (default: localhost:" PORT ")"),
    FIELD_BLOCK(struct health_http, status, "status", status_fields, "the status of the program"),
    FIELD_IGNORED("config", "is not served: it would show the configuration to who can ask"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

static const struct field grpc_fields[] = {
    FIELD_STRING(struct grpc_settings, endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:" GRPC_PORT ")"),
    GRPC_SERVER_FIELDS,
    FIELD_END,
};

const struct field health_fields[] = {
    FIELD_STRING_LIKE(struct health_settings, server.endpoint, "endpoint", "0.0.0.0:" PORT,
                      "host:port to listen on (default: localhost:" PORT
                      "); a path for a unix socket"),
    {.name = "port",
     .type = FIELD_TYPE_UINT,
     .offset = offsetof(struct health_settings, port),
     .max = 65535,
     .help = "the oldest form of endpoint",
     .note = "write it as endpoint: localhost:PORT"},
    FIELD_STRING(struct health_settings, path, "path", "/",
                 "where it is asked for; one that ends with a slash: also below it"),
    FIELD_BLOCK(struct health_settings, response_body, "response_body", body_fields,
                "texts in place of the usual JSON"),
    FIELD_BOOL(struct health_settings, use_v2, "use_v2", "false",
               "answers as version 2 does, at http.endpoint"),
    FIELD_SWITCH(struct health_settings, http, "http", http_fields,
                 "version 2: where it listens; its keys in place of those beside it"),
    FIELD_SWITCH(
        struct health_settings, grpc, "grpc", grpc_fields,
        "version 2: where grpc.health.v1 is served, for the service \"\"; alone, nothing is "
        "served by HTTP"),
    FIELD_IGNORED("component_health", NOT_WATCHED),
    FIELD_IGNORED("check_collector_pipeline", NOT_WATCHED),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

static void check_path(const char *path, const struct node *block, struct problems *problems)
{
    if (path[0] != '/')
        error_at(problems, node_near(block, "path"), "must begin with a slash: write /%s", path);
    else if (path[strcspn(path, "?# ")])
        error_at(problems, node_near(block, "path"),
                 "is a path alone, without spaces, \"?\" and \"#\"");
}

/* Who asks for health is not known: nothing that names an extension may outlive it. */
static void check_auth(const struct auth_settings *auth, const struct node *block,
                       struct problems *problems)
{
    if (auth->enabled)
        error_at(problems, node_near(block, "auth"),
                 "is not supported here: leave it out, and listen where only probes come");
}

/* Keys of version 1 that would have no effect. */
static void check_unused(const struct node *node, struct problems *problems)
{
    static const struct {
        const char *key, *instead;
    } keys[] = {
        {"endpoint", "write it as http.endpoint"},
        {"path", "write it as http.status.path"},
        {"response_body", "version 2 has a body of its own"},
        {"tls", "write it as http.tls"},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        const struct node *unused = node_get(node, keys[i].key);

        if (unused)
            warning_at(problems, unused, "has no effect with use_v2: %s", keys[i].instead);
    }
}

/* Without a block there is HTTP. */
static void check_version_2(struct health_settings *s, const struct node *node,
                            struct problems *problems)
{
    const struct node *http = node_get(node, "http"), *grpc = node_get(node, "grpc");

    s->own = &s->http.server;
    s->http.server.enabled |= !s->grpc.enabled;
    http_settings_check(&s->http.server, PORT, http, problems);
    check_auth(&s->http.server.auth, http, problems);
    check_path(s->http.status.path, node_get(http, "status"), problems);
    s->own_path = s->http.server.enabled && s->http.status.enabled ? s->http.status.path : NULL;
    grpc_settings_check(&s->grpc, GRPC_PORT, grpc, problems);
    check_auth(&s->grpc.auth, grpc, problems);
    if (server_settings_share(&s->grpc, &s->http.server))
        server_settings_check_shared(&s->grpc, &s->http.server, node, problems);
    check_unused(node, problems);
}

void health_check_settings(void *settings, const struct node *node, struct problems *problems)
{
    struct health_settings *s = settings;

    s->v2 = s->use_v2 || s->http.server.enabled || s->grpc.enabled;
    if (s->v2) {
        check_version_2(s, node, problems);
        return;
    }
    s->server.enabled = true;
    if (s->port > 0 && !s->server.endpoint)
        s->server.endpoint = arena_printf(problems->arena, "%s:%llu", listen_default_host(),
                                          (unsigned long long)s->port);
    s->port = 0;
    s->own = &s->server;
    s->own_path = s->path;
    s->plain = s->response_body.healthy || s->response_body.unhealthy;
    http_settings_check(&s->server, PORT, node, problems);
    check_auth(&s->server.auth, node, problems);
    check_path(s->path, node, problems);
}

/*
 * The keys of the zpages extension.
 */
#include "extensions/zpages_settings.h"

#include "config/problems.h"

#define PORT "55679"

const struct field zpages_fields[] = {
    FIELD_STRING(struct zpages_settings, server.endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:" PORT "); a path for a unix socket"),
    FIELD_IGNORED("expvar", "is not served: they are variables of Go's runtime"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

void zpages_check_settings(void *settings, const struct node *node, struct problems *problems)
{
    struct zpages_settings *s = settings;

    s->server.enabled = true;
    http_settings_check(&s->server, PORT, node, problems);
    if (s->server.auth.enabled)
        error_at(problems, node_near(node, "auth"),
                 "is not supported here: leave it out, and listen on localhost");
}

/*
 * The keys of the zpages extension.
 */
#include "extensions/zpages_settings.h"

#include "config/problems.h"

#define PORT "55679"

const struct field zpages_fields[] = {
    FIELD_STRING(struct zpages_settings, pages.server.endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:" PORT "); a path for a unix socket"),
    PAGES_HOSTS_FIELD,
    FIELD_IGNORED("expvar", "is not served: they are variables of Go's runtime"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

void zpages_check_settings(void *settings, const struct node *node, struct problems *problems)
{
    struct zpages_settings *s = settings;

    pages_settings_check(&s->pages, PORT, node, problems);
    if (s->pages.server.auth.enabled)
        error_at(problems, node_near(node, "auth"),
                 "is not supported here: leave it out, and listen on localhost");
}

/*
 * From the key to the extension.
 */
#include "pipeline/authenticator.h"

#include "pipeline/component.h"
#include "pipeline/worker.h"

const struct field auth_fields[] = {
    FIELD_AUTHENTICATOR(struct auth_settings, authenticator, "authenticator",
                        "basicauth or bearertokenauth, or one with a name behind it"),
    FIELD_IGNORED("request_params",
                  "has no effect: a secret in a URL would stand in every log on its way"),
    FIELD_END,
};

void auth_check(struct auth_settings *settings, const struct node *node, struct problems *problems)
{
    if (settings->enabled && !settings->authenticator)
        error_at(problems, node_near(node, "auth"),
                 "names nobody: write auth: {authenticator: basicauth}, or another extension");
}

struct component *authenticator_find(const struct worker *worker,
                                     const struct auth_settings *settings, enum auth_side side,
                                     struct error *err)
{
    struct component *extension = worker_extension(worker, settings->authenticator);
    const struct authenticator *auth = extension ? extension->type->auth : NULL;
    struct header header;

    if (!auth)
        error_set(err, "auth: %s is no authenticator", settings->authenticator);
    else if (side == AUTH_SERVER && !auth->field(extension))
        error_set(err, "auth: %s has nothing to check clients with: see its keys for servers",
                  settings->authenticator);
    else if (side == AUTH_CLIENT && !auth->header(extension, &header))
        error_set(err, "auth: %s has nothing to send: see its keys for clients",
                  settings->authenticator);
    else
        return extension;
    return NULL;
}

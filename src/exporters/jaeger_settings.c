/*
 * Keys of today and of old, and what is told about them.
 */
#include "exporters/jaeger_settings.h"

#include "exporters/client_keys.h"
#include "exporters/endpoint.h"

const struct field jaeger_fields[] = {
    FIELD_STRING_LIKE(struct jaeger_settings, endpoint, "endpoint",
                      "http://jaeger:14268/api/traces",
                      "host:14250 for gRPC, or http://host:14268/api/traces for Thrift over HTTP"),
    FIELD_BLOCK(struct jaeger_settings, tls, "tls", tls_client_fields,
                "how Jaeger is reached by TLS, or that it is not"),
    FIELD_DURATION(struct jaeger_settings, timeout_ms, "timeout", "5s",
                   "of each try; 0s: it may take as long as it likes"),
    FIELD_HEADERS(struct jaeger_settings, headers, "headers", "sent with each request"),
    FIELD_SWITCH(struct jaeger_settings, auth, "auth", auth_fields,
                 "whom to send as: the extension's header goes with each request"),
    FIELD_STRING(struct jaeger_settings, authority, "authority", NULL,
                 "the host that requests name, instead of the endpoint's"),
    FIELD_BLOCK(struct jaeger_settings, sender.queue, "sending_queue", queue_fields,
                "batches that wait to be sent"),
    FIELD_BLOCK(struct jaeger_settings, sender.retry, "retry_on_failure", retry_fields,
                "trying again what failed"),
    OLD_KEY(FIELD_TYPE_STRING, struct jaeger_settings, endpoint, "url", "write it as endpoint"),
    OLD_TLS_KEYS(struct jaeger_settings),
    OLD_BATCHER_KEY(struct jaeger_settings),
    FIELD_IGNORED("compression", "has no effect: Jaeger does not decode compressed requests"),
    FIELD_IGNORED("keepalive", CONNECTIONS_NOTE),
    IGNORED_GRPC_KEYS,
    IGNORED_BUFFER_KEYS,
    IGNORED_HTTP_KEYS,
    FIELD_IGNORED("disable_keep_alives", "has no effect: Jaeger closes connections itself"),
    FIELD_END,
};

bool jaeger_settings_endpoint(const struct jaeger_settings *s, struct jaeger_endpoint *endpoint,
                              struct error *err)
{
    const char *problem;

    if (!s->endpoint) {
        *endpoint = (struct jaeger_endpoint){0};
        return error_set(err, "endpoint is missing: write endpoint: jaeger:14250 for gRPC, or "
                              "endpoint: http://jaeger:14268/api/traces for Thrift over HTTP");
    }
    problem = jaeger_endpoint_read(endpoint, str_of(s->endpoint), s->thrift, s->tls.insecure);
    return !problem ||
           error_set(err, "\"%.*s\" %s", STR_ARG(endpoint_shown(str_of(s->endpoint))), problem);
}

static void check_endpoint(const struct jaeger_settings *s, const struct node *node,
                           struct problems *problems)
{
    const struct node *place = node_near(node, node_get(node, "endpoint") ? "endpoint" : "url");
    struct jaeger_endpoint endpoint;
    struct error err;

    if (!jaeger_settings_endpoint(s, &endpoint, &err))
        error_at(problems, place, "%s", err.text);
    else if (str_starts(buf_str(&endpoint.url), STR("https:")))
        tls_client_report(&s->tls, node_near(node, "tls"), problems);
    if (endpoint.note)
        note_at(problems, place, "%s", endpoint.note);
    if (endpoint.warning)
        warning_at(problems, place, "%s", endpoint.warning);
    jaeger_endpoint_done(&endpoint);
}

void jaeger_settings_check(void *settings, const struct node *node, struct problems *problems)
{
    struct jaeger_settings *s = settings;

    s->thrift = node->key && str_starts(str_of(node->key), STR("jaeger_thrift"));
    check_endpoint(s, node, problems);
    auth_check(&s->auth, node, problems);
    if (s->tls.insecure_skip_verify)
        warning_at(problems, node_near(node, "tls"),
                   "insecure_skip_verify: anybody could be this Jaeger, and read the spans");
    sender_settings_check(&s->sender, node, problems);
}

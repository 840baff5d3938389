/*
 * Keys of today and of old, and what is told about them.
 */
#include "exporters/zipkin_settings.h"

#include "exporters/client_keys.h"
#include "exporters/endpoint.h"

typedef struct zipkin_settings zipkin;

static const char *const formats[] = {
    [ZIPKIN_FORMAT_JSON] = "json", [ZIPKIN_FORMAT_PROTO] = "proto", NULL};

const struct field zipkin_fields[] = {
    FIELD_STRING_LIKE(zipkin, endpoint, "endpoint", "http://zipkin:9411/api/v2/spans",
                      "http://host:9411/api/v2/spans"),
    FIELD_CHOICE(zipkin, format, "format", "json", formats, "Zipkin's v2 JSON, or its protobuf"),
    FIELD_STRING(zipkin, default_service_name, "default_service_name", "<missing service name>",
                 "the service of spans whose resource has no service.name"),
    FIELD_BLOCK(zipkin, tls, "tls", tls_client_fields,
                "how Zipkin is reached by TLS, or that it is not"),
    FIELD_DURATION(zipkin, timeout_ms, "timeout", "5s",
                   "of each try; 0s: it may take as long as it likes"),
    FIELD_HEADERS(zipkin, headers, "headers", "sent with each request"),
    FIELD_SWITCH(zipkin, auth, "auth", auth_fields,
                 "whom to send as: the extension's header goes with each request"),
    COMPRESSION_KEYS(zipkin, compression, "none"),
    FIELD_BLOCK(zipkin, sender.queue, "sending_queue", queue_fields,
                "batches that wait to be sent"),
    FIELD_BLOCK(zipkin, sender.retry, "retry_on_failure", retry_fields, "trying again what failed"),
    OLD_KEY(FIELD_TYPE_STRING, zipkin, endpoint, "url", "write it as endpoint"),
    OLD_TLS_KEYS(zipkin),
    OLD_BATCHER_KEY(zipkin),
    IGNORED_BUFFER_KEYS,
    IGNORED_HTTP_CLIENT_KEYS,
    FIELD_END,
};

bool zipkin_settings_url(const struct zipkin_settings *s, struct zipkin_url *url, struct error *err)
{
    const char *problem;

    if (!s->endpoint) {
        *url = (struct zipkin_url){0};
        return error_set(err, "endpoint is missing: write endpoint: "
                              "http://zipkin:9411/api/v2/spans");
    }
    problem = zipkin_url_read(url, str_of(s->endpoint));
    return !problem ||
           error_set(err, "\"%.*s\" %s", STR_ARG(endpoint_shown(str_of(s->endpoint))), problem);
}

static void check_endpoint(const struct zipkin_settings *s, const struct node *node,
                           struct problems *problems)
{
    const struct node *place = node_near(node, node_get(node, "endpoint") ? "endpoint" : "url");
    struct zipkin_url url;
    struct error err;

    if (!zipkin_settings_url(s, &url, &err))
        error_at(problems, place, "%s", err.text);
    else if (str_starts(buf_str(&url.url), STR("https:")))
        tls_client_report(&s->tls, node_near(node, "tls"), problems);
    if (url.note)
        note_at(problems, place, "%s", url.note);
    if (url.warning)
        warning_at(problems, place, "%s", url.warning);
    zipkin_url_done(&url);
}

void zipkin_settings_check(void *settings, const struct node *node, struct problems *problems)
{
    struct zipkin_settings *s = settings;

    check_endpoint(s, node, problems);
    compression_check(&s->compression, true, node, problems);
    auth_check(&s->auth, node, problems);
    if (s->tls.insecure_skip_verify)
        warning_at(problems, node_near(node, "tls"),
                   "insecure_skip_verify: anybody could be this Zipkin, and read the spans");
    sender_settings_check(&s->sender, node, problems);
}

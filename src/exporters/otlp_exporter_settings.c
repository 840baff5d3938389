/*
 * Keys of both exporters, and what is told about them.
 */
#include "exporters/otlp_exporter_settings.h"

#include "exporters/client_keys.h"
#include "exporters/endpoint.h"

typedef struct otlp_exporter_settings otlp;

static const char *const forms[] = {[OTLP_PROTO] = "proto", [OTLP_JSON] = "json", NULL};

#define COMMON_KEYS(timeout)                                                                       \
    FIELD_BLOCK(otlp, tls, "tls", tls_client_fields,                                               \
                "how the peer is reached by TLS, or that it is not"),                              \
        FIELD_DURATION(otlp, timeout_ms, "timeout", timeout,                                       \
                       "of each try; 0s: it may take as long as it likes"),                        \
        FIELD_HEADERS(otlp, headers, "headers", "sent with each request"),                         \
        FIELD_SWITCH(otlp, auth, "auth", auth_fields,                                              \
                     "whom to send as: the extension's header goes with each request"),            \
        COMPRESSION_KEYS(otlp, compression, "gzip"),                                               \
        FIELD_BLOCK(otlp, sender.queue, "sending_queue", queue_fields,                             \
                    "batches that wait to be sent"),                                               \
        FIELD_BLOCK(otlp, sender.retry, "retry_on_failure", retry_fields,                          \
                    "trying again what failed"),                                                   \
        OLD_TLS_KEYS(otlp), OLD_BATCHER_KEY(otlp), IGNORED_BUFFER_KEYS,                            \
        FIELD_IGNORED("keepalive", CONNECTIONS_NOTE),                                              \
        FIELD_IGNORED("user_agent", "has no effect: write it in headers, as User-Agent"),          \
        FIELD_IGNORED("middlewares", "has no effect: there are no middlewares")

const struct field otlp_grpc_fields[] = {
    FIELD_STRING_LIKE(otlp, endpoint, "endpoint", "http://jaeger:4317",
                      "host:4317, with TLS; http://host:4317 in plain text"),
    FIELD_STRING(otlp, authority, "authority", NULL,
                 "the host that requests name, instead of the endpoint's"),
    COMMON_KEYS("5s"),
    IGNORED_GRPC_KEYS,
    FIELD_END,
};

const struct field otlp_http_fields[] = {
    FIELD_STRING_LIKE(otlp, endpoint, "endpoint", "http://jaeger:4318",
                      "http://host:4318: /v1/traces, /v1/metrics, /v1/logs are put behind it"),
    FIELD_STRING(otlp, own_endpoints[TRACES], "traces_endpoint", NULL,
                 "the URL of traces, as it is; the endpoint's where it is missing"),
    FIELD_STRING(otlp, own_endpoints[METRICS], "metrics_endpoint", NULL, "so too of metrics"),
    FIELD_STRING(otlp, own_endpoints[LOGS], "logs_endpoint", NULL, "so too of logs"),
    FIELD_CHOICE(otlp, form, "encoding", "proto", forms, "protobuf, or OTLP/JSON"),
    COMMON_KEYS("30s"),
    FIELD_IGNORED("profiles_endpoint", "has no effect: profiles are not taken"),
    FIELD_IGNORED("proxy_url", "has no effect: set https_proxy or http_proxy in the environment"),
    FIELD_IGNORED("cookies", "has no effect: cookies are not kept"),
    FIELD_IGNORED("http2_read_idle_timeout", "has no effect: requests go by HTTP/1.1"),
    FIELD_IGNORED("http2_ping_timeout", "has no effect: requests go by HTTP/1.1"),
    FIELD_IGNORED("force_attempt_http2", "has no effect: requests go by HTTP/1.1"),
    FIELD_IGNORED("disable_keep_alives", "has no effect: the peer closes connections itself"),
    IGNORED_HTTP_KEYS,
    FIELD_END,
};

bool otlp_exporter_endpoint(const struct otlp_exporter_settings *s, enum signal signal,
                            struct otlp_endpoint *endpoint, struct error *err)
{
    const char *own = s->http ? s->own_endpoints[signal] : NULL;
    const char *text = own ? own : s->endpoint, *problem;

    *endpoint = (struct otlp_endpoint){0};
    if (!text) {
        if (s->http &&
            (s->own_endpoints[TRACES] || s->own_endpoints[METRICS] || s->own_endpoints[LOGS]))
            return true;
        return error_set(err, "endpoint is missing: write endpoint: %s",
                         s->http ? "http://collector:4318" : "collector:4317");
    }
    if (s->http)
        problem = otlp_endpoint_http(endpoint, str_of(text), signal, own != NULL);
    else
        problem = otlp_endpoint_grpc(endpoint, str_of(text), s->tls.insecure);
    return !problem ||
           error_set(err, "\"%.*s\" %s", STR_ARG(endpoint_shown(str_of(text))), problem);
}

/* Reports what is wrong with it, once. Returns whether it is reached by TLS. */
static bool check_endpoint(const struct otlp_exporter_settings *s, enum signal signal,
                           const char *key, const struct node *node, struct problems *problems)
{
    const struct node *place = node_near(node, key);
    struct otlp_endpoint endpoint;
    struct error err;
    bool secure;

    if (!otlp_exporter_endpoint(s, signal, &endpoint, &err))
        error_at(problems, place, "%s", err.text);
    if (endpoint.note)
        note_at(problems, place, "%s", endpoint.note);
    if (endpoint.warning)
        warning_at(problems, place, "%s", endpoint.warning);
    secure = str_starts(buf_str(&endpoint.url), STR("https:"));
    otlp_endpoint_done(&endpoint);
    return secure;
}

static void check_common(struct otlp_exporter_settings *s, bool secure, const struct node *node,
                         struct problems *problems)
{
    if (secure)
        tls_client_report(&s->tls, node_near(node, "tls"), problems);
    compression_check(&s->compression, s->http, node, problems);
    auth_check(&s->auth, node, problems);
    if (s->tls.insecure_skip_verify)
        warning_at(problems, node_near(node, "tls"),
                   "insecure_skip_verify: anybody could be this peer, and read what is sent");
    sender_settings_check(&s->sender, node, problems);
}

void otlp_grpc_check(void *settings, const struct node *node, struct problems *problems)
{
    struct otlp_exporter_settings *s = settings;

    s->http = false;
    check_common(s, check_endpoint(s, TRACES, "endpoint", node, problems), node, problems);
}

void otlp_http_check(void *settings, const struct node *node, struct problems *problems)
{
    static const char *const keys[SIGNAL_KINDS] = {"traces_endpoint", "metrics_endpoint",
                                                   "logs_endpoint"};
    struct otlp_exporter_settings *s = settings;
    bool secure = false, shared = false;

    s->http = true;
    for (unsigned i = 0; i < SIGNAL_KINDS; i++) {
        bool own = s->own_endpoints[i] != NULL;

        if (!own && shared)
            continue;
        secure |= check_endpoint(s, (enum signal)i, own ? keys[i] : "endpoint", node, problems);
        shared |= !own;
    }
    check_common(s, secure, node, problems);
}

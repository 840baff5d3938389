/*
 * The keys are those of OpenTelemetry's declarative configuration, 0.3; what they mean is put into
 * the settings of the exporters otlp and otlphttp.
 */
#include "service/periodic_reader.h"

#include <string.h>

#include "base/arena.h"
#include "base/least.h"
#include "exporters/endpoint.h"
#include "exporters/otlp_exporter_settings.h"
#include "net/tls_files.h"
#include "service/components.h"
#include "service/configuration_priv.h"
#include "service/metrics_request.h"
#include "service/metrics_sender.h"
#include "service/telemetry_resource.h"
#include "viewer/params.h"

enum { LEAST_MS = 100, MOST_MS = 24 * 3600 * 1000 };

enum protocol { HTTP_PROTOBUF, HTTP_JSON, GRPC, GRPC_PROTOBUF };

static const char *const protocols[] = {[HTTP_PROTOBUF] = "http/protobuf",
                                        [HTTP_JSON] = "http/json",
                                        [GRPC] = "grpc",
                                        [GRPC_PROTOBUF] = "grpc/protobuf",
                                        NULL};
static const char *const compressions[] = {"none", "gzip", "zstd", NULL}; /* first of its choices */
static const char *const temporalities[] = {"cumulative", "delta", "lowmemory", "low_memory", NULL};

enum { EXPLICIT, EXPONENTIAL };
static const char *const histograms[] = {[EXPLICIT] = "explicit_bucket_histogram",
                                         [EXPONENTIAL] = "base2_exponential_bucket_histogram",
                                         NULL};

static const struct field otlp_fields[] = {
    FIELD_CHOICE(struct otlp_reader, protocol, "protocol", "http/protobuf", protocols,
                 "how it is sent"),
    FIELD_STRING_LIKE(struct otlp_reader, endpoint, "endpoint", "http://collector:4318",
                      "http://host:4318 (a path is taken as it is, without one it is /v1/metrics), "
                      "of gRPC http://host:4317; https:// with TLS; none: this machine"),
    FIELD_BOOL(struct otlp_reader, insecure, "insecure", "false",
               "gRPC in plain text, where the endpoint has no scheme"),
    FIELD_HEADERS(struct otlp_reader, headers, "headers", "sent with each request"),
    FIELD_SECRET(struct otlp_reader, headers_list, "headers_list",
                 "the same as text: name=value,name=value; values may have %20 and the like; "
                 "headers goes before it"),
    FIELD_CHOICE(struct otlp_reader, compression, "compression", "none", compressions,
                 "of the requests"),
    FIELD_UINT(struct otlp_reader, timeout_ms, "timeout", "10000", 1, MOST_MS,
               "of a request, in milliseconds; that of the reader counts too"),
    FIELD_STRING(struct otlp_reader, certificate, "certificate", NULL,
                 "PEM file with the certificates to trust, instead of the system's"),
    FIELD_STRING(struct otlp_reader, client_certificate, "client_certificate", NULL,
                 "PEM file with this client's certificate; needs client_key"),
    FIELD_STRING(struct otlp_reader, client_key, "client_key", NULL,
                 "PEM file with the key of client_certificate"),
    FIELD_CHOICE(struct otlp_reader, temporality, "temporality_preference", "cumulative",
                 temporalities,
                 "what counters and histograms tell: all since the start, or what has come since "
                 "they were sent last; lowmemory is delta"),
    FIELD_CHOICE(struct otlp_reader, histograms, "default_histogram_aggregation",
                 "explicit_bucket_histogram", histograms,
                 "histograms always have explicit buckets"),
    FIELD_END,
};

static const struct field console_fields[] = {FIELD_END};

static const struct field exporter_fields[] = {
    FIELD_SWITCH(struct periodic_exporter, otlp, "otlp", otlp_fields, "sends them as OTLP"),
    FIELD_SWITCH(struct periodic_exporter, console, "console", console_fields,
                 "prints them to stdout, a line for each data point"),
    FIELD_END,
};

const struct field periodic_fields[] = {
    FIELD_UINT(struct periodic_reader, interval_ms, "interval", "60000", LEAST_MS, MOST_MS,
               "in milliseconds: how often they are sent"),
    FIELD_UINT(struct periodic_reader, timeout_ms, "timeout", "30000", 1, MOST_MS,
               "in milliseconds: how long sending may take"),
    FIELD_BLOCK(struct periodic_reader, exporter, "exporter", exporter_fields, "how they are sent"),
    FIELD_END,
};

/* ---- headers ---- */

static bool has_header(const struct header_list *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (str_eq_nocase(str_of(headers->at[i].name), str_of(name)))
            return true;
    return false;
}

/* "name=value" of the list. Returns NULL, or what is wrong with it. */
static const char *read_pair(struct loader *l, struct str pair, struct header *header)
{
    const char *equals = memchr(pair.at, '=', pair.len);
    struct str name, value, decoded;
    struct error err;

    if (!equals)
        return "wants name=value,name=value";
    name = str_trim((struct str){pair.at, (size_t)(equals - pair.at)});
    value = str_trim((struct str){equals + 1, pair.len - (size_t)(equals + 1 - pair.at)});
    if (!percent_decode(value, false, l->arena, &decoded, &err))
        return arena_text(l->arena, err.text);
    header->name = arena_copy(l->arena, name).at;
    header->value = decoded.at;
    if (!header_name_is_valid(header->name))
        return "has a name that no header field can have";
    return header_value_is_valid(header->value) ? NULL
                                                : "has a value that no header field can have";
}

static struct header_list headers_of(struct loader *l, const struct otlp_reader *reader,
                                     const struct node *node)
{
    struct str rest = str_of(reader->headers_list ? reader->headers_list : "");
    struct header_list all = reader->headers;

    all.at = arena_alloc(l->arena, (all.count + rest.len) * sizeof(*all.at));
    if (all.count > 0)
        memcpy(all.at, reader->headers.at, all.count * sizeof(*all.at));
    while (rest.len > 0) {
        const char *comma = memchr(rest.at, ',', rest.len);
        struct str pair = {rest.at, comma ? (size_t)(comma - rest.at) : rest.len};
        const char *wrong = NULL;

        rest.at += pair.len + (comma ? 1 : 0);
        rest.len -= pair.len + (comma ? 1 : 0);
        if (str_trim(pair).len == 0)
            continue;
        wrong = read_pair(l, pair, &all.at[all.count]);
        if (wrong)
            error_at(l->problems, node_near(node, "headers_list"), "%s", wrong);
        else if (!has_header(&reader->headers, all.at[all.count].name))
            all.count++;
    }
    return all;
}

/* ---- where it goes ---- */

static bool is_http(const struct otlp_reader *reader)
{
    return reader->protocol == HTTP_PROTOBUF || reader->protocol == HTTP_JSON;
}

/* Of HTTP the whole URL, of gRPC as it stands. */
static const char *place_of(struct loader *l, const struct otlp_reader *reader, bool *secure,
                            const struct node *node)
{
    const struct node *at = node_near(node, "endpoint");
    const char *text = reader->endpoint, *problem;
    struct otlp_endpoint endpoint;
    struct endpoint parts;
    bool whole;

    if (!text)
        text = is_http(reader) ? "http://localhost:4318" : "http://localhost:4317";
    whole = !endpoint_read(&parts, str_of(text)) && parts.path.len > 1;
    if (is_http(reader))
        problem = otlp_endpoint_http(&endpoint, str_of(text), METRICS, whole);
    else
        problem = otlp_endpoint_grpc(&endpoint, str_of(text), reader->insecure);
    if (problem)
        error_at(l->problems, at, "\"%.*s\" %s", STR_ARG(endpoint_shown(str_of(text))), problem);
    else if (endpoint.note)
        note_at(l->problems, at, "%s", endpoint.note);
    if (whole && !is_http(reader))
        warning_at(l->problems, at,
                   "has a path, which gRPC has no use for: write protocol: "
                   "http/protobuf, or leave the path out");
    else if (endpoint.warning)
        warning_at(l->problems, at,
                   "will hardly take %s: OTLP's port is 4317 for protocol grpc, 4318 for "
                   "http/protobuf",
                   protocols[reader->protocol]);
    *secure = str_starts(buf_str(&endpoint.url), STR("https:"));
    text = is_http(reader) ? arena_copy(l->arena, buf_str(&endpoint.url)).at : text;
    otlp_endpoint_done(&endpoint);
    return text;
}

/* ---- what the exporter gets ---- */

static void check_tls(const struct loader *l, const struct tls_client_settings *tls,
                      const struct node *node)
{
    struct error err;

    if (tls_client_check(tls, &err))
        tls_key_file_check(tls->key_file, node, l->problems);
    else
        error_at(l->problems, node,
                 "%s (here ca_file is called certificate, cert_file client_certificate, and "
                 "key_file client_key)",
                 err.text);
}

/* One request at a time, which is tried once: the next one has newer numbers. */
static struct otlp_exporter_settings *
exporter_of(struct loader *l, const struct periodic_reader *reader, const struct node *node)
{
    const struct otlp_reader *otlp = &reader->exporter.otlp;
    struct otlp_exporter_settings *s = arena_alloc(l->arena, sizeof(*s));
    bool secure;

    fields_decode(is_http(otlp) ? otlp_http_fields : otlp_grpc_fields, s, NULL, l->arena,
                  l->problems);
    s->http = is_http(otlp);
    s->form = otlp->protocol == HTTP_JSON ? OTLP_JSON : OTLP_PROTO;
    s->tls.insecure = otlp->insecure;
    s->tls.ca_file = otlp->certificate;
    s->tls.cert_file = otlp->client_certificate;
    s->tls.key_file = otlp->client_key;
    s->timeout_ms = least(otlp->timeout_ms, reader->timeout_ms);
    s->headers = headers_of(l, otlp, node);
    s->compression.choice = otlp->compression;
    s->sender.queue.num_consumers = 1;
    s->sender.queue.queue_size = 1;
    s->sender.queue.wait_for_result = true;
    s->sender.retry.enabled = false;
    s->sender.apart = true;
    if (s->http)
        s->own_endpoints[METRICS] = place_of(l, otlp, &secure, node);
    else
        s->endpoint = place_of(l, otlp, &secure, node);
    compression_check(&s->compression, s->http, node, l->problems);
    if (secure)
        check_tls(l, &s->tls, node);
    if (otlp->histograms == EXPONENTIAL)
        warning_at(l->problems, node_near(node, "default_histogram_aggregation"),
                   "has no effect: histograms are sent with their explicit buckets");
    return s;
}

static struct str resource_of(struct loader *l, const struct telemetry_resource *resource)
{
    struct buf message = {0};
    struct str copy;

    for (size_t i = 0; i < resource->count; i++)
        if (resource->at[i].value)
            metrics_request_attribute(&message, 1, str_of(resource->at[i].name),
                                      str_of(resource->at[i].value));
    copy = arena_copy(l->arena, buf_str(&message));
    buf_done(&message);
    return copy;
}

struct metrics_sender_settings *periodic_reader_load(struct loader *l,
                                                     const struct periodic_reader *reader,
                                                     const struct node *node,
                                                     const struct telemetry_resource *resource)
{
    struct metrics_sender_settings *settings = arena_alloc(l->arena, sizeof(*settings));
    const struct node *exporter = node_get(node, "exporter");
    bool otlp = reader->exporter.otlp.enabled;

    if (otlp == reader->exporter.console.enabled) {
        if (l->problems->errors > 0)
            return NULL; /* one of them may be why */
        error_at(l->problems, node_near(node, "exporter"),
                 otlp ? "has two, otlp and console: write a reader for each of them"
                      : "wants otlp: {protocol: grpc, endpoint: http://collector:4317}, or "
                        "console: {}");
        return NULL;
    }
    settings->interval_ms = reader->interval_ms;
    settings->resource = resource_of(l, resource);
    settings->to = "stdout";
    if (otlp) {
        const struct otlp_exporter_settings *made =
            exporter_of(l, reader, node_get(exporter, "otlp"));
        struct str place = str_of(made->http ? made->own_endpoints[METRICS] : made->endpoint);

        settings->exporter =
            component_type_find(component_types, EXPORTER, made->http ? "otlphttp" : "otlp");
        settings->exporter_settings = made;
        settings->to = arena_copy(l->arena, endpoint_shown(place)).at;
        settings->delta = reader->exporter.otlp.temporality > 0;
    }
    return settings;
}

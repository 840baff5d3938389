/*
 * Endpoints of OTLP, and the ports that are somebody else's.
 */
#include "exporters/otlp_endpoint.h"

#include "exporters/endpoint.h"

enum otlp_wire { OTLP_GRPC, OTLP_HTTP };

static const struct {
    unsigned port;
    const char *warnings[2]; /* for each wire; NULL: it is the right one */
} odd_ports[] = {
    {4317, {NULL, "4317 is the port of OTLP over gRPC: use the exporter otlp, or port 4318"}},
    {4318, {"4318 is the port of OTLP over HTTP: use the exporter otlphttp, or port 4317", NULL}},
    {55680,
     {"55680 is the port that OTLP had once: it is 4317 today",
      "55680 is the port that OTLP had once: it is 4318 today"}},
    {55681,
     {"55681 is the port that OTLP had once: it is 4317 today",
      "55681 is the port that OTLP had once: it is 4318 today"}},
    {14250,
     {"14250 takes Jaeger's own gRPC: use the exporter jaeger, or port 4317",
      "14250 takes Jaeger's own gRPC: use the exporter jaeger, or port 4318"}},
    {14268,
     {"14268 takes Jaeger's Thrift: use the exporter jaeger, or port 4317",
      "14268 takes Jaeger's Thrift: use the exporter jaeger, or port 4318"}},
    {16686,
     {"16686 is the port of Jaeger's web pages: it takes OTLP at port 4317",
      "16686 is the port of Jaeger's web pages: it takes OTLP at port 4318"}},
    {9411, {"9411 is Zipkin's port: OTLP's is 4317", "9411 is Zipkin's port: OTLP's is 4318"}},
};

static const char *const paths[SIGNAL_KINDS] = {
    [TRACES] = "/v1/traces", [METRICS] = "/v1/metrics", [LOGS] = "/v1/logs"};

static void put_url(struct otlp_endpoint *endpoint, const struct endpoint *parts,
                    enum otlp_wire wire)
{
    buf_append_str(&endpoint->url, parts->https ? STR("https://") : STR("http://"));
    buf_append_str(&endpoint->url, parts->authority);
    for (size_t i = 0; i < sizeof(odd_ports) / sizeof(odd_ports[0]); i++)
        if (odd_ports[i].port == endpoint_port(parts))
            endpoint->warning = odd_ports[i].warnings[wire];
}

const char *otlp_endpoint_grpc(struct otlp_endpoint *endpoint, struct str text, bool insecure)
{
    struct endpoint parts;
    const char *problem = endpoint_read(&parts, text);

    *endpoint = (struct otlp_endpoint){0};
    if (problem)
        return problem;
    if (endpoint_port(&parts) == 0)
        return "has no port; OTLP's for gRPC is 4317: write host:4317";
    if (!parts.scheme)
        parts.https = !insecure;
    put_url(endpoint, &parts, OTLP_GRPC);
    if (parts.path.len > 0 && !str_is(parts.path, "/"))
        endpoint->warning = "has a path, which gRPC has no use for; for OTLP over HTTP use the "
                            "exporter otlphttp";
    buf_text(&endpoint->url);
    return NULL;
}

/* Cuts /v1/traces, or that of another signal, from the end. */
static bool cut_signal(struct str *path)
{
    for (unsigned i = 0; i < SIGNAL_KINDS; i++) {
        struct str end = str_of(paths[i]);

        if (path->len >= end.len &&
            str_eq((struct str){path->at + path->len - end.len, end.len}, end)) {
            path->len -= end.len;
            return true;
        }
    }
    return false;
}

/* Slashes at the end, as many as there are. */
static void cut_slashes(struct str *path)
{
    while (path->len > 0 && path->at[path->len - 1] == '/')
        path->len--;
}

const char *otlp_endpoint_http(struct otlp_endpoint *endpoint, struct str text, enum signal signal,
                               bool whole)
{
    struct str path, query = {0};
    struct endpoint parts;
    const char *problem = endpoint_read(&parts, text), *mark;

    *endpoint = (struct otlp_endpoint){0};
    if (problem)
        return problem;
    path = parts.path;
    mark = path.len > 0 ? memchr(path.at, '?', path.len) : NULL;
    if (mark) {
        query = (struct str){mark, (size_t)(path.at + path.len - mark)};
        path.len = (size_t)(mark - path.at);
    }
    if (!parts.scheme)
        endpoint->note = "has no scheme: takes http://";
    put_url(endpoint, &parts, OTLP_HTTP);
    if (whole) {
        buf_append_str(&endpoint->url, path.len > 0 ? path : STR("/"));
    } else {
        cut_slashes(&path);
        if (cut_signal(&path))
            endpoint->note = "is of one signal already: the path of each is put in its place "
                             "(traces_endpoint, metrics_endpoint and logs_endpoint are taken as "
                             "they are)";
        cut_slashes(&path);
        buf_append_str(&endpoint->url, path);
        buf_append_str(&endpoint->url, str_of(paths[signal]));
    }
    buf_append_str(&endpoint->url, query);
    buf_text(&endpoint->url);
    return NULL;
}

void otlp_endpoint_done(struct otlp_endpoint *endpoint)
{
    buf_done(&endpoint->url);
}

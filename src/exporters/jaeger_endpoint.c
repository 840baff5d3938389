/*
 * Reading an endpoint. Every form that somebody wrote and that has one meaning is taken.
 */
#include "exporters/jaeger_endpoint.h"

#include "exporters/endpoint.h"

#define THRIFT_PATH "/api/traces"

/* Ports of Jaeger's that belong to something else. */
static const struct {
    unsigned port;
    enum jaeger_wire wire; /* that was chosen */
    const char *warning;
} odd_ports[] = {
    {4317, JAEGER_GRPC, "4317 is Jaeger's OTLP port: use the exporter otlp, or port 14250"},
    {4317, JAEGER_THRIFT, "4317 is Jaeger's OTLP port: use the exporter otlp, or port 14268"},
    {4318, JAEGER_GRPC, "4318 is Jaeger's OTLP port: use the exporter otlphttp, or port 14250"},
    {4318, JAEGER_THRIFT, "4318 is Jaeger's OTLP port: use the exporter otlphttp, or port 14268"},
    {14250, JAEGER_THRIFT,
     "14250 is Jaeger's gRPC port: write host:14250 without a scheme, or use port 14268"},
    {14268, JAEGER_GRPC,
     "14268 is Jaeger's Thrift port: write http://host:14268" THRIFT_PATH ", or use port 14250"},
    {16685, JAEGER_GRPC, "16685 is Jaeger's query port: it takes spans at port 14250"},
    {16686, JAEGER_GRPC, "16686 is the port of Jaeger's web pages: it takes spans at port 14250"},
    {16686, JAEGER_THRIFT, "16686 is the port of Jaeger's web pages: it takes spans at port 14268"},
};

static void warn_of_port(struct jaeger_endpoint *endpoint, unsigned port)
{

    for (size_t i = 0; i < sizeof(odd_ports) / sizeof(odd_ports[0]); i++)
        if (odd_ports[i].port == port && odd_ports[i].wire == endpoint->wire)
            endpoint->warning = odd_ports[i].warning;
}

const char *jaeger_endpoint_read(struct jaeger_endpoint *endpoint, struct str text, bool thrift,
                                 bool insecure)
{
    struct endpoint parts;
    const char *problem = endpoint_read(&parts, text);

    *endpoint = (struct jaeger_endpoint){.wire = JAEGER_THRIFT};
    if (problem)
        return problem;
    if (!parts.scheme && endpoint_port(&parts) == 0)
        return "has no port; Jaeger's are host:14250 for gRPC, and "
               "http://host:14268" THRIFT_PATH " for Thrift";
    if (!parts.scheme && !thrift && parts.path.len == 0) {
        endpoint->wire = JAEGER_GRPC;
        parts.https = !insecure;
    }
    buf_append_str(&endpoint->url, parts.https ? STR("https://") : STR("http://"));
    buf_append_str(&endpoint->url, parts.authority);
    if (endpoint->wire == JAEGER_THRIFT) {
        bool no_path = parts.path.len == 0 || str_is(parts.path, "/");

        buf_append_str(&endpoint->url, no_path ? STR(THRIFT_PATH) : parts.path);
        if (no_path)
            endpoint->note = "has no path: takes Jaeger's, " THRIFT_PATH;
        if (!parts.scheme)
            endpoint->note = "has no scheme: takes http://, for Thrift over HTTP";
    }
    warn_of_port(endpoint, endpoint_port(&parts));
    return NULL;
}

void jaeger_endpoint_done(struct jaeger_endpoint *endpoint)
{
    buf_done(&endpoint->url);
}

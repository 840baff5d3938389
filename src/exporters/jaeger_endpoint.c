/*
 * Reading an endpoint. Every form that somebody wrote and that has one meaning is taken.
 */
#include "exporters/jaeger_endpoint.h"

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

static bool take_prefix(struct str *s, struct str prefix)
{
    if (s->len < prefix.len || !str_eq_nocase((struct str){s->at, prefix.len}, prefix))
        return false;
    s->at += prefix.len;
    s->len -= prefix.len;
    return true;
}

static struct str up_to(struct str s, char end)
{
    const char *at = s.len > 0 ? memchr(s.at, end, s.len) : NULL;

    return (struct str){s.at, at ? (size_t)(at - s.at) : s.len};
}

/* The port of "host:port", "[::1]:port"; 0: there is none. UINT64_MAX: it is no port. */
static uint64_t port_of(struct str authority)
{
    const char *colon = authority.len > 0 ? memrchr(authority.at, ':', authority.len) : NULL;
    const char *bracket = authority.len > 0 ? memrchr(authority.at, ']', authority.len) : NULL;
    uint64_t port;

    if (!colon || (bracket && colon < bracket))
        return 0;
    if (!str_to_uint((struct str){colon + 1, (size_t)(authority.at + authority.len - colon) - 1},
                     65535, &port) ||
        port == 0)
        return UINT64_MAX;
    return port;
}

/* What is wrong with what stands between the scheme and the path. */
static const char *authority_problem(struct str authority, bool needs_port)
{
    uint64_t port = port_of(authority);

    if (authority.len == 0 || authority.at[0] == ':')
        return "has no host; Jaeger on this machine is localhost";
    for (size_t i = 0; i < authority.len; i++)
        if ((unsigned char)authority.at[i] <= ' ' || authority.at[i] == 0x7f)
            return "has a blank or a control character in it";
    if (port == UINT64_MAX)
        return "has no port number behind its last colon";
    if (port == 0 && needs_port)
        return "has no port; Jaeger's are host:14250 for gRPC, and "
               "http://host:14268" THRIFT_PATH " for Thrift";
    return NULL;
}

static void warn_of_port(struct jaeger_endpoint *endpoint, struct str authority)
{
    uint64_t port = port_of(authority);

    for (size_t i = 0; i < sizeof(odd_ports) / sizeof(odd_ports[0]); i++)
        if (odd_ports[i].port == port && odd_ports[i].wire == endpoint->wire)
            endpoint->warning = odd_ports[i].warning;
}

const char *jaeger_endpoint_read(struct jaeger_endpoint *endpoint, struct str text, bool thrift,
                                 bool insecure)
{
    struct str rest = str_trim(text), authority, path;
    const char *problem;
    bool https, scheme;

    *endpoint = (struct jaeger_endpoint){.wire = JAEGER_THRIFT};
    https = take_prefix(&rest, STR("https://"));
    scheme = https || take_prefix(&rest, STR("http://"));
    if (!scheme && take_prefix(&rest, STR("unix:")))
        return "is a unix socket, which Jaeger does not listen on; write host:14250";
    if (!scheme)
        take_prefix(&rest, STR("dns:///"));
    authority = up_to(rest, '/');
    path = (struct str){rest.at + authority.len, rest.len - authority.len};
    if (!scheme && path.len > 2 && str_starts(path, STR("//")))
        return "has a scheme that means nothing here; write http://host:14268" THRIFT_PATH
               ", or host:14250 for gRPC";
    if (!scheme && !thrift && path.len == 0) {
        endpoint->wire = JAEGER_GRPC;
        https = !insecure;
    }
    problem = authority_problem(authority, !scheme);
    if (problem)
        return problem;
    buf_append_str(&endpoint->url, https ? STR("https://") : STR("http://"));
    buf_append_str(&endpoint->url, authority);
    if (endpoint->wire == JAEGER_THRIFT) {
        bool no_path = path.len == 0 || str_eq(path, STR("/"));

        buf_append_str(&endpoint->url, no_path ? STR(THRIFT_PATH) : path);
        if (no_path)
            endpoint->note = "has no path: takes Jaeger's, " THRIFT_PATH;
        if (!scheme)
            endpoint->note = "has no scheme: takes http://, for Thrift over HTTP";
    }
    warn_of_port(endpoint, authority);
    return NULL;
}

struct str jaeger_endpoint_shown(struct str endpoint)
{
    const char *at = memrchr(endpoint.at, '@', endpoint.len);

    if (at)
        endpoint = (struct str){at + 1, (size_t)(endpoint.at + endpoint.len - at) - 1};
    return up_to(endpoint, '?');
}

void jaeger_endpoint_done(struct jaeger_endpoint *endpoint)
{
    buf_done(&endpoint->url);
}

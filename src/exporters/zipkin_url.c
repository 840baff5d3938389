/*
 * Zipkin's endpoint, and the paths and ports that are somebody else's.
 */
#include "exporters/zipkin_url.h"

#include "exporters/endpoint.h"

#define V2_PATH "/api/v2/spans"

static const struct {
    unsigned port;
    const char *warning;
} odd_ports[] = {
    {4317, "4317 is OTLP's port: use the exporter otlp, or Zipkin's port 9411"},
    {4318, "4318 is OTLP's port: use the exporter otlphttp, or Zipkin's port 9411"},
    {14250, "14250 is Jaeger's own port: use the exporter jaeger, or Zipkin's port 9411"},
    {14268, "14268 is Jaeger's own port: use the exporter jaeger, or Zipkin's port 9411"},
};

static void warn(struct zipkin_url *url, const struct endpoint *parts)
{
    struct str path = parts->path;

    for (size_t i = 0; i < sizeof(odd_ports) / sizeof(odd_ports[0]); i++)
        if (odd_ports[i].port == endpoint_port(parts))
            url->warning = odd_ports[i].warning;
    if (str_starts(path, STR("/api/v1/spans")))
        url->warning = "is of Zipkin's old format, which is not sent: its path is " V2_PATH;
    else if (str_starts(path, STR("/zipkin")) && path.len <= sizeof("/zipkin/") - 1)
        url->warning = "is of Zipkin's web pages: it takes spans at " V2_PATH;
}

const char *zipkin_url_read(struct zipkin_url *url, struct str text)
{
    struct endpoint parts;
    const char *problem = endpoint_read(&parts, text);
    bool no_path;

    *url = (struct zipkin_url){0};
    if (problem)
        return problem;
    if (!parts.scheme && endpoint_port(&parts) == 0)
        return "has no port; Zipkin's is 9411: write http://host:9411" V2_PATH;
    no_path = parts.path.len == 0 || str_is(parts.path, "/");
    if (!parts.scheme)
        url->note = "has no scheme: takes http://";
    if (no_path)
        url->note = parts.scheme ? "has no path: takes Zipkin's, " V2_PATH
                                 : "is short: takes http:// and Zipkin's path, " V2_PATH;
    buf_append_str(&url->url, parts.https ? STR("https://") : STR("http://"));
    buf_append_str(&url->url, parts.authority);
    buf_append_str(&url->url, no_path ? STR(V2_PATH) : parts.path);
    buf_text(&url->url);
    warn(url, &parts);
    return NULL;
}

void zipkin_url_done(struct zipkin_url *url)
{
    buf_done(&url->url);
}

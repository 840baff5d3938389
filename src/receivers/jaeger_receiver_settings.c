/*
 * The keys of the jaeger receiver.
 */
#include "receivers/jaeger_receiver_settings.h"

#include <string.h>

#include "base/arena.h"
#include "net/listen_set.h"

enum { PACKET_MAX = 65535, SOCKET_BUFFER_MAX = 1 << 30 };

static const struct field grpc_fields[] = {
    FIELD_BOOL(struct grpc_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING_LIKE(
        struct grpc_settings, endpoint, "endpoint", "0.0.0.0:14250",
        "host:port to listen on (default: localhost:14250); a path for a unix socket"),
    GRPC_SERVER_FIELDS,
    FIELD_END,
};

static const struct field http_fields[] = {
    FIELD_BOOL(struct http_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING_LIKE(
        struct http_settings, endpoint, "endpoint", "0.0.0.0:14268",
        "host:port to listen on (default: localhost:14268); a path for a unix socket"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

#define UDP_FIELDS(port)                                                                           \
    FIELD_BOOL(struct udp_settings, enabled, "enabled", "true",                                    \
               "false: as if the key were absent"),                                                \
        FIELD_STRING_LIKE(struct udp_settings, endpoint, "endpoint", "0.0.0.0:" port,              \
                          "host:port of UDP to listen on (default: localhost:" port ")"),          \
        FIELD_UINT(struct udp_settings, max_packet_size, "max_packet_size", "65000", 1,            \
                   PACKET_MAX, "the largest packet in bytes; larger ones are dropped"),            \
        FIELD_UINT(struct udp_settings, socket_buffer_size, "socket_buffer_size", "0", 0,          \
                   SOCKET_BUFFER_MAX,                                                              \
                   "bytes of packets that may wait in each of the kernel's sockets, as far as "    \
                   "net.core.rmem_max allows; 0: the system's default"),                           \
        FIELD_IGNORED("queue_size", "packets are handed on as they come; what may wait is "        \
                                    "socket_buffer_size"),                                         \
        FIELD_IGNORED("workers", "each of the program's threads reads packets"), FIELD_END

static const struct field compact_fields[] = {UDP_FIELDS("6831")};
static const struct field binary_fields[] = {UDP_FIELDS("6832")};

static const struct field protocol_fields[] = {
    FIELD_SWITCH(struct jaeger_protocols, grpc, "grpc", grpc_fields, "jaeger.api_v2 over gRPC"),
    FIELD_SWITCH(struct jaeger_protocols, thrift_http, "thrift_http", http_fields,
                 "Thrift over HTTP, posted to /api/traces"),
    FIELD_SWITCH(struct jaeger_protocols, thrift_compact, "thrift_compact", compact_fields,
                 "what Jaeger's agent took: Thrift's compact protocol over UDP"),
    FIELD_SWITCH(struct jaeger_protocols, thrift_binary, "thrift_binary", binary_fields,
                 "what Jaeger's agent took: Thrift's binary protocol over UDP"),
    FIELD_IGNORED("thrift_tchannel",
                  "is not served: clients have thrift_compact, grpc or thrift_http"),
    FIELD_END,
};

const struct field jaeger_receiver_fields[] = {
    FIELD_BLOCK(struct jaeger_receiver_settings, protocols, "protocols", protocol_fields,
                "what to serve; at least one"),
    FIELD_IGNORED("remote_sampling", "no receiver has it since v0.61: sampling strategies are "
                                     "Jaeger's to serve"),
    FIELD_END,
};

static void check_udp(struct udp_settings *udp, const char *port, const struct node *block,
                      struct problems *problems)
{
    const char *endpoint = udp->endpoint;

    if (!endpoint)
        endpoint = arena_printf(problems->arena, "%s:%s", listen_default_host(), port);
    if (str_starts(str_of(endpoint), STR("udp://")))
        endpoint += strlen("udp://");
    if (!strrchr(endpoint, ':'))
        error_at(problems, node_near(block, "endpoint"), "missing port in \"%s\": write %s:%s",
                 endpoint, endpoint, port);
    udp->endpoint = endpoint;
    udp->listens = arena_printf(problems->arena, "udp:%s", endpoint);
}

void jaeger_receiver_check(void *settings, const struct node *node, struct problems *problems)
{
    struct jaeger_protocols *s = &((struct jaeger_receiver_settings *)settings)->protocols;
    const struct node *protocols = node_get(node, "protocols");
    const struct node *grpc = node_near(protocols, "grpc");
    const struct node *http = node_near(protocols, "thrift_http");
    const struct udp_settings *compact = &s->thrift_compact, *binary = &s->thrift_binary;

    if (!s->grpc.enabled && !s->thrift_http.enabled && !compact->enabled && !binary->enabled)
        error_at(problems, node_near(node, "protocols"),
                 "names no protocol: write protocols: {grpc: {}, thrift_http: {}, thrift_compact: "
                 "{}, thrift_binary: {}}");
    grpc_settings_check(&s->grpc, "14250", grpc, problems);
    http_settings_check(&s->thrift_http, "14268", http, problems);
    check_udp(&s->thrift_compact, "6831", node_near(protocols, "thrift_compact"), problems);
    check_udp(&s->thrift_binary, "6832", node_near(protocols, "thrift_binary"), problems);
    if (server_settings_share(&s->grpc, &s->thrift_http))
        server_settings_check_shared(&s->grpc, &s->thrift_http, http, problems);
    if (compact->enabled && binary->enabled && strcmp(compact->endpoint, binary->endpoint) == 0)
        error_at(problems, node_near(node_get(protocols, "thrift_binary"), "endpoint"),
                 "thrift_compact has this endpoint already: give one of them another one");
}

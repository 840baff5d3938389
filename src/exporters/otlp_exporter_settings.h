/*
 * What can be set of the exporters otlp and otlphttp, and whether it is right.
 */
#pragma once

#include "config/field.h"
#include "exporters/compression.h"
#include "exporters/otlp_endpoint.h"
#include "net/tls_client.h"
#include "pipeline/authenticator.h"
#include "pipeline/sender.h"

enum otlp_form { OTLP_PROTO, OTLP_JSON }; /* `encoding` of otlphttp */

struct otlp_exporter_settings {
    struct sender_settings sender; /* the first: see exporters/sending.h */
    const char *endpoint;
    const char *own_endpoints[SIGNAL_KINDS]; /* of otlphttp: traces_endpoint, ...; NULL: none */
    uint64_t timeout_ms;
    struct tls_client_settings tls;
    struct header_list headers;
    struct auth_settings auth;
    const char *authority;
    struct compression_settings compression;
    unsigned form; /* enum otlp_form */

    bool http; /* by the check: of otlphttp */
};

extern const struct field otlp_grpc_fields[], otlp_http_fields[];

/* Of the component_types: tell what the tables cannot. */
void otlp_grpc_check(void *settings, const struct node *node, struct problems *problems);
void otlp_http_check(void *settings, const struct node *node, struct problems *problems);

/*
 * Reads the endpoint for a signal, which is to be given back with otlp_endpoint_done in any case;
 * its url is empty where otlphttp has none for this signal.
 */
bool otlp_exporter_endpoint(const struct otlp_exporter_settings *settings, enum signal signal,
                            struct otlp_endpoint *endpoint, struct error *err);

/*
 * What can be set of the Jaeger exporter, and whether it is right.
 */
#pragma once

#include "config/field.h"
#include "exporters/jaeger_endpoint.h"
#include "net/tls_client.h"
#include "pipeline/authenticator.h"
#include "pipeline/sender.h"

struct jaeger_settings {
    struct sender_settings sender; /* the first: see exporters/sending.h */
    const char *endpoint;
    uint64_t timeout_ms;
    struct tls_client_settings tls;
    struct header_list headers;
    struct auth_settings auth;
    const char *authority;
    bool thrift; /* by its old name it can only be Thrift */
};

extern const struct field jaeger_fields[];

/* Of a component_type: tells what the table cannot. */
void jaeger_settings_check(void *settings, const struct node *node, struct problems *problems);

/* Reads the endpoint, which is to be given back with jaeger_endpoint_done in any case. */
bool jaeger_settings_endpoint(const struct jaeger_settings *settings,
                              struct jaeger_endpoint *endpoint, struct error *err);

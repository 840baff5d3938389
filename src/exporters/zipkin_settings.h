/*
 * What can be set of the Zipkin exporter, and whether it is right.
 */
#pragma once

#include "config/field.h"
#include "exporters/compression.h"
#include "exporters/zipkin_url.h"
#include "net/tls_client.h"
#include "pipeline/authenticator.h"
#include "pipeline/sender.h"

enum zipkin_format { ZIPKIN_FORMAT_JSON, ZIPKIN_FORMAT_PROTO };

struct zipkin_settings {
    struct sender_settings sender; /* the first: see exporters/sending.h */
    const char *endpoint;
    unsigned format; /* enum zipkin_format */
    const char *default_service_name;
    uint64_t timeout_ms;
    struct tls_client_settings tls;
    struct header_list headers;
    struct auth_settings auth;
    struct compression_settings compression;
};

extern const struct field zipkin_fields[];

/* Of a component_type: tells what the table cannot. */
void zipkin_settings_check(void *settings, const struct node *node, struct problems *problems);

/* Reads the endpoint, which is to be given back with zipkin_url_done in any case. */
bool zipkin_settings_url(const struct zipkin_settings *settings, struct zipkin_url *url,
                         struct error *err);

/*
 * The settings of the otlp receiver. Keys and defaults: docs/configuration.md, "receivers: otlp".
 */
#pragma once

#include "pipeline/server_settings.h"

struct protocol_settings {
    struct grpc_settings grpc;
    struct http_settings http;
};

struct otlp_settings {
    struct protocol_settings protocols;
};

extern const struct field otlp_fields[];

/* Reports what the table cannot say; fills in the default endpoints. */
void otlp_check(void *settings, const struct node *node, struct problems *problems);

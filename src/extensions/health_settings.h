/*
 * The settings of the health_check extension. Keys and defaults: docs/configuration.md,
 * "extensions: health_check".
 */
#pragma once

#include "pipeline/server_settings.h"

struct health_settings {
    struct http_settings server; /* the first, as its fields count from there */
    const char *path;
    uint64_t port; /* the oldest form of endpoint; 0: none */
    struct health_bodies {
        const char *healthy, *unhealthy; /* NULL: none */
    } response_body;
    bool use_v2;
    struct health_http {
        struct http_settings server; /* the first; enabled: the block stands */
        struct health_status {
            bool enabled;
            const char *path;
        } status;
    } http;
    struct grpc_settings grpc; /* version 2's; enabled: the block stands */

    /* made of these by the check */
    bool v2;
    bool plain;                      /* response_body is what is answered */
    const struct http_settings *own; /* one of the two servers over HTTP; it may be not enabled */
    const char *own_path;            /* NULL: nothing is served by HTTP */
};

extern const struct field health_fields[];

void health_check_settings(void *settings, const struct node *node, struct problems *problems);

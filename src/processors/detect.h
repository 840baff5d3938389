/*
 * What is known of the place that this program runs at: attributes for resources.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

struct detected_attribute {
    struct str key;
    struct str value; /* an AnyValue message: a string */
};

struct detected { /* zeroed: empty and ready */
    struct arena *arena;
    struct detected_attribute *at; /* each key once: who finds it first is right */
    size_t count, cap;
};

void detected_done(struct detected *detected);
void detected_add(struct detected *detected, struct str key, struct str text);

/* Each false where it finds nothing, with the reason. */

/* "key=value,key=value", percent-encoded, as in OTEL_RESOURCE_ATTRIBUTES; NULL: it is not set. */
bool detect_env(struct detected *detected, const char *variable, struct error *err);

enum { /* what the system detector may tell, as bits */
       SYSTEM_HOST_NAME = 1,
       SYSTEM_OS_TYPE = 2,
       SYSTEM_HOST_ARCH = 4,
       SYSTEM_HOST_ID = 8,
       SYSTEM_OS_VERSION = 16,
       SYSTEM_OS_DESCRIPTION = 32,
       SYSTEM_FULL_NAME = 64 /* host.name with its domain, where /etc/hosts has it */
};

bool detect_system(struct detected *detected, unsigned wanted, struct error *err);

/* The name that a hosts file has first for the host of this name; without one, the name itself. */
struct str detect_full_name(struct str hosts, struct str name);

enum { DOCKER_HOST_NAME = 1, DOCKER_OS_TYPE = 2 };

/* Asks the Docker engine that listens on this unix socket, and waits so long at most. */
bool detect_docker(struct detected *detected, unsigned wanted, const char *socket_path,
                   unsigned timeout_ms, struct error *err);

/* What an answer of the engine's says, with its head. */
bool detect_docker_answer(struct detected *detected, unsigned wanted, struct str answer,
                          struct error *err);

/*
 * What an extension is that knows who may send, or what an exporter sends to be let in.
 *
 *     receiver --authenticator_find--> extension.check(value of its header field)
 *     exporter --authenticator_find--> extension.header(name, value), for each request
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"
#include "config/field.h"
#include "net/credentials.h"

struct component;
struct worker;

struct asker {
    const char *peer; /* "127.0.0.1:5000"; borrowed for the call */
    void (*told)(void *arg, enum credentials verdict);
    void *arg;
};

enum auth_side { AUTH_SERVER, AUTH_CLIENT };

struct authenticator { /* of a component_type; const */
    /* What settings want for a side, which they cannot serve: "htpasswd, to check clients with".
     * NULL: nothing. The function is NULL where all of them serve both. */
    const char *(*wants)(const void *settings, enum auth_side side);

    /* The header field that clients have their secret in, in lower case. NULL: this instance has
     * nothing to check clients with. The text lives as long as the instance. */
    const char *(*field)(const struct component *self);
    const char *(*challenge)(const struct component *self); /* the value of WWW-Authenticate */
    /*
     * Whether the value of that field is one of those that may come in. CREDENTIALS_LATER: the
     * asker is told, once, when check has returned; at the latest when the instance is destroyed.
     */
    enum credentials (*check)(struct component *self, struct str value, const struct asker *asker);

    /* The field that an exporter sends; borrowed until the next call. False: this instance has
     * nothing to send. */
    bool (*header)(struct component *self, struct header *out);
};

/* auth: the key of a receiver's or exporter's block. */
struct auth_settings {
    bool enabled;
    const char *authenticator; /* id of the extension */
};

extern const struct field auth_fields[];

/* Reports a block that names nobody. node: the block around auth. */
void auth_check(struct auth_settings *settings, const struct node *node, struct problems *problems);

/* The worker's instance, able to serve that side; NULL and *err where it is not. */
struct component *authenticator_find(const struct worker *worker,
                                     const struct auth_settings *settings, enum auth_side side,
                                     struct error *err);

/*
 * The header fields of an exporter's requests: what the protocol wants, the user's `authority`, the
 * secret of the extension that `auth` names, and the user's `headers`, but for one of the secret's
 * name.
 */
#pragma once

#include "pipeline/authenticator.h"

struct request_headers {
    const char *own;                /* borrowed */
    const char *authority;          /* borrowed */
    const struct header_list *more; /* borrowed */
    struct component *auth;         /* the extension that knows one more; NULL: none */
    const char **lines;             /* owned: "Name: value", NULL-terminated */
};

/* own: one "Name: value" of the protocol; NULL: none. authority: sent as Host; NULL: none. */
void request_headers_init(struct request_headers *headers, const char *own, const char *authority,
                          const struct header_list *more);
void request_headers_done(struct request_headers *headers);

/* From now on with the secret of the extension that the settings name, where they name one. */
bool request_headers_auth(struct request_headers *headers, const struct worker *worker,
                          const struct auth_settings *settings, struct error *err);

/* As they are now, for a secret may have changed: "Name: value", NULL-terminated; good until the
 * next call. */
const char *const *request_headers_now(struct request_headers *headers);

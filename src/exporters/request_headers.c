/*
 * Lines for the HTTP client, made anew only where a secret may have changed.
 */
#include "exporters/request_headers.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "pipeline/component.h"

enum { LINES_MORE = 4 }; /* than the user's headers: own, authority, secret, NULL */

/* The texts lie behind the array. secret: NULL: nothing. */
static const char **lines_of(const struct request_headers *h, const struct header *secret)
{
    size_t count = 0, most = h->more->count + LINES_MORE;
    struct buf text = {0};
    const char **lines;
    char *at;

    if (h->own)
        buf_printf(&text, "%s%c", h->own, '\0');
    if (h->authority)
        buf_printf(&text, "Host: %s%c", h->authority, '\0');
    if (secret)
        buf_printf(&text, "%s: %s%c", secret->name, secret->value, '\0');
    for (size_t i = 0; i < h->more->count; i++) {
        const struct header *header = &h->more->at[i];

        if (!secret || !str_eq_nocase(str_of(header->name), str_of(secret->name)))
            buf_printf(&text, "%s: %s%c", header->name, header->value, '\0');
    }
    lines = mem_zero(most * sizeof(*lines) + text.len);
    at = (char *)&lines[most];
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    for (char *end = at + text.len; at < end; at += strlen(at) + 1)
        lines[count++] = at;
    buf_wipe(&text); /* it may have a secret */
    return lines;
}

void request_headers_init(struct request_headers *h, const char *own, const char *authority,
                          const struct header_list *more)
{
    *h = (struct request_headers){.own = own, .authority = authority, .more = more};
    h->lines = lines_of(h, NULL);
}

void request_headers_done(struct request_headers *h)
{
    free(h->lines);
    h->lines = NULL;
}

bool request_headers_auth(struct request_headers *h, const struct worker *worker,
                          const struct auth_settings *settings, struct error *err)
{
    if (settings->enabled)
        h->auth = authenticator_find(worker, settings, AUTH_CLIENT, err);
    return !settings->enabled || h->auth;
}

const char *const *request_headers_now(struct request_headers *h)
{
    struct header secret;

    if (h->auth && h->auth->type->auth->header(h->auth, &secret)) {
        free(h->lines);
        h->lines = lines_of(h, &secret);
    }
    return h->lines;
}

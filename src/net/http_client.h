/*
 * Requests to other servers by HTTP/1.1: libcurl's multi interface, driven by a worker's loop.
 * Connections are kept and shared by all requests of a client. A request without an answer ends as
 * status 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/pieces.h"
#include "net/encoding.h"

struct http_client;
struct tls_client_settings;

struct http_answer {
    unsigned status;         /* HTTP status; 0: no answer */
    const char *error;       /* status 0: why, for people: "cannot connect to jaeger:14268: ..." */
    bool timed_out;          /* status 0: because of timeout_ms */
    uint64_t retry_after_ms; /* of Retry-After, at most 300 s; 0: none */
    struct str body;         /* at most 64 KiB, the rest is dropped */
};

/* Called once, never from inside http_client_post; the answer is good until it returns. */
typedef void http_answer_cb(void *arg, const struct http_answer *answer);

/*
 * Gives the next bytes of a body: up to room bytes to the given place, 0 at its end. restart: from
 * the beginning again (a kept connection turned out to be dead). The first bytes are asked for
 * before http_client_post returns. Neither may call this client's functions.
 */
typedef size_t http_body_fn(void *arg, char *to, size_t room);
typedef void http_restart_fn(void *arg);

struct http_post {
    const char *url;                       /* http:// or https:// */
    const char *const *headers;            /* "Name: value", NULL-terminated; or NULL */
    const struct tls_client_settings *tls; /* for https; NULL: the defaults */
    uint64_t timeout_ms;                   /* of the whole request; 0: none */
    enum encoding encoding;                /* that the body is in already; else IDENTITY */
    struct pieces body;                    /* borrowed until the answer; used where read is NULL */
    http_body_fn *read;                    /* streams a body whose size is not known: chunked, or
                                              with its length where it is shorter than 128 KiB */
    http_restart_fn *restart;              /* NULL: such a request fails */
    void *read_arg;
    http_answer_cb *on_answer;
    void *arg;       /* of on_answer */
    bool unmeasured; /* the program's metrics leave it out */
};

struct http_client *http_client_new(uv_loop_t *loop);
uv_loop_t *http_client_loop(const struct http_client *client);

/* Ends all requests without calling back; memory goes when the handles are closed. Takes NULL. */
void http_client_free(struct http_client *client);

struct http_transfer; /* one request under way */

/* Starts a request. Strings are copied; what body, tls and read_arg point to is borrowed until the
 * answer. */
struct http_transfer *http_client_post(struct http_client *client, const struct http_post *post);

/* Ends it without calling back; in its own on_answer it does nothing. */
void http_transfer_cancel(struct http_transfer *transfer);

/*
 * What the files of the client share: http_client.c has the loop, http_transfer.c one request,
 * peer_socket.c a connection for others to speak on, http_handle.c what the two have in common,
 * http_failure.c the words for what went wrong.
 */
#pragma once

#include <curl/curl.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "net/answer_head.h"
#include "net/call_metrics.h"
#include "net/http_client.h"

struct http_client {
    uv_timer_t timer; /* frees the client when it and all sockets are closed */
    uv_loop_t *loop;
    CURLM *multi;
    unsigned handles;   /* of libuv, not yet closed */
    bool closing;       /* http_client_free was called */
    struct list active; /* transfers under way */
    struct list idle;   /* transfers for reuse */
    unsigned idle_count;
    struct list watches;       /* sockets that libcurl wants to be watched */
    unsigned reads;            /* of streamed bodies: how often libcurl wanted more */
    struct call_metrics calls; /* empty where metrics are not detailed */
};

struct http_handle { /* one of libcurl's, and what it is for: the first member of the two below */
    CURL *easy;
    void (*done)(struct http_handle *handle, CURLcode code); /* libcurl's last word */
    struct buf url;                                          /* as it was asked for; for messages */
    const struct tls_client_settings *tls;                   /* borrowed */
    struct curl_slist *connect_to;
    uint64_t timeout_ms;
    char error[CURL_ERROR_SIZE];
    bool answered; /* a byte of the answer has come */
};

struct http_transfer {
    struct http_handle handle;
    size_t counted; /* in the memory budget, while it is used */
    struct list node;
    struct http_client *client;
    bool under_way;
    uint64_t begun_ns; /* of uv_hrtime(); 0: it is not measured */
    struct curl_slist *headers;
    http_answer_cb *on_answer;
    void *arg;

    struct pieces pieces; /* the body, */
    struct pieces_cursor sent;
    http_body_fn *read; /* ... or what streams it, */
    http_restart_fn *restart;
    void *read_arg;
    struct buf head; /* ... and its first bytes */
    size_t head_sent;

    struct answer_head answer_head;
    bool body_cut;
    struct buf body; /* of the answer */
};

/* ---- http_handle.c ---- */

/* Sets up what any of them has: the URL, TLS, the times. Where the certificate has another name
 * than the URL, the host is written to *host. */
void http_handle_init(struct http_handle *handle, const char *url,
                      const struct tls_client_settings *tls, uint64_t timeout_ms, struct buf *host);
void http_handle_reset(struct http_handle *handle); /* for the next one; keeps its memory */
void http_handle_done(struct http_handle *handle);

/* ---- http_transfer.c ---- */

/* Ends it without an answer. */
void http_transfer_free(struct http_transfer *transfer);

/* ---- http_failure.c ---- */

/* Why there is no answer, or no connection, for people. */
void http_failure_explain(const struct http_handle *handle, CURLcode code, char *text, size_t room);

/*
 * What the files of the client share: http_client.c has the loop, http_transfer.c one request,
 * http_failure.c the words for what went wrong.
 */
#pragma once

#include <curl/curl.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "net/answer_head.h"
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
    struct list watches; /* sockets that libcurl wants to be watched */
    unsigned reads;      /* of streamed bodies: how often libcurl wanted more */
};

struct http_transfer {
    size_t counted; /* in the memory budget, while it is used */
    struct list node;
    struct http_client *client;
    CURL *easy;
    bool under_way, http2;
    bool kept_only; /* HTTP/2 without TLS: see try_again() */
    bool refused;   /* ... there was no kept connection */
    struct buf url; /* as it was asked for; for messages */
    struct curl_slist *headers, *connect_to;
    const struct tls_client_settings *tls;
    uint64_t timeout_ms;
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
    char error[CURL_ERROR_SIZE];
};

/* libcurl is done with it: answers, or tries again. */
void http_transfer_finish(struct http_transfer *transfer, CURLcode code);

/* Ends it without an answer. */
void http_transfer_free(struct http_transfer *transfer);

/* Why there is no answer, for people. */
void http_failure_explain(const struct http_transfer *transfer, CURLcode code, char *text,
                          size_t room);

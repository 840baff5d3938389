/*
 * A network that a test plays itself: each request of an exporter waits in a list until the test
 * answers it. To be included before the exporter's own files, which are then included too.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "net/grpc_client.h"
#include "net/http_client.h"
#include "unit/check.h"

enum { REQUESTS = 8, DEADLINE_MS = 10000 };

struct fake_request { /* stands for a transfer */
    bool grpc;
    struct http_post post;
    struct grpc_call call;
    size_t size; /* of the body */
    char url[200], headers[300];
};

static struct fake_request requests[REQUESTS]; /* not yet answered */
static size_t request_count, cancelled;

static inline struct fake_request *request_add(const char *url, const char *const *headers)
{
    struct fake_request *request = &requests[request_count++];

    ck_assert_uint_le(request_count, REQUESTS);
    *request = (struct fake_request){0};
    snprintf(request->url, sizeof(request->url), "%s", url);
    for (; headers && *headers; headers++) {
        strcat(request->headers, *headers);
        strcat(request->headers, "\n");
    }
    return request;
}

static inline struct http_transfer *fake_post(struct http_client *client,
                                              const struct http_post *post)
{
    struct fake_request *request = request_add(post->url, post->headers);
    char piece[1000];
    size_t got, again = 0;

    (void)client;
    request->post = *post;
    request->size = post->body.len;
    if (!post->read)
        return (struct http_transfer *)(void *)request;
    while ((got = post->read(post->read_arg, piece, sizeof(piece))) > 0)
        request->size += got;
    post->restart(post->read_arg);
    while ((got = post->read(post->read_arg, piece, sizeof(piece))) > 0)
        again += got;
    ck_assert_uint_eq(again, request->size);
    return (struct http_transfer *)(void *)request;
}

static char fake_peer[200]; /* the URL of the last client of gRPC */

static inline struct grpc_client *fake_client_new(struct http_client *http, const char *url,
                                                  const struct tls_client_settings *tls)
{
    (void)http, (void)tls;
    snprintf(fake_peer, sizeof(fake_peer), "%s", url);
    return (struct grpc_client *)(void *)fake_peer;
}

static inline void fake_client_free(struct grpc_client *client)
{
    (void)client;
}

static inline struct grpc_transfer *fake_call(struct grpc_client *client,
                                              const struct grpc_call *call)
{
    struct fake_request *request = request_add((const char *)client, call->headers);

    request->grpc = true;
    request->call = *call;
    request->size = call->message.len;
    return (struct grpc_transfer *)(void *)request;
}

static inline void fake_post_cancel(struct http_transfer *transfer)
{
    (void)transfer;
    cancelled++;
}

static inline void fake_call_cancel(struct grpc_transfer *transfer)
{
    (void)transfer;
    cancelled++;
}

static inline struct fake_request request_take(void)
{
    struct fake_request first = requests[0];

    ck_assert_uint_gt(request_count, 0);
    memmove(requests, requests + 1, --request_count * sizeof(requests[0]));
    return first;
}

static inline void answer_http_with(const struct http_answer *answer)
{
    struct fake_request request = request_take();

    request.post.on_answer(request.post.arg, answer);
}

static inline void answer_grpc_with(const struct grpc_answer *answer)
{
    struct fake_request request = request_take();

    request.call.on_answer(request.call.arg, answer);
}

static inline void answer_http(unsigned status, const char *body)
{
    struct http_answer answer = {
        .status = status, .error = status == 0 ? body : NULL, .body = str_of(body)};

    answer_http_with(&answer);
}

static inline void answer_grpc(enum grpc_code code, const char *message)
{
    struct grpc_answer answer = {.code = code, .message = message};

    answer_grpc_with(&answer);
}

static inline void on_network_tick(uv_timer_t *timer)
{
    ck_assert_msg(++*(unsigned *)timer->data < DEADLINE_MS, "nothing came in time");
}

static inline void run_until_request_on(uv_loop_t *loop)
{
    unsigned ticks = 0;
    uv_timer_t tick;

    uv_timer_init(loop, &tick);
    tick.data = &ticks;
    uv_timer_start(&tick, on_network_tick, 1, 1);
    while (request_count == 0)
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

#define QUICK "retry_on_failure: {initial_interval: 1ms, max_interval: 2ms}"

#define http_client_post     fake_post
#define http_transfer_cancel fake_post_cancel
#define grpc_client_new      fake_client_new
#define grpc_client_free     fake_client_free
#define grpc_client_call     fake_call
#define grpc_transfer_cancel fake_call_cancel

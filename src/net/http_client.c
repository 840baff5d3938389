/*
 * libcurl asks for two things, to watch a socket and to be called after a time; the loop does both:
 *
 *     post -> curl_multi_add_handle -> (wants a timer, a socket) -> uv_timer_t, uv_poll_t
 *     on_timer, on_socket -> curl_multi_socket_action -> on_header, on_body, on_read ...
 *                         -> finish_all -> on_answer
 *
 * So an answer comes from the loop only, never from inside a call of ours.
 */
#include "net/http_client.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/http_client_priv.h"

enum {
    HOST_CONNECTIONS_MAX = 16,
    KEPT_CONNECTIONS_MAX = 32,
    TURNS_MAX = 8 /* buffers that are sent in a row while the peer takes them */
};

struct watch { /* one socket of libcurl's */
    uv_poll_t poll;
    struct list node;
    struct http_client *client;
    curl_socket_t fd;
};

static void finish_all(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while (!client->closing && (message = curl_multi_info_read(client->multi, &left))) {
        char *text = NULL;
        struct http_handle *handle;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &text);
        handle = (struct http_handle *)(void *)text;
        if (message->msg == CURLMSG_DONE)
            handle->done(handle, message->data.result);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct http_client *client = timer->data;
    int running;

    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_all(client);
}

static int want_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct http_client *client = arg;

    (void)multi;
    if (client->closing)
        return 0;
    if (timeout_ms < 0) {
        uv_timer_stop(&client->timer);
        return 0;
    }
    /* Never early: libcurl would find nothing to do, and not ask again. */
    uv_update_time(client->loop);
    uv_timer_start(&client->timer, on_timer, timeout_ms > 0 ? (uint64_t)timeout_ms + 1 : 0, 0);
    return 0;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = LIST_ENTRY(poll, struct watch, poll);
    struct http_client *client = watch->client;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    curl_socket_t fd = watch->fd; /* the watch may go */
    int running;

    if (status < 0) /* the socket's error: libcurl finds out which when it tries */
        flags = CURL_CSELECT_IN | CURL_CSELECT_OUT;
    /* libcurl sends one buffer in a turn. What flows out goes before what comes in: send on. */
    for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
        unsigned before = client->reads;

        curl_multi_socket_action(client->multi, fd, flags, &running);
        if (client->reads == before)
            break;
    }
    finish_all(client);
}

static void client_release(struct http_client *client)
{
    if (--client->handles > 0)
        return;
    call_metrics_done(&client->calls);
    free(client);
}

static void on_timer_closed(uv_handle_t *handle)
{
    client_release(handle->data);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = LIST_ENTRY(handle, struct watch, poll);

    client_release(watch->client);
    free(watch);
}

static void watch_close(struct watch *watch)
{
    list_remove(&watch->node);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
    struct http_client *client = arg;
    struct watch *watch = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            watch_close(watch);
        curl_multi_assign(client->multi, fd, NULL);
        return 0;
    }
    if (!watch) {
        watch = mem_zero(sizeof(*watch));
        if (uv_poll_init_socket(client->loop, &watch->poll, fd) != 0) {
            free(watch);
            return -1;
        }
        watch->client = client;
        watch->fd = fd;
        client->handles++;
        list_push_back(&client->watches, &watch->node);
        curl_multi_assign(client->multi, fd, watch);
    }
    uv_poll_start(&watch->poll,
                  (what & CURL_POLL_IN ? UV_READABLE : 0) |
                      (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                  on_socket);
    return 0;
}

/* ---- the client ---- */

uv_loop_t *http_client_loop(const struct http_client *client)
{
    return client->loop;
}

static void start_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* out of memory */
}

struct http_client *http_client_new(uv_loop_t *loop)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http_client *client = mem_zero(sizeof(*client));

    pthread_once(&once, start_curl);
    client->loop = loop;
    list_init(&client->active);
    list_init(&client->idle);
    list_init(&client->watches);
    call_metrics_init(&client->calls, CALLS_MADE);
    uv_timer_init(loop, &client->timer);
    client->timer.data = client;
    client->handles = 1;
    client->multi = curl_multi_init();
    if (!client->multi)
        abort(); /* out of memory */
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS_MAX);
    return client;
}

void http_client_free(struct http_client *client)
{
    struct list *node, *next;

    if (!client)
        return;
    client->closing = true;
    for (node = client->active.next; node != &client->active; node = next) {
        next = node->next;
        http_transfer_free(LIST_ENTRY(node, struct http_transfer, node));
    }
    for (node = client->idle.next; node != &client->idle; node = next) {
        next = node->next;
        http_transfer_free(LIST_ENTRY(node, struct http_transfer, node));
    }
    curl_multi_cleanup(client->multi);
    while (!list_empty(&client->watches))
        watch_close(LIST_ENTRY(client->watches.next, struct watch, node));
    uv_close((uv_handle_t *)&client->timer, on_timer_closed);
}

/*
 * Calls, and who takes them: the first connection that has room; a new one where all are full.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/version.h"
#include "net/call_metrics.h"
#include "net/grpc_client_priv.h"
#include "net/http_client.h"

enum {
    CONNECTIONS_MAX = 4,
    TRIES_MAX = 3,
    HEADERS_MAX = 64,
    TIMEOUT_MAX = 99999999 /* grpc-timeout has at most 8 digits */
};

struct grpc_client {
    struct http_client *http;
    const struct tls_client_settings *tls;
    struct buf url, peer, scheme;
    struct list connections, waiting;
    uv_timer_t deadline;
    uv_loop_t *loop;
    struct call_metrics calls; /* empty where metrics are not detailed */
    unsigned refs;             /* the timer's, and those of functions that call back */
    bool closed;
};

const char *grpc_client_peer(const struct grpc_client *client)
{
    return client->peer.at;
}

uv_loop_t *grpc_client_loop(const struct grpc_client *client)
{
    return client->loop;
}

struct peer_socket *grpc_client_dial(struct grpc_client *client,
                                     const struct peer_socket_calls *calls, void *arg)
{
    return peer_socket_new(client->http, client->url.at, client->tls, calls, arg);
}

static void client_unref(struct grpc_client *client)
{
    if (--client->refs > 0)
        return;
    buf_done(&client->url);
    buf_done(&client->peer);
    buf_done(&client->scheme);
    call_metrics_done(&client->calls);
    free(client);
}

/* ---- the end of a call ---- */

static void transfer_free(struct grpc_transfer *transfer)
{
    list_remove(&transfer->node);
    buf_wipe(&transfer->fields); /* they may have a secret */
    answer_head_done(&transfer->head);
    buf_done(&transfer->response);
    budget_release(transfer->counted);
    free(transfer);
}

void grpc_transfer_count(struct grpc_transfer *transfer)
{
    size_t now = transfer->response.cap;

    for (size_t i = 0; i < NOTES; i++)
        now += transfer->head.notes[i].cap;
    if (now > transfer->counted) {
        budget_add(now - transfer->counted);
        transfer->counted = now;
    }
}

/* The answer is told. */
static void answer_with(struct grpc_transfer *transfer, const struct grpc_answer *answer)
{
    if (transfer->begun_ns > 0)
        call_metrics_rpc(&transfer->client->calls, transfer->fields.at + transfer->path_at,
                         answer->code, uv_hrtime() - transfer->begun_ns);
    transfer->on_answer(transfer->arg, answer);
    transfer_free(transfer);
}

void grpc_transfer_end(struct grpc_transfer *transfer)
{
    const struct grpc_reply reply = {
        .status = transfer->status,
        .grpc_status = buf_str(&transfer->head.notes[NOTE_STATUS]),
        .grpc_message = buf_str(&transfer->head.notes[NOTE_MESSAGE]),
        .grpc_details = buf_str(&transfer->head.notes[NOTE_DETAILS]),
        .body = buf_str(&transfer->response),
        .retry_after_ms = transfer->head.retry_after_ms,
        .encoding = transfer->encoding,
    };
    struct grpc_answer answer;
    struct bytes *decoded = NULL;
    struct buf text = {0};

    grpc_reply_read(&reply, &answer, &text, &decoded);
    answer_with(transfer, &answer);
    bytes_unref(decoded);
    buf_done(&text);
}

static void fail_with(struct grpc_transfer *transfer, enum grpc_code code, const char *why)
{
    answer_with(transfer, &(struct grpc_answer){.code = code, .message = why});
}

void grpc_transfer_fail(struct grpc_transfer *transfer, const char *why)
{
    fail_with(transfer, GRPC_UNAVAILABLE, why);
}

bool grpc_transfer_again(struct grpc_transfer *transfer)
{
    if (++transfer->tries >= TRIES_MAX)
        return false;
    transfer->sent = (struct pieces_cursor){0};
    transfer->sent_bytes = 0;
    transfer->stream_error = 0;
    transfer->status = 0;
    transfer->head.bytes = 0;
    answer_head_reset(&transfer->head);
    buf_reset(&transfer->response);
    list_push_back(&transfer->client->waiting, &transfer->node);
    return true;
}

/* ---- who takes it ---- */

/* NULL: all are full. *connecting: one that is not connected yet will take it. */
static struct grpc_connection *find_room(const struct grpc_client *client, size_t *count,
                                         bool *connecting)
{
    *count = 0;
    *connecting = false;
    for (struct list *node = client->connections.next; node != &client->connections;
         node = node->next) {
        struct grpc_connection *connection = LIST_ENTRY(node, struct grpc_connection, node);

        if (grpc_connection_has_room(connection))
            return connection;
        *connecting |= !connection->session;
        ++*count;
    }
    return NULL;
}

void grpc_client_give_out(struct grpc_client *client)
{
    while (!list_empty(&client->waiting)) {
        struct grpc_transfer *first = LIST_ENTRY(client->waiting.next, struct grpc_transfer, node);
        struct grpc_connection *connection;
        bool connecting;
        size_t count;

        connection = find_room(client, &count, &connecting);
        if (connection) {
            grpc_connection_begin(connection, first);
            continue;
        }
        if (!connecting && count < CONNECTIONS_MAX) {
            connection = grpc_connection_new(client);
            list_push_back(&client->connections, &connection->node);
        }
        return;
    }
}

void grpc_client_not_connected(struct grpc_client *client, const char *why)
{
    struct list failing;

    for (struct list *node = client->connections.next; node != &client->connections;
         node = node->next)
        if (!LIST_ENTRY(node, struct grpc_connection, node)->going)
            return;
    list_init(&failing);
    while (!list_empty(&client->waiting)) { /* not those that answers start */
        struct list *node = client->waiting.next;

        list_remove(node);
        list_push_back(&failing, node);
    }
    client->refs++;
    while (!list_empty(&failing)) {
        struct grpc_transfer *transfer = LIST_ENTRY(failing.next, struct grpc_transfer, node);

        list_remove(&transfer->node);
        if (client->closed)
            transfer_free(transfer);
        else
            grpc_transfer_fail(transfer, why);
    }
    client_unref(client);
}

/* ---- deadlines ---- */

static struct grpc_transfer *earlier(struct grpc_transfer *best, const struct list *list)
{
    for (struct list *node = list->next; node != list; node = node->next) {
        struct grpc_transfer *transfer = LIST_ENTRY(node, struct grpc_transfer, node);

        if (transfer->deadline_ms > 0 && (!best || transfer->deadline_ms < best->deadline_ms))
            best = transfer;
    }
    return best;
}

/* The call whose deadline comes first; NULL: none has one. */
static struct grpc_transfer *find_earliest(const struct grpc_client *client)
{
    struct grpc_transfer *best = earlier(NULL, &client->waiting);

    for (struct list *node = client->connections.next; node != &client->connections;
         node = node->next)
        best = earlier(best, &LIST_ENTRY(node, struct grpc_connection, node)->calls);
    return best;
}

static bool any_connected(const struct grpc_client *client)
{
    for (struct list *node = client->connections.next; node != &client->connections;
         node = node->next)
        if (LIST_ENTRY(node, struct grpc_connection, node)->session)
            return true;
    return false;
}

static void expire(struct grpc_transfer *transfer)
{
    struct grpc_connection *connection = transfer->connection;
    const char *peer = grpc_client_peer(transfer->client);
    char why[400];

    if (connection) {
        grpc_connection_cancel(connection, transfer);
        if (connection->received_ms < transfer->begun_ms ||
            (connection->out.queued > 0 && connection->sent_ms < transfer->begun_ms))
            connection->going = true; /* nothing at all has come, or gone: others take another */
        snprintf(why, sizeof(why), "%s gave no answer within %llu ms", peer,
                 (unsigned long long)transfer->timeout_ms);
    } else {
        list_remove(&transfer->node);
        snprintf(why, sizeof(why),
                 any_connected(transfer->client)
                     ? "%s takes no more calls at a time than it has"
                     : "cannot connect to %s: no answer in time; is a firewall in between?",
                 peer);
    }
    fail_with(transfer, GRPC_DEADLINE_EXCEEDED, why);
}

/* Those that take no calls and have none; their turn may never come where the peer is gone. */
static void drop_unused(const struct grpc_client *client)
{
    struct list *node = client->connections.next;

    while (node != &client->connections) {
        struct grpc_connection *connection = LIST_ENTRY(node, struct grpc_connection, node);

        node = node->next;
        if (connection->going && connection->call_count == 0)
            grpc_connection_free(connection);
    }
}

static void on_deadline(uv_timer_t *timer);

static void arm(struct grpc_client *client)
{
    const struct grpc_transfer *first = find_earliest(client);
    uint64_t now_ms = uv_now(client->loop);

    if (!first)
        uv_timer_stop(&client->deadline);
    else
        uv_timer_start(&client->deadline, on_deadline,
                       first->deadline_ms > now_ms ? first->deadline_ms - now_ms : 0, 0);
}

static void on_deadline(uv_timer_t *timer)
{
    struct grpc_client *client = timer->data;
    struct grpc_transfer *first;

    client->refs++;
    while (!client->closed && (first = find_earliest(client)) &&
           first->deadline_ms <= uv_now(client->loop))
        expire(first);
    if (!client->closed) {
        drop_unused(client);
        arm(client);
        grpc_client_give_out(client);
    }
    client_unref(client);
}

/* ---- a call ---- */

static void add_field(struct grpc_transfer *transfer, struct str name, struct str value)
{
    buf_append_str(&transfer->fields, name);
    buf_append_char(&transfer->fields, '\0');
    buf_append_str(&transfer->fields, value);
    buf_append_char(&transfer->fields, '\0');
    transfer->field_count++;
}

/* "Name: value", the name in small letters; Host has told the authority already. */
static void add_line(struct grpc_transfer *transfer, const char *line)
{
    const char *colon = strchr(line, ':');
    size_t at = transfer->fields.len, len = colon ? (size_t)(colon - line) : 0;

    if (len == 0 || (len == 4 && strncasecmp(line, "host", 4) == 0))
        return;
    add_field(transfer, (struct str){line, len}, str_trim(str_of(colon + 1)));
    for (size_t i = at; i < at + len; i++)
        if (transfer->fields.at[i] >= 'A' && transfer->fields.at[i] <= 'Z')
            transfer->fields.at[i] |= 0x20;
}

static struct str authority_of(const struct grpc_client *client, const struct grpc_call *call)
{
    for (size_t i = 0; call->headers && call->headers[i]; i++)
        if (strncasecmp(call->headers[i], "host:", 5) == 0)
            return str_trim(str_of(call->headers[i] + 5));
    return buf_str(&client->peer);
}

static void add_timeout(struct grpc_transfer *transfer, uint64_t timeout_ms)
{
    bool large = timeout_ms > TIMEOUT_MAX;
    uint64_t number = large ? timeout_ms / 1000 : timeout_ms;
    struct buf text = {0};

    buf_printf(&text, "%llu%c", (unsigned long long)(number < TIMEOUT_MAX ? number : TIMEOUT_MAX),
               large ? 'S' : 'm');
    add_field(transfer, STR("grpc-timeout"), buf_str(&text));
    buf_done(&text);
}

static void add_fields(struct grpc_transfer *transfer, const struct grpc_call *call)
{
    add_field(transfer, STR(":method"), STR("POST"));
    add_field(transfer, STR(":scheme"), buf_str(&transfer->client->scheme));
    transfer->path_at = transfer->fields.len + sizeof(":path");
    add_field(transfer, STR(":path"), str_of(call->path));
    add_field(transfer, STR(":authority"), authority_of(transfer->client, call));
    add_field(transfer, STR("content-type"), STR("application/grpc"));
    add_field(transfer, STR("te"), STR("trailers"));
    add_field(transfer, STR("user-agent"), STR("otelc/" OTELC_VERSION));
    if (call->encoding != ENCODING_IDENTITY)
        add_field(transfer, STR("grpc-encoding"), str_of(encoding_name(call->encoding)));
    if (call->timeout_ms > 0)
        add_timeout(transfer, call->timeout_ms);
    transfer->usual_count = transfer->field_count;
    for (size_t i = 0; call->headers && call->headers[i] && i < HEADERS_MAX; i++)
        add_line(transfer, call->headers[i]);
}

static void add_body(struct grpc_transfer *transfer, const struct grpc_call *call)
{
    struct buf prefix = {0};

    assert(call->message.len <= UINT32_MAX);
    grpc_prefix_write(&prefix, (uint32_t)call->message.len);
    memcpy(transfer->prefix, prefix.at, GRPC_PREFIX_SIZE);
    buf_done(&prefix);
    transfer->prefix[0] = call->encoding != ENCODING_IDENTITY;
    transfer->pieces[0] = (struct str){transfer->prefix, GRPC_PREFIX_SIZE};
    for (size_t i = 0; i < call->message.count; i++)
        transfer->pieces[1 + i] = call->message.at[i];
    transfer->body = (struct pieces){transfer->pieces, 1 + call->message.count,
                                     GRPC_PREFIX_SIZE + call->message.len};
}

struct grpc_transfer *grpc_client_call(struct grpc_client *client, const struct grpc_call *call)
{
    struct grpc_transfer *transfer =
        mem_zero(sizeof(*transfer) + (1 + call->message.count) * sizeof(struct str));

    transfer->client = client;
    transfer->encoding = call->encoding;
    transfer->on_answer = call->on_answer;
    transfer->arg = call->arg;
    transfer->begun_ms = uv_now(client->loop);
    transfer->begun_ns = metrics_wanted(METRICS_DETAILED) && !call->unmeasured ? uv_hrtime() : 0;
    transfer->timeout_ms = call->timeout_ms;
    transfer->deadline_ms = call->timeout_ms > 0 ? transfer->begun_ms + call->timeout_ms : 0;
    list_init(&transfer->node);
    add_fields(transfer, call);
    add_body(transfer, call);
    list_push_back(&client->waiting, &transfer->node);
    grpc_client_give_out(client);
    arm(client);
    return transfer;
}

void grpc_transfer_cancel(struct grpc_transfer *transfer)
{
    if (transfer->connection)
        grpc_connection_cancel(transfer->connection, transfer);
    transfer_free(transfer);
}

/* ---- the client ---- */

/* "https://user:word@host:port" */
static void read_url(struct grpc_client *client, const char *url)
{
    const char *host = strstr(url, "://"), *at;

    buf_append(&client->url, url, strlen(url) + 1);
    buf_append(&client->scheme, url, host ? (size_t)(host - url) : 0);
    host = host ? host + 3 : url;
    at = strrchr(host, '@');
    host = at ? at + 1 : host;
    buf_append(&client->peer, host, strcspn(host, "/"));
    buf_text(&client->peer);
}

struct grpc_client *grpc_client_new(struct http_client *http, const char *url,
                                    const struct tls_client_settings *tls)
{
    struct grpc_client *client = mem_zero(sizeof(*client));

    client->http = http;
    client->tls = tls;
    client->loop = http_client_loop(http);
    client->refs = 1;
    list_init(&client->connections);
    list_init(&client->waiting);
    call_metrics_init(&client->calls, CALLS_MADE);
    read_url(client, url);
    uv_timer_init(client->loop, &client->deadline);
    client->deadline.data = client;
    return client;
}

static void free_all(struct list *transfers)
{
    struct list *next;

    for (struct list *node = transfers->next; node != transfers; node = next) {
        next = node->next;
        transfer_free(LIST_ENTRY(node, struct grpc_transfer, node));
    }
}

static void on_closed(uv_handle_t *handle)
{
    client_unref(handle->data);
}

void grpc_client_free(struct grpc_client *client)
{
    if (!client)
        return;
    client->closed = true;
    free_all(&client->waiting);
    while (!list_empty(&client->connections)) {
        struct grpc_connection *connection =
            LIST_ENTRY(client->connections.next, struct grpc_connection, node);

        free_all(&connection->calls);
        free_all(&connection->over);
        grpc_connection_free(connection);
    }
    uv_close((uv_handle_t *)&client->deadline, on_closed);
}

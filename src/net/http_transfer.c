/*
 * One request: what libcurl is told about it, what it calls back, and the answer.
 *
 *     http_client_post -> on_read, on_header, on_body ... -> http_transfer_finish -> on_answer
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/version.h"
#include "net/http_client_priv.h"
#include "net/tls_client.h"

enum {
    CONNECT_TIMEOUT_MS = 5000,
    BODY_MAX = 64 << 10,                         /* of an answer */
    HEAD_SIZE = 128 << 10,                       /* of a streamed body, read ahead */
    BUFFER_SIZE = 64 << 10,                      /* that libcurl has for a body */
    UPLOAD_SIZE = 256 << 10,                     /* ... and for a large one */
    COST = HEAD_SIZE + UPLOAD_SIZE + (32 << 10), /* in the memory budget: with what libcurl has */
    IDLE_MAX = 16                                /* transfers kept for the next requests */
};

static void reset_answer(struct http_transfer *transfer)
{
    answer_head_reset(&transfer->answer_head);
    transfer->body_cut = false;
    buf_reset(&transfer->body);
}

/* A status line, a header, a trailer, or the empty line; a size that differs ends the transfer. */
static size_t on_header(char *at, size_t size, size_t count, void *arg)
{
    struct http_transfer *transfer = arg;
    struct str line = {at, size * count};

    if (str_starts(line, STR("HTTP/"))) /* the last one counts: 1xx and a proxy's come before */
        reset_answer(transfer);
    return answer_head_line(&transfer->answer_head, line) ? line.len : 0;
}

static size_t on_body(char *at, size_t size, size_t count, void *arg)
{
    struct http_transfer *transfer = arg;
    size_t len = size * count, room = BODY_MAX - transfer->body.len;

    buf_append(&transfer->body, at, len < room ? len : room);
    if (len <= room)
        return len;
    transfer->body_cut = true; /* what was kept is the answer; the connection is closed */
    return 0;
}

static size_t on_read(char *to, size_t size, size_t count, void *arg)
{
    struct http_transfer *transfer = arg;
    size_t room = size * count, rest = transfer->head.len - transfer->head_sent;

    transfer->client->reads++;
    if (rest == 0)
        return transfer->read(transfer->read_arg, to, room);
    if (rest > room)
        rest = room;
    memcpy(to, transfer->head.at + transfer->head_sent, rest);
    transfer->head_sent += rest;
    return rest;
}

static size_t on_read_pieces(char *to, size_t size, size_t count, void *arg)
{
    struct http_transfer *transfer = arg;

    transfer->client->reads++;
    return pieces_read(&transfer->pieces, &transfer->sent, to, size * count);
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct http_transfer *transfer = arg;

    if (offset != 0 || origin != SEEK_SET || (transfer->read && !transfer->restart))
        return CURL_SEEKFUNC_FAIL;
    transfer->sent = (struct pieces_cursor){0};
    if (!transfer->read)
        return CURL_SEEKFUNC_OK;
    buf_reset(&transfer->head); /* it comes again */
    transfer->head_sent = 0;
    transfer->restart(transfer->read_arg);
    return CURL_SEEKFUNC_OK;
}

/* libcurl's own way leaves SOCK_CLOEXEC out. For HTTP/2 without TLS: a new connection is opened
 * only where the try may. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *transfer = arg;

    (void)purpose;
    transfer->refused = transfer->kept_only;
    if (transfer->refused)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- transfers ---- */

/* Not reserved: it is needed to send what is held. Kept ones do not count, or they might keep all
 * data out where the budget is small. */
static struct http_transfer *transfer_count(struct http_transfer *transfer, size_t size)
{
    budget_add(size);
    budget_release(transfer->counted);
    transfer->counted = size;
    return transfer;
}

static struct http_transfer *transfer_take(struct http_client *client)
{
    struct http_transfer *transfer;

    if (!list_empty(&client->idle)) {
        transfer = LIST_ENTRY(client->idle.next, struct http_transfer, node);
        list_remove(&transfer->node);
        client->idle_count--;
        curl_easy_reset(transfer->easy);
        return transfer_count(transfer, COST);
    }
    transfer = mem_zero(sizeof(*transfer));
    transfer->client = client;
    list_init(&transfer->node);
    transfer->easy = curl_easy_init();
    if (!transfer->easy)
        abort(); /* out of memory */
    return transfer_count(transfer, COST);
}

/* Takes it from libcurl: nothing is called back any more. */
static void transfer_stop(struct http_transfer *transfer)
{
    list_remove(&transfer->node);
    if (transfer->under_way)
        curl_multi_remove_handle(transfer->client->multi, transfer->easy);
    transfer->under_way = false;
}

void http_transfer_free(struct http_transfer *transfer)
{
    transfer_stop(transfer);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->connect_to);
    buf_done(&transfer->url);
    buf_done(&transfer->head);
    buf_done(&transfer->body);
    answer_head_done(&transfer->answer_head);
    transfer_count(transfer, 0);
    free(transfer);
}

static void transfer_give_back(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;

    if (client->closing || client->idle_count == IDLE_MAX) {
        http_transfer_free(transfer);
        return;
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->connect_to);
    transfer->headers = transfer->connect_to = NULL;
    transfer_count(transfer, 0);
    list_push_front(&client->idle, &transfer->node);
    client->idle_count++;
}

/* Whether a kept connection was dead: it broke before a byte of the answer came. */
static bool was_dead(const struct http_transfer *transfer, CURLcode code)
{
    long connects = 0;

    if (code != CURLE_SEND_ERROR && code != CURLE_RECV_ERROR && code != CURLE_GOT_NOTHING)
        return false;
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && transfer->answer_head.bytes == 0;
}

/*
 * Once more, on a new connection, where the kept one was dead, or there was none.
 *
 * The latter is for HTTP/2 without TLS: libcurl 7.88 breaks a kept connection when it uses it with
 * prior knowledge of HTTP/2 (its issue 10634, mended in 8.0); told "HTTP/2" it can use it, but
 * would open a new one with an upgrade, which servers of gRPC do not know. So the first try is for
 * kept connections only (on_open refuses to open one).
 */
static bool try_again(struct http_transfer *transfer, CURLcode code)
{
    CURLM *multi = transfer->client->multi;

    if (!transfer->refused && !was_dead(transfer, code))
        return false;
    if ((transfer->head_sent > 0 || transfer->sent.piece > 0 || transfer->sent.done > 0) &&
        on_seek(transfer, 0, SEEK_SET) != CURL_SEEKFUNC_OK)
        return false;
    curl_multi_remove_handle(multi, transfer->easy);
    transfer->error[0] = '\0';
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
    if (transfer->kept_only)
        curl_easy_setopt(transfer->easy, CURLOPT_HTTP_VERSION,
                         (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    transfer->kept_only = transfer->refused = false;
    if (curl_multi_add_handle(multi, transfer->easy) != CURLM_OK)
        abort(); /* out of memory */
    return true;
}

void http_transfer_finish(struct http_transfer *transfer, CURLcode code)
{
    struct http_answer answer = {0};
    char why[800];
    long status = 0;

    if (try_again(transfer, code))
        return;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    /* Where the answer was complete, what broke afterwards does not matter. */
    if (code == CURLE_OK || transfer->body_cut ||
        transfer->answer_head.notes[NOTE_STATUS].len > 0) {
        answer.status = (unsigned)status;
        answer.retry_after_ms = transfer->answer_head.retry_after_ms;
        answer.body = buf_str(&transfer->body);
        answer.grpc_status = buf_str(&transfer->answer_head.notes[NOTE_STATUS]);
        answer.grpc_message = buf_str(&transfer->answer_head.notes[NOTE_MESSAGE]);
        answer.grpc_details = buf_str(&transfer->answer_head.notes[NOTE_DETAILS]);
    } else {
        http_failure_explain(transfer, code, why, sizeof(why));
        answer.error = why;
        answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    }
    transfer_stop(transfer);
    transfer->on_answer(transfer->arg, &answer);
    transfer_give_back(transfer);
}

/* ---- a request ---- */

/* Reads the beginning of a streamed body: whether that is all of it. */
static bool read_ahead(struct http_transfer *transfer)
{
    char *to = buf_reserve(&transfer->head, HEAD_SIZE);

    while (transfer->head.len < HEAD_SIZE) {
        size_t got = transfer->read(transfer->read_arg, to + transfer->head.len,
                                    HEAD_SIZE - transfer->head.len);

        if (got == 0)
            return true;
        transfer->head.len += got;
    }
    return false;
}

/* size: -1 where it is not known. */
static void set_reader(struct http_transfer *transfer, curl_read_callback on_read_some,
                       curl_off_t size)
{
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read_some);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
}

static void set_body(struct http_transfer *transfer, const struct http_post *post)
{
    struct str body = {"", 0};
    CURL *easy = transfer->easy;
    bool streamed;

    transfer->pieces = post->body;
    transfer->sent = (struct pieces_cursor){0};
    transfer->read = post->read;
    transfer->restart = post->restart;
    transfer->read_arg = post->read_arg;
    transfer->head_sent = 0;
    buf_reset(&transfer->head);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    streamed = post->read && !read_ahead(transfer);
    if (streamed || (!post->read && post->body.len > BUFFER_SIZE))
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_SIZE);
    if (streamed) {
        set_reader(transfer, on_read, -1);
        return;
    }
    if (!post->read && post->body.count > 1) {
        set_reader(transfer, on_read_pieces, (curl_off_t)post->body.len);
        return;
    }
    if (post->read)
        body = buf_str(&transfer->head);
    else if (post->body.len > 0)
        body = post->body.at[0];
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.at);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
}

static void add_header(struct http_transfer *transfer, const char *header)
{
    struct curl_slist *more = curl_slist_append(transfer->headers, header);

    if (!more)
        abort(); /* out of memory */
    transfer->headers = more;
}

static void add_encoding(struct http_transfer *transfer, enum encoding encoding)
{
    char header[64];

    snprintf(header, sizeof(header), "Content-Encoding: %s", encoding_name(encoding));
    add_header(transfer, header);
}

/*
 * The certificate's name differs from the endpoint's: libcurl is given a URL with the first, and
 * told to connect to the second.
 */
static void override_name(struct http_transfer *transfer, const char *url, const char *name)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL, *changed = NULL;
    struct buf text = {0};

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_HOST, name, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_URL, &changed, 0) == CURLUE_OK) {
        curl_easy_setopt(transfer->easy, CURLOPT_URL, changed);
        buf_printf(&text, "::%s:%s", host, port);
        transfer->connect_to = curl_slist_append(NULL, buf_text(&text));
        curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, transfer->connect_to);
        buf_reset(&text);
        buf_printf(&text, "Host: %s:%s", host, port);
        add_header(transfer, buf_text(&text));
    }
    buf_done(&text);
    curl_free(host);
    curl_free(port);
    curl_free(changed);
    curl_url_cleanup(parts);
}

static void set_url(struct http_transfer *transfer, const struct http_post *post)
{
    static const struct tls_client_settings default_tls = {0};
    const struct tls_client_settings *tls = post->tls ? post->tls : &default_tls;
    bool secure = strncmp(post->url, "https:", 6) == 0;
    CURL *easy = transfer->easy;

    buf_reset(&transfer->url);
    buf_append(&transfer->url, post->url, strlen(post->url) + 1);
    transfer->tls = post->tls;
    transfer->http2 = post->http2;
    curl_easy_setopt(easy, CURLOPT_URL, post->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
    if (secure) {
        tls_client_apply(tls, easy);
        if (tls->server_name_override && *tls->server_name_override)
            override_name(transfer, post->url, tls->server_name_override);
    }
    transfer->kept_only = post->http2 && !secure;
    transfer->refused = false;
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    if (transfer->kept_only) {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_0);
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    } else if (post->http2) {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    }
}

struct http_transfer *http_client_post(struct http_client *client, const struct http_post *post)
{
    struct http_transfer *transfer = transfer_take(client);
    CURL *easy = transfer->easy;
    uint64_t connect_ms = CONNECT_TIMEOUT_MS;

    transfer->on_answer = post->on_answer;
    transfer->arg = post->arg;
    transfer->timeout_ms = post->timeout_ms;
    transfer->answer_head.bytes = 0;
    transfer->error[0] = '\0';
    reset_answer(transfer);
    add_header(transfer, "Expect:"); /* neither of the two that libcurl would add */
    add_header(transfer, "Accept:");
    if (post->encoding != ENCODING_IDENTITY)
        add_encoding(transfer, post->encoding);
    for (const char *const *header = post->headers; header && *header; header++)
        add_header(transfer, *header);
    set_url(transfer, post);
    set_body(transfer, post);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "otelc/" OTELC_VERSION);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* does not wait for a resolver that hangs */
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    if (post->timeout_ms > 0 && post->timeout_ms < connect_ms)
        connect_ms = post->timeout_ms;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(post->timeout_ms < INT32_MAX ? post->timeout_ms : INT32_MAX));
    list_push_back(&client->active, &transfer->node);
    transfer->under_way = true;
    if (curl_multi_add_handle(client->multi, easy) != CURLM_OK)
        abort(); /* out of memory */
    return transfer;
}

void http_transfer_cancel(struct http_transfer *transfer)
{
    if (!transfer->under_way)
        return;
    transfer_stop(transfer);
    transfer_give_back(transfer);
}

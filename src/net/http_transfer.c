/*
 * One request: what libcurl is told about it, what it calls back, and the answer.
 *
 *     http_client_post -> on_read, on_header, on_body ... -> on_done -> on_answer
 */
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/version.h"
#include "net/http_client_priv.h"

enum {
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
        return transfer_count(transfer, COST);
    }
    transfer = mem_zero(sizeof(*transfer));
    transfer->client = client;
    list_init(&transfer->node);
    return transfer_count(transfer, COST);
}

/* Takes it from libcurl: nothing is called back any more. */
static void transfer_stop(struct http_transfer *transfer)
{
    list_remove(&transfer->node);
    if (transfer->under_way)
        curl_multi_remove_handle(transfer->client->multi, transfer->handle.easy);
    transfer->under_way = false;
}

void http_transfer_free(struct http_transfer *transfer)
{
    transfer_stop(transfer);
    http_handle_done(&transfer->handle);
    curl_slist_free_all(transfer->headers);
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
    http_handle_reset(&transfer->handle);
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
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
    curl_easy_getinfo(transfer->handle.easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && transfer->answer_head.bytes == 0;
}

/* Once more, on a new connection. */
static bool try_again(struct http_transfer *transfer, CURLcode code)
{
    CURLM *multi = transfer->client->multi;

    if (!was_dead(transfer, code))
        return false;
    if ((transfer->head_sent > 0 || transfer->sent.piece > 0 || transfer->sent.done > 0) &&
        on_seek(transfer, 0, SEEK_SET) != CURL_SEEKFUNC_OK)
        return false;
    curl_multi_remove_handle(multi, transfer->handle.easy);
    transfer->handle.error[0] = '\0';
    curl_easy_setopt(transfer->handle.easy, CURLOPT_FRESH_CONNECT, 1L);
    if (curl_multi_add_handle(multi, transfer->handle.easy) != CURLM_OK)
        abort(); /* out of memory */
    return true;
}

/* What went wrong, in one of a few words. */
static const char *error_word(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "host_not_found";
    case CURLE_COULDNT_CONNECT:
        return "not_connected";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "server_certificate_invalid";
    default:
        return "_OTHER";
    }
}

static void measure(struct http_transfer *transfer, unsigned status, CURLcode code)
{
    struct server_place peer;
    struct http_call call = {
        .method = STR("POST"),
        .status = status,
        .error = error_word(code),
        .version = "1.1",
        .peer = &peer,
        .duration_ns = uv_hrtime() - transfer->begun_ns,
    };
    curl_off_t sent = 0;

    curl_easy_getinfo(transfer->handle.easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    call.request_bytes = (size_t)sent;
    server_place_of_url(&peer, transfer->handle.url.at);
    call_metrics_http(&transfer->client->calls, &call);
}

static void on_done(struct http_handle *handle, CURLcode code)
{
    struct http_transfer *transfer = LIST_ENTRY(handle, struct http_transfer, handle);
    struct http_answer answer = {0};
    char why[800];
    long status = 0;

    if (try_again(transfer, code))
        return;
    curl_easy_getinfo(transfer->handle.easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK || transfer->body_cut) {
        answer.status = (unsigned)status;
        answer.retry_after_ms = transfer->answer_head.retry_after_ms;
        answer.body = buf_str(&transfer->body);
    } else {
        handle->answered = transfer->answer_head.bytes > 0;
        http_failure_explain(handle, code, why, sizeof(why));
        answer.error = why;
        answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    }
    if (transfer->begun_ns > 0)
        measure(transfer, answer.status, code);
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
    CURL *easy = transfer->handle.easy;

    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read_some);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
}

static void set_body(struct http_transfer *transfer, const struct http_post *post)
{
    struct str body = {"", 0};
    CURL *easy = transfer->handle.easy;
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

static void set_url(struct http_transfer *transfer, const struct http_post *post)
{
    struct buf host = {0}, header = {0};

    http_handle_init(&transfer->handle, post->url, post->tls, post->timeout_ms, &host);
    transfer->handle.done = on_done;
    if (host.len > 0) {
        buf_printf(&header, "Host: %s", buf_text(&host));
        add_header(transfer, buf_text(&header));
    }
    curl_easy_setopt(transfer->handle.easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    buf_done(&host);
    buf_done(&header);
}

struct http_transfer *http_client_post(struct http_client *client, const struct http_post *post)
{
    struct http_transfer *transfer = transfer_take(client);
    CURL *easy;

    transfer->on_answer = post->on_answer;
    transfer->arg = post->arg;
    transfer->begun_ns = metrics_wanted(METRICS_DETAILED) && !post->unmeasured ? uv_hrtime() : 0;
    transfer->answer_head.bytes = 0;
    reset_answer(transfer);
    add_header(transfer, "Expect:"); /* neither of the two that libcurl would add */
    add_header(transfer, "Accept:");
    if (post->encoding != ENCODING_IDENTITY)
        add_encoding(transfer, post->encoding);
    for (const char *const *header = post->headers; header && *header; header++)
        add_header(transfer, *header);
    set_url(transfer, post);
    set_body(transfer, post);
    easy = transfer->handle.easy;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "otelc/" OTELC_VERSION);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
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

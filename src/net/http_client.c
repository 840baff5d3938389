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

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/version.h"

enum {
    CONNECT_TIMEOUT_MS = 5000,
    BODY_MAX = 64 << 10,    /* of an answer */
    HEADERS_MAX = 64 << 10, /* of an answer, trailers included */
    RETRY_AFTER_MAX_S = 300,
    HEAD_SIZE = 128 << 10,   /* of a streamed body, read ahead */
    UPLOAD_SIZE = 256 << 10, /* that libcurl reads and sends at once */
    HOST_CONNECTIONS_MAX = 16,
    KEPT_CONNECTIONS_MAX = 32,
    STREAMS_MAX = 100, /* on one HTTP/2 connection */
    IDLE_MAX = 16,     /* transfers kept for the next requests */
    TURNS_MAX = 8      /* buffers that are sent in a row while the peer takes them */
};

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

struct watch { /* one socket of libcurl's */
    uv_poll_t poll;
    struct list node;
    struct http_client *client;
    curl_socket_t fd;
};

enum note { NOTE_STATUS, NOTE_MESSAGE, NOTE_DETAILS, NOTES }; /* headers of gRPC's */

struct http_transfer {
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

    http_body_fn *read; /* the body, where it is streamed */
    http_restart_fn *restart;
    void *read_arg;
    struct buf head; /* its first bytes */
    size_t head_sent;

    size_t header_bytes; /* of the answer */
    bool body_cut;
    uint64_t retry_after_ms;
    struct buf body, notes[NOTES];
    char error[CURL_ERROR_SIZE];
};

/* ---- TLS ---- */

static const char *const min_versions[] = {"1.2", "1.3", "1.0", "1.1", NULL};
static const char *const max_versions[] = {"1.3", "1.2", "1.1", "1.0", NULL};

static const struct { /* of each choice above: for libcurl, and the number after "1." */
    long curl;
    unsigned minor;
} min_values[] = {{CURL_SSLVERSION_TLSv1_2, 2},
                  {CURL_SSLVERSION_TLSv1_3, 3},
                  {CURL_SSLVERSION_TLSv1_0, 0},
                  {CURL_SSLVERSION_TLSv1_1, 1}},
  max_values[] = {{CURL_SSLVERSION_MAX_TLSv1_3, 3},
                  {CURL_SSLVERSION_MAX_TLSv1_2, 2},
                  {CURL_SSLVERSION_MAX_TLSv1_1, 1},
                  {CURL_SSLVERSION_MAX_TLSv1_0, 0}};

const struct field tls_client_fields[] = {
    FIELD_BOOL(struct tls_client_settings, insecure, "insecure", "false",
               "plain text instead of TLS, where the endpoint has no scheme"),
    FIELD_BOOL(struct tls_client_settings, insecure_skip_verify, "insecure_skip_verify", "false",
               "TLS without checking the server's certificate: anybody could be that server"),
    FIELD_STRING(struct tls_client_settings, ca_file, "ca_file", NULL,
                 "PEM file with the certificates to trust, instead of the system's"),
    FIELD_SECRET(struct tls_client_settings, ca_pem, "ca_pem", "the same, as text"),
    FIELD_BOOL(struct tls_client_settings, include_system_ca_certs_pool,
               "include_system_ca_certs_pool", "false",
               "trusts the system's certificates as well as ca_file or ca_pem"),
    FIELD_STRING(struct tls_client_settings, cert_file, "cert_file", NULL,
                 "PEM file with this client's certificate; needs key_file"),
    FIELD_SECRET(struct tls_client_settings, cert_pem, "cert_pem", "the same, as text"),
    FIELD_STRING(struct tls_client_settings, key_file, "key_file", NULL,
                 "PEM file with the key of cert_file"),
    FIELD_SECRET(struct tls_client_settings, key_pem, "key_pem", "the same, as text"),
    FIELD_STRING(struct tls_client_settings, server_name_override, "server_name_override", NULL,
                 "the name that the server's certificate must have, instead of the endpoint's"),
    FIELD_CHOICE(struct tls_client_settings, min_version, "min_version", "1.2", min_versions,
                 "the oldest version of TLS that is spoken"),
    FIELD_CHOICE(struct tls_client_settings, max_version, "max_version", "1.3", max_versions,
                 "the newest version of TLS that is spoken"),
    FIELD_IGNORED("cipher_suites", "has no effect yet: OpenSSL's safe default suites are used"),
    FIELD_IGNORED("include_insecure_cipher_suites", "has no effect: insecure suites stay off"),
    FIELD_IGNORED("curve_preferences", "has no effect yet: OpenSSL's default curves are used"),
    FIELD_IGNORED("reload_interval",
                  "has no effect yet: certificates are read anew with each new connection"),
    FIELD_IGNORED("tpm", "has no effect: keys are read from files only"),
    FIELD_END,
};

static bool check_file(const char *key, const char *path, bool good, struct error *err)
{
    if (good)
        return true;
    if (access(path, R_OK) != 0)
        return error_set(err, "%s: cannot read %s: %s", key, path, strerror(errno));
    return error_set(err, "%s: %s is not a good PEM file: %s", key, path,
                     ERR_reason_error_string(ERR_peek_last_error()));
}

static bool check_files(const struct tls_client_settings *settings, SSL_CTX *context,
                        struct error *err)
{
    const char *ca = settings->ca_file, *cert = settings->cert_file, *key = settings->key_file;

    if (ca && !check_file("ca_file", ca, SSL_CTX_load_verify_file(context, ca) == 1, err))
        return false;
    if (cert &&
        !check_file("cert_file", cert, SSL_CTX_use_certificate_chain_file(context, cert) == 1, err))
        return false;
    if (!key)
        return true;
    if (!check_file("key_file", key,
                    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, err))
        return false;
    if (cert && SSL_CTX_check_private_key(context) != 1)
        return error_set(err, "key_file: %s is not the key of %s", key, cert);
    return true;
}

bool tls_client_check(const struct tls_client_settings *settings, struct error *err)
{
    bool cert = settings->cert_file || settings->cert_pem;
    bool key = settings->key_file || settings->key_pem;
    SSL_CTX *context;
    bool good;

    if (settings->ca_file && settings->ca_pem)
        return error_set(err, "ca_file and ca_pem exclude each other");
    if (settings->cert_file && settings->cert_pem)
        return error_set(err, "cert_file and cert_pem exclude each other");
    if (settings->key_file && settings->key_pem)
        return error_set(err, "key_file and key_pem exclude each other");
    if (cert != key)
        return error_set(err, cert ? "cert_file needs key_file" : "key_file needs cert_file");
    if (min_values[settings->min_version].minor > max_values[settings->max_version].minor)
        return error_set(err, "min_version is above max_version");
    context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return error_set(err, "OpenSSL does not start: %s",
                         ERR_reason_error_string(ERR_peek_last_error()));
    ERR_clear_error();
    good = check_files(settings, context, err);
    ERR_clear_error();
    SSL_CTX_free(context);
    return good;
}

static void set_blob(CURL *easy, CURLoption option, const char *text)
{
    struct curl_blob blob;

    if (!text)
        return;
    blob.data = (void *)(uintptr_t)text; /* libcurl only reads it */
    blob.len = strlen(text);
    blob.flags = CURL_BLOB_NOCOPY;
    curl_easy_setopt(easy, option, &blob);
}

static void set_tls(CURL *easy, const struct tls_client_settings *tls)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                     min_values[tls->min_version].curl | max_values[tls->max_version].curl);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->insecure_skip_verify ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->insecure_skip_verify ? 0L : 2L);
    if (tls->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_file);
    set_blob(easy, CURLOPT_CAINFO_BLOB, tls->ca_pem);
    if ((tls->ca_file || tls->ca_pem) && !tls->include_system_ca_certs_pool)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (tls->cert_file)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert_file);
    if (tls->key_file)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_file);
    set_blob(easy, CURLOPT_SSLCERT_BLOB, tls->cert_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, tls->key_pem);
}

/* ---- what went wrong, for people ---- */

/* "jaeger:14268", of a URL. */
static void name_peer(const char *url, char *text, size_t room)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        snprintf(text, room, "%s:%s", host, port);
    else
        snprintf(text, room, "%s", url);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
}

static void explain_verify(const struct http_transfer *transfer, const char *peer, char *text,
                           size_t room)
{
    const struct tls_client_settings *tls = transfer->tls;

    if (strstr(transfer->error, "subject name"))
        snprintf(text, room,
                 "%s has a certificate for another name (see tls.server_name_override): %s", peer,
                 transfer->error);
    else if (tls && (tls->ca_file || tls->ca_pem))
        snprintf(text, room, "%s has a certificate that %s does not vouch for: %s", peer,
                 tls->ca_file ? tls->ca_file : "ca_pem", transfer->error);
    else
        snprintf(text, room,
                 "%s has a certificate that this machine does not trust (%s); name its CA as "
                 "tls.ca_file",
                 peer, transfer->error);
}

static void explain_timeout(const struct http_transfer *transfer, const char *peer, char *text,
                            size_t room)
{
    curl_off_t connected_us = 0, ready_us = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    if (ready_us > 0)
        snprintf(text, room, "%s gave no answer within %llu ms", peer,
                 (unsigned long long)transfer->timeout_ms);
    else if (connected_us > 0)
        snprintf(text, room, "%s took the connection but did not finish the handshake in time",
                 peer);
    else
        snprintf(text, room, "cannot connect to %s: no answer in time; is a firewall in between?",
                 peer);
}

static void explain(const struct http_transfer *transfer, CURLcode code, char *text, size_t room)
{
    const char *why = *transfer->error ? transfer->error : curl_easy_strerror(code);
    const struct tls_client_settings *tls = transfer->tls;
    char peer[300];
    long number = 0;

    name_peer(transfer->url.at, peer, sizeof(peer));
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        snprintf(text, room, "cannot find the host of %s: is the name right?", peer);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        snprintf(text, room, "cannot find the host of the proxy: %s; see http_proxy", why);
        break;
    case CURLE_COULDNT_CONNECT:
        if (number == ECONNREFUSED)
            snprintf(text, room, "cannot connect to %s: connection refused; does it run there?",
                     peer);
        else
            snprintf(text, room, "cannot connect to %s: %s", peer,
                     number != 0 ? strerror((int)number) : why);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        explain_timeout(transfer, peer, text, room);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_verify(transfer, peer, text, room);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        snprintf(text, room, "cannot read the certificates of tls.ca_file %s: %s",
                 tls && tls->ca_file ? tls->ca_file : "(the system's)", why);
        break;
    case CURLE_SSL_CERTPROBLEM:
        snprintf(text, room, "cannot use tls.cert_file %s with tls.key_file %s: %s",
                 tls && tls->cert_file ? tls->cert_file : "(as text)",
                 tls && tls->key_file ? tls->key_file : "(as text)", why);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        if (strstr(why, "wrong version number") || strstr(why, "packet length too long"))
            snprintf(text, room, "%s does not speak TLS: write http://, or tls: insecure: true",
                     peer);
        else
            snprintf(text, room, "no TLS with %s: %s", peer, why);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        if (strstr(why, "HTTP/0.9"))
            snprintf(text, room,
                     "%s does not answer in HTTP/1: is it a gRPC port, or one that wants TLS?",
                     peer);
        else
            snprintf(text, room, "cannot ask %s: %s", peer, why);
        break;
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        snprintf(text, room, "HTTP/2 with %s failed (is it a gRPC port?): %s", peer, why);
        break;
    case CURLE_GOT_NOTHING:
        snprintf(text, room, "%s closed the connection without an answer%s", peer,
                 transfer->http2 ? "; is it a gRPC port?" : "");
        break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        snprintf(text, room, "the connection to %s broke: %s%s", peer, why,
                 transfer->http2 ? "; is it a gRPC port, without TLS?" : "");
        break;
    case CURLE_WRITE_ERROR:
        snprintf(text, room, "%s answered with more than %d bytes of headers", peer, HEADERS_MAX);
        break;
    default:
        snprintf(text, room, "cannot ask %s: %s", peer, why);
    }
}

/* ---- the callbacks of one transfer ---- */

static uint64_t retry_after(struct str value)
{
    uint64_t seconds = 0;
    char text[64];

    if (!str_to_uint(value, UINT64_MAX, &seconds)) {
        time_t when, now = time(NULL);

        if (value.len >= sizeof(text) || value.len < 16) /* shorter than any date */
            return 0;
        snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
        when = curl_getdate(text, NULL);
        if (when <= now) /* -1 as well: not a date */
            return 0;
        seconds = (uint64_t)(when - now);
    }
    return (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * 1000;
}

static void reset_answer(struct http_transfer *transfer)
{
    transfer->retry_after_ms = 0;
    transfer->body_cut = false;
    buf_reset(&transfer->body);
    for (int i = 0; i < NOTES; i++)
        buf_reset(&transfer->notes[i]);
}

/* A status line, a header, a trailer, or the empty line; a size that differs ends the transfer. */
static size_t on_header(char *at, size_t size, size_t count, void *arg)
{
    static const char *const names[NOTES] = {
        [NOTE_STATUS] = "grpc-status",
        [NOTE_MESSAGE] = "grpc-message",
        [NOTE_DETAILS] = "grpc-status-details-bin",
    };
    struct http_transfer *transfer = arg;
    struct str line = {at, size * count}, name, value;
    const char *colon;

    transfer->header_bytes += line.len;
    if (transfer->header_bytes > HEADERS_MAX)
        return 0;
    if (str_starts(line, STR("HTTP/"))) { /* the last one counts: 1xx and a proxy's come before */
        reset_answer(transfer);
        return size * count;
    }
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
    if (!colon)
        return size * count;
    name = (struct str){line.at, (size_t)(colon - line.at)};
    value = str_trim((struct str){colon + 1, line.len - name.len - 1});
    if (str_eq_nocase(name, STR("retry-after")))
        transfer->retry_after_ms = retry_after(value);
    for (int i = 0; i < NOTES; i++)
        if (str_eq_nocase(name, str_of(names[i]))) {
            buf_reset(&transfer->notes[i]);
            buf_append_str(&transfer->notes[i], value);
        }
    return size * count;
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

static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct http_transfer *transfer = arg;

    if (offset != 0 || origin != SEEK_SET || !transfer->restart)
        return CURL_SEEKFUNC_FAIL;
    buf_reset(&transfer->head); /* it comes again */
    transfer->head_sent = 0;
    transfer->restart(transfer->read_arg);
    return CURL_SEEKFUNC_OK;
}

/* For HTTP/2 without TLS: a new connection is opened only where the try may. */
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

static struct http_transfer *transfer_take(struct http_client *client)
{
    struct http_transfer *transfer;

    if (!list_empty(&client->idle)) {
        transfer = LIST_ENTRY(client->idle.next, struct http_transfer, node);
        list_remove(&transfer->node);
        client->idle_count--;
        curl_easy_reset(transfer->easy);
        return transfer;
    }
    transfer = mem_zero(sizeof(*transfer));
    transfer->client = client;
    list_init(&transfer->node);
    transfer->easy = curl_easy_init();
    if (!transfer->easy)
        abort(); /* out of memory */
    return transfer;
}

static void transfer_free(struct http_transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->connect_to);
    buf_done(&transfer->url);
    buf_done(&transfer->head);
    buf_done(&transfer->body);
    for (int i = 0; i < NOTES; i++)
        buf_done(&transfer->notes[i]);
    free(transfer);
}

/* Takes it from libcurl: nothing is called back any more. */
static void transfer_stop(struct http_transfer *transfer)
{
    list_remove(&transfer->node);
    transfer->under_way = false;
    curl_multi_remove_handle(transfer->client->multi, transfer->easy);
}

static void transfer_give_back(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;

    if (client->closing || client->idle_count == IDLE_MAX) {
        transfer_free(transfer);
        return;
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->connect_to);
    transfer->headers = transfer->connect_to = NULL;
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
    return connects == 0 && transfer->header_bytes == 0;
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
    if (transfer->head_sent > 0 && on_seek(transfer, 0, SEEK_SET) != CURL_SEEKFUNC_OK)
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

static void finish(struct http_transfer *transfer, CURLcode code)
{
    struct http_answer answer = {0};
    char why[800];
    long status = 0;

    if (try_again(transfer, code))
        return;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    /* Where the answer was complete, what broke afterwards does not matter. */
    if (code == CURLE_OK || transfer->body_cut || transfer->notes[NOTE_STATUS].len > 0) {
        answer.status = (unsigned)status;
        answer.retry_after_ms = transfer->retry_after_ms;
        answer.body = buf_str(&transfer->body);
        answer.grpc_status = buf_str(&transfer->notes[NOTE_STATUS]);
        answer.grpc_message = buf_str(&transfer->notes[NOTE_MESSAGE]);
        answer.grpc_details = buf_str(&transfer->notes[NOTE_DETAILS]);
    } else {
        explain(transfer, code, why, sizeof(why));
        answer.error = why;
        answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    }
    transfer_stop(transfer);
    transfer->on_answer(transfer->arg, &answer);
    transfer_give_back(transfer);
}

static void finish_all(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while (!client->closing && (message = curl_multi_info_read(client->multi, &left))) {
        char *transfer = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        if (message->msg == CURLMSG_DONE)
            finish((struct http_transfer *)(void *)transfer, message->data.result);
    }
}

/* ---- libcurl and the loop ---- */

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
    if (--client->handles == 0)
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
    curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS_MAX);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS_MAX);
    return client;
}

void http_client_free(struct http_client *client)
{
    struct list *node, *next;

    if (!client)
        return;
    client->closing = true;
    for (node = client->active.next; node != &client->active; node = next) {
        struct http_transfer *transfer = LIST_ENTRY(node, struct http_transfer, node);

        next = node->next;
        transfer_stop(transfer);
        transfer_free(transfer);
    }
    for (node = client->idle.next; node != &client->idle; node = next) {
        next = node->next;
        transfer_free(LIST_ENTRY(node, struct http_transfer, node));
    }
    curl_multi_cleanup(client->multi);
    while (!list_empty(&client->watches))
        watch_close(LIST_ENTRY(client->watches.next, struct watch, node));
    uv_close((uv_handle_t *)&client->timer, on_timer_closed);
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

static void set_body(struct http_transfer *transfer, const struct http_post *post)
{
    struct str body = post->body;
    CURL *easy = transfer->easy;

    transfer->read = post->read;
    transfer->restart = post->restart;
    transfer->read_arg = post->read_arg;
    transfer->head_sent = 0;
    buf_reset(&transfer->head);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (post->read && !read_ahead(transfer)) {
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_SIZE);
        return;
    }
    if (post->read)
        body = buf_str(&transfer->head);
    if (body.len > 64 << 10)
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_SIZE);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.len > 0 ? body.at : "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
}

static void add_header(struct http_transfer *transfer, const char *header)
{
    struct curl_slist *more = curl_slist_append(transfer->headers, header);

    if (!more)
        abort(); /* out of memory */
    transfer->headers = more;
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
        set_tls(easy, tls);
        if (tls->server_name_override && *tls->server_name_override)
            override_name(transfer, post->url, tls->server_name_override);
    }
    transfer->kept_only = post->http2 && !secure;
    transfer->refused = false;
    if (transfer->kept_only) {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
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
    transfer->header_bytes = 0;
    transfer->error[0] = '\0';
    reset_answer(transfer);
    add_header(transfer, "Expect:"); /* neither of the two that libcurl would add */
    add_header(transfer, "Accept:");
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

/*
 * Requests against a server of this test's own, on the same loop: it takes a whole request and
 * answers with what the test says.
 */
#include "net/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/version.h"
#include "unit/check.h"
#include "unit/metrics_text.h"

enum { CONNECTIONS = 16, DEADLINE_MS = 20000 };

struct peer { /* one connection of the server */
    uv_tcp_t tcp;
    struct server *server;
    struct buf in;
    bool used, closing;
};

struct server {
    uv_tcp_t tcp;
    uv_loop_t *loop;
    unsigned port;
    struct peer peers[CONNECTIONS];
    unsigned connections, requests;
    struct buf head, body; /* of the last request, the body without chunks */
    struct buf reply;      /* empty: none */
    bool close_after;      /* each answer */
    bool close_early;      /* at the second request of a connection, without an answer */
    bool silent;           /* never answers */
};

static void on_peer_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;

    buf_done(&peer->in);
    *peer = (struct peer){0};
}

static void peer_close(struct peer *peer)
{
    if (!peer->closing)
        uv_close((uv_handle_t *)&peer->tcp, on_peer_closed);
    peer->closing = true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct peer *peer = handle->data;

    *out = uv_buf_init(buf_reserve(&peer->in, suggested), (unsigned)suggested);
}

/* Whether the whole body is there; then it is in server->body and *end behind it. */
static bool take_body(struct server *server, const char *at, const char *stop, const char **end)
{
    const char *length = strcasestr(buf_text(&server->head), "content-length:");

    buf_reset(&server->body);
    if (length) {
        size_t len = strtoul(length + 15, NULL, 10);

        if ((size_t)(stop - at) < len)
            return false;
        buf_append(&server->body, at, len);
        *end = at + len;
        return true;
    }
    for (;;) { /* chunked */
        const char *line = memmem(at, (size_t)(stop - at), "\r\n", 2);
        size_t len;

        if (!line)
            return false;
        len = strtoul(at, NULL, 16);
        at = line + 2;
        if ((size_t)(stop - at) < len + 2)
            return false;
        if (len == 0) {
            *end = at + 2;
            return true;
        }
        buf_append(&server->body, at, len);
        at += len + 2;
    }
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

static void answer(struct peer *peer)
{
    struct server *server = peer->server;
    uv_write_t *write = mem_alloc(sizeof(*write));
    uv_buf_t out = uv_buf_init(server->reply.at, (unsigned)server->reply.len);

    server->requests++;
    uv_write(write, (uv_stream_t *)&peer->tcp, &out, 1, on_written);
    if (server->close_after)
        peer_close(peer);
}

static void on_bytes(uv_stream_t *stream, ssize_t got, const uv_buf_t *unused)
{
    struct peer *peer = stream->data;
    struct server *server = peer->server;
    const char *blank, *end;

    (void)unused;
    if (got < 0) {
        peer_close(peer);
        return;
    }
    peer->in.len += (size_t)got;
    if (server->silent)
        return;
    if (peer->used && server->close_early) {
        server->close_early = false;
        peer_close(peer);
        return;
    }
    blank = memmem(peer->in.at, peer->in.len, "\r\n\r\n", 4);
    if (!blank) {
        if (server->reply.len > 0 && memmem(peer->in.at, peer->in.len, "PRI * HTTP/2.0", 14))
            answer(peer);
        return;
    }
    buf_reset(&server->head);
    buf_append(&server->head, peer->in.at, (size_t)(blank + 4 - peer->in.at));
    if (!take_body(server, blank + 4, peer->in.at + peer->in.len, &end))
        return;
    peer->in.len -= (size_t)(end - peer->in.at);
    memmove(peer->in.at, end, peer->in.len);
    peer->used = true;
    answer(peer);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    struct peer *peer = server->peers;

    ck_assert_int_eq(status, 0);
    while (peer->server)
        ck_assert(++peer < server->peers + CONNECTIONS);
    peer->server = server;
    server->connections++;
    uv_tcp_init(server->loop, &peer->tcp);
    peer->tcp.data = peer;
    ck_assert_int_eq(uv_accept(listener, (uv_stream_t *)&peer->tcp), 0);
    uv_read_start((uv_stream_t *)&peer->tcp, on_alloc, on_bytes);
}

struct got { /* an answer, copied */
    uv_loop_t *loop;
    unsigned calls;
    struct http_answer answer;
    char error[800], body[70000];
};

struct fixture {
    uv_loop_t loop;
    struct server server;
    struct http_client *client;
    struct got got;
    char url[64];
};

static void fixture_init(struct fixture *fixture)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int len = sizeof(name);

    memset(fixture, 0, sizeof(*fixture));
    uv_loop_init(&fixture->loop);
    fixture->server.loop = fixture->got.loop = &fixture->loop;
    uv_tcp_init(&fixture->loop, &fixture->server.tcp);
    fixture->server.tcp.data = &fixture->server;
    ck_assert_int_eq(uv_tcp_bind(&fixture->server.tcp, (struct sockaddr *)&name, 0), 0);
    ck_assert_int_eq(uv_listen((uv_stream_t *)&fixture->server.tcp, 16, on_connection), 0);
    uv_tcp_getsockname(&fixture->server.tcp, (struct sockaddr *)&name, &len);
    fixture->server.port = ntohs(name.sin_port);
    snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%u/api/traces",
             fixture->server.port);
    fixture->client = http_client_new(&fixture->loop);
}

static void fixture_done(struct fixture *fixture)
{
    struct server *server = &fixture->server;

    http_client_free(fixture->client);
    if (!uv_is_closing((uv_handle_t *)&server->tcp))
        uv_close((uv_handle_t *)&server->tcp, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        if (server->peers[i].server)
            peer_close(&server->peers[i]);
    ck_assert_int_eq(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&fixture->loop), 0);
    buf_done(&server->head);
    buf_done(&server->body);
    buf_done(&server->reply);
}

static void on_answer(void *arg, const struct http_answer *reply)
{
    struct got *got = arg;

    got->calls++;
    uv_stop(got->loop); /* else a timer's answer would leave it waiting for the next event */
    got->answer = *reply;
    snprintf(got->error, sizeof(got->error), "%s", reply->error ? reply->error : "");
    snprintf(got->body, sizeof(got->body), "%.*s", STR_ARG(reply->body));
}

static void on_deadline(uv_timer_t *timer)
{
    (void)timer;
    ck_abort_msg("nothing came in time");
}

/* Runs the loop until so many answers have come. */
static void run_until(struct fixture *fixture, unsigned calls)
{
    uv_timer_t deadline;

    uv_timer_init(&fixture->loop, &deadline);
    uv_timer_start(&deadline, on_deadline, DEADLINE_MS, 0);
    while (fixture->got.calls < calls)
        uv_run(&fixture->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&deadline, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static const struct str hello = {"hello", 5};

static struct http_post post_of(struct fixture *fixture)
{
    static const char *const headers[] = {"Content-Type: application/x-thrift", NULL};

    return (struct http_post){.url = fixture->url,
                              .headers = headers,
                              .timeout_ms = 10000,
                              .body = {&hello, 1, 5},
                              .on_answer = on_answer,
                              .arg = &fixture->got};
}

static void set_reply(struct fixture *fixture, const char *text)
{
    buf_reset(&fixture->server.reply);
    buf_append(&fixture->server.reply, text, strlen(text));
}

#define OK_REPLY "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

START_TEST(a_request_carries_what_it_should_and_no_more)
{
    struct fixture f;
    struct http_post post;
    char expected[300];

    fixture_init(&f);
    set_reply(&f, "HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\nfine");
    post = post_of(&f);
    http_client_post(f.client, &post);
    ck_assert_uint_eq(f.got.calls, 0);
    run_until(&f, 1);
    ck_assert_msg(f.got.answer.status == 202, "%s", f.got.error);
    ck_assert_str_eq(f.got.body, "fine");
    snprintf(expected, sizeof(expected),
             "POST /api/traces HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
             "User-Agent: otelc/" OTELC_VERSION
             "\r\nContent-Type: application/x-thrift\r\nContent-Length: 5\r\n\r\n",
             f.server.port);
    ck_assert_str_eq(buf_text(&f.server.head), expected);
    ck_assert_str_eq(buf_text(&f.server.body), "hello");
    fixture_done(&f);
}
END_TEST

START_TEST(requests_are_measured_where_metrics_are_detailed)
{
    struct fixture f;
    struct http_post post;
    char url[100], expected[800];
    unsigned port;

    fixture_init(&f);
    port = f.server.port;
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    metrics_say("http_client", "");
    metrics_want(METRICS_DETAILED);
    snprintf(url, sizeof(url), "http://user:secret@127.0.0.1:%u/api/traces?key=secret", port);
    post.url = url;
    http_client_post(f.client, &post);
    run_until(&f, 2);
    set_reply(&f, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    http_client_post(f.client, &post);
    run_until(&f, 3);
    post.url = "http://127.0.0.1:1/";
    http_client_post(f.client, &post);
    run_until(&f, 4);
    post.url = url;
    post.unmeasured = true;
    http_client_post(f.client, &post);
    run_until(&f, 5);
    snprintf(expected, sizeof(expected),
             "{http_request_method=\"POST\",http_response_status_code=\"202\","
             "network_protocol_name=\"http\",network_protocol_version=\"1.1\","
             "server_address=\"127.0.0.1\",server_port=\"%u\",url_scheme=\"http\"}=5\n"
             "{http_request_method=\"POST\",http_response_status_code=\"503\","
             "network_protocol_name=\"http\",network_protocol_version=\"1.1\","
             "server_address=\"127.0.0.1\",server_port=\"%u\",url_scheme=\"http\","
             "error_type=\"503\"}=5\n"
             "{http_request_method=\"POST\",network_protocol_name=\"http\","
             "network_protocol_version=\"1.1\",server_address=\"127.0.0.1\",server_port=\"1\","
             "url_scheme=\"http\",error_type=\"not_connected\"}=0\n",
             port, port);
    metrics_say("http_client_request_body_size", expected);
    fixture_done(&f);
}
END_TEST

START_TEST(connections_are_kept)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    for (unsigned i = 1; i <= 5; i++) {
        http_client_post(f.client, &post);
        run_until(&f, i);
        ck_assert_uint_eq(f.got.answer.status, 202);
    }
    ck_assert_uint_eq(f.server.connections, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(several_are_under_way_at_a_time)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    for (int i = 0; i < 40; i++)
        http_client_post(f.client, &post);
    run_until(&f, 40);
    ck_assert_uint_eq(f.server.requests, 40);
    ck_assert_uint_gt(f.server.connections, 1);
    ck_assert_uint_le(f.server.connections, 16);
    fixture_done(&f);
}
END_TEST

struct source { /* of a streamed body */
    size_t size, at, restarts;
};

static char source_byte(size_t at)
{
    return (char)('a' + (at * 7 + at / 1000) % 26);
}

static size_t on_read(void *arg, char *to, size_t room)
{
    struct source *source = arg;
    size_t len = source->size - source->at;

    if (len > room)
        len = room;
    if (len > 50000)
        len = 50000; /* less than there is room for */
    for (size_t i = 0; i < len; i++)
        to[i] = source_byte(source->at + i);
    source->at += len;
    return len;
}

static void on_restart(void *arg)
{
    struct source *source = arg;

    source->at = 0;
    source->restarts++;
}

static void check_body(struct fixture *f, size_t size)
{
    ck_assert_uint_eq(f->server.body.len, size);
    for (size_t i = 0; i < size; i++)
        if (f->server.body.at[i] != source_byte(i))
            ck_abort_msg("byte %zu differs", i);
}

START_TEST(a_streamed_body_has_its_length_where_it_is_short)
{
    static const size_t sizes[] = {0, 1, 5000, 70000, 131071, 131072, 131073, 1000000, 6000000};
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct source source = {.size = sizes[i]};
        bool chunked = sizes[i] >= 131072;

        post.read = on_read;
        post.restart = on_restart;
        post.read_arg = &source;
        http_client_post(f.client, &post);
        run_until(&f, i + 1);
        ck_assert_msg(f.got.answer.status == 202, "%s", f.got.error);
        check_body(&f, sizes[i]);
        ck_assert_int_eq(strstr(buf_text(&f.server.head), "Content-Length:") == NULL, chunked);
        ck_assert_int_eq(strstr(f.server.head.at, "chunked") != NULL, chunked);
    }
    ck_assert_uint_eq(f.server.connections, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(a_dead_connection_is_replaced_and_the_body_restarted)
{
    struct fixture f;
    struct http_post post;
    struct source source = {.size = 300000};

    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    f.server.close_early = true;
    post.read = on_read;
    post.restart = on_restart;
    post.read_arg = &source;
    http_client_post(f.client, &post);
    run_until(&f, 2);
    ck_assert_msg(f.got.answer.status == 202, "%s", f.got.error);
    ck_assert_uint_eq(source.restarts, 1);
    check_body(&f, 300000);
    ck_assert_uint_eq(f.server.connections, 2);
    fixture_done(&f);
}
END_TEST

START_TEST(pieces_are_one_body_with_its_length_and_begin_again_on_a_new_connection)
{
    struct str pieces[3];
    struct fixture f;
    struct http_post post;
    char *bytes = mem_alloc(300000);

    for (size_t i = 0; i < 300000; i++)
        bytes[i] = source_byte(i);
    pieces[0] = (struct str){bytes, 1};
    pieces[1] = (struct str){bytes + 1, 70000};
    pieces[2] = (struct str){bytes + 70001, 229999};
    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    f.server.close_early = true;
    post.body = (struct pieces){pieces, 3, 300000};
    http_client_post(f.client, &post);
    run_until(&f, 2);
    ck_assert_msg(f.got.answer.status == 202, "%s", f.got.error);
    check_body(&f, 300000);
    ck_assert_ptr_nonnull(strstr(buf_text(&f.server.head), "Content-Length: 300000"));
    ck_assert_uint_eq(f.server.connections, 2);
    fixture_done(&f);
    free(bytes);
}
END_TEST

START_TEST(what_went_wrong_is_said)
{
    static const struct {
        const char *reply;
        const char *scheme;
        const char *says;
    } cases[] = {
        {"\0", "http", "closed the connection without an answer"},
        {"junk\r\n", "http", "does not answer in HTTP/1: that is the other port"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "http", "broke"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        struct http_post post;

        fixture_init(&f);
        set_reply(&f, cases[i].reply);
        f.server.close_after = true;
        post = post_of(&f);
        http_client_post(f.client, &post);
        run_until(&f, 1);
        ck_assert_uint_eq(f.got.answer.status, 0);
        ck_assert_msg(strstr(f.got.error, cases[i].says) != NULL, "%zu: %s", i, f.got.error);
        fixture_done(&f);
    }
}
END_TEST

START_TEST(plain_http_on_a_tls_request_is_recognised)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    set_reply(&f, "HTTP/1.1 400 Bad Request\r\n\r\n");
    snprintf(f.url, sizeof(f.url), "https://127.0.0.1:%u/", f.server.port);
    f.server.close_after = true;
    post = post_of(&f);
    post.timeout_ms = 300; /* the server waits for a blank line that no handshake has */
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert_uint_eq(f.got.answer.status, 0);
    ck_assert_msg(*f.got.error != '\0', "an error says why");
    fixture_done(&f);
}
END_TEST

START_TEST(a_refused_connection_names_the_peer)
{
    struct fixture f;
    struct http_post post;
    char expected[100];

    fixture_init(&f);
    uv_close((uv_handle_t *)&f.server.tcp, NULL);
    uv_run(&f.loop, UV_RUN_NOWAIT);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    snprintf(expected, sizeof(expected),
             "cannot connect to 127.0.0.1:%u: connection refused; does it run there?",
             f.server.port);
    ck_assert_str_eq(f.got.error, expected);
    fixture_done(&f);
}
END_TEST

START_TEST(bad_urls_and_hosts_end_with_an_error)
{
    static const struct {
        const char *url, *says;
    } cases[] = {
        {"http://no-such-host.invalid:14268/",
         "cannot find the host of no-such-host.invalid:14268"},
        {"ftp://localhost/", "cannot ask"},
        {"http://", "cannot ask"},
        {"file:///etc/passwd", "cannot ask"},
    };
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    post = post_of(&f);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        post.url = cases[i].url;
        http_client_post(f.client, &post);
        run_until(&f, i + 1);
        ck_assert_uint_eq(f.got.answer.status, 0);
        ck_assert_msg(strstr(f.got.error, cases[i].says) == f.got.error, "%s", f.got.error);
    }
    fixture_done(&f);
}
END_TEST

START_TEST(a_silent_server_is_left_after_the_timeout)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    f.server.silent = true;
    post = post_of(&f);
    post.timeout_ms = 50;
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert(f.got.answer.timed_out);
    ck_assert_msg(strstr(f.got.error, "gave no answer within 50 ms") != NULL, "%s", f.got.error);
    fixture_done(&f);
}
END_TEST

START_TEST(retry_after_is_read_and_bounded)
{
    static const struct {
        const char *value;
        uint64_t least, most;
    } cases[] = {
        {"5", 5000, 5000},
        {" 0 ", 0, 0},
        {"300", 300000, 300000},
        {"86400", 300000, 300000},
        {"18446744073709551616", 0, 0},
        {"-5", 0, 0},
        {"5 apples", 0, 0},
        {"soon", 0, 0},
        {"", 0, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0, 0},
        {"Fri, 31 Dec 2099 23:59:59 GMT", 300000, 300000},
    };
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    post = post_of(&f);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_reset(&f.server.reply);
        buf_printf(&f.server.reply,
                   "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
                   cases[i].value);
        http_client_post(f.client, &post);
        run_until(&f, i + 1);
        ck_assert_uint_eq(f.got.answer.status, 503);
        ck_assert_msg(f.got.answer.retry_after_ms >= cases[i].least &&
                          f.got.answer.retry_after_ms <= cases[i].most,
                      "%s: %llu", cases[i].value, (unsigned long long)f.got.answer.retry_after_ms);
    }
    fixture_done(&f);
}
END_TEST

START_TEST(a_date_in_retry_after_counts_from_now)
{
    struct fixture f;
    struct http_post post;
    time_t then = time(NULL) + 100;
    char date[64];

    fixture_init(&f);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
    buf_printf(&f.server.reply, "HTTP/1.1 429 Slow\r\nretry-after: %s\r\nContent-Length: 0\r\n\r\n",
               date);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert_uint_gt(f.got.answer.retry_after_ms, 50000);
    ck_assert_uint_le(f.got.answer.retry_after_ms, 100000);
    fixture_done(&f);
}
END_TEST

START_TEST(answers_are_bounded)
{
    struct fixture f;
    struct http_post post;
    char *many = mem_alloc(100001);

    memset(many, 'x', 100000);
    many[100000] = '\0';
    fixture_init(&f);
    post = post_of(&f);
    buf_printf(&f.server.reply, "HTTP/1.1 400 No\r\nContent-Length: 100000\r\n\r\n%s", many);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert_msg(f.got.answer.status == 400, "%s", f.got.error);
    ck_assert_uint_eq(strlen(f.got.body), 64 << 10);
    many[50000] = '\0';
    buf_reset(&f.server.reply);
    buf_printf(&f.server.reply, "HTTP/1.1 200 OK\r\nA: %s\r\nB: %s\r\nContent-Length: 0\r\n\r\n",
               many, many);
    http_client_post(f.client, &post);
    run_until(&f, 2);
    ck_assert_uint_eq(f.got.answer.status, 0);
    ck_assert_msg(strstr(f.got.error, "bytes of headers") != NULL, "%s", f.got.error);
    buf_reset(&f.server.reply);
    buf_printf(&f.server.reply, "HTTP/1.1 200 OK\r\nA: %s%s%s\r\n\r\n", many, many, many);
    http_client_post(f.client, &post);
    run_until(&f, 3);
    ck_assert_uint_eq(f.got.answer.status, 0);
    ck_assert_msg(strstr(f.got.error, "far too long") != NULL, "%s", f.got.error);
    free(many);
    fixture_done(&f);
}
END_TEST

START_TEST(redirects_are_not_followed)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    buf_printf(&f.server.reply,
               "HTTP/1.1 307 Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", f.url);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert_uint_eq(f.got.answer.status, 307);
    ck_assert_uint_eq(f.server.requests, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(interim_answers_do_not_count)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    set_reply(&f, "HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\n\r\n" OK_REPLY);
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert_uint_eq(f.got.answer.status, 202);
    ck_assert_uint_eq(f.got.answer.retry_after_ms, 0);
    fixture_done(&f);
}
END_TEST

START_TEST(a_cancelled_request_calls_nobody)
{
    struct fixture f;
    struct http_post post;
    struct http_transfer *transfer;
    struct source source = {.size = 6000000};

    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    transfer = http_client_post(f.client, &post);
    http_transfer_cancel(transfer); /* before it began */
    post.read = on_read;
    post.read_arg = &source;
    transfer = http_client_post(f.client, &post);
    while (f.server.connections < 1)
        uv_run(&f.loop, UV_RUN_ONCE);
    http_transfer_cancel(transfer); /* in the middle */
    post = post_of(&f);
    http_client_post(f.client, &post);
    run_until(&f, 1);
    ck_assert_uint_eq(f.got.answer.status, 202);
    fixture_done(&f);
}
END_TEST

START_TEST(a_client_may_go_with_requests_under_way)
{
    struct fixture f;
    struct http_post post;
    struct source source = {.size = 6000000};
    unsigned calls;

    fixture_init(&f);
    f.server.silent = true;
    post = post_of(&f);
    post.read = on_read;
    post.read_arg = &source;
    http_client_post(f.client, &post);
    post = post_of(&f);
    for (int i = 0; i < 20; i++)
        http_client_post(f.client, &post);
    while (f.server.connections < 10)
        uv_run(&f.loop, UV_RUN_ONCE);
    post.url = "http://no-such-host.invalid/"; /* its thread may be looking for it, or be done */
    http_client_post(f.client, &post);
    uv_run(&f.loop, UV_RUN_NOWAIT);
    calls = f.got.calls;
    fixture_done(&f);
    ck_assert_uint_eq(f.got.calls, calls);
}
END_TEST

static void on_answer_free(void *arg, const struct http_answer *reply)
{
    struct fixture *f = arg;

    ck_assert_uint_eq(reply->status, 202);
    http_client_free(f->client);
    f->client = NULL;
    f->got.calls++;
    uv_stop(&f->loop);
}

START_TEST(a_client_may_be_freed_by_an_answer)
{
    struct fixture f;
    struct http_post post;

    fixture_init(&f);
    set_reply(&f, OK_REPLY);
    post = post_of(&f);
    post.on_answer = on_answer_free;
    post.arg = &f;
    http_client_post(f.client, &post);
    run_until(&f, 1);
    fixture_done(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http_client");

    unsetenv("http_proxy");
    unsetenv("all_proxy");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_request_carries_what_it_should_and_no_more);
    tcase_add_test(cases, requests_are_measured_where_metrics_are_detailed);
    tcase_add_test(cases, connections_are_kept);
    tcase_add_test(cases, several_are_under_way_at_a_time);
    tcase_add_test(cases, a_streamed_body_has_its_length_where_it_is_short);
    tcase_add_test(cases, a_dead_connection_is_replaced_and_the_body_restarted);
    tcase_add_test(cases, pieces_are_one_body_with_its_length_and_begin_again_on_a_new_connection);
    tcase_add_test(cases, what_went_wrong_is_said);
    tcase_add_test(cases, plain_http_on_a_tls_request_is_recognised);
    tcase_add_test(cases, a_refused_connection_names_the_peer);
    tcase_add_test(cases, bad_urls_and_hosts_end_with_an_error);
    tcase_add_test(cases, a_silent_server_is_left_after_the_timeout);
    tcase_add_test(cases, retry_after_is_read_and_bounded);
    tcase_add_test(cases, a_date_in_retry_after_counts_from_now);
    tcase_add_test(cases, answers_are_bounded);
    tcase_add_test(cases, redirects_are_not_followed);
    tcase_add_test(cases, interim_answers_do_not_count);
    tcase_add_test(cases, a_cancelled_request_calls_nobody);
    tcase_add_test(cases, a_client_may_go_with_requests_under_way);
    tcase_add_test(cases, a_client_may_be_freed_by_an_answer);
    return run_tests("http_client", cases);
}

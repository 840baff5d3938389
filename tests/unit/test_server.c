/*
 * Tests of net/server.c and net/socket.c: real sockets on loopback, one loop.
 */
#include "net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/tls_settings.h"
#include "unit/certificates.h"
#include "unit/check.h"

#define POST "POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-protobuf\r\n"
#define ANSWER                                                                                     \
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"

enum { DEADLINE_MS = 20000, MAX_BODY = 1 << 20 };

static char zeros[65536];
static uv_loop_t loop;
static struct server *server;
static uint16_t port;
static bool late;
static struct request *held;
static unsigned handled, drained;
static size_t answer_size; /* of the answer's body */

static void handle(void *arg, struct request *request, struct bytes *message)
{
    (void)arg;
    bytes_unref(message);
    handled++;
    held = request;
    if (!late)
        request_answer(request, &(struct answer){.code = GRPC_OK, .body = {zeros, answer_size}});
}

static void answer_held(void)
{
    request_answer(held, &(struct answer){.code = GRPC_OK});
}

static void on_drained(void *arg)
{
    ck_assert_ptr_eq(arg, &drained);
    drained++;
}

static const struct route routes[] = {
    {.path = "/v1/traces", .types = 1U << CONTENT_PROTOBUF, .handler = handle},
    {.path = NULL},
};

static bool congested;       /* what the server is told */
static unsigned asked_about; /* reads after which it asked */

static bool is_congested(void *arg)
{
    (void)arg;
    asked_about++;
    return congested;
}

static void begin_with(const struct tls_server_settings *tls)
{
    const struct server_settings settings = {.where = "test",
                                             .tls = tls,
                                             .routes = routes,
                                             .congested = is_congested,
                                             .max_message_grpc = 1000,
                                             .max_message_http = MAX_BODY};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct error err;

    late = congested = false;
    handled = drained = asked_about = 0;
    answer_size = 0;
    uv_loop_init(&loop);
    server = server_new(&loop, &settings);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(fd, 16), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    port = ntohs(address.sin_port);
    ck_assert(server_listen(server, fd, &err));
}

static void begin(void)
{
    begin_with(NULL);
}

static void end(void)
{
    server_free(server);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static int try_connect(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static int dial(void)
{
    int fd = try_connect();

    ck_assert_int_ge(fd, 0);
    return fd;
}

/* One round of the loop; fails the test when too many rounds bring nothing. */
static void turn(unsigned *turns)
{
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert_uint_lt(++*turns, DEADLINE_MS);
    usleep(1000);
}

/* Sends what the socket takes. */
static size_t send_some(int fd, struct str bytes)
{
    ssize_t sent = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

    ck_assert(sent > 0 || errno == EAGAIN || errno == ECONNRESET || errno == EPIPE);
    return sent > 0 ? (size_t)sent : 0;
}

static void send_text(int fd, const char *text)
{
    ck_assert_uint_eq(send_some(fd, str_of(text)), strlen(text));
}

/* Waits for just this answer. */
static void expect(int fd, const char *text)
{
    struct buf got = {0};
    unsigned turns = 0;

    while (got.len < strlen(text)) {
        ssize_t len = recv(fd, buf_reserve(&got, 4096), strlen(text) - got.len, 0);

        if (len > 0)
            got.len += (size_t)len;
        else
            ck_assert(len < 0 && errno == EAGAIN);
        turn(&turns);
    }
    ck_assert_str_eq(buf_text(&got), text);
    buf_done(&got);
}

/* Waits for the end; what still comes is counted. */
static size_t expect_end(int fd)
{
    char bytes[4096];
    unsigned turns = 0;
    size_t count = 0;
    ssize_t len;

    while ((len = recv(fd, bytes, sizeof(bytes), 0)) != 0) {
        ck_assert(len > 0 || errno == EAGAIN);
        count += len > 0 ? (size_t)len : 0;
        turn(&turns);
    }
    close(fd);
    return count;
}

static void wait_handled(unsigned count)
{
    unsigned turns = 0;

    while (handled < count)
        turn(&turns);
}

static void wait_open(size_t count)
{
    unsigned turns = 0;

    while (server_counts(server).open_connections != count)
        turn(&turns);
}

START_TEST(requests_are_answered_and_counted)
{
    int fd;

    begin();
    fd = dial();
    send_text(fd, POST "\r\n");
    expect(fd, ANSWER);
    send_text(fd, POST "Content-Length: 3\r\n\r\nabc");
    expect(fd, ANSWER);
    send_text(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(fd, "HTTP/1.1 404 Not Found\r\n");
    ck_assert_uint_eq(server_counts(server).connections, 1);
    ck_assert_uint_eq(server_counts(server).open_connections, 1);
    ck_assert_uint_eq(server_counts(server).requests, 3);
    ck_assert_uint_eq(server_counts(server).refused, 1);
    close(fd);
    wait_open(0);
    end();
}
END_TEST

START_TEST(http2_gets_its_settings)
{
    int fd;

    begin();
    fd = dial();
    send_text(fd, "PRI * HTTP/2.0\r\n");
    send_text(fd, "\r\nSM\r\n\r\n");
    ck_assert_uint_eq(send_some(fd, STR("\0\0\0\4\0\0\0\0\0")), 9);
    shutdown(fd, SHUT_WR);
    ck_assert_uint_ge(expect_end(fd), 9);
    end();
}
END_TEST

START_TEST(tls_is_answered_with_an_alert)
{
    int fd;

    begin();
    fd = dial();
    send_text(fd, "\x16\x03\x01\x02\x02");
    expect(fd, "\x15\x03\x03");
    ck_assert_uint_eq(expect_end(fd), 4);
    end();
}
END_TEST

START_TEST(tls_that_fails_is_counted)
{
    struct certificate *own = certificate_new("localhost", NULL, -1, 1);
    const struct tls_server_settings tls = {
        .enabled = true, .cert_pem = own->certificate_pem, .key_pem = own->key_pem};
    unsigned turns = 0;
    int plain, gone;

    begin_with(&tls);
    ck_assert_uint_eq(server_counts(server).tls_failed, 0);
    plain = dial();
    send_text(plain, "GET / HTTP/1.1\r\n\r\n");
    while (server_counts(server).tls_failed < 1)
        turn(&turns);
    gone = dial();
    send_text(gone, "\x16\x03\x01\x02");
    close(gone);
    while (server_counts(server).tls_failed < 2)
        turn(&turns);
    close(plain);
    end();
    certificate_free(own);
}
END_TEST

START_TEST(a_client_may_end_its_side_and_wait)
{
    int fd;

    begin();
    late = true;
    fd = dial();
    send_text(fd, POST "\r\n");
    wait_handled(1);
    shutdown(fd, SHUT_WR);
    for (unsigned turns = 0; turns < 50;)
        turn(&turns);
    answer_held();
    expect(fd, ANSWER);
    ck_assert_uint_eq(expect_end(fd), 0);
    end();
}
END_TEST

START_TEST(a_client_that_vanishes_does_no_harm)
{
    static const struct linger hard = {1, 0};
    int fd;

    begin();
    fd = dial();
    send_text(fd, POST "Content-Length: 100\r\n\r\nabc");
    wait_open(1);
    close(fd);
    wait_open(0);
    late = true;
    fd = dial();
    send_text(fd, POST "\r\n" POST "\r\n");
    wait_handled(1);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)); /* a reset */
    close(fd);
    answer_held();
    wait_open(0);
    end();
}
END_TEST

START_TEST(an_answer_may_come_when_the_server_has_gone)
{
    int fd;

    begin();
    late = true;
    fd = dial();
    send_text(fd, POST "\r\n");
    wait_handled(1);
    end();
    answer_held();
    close(fd);
}
END_TEST

/* The answers fill the socket: the server must stop reading, keep its memory, lose nothing. */
START_TEST(a_client_that_does_not_read_is_not_read)
{
    const struct str request = STR(POST "\r\n");
    const size_t total = 9000 * request.len;
    size_t sent = 0, got = 0, per_answer;
    unsigned stalled = 0, turns = 0;
    char bytes[65536];
    int fd;

    begin();
    answer_size = 9999;
    per_answer = strlen(ANSWER) + 3 + answer_size; /* three more digits of its length */
    fd = dial();
    while (sent < total && stalled < 200) {
        size_t offset = sent % request.len;
        size_t len = send_some(fd, (struct str){request.at + offset, request.len - offset});

        sent += len;
        stalled = len > 0 ? 0 : stalled + 1;
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    ck_assert_uint_lt(handled, sent / request.len); /* some requests lie unread */
    while (got < sent / request.len * per_answer) {
        ssize_t len = recv(fd, bytes, sizeof(bytes), 0);

        if (len > 0)
            got += (size_t)len;
        else
            turn(&turns);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    ck_assert_uint_eq(handled, sent / request.len);
    close(fd);
    end();
}
END_TEST

START_TEST(the_answer_to_a_big_body_is_not_lost)
{
    unsigned turns = 0;
    struct buf got = {0};
    size_t left = 8 << 20;
    int fd;

    begin();
    fd = dial();
    send_text(fd, POST "Content-Length: 8388608\r\n\r\n");
    while (left > 0 && got.len == 0) {
        ssize_t len;

        left -= send_some(fd, (struct str){zeros, left < sizeof(zeros) ? left : sizeof(zeros)});
        turn(&turns);
        len = recv(fd, buf_reserve(&got, 4096), 4096, 0);
        got.len += len > 0 ? (size_t)len : 0;
    }
    ck_assert_int_eq(strncmp(buf_text(&got), "HTTP/1.1 413 ", 13), 0);
    buf_done(&got);
    close(fd);
    end();
}
END_TEST

START_TEST(a_connection_that_rests_is_served_all_the_same)
{
    int fd, other;

    begin();
    congested = true;
    fd = dial();
    other = dial();
    for (unsigned i = 0; i < 3; i++) {
        send_text(fd, POST "Content-Length: 3\r\n\r\nabc");
        send_text(other, POST "\r\n");
        expect(fd, ANSWER);
        expect(other, ANSWER);
    }
    ck_assert_uint_ge(asked_about, 6);
    close(other); /* while it rests */
    wait_open(1);
    congested = false;
    send_text(fd, POST "\r\n");
    expect(fd, ANSWER);
    congested = true;
    send_text(fd, POST "\r\n");
    expect(fd, ANSWER);
    end(); /* while it rests */
    close(fd);
}
END_TEST

START_TEST(draining_without_connections_is_done_at_once)
{
    begin();
    server_drain(server, on_drained, &drained);
    ck_assert_uint_eq(drained, 1);
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert_int_lt(try_connect(), 0);
    end();
}
END_TEST

START_TEST(draining_answers_and_closes)
{
    int idle, busy;
    unsigned turns = 0;

    begin();
    idle = dial();
    send_text(idle, POST "\r\n");
    expect(idle, ANSWER);
    late = true;
    busy = dial();
    send_text(busy, POST "\r\n");
    wait_handled(2);
    server_drain(server, on_drained, &drained);
    ck_assert_uint_eq(expect_end(idle), 0);
    ck_assert_uint_eq(drained, 0);
    answer_held();
    expect(busy, "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                 "Content-Length: 0\r\nConnection: close\r\n\r\n");
    ck_assert_uint_eq(expect_end(busy), 0);
    while (drained == 0)
        turn(&turns);
    ck_assert_uint_eq(drained, 1);
    end();
}
END_TEST

/* Where two may be open, one more is served when one of them has gone. */
static void check_that_a_third_waits(void)
{
    int first = dial(), second = dial(), third = dial();

    wait_open(2);
    for (unsigned turns = 0; turns < 50;)
        turn(&turns);
    ck_assert_uint_eq(server_counts(server).open_connections, 2);
    send_text(third, POST "\r\n");
    close(first);
    expect(third, ANSWER);
    close(second);
    close(third);
    wait_open(0);
}

START_TEST(connections_beyond_the_limit_wait)
{
    begin();
    server_limit_connections(2);
    check_that_a_third_waits();
    server_limit_connections(SERVER_CONNECTIONS);
    end();
}
END_TEST

START_TEST(some_descriptors_are_kept_free)
{
    struct rlimit before, few = {0};

    getrlimit(RLIMIT_NOFILE, &before);
    few.rlim_cur = 64 + 2;
    few.rlim_max = before.rlim_max;
    begin();
    setrlimit(RLIMIT_NOFILE, &few);
    check_that_a_third_waits();
    setrlimit(RLIMIT_NOFILE, &before);
    end();
}
END_TEST

/* No descriptor is left: the client is turned away, the listener does not spin and lives on. */
START_TEST(a_lack_of_descriptors_is_survived)
{
    int fds[1024];
    int fd, count = 0;
    struct rlimit before, few = {0};

    getrlimit(RLIMIT_NOFILE, &before);
    few.rlim_cur = 200;
    few.rlim_max = before.rlim_max;
    begin();
    setrlimit(RLIMIT_NOFILE, &few);
    fd = dial();
    while ((fds[count] = dup(0)) >= 0)
        count++;
    ck_assert_uint_eq(expect_end(fd), 0);
    while (count > 0)
        close(fds[--count]);
    fd = dial();
    send_text(fd, POST "\r\n");
    expect(fd, ANSWER);
    close(fd);
    setrlimit(RLIMIT_NOFILE, &before);
    end();
}
END_TEST

START_TEST(a_descriptor_that_does_not_listen_is_an_error)
{
    struct error err;
    int pair[2];

    begin();
    ck_assert_int_eq(pipe(pair), 0);
    ck_assert(!server_listen(server, pair[0], &err));
    ck_assert_int_eq(strncmp(err.text, "cannot accept connections: ", 27), 0);
    close(pair[1]);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("server");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, requests_are_answered_and_counted);
    tcase_add_test(cases, http2_gets_its_settings);
    tcase_add_test(cases, tls_is_answered_with_an_alert);
    tcase_add_test(cases, tls_that_fails_is_counted);
    tcase_add_test(cases, a_client_may_end_its_side_and_wait);
    tcase_add_test(cases, a_client_that_vanishes_does_no_harm);
    tcase_add_test(cases, an_answer_may_come_when_the_server_has_gone);
    tcase_add_test(cases, a_client_that_does_not_read_is_not_read);
    tcase_add_test(cases, the_answer_to_a_big_body_is_not_lost);
    tcase_add_test(cases, a_connection_that_rests_is_served_all_the_same);
    tcase_add_test(cases, draining_without_connections_is_done_at_once);
    tcase_add_test(cases, draining_answers_and_closes);
    tcase_add_test(cases, connections_beyond_the_limit_wait);
    tcase_add_test(cases, some_descriptors_are_kept_free);
    tcase_add_test(cases, a_lack_of_descriptors_is_survived);
    tcase_add_test(cases, a_descriptor_that_does_not_listen_is_an_error);
    return run_tests("server", cases);
}

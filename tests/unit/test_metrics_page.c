/*
 * The page of metrics, asked through real sockets.
 */
#include "service/metrics_page.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/budget.h"
#include "net/listen_set.h"
#include "unit/check.h"
#include "unit/stage.h"

enum { SMALL_BUFFER = 4096 };

static const struct metric_family basic = {
    .name = "test_time", .help = "Basic.", .unit = "s", .per_unit = 1000};
static const struct metric_family detailed = {
    .name = "test_detail", .help = "Detailed.", .level = METRICS_DETAILED};

static struct stage stage;
static struct listen_set *sockets;
static struct metrics_page_settings settings;
static struct component *page;
static struct metric *cells[2];

static struct component *make(const struct metrics_page_settings *of)
{
    struct component *made = metrics_page.create(of, &stage.worker, NULL);

    made->type = &metrics_page;
    made->id = made->where = "telemetry/metrics";
    return made;
}

static void begin(void)
{
    stage_init(&stage);
    sockets = listen_set_new(1);
    stage.worker.sockets = sockets;
    settings = (struct metrics_page_settings){
        .server = {.enabled = true, .endpoint = "127.0.0.1:0", .keepalive.enabled = true},
        .text = {.level = METRICS_NORMAL, .labels = "", .target = "service_name=\"otelc\""}};
    page = make(&settings);
    cells[0] = metric_open(&basic, "a", "b", NULL);
    cells[1] = metric_open(&detailed, NULL);
    metric_add(cells[0], 1500);
}

static void end(void)
{
    if (page)
        component_destroy(page);
    stage_done(&stage);
    listen_set_free(sockets);
    metric_close(cells[0]);
    metric_close(cells[1]);
    ck_assert_uint_eq(budget_used(), 0);
}

static void start(void)
{
    struct error err = {""};

    ck_assert_msg(metrics_page.start(page, &err), "%s", err.text);
}

/* ---- a client ---- */

/* 0: nobody listens. */
static unsigned port_of_the_page(void)
{
    const char *address = listen_set_address(sockets, settings.server.endpoint);

    return address ? (unsigned)atoi(strrchr(address, ':') + 1) : 0;
}

static int connect_to(unsigned port, int buffer)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    if (buffer > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void ask(int fd, struct str request)
{
    ck_assert_int_eq(send(fd, request.at, request.len, MSG_NOSIGNAL), (ssize_t)request.len);
}

/* Takes what is there, most bytes at a time. False: the server has closed. */
static bool take(int fd, struct buf *answer, size_t most)
{
    char bytes[65536];
    ssize_t got = recv(fd, bytes, most < sizeof(bytes) ? most : sizeof(bytes), 0);

    if (got > 0)
        buf_append_str(answer, (struct str){bytes, (size_t)got});
    return got > 0 || (got < 0 && errno == EAGAIN);
}

/* Until the server closes. */
static void take_all(int fd, struct buf *answer, size_t most)
{
    STAGE_RUN_UNTIL(&stage, !take(fd, answer, most));
    close(fd);
}

/* The answer to a request on a connection of its own; good until the next one. */
static const char *answer_to(struct str request)
{
    static struct buf answer;
    int fd = connect_to(port_of_the_page(), 0);

    buf_reset(&answer);
    ck_assert_int_ge(fd, 0);
    ask(fd, request);
    take_all(fd, &answer, SIZE_MAX);
    return buf_text(&answer);
}

#define CLOSE "host: x\r\nconnection: close\r\n\r\n"
#define GET   STR("GET /metrics HTTP/1.1\r\n" CLOSE)

static const char *body_of(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    ck_assert_msg(body, "%s", answer);
    return body + 4;
}

/* ---- what is served ---- */

START_TEST(a_page_has_its_level)
{
    const char *answer;

    start();
    answer = answer_to(GET);
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 200 OK\r\n"));
    ck_assert_ptr_nonnull(strstr(answer, "Content-Type: " METRIC_TEXT_TYPE "\r\n"));
    ck_assert_ptr_nonnull(strstr(body_of(answer), "\ntest_time{a=\"b\"} 1.5\n"));
    ck_assert_ptr_nonnull(strstr(answer, "\ntarget_info{service_name=\"otelc\"} 1\n"));
    ck_assert_ptr_null(strstr(answer, "test_detail"));
    settings.text.level = METRICS_DETAILED;
    ck_assert_ptr_nonnull(strstr(answer_to(GET), "\ntest_detail 0\n"));
}
END_TEST

START_TEST(names_have_the_suffixes_that_are_asked_for)
{
    settings.text.type_suffixes = true;
    settings.text.labels = "c=\"d\"";
    start();
    ck_assert_ptr_nonnull(strstr(answer_to(GET), "\ntest_time_total{a=\"b\",c=\"d\"} 1.5\n"));
    settings.text.unit_suffixes = true;
    ck_assert_ptr_nonnull(
        strstr(answer_to(GET), "\ntest_time_seconds_total{a=\"b\",c=\"d\"} 1.5\n"));
    settings.text.type_suffixes = false;
    settings.text.target = NULL;
    ck_assert_ptr_nonnull(strstr(answer_to(GET), "\ntest_time_seconds{a=\"b\",c=\"d\"} 1.5\n"));
    ck_assert_ptr_null(strstr(answer_to(GET), "target_info"));
}
END_TEST

START_TEST(a_connection_is_kept_for_the_next_scrape)
{
    struct str keep = STR("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    struct buf answer = {0};
    int fd;

    start();
    fd = connect_to(port_of_the_page(), 0);
    ask(fd, keep);
    STAGE_RUN_UNTIL(&stage, take(fd, &answer, SIZE_MAX) && answer.len > 0 &&
                                strstr(buf_text(&answer), "target_info{"));
    ask(fd, GET);
    take_all(fd, &answer, SIZE_MAX);
    ck_assert_ptr_nonnull(strstr(body_of(buf_text(&answer)), "HTTP/1.1 200 OK"));
    buf_done(&answer);
}
END_TEST

START_TEST(head_has_no_body)
{
    start();
    ck_assert_str_eq(body_of(answer_to(STR("HEAD /metrics HTTP/1.1\r\n" CLOSE))), "");
}
END_TEST

static const struct {
    struct str request;
    const char *answer; /* how it begins */
    const char *told;
} bad[] = {
    {STR_INIT("GET / HTTP/1.1\r\n" CLOSE), "HTTP/1.1 404 ", "otelc's own metrics are at /metrics"},
    {STR_INIT("GET /metrics/x HTTP/1.1\r\n" CLOSE), "HTTP/1.1 404 ", "at /metrics"},
    {STR_INIT("POST /metrics HTTP/1.1\r\ncontent-length: 0\r\n" CLOSE), "HTTP/1.1 405 ", ""},
    {STR_INIT("DELETE /metrics HTTP/1.1\r\n" CLOSE), "HTTP/1.1 405 ", ""},
    {STR_INIT("GET /metrics HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n"), "HTTP/1.1 400 ", ""},
    {STR_INIT("GET /metrics HTTP/1.1\r\nhost x\r\n\r\n"), "HTTP/1.1 400 ", ""},
    {STR_INIT("what\r\n\r\n"), "HTTP/1.1 400 ", ""},
};

START_TEST(bad_requests_are_told_so)
{
    const char *answer;

    start();
    answer = answer_to(bad[_i].request);
    ck_assert_msg(strncmp(answer, bad[_i].answer, strlen(bad[_i].answer)) == 0, "%s", answer);
    ck_assert_msg(strstr(answer, bad[_i].told), "%s", answer);
    ck_assert_ptr_null(strstr(answer, "test_time"));
    ck_assert_ptr_nonnull(strstr(answer_to(GET), "test_time")); /* and the page goes on */
}
END_TEST

/* ---- a page that no socket takes at once ---- */

enum { MANY = 20000 };

static struct metric *many[MANY];

static void open_many(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        char label[64]; /* they come in their order, so that opening stays quick */

        snprintf(label, sizeof(label), "%05u and a text that makes the page longer", MANY - i);
        many[i] = metric_open(&basic, "z", label, NULL);
    }
}

static void close_many(void)
{
    for (unsigned i = 0; i < MANY; i++)
        metric_close(many[i]);
}

/* Those of open_many(). */
static size_t count_lines(struct str body)
{
    const char end[] = " and a text that makes the page longer\"} 0";
    size_t count = 0;
    const char *stop;

    while ((stop = memchr(body.at, '\n', body.len))) {
        struct str line = {body.at, (size_t)(stop - body.at)};

        count += str_starts(line, STR("test_time{z=\"")) && line.len > sizeof(end) &&
                 memcmp(stop - strlen(end), end, strlen(end)) == 0;
        body = (struct str){stop + 1, body.len - line.len - 1};
    }
    return count;
}

START_TEST(a_page_larger_than_a_socket_takes_comes_whole)
{
    struct buf answer = {0};
    const char *body;
    char length[64];
    int fd;

    open_many();
    start();
    fd = connect_to(port_of_the_page(), SMALL_BUFFER);
    ask(fd, GET);
    STAGE_RUN_UNTIL(&stage, budget_used() > 0); /* what waits for the client is counted */
    take_all(fd, &answer, SMALL_BUFFER);
    body = body_of(buf_text(&answer));
    ck_assert_uint_gt(strlen(body), 1 << 20);
    snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body));
    ck_assert_msg(strstr(buf_text(&answer), length), "%.300s", buf_text(&answer));
    ck_assert_uint_eq(count_lines(str_of(body)), MANY);
    ck_assert_ptr_nonnull(strstr(body, "\ntarget_info{service_name=\"otelc\"} 1\n"));
    buf_done(&answer);
    close_many();
}
END_TEST

START_TEST(a_client_may_leave_in_the_midst_of_it)
{
    int fd;

    open_many();
    start();
    fd = connect_to(port_of_the_page(), SMALL_BUFFER);
    ask(fd, GET);
    STAGE_RUN_UNTIL(&stage, budget_used() > 0);
    close(fd);
    close_many();
    ck_assert_ptr_nonnull(strstr(answer_to(GET), "test_time"));
}
END_TEST

START_TEST(it_may_end_in_the_midst_of_it)
{
    int fd;

    open_many();
    start();
    fd = connect_to(port_of_the_page(), SMALL_BUFFER);
    ask(fd, GET);
    STAGE_RUN_UNTIL(&stage, budget_used() > 0);
    component_destroy(page);
    page = NULL;
    close(fd);
    close_many();
}
END_TEST

/* ---- beginning and end ---- */

START_TEST(one_that_was_not_started_leaves_nothing)
{
    ck_assert_uint_eq(port_of_the_page(), 0);
}
END_TEST

START_TEST(only_one_worker_serves_it)
{
    stage.worker.index = 1;
    start();
    ck_assert_uint_eq(port_of_the_page(), 0);
}
END_TEST

START_TEST(its_port_is_free_when_it_has_ended)
{
    unsigned port;

    start();
    port = port_of_the_page();
    ck_assert_uint_gt(port, 0);
    component_destroy(page);
    page = NULL;
    ck_assert_uint_eq(port_of_the_page(), 0);
    stage_turn(&stage);
    ck_assert_int_eq(connect_to(port, 0), -1);
}
END_TEST

START_TEST(a_taken_port_is_told_with_the_keys_to_change)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct error err = {""};
    char endpoint[32];

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&at, &size);
    snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    settings.server.endpoint = endpoint;
    ck_assert(!metrics_page.start(page, &err));
    ck_assert_msg(strstr(err.text, endpoint) &&
                      strstr(err.text, "service.telemetry.metrics.readers") &&
                      strstr(err.text, "service.telemetry.metrics.level"),
                  "%s", err.text);
    close(fd);
}
END_TEST

START_TEST(an_heir_answers_at_the_same_port)
{
    struct metrics_page_settings others = settings;
    struct component *heir;
    unsigned port;

    start();
    port = port_of_the_page();
    others.text.type_suffixes = true;
    heir = make(&others);
    ck_assert(metrics_page.start(heir, NULL));
    metrics_page.bequeath(page, heir);
    ck_assert_uint_eq(port_of_the_page(), port);
    for (int i = 0; i < 8; i++)
        ck_assert_ptr_nonnull(strstr(answer_to(GET), "\ntest_time_total{"));
    component_destroy(page);
    page = heir;
    ck_assert_ptr_nonnull(strstr(answer_to(GET), "\ntest_time_total{"));
    ck_assert_uint_eq(port_of_the_page(), port);
    component_destroy(page);
    page = NULL;
    stage_done(&stage); /* while the heir's settings are there */
    uv_loop_init(&stage.loop);
}
END_TEST

START_TEST(where_it_listens_can_be_told)
{
    const char *endpoints[ENDPOINTS_MAX];

    ck_assert_uint_eq(metrics_page.endpoints(&settings, endpoints), 1);
    ck_assert_str_eq(endpoints[0], "127.0.0.1:0");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metrics_page");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, a_page_has_its_level);
    tcase_add_test(cases, names_have_the_suffixes_that_are_asked_for);
    tcase_add_test(cases, a_connection_is_kept_for_the_next_scrape);
    tcase_add_test(cases, head_has_no_body);
    tcase_add_loop_test(cases, bad_requests_are_told_so, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(cases, a_page_larger_than_a_socket_takes_comes_whole);
    tcase_add_test(cases, a_client_may_leave_in_the_midst_of_it);
    tcase_add_test(cases, it_may_end_in_the_midst_of_it);
    tcase_add_test(cases, one_that_was_not_started_leaves_nothing);
    tcase_add_test(cases, only_one_worker_serves_it);
    tcase_add_test(cases, its_port_is_free_when_it_has_ended);
    tcase_add_test(cases, a_taken_port_is_told_with_the_keys_to_change);
    tcase_add_test(cases, an_heir_answers_at_the_same_port);
    tcase_add_test(cases, where_it_listens_can_be_told);
    return run_tests("metrics_page", cases);
}

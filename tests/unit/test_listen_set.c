/*
 * Endpoints, sockets and what is said where they cannot be opened.
 */
#include "net/listen_set.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/check.h"

static struct sockaddr_in6 name_of(int fd)
{
    struct sockaddr_in6 name;
    socklen_t len = sizeof(name);

    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    return name;
}

static unsigned port_of(int fd)
{
    return ntohs(name_of(fd).sin6_port); /* at the same place in both families */
}

static bool can_connect(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;

    close(fd);
    return ok;
}

static size_t open_one(struct listen_set *set, const char *endpoint, unsigned worker, int *fds)
{
    struct error err = {""};
    size_t count = listen_set_open(set, endpoint, worker, fds, &err);

    ck_assert_msg(count > 0, "%s", err.text);
    return count;
}

static void close_fds(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

/* Each of 64 connections waits at the one socket that there is. */
START_TEST(what_one_worker_serves_no_other_has_a_socket_of)
{
    enum { CONNECTIONS = 64 };
    struct listen_set *set = listen_set_new(4);
    struct error err = {""};
    int fds[LISTEN_MAX_FDS], none[LISTEN_MAX_FDS];

    ck_assert_uint_eq(listen_set_open_alone(set, "127.0.0.1:0", 2, fds, &err), 1);
    for (int i = 0; i < CONNECTIONS; i++)
        ck_assert(can_connect(port_of(fds[0])));
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = accept(fds[0], NULL, NULL);

        ck_assert_int_ge(fd, 0);
        close(fd);
    }
    ck_assert_uint_eq(listen_set_open(set, "127.0.0.1:0", 0, none, &err), 0);
    close_fds(fds, 1);
    listen_set_close(set, "127.0.0.1:0", 2);
    ck_assert_ptr_null(listen_set_address(set, "127.0.0.1:0"));
    listen_set_free(set);
}
END_TEST

START_TEST(each_worker_has_a_socket_at_the_same_port)
{
    struct listen_set *set = listen_set_new(2);
    int first[LISTEN_MAX_FDS], second[LISTEN_MAX_FDS];
    char expected[64];

    ck_assert_ptr_null(listen_set_address(set, "127.0.0.1:0"));
    ck_assert_uint_eq(open_one(set, "127.0.0.1:0", 0, first), 1);
    ck_assert_uint_eq(open_one(set, "127.0.0.1:0", 1, second), 1);
    ck_assert_int_ne(first[0], second[0]);
    ck_assert_uint_ne(port_of(first[0]), 0);
    ck_assert_uint_eq(port_of(first[0]), port_of(second[0]));
    ck_assert_int_eq(fcntl(first[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_int_eq(fcntl(first[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    ck_assert(can_connect(port_of(first[0])));
    snprintf(expected, sizeof(expected), "127.0.0.1:%u", port_of(first[0]));
    ck_assert_str_eq(listen_set_address(set, "127.0.0.1:0"), expected);
    close_fds(first, 1);
    close_fds(second, 1);
    listen_set_free(set);
}
END_TEST

START_TEST(sockets_outlive_those_who_use_them)
{
    struct listen_set *set = listen_set_new(1);
    int fds[LISTEN_MAX_FDS];
    unsigned port;

    open_one(set, "127.0.0.1:0", 0, fds);
    port = port_of(fds[0]);
    close_fds(fds, 1);
    ck_assert(can_connect(port));
    open_one(set, "127.0.0.1:0", 0, fds);
    ck_assert_uint_eq(port_of(fds[0]), port);
    close_fds(fds, 1);
    listen_set_free(set);
    ck_assert(!can_connect(port));
}
END_TEST

START_TEST(localhost_is_both_loopback_addresses)
{
    struct listen_set *set = listen_set_new(1);
    int fds[LISTEN_MAX_FDS];
    size_t count = open_one(set, "localhost:0", 0, fds);

    ck_assert_uint_le(count, 2);
    ck_assert_int_eq(name_of(fds[0]).sin6_family, AF_INET);
    if (count == 2) {
        ck_assert_int_eq(name_of(fds[1]).sin6_family, AF_INET6);
        ck_assert_uint_eq(port_of(fds[0]), port_of(fds[1]));
        ck_assert_ptr_nonnull(strstr(listen_set_address(set, "localhost:0"), ", [::1]:"));
    }
    close_fds(fds, count);
    listen_set_free(set);
}
END_TEST

START_TEST(no_host_means_all_addresses)
{
    static const char *const endpoints[] = {":0", "[::]:0", "0.0.0.0:0"};

    for (size_t i = 0; i < 3; i++) {
        struct listen_set *set = listen_set_new(1);
        int fds[LISTEN_MAX_FDS];

        ck_assert_uint_eq(open_one(set, endpoints[i], 0, fds), 1);
        ck_assert(can_connect(port_of(fds[0])));
        close_fds(fds, 1);
        listen_set_free(set);
    }
}
END_TEST

START_TEST(an_endpoint_that_cannot_be_is_refused)
{
    static const struct {
        const char *endpoint, *says;
    } cases[] = {
        {"localhost", "missing port in \"localhost\": write localhost:4317"},
        {"192.0.2.1:0", "cannot listen on 192.0.2.1:0: this machine does not have that address"},
    };
    struct listen_set *set = listen_set_new(1);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {""};
        int fds[LISTEN_MAX_FDS];

        ck_assert_uint_eq(listen_set_open(set, cases[i].endpoint, 0, fds, &err), 0);
        ck_assert_msg(strstr(err.text, cases[i].says) == err.text, "%s", err.text);
    }
    listen_set_free(set);
}
END_TEST

START_TEST(a_taken_port_is_refused_and_its_owner_named)
{
    struct listen_set *holder = listen_set_new(1), *set = listen_set_new(2);
    struct error err = {""};
    char endpoint[64], owner[64];
    int fds[LISTEN_MAX_FDS];
    int pipes[2], status;
    pid_t child;

    ck_assert_int_eq(pipe(pipes), 0);
    child = fork();
    if (child == 0) { /* holds the socket, as another program would, until it is ended */
        open_one(holder, "127.0.0.1:0", 0, fds);
        snprintf(endpoint, sizeof(endpoint), "%u", port_of(fds[0]));
        if (write(pipes[1], endpoint, sizeof(endpoint)) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    ck_assert_int_eq(read(pipes[0], owner, sizeof(owner)), sizeof(owner));
    snprintf(endpoint, sizeof(endpoint), "127.0.0.1:%.8s", owner);
    snprintf(owner, sizeof(owner), "(pid %d)", (int)child);
    ck_assert_uint_eq(listen_set_open(set, endpoint, 0, fds, &err), 0);
    ck_assert_msg(strstr(err.text, "the port is taken by") && strstr(err.text, owner), "%s",
                  err.text);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(pipes[0]);
    close(pipes[1]);
    listen_set_free(set);
    listen_set_free(holder);
}
END_TEST

START_TEST(a_port_of_our_own_is_named_so)
{
    struct listen_set *set = listen_set_new(1);
    struct error err = {""};
    int fds[LISTEN_MAX_FDS], more[LISTEN_MAX_FDS];
    char endpoint[64];

    open_one(set, "127.0.0.1:0", 0, fds);
    snprintf(endpoint, sizeof(endpoint), "0.0.0.0:%u", port_of(fds[0]));
    ck_assert_uint_eq(listen_set_open(set, endpoint, 0, more, &err), 0);
    ck_assert_msg(strstr(err.text, "this program itself") != NULL, "%s", err.text);
    close_fds(fds, 1);
    listen_set_free(set);
}
END_TEST

/* A port that nobody listens on now, and none that the kernel gives to clients: such a client could
 * keep it from moving. */
static unsigned free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    unsigned port = 10000 + (unsigned)getpid() % 10000;
    int fd, taken;

    do {
        any.sin_port = htons((uint16_t)++port);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        taken = bind(fd, (struct sockaddr *)&any, sizeof(any));
        close(fd);
    } while (taken);
    return port;
}

START_TEST(sockets_close_with_their_last_user)
{
    struct listen_set *set = listen_set_new(2);
    int first[LISTEN_MAX_FDS], second[LISTEN_MAX_FDS];
    unsigned port;

    open_one(set, "127.0.0.1:0", 0, first);
    port = port_of(first[0]);
    close_fds(first, 1);
    open_one(set, "127.0.0.1:0", 0, first); /* its heir */
    close_fds(first, 1);
    open_one(set, "127.0.0.1:0", 1, second);
    close_fds(second, 1);
    listen_set_close(set, "127.0.0.1:0", 0);
    for (int i = 0; i < 50; i++) /* to either worker's */
        ck_assert(can_connect(port));
    listen_set_close(set, "127.0.0.1:0", 0);
    for (int i = 0; i < 50; i++) /* the kernel sends all to the other worker's */
        ck_assert(can_connect(port));
    listen_set_close(set, "127.0.0.1:0", 1);
    ck_assert(!can_connect(port));
    ck_assert_ptr_null(listen_set_address(set, "127.0.0.1:0"));
    listen_set_free(set);
}
END_TEST

START_TEST(what_was_opened_in_vain_is_closed_in_all_workers)
{
    struct listen_set *set = listen_set_new(3);
    int fds[LISTEN_MAX_FDS];
    unsigned port;

    open_one(set, "127.0.0.1:0", 0, fds); /* the others' sockets are open, too */
    port = port_of(fds[0]);
    close_fds(fds, 1);
    listen_set_close(set, "127.0.0.1:0", 0);
    ck_assert(!can_connect(port));
    listen_set_free(set);
}
END_TEST

START_TEST(a_port_may_move_to_other_addresses)
{
    struct listen_set *set = listen_set_new(1);
    unsigned port = free_port();
    int old[LISTEN_MAX_FDS], new[LISTEN_MAX_FDS];
    char before[32], after[32];
    size_t count;

    snprintf(before, sizeof(before), "localhost:%u", port);
    snprintf(after, sizeof(after), "0.0.0.0:%u", port);
    count = open_one(set, before, 0, old);
    ck_assert_uint_eq(open_one(set, after, 0, new), 1);
    close_fds(old, count);
    listen_set_close(set, before, 0);
    ck_assert(can_connect(port));
    close_fds(new, 1);
    listen_set_close(set, after, 0);
    ck_assert(!can_connect(port));
    listen_set_free(set);
}
END_TEST

START_TEST(the_default_host_comes_from_the_environment)
{
    unsetenv("OTELC_LISTEN_HOST");
    ck_assert_str_eq(listen_default_host(), "localhost");
    setenv("OTELC_LISTEN_HOST", "0.0.0.0", 1);
    ck_assert_str_eq(listen_default_host(), "0.0.0.0");
    setenv("OTELC_LISTEN_HOST", "", 1);
    ck_assert_str_eq(listen_default_host(), "localhost");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("listen_set");

    tcase_add_test(cases, each_worker_has_a_socket_at_the_same_port);
    tcase_add_test(cases, what_one_worker_serves_no_other_has_a_socket_of);
    tcase_add_test(cases, sockets_outlive_those_who_use_them);
    tcase_add_test(cases, localhost_is_both_loopback_addresses);
    tcase_add_test(cases, no_host_means_all_addresses);
    tcase_add_test(cases, an_endpoint_that_cannot_be_is_refused);
    tcase_add_test(cases, a_taken_port_is_refused_and_its_owner_named);
    tcase_add_test(cases, a_port_of_our_own_is_named_so);
    tcase_add_test(cases, the_default_host_comes_from_the_environment);
    tcase_add_test(cases, sockets_close_with_their_last_user);
    tcase_add_test(cases, what_was_opened_in_vain_is_closed_in_all_workers);
    tcase_add_test(cases, a_port_may_move_to_other_addresses);
    return run_tests("listen_set", cases);
}

#include "net/server_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/listen_set.h"
#include "net/unix_socket.h"
#include "unit/check.h"

START_TEST(a_url_has_a_place_without_its_secrets)
{
    static const struct {
        const char *url, *address, *port, *path;
        bool https;
    } cases[] = {
        {"http://jaeger:14268/api/traces", "jaeger", "14268", "/api/traces", false},
        {"https://jaeger", "jaeger", "443", "", true},
        {"http://jaeger/", "jaeger", "80", "/", false},
        {"http://[::1]:4318/v1/traces?key=secret", "::1", "4318", "/v1/traces", false},
        {"http://[::1]", "::1", "80", "", false},
        {"https://user:sec@ret@host:1?a/b", "host", "1", "", true},
        {"http://host:1#/b", "host", "1", "", false},
        {"host:4317", "host", "4317", "", false},
        {"http://", "", "80", "", false},
        {"", "", "80", "", false},
        {"http://[", "[", "80", "", false},
        {"http://host:123456789", "host", "", "", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server_place place;

        server_place_of_url(&place, cases[i].url);
        ck_assert_str_eq(place.address, cases[i].address);
        ck_assert_str_eq(place.port, cases[i].port);
        ck_assert_str_eq(place.path, cases[i].path);
        ck_assert_int_eq(place.https, cases[i].https);
    }
}
END_TEST

START_TEST(what_is_too_long_is_left_out)
{
    char url[2 * PLACE_TEXT_MAX + 32];
    struct server_place place;

    snprintf(url, sizeof(url), "http://%0*d:1/%0*d", PLACE_TEXT_MAX, 0, PLACE_TEXT_MAX, 0);
    server_place_of_url(&place, url);
    ck_assert_str_eq(place.address, "");
    ck_assert_str_eq(place.port, "1");
    ck_assert_str_eq(place.path, "");
    snprintf(url, sizeof(url), "http://%0*d", PLACE_TEXT_MAX - 1, 0);
    server_place_of_url(&place, url);
    ck_assert_uint_eq(strlen(place.address), PLACE_TEXT_MAX - 1);
}
END_TEST

START_TEST(a_socket_has_the_place_that_it_is_bound_to)
{
    static const char *const endpoints[] = {"127.0.0.1:0", "[::1]:0"};
    struct listen_set *sockets = listen_set_new(1);
    int fds[LISTEN_MAX_FDS];
    struct error err;

    for (size_t i = 0; i < 2; i++) {
        char text[PLACE_TEXT_MAX + 16];
        struct server_place place;

        if (listen_set_open(sockets, endpoints[i], 0, fds, &err) != 1)
            continue; /* a machine without IPv6 */
        server_place_of_socket(&place, fds[0], i == 1);
        snprintf(text, sizeof(text), i == 1 ? "[%s]:%s" : "%s:%s", place.address, place.port);
        ck_assert_str_eq(text, listen_set_address(sockets, endpoints[i]));
        ck_assert(place.https == (i == 1));
        close(fds[0]);
    }
    listen_set_free(sockets);
}
END_TEST

START_TEST(a_unix_socket_has_its_path_and_no_port)
{
    char folder[] = "/tmp/otelc-place-XXXXXX", path[64];
    struct unix_socket_file file;
    struct server_place place;
    struct error err;
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s", folder);
    fd = unix_socket_listen(path, 1, &file, &err);
    ck_assert_int_ge(fd, 0);
    server_place_of_socket(&place, fd, false);
    ck_assert_str_eq(place.address, path);
    ck_assert_str_eq(place.port, "");
    close(fd);
    server_place_of_socket(&place, fd, false); /* no socket at all */
    ck_assert_str_eq(place.address, "");
    unix_socket_remove(path, &file);
    rmdir(folder);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("server_place");

    tcase_add_test(cases, a_url_has_a_place_without_its_secrets);
    tcase_add_test(cases, what_is_too_long_is_left_out);
    tcase_add_test(cases, a_socket_has_the_place_that_it_is_bound_to);
    tcase_add_test(cases, a_unix_socket_has_its_path_and_no_port);
    return run_tests("server_place", cases);
}

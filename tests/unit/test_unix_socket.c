/*
 * Tests of net/unix_socket.c, and of net/listen_set.c with unix sockets.
 */
#include "net/unix_socket.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/listen_set.h"
#include "unit/check.h"

static char path[64], endpoint[80];
static struct unix_socket_file file;
static struct error err;

static void begin(void)
{
    snprintf(path, sizeof(path), "/tmp/otelc-test-socket-%d", (int)getpid());
    snprintf(endpoint, sizeof(endpoint), "unix:%s", path);
    unlink(path);
}

static bool exists(void)
{
    struct stat about;

    return lstat(path, &about) == 0;
}

static bool can_connect(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok;

    memcpy(to.sun_path, path, strlen(path));
    ok = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
    close(fd);
    return ok;
}

START_TEST(owner_and_group_may_connect)
{
    struct stat about;
    int fd;

    begin();
    fd = unix_socket_listen(path, 8, &file, &err);
    ck_assert_msg(fd >= 0, "%s", err.text);
    ck_assert(can_connect());
    ck_assert_int_eq(lstat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 07777, 0660);
    unix_socket_remove(path, &file);
    ck_assert(!exists());
    close(fd);
}
END_TEST

START_TEST(what_an_ended_process_left_is_replaced)
{
    int fd;

    begin();
    close(unix_socket_listen(path, 8, &file, &err));
    ck_assert(exists());
    fd = unix_socket_listen(path, 8, &file, &err);
    ck_assert_msg(fd >= 0, "%s", err.text);
    ck_assert(can_connect());
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(where_somebody_listens_nothing_is_touched)
{
    int fd;

    begin();
    fd = unix_socket_listen(path, 8, &file, &err);
    ck_assert_int_eq(unix_socket_listen(path, 8, &file, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "another process listens there"));
    ck_assert(can_connect());
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(a_file_of_another_kind_is_not_touched)
{
    FILE *other;

    begin();
    other = fopen(path, "w");
    ck_assert_ptr_nonnull(other);
    fclose(other);
    ck_assert_int_eq(unix_socket_listen(path, 8, &file, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no socket"));
    ck_assert(exists());
    unlink(path);
}
END_TEST

START_TEST(a_socket_of_another_is_not_removed)
{
    struct unix_socket_file first;

    begin();
    close(unix_socket_listen(path, 8, &file, &err));
    first = file;
    first.number++;
    unix_socket_remove(path, &first);
    ck_assert(exists());
    unix_socket_remove(path, &file);
    ck_assert(!exists());
}
END_TEST

START_TEST(paths_that_cannot_be_are_told)
{
    char long_path[200];
    static const char *const wrong[] = {"", "@abstract", "/nowhere/at/all/socket"};

    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    ck_assert_int_eq(unix_socket_listen(long_path, 8, &file, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "at most 107 bytes"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        ck_assert_int_eq(unix_socket_listen(wrong[i], 8, &file, &err), -1);
}
END_TEST

START_TEST(all_workers_share_the_socket_of_a_set)
{
    struct listen_set *set = listen_set_new(2);
    int fds[2][LISTEN_MAX_FDS];

    begin();
    for (unsigned i = 0; i < 2; i++)
        ck_assert_msg(listen_set_open(set, endpoint, i, fds[i], &err) == 1, "%s", err.text);
    ck_assert_str_eq(listen_set_address(set, endpoint), endpoint);
    ck_assert(can_connect());
    close(fds[0][0]);
    ck_assert(can_connect());
    close(fds[1][0]);
    listen_set_free(set);
    ck_assert(!exists());
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("unix_socket");

    tcase_add_test(cases, owner_and_group_may_connect);
    tcase_add_test(cases, what_an_ended_process_left_is_replaced);
    tcase_add_test(cases, where_somebody_listens_nothing_is_touched);
    tcase_add_test(cases, a_file_of_another_kind_is_not_touched);
    tcase_add_test(cases, a_socket_of_another_is_not_removed);
    tcase_add_test(cases, paths_that_cannot_be_are_told);
    tcase_add_test(cases, all_workers_share_the_socket_of_a_set);
    return run_tests("unix_socket", cases);
}

/*
 * Making and removing the file.
 */
#include "net/unix_socket.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/sandbox.h"

enum { MODE = 0660, MODE_AT_FIRST = 0600 };

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool make_address(const char *path, struct sockaddr_un *address, struct error *err)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (!*path)
        return error_set(err, "a unix socket needs a path, such as /run/otelc/otlp.sock");
    if (*path == '@')
        return error_set(
            err, "\"%s\": a unix socket needs a path: abstract names are not supported", path);
    if (strlen(path) >= sizeof(address->sun_path))
        return error_set(err, "the path of a unix socket has at most %zu bytes: \"%s\"",
                         sizeof(address->sun_path) - 1, path);
    memcpy(address->sun_path, path, strlen(path));
    return true;
}

/* Whether somebody listens there: 0, or why it cannot be connected to. */
static int try_connect(const struct sockaddr_un *address)
{
    int fd = new_socket();
    int code = 0;

    if (fd < 0)
        return errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        code = errno;
    close(fd);
    return code;
}

/* Removes what an earlier process has left behind. */
static bool make_room(const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    struct stat about;
    int code;

    if (lstat(path, &about) != 0)
        return true; /* bind() will say what else is wrong */
    if (!S_ISSOCK(about.st_mode))
        return error_set(err, "cannot listen on unix:%s: there is a file that is no socket", path);
    code = try_connect(address);
    if (code == 0 || code == EAGAIN)
        return error_set(err, "cannot listen on unix:%s: another process listens there", path);
    if (code != ECONNREFUSED && code != ENOENT)
        return error_set(err, "cannot listen on unix:%s: there is a socket already: %s", path,
                         strerror(code));
    if (unlink(path) != 0 && errno != ENOENT)
        return error_set(err, "cannot remove the old socket %s: %s", path, strerror(errno));
    return true;
}

int unix_socket_listen(const char *path, int backlog, struct unix_socket_file *file,
                       struct error *err)
{
    struct sockaddr_un address;
    struct stat about;
    int fd;

    if (!make_address(path, &address, err) || !make_room(&address, err))
        return -1;
    sandbox_allow(path, true);
    fd = new_socket();
    if (fd >= 0 && fchmod(fd, MODE_AT_FIRST) == 0 && /* never wider than at the end */
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && chmod(path, MODE) == 0 &&
        listen(fd, backlog) == 0 && lstat(path, &about) == 0) {
        *file = (struct unix_socket_file){about.st_dev, about.st_ino};
        return fd;
    }
    error_set(err, "cannot listen on unix:%s: %s", path, sandbox_error(path, true, errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

void unix_socket_remove(const char *path, const struct unix_socket_file *file)
{
    struct stat about;

    if (lstat(path, &about) == 0 && about.st_dev == file->device && about.st_ino == file->number)
        unlink(path);
}

/*
 * Reading and watching.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/sandbox.h"

enum { READ_SIZE = 16384, LOOK_MS = 1000 };

static bool read_all(int fd, struct buf *content, const char **why)
{
    size_t before = content->len;
    ssize_t len;

    do {
        len = read(fd, buf_reserve(content, READ_SIZE), READ_SIZE);
        if (len > 0)
            content->len += (size_t)len;
        if (content->len - before > FILE_SIZE_MAX) {
            *why = "it is larger than 1 MiB";
            return false;
        }
    } while (len > 0 || (len < 0 && errno == EINTR));
    *why = strerror(errno);
    return len == 0;
}

bool file_read(const char *path, bool regular_only, struct buf *content, const char **why)
{
    struct stat about;
    bool good = false;
    int fd;

    sandbox_allow(path, false);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (regular_only ? O_NONBLOCK : 0));
    if (fd < 0 || fstat(fd, &about) < 0)
        *why = sandbox_error(path, false, errno);
    else if (S_ISDIR(about.st_mode))
        *why = "it is a directory: name the file in it";
    else if (regular_only && !S_ISREG(about.st_mode))
        *why = "it is no regular file";
    else
        good = read_all(fd, content, why);
    if (fd >= 0)
        close(fd);
    return good;
}

bool file_watch_changed(struct file_watch *watch, const char *path, uint64_t now_ms)
{
    struct stat now;
    bool same;

    if (now_ms < watch->due_ms)
        return false;
    watch->due_ms = now_ms + LOOK_MS;
    if (stat(path, &now) != 0)
        return false;
    same = now.st_dev == watch->seen.st_dev && now.st_ino == watch->seen.st_ino &&
           now.st_size == watch->seen.st_size && now.st_mtim.tv_sec == watch->seen.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == watch->seen.st_mtim.tv_nsec;
    watch->seen = now;
    return !same;
}

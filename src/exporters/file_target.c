/*
 * Offsets are ours: what a write has left behind where it failed is cut off, or written over.
 */
#include "exporters/file_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "exporters/file_backups.h"
#include "storage/disk.h"

enum { PIPE_WAIT_MS = 500 };

struct file_target {
    struct file_target_settings settings; /* its path is owned */
    const char *where;
    int fd;       /* -1: not open */
    bool regular; /* a file; else a pipe or a terminal, which takes bytes and has no length */
    bool begun;   /* its content has been looked at, and it is locked */
    uint64_t at;  /* its length, all of it whole messages */
    bool torn;    /* half a message behind `at` could not be cut off */
    size_t taken; /* bytes of the next write that a pipe has taken already */
};

struct file_target *file_target_new(const struct file_target_settings *settings, const char *where)
{
    struct file_target *target = mem_zero(sizeof(*target));

    target->settings = *settings;
    target->settings.path = mem_text(settings->path);
    target->where = where;
    target->fd = -1;
    return target;
}

/* ---- opening ---- */

static int open_path(const char *path, bool follow)
{
    int flags = O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, fd;

    if (!follow)
        return disk_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY);
    fd = open(path, flags, 0600);
    if (fd < 0 && errno != EISDIR) /* stdout may not be readable */
        fd = open(path, (flags & ~O_RDWR) | O_WRONLY, 0600);
    return fd;
}

bool file_target_open(struct file_target *target, struct error *err)
{
    const char *path = target->settings.path;
    struct stat about;
    int code;

    if (target->fd >= 0)
        return true;
    target->begun = target->torn = false;
    target->fd = open_path(path, target->settings.follow);
    code = errno;
    if (target->fd < 0 && code == ENOENT)
        error_set(err,
                  "cannot open %s: its folder must exist: make it, or set create_directory: "
                  "true",
                  path);
    else if (target->fd < 0)
        error_set(err, "cannot open %s: %s", path, sandbox_error(path, true, code));
    errno = code;
    if (target->fd < 0)
        return false;
    target->regular = fstat(target->fd, &about) == 0 && S_ISREG(about.st_mode);
    return true;
}

static void forget(struct file_target *target)
{
    close(target->fd);
    target->fd = -1;
}

void file_target_append(struct file_target *target)
{
    target->settings.append = true;
}

/* ---- what is in it already ---- */

/* Behind the last whole message of a file with lengths; UINT64_MAX: it has something else. */
static uint64_t end_of_messages(int fd, uint64_t size)
{
    uint64_t at = 0;
    uint32_t len;

    while (size - at >= sizeof(len) && disk_read(fd, &len, sizeof(len), at) == sizeof(len)) {
        if (ntohl(len) > FILE_MESSAGE_MAX)
            return UINT64_MAX;
        if (ntohl(len) > size - at - sizeof(len))
            break;
        at += sizeof(len) + ntohl(len);
    }
    return at;
}

/* Behind the last line of JSON; UINT64_MAX: it has something else. */
static uint64_t end_of_lines(int fd, uint64_t size)
{
    char first, last;

    if (disk_read(fd, &first, 1, 0) != 1 || first != '{')
        return UINT64_MAX;
    if (disk_read(fd, &last, 1, size - 1) != 1 || last == '\n')
        return size;
    return disk_write(fd, &(struct iovec){(void *)(uintptr_t) "\n", 1}, 1, size) == 1 ? size + 1
                                                                                      : size;
}

/* Moves the file away; writing goes on in a new one. */
static bool set_aside(struct file_target *target, struct error *err)
{
    bool good;

    if (disk_sync_whole(target->fd) != 0)
        log_error(target->where, "%s may not be on the disk in whole: %s; see to the disk",
                  target->settings.path, strerror(errno));
    good = file_backups_add(target->settings.path, &target->settings.rotation);
    if (!good)
        error_set(err, "cannot rename %s: %s", target->settings.path, strerror(errno));
    else
        forget(target);
    return good;
}

static bool lock(struct file_target *target, struct error *err)
{
    if (flock(target->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    return error_set(err,
                     "%s is written by another exporter or process: each needs a file of its "
                     "own",
                     target->settings.path);
}

/* The first look at a file that has just been opened. */
static bool begin(struct file_target *target, struct error *err)
{
    const char *path = target->settings.path;
    struct stat about;
    uint64_t size, end;

    if (!target->regular) {
        target->begun = true;
        return true;
    }
    if (!lock(target, err))
        return false;
    if (fstat(target->fd, &about) != 0)
        return error_set(err, "cannot read %s: %s", path, strerror(errno));
    size = (uint64_t)about.st_size;
    if (!target->settings.append)
        end = 0;
    else if (size == 0)
        end = 0;
    else if (target->settings.framed)
        end = end_of_messages(target->fd, size);
    else
        end = end_of_lines(target->fd, size);
    if (end == UINT64_MAX) {
        log_warn(target->where,
                 "%s has something of another format: it is kept under a name with "
                 "the time",
                 path);
        return set_aside(target, err) && file_target_open(target, err) && begin(target, err);
    }
    if (end < size && disk_truncate(target->fd, end) != 0)
        return error_set(err, "cannot cut off %s: %s", path, strerror(errno));
    if (end < size && target->settings.append)
        log_warn(target->where,
                 "%s ended within a message: its last %llu bytes are cut off. Nothing has to be "
                 "done: whoever wrote it was ended",
                 path, (unsigned long long)(size - end));
    target->at = end;
    target->settings.append = true; /* from now on */
    target->begun = true;
    return true;
}

/* ---- writing ---- */

/* Another program may have moved it away, or cut it off. */
static void look(struct file_target *target)
{
    struct stat named, ours;

    if (!target->regular || fstat(target->fd, &ours) != 0)
        return;
    if (stat(target->settings.path, &named) != 0 || named.st_ino != ours.st_ino ||
        named.st_dev != ours.st_dev) {
        (void)disk_sync_whole(target->fd);
        forget(target);
    } else if ((uint64_t)ours.st_size < target->at) {
        target->at = (uint64_t)ours.st_size;
    }
}

static bool is_full(const struct file_target *target, size_t more)
{
    const struct file_rotation *rotation = &target->settings.rotation;

    return target->regular && rotation->enabled && target->at > 0 &&
           target->at + more > rotation->max_megabytes << 20;
}

static bool make_ready(struct file_target *target, size_t more, struct error *err)
{
    if (target->fd >= 0)
        look(target);
    if (!file_target_open(target, err) || (!target->begun && !begin(target, err)))
        return false;
    if (target->torn && disk_truncate(target->fd, target->at) != 0)
        return error_set(err, "cannot cut off %s: %s", target->settings.path, strerror(errno));
    target->torn = false;
    if (!is_full(target, more))
        return true;
    if (!set_aside(target, err))
        return false;
    file_backups_prune(target->settings.path, &target->settings.rotation);
    return file_target_open(target, err) && begin(target, err);
}

/* Waits for the reader of a pipe, for a moment. */
static bool may_go_on(const struct file_target *target)
{
    struct pollfd poller = {.fd = target->fd, .events = POLLOUT};

    if (errno == EINTR)
        return true;
    return errno == EAGAIN && !target->regular && poll(&poller, 1, PIPE_WAIT_MS) == 1;
}

/* So many of the bytes were written before it failed. */
static size_t write_all(struct file_target *target, struct str bytes)
{
    size_t done = target->taken;

    target->taken = 0;
    while (done < bytes.len) {
        struct iovec part = {(void *)(uintptr_t)(bytes.at + done), bytes.len - done};
        ssize_t written = target->regular ? disk_write(target->fd, &part, 1, target->at + done)
                                          : write(target->fd, part.iov_base, part.iov_len);

        if (written > 0)
            done += (size_t)written;
        else if (written == 0 || !may_go_on(target))
            break;
    }
    return done;
}

/* What was written cannot stay without the rest; a pipe gets that later. */
static void take_back(struct file_target *target, size_t done, int code)
{
    if (target->regular)
        target->torn = disk_truncate(target->fd, target->at) != 0;
    else if (code == EAGAIN)
        target->taken = done;
    else
        forget(target);
}

bool file_target_write(struct file_target *target, struct str messages, struct error *err,
                       int *code)
{
    size_t done;

    errno = 0;
    if (!make_ready(target, messages.len, err)) {
        *code = errno;
        return false;
    }
    errno = 0;
    done = write_all(target, messages);
    *code = errno;
    if (done < messages.len) {
        take_back(target, done, *code);
        return error_set(err, "cannot write to %s: %s", target->settings.path,
                         *code == EAGAIN ? "nobody reads it" : strerror(*code));
    }
    target->at += messages.len;
    return true;
}

/* ---- the end ---- */

bool file_target_close(struct file_target *target)
{
    bool good = true;

    if (target->fd < 0)
        return true;
    if (target->regular && target->begun)
        good = disk_sync_whole(target->fd) == 0;
    forget(target);
    return good;
}

void file_target_free(struct file_target *target)
{
    if (!target)
        return;
    (void)file_target_close(target);
    free((void *)(uintptr_t)target->settings.path);
    free(target);
}

/*
 * The system calls.
 */
#include "storage/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

static _Atomic(disk_fault_fn *) asked; /* any thread may be at the disk */

void disk_set_fault(disk_fault_fn *fault)
{
    atomic_store(&asked, fault);
}

static bool fails(enum disk_call call, size_t *len)
{
    disk_fault_fn *fault = atomic_load_explicit(&asked, memory_order_acquire);
    int error = fault ? fault(call, len) : 0;

    if (error != 0)
        errno = error;
    return error != 0;
}

static bool fails_whole(enum disk_call call)
{
    size_t none = 0;

    return fails(call, &none);
}

int disk_open(int directory, const char *name, int flags)
{
    return fails_whole(DISK_OPEN) ? -1
                                  : openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

ssize_t disk_read(int fd, void *to, size_t len, uint64_t at)
{
    return fails(DISK_READ, &len) ? -1 : pread(fd, to, len, (off_t)at);
}

ssize_t disk_write(int fd, const struct iovec *parts, int count, uint64_t at)
{
    size_t all = 0, len;

    for (int i = 0; i < count; i++)
        all += parts[i].iov_len;
    len = all;
    if (fails(DISK_WRITE, &len))
        return -1;
    if (len < all) /* cut short by a test */
        return pwrite(fd, parts->iov_base, len < parts->iov_len ? len : parts->iov_len, (off_t)at);
    return pwritev(fd, parts, count, (off_t)at);
}

int disk_sync(int fd)
{
    return fails_whole(DISK_SYNC) ? -1 : fdatasync(fd);
}

int disk_sync_whole(int fd)
{
    return fails_whole(DISK_SYNC) ? -1 : fsync(fd);
}

int disk_truncate(int fd, uint64_t len)
{
    return fails_whole(DISK_TRUNCATE) ? -1 : ftruncate(fd, (off_t)len);
}

int disk_unlink(int directory, const char *name)
{
    return fails_whole(DISK_UNLINK) ? -1 : unlinkat(directory, name, 0);
}

int disk_rename(int directory, const char *from, const char *to)
{
    return fails_whole(DISK_RENAME) ? -1 : renameat(directory, from, directory, to);
}

int disk_space(int directory, struct disk_space *space)
{
    struct statvfs about;

    if (fails_whole(DISK_FREE) || fstatvfs(directory, &about) != 0)
        return -1;
    space->free = (uint64_t)about.f_bavail * about.f_frsize;
    space->all = (uint64_t)about.f_blocks * about.f_frsize;
    return 0;
}

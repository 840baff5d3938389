/*
 * The calls by which the storage touches the disk: thin, and in one place, so that tests can make
 * any of them fail. Each answers as the system call does, with errno; names are relative to a
 * directory's descriptor.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum disk_call {
    DISK_OPEN,
    DISK_READ,
    DISK_WRITE,
    DISK_SYNC,
    DISK_TRUNCATE,
    DISK_UNLINK,
    DISK_RENAME,
    DISK_FREE
};

/* flags as of open(2); O_CLOEXEC and O_NOFOLLOW are added, new files have mode 0600. */
int disk_open(int directory, const char *name, int flags);
ssize_t disk_read(int fd, void *to, size_t len, uint64_t at);
ssize_t disk_write(int fd, const struct iovec *parts, int count, uint64_t at);
int disk_sync(int fd);       /* the content, with what is needed to read it again */
int disk_sync_whole(int fd); /* a new file, or a directory */
int disk_truncate(int fd, uint64_t len);
int disk_unlink(int directory, const char *name);
int disk_rename(int directory, const char *from, const char *to);

struct disk_space {
    uint64_t free, all; /* bytes of the file system; free: for us */
};

int disk_space(int directory, struct disk_space *space);

/*
 * For tests: is asked before each call. An errno makes it fail so; 0 lets it go on, reading or
 * writing no more than *len bytes (which is 0 and means nothing in the other calls). NULL: no one
 * is asked.
 */
typedef int disk_fault_fn(enum disk_call call, size_t *len);
void disk_set_fault(disk_fault_fn *fault);

/*
 * Names of files are 16 hexadecimal digits, 16 more for those of a lane, and what they are; others
 * are not ours.
 */
#include "storage/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "storage/disk.h"

enum { DIGITS = 16 };

static const uint64_t id_max = UINT64_MAX / 2; /* so that new ones do not run out */

void store_name(char name[STORE_NAME], uint64_t id, uint64_t lane, const char *suffix)
{
    if (lane == 0)
        snprintf(name, STORE_NAME, "%016llx.%s", (unsigned long long)id, suffix);
    else
        snprintf(name, STORE_NAME, "%016llx.%016llx.%s", (unsigned long long)id,
                 (unsigned long long)lane, suffix);
}

void directory_files_done(struct directory_files *files)
{
    free(files->segments);
}

/* ---- the lock ---- */

static bool write_pid(int fd)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) == len;
}

static void say_who_has_it(int fd, const char *path, struct error *err)
{
    char text[24];
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

    text[len > 0 ? len : 0] = '\0';
    text[strspn(text, "0123456789")] = '\0';
    error_set(err, "another process%s%s has %s: each needs a directory of its own",
              *text ? ", with the id " : "", text, path);
}

int directory_lock(int directory, const char *path, struct error *err)
{
    int fd = disk_open(directory, "lock", O_RDWR | O_CREAT);

    if (fd < 0) {
        error_set(err, "cannot write in %s: %s (as user %u, group %u)", path, strerror(errno),
                  (unsigned)geteuid(), (unsigned)getegid());
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        (void)write_pid(fd); /* on a full disk it has none */
        return fd;
    }
    if (errno == EWOULDBLOCK)
        say_who_has_it(fd, path, err);
    else
        error_set(err, "cannot lock %s: %s", path, strerror(errno));
    close(fd);
    return -1;
}

/* ---- what is there ---- */

/* The digits that *name begins with, and a dot; moves it behind them. */
static bool take_number(const char **name, uint64_t *number)
{
    if (strspn(*name, "0123456789abcdef") != DIGITS || (*name)[DIGITS] != '.')
        return false;
    *number = strtoull(*name, NULL, 16);
    *name += DIGITS + 1;
    return true;
}

/* The id in a name of ours, its lane, and *suffix: what it is; 0: another one's. */
static uint64_t id_of(const char *name, uint64_t *lane, const char **suffix)
{
    uint64_t id;

    *lane = 0;
    if (!take_number(&name, &id) || id > id_max)
        return 0;
    (void)take_number(&name, lane);
    *suffix = name;
    return id;
}

void directory_files_add(struct directory_files *files, struct store_segment segment)
{
    files->segments =
        mem_room(files->segments, files->count, &files->cap, sizeof(*files->segments));
    files->segments[files->count++] = segment;
}

void directory_files_remove(struct directory_files *files, uint64_t id)
{
    size_t kept = 0;

    for (size_t i = 0; i < files->count; i++)
        if (files->segments[i].id != id)
            files->segments[kept++] = files->segments[i];
    files->count = kept;
}

static uint64_t lane_of(const struct directory_files *files, uint64_t id)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->segments[i].id == id)
            return files->segments[i].lane;
    return 0;
}

static void delete_file(int directory, uint64_t id, uint64_t lane, const char *suffix)
{
    char name[STORE_NAME];

    store_name(name, id, lane, suffix);
    (void)disk_unlink(directory, name); /* no harm where it stays */
}

/* Keeps the list sorted and short: the oldest goes. */
static void add_bad(int directory, struct directory_files *files, uint64_t id)
{
    size_t at = 0;

    while (at < files->bad_count && files->bad[at] < id)
        at++;
    if (at < files->bad_count && files->bad[at] == id)
        return;
    if (files->bad_count == STORE_BAD_MAX) {
        if (at == 0) {
            delete_file(directory, id, 0, "bad");
            return;
        }
        delete_file(directory, files->bad[0], 0, "bad");
        memmove(files->bad, files->bad + 1, (STORE_BAD_MAX - 1) * sizeof(files->bad[0]));
        files->bad_count--;
        at--;
    }
    memmove(files->bad + at + 1, files->bad + at, (files->bad_count - at) * sizeof(files->bad[0]));
    files->bad[at] = id;
    files->bad_count++;
}

static void see(int directory, struct directory_files *files, const char *name)
{
    const char *suffix;
    uint64_t lane, id = id_of(name, &lane, &suffix);
    char segment[STORE_NAME];
    struct stat about;

    if (id == 0)
        return;
    if (id > files->highest)
        files->highest = id;
    if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(about.st_mode))
        return;
    if (strcmp(suffix, "seg") == 0) {
        files->bytes += (uint64_t)about.st_size;
        directory_files_add(files,
                            (struct store_segment){id, (uint64_t)about.st_size, lane, id, false});
    } else if (strcmp(suffix, "bad") == 0) {
        add_bad(directory, files, id);
    } else if (strcmp(suffix, "done") == 0) {
        store_name(segment, id, lane, "seg");
        if (fstatat(directory, segment, &about, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
            delete_file(directory, id, lane, "done");
    }
}

static int by_id(const void *left, const void *right)
{
    const struct store_segment *a = left, *b = right;

    return a->id < b->id ? -1 : a->id > b->id;
}

bool directory_read(int directory, const char *path, struct directory_files *files,
                    struct error *err)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    int error;

    if (!entries) {
        error_set(err, "cannot read the directory %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (errno = 0, (entry = readdir(entries)))
        see(directory, files, entry->d_name);
    error = errno;
    closedir(entries);
    if (error != 0)
        return error_set(err, "cannot read the directory %s: %s", path, strerror(error));
    if (files->count > 0)
        qsort(files->segments, files->count, sizeof(*files->segments), by_id);
    return true;
}

/* ---- deleting ---- */

bool directory_unlink(int directory, struct directory_files *files, uint64_t id)
{
    uint64_t lane = lane_of(files, id);
    char name[STORE_NAME];

    store_name(name, id, lane, "seg");
    if (disk_unlink(directory, name) != 0 && errno != ENOENT)
        return false;
    delete_file(directory, id, lane, "done"); /* where it stays, the next start deletes it */
    directory_files_remove(files, id);
    return true;
}

bool directory_set_aside(int directory, struct directory_files *files, uint64_t id)
{
    uint64_t lane = lane_of(files, id);
    char from[STORE_NAME], to[STORE_NAME];

    store_name(from, id, lane, "seg");
    store_name(to, id, 0, "bad");
    if (disk_rename(directory, from, to) != 0 && errno != ENOENT)
        return false;
    delete_file(directory, id, lane, "done");
    directory_files_remove(files, id);
    add_bad(directory, files, id);
    return true;
}

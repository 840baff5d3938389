/*
 * Names as the official collector gives them: the time stands before the last dot.
 *
 *     data.json    data-2026-11-22T05-02-14.173.json
 */
#include "exporters/file_backups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "storage/disk.h"

enum { TIME_LEN = 23 /* 2026-11-22T05-02-14.173 */, TRIES = 1000, DAY_S = 86400 };

struct name { /* a path's parts; they lie in it */
    struct str folder, stem, extension;
};

struct backup {
    char *file; /* owned */
    int64_t ms; /* since the epoch */
};

static struct name name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    size_t stem = dot ? (size_t)(dot - file) : strlen(file);

    return (struct name){{path, (size_t)(file - path)}, {file, stem}, str_of(file + stem)};
}

static void put_time(struct buf *out, int64_t ms, bool local)
{
    time_t seconds = (time_t)(ms / 1000);
    char text[32];
    struct tm tm;

    if (local)
        localtime_r(&seconds, &tm);
    else
        gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H-%M-%S", &tm);
    buf_printf(out, "-%s.%03d", text, (int)(ms % 1000));
}

/* Whether it looks as put_time() writes it; sscanf() would take signs and blanks too. */
static bool looks_like_time(const char *text)
{
    static const char form[] = "-0000-00-00T00-00-00.000";

    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

/* The time in a name of ours, in ms; -1: it is not one. */
static int64_t time_in(const struct name *name, const char *file, bool local)
{
    size_t len = strlen(file);
    struct tm tm = {.tm_isdst = -1};
    int ms;

    if (len != name->stem.len + 1 + TIME_LEN + name->extension.len ||
        memcmp(file, name->stem.at, name->stem.len) != 0 ||
        memcmp(file + len - name->extension.len, name->extension.at, name->extension.len) != 0)
        return -1;
    file += name->stem.len;
    if (!looks_like_time(file) ||
        sscanf(file, "-%4d-%2d-%2dT%2d-%2d-%2d.%3d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) != 7)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return (int64_t)(local ? mktime(&tm) : timegm(&tm)) * 1000 + ms;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of the entry itself, so that a link in it is seen too. */
static bool is_there(const char *path)
{
    struct stat about;

    return lstat(path, &about) == 0 || errno != ENOENT;
}

bool file_backups_add(const char *path, const struct file_rotation *rotation)
{
    struct name name = name_of(path);
    int64_t ms = now_ms();
    struct buf to = {0};
    bool good;

    for (unsigned i = 0; i < TRIES; i++) {
        buf_reset(&to);
        buf_append_str(&to, name.folder);
        buf_append_str(&to, name.stem);
        put_time(&to, ms + i, rotation->localtime);
        buf_append_str(&to, name.extension);
        if (!is_there(buf_text(&to)))
            break;
    }
    good = disk_rename(AT_FDCWD, path, buf_text(&to)) == 0;
    buf_done(&to);
    return good;
}

static int newest_first(const void *left, const void *right)
{
    const struct backup *a = left, *b = right;

    return (a->ms < b->ms) - (a->ms > b->ms);
}

static struct backup *find_all(int folder, const struct name *name, bool local, size_t *count)
{
    DIR *entries = fdopendir(folder);
    struct backup *list = NULL;
    struct dirent *entry;
    size_t cap = 0;

    *count = 0;
    if (!entries) {
        close(folder);
        return NULL;
    }
    while ((entry = readdir(entries))) {
        int64_t ms = time_in(name, entry->d_name, local);

        if (ms < 0)
            continue;
        list = mem_room(list, *count, &cap, sizeof(*list));
        list[(*count)++] = (struct backup){mem_text(entry->d_name), ms};
    }
    closedir(entries);
    if (*count > 0)
        qsort(list, *count, sizeof(*list), newest_first);
    return list;
}

void file_backups_prune(const char *path, const struct file_rotation *rotation)
{
    struct name name = name_of(path);
    int64_t oldest = now_ms() - (int64_t)rotation->max_days * DAY_S * 1000;
    struct buf folder = {0};
    struct backup *list;
    size_t count;
    int fd;

    if (rotation->max_backups == 0 && rotation->max_days == 0)
        return;
    buf_append_str(&folder, name.folder.len > 0 ? name.folder : STR("./"));
    fd = open(buf_text(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    list = fd >= 0 ? find_all(dup(fd), &name, rotation->localtime, &count) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        if ((rotation->max_backups > 0 && i >= rotation->max_backups) ||
            (rotation->max_days > 0 && list[i].ms < oldest))
            (void)disk_unlink(fd, list[i].file); /* the next time, where it fails */
        free(list[i].file);
    }
    free(list);
    if (fd >= 0)
        close(fd);
    buf_done(&folder);
}

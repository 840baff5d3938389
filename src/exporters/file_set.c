/*
 * With group_by there is a file for each segment, open as long as it is used; without it there is
 * one.
 */
#include "exporters/file_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "exporters/file_encode.h"

enum {
    WRITE_BYTES = 256 << 10, /* that are gathered for one call */
    TURN_BYTES = 8 << 20     /* of the batches of one file_set_write() */
};

struct open_file {
    struct file_target *target;
    char *segment; /* owned; NULL: the only one */
    uint64_t used; /* when it was used last, in calls */
};

struct file_set {
    char *where, *path; /* owned */
    bool grouped, create_directory;
    unsigned permissions;
    size_t most; /* files at a time */
    struct file_target_settings target;
    struct open_file *files;
    size_t count, cap;
    uint64_t calls; /* for files */
    struct file_encoder *encoder;
    struct log_limit lost;
};

struct file_set *file_set_new(const struct file_settings *settings, const char *where)
{
    struct file_set *set = mem_zero(sizeof(*set));

    set->where = mem_text(where);
    set->path = mem_text(settings->path);
    set->grouped = settings->group_by.enabled;
    set->create_directory = settings->create_directory;
    set->permissions = settings->permissions;
    set->most = set->grouped ? settings->group_by.max_open_files : 1;
    set->target = (struct file_target_settings){
        .append = settings->append || settings->rotation.enabled || set->grouped,
        .framed = !file_is_lines(settings),
        .follow = !set->grouped,
        .rotation = settings->rotation,
    };
    set->encoder = file_encoder_new(settings);
    return set;
}

char *file_segment(struct str value)
{
    size_t len = value.len < FILE_SEGMENT_MAX ? value.len : FILE_SEGMENT_MAX;
    char *segment;

    while (len > 0 && len < value.len && ((unsigned char)value.at[len] & 0xc0) == 0x80)
        len--; /* not within a character */
    segment = mem_alloc(len + 2);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        segment[i] = c < 0x20 || c == 0x7f || c == '/' || (c == '.' && i == 0) ? '_' : (char)c;
    }
    if (len == 0)
        segment[len++] = '_';
    segment[len] = '\0';
    return segment;
}

/* ---- folders ---- */

/* Makes all folders of a path, from a place in it on. */
static bool make_folders(const struct file_set *set, char *path, char *from, struct error *err)
{
    for (char *slash = strchr(from, '/'); slash; slash = strchr(slash + 1, '/')) {
        int code;

        if (slash == path)
            continue;
        *slash = '\0';
        code = mkdir(path, set->permissions) == 0 || errno == EEXIST ? 0 : errno;
        if (code != 0)
            error_set(err, "cannot make the folder %s: %s", path, sandbox_error(path, true, code));
        *slash = '/';
        errno = code;
        if (code != 0)
            return false;
    }
    return true;
}

/* ---- files ---- */

/* The last one takes its place. */
static bool file_close(struct file_set *set, struct open_file *file)
{
    bool good = file_target_close(file->target);

    file_target_free(file->target);
    free(file->segment);
    *file = set->files[--set->count];
    return good;
}

static struct file_target *add(struct file_set *set, const char *path, const char *segment)
{
    struct file_target_settings settings = set->target;
    struct open_file *file;

    settings.path = path;
    set->files = mem_room(set->files, set->count, &set->cap, sizeof(*set->files));
    file = &set->files[set->count++];
    *file = (struct open_file){.target = file_target_new(&settings, set->where),
                               .segment = segment ? mem_text(segment) : NULL,
                               .used = ++set->calls};
    return file->target;
}

static void close_oldest(struct file_set *set)
{
    struct open_file *oldest = set->files;

    for (size_t i = 1; i < set->count; i++)
        if (set->files[i].used < oldest->used)
            oldest = &set->files[i];
    (void)file_close(set, oldest);
}

/* Of a segment; NULL: *err, and errno. */
static struct file_target *obtain(struct file_set *set, const char *segment, struct error *err)
{
    const char *star = strchr(set->path, '*');
    struct file_target *target = NULL;
    struct buf path = {0};

    for (size_t i = 0; i < set->count; i++)
        if (!segment || strcmp(set->files[i].segment, segment) == 0) {
            set->files[i].used = ++set->calls;
            return set->files[i].target;
        }
    if (!segment)
        return add(set, set->path, NULL);
    if (set->count >= set->most)
        close_oldest(set);
    buf_append(&path, set->path, (size_t)(star - set->path));
    buf_printf(&path, "%s%s", segment, star + 1);
    (void)buf_text(&path);
    if (make_folders(set, path.at, path.at + (star - set->path), err))
        target = add(set, path.at, segment);
    buf_done(&path);
    return target;
}

bool file_set_open(struct file_set *set, struct error *err)
{
    char *star = set->grouped ? strchr(set->path, '*') : NULL;
    struct buf folder = {0};
    struct stat about;
    bool good = true;

    buf_append(&folder, set->path, star ? (size_t)(star - set->path) : strlen(set->path));
    while (folder.len > 0 && folder.at[folder.len - 1] != '/')
        folder.len--;
    if (folder.len == 0)
        buf_append_str(&folder, STR("./"));
    (void)buf_text(&folder);
    if (set->create_directory)
        good = make_folders(set, folder.at, folder.at, err);
    if (good && (stat(folder.at, &about) != 0 || !S_ISDIR(about.st_mode)))
        good = error_set(err, "the folder %s must exist: make it, or set create_directory: true",
                         folder.at);
    sandbox_allow(set->grouped ? folder.at : set->path, true);
    buf_done(&folder);
    return good && (set->grouped || file_target_open(obtain(set, NULL, err), err));
}

void file_set_append(struct file_set *set)
{
    set->target.append = true;
    for (size_t i = 0; i < set->count; i++)
        file_target_append(set->files[i].target);
}

bool file_set_close(struct file_set *set)
{
    bool good = true;

    while (set->count > 0)
        good &= file_close(set, &set->files[set->count - 1]);
    set->target.append = true;
    return good;
}

void file_set_free(struct file_set *set)
{
    if (!set)
        return;
    (void)file_set_close(set);
    file_encoder_free(set->encoder);
    free(set->files);
    free(set->path);
    free(set->where);
    free(set);
}

/* ---- writing ---- */

static bool same_file(const struct file_entry *a, const struct file_entry *b)
{
    return !a->segment || strcmp(a->segment, b->segment) == 0;
}

/* Encodes the first entries that go to the same file; returns how many. */
static size_t gather(const struct file_set *set, const struct list *entries, struct buf *out,
                     size_t *bytes)
{
    const struct file_entry *first = LIST_ENTRY(entries->next, struct file_entry, node);
    size_t count = 0;

    buf_reset(out);
    for (struct list *node = entries->next; node != entries; node = node->next) {
        const struct file_entry *entry = LIST_ENTRY(node, struct file_entry, node);

        if (!same_file(first, entry) || out->len >= WRITE_BYTES)
            break;
        file_encode(set->encoder, entry->batch, out);
        *bytes += entry->batch->bytes;
        count++;
    }
    return count;
}

/* What a sender's attribute has made of the path, which no waiting will change. */
static bool is_hopeless(int code)
{
    return code == EISDIR || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG ||
           code == EINVAL || code == ENXIO;
}

/* Items that lie in the first entries of a list. */
static size_t items_of(const struct list *entries, size_t count)
{
    size_t items = 0;

    for (struct list *node = entries->next; count > 0; node = node->next, count--)
        items += LIST_ENTRY(node, struct file_entry, node)->batch->items;
    return items;
}

/* False: the entries have to wait. */
static bool put(struct file_set *set, const struct list *entries, size_t count, struct str bytes,
                struct error *err)
{
    const char *segment = LIST_ENTRY(entries->next, struct file_entry, node)->segment;
    struct file_target *target = obtain(set, segment, err);
    int code = target ? 0 : errno;

    if (target && file_target_write(target, bytes, err, &code))
        return true;
    if (!segment || !is_hopeless(code))
        return false;
    log_limited(&set->lost, LOG_ERROR, set->where, "Exporting failed. Dropping data. %zu items: %s",
                items_of(entries, count), err->text);
    return true;
}

bool file_set_write(struct file_set *set, struct list *entries, struct list *done,
                    struct error *err)
{
    struct buf out = {0};
    size_t bytes = 0;
    bool good = true;

    while (good && !list_empty(entries) && bytes < TURN_BYTES) {
        size_t count = gather(set, entries, &out, &bytes), cap = out.cap;

        budget_add(cap); /* what makes room by being written is not reserved, but counted */
        good = put(set, entries, count, buf_str(&out), err);
        for (; good && count > 0; count--) {
            struct list *node = entries->next;

            list_remove(node);
            list_push_back(done, node);
        }
        budget_release(cap);
    }
    buf_done(&out);
    return good;
}

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
    struct list node;
    struct file_target *target;
    char *segment; /* owned; NULL: the only one */
};

struct file_set {
    char *where, *path; /* owned */
    bool grouped, create_directory;
    unsigned permissions;
    size_t most; /* files at a time */
    struct file_target_settings target;
    struct list files; /* struct open_file, the one used last first */
    size_t count;
    struct file_encoder *encoder;
    struct buf out; /* what is being written */
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
    list_init(&set->files);
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

static bool file_close(struct file_set *set, struct open_file *file)
{
    bool good = file_target_close(file->target);

    list_remove(&file->node);
    set->count--;
    file_target_free(file->target);
    free(file->segment);
    free(file);
    return good;
}

static struct open_file *find(const struct file_set *set, const char *segment)
{
    for (struct list *node = set->files.next; node != &set->files; node = node->next) {
        struct open_file *file = LIST_ENTRY(node, struct open_file, node);

        if (!segment || strcmp(file->segment, segment) == 0)
            return file;
    }
    return NULL;
}

static struct open_file *add(struct file_set *set, const char *path, const char *segment)
{
    struct file_target_settings settings = set->target;
    struct open_file *file = mem_zero(sizeof(*file));

    settings.path = path;
    file->target = file_target_new(&settings, set->where);
    file->segment = segment ? mem_text(segment) : NULL;
    list_push_front(&set->files, &file->node);
    set->count++;
    return file;
}

/* Of a segment, at the first of the list; NULL: *err, and errno. */
static struct open_file *obtain(struct file_set *set, const char *segment, struct error *err)
{
    const char *star = strchr(set->path, '*');
    struct open_file *file = find(set, segment);
    struct buf path = {0};

    if (file) {
        list_remove(&file->node);
        list_push_front(&set->files, &file->node);
        return file;
    }
    if (!segment)
        return add(set, set->path, NULL);
    while (set->count >= set->most)
        (void)file_close(set, LIST_ENTRY(set->files.prev, struct open_file, node));
    buf_append(&path, set->path, (size_t)(star - set->path));
    buf_printf(&path, "%s%s", segment, star + 1);
    (void)buf_text(&path);
    if (make_folders(set, path.at, path.at + (star - set->path), err))
        file = add(set, path.at, segment);
    buf_done(&path);
    return file;
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
    return good && (set->grouped || file_target_open(obtain(set, NULL, err)->target, err));
}

void file_set_append(struct file_set *set)
{
    set->target.append = true;
    for (struct list *node = set->files.next; node != &set->files; node = node->next)
        file_target_append(LIST_ENTRY(node, struct open_file, node)->target);
}

bool file_set_close(struct file_set *set)
{
    bool good = true;

    while (!list_empty(&set->files))
        good &= file_close(set, LIST_ENTRY(set->files.next, struct open_file, node));
    set->target.append = true;
    return good;
}

void file_set_free(struct file_set *set)
{
    if (!set)
        return;
    (void)file_set_close(set);
    file_encoder_free(set->encoder);
    buf_done(&set->out);
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
static size_t gather(struct file_set *set, const struct list *entries, size_t *bytes)
{
    const struct file_entry *first = LIST_ENTRY(entries->next, struct file_entry, node);
    size_t count = 0;

    buf_reset(&set->out);
    for (struct list *node = entries->next; node != entries; node = node->next) {
        const struct file_entry *entry = LIST_ENTRY(node, struct file_entry, node);

        if (!same_file(first, entry) || set->out.len >= WRITE_BYTES)
            break;
        file_encode(set->encoder, entry->batch, &set->out);
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
static bool put(struct file_set *set, const struct list *entries, size_t count, struct error *err)
{
    const char *segment = LIST_ENTRY(entries->next, struct file_entry, node)->segment;
    struct open_file *file = obtain(set, segment, err);
    int code = file ? 0 : errno;

    if (file && file_target_write(file->target, buf_str(&set->out), err, &code))
        return true;
    if (!segment || !is_hopeless(code))
        return false;
    log_limited(&set->lost, LOG_ERROR, set->where, "dropped %zu items: %s",
                items_of(entries, count), err->text);
    return true;
}

bool file_set_write(struct file_set *set, struct list *entries, struct list *done,
                    struct error *err)
{
    size_t bytes = 0, cap;
    bool good = true;

    while (good && !list_empty(entries) && bytes < TURN_BYTES) {
        size_t count = gather(set, entries, &bytes);

        cap = set->out.cap; /* what makes room by being written is not reserved, but counted */
        budget_add(cap);
        good = put(set, entries, count, err);
        for (; good && count > 0; count--) {
            struct list *node = entries->next;

            list_remove(node);
            list_push_back(done, node);
        }
        if (set->out.cap > 4 * WRITE_BYTES)
            buf_done(&set->out);
        budget_release(cap);
    }
    return good;
}

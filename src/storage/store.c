/*
 * Opening, locking, and what the spools of a store share: ids, bytes, who has which segment.
 */
#include "storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/least.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/sandbox.h"
#include "storage/directory.h"
#include "storage/disk.h"
#include "storage/spool.h"
#include "storage/store_priv.h"

enum {
    SPARE_PART = 8,    /* of max_bytes */
    SPARE_SEGMENTS = 8 /* of each share */
};

struct store {
    struct list node; /* in the list of open ones, which guards refs as well */
    unsigned refs;
    char *path;
    dev_t device; /* these two tell the directory */
    ino_t inode;
    int directory, lock;
    bool sync;
    uint64_t max_bytes;
    struct metric *used; /* its value is the bytes of all segments; any thread changes it */
    struct metric *capacity;

    pthread_mutex_t mutex; /* guards what follows */
    uint64_t next_id;
    struct directory_files files;
};

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static struct list stores = {&stores, &stores};

static const struct metric_family used = {
    .name = "otelc_storage_size",
    .help = "What file_storage has on the disk.",
    .unit = "By",
    .kind = FAMILY_GAUGE,
};
static const struct metric_family capacity = {
    .name = "otelc_storage_capacity",
    .help = "What file_storage may have on the disk: max_size.",
    .unit = "By",
    .kind = FAMILY_GAUGE,
};

/* ---- opening ---- */

static void store_free(struct store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    if (store->directory >= 0)
        close(store->directory);
    pthread_mutex_destroy(&store->mutex);
    directory_files_done(&store->files);
    metric_close(store->used);
    metric_close(store->capacity);
    free(store->path);
    free(store);
}

/* So that a new directory outlives the machine's power; where that cannot be done, it is no worse
 * than other people's directories. */
static void sync_parent(int directory)
{
    int parent = openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (parent < 0)
        return;
    (void)disk_sync_whole(parent);
    close(parent);
}

static void allow_directory(const char *path)
{
    struct buf folder = {0};

    buf_printf(&folder, "%s/", path);
    sandbox_allow(buf_text(&folder), true);
    buf_done(&folder);
}

/* Its descriptor; negative and *err. */
static int open_directory(const struct store_settings *settings, struct error *err)
{
    const char *path = settings->directory;
    bool is_new = settings->create && mkdir(path, settings->permissions) == 0;
    int fd;

    if (settings->create && !is_new && errno != EEXIST) {
        error_set(err, "cannot make the directory %s: %s", path, sandbox_error(path, true, errno));
        return -1;
    }
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        error_set(err, "the directory %s must exist: make it, or set create_directory: true", path);
    else if (fd < 0)
        error_set(err, "cannot open the directory %s: %s", path, sandbox_error(path, false, errno));
    else if (is_new && settings->sync)
        sync_parent(fd);
    allow_directory(path);
    return fd;
}

static struct store *find_open(dev_t device, ino_t inode)
{
    for (struct list *node = stores.next; node != &stores; node = node->next) {
        struct store *store = LIST_ENTRY(node, struct store, node);

        if (store->device == device && store->inode == inode)
            return store;
    }
    return NULL;
}

static struct store *open_new(const struct store_settings *settings, int directory,
                              const struct stat *about, struct error *err)
{
    struct store *store = mem_zero(sizeof(*store));

    store->refs = 1;
    store->path = mem_text(settings->directory);
    store->directory = directory;
    store->device = about->st_dev;
    store->inode = about->st_ino;
    store->sync = settings->sync;
    store->max_bytes = settings->max_bytes;
    pthread_mutex_init(&store->mutex, NULL);
    store->lock = directory_lock(directory, store->path, err);
    if (store->lock < 0 || !directory_read(directory, store->path, &store->files, err)) {
        store_free(store);
        return NULL;
    }
    store->next_id = store->files.highest + 1;
    store->used = metric_open(&used, "directory", store->path, NULL);
    store->capacity = metric_open(&capacity, "directory", store->path, NULL);
    metric_set(store->used, store->files.bytes);
    metric_set(store->capacity, store->max_bytes);
    list_push_back(&stores, &store->node);
    return store;
}

struct store *store_open(const struct store_settings *settings, struct error *err)
{
    int directory = open_directory(settings, err);
    struct store *store = NULL;
    struct stat about;

    if (directory < 0)
        return NULL;
    pthread_mutex_lock(&opening);
    if (fstat(directory, &about) != 0) {
        error_set(err, "cannot look at %s: %s", settings->directory, strerror(errno));
        close(directory);
    } else if ((store = find_open(about.st_dev, about.st_ino))) {
        store->refs++;
        close(directory);
    } else {
        store = open_new(settings, directory, &about, err);
    }
    pthread_mutex_unlock(&opening);
    return store;
}

struct store *store_ref(struct store *store)
{
    pthread_mutex_lock(&opening);
    store->refs++;
    pthread_mutex_unlock(&opening);
    return store;
}

void store_unref(struct store *store)
{
    if (!store)
        return;
    pthread_mutex_lock(&opening);
    if (--store->refs == 0) {
        list_remove(&store->node);
        store_free(store);
    }
    pthread_mutex_unlock(&opening);
}

int store_directory(const struct store *store)
{
    return store->directory;
}

const char *store_path(const struct store *store)
{
    return store->path;
}

bool store_syncs(const struct store *store)
{
    return store->sync;
}

/* ---- bytes ---- */

uint64_t store_bytes(const struct store *store)
{
    return metric_value(store->used);
}

bool store_is_full(const struct store *store, uint64_t more)
{
    uint64_t bytes = store_bytes(store);

    return bytes > store->max_bytes || more > store->max_bytes - bytes;
}

uint64_t store_segment_max(const struct store *store, unsigned shares)
{
    uint64_t part = store->max_bytes / SPARE_PART / SPARE_SEGMENTS / shares;

    return part < SPOOL_SEGMENT_MIN ? SPOOL_SEGMENT_MIN : least(part, SPOOL_SEGMENT_MAX);
}

uint64_t store_spare(const struct store *store, unsigned shares)
{
    return least(store->max_bytes / SPARE_PART,
                 SPARE_SEGMENTS * shares * store_segment_max(store, shares));
}

/* Where the file system does not say how much is free, writing will show it. */
static bool has_free_space(struct store *store, uint64_t more, struct error *err)
{
    struct disk_space space;
    uint64_t least;

    if (disk_space(store->directory, &space) != 0)
        return true;
    least = space.all / 100 * STORE_FREE_PERCENT;
    if (space.free >= least && space.free - least >= more)
        return true;
    return error_set(err,
                     "no space in %s: %llu MiB of %llu MiB are free on its file system, and %d %% "
                     "stay free",
                     store->path, (unsigned long long)(space.free >> 20),
                     (unsigned long long)(space.all >> 20), STORE_FREE_PERCENT);
}

bool store_reserve(struct store *store, uint64_t bytes, struct error *err)
{
    uint64_t before = store_bytes(store);

    if (!has_free_space(store, bytes, err))
        return false;
    do {
        if (before > store->max_bytes || bytes > store->max_bytes - before)
            return error_set(err, "%s is full: it has %llu of at most %llu bytes", store->path,
                             (unsigned long long)before, (unsigned long long)store->max_bytes);
    } while (!atomic_compare_exchange_weak_explicit(&store->used->value, &before, before + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void store_release(struct store *store, uint64_t bytes)
{
    atomic_fetch_sub_explicit(&store->used->value, bytes, memory_order_relaxed);
}

/* ---- segments ---- */

struct store_segment *store_take(struct store *store, uint64_t lane, unsigned share,
                                 unsigned shares, size_t *count)
{
    struct store_segment *taken;

    pthread_mutex_lock(&store->mutex);
    taken = mem_alloc(store->files.count * sizeof(*taken));
    *count = 0;
    for (size_t i = 0; i < store->files.count; i++) {
        struct store_segment *segment = &store->files.segments[i];

        if (!segment->is_taken && segment->lane == lane && segment->key % shares == share) {
            segment->is_taken = true;
            taken[(*count)++] = *segment;
        }
    }
    pthread_mutex_unlock(&store->mutex);
    return taken;
}

uint64_t store_take_new(struct store *store, uint64_t lane)
{
    uint64_t id;

    pthread_mutex_lock(&store->mutex);
    id = store->next_id++;
    directory_files_add(&store->files,
                        (struct store_segment){.id = id, .lane = lane, .is_taken = true});
    pthread_mutex_unlock(&store->mutex);
    return id;
}

void store_forget(struct store *store, uint64_t id)
{
    pthread_mutex_lock(&store->mutex);
    directory_files_remove(&store->files, id);
    pthread_mutex_unlock(&store->mutex);
}

void store_leave(struct store *store, uint64_t id, unsigned share, uint64_t size)
{
    pthread_mutex_lock(&store->mutex);
    for (size_t i = 0; i < store->files.count; i++) {
        struct store_segment *segment = &store->files.segments[i];

        if (segment->id == id)
            *segment = (struct store_segment){id, size, segment->lane, share, false};
    }
    pthread_mutex_unlock(&store->mutex);
}

uint64_t store_next_lane(struct store *store, uint64_t lane)
{
    uint64_t next = UINT64_MAX;

    pthread_mutex_lock(&store->mutex);
    for (size_t i = 0; i < store->files.count; i++) {
        uint64_t other = store->files.segments[i].lane;

        if (other > lane && other < next)
            next = other;
    }
    pthread_mutex_unlock(&store->mutex);
    return next < UINT64_MAX ? next : 0;
}

bool store_remove(struct store *store, uint64_t id, bool damaged)
{
    bool is_gone;

    pthread_mutex_lock(&store->mutex);
    is_gone = damaged ? directory_set_aside(store->directory, &store->files, id)
                      : directory_unlink(store->directory, &store->files, id);
    pthread_mutex_unlock(&store->mutex);
    return is_gone;
}

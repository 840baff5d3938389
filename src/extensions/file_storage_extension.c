/*
 * A directory in which exporters' data is safe: see pipeline/journal.h. An exporter names it as
 * sending_queue.storage.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipeline/component.h"
#include "pipeline/journal.h"
#include "pipeline/worker.h"

enum { MAX_SIZE_LEAST = 1 << 20, MAX_SIZE_DEFAULT = 1 << 30 };

struct file_storage_settings {
    const char *directory;
    bool create_directory;
    const char *directory_permissions;
    unsigned permissions; /* the same, read */
    bool fsync;
    uint64_t sync_interval_ms;
    uint64_t max_size; /* bytes; 0: the default */
};

struct file_storage {
    struct component base;
    const struct file_storage_settings *settings; /* borrowed from the configuration */
    struct worker *worker;                        /* borrowed */
    struct journal *journal;                      /* owned; NULL before start() */
};

static const struct field fields[] = {
    FIELD_STRING(struct file_storage_settings, directory, "directory",
                 "/var/lib/otelcol/file_storage",
                 "where the data lies; one process has it at a time"),
    FIELD_BOOL(struct file_storage_settings, create_directory, "create_directory", "false",
               "makes the directory where it is missing"),
    FIELD_STRING(struct file_storage_settings, directory_permissions, "directory_permissions",
                 "0750", "of a directory that is made, as octal digits, less the umask (077)"),
    FIELD_BOOL(struct file_storage_settings, fsync, "fsync", "true",
               "true: what is acknowledged survives a power loss; false: the death of the process "
               "(otelcol: false)"),
    FIELD_DURATION(struct file_storage_settings, sync_interval_ms, "sync_interval", "10ms",
                   "requests that come within this time of a sync wait for the next one"),
    FIELD_UINT(struct file_storage_settings, max_size, "max_size", "0", 0, 1e15,
               "bytes on disk; what comes beyond is refused for now; 0: 1 GiB"),
    FIELD_IGNORED("timeout", "has no effect: the directory is locked at once, or it is an error"),
    FIELD_IGNORED("recreate", "has no effect: damaged files are set aside by themselves"),
    FIELD_IGNORED("compaction", "has no effect: files are deleted when all in them is delivered"),
    FIELD_END,
};

/* False: not up to four octal digits. */
static bool read_permissions(const char *text, unsigned *permissions)
{
    size_t digits = strspn(text, "01234567");

    *permissions = (unsigned)strtoul(text, NULL, 8);
    return digits > 0 && text[digits] == '\0' && *permissions <= 07777;
}

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct file_storage_settings *s = settings;

    if (*s->directory == '\0')
        error_at(problems, node_near(node, "directory"), "must not be empty");
    if (!read_permissions(s->directory_permissions, &s->permissions))
        error_at(problems, node_near(node, "directory_permissions"),
                 "wants octal digits, such as \"0750\"");
    if (s->max_size == 0)
        s->max_size = MAX_SIZE_DEFAULT;
    else if (s->max_size < MAX_SIZE_LEAST)
        error_at(problems, node_near(node, "max_size"), "must be 1048576 (1 MiB) at least");
}

static struct component *file_storage_create(const void *settings, struct worker *worker,
                                             struct error *err)
{
    struct file_storage *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

static bool file_storage_start(struct component *base, struct error *err)
{
    struct file_storage *self = (struct file_storage *)base;
    const struct file_storage_settings *s = self->settings;
    struct store *store = store_open(
        &(struct store_settings){
            .directory = s->directory,
            .create = s->create_directory,
            .permissions = s->permissions,
            .sync = s->fsync,
            .max_bytes = s->max_size,
        },
        err);

    if (!store)
        return false;
    if (self->worker->index == 0)
        log_info(base->where, "%s has %.1f MiB, and room for %.1f MiB", s->directory,
                 (double)store_bytes(store) / (1 << 20), (double)s->max_size / (1 << 20));
    self->journal = journal_new(self->worker, store, s->sync_interval_ms, base->where, err);
    return self->journal != NULL;
}

static struct journal *file_storage_journal(struct component *base)
{
    return ((struct file_storage *)base)->journal;
}

static void file_storage_destroy(struct component *base)
{
    struct file_storage *self = (struct file_storage *)base;

    journal_free(self->journal);
    free(self);
}

const struct component_type file_storage_extension = {
    .name = "file_storage",
    .kind = EXTENSION,
    .help = "keeps on disk what exporters have not delivered: sending_queue.storage",
    .fields = fields,
    .settings_size = sizeof(struct file_storage_settings),
    .lasting = true,
    .check = check,
    .create = file_storage_create,
    .start = file_storage_start,
    .journal = file_storage_journal,
    .destroy = file_storage_destroy,
};

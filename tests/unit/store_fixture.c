/*
 * A directory for a store.
 */
#include "unit/store_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/budget.h"
#include "unit/check.h"

enum { TEXT_MAX = 200 };

static void make_in(struct store_fixture *f, const char *parent)
{
    *f = (struct store_fixture){.settings = {.permissions = 0750, .max_bytes = 1 << 30}};
    snprintf(f->path, sizeof(f->path), "%s/otelc-test-store-XXXXXX", parent);
    ck_assert_ptr_nonnull(mkdtemp(f->path));
    f->settings.directory = f->path;
}

void store_fixture_make(struct store_fixture *f)
{
    make_in(f, "/tmp");
}

void store_fixture_make_fast(struct store_fixture *f)
{
    make_in(f, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

void store_fixture_open(struct store_fixture *f)
{
    f->store = store_open(&f->settings, &f->err);
    ck_assert_msg(f->store != NULL, "%s", f->err.text);
}

void store_fixture_close(struct store_fixture *f)
{
    store_unref(f->store);
    f->store = NULL;
}

static void file_path(const struct store_fixture *f, const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", f->path, name);
}

/* Calls for each name that ends so; how many there are. */
static unsigned each(const struct store_fixture *f, const char *end,
                     void (*call)(const struct store_fixture *f, const char *name))
{
    DIR *entries = opendir(f->path);
    struct dirent *entry;
    unsigned count = 0;

    ck_assert_ptr_nonnull(entries);
    while ((entry = readdir(entries))) {
        size_t len = strlen(entry->d_name), end_len = strlen(end);

        if (*entry->d_name == '.' || len < end_len ||
            strcmp(entry->d_name + len - end_len, end) != 0)
            continue;
        count++;
        if (call)
            call(f, entry->d_name);
    }
    closedir(entries);
    return count;
}

static void delete_file(const struct store_fixture *f, const char *name)
{
    char path[512];

    file_path(f, name, path);
    if (unlink(path) != 0)
        rmdir(path);
}

void store_fixture_remove(struct store_fixture *f)
{
    store_fixture_close(f);
    each(f, "", delete_file);
    ck_assert_int_eq(rmdir(f->path), 0);
}

struct store_faults store_faults;

static int fault(enum disk_call call, size_t *len)
{
    int slow_us = atomic_load(&store_faults.slow_us);

    (void)len;
    atomic_fetch_add(&store_faults.calls[call], 1);
    if ((call == DISK_WRITE || call == DISK_READ) && slow_us > 0)
        usleep((useconds_t)slow_us);
    return (int)call == atomic_load(&store_faults.failing) ? atomic_load(&store_faults.error) : 0;
}

void store_fixture_fail(int call, int error)
{
    atomic_store(&store_faults.failing, call);
    atomic_store(&store_faults.error, error);
    disk_set_fault(fault);
}

struct spool *store_fixture_spool(struct store_fixture *f, unsigned share, unsigned shares)
{
    struct spool *spool = spool_open(f->store, 0, share, shares, &f->err);

    ck_assert_msg(spool != NULL, "%s", f->err.text);
    return spool;
}

void store_fixture_begin(struct store_fixture *f)
{
    store_fixture_make_fast(f);
    store_fixture_open(f);
    f->spool = store_fixture_spool(f, 0, 1);
}

void store_fixture_again(struct store_fixture *f)
{
    spool_close(f->spool);
    store_fixture_close(f);
    store_fixture_open(f);
    f->spool = store_fixture_spool(f, 0, 1);
}

void store_fixture_end(struct store_fixture *f)
{
    spool_close(f->spool);
    store_fixture_remove(f);
    ck_assert_uint_eq(budget_used(), 0);
}

bool store_fixture_has(const struct store_fixture *f, uint64_t id, const char *suffix)
{
    char name[64], path[512];

    snprintf(name, sizeof(name), "%016llx.%s", (unsigned long long)id, suffix);
    file_path(f, name, path);
    return access(path, F_OK) == 0;
}

unsigned store_fixture_count(const struct store_fixture *f, const char *suffix)
{
    return each(f, suffix, NULL);
}

static uint64_t sum;

static void add_bytes(const struct store_fixture *f, const char *name)
{
    char path[512];
    struct stat about;

    file_path(f, name, path);
    ck_assert_int_eq(stat(path, &about), 0);
    sum += (uint64_t)about.st_size;
}

uint64_t store_fixture_bytes(const struct store_fixture *f)
{
    sum = 0;
    each(f, ".seg", add_bytes);
    return sum;
}

size_t store_fixture_get(const struct store_fixture *f, const char *name, char *to, size_t room)
{
    char path[512];
    FILE *file;
    size_t len;

    file_path(f, name, path);
    file = fopen(path, "re");
    ck_assert_msg(file != NULL, "%s", path);
    len = fread(to, 1, room, file);
    fclose(file);
    return len;
}

void store_fixture_put(const struct store_fixture *f, const char *name, const char *bytes,
                       size_t len)
{
    char path[512];
    FILE *file;

    file_path(f, name, path);
    file = fopen(path, "we");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

bool put_text(struct spool *spool, const char *text, struct spool_place *place, struct error *err)
{
    char head[TEXT_MAX];
    struct spool_record record = {.body = str_of(text)};
    bool good;

    snprintf(head, sizeof(head), "h:%s", text);
    record.head = str_of(head);
    good = spool_write(spool, &record, 1, err);
    if (place)
        *place = record.place;
    return good;
}

const char *get_text(struct spool *spool, struct spool_place *place, struct spool_place *found)
{
    static char text[TEXT_MAX], head[TEXT_MAX];
    struct spool_found record;

    switch (spool_read(spool, place, &record)) {
    case SPOOL_END:
        return "";
    case SPOOL_NO_ROOM:
        return "no room";
    case SPOOL_RECORD:
        break;
    }
    snprintf(text, sizeof(text), "%.*s", STR_ARG(bytes_str(record.body)));
    snprintf(head, sizeof(head), "h:%.*s", STR_ARG(bytes_str(record.body)));
    ck_assert_msg(str_is(bytes_str(record.head), head), "%.*s", STR_ARG(bytes_str(record.head)));
    if (found)
        *found = record.place;
    bytes_unref(record.head);
    bytes_unref(record.body);
    return text;
}

const char *all_texts(struct spool *spool)
{
    static char all[8192];
    struct spool_place place = {0};
    const char *text;
    size_t len = 0;

    all[0] = '\0';
    while (*(text = get_text(spool, &place, NULL)))
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%s ", text);
    return all;
}

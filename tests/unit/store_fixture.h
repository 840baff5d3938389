/*
 * A directory for a store, which a test makes and removes, and short forms of what tests do with
 * spools.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/disk.h"
#include "storage/spool.h"

struct store_fixture {
    char path[64];
    struct store_settings settings; /* sync off, 1 GiB; change them before opening */
    struct store *store;
    struct spool *spool; /* the only share, of _begin */
    struct error err;
};

void store_fixture_make(struct store_fixture *f);      /* the directory, empty, on the disk */
void store_fixture_make_fast(struct store_fixture *f); /* ... in memory, where there is /dev/shm */
void store_fixture_open(struct store_fixture *f);      /* the store; fails the test */
void store_fixture_close(struct store_fixture *f);     /* ... */
void store_fixture_remove(struct store_fixture *f);    /* closes as well */

/* For tests with one spool: _make_fast and _open; closing and opening; _remove, and checks that the
 * budget is as it was. */
void store_fixture_begin(struct store_fixture *f);
void store_fixture_again(struct store_fixture *f);
void store_fixture_end(struct store_fixture *f);

/* Calls of the disk are counted, and those of one kind fail (-1: none), until disk_set_fault(NULL).
 * Called in the pool's threads. */
extern struct store_faults {
    atomic_int failing, error;
    atomic_int calls[DISK_FREE + 1];
    atomic_int slow_us; /* that a read or write takes */
} store_faults;

void store_fixture_fail(int call, int error);

/* A share of the open store. */
struct spool *store_fixture_spool(struct store_fixture *f, unsigned share, unsigned shares);

/* Whether there is a file of an id; how many there are with a suffix. */
bool store_fixture_has(const struct store_fixture *f, uint64_t id, const char *suffix);
unsigned store_fixture_count(const struct store_fixture *f, const char *suffix);
uint64_t store_fixture_bytes(const struct store_fixture *f); /* of all segments */

/* A file's content, at most so much; the length. Writing replaces it. */
size_t store_fixture_get(const struct store_fixture *f, const char *name, char *to, size_t room);
void store_fixture_put(const struct store_fixture *f, const char *name, const char *bytes,
                       size_t len);

/* One record, its text as the body and "h:" with the text as the head. */
bool put_text(struct spool *spool, const char *text, struct spool_place *place, struct error *err);

/* The body of the next record as text, "" at the end, "no room"; checks that the head belongs to
 * it. */
const char *get_text(struct spool *spool, struct spool_place *place, struct spool_place *found);

/* All that comes from the beginning, each with a blank behind it. */
const char *all_texts(struct spool *spool);

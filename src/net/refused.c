/*
 * The last refusals: an array under a lock. An entry is known again by a hash, so that a flood of
 * the same costs little and leaves the others in place.
 */
#include "net/refused.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/str.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct refused kept[REFUSED_KEPT];
static size_t count;
static uint64_t added;

static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* An address without its port, which is another one for each connection. */
static struct str host_of(const char *peer)
{
    const char *colon = strrchr(peer, ':');

    return colon ? (struct str){peer, (size_t)(colon - peer)} : str_of(peer);
}

static uint64_t hash_of(const struct refused *r)
{
    const struct str parts[] = {str_of(r->where), host_of(r->peer), str_of(r->what),
                                str_of(r->agent), str_of(r->why)};
    uint64_t hash = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        hash = hash * 31 + str_hash(parts[i]);
    return hash;
}

static struct refused *find_or_take(uint64_t hash)
{
    struct refused *oldest = &kept[0];

    for (size_t i = 0; i < count; i++) {
        if (kept[i].hash == hash)
            return &kept[i];
        if (kept[i].order < oldest->order)
            oldest = &kept[i];
    }
    if (count < REFUSED_KEPT)
        oldest = &kept[count++];
    oldest->times = 0;
    return oldest;
}

void refused_add(const char *where, const char *peer, const char *what, const char *agent,
                 const char *why)
{
    struct refused refused = {.unix_ms = wall_ms()};
    struct refused *place;

    snprintf(refused.where, sizeof(refused.where), "%s", where);
    snprintf(refused.peer, sizeof(refused.peer), "%s", peer);
    snprintf(refused.what, sizeof(refused.what), "%s", what);
    snprintf(refused.agent, sizeof(refused.agent), "%s", agent);
    snprintf(refused.why, sizeof(refused.why), "%s", why);
    refused.hash = hash_of(&refused);
    pthread_mutex_lock(&lock);
    place = find_or_take(refused.hash);
    refused.times = place->times + 1;
    refused.order = ++added;
    *place = refused;
    pthread_mutex_unlock(&lock);
}

static int by_order(const void *a, const void *b)
{
    const struct refused *left = a, *right = b;

    return (left->order < right->order) - (left->order > right->order);
}

size_t refused_read(struct refused list[REFUSED_KEPT])
{
    size_t found;

    pthread_mutex_lock(&lock);
    found = count;
    memcpy(list, kept, count * sizeof(kept[0]));
    pthread_mutex_unlock(&lock);
    if (found > 0)
        qsort(list, found, sizeof(list[0]), by_order);
    return found;
}

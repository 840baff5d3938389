/*
 * The place of the description of what runs.
 */
#include "pipeline/overview.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct overview {
    pthread_mutex_t lock;
    struct overview_graph *graph; /* one reference */
    unsigned workers;
    uint64_t start_unix_ms;
};

struct counted { /* how a graph lies in its arena */
    struct overview_graph graph;
    atomic_uint refs;
};

uint64_t overview_now_unix_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct overview *overview_new(unsigned workers)
{
    struct overview *overview = mem_zero(sizeof(*overview));

    pthread_mutex_init(&overview->lock, NULL);
    overview->workers = workers;
    overview->start_unix_ms = overview_now_unix_ms();
    return overview;
}

void overview_free(struct overview *overview)
{
    if (!overview)
        return;
    overview_graph_unref(overview->graph);
    pthread_mutex_destroy(&overview->lock);
    free(overview);
}

unsigned overview_workers(const struct overview *overview)
{
    return overview->workers;
}

uint64_t overview_start_unix_ms(const struct overview *overview)
{
    return overview->start_unix_ms;
}

struct overview_graph *overview_graph_new(void)
{
    struct arena *arena = arena_new(4096);
    struct counted *counted = arena_alloc(arena, sizeof(*counted));

    counted->graph.arena = arena;
    counted->graph.unix_ms = overview_now_unix_ms();
    atomic_init(&counted->refs, 1);
    return &counted->graph;
}

void overview_graph_unref(struct overview_graph *graph)
{
    struct counted *counted = (struct counted *)graph;

    if (counted && atomic_fetch_sub(&counted->refs, 1) == 1)
        arena_free(counted->graph.arena);
}

void overview_set(struct overview *overview, struct overview_graph *graph)
{
    struct overview_graph *before;

    pthread_mutex_lock(&overview->lock);
    before = overview->graph;
    overview->graph = graph;
    pthread_mutex_unlock(&overview->lock);
    overview_graph_unref(before);
}

struct overview_graph *overview_graph(struct overview *overview)
{
    struct counted *counted;

    pthread_mutex_lock(&overview->lock);
    counted = (struct counted *)overview->graph;
    if (counted)
        atomic_fetch_add(&counted->refs, 1);
    pthread_mutex_unlock(&overview->lock);
    return counted ? &counted->graph : NULL;
}

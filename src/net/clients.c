/*
 * The table of clients: an array under a lock, but for the counts.
 */
#include "net/clients.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { OTHER = CLIENTS_MAX, PLACES };

struct client {
    char where[CLIENT_WHERE_SIZE], agent[CLIENT_AGENT_SIZE];
    bool taken;
    size_t connections;
    atomic_uint_fast64_t requests, seen_ms;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct client places[PLACES] = {[OTHER] = {.agent = "other"}};

static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t read_count(const atomic_uint_fast64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

static bool is_it(const struct client *client, const char *where, const char *agent)
{
    return client->taken && strcmp(client->agent, agent) == 0 && strcmp(client->where, where) == 0;
}

/* Whose place may go to another one rather: who is not connected, and for the longest time. */
static bool is_older(const struct client *a, const struct client *b)
{
    return !b || !a->taken || (b->taken && read_count(&a->seen_ms) < read_count(&b->seen_ms));
}

static struct client *find_or_take(const char *where, const char *agent)
{
    struct client *oldest = NULL;

    for (size_t i = 0; i < OTHER; i++) {
        if (is_it(&places[i], where, agent))
            return &places[i];
        if (places[i].connections == 0 && is_older(&places[i], oldest))
            oldest = &places[i];
    }
    if (!oldest)
        return &places[OTHER];
    snprintf(oldest->where, sizeof(oldest->where), "%s", where);
    snprintf(oldest->agent, sizeof(oldest->agent), "%s", agent);
    atomic_store_explicit(&oldest->requests, 0, memory_order_relaxed);
    oldest->taken = true;
    return oldest;
}

struct client *client_enter(const char *where, struct str agent)
{
    char cut_where[CLIENT_WHERE_SIZE], cut_agent[CLIENT_AGENT_SIZE];
    struct client *client;

    snprintf(cut_where, sizeof(cut_where), "%s", where);
    snprintf(cut_agent, sizeof(cut_agent), "%.*s", STR_ARG(agent));
    pthread_mutex_lock(&lock);
    client = find_or_take(cut_where, cut_agent);
    client->connections++;
    pthread_mutex_unlock(&lock);
    return client;
}

void client_count(struct client *client)
{
    atomic_fetch_add_explicit(&client->requests, 1, memory_order_relaxed);
    atomic_store_explicit(&client->seen_ms, wall_ms(), memory_order_relaxed);
}

const char *client_agent(const struct client *client)
{
    return client ? client->agent : "";
}

void client_leave(struct client *client)
{
    if (!client)
        return;
    pthread_mutex_lock(&lock);
    client->connections--;
    pthread_mutex_unlock(&lock);
}

static int by_time(const void *a, const void *b)
{
    const struct client_row *left = a, *right = b;

    return (left->seen_ms < right->seen_ms) - (left->seen_ms > right->seen_ms);
}

size_t clients_read(struct client_row rows[CLIENTS_MAX + 1])
{
    size_t count = 0;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < PLACES; i++) {
        const struct client *client = &places[i];
        struct client_row *row = &rows[count];

        if (read_count(&client->requests) == 0)
            continue;
        memcpy(row->where, client->where, sizeof(row->where));
        memcpy(row->agent, client->agent, sizeof(row->agent));
        row->connections = client->connections;
        row->requests = read_count(&client->requests);
        row->seen_ms = read_count(&client->seen_ms);
        count++;
    }
    pthread_mutex_unlock(&lock);
    if (count > 0)
        qsort(rows, count, sizeof(rows[0]), by_time);
    return count;
}

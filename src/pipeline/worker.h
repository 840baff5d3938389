/*
 * What a component may use of the worker that it lives in. A worker is one thread with one loop; it
 * shares nothing with the others but what cannot change and what is atomic.
 */
#pragma once

#include <uv.h>

struct http_client;
struct listen_set;

struct worker {
    unsigned index, count;      /* this one, of how many */
    uv_loop_t *loop;            /* runs on this worker's thread alone */
    struct http_client *http;   /* for exporters; owned by the service */
    struct listen_set *sockets; /* for receivers; shared by all workers, used only in start() */
};

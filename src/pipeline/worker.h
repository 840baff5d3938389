/*
 * What a component may use of the worker that it lives in. A worker is one thread with one loop; it
 * shares nothing with the others but what cannot change and what is atomic.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

struct component;
struct http_client;
struct listen_set;
struct meetings;
struct overview;

enum { WORKER_CONGESTED_BYTES = 12 << 20, WORKER_DELIVERS_MS = 1000 };

/* Of the program, as probes are told. */
enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_ENDING };

struct worker {
    unsigned index, count;    /* this one, of how many */
    uv_loop_t *loop;          /* runs on this worker's thread alone */
    struct http_client *http; /* for exporters; owned by the service */
    size_t held_bytes; /* in its exporters' queues and on their way, but for what is on disk; and on
                          the way to the disk */
    size_t stuck_bytes;    /* of these, what belongs to exporters whose sending fails */
    uint64_t delivered_ms; /* when an exporter delivered something: loop time; 0: none has, or */
    const void *deliverer; /* ... it fails now; its sender */
    struct listen_set *sockets; /* for receivers; shared by all workers, used only in start() */
    struct meetings *meetings;  /* for relays; shared by all workers; NULL where there is one */
    struct overview *overview;  /* for pages; shared by all workers */
    struct component *const *extensions; /* those of service.extensions, started */
    size_t extension_count;
    enum phase phase;       /* running: when all workers have started */
    uint64_t phase_unix_ns; /* since when: wall clock, and uv_hrtime() */
    uint64_t phase_ns;
};

/* The worker's instance of an extension; NULL: service.extensions does not list it. */
struct component *worker_extension(const struct worker *worker, const char *id);

/*
 * More has come in than goes out: receivers read with pauses until it has gone. So a backend that
 * is slower than the apps fills their sockets first, and the queues only as fast as a pause allows.
 * What waits for one that fails does not count while another one delivers: that is not to suffer.
 */
static inline bool worker_is_congested(const struct worker *worker)
{
    bool one_delivers = worker->delivered_ms > 0 &&
                        uv_now(worker->loop) - worker->delivered_ms < WORKER_DELIVERS_MS;
    size_t stuck_bytes = one_delivers ? worker->stuck_bytes : 0;

    return worker->held_bytes - stuck_bytes > WORKER_CONGESTED_BYTES;
}

/*
 * Worker threads and their mailboxes: one job at a time, handed over with an async handle, its end
 * told with a semaphore.
 */
#include "service/crew.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/http_client.h"
#include "net/listen_set.h"
#include "pipeline/meeting.h"
#include "pipeline/overview.h"

struct crew_member {
    struct worker worker;
    uv_loop_t loop;
    uv_async_t wake;
    uv_thread_t thread;
    uv_sem_t done;
    _Atomic(crew_job_fn *) job; /* NULL: none; whoever sees it sees arg too */
    void *arg;
    bool running; /* has a thread */
};

struct crew {
    struct listen_set *sockets;
    struct meetings *meetings;
    struct overview *overview;
    unsigned count;
    struct crew_member members[];
};

static void on_wake(uv_async_t *wake)
{
    struct crew_member *member = wake->data;
    crew_job_fn *job = atomic_exchange(&member->job, NULL);

    if (!job)
        return; /* nothing new: a wake-up may come twice */
    job(&member->worker, member->arg);
    uv_sem_post(&member->done);
}

static void run_thread(void *arg)
{
    struct crew_member *member = arg;
    sigset_t all;

    sigfillset(&all); /* signals are the control thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    uv_run(&member->loop, UV_RUN_DEFAULT); /* until the last handle is closed */
}

void crew_call(struct crew_member *member, crew_job_fn *job, void *arg)
{
    member->arg = arg;
    atomic_store(&member->job, job);
    uv_async_send(&member->wake);
    uv_sem_wait(&member->done);
}

/* Of one that has no thread. */
static void close_loop(struct crew_member *member)
{
    http_client_free(member->worker.http);
    uv_close((uv_handle_t *)&member->wake, NULL);
    uv_run(&member->loop, UV_RUN_DEFAULT);
    uv_loop_close(&member->loop);
    uv_sem_destroy(&member->done);
}

static bool member_start(struct crew *crew, unsigned index, struct error *err)
{
    struct crew_member *member = &crew->members[index];
    int rc = uv_loop_init(&member->loop);

    if (rc < 0)
        return error_set(err, "cannot make an event loop: %s", uv_strerror(rc));
    uv_async_init(&member->loop, &member->wake, on_wake);
    member->wake.data = member;
    uv_sem_init(&member->done, 0);
    member->worker = (struct worker){
        .index = index,
        .count = crew->count,
        .loop = &member->loop,
        .http = http_client_new(&member->loop),
        .sockets = crew->sockets,
        .meetings = crew->meetings,
        .overview = crew->overview,
    };
    rc = uv_thread_create(&member->thread, run_thread, member);
    member->running = rc == 0;
    if (rc == 0)
        return true;
    close_loop(member);
    return error_set(err,
                     "cannot make a thread: %s; allow more of them (ulimit -u, the cgroup's pids), "
                     "or set service.workers to less than %u",
                     uv_strerror(rc), crew->count);
}

struct crew *crew_new(unsigned workers, struct error *err)
{
    struct crew *crew = mem_zero(sizeof(*crew) + workers * sizeof(crew->members[0]));

    crew->count = workers;
    crew->sockets = listen_set_new(workers);
    crew->meetings = workers > 1 ? meetings_new(workers) : NULL;
    crew->overview = overview_new(workers);
    for (unsigned i = 0; i < workers; i++) {
        if (!member_start(crew, i, err)) {
            crew_free(crew);
            return NULL;
        }
    }
    return crew;
}

struct overview *crew_overview(const struct crew *crew)
{
    return crew->overview;
}

struct listen_set *crew_sockets(const struct crew *crew)
{
    return crew->sockets;
}

unsigned crew_size(const struct crew *crew)
{
    return crew->count;
}

struct crew_member *crew_at(struct crew *crew, unsigned index)
{
    return &crew->members[index];
}

static void close_wake(struct worker *worker, void *arg)
{
    struct crew_member *member = arg;

    http_client_free(worker->http);
    uv_close((uv_handle_t *)&member->wake, NULL);
}

void crew_free(struct crew *crew)
{
    if (!crew)
        return;
    for (unsigned i = 0; i < crew->count; i++) {
        struct crew_member *member = &crew->members[i];

        if (!member->running)
            continue;
        crew_call(member, close_wake, member);
        uv_thread_join(&member->thread);
        uv_loop_close(&member->loop);
        uv_sem_destroy(&member->done);
    }
    overview_free(crew->overview);
    meetings_free(crew->meetings);
    listen_set_free(crew->sockets);
    free(crew);
}

/*
 * The life of the program, on the control thread:
 *
 *     STARTING --> RUNNING --signal--> DRAINING --all drained, or deadline--> FINISHING --> ENDED
 *                  ^    |                 '------------second signal-------------'----------^
 *                  '----' SIGHUP, or a changed file: reload
 *
 * FINISHING: own metrics are sent for the last time.
 */
#include "service/service.h"

#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/least.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/process_metrics.h"
#include "base/sandbox.h"
#include "base/version.h"
#include "net/server.h"
#include "service/crew.h"
#include "service/graph.h"
#include "service/overview_graph.h"
#include "service/reload.h"
#include "service/watch.h"

enum { KEPT_BYTES = 16 << 20, GROW_BYTES = 1 << 20, NS_PER_S = 1000000000 };
enum { FINISH_MS = 2000 /* at the most; not more than the shutdown's timeout */ };

static const char where[] = "service";

struct service {
    struct configuration *configuration; /* in force; one reference */
    const struct service_options *options;
    enum { STARTING, RUNNING, DRAINING, FINISHING, ENDED } state;
    struct crew *crew;
    struct graph **graphs; /* one for each worker; touched by jobs on its thread */
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, hangup;
    uv_timer_t deadline;
    uv_async_t drained;  /* or finished */
    struct watch *watch; /* NULL: none */
    atomic_uint workers_drained, workers_finished;
};

/* ---- jobs on the workers ---- */

struct start_job {
    struct service *service;
    struct error error;
    bool ok;
};

static void start_graph(struct worker *worker, void *arg)
{
    struct start_job *job = arg;
    struct graph *graph = graph_start(job->service->configuration, worker, &job->error);

    job->service->graphs[worker->index] = graph;
    job->ok = graph != NULL;
    if (job->ok)
        sandbox_enter(); /* before the worker reads a byte */
}

static void on_graph_drained(void *arg)
{
    struct service *service = arg;

    atomic_fetch_add(&service->workers_drained, 1);
    uv_async_send(&service->drained);
}

static void enter_phase(struct worker *worker, enum phase phase)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    worker->phase = phase;
    worker->phase_unix_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
    worker->phase_ns = uv_hrtime();
}

static void tell_running(struct worker *worker, void *arg)
{
    (void)arg;
    enter_phase(worker, PHASE_RUNNING);
}

static void drain_graph(struct worker *worker, void *arg)
{
    struct service *service = arg;

    enter_phase(worker, PHASE_ENDING);
    graph_drain(service->graphs[worker->index], on_graph_drained, service);
}

static void on_graph_finished(void *arg)
{
    struct service *service = arg;

    atomic_fetch_add(&service->workers_finished, 1);
    uv_async_send(&service->drained);
}

static void finish_graph(struct worker *worker, void *arg)
{
    struct service *service = arg;

    graph_finish(service->graphs[worker->index], on_graph_finished, service);
}

struct end_job {
    struct service *service;
    size_t held;
};

static void end_graph(struct worker *worker, void *arg)
{
    struct end_job *job = arg;
    struct graph *graph = job->service->graphs[worker->index];

    if (graph)
        job->held += graph_held(graph);
    graph_free(graph);
}

/* ---- control ---- */

static void end(struct service *service)
{
    if (service->state == ENDED)
        return;
    service->state = ENDED;
    uv_close((uv_handle_t *)&service->terminate, NULL);
    uv_close((uv_handle_t *)&service->interrupt, NULL);
    uv_close((uv_handle_t *)&service->hangup, NULL);
    uv_close((uv_handle_t *)&service->deadline, NULL);
    uv_close((uv_handle_t *)&service->drained, NULL);
    watch_free(service->watch);
}

static uint64_t shutdown_timeout_ms(const struct service *service)
{
    return service->options->shutdown_timeout_ms != UINT64_MAX
               ? service->options->shutdown_timeout_ms
               : service->configuration->shutdown_timeout_ms;
}

static void on_finish_deadline(uv_timer_t *timer)
{
    end(timer->data);
}

static void finish(struct service *service)
{
    service->state = FINISHING;
    uv_timer_start(&service->deadline, on_finish_deadline,
                   least(FINISH_MS, shutdown_timeout_ms(service)), 0);
    for (unsigned i = 0; i < crew_size(service->crew); i++)
        crew_call(crew_at(service->crew, i), finish_graph, service);
}

static void on_drained(uv_async_t *async)
{
    struct service *service = async->data;
    unsigned workers = crew_size(service->crew);

    if (service->state == DRAINING && atomic_load(&service->workers_drained) == workers)
        finish(service);
    else if (service->state == FINISHING && atomic_load(&service->workers_finished) == workers)
        end(service);
}

static void on_deadline(uv_timer_t *timer)
{
    struct service *service = timer->data;

    log_error(where,
              "shutdown has taken %.15g s: giving up on what is not delivered; a "
              "longer service.shutdown_timeout gives it more time, sending_queue.storage keeps it "
              "on disk",
              (double)shutdown_timeout_ms(service) / 1000);
    finish(service);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;

    log_info(where, "Received signal from OS: %s", number == SIGTERM ? "terminated" : "interrupt");
    if (service->state != RUNNING) {
        log_warn(where, "second signal: ending at once");
        end(service);
        return;
    }
    service->state = DRAINING;
    log_info(where, "Starting shutdown... (up to %.15g s)",
             (double)shutdown_timeout_ms(service) / 1000);
    uv_timer_start(&service->deadline, on_deadline, shutdown_timeout_ms(service), 0);
    for (unsigned i = 0; i < crew_size(service->crew); i++)
        crew_call(crew_at(service->crew, i), drain_graph, service);
}

/* What a reload brings beside components. */
static void take_settings(const struct service *service)
{
    size_t memory = service->options->memory_limit;

    if (memory == 0)
        memory = service->configuration->memory_limit;
    budget_set_limit(memory > BUDGET_LEAST ? memory : BUDGET_LEAST);
    server_limit_connections(service->configuration->max_connections);
    metrics_want(service->configuration->metrics_level);
}

static void reload_now(struct service *service, const char *because);

static void on_files_changed(void *arg)
{
    reload_now(arg, "The configuration's files have changed");
}

/* What the configuration was read from by now. */
static void watch_files(struct service *service)
{
    const struct config_file *files = service->configuration->files;

    if (!service->options->watch || (service->watch && watch_is_of(service->watch, files)))
        return;
    watch_free(service->watch);
    service->watch = watch_new(&service->loop, files, on_files_changed, service);
}

/* For pages that show what runs, and where it listens. */
static void show_overview(const struct service *service)
{
    overview_set(crew_overview(service->crew),
                 overview_graph_describe(service->configuration, crew_sockets(service->crew)));
}

static void reload_now(struct service *service, const char *because)
{
    if (service->state != RUNNING)
        return;
    log_info(where, "%s; reading the configuration again", because);
    if (!reload(service->crew, service->graphs, service->options->sources,
                service->options->source_count, &service->configuration))
        return;
    take_settings(service);
    show_overview(service);
    watch_files(service);
    log_info(where, "Config updated. The new configuration is in force.");
}

static void on_hangup(uv_signal_t *handle, int number)
{
    (void)number;
    log_reopen();
    reload_now(handle->data, "Received signal from OS: hangup");
}

static void watch_signal(struct service *service, uv_signal_t *handle, uv_signal_cb cb, int number)
{
    uv_signal_init(&service->loop, handle);
    handle->data = service;
    uv_signal_start(handle, cb, number);
}

static void init_handles(struct service *service)
{
    uv_loop_init(&service->loop);
    watch_signal(service, &service->terminate, on_stop_signal, SIGTERM);
    watch_signal(service, &service->interrupt, on_stop_signal, SIGINT);
    watch_signal(service, &service->hangup, on_hangup, SIGHUP);
    uv_timer_init(&service->loop, &service->deadline);
    service->deadline.data = service;
    uv_async_init(&service->loop, &service->drained, on_drained);
    service->drained.data = service;
}

static bool start_graphs(struct service *service)
{
    for (unsigned i = 0; i < crew_size(service->crew); i++) {
        struct start_job job = {.service = service};

        crew_call(crew_at(service->crew, i), start_graph, &job);
        if (!job.ok) {
            log_error(where, "cannot start: %s", job.error.text);
            return false;
        }
    }
    return true;
}

/* Ends all graphs; returns the items that they still held. */
static size_t end_graphs(struct service *service)
{
    struct end_job job = {.service = service};

    for (unsigned i = 0; i < crew_size(service->crew); i++)
        crew_call(crew_at(service->crew, i), end_graph, &job);
    return job.held;
}

/* ---- the surroundings ---- */

/* The CPUs that this process may use: its affinity, and its cgroup's quota rounded up. */
static unsigned usable_cpus(void)
{
    long long quota, period;
    unsigned cpus = 1, allowed;
    cpu_set_t set;
    FILE *file;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        cpus = (unsigned)CPU_COUNT(&set);
    file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file && fscanf(file, "%lld %lld", &quota, &period) == 2 && quota > 0 && period > 0) {
        allowed = (unsigned)((quota + period - 1) / period);
        cpus = allowed < cpus ? allowed : cpus;
    }
    if (file)
        fclose(file);
    return cpus > 0 ? cpus : 1;
}

static void prepare_process(unsigned workers)
{
    struct rlimit files;

    signal(SIGPIPE, SIG_IGN);
    /* Keys, passwords and payloads are not for core dumps. (The leak checker has to look.) */
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0);
#endif
    umask(S_IRWXG | S_IRWXO);
    /* Bodies come and go all the time: their pages are kept for the next ones. */
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, GROW_BYTES);
    /* And each arena keeps its own: none for the threads that only look at files and names. */
    mallopt(M_ARENA_MAX, (int)workers + 1);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static enum exit_code run(struct service *service)
{
    size_t held;

    if (!start_graphs(service)) {
        end(service);
        uv_run(&service->loop, UV_RUN_DEFAULT);
        end_graphs(service);
        return EXIT_RUN_TIME;
    }
    sandbox_enter();
    show_overview(service);
    service->state = RUNNING;
    for (unsigned i = 0; i < crew_size(service->crew); i++)
        crew_call(crew_at(service->crew, i), tell_running, NULL);
    watch_files(service);
    log_info(where, "Everything is ready. Begin running and processing data.");
    uv_run(&service->loop, UV_RUN_DEFAULT);
    held = end_graphs(service);
    if (held > 0) {
        log_error(where,
                  "Shutdown complete. %zu items were acknowledged and not delivered; "
                  "sending_queue.storage would keep them on disk",
                  held);
        return EXIT_RUN_TIME;
    }
    log_info(where, "Shutdown complete. Everything was delivered, or is on disk");
    return EXIT_FINE;
}

enum exit_code service_run(struct configuration *configuration,
                           const struct service_options *options)
{
    unsigned workers = options->workers > 0 ? options->workers : configuration->workers;
    struct log_setup *log;
    struct service service = {
        .configuration = configuration_ref(configuration),
        .options = options,
    };
    enum exit_code code;
    struct error err;

    log = log_setup_new(&configuration->log, &err);
    if (!log) {
        log_error(where, "cannot start: service.telemetry.logs: %s", err.text);
        configuration_unref(configuration);
        return EXIT_RUN_TIME;
    }
    log_use(log);
    reload_tell(options->problems);
    take_settings(&service);
    workers = workers > 0 ? workers : usable_cpus();
    prepare_process(workers);
    log_info(where, "Starting otelc... (version %s, %u worker%s, pid %d)", OTELC_VERSION, workers,
             workers == 1 ? "" : "s", (int)getpid());
    if (geteuid() == 0)
        log_warn(where,
                 "running as root: any other user would do, and can do less harm: start it as one");
    process_metrics_start();
    sandbox_start(options->sandbox);
    log_info(where, "memory budget: %zu MiB", budget_limit() >> 20);
    service.crew = crew_new(workers, &err);
    if (!service.crew) {
        log_error(where, "cannot start: %s", err.text);
        configuration_unref(configuration);
        return EXIT_RUN_TIME;
    }
    service.graphs = mem_zero(workers * sizeof(struct graph *));
    show_overview(&service); /* for pages that are asked while the last components start */
    init_handles(&service);
    code = run(&service);
    crew_free(service.crew);
    uv_loop_close(&service.loop);
    free(service.graphs);
    configuration_unref(service.configuration);
    return code;
}

/*
 * In two steps, so that either all workers change or none: each makes and starts what is new, then
 * each puts it in the place of what was.
 */
#include "service/reload.h"

#include "base/arena.h"
#include "service/components.h"

static const char where[] = "service";

struct reload_job {
    struct graph **graphs;
    struct configuration *configuration;
    struct error error;
    bool ok;
};

static void prepare(struct worker *worker, void *arg)
{
    struct reload_job *job = arg;

    job->ok = graph_prepare(job->graphs[worker->index], job->configuration, &job->error);
}

static void commit(struct worker *worker, void *arg)
{
    struct reload_job *job = arg;

    graph_commit(job->graphs[worker->index]);
}

static void cancel(struct worker *worker, void *arg)
{
    struct reload_job *job = arg;

    graph_abort(job->graphs[worker->index]);
}

void reload_tell(const struct problems *problems)
{
    static const enum log_level levels[] = {
        [PROBLEM_NOTE] = LOG_INFO, [PROBLEM_WARNING] = LOG_WARN, [PROBLEM_ERROR] = LOG_ERROR};

    for (size_t i = 0; i < problems->count; i++)
        log_line(levels[problems->list[i].severity], where, "%s",
                 problem_line(&problems->list[i], problems->arena));
}

static struct configuration *load(const struct source *sources, size_t count)
{
    struct arena *arena = arena_new(4096);
    struct configuration *configuration;
    struct problems problems;

    problems_init(&problems, arena);
    configuration = configuration_load(sources, count, component_types, &problems);
    reload_tell(&problems);
    problems_done(&problems);
    if (configuration)
        configuration->texts = arena;
    else
        arena_free(arena);
    return configuration;
}

bool reload(struct crew *crew, struct graph **graphs, const struct source *sources, size_t count,
            struct configuration **current)
{
    struct reload_job job = {.graphs = graphs, .configuration = load(sources, count), .ok = true};
    struct log_setup *log;
    unsigned prepared = 0;

    if (!job.configuration) {
        log_error(where, "the configuration is not valid: nothing has changed; mend what is told "
                         "above, and send SIGHUP again");
        return false;
    }
    log = log_setup_new(&job.configuration->log, &job.error);
    job.ok = log != NULL;
    if (!log)
        error_prefix(&job.error, "service.telemetry.logs");
    while (log && prepared < crew_size(crew)) {
        crew_call(crew_at(crew, prepared), prepare, &job);
        if (!job.ok)
            break;
        prepared++;
    }
    for (unsigned i = 0; i < prepared; i++)
        crew_call(crew_at(crew, i), job.ok ? commit : cancel, &job);
    if (!job.ok) {
        log_error(where, "cannot change to the new configuration: %s; nothing has changed",
                  job.error.text);
        configuration_unref(job.configuration);
        log_setup_free(log);
        return false;
    }
    log_use(log);
    if ((*current)->workers != job.configuration->workers)
        log_warn(where,
                 "service.workers: its change counts from the next start on: restart otelc for it");
    configuration_unref(*current);
    *current = job.configuration;
    return true;
}

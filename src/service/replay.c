/*
 * One loop, one exporter. Requests are read from the files as long as few are on their way:
 *
 *     file -> replay_file_next -> consume -> the peer's answer -> the next one
 *
 * With retime the files are read twice: at first for the latest time.
 */
#include "service/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/http_client.h"
#include "otlp/shape.h"
#include "otlp/times.h"
#include "pipeline/worker.h"
#include "service/replay_file.h"
#include "service/replay_target.h"

enum {
    ON_THE_WAY_MAX = 32,         /* requests */
    ON_THE_WAY_BYTES = 64 << 20, /* of them */
    TOLD_MAX = 100,              /* lines about what was skipped or refused */
    TURN_MS = 20                 /* how often the rate is looked at */
};

struct counts {
    uint64_t items[SIGNAL_KINDS];
    uint64_t requests;
};

struct replay {
    const struct replay_options *options;
    uv_loop_t loop;
    struct worker worker;
    uv_timer_t timer;
    uv_signal_t interrupt, terminate;
    struct component *exporter;

    size_t file;                /* the current one of the options' */
    int fd;                     /* of it */
    struct replay_file *reader; /* NULL: none is open */
    struct payload *waiting;    /* read, and not yet taken by the exporter */
    int64_t move_ns;            /* of retime */

    uint64_t started_ms, begun_items; /* for the rate */
    unsigned on_the_way;
    size_t on_the_way_bytes;
    bool interrupted, ended;

    struct counts sent, refused;
    uint64_t skipped;  /* lines, messages and files */
    uint64_t left_out; /* items in requests that were sent otherwise */
    unsigned told;
};

struct passage { /* a request on its way */
    struct replay *replay;
    struct batch *batch; /* one reference */
};

/* ---- telling ---- */

__attribute__((format(printf, 2, 3))) static void complain(struct replay *r, const char *format,
                                                           ...)
{
    va_list args;

    if (r->told++ >= TOLD_MAX)
        return;
    va_start(args, format);
    fputs("otelc: ", stderr);
    vfprintf(stderr, format, args);
    fputs(r->told == TOLD_MAX ? "\notelc: more like this are only counted\n" : "\n", stderr);
    va_end(args);
}

static void complain_of(struct replay *r, const struct replay_item *item)
{
    const char *name = r->options->files[r->file];

    if (item->line > 0)
        complain(r, "%s:%" PRIu64 ": %s", name, item->line, item->why);
    else
        complain(r, "%s: byte %" PRIu64 ": %s", name, item->at, item->why);
}

static void print_counts(const struct counts *counts, const char *verb)
{
    const char *separator = " ";

    printf("%s", verb);
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (counts->items[s] > 0 || (s == TRACES && counts->requests == 0)) {
            printf("%s%" PRIu64 " %s", separator, counts->items[s], signal_words[s].items);
            separator = ", ";
        }
    printf(" in %" PRIu64 " request%s\n", counts->requests, counts->requests == 1 ? "" : "s");
}

static void report(const struct replay *r)
{
    print_counts(&r->sent, "sent");
    if (r->refused.requests > 0)
        print_counts(&r->refused, "refused, in whole or in part:");
    if (r->skipped > 0)
        printf("skipped: %" PRIu64 " damaged or foreign part%s of the files\n", r->skipped,
               r->skipped == 1 ? "" : "s");
    if (r->left_out > 0)
        printf("left out: %" PRIu64 " items that are invalid\n", r->left_out);
    if (r->interrupted)
        printf("interrupted: the rest was not sent\n");
}

/* ---- files ---- */

static ssize_t read_fd(void *arg, void *to, size_t len, uint64_t at)
{
    return pread(*(const int *)arg, to, len, (off_t)at);
}

static void close_file(struct replay *r)
{
    replay_file_free(r->reader);
    r->reader = NULL;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}

/* False: it cannot be read. */
static bool open_file(struct replay *r, bool tells)
{
    const char *name = r->options->files[r->file], *why = NULL;
    struct stat about;

    r->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (r->fd < 0 || fstat(r->fd, &about) != 0)
        why = strerror(errno);
    else if (!S_ISREG(about.st_mode))
        why = "it is no regular file";
    if (why) {
        if (tells)
            complain(r, "%s: cannot be read: %s", name, why);
        r->skipped += tells;
        close_file(r);
        return false;
    }
    r->reader = replay_file_new(
        &(struct replay_source){.read = read_fd, .arg = &r->fd, .size = (uint64_t)about.st_size});
    return true;
}

/* The next request of all files: one reference. NULL and *no_room: later; NULL: there are no more.
 * tells: what is damaged is told and counted. */
static struct payload *read_next(struct replay *r, bool tells, bool *no_room)
{
    struct replay_item item;

    *no_room = false;
    while (r->file < r->options->file_count) {
        if (!r->reader && !open_file(r, tells)) {
            r->file++;
            continue;
        }
        switch (replay_file_next(r->reader, &item)) {
        case REPLAY_REQUEST:
            if (tells && item.rejected > 0)
                complain_of(r, &item);
            r->left_out += tells ? item.rejected : 0;
            return item.payload;
        case REPLAY_NO_ROOM:
            *no_room = true;
            return NULL;
        case REPLAY_SKIPPED:
            if (tells)
                complain_of(r, &item);
            r->skipped += tells;
            break;
        case REPLAY_END:
            close_file(r);
            r->file++;
            break;
        }
    }
    return NULL;
}

/* ---- times ---- */

static const struct shape *shape_of(const struct payload *payload)
{
    return signal_words[payload->signal].request;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Reads all files for the latest time. */
static void find_move(struct replay *r)
{
    struct payload *payload;
    uint64_t latest = 0, ns;
    bool no_room;

    while ((payload = read_next(r, false, &no_room))) {
        ns = times_latest(shape_of(payload), bytes_str(payload->bodies[0]));
        latest = ns > latest ? ns : latest;
        payload_unref(payload);
    }
    close_file(r);
    r->file = 0;
    r->move_ns = latest > 0 ? (int64_t)(now_ns() - latest) : 0;
}

/* ---- sending ---- */

static void on_turn(uv_timer_t *timer);

static void count_in(struct counts *counts, const struct batch *batch)
{
    counts->items[batch->signal] += batch->items;
    counts->requests++;
}

static void answered(struct replay *r, const struct batch *batch, struct result result)
{
    if (result.verdict == ACCEPTED) {
        count_in(&r->sent, batch);
        return;
    }
    count_in(&r->refused, batch);
    complain(r, "%s: a request with %zu %s was not delivered: %s", r->options->to, batch->items,
             signal_words[batch->signal].items, result.why ? result.why : "");
}

static void on_settled(void *arg, struct result result)
{
    struct passage *passage = arg;
    struct replay *r = passage->replay;

    r->on_the_way--;
    r->on_the_way_bytes -= passage->batch->bytes;
    answered(r, passage->batch, result);
    batch_unref(passage->batch);
    free(passage);
    if (!r->ended)
        uv_timer_start(&r->timer, on_turn, 0, 0);
}

/* False: the exporter does not take it now. */
static bool send_one(struct replay *r, struct payload *payload)
{
    struct batch *batch = batch_of(payload);
    struct result result = consume(r->exporter, batch);
    struct passage *passage;

    if (result.verdict == RETRY_LATER) {
        batch_unref(batch);
        return false;
    }
    r->begun_items += batch->items;
    if (batch->wait.holds > 0) {
        passage = mem_alloc(sizeof(*passage));
        *passage = (struct passage){r, batch};
        batch->wait.settled = on_settled;
        batch->wait.arg = passage;
        r->on_the_way++;
        r->on_the_way_bytes += batch->bytes;
    } else {
        answered(r, batch, result.verdict == ACCEPTED ? batch->wait.result : result);
        batch_unref(batch);
    }
    return true;
}

/* What is too large for the memory even alone ends its file. */
static void give_up_file(struct replay *r)
{
    complain(r,
             "%s: its next request does not fit into the memory (see --memory-limit): the rest "
             "of the file is not sent",
             r->options->files[r->file]);
    r->skipped++;
    close_file(r);
    r->file++;
}

static bool is_ahead_of_rate(const struct replay *r)
{
    uint64_t elapsed_ms = uv_now(&r->loop) - r->started_ms;

    return r->options->rate > 0 && r->begun_items > 0 &&
           (double)r->begun_items > (double)r->options->rate * (double)elapsed_ms / 1000;
}

static bool is_busy(const struct replay *r)
{
    return r->on_the_way >= ON_THE_WAY_MAX || r->on_the_way_bytes >= ON_THE_WAY_BYTES;
}

/* The next request into r->waiting. */
static void prepare(struct replay *r)
{
    bool no_room;

    r->waiting = read_next(r, true, &no_room);
    if (r->waiting && r->options->retime) /* nobody else has it yet */
        times_move(shape_of(r->waiting), r->waiting->bodies[0]->at, r->waiting->bodies[0]->len,
                   r->move_ns);
    if (no_room && r->on_the_way == 0)
        give_up_file(r);
}

static void end(struct replay *r)
{
    r->ended = true;
    r->exporter->type->destroy(r->exporter);
    http_client_free(r->worker.http);
    uv_close((uv_handle_t *)&r->timer, NULL);
    uv_close((uv_handle_t *)&r->interrupt, NULL);
    uv_close((uv_handle_t *)&r->terminate, NULL);
}

static void on_turn(uv_timer_t *timer)
{
    struct replay *r = timer->data;

    while (!is_busy(r) && !is_ahead_of_rate(r)) {
        if (!r->waiting)
            prepare(r);
        if (!r->waiting || !send_one(r, r->waiting))
            break;
        payload_unref(r->waiting);
        r->waiting = NULL;
    }
    if (r->file == r->options->file_count && !r->waiting && r->on_the_way == 0)
        end(r);
    else
        uv_timer_start(&r->timer, on_turn, TURN_MS, 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct replay *r = handle->data;

    (void)number;
    r->interrupted = true;
    if (!r->ended)
        end(r);
}

static void watch(struct replay *r, uv_signal_t *handle, int number)
{
    uv_signal_init(&r->loop, handle);
    handle->data = r;
    uv_signal_start(handle, on_signal, number);
}

/* ---- the run ---- */

static bool make_exporter(struct replay *r, const struct component_entry *entry)
{
    struct error err;

    r->exporter = entry->type->create(entry->settings, &r->worker, &err);
    if (r->exporter) {
        r->exporter->type = entry->type;
        r->exporter->id = entry->id;
        r->exporter->where = entry->where;
        if (!entry->type->start || entry->type->start(r->exporter, &err))
            return true;
        entry->type->destroy(r->exporter);
    }
    fprintf(stderr, "otelc: cannot send to %s: %s\n", r->options->to, err.text);
    return false;
}

static enum exit_code run(struct replay *r, const struct configuration *configuration)
{
    bool good;

    uv_loop_init(&r->loop);
    r->worker = (struct worker){.count = 1, .loop = &r->loop, .http = http_client_new(&r->loop)};
    good = make_exporter(r, replay_target_exporter(configuration));
    if (good) {
        sandbox_enter();
        watch(r, &r->interrupt, SIGINT);
        watch(r, &r->terminate, SIGTERM);
        uv_timer_init(&r->loop, &r->timer);
        r->timer.data = r;
        if (r->options->retime)
            find_move(r);
        uv_update_time(&r->loop);
        r->started_ms = uv_now(&r->loop);
        uv_timer_start(&r->timer, on_turn, 0, 0);
    } else {
        http_client_free(r->worker.http);
    }
    uv_run(&r->loop, UV_RUN_DEFAULT);
    uv_loop_close(&r->loop);
    payload_unref(r->waiting);
    close_file(r);
    if (!good)
        return EXIT_RUN_TIME;
    report(r);
    return r->refused.requests + r->skipped + r->left_out == 0 && !r->interrupted ? EXIT_FINE
                                                                                  : EXIT_RUN_TIME;
}

static void prepare_process(const struct replay_options *options)
{
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_WARN);
    budget_set_limit(options->memory_limit);
    for (size_t i = 0; i < options->file_count; i++)
        sandbox_allow(options->files[i], false);
    sandbox_start(options->sandbox);
}

enum exit_code replay_run(const struct replay_options *options)
{
    struct replay r = {.options = options, .fd = -1};
    struct arena *arena = arena_new(4096);
    struct configuration *configuration;
    enum exit_code code = EXIT_CONFIGURATION;
    struct problems problems;

    problems_init(&problems, arena);
    configuration =
        replay_target_load(options->to, options->sources, options->source_count, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s\n", problem_line(&problems.list[i], arena));
    if (configuration) {
        prepare_process(options);
        code = run(&r, configuration);
    }
    configuration_unref(configuration);
    problems_done(&problems);
    arena_free(arena);
    return code;
}

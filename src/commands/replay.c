/*
 * Requests are read from the files as long as few are on their way (commands/outbound). With retime
 * the files are read twice: at first for the latest time.
 */
#include "commands/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "commands/outbound.h"
#include "commands/replay_file.h"
#include "otlp/batch.h"
#include "otlp/shape.h"
#include "otlp/times.h"

enum { PATIENCE_S = 60 };

struct replay {
    const struct replay_options *options;
    size_t file;                /* the current one of the options' */
    int fd;                     /* of it */
    struct replay_file *reader; /* NULL: none is open */
    int64_t move_ns;            /* of retime */
    uint64_t skipped;           /* lines, messages and files */
    uint64_t left_out;          /* items in requests that were sent otherwise */
    unsigned told;
};

/* ---- telling ---- */

static void complain_of(struct replay *r, const struct replay_item *item)
{
    const char *name = r->options->files[r->file];

    if (item->line > 0)
        outbound_complain(&r->told, "%s:%" PRIu64 ": %s", name, item->line, item->why);
    else
        outbound_complain(&r->told, "%s: byte %" PRIu64 ": %s", name, item->at, item->why);
}

static void report(const struct replay *r, const struct outbound_report *report)
{
    outbound_print(&report->sent, "sent");
    if (report->refused.requests > 0)
        outbound_print(&report->refused, "refused, in whole or in part:");
    if (r->skipped > 0)
        printf("skipped: %" PRIu64 " damaged or foreign part%s of the files\n", r->skipped,
               r->skipped == 1 ? "" : "s");
    if (r->left_out > 0)
        printf("left out: %" PRIu64 " items that are invalid\n", r->left_out);
    if (report->interrupted)
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

static void leave_file(struct replay *r)
{
    close_file(r);
    r->file++;
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
            outbound_complain(&r->told, "%s: cannot be read: %s", name, why);
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
            leave_file(r);
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

/* Reads all files for the latest time, each as far as it will be sent. */
static void find_move(struct replay *r)
{
    struct payload *payload;
    uint64_t latest = 0, ns;
    bool no_room;

    while ((payload = read_next(r, false, &no_room)) || no_room) {
        if (!payload) {
            leave_file(r);
            continue;
        }
        ns = times_latest(shape_of(payload), bytes_str(payload->bodies[0]));
        latest = ns > latest ? ns : latest;
        payload_unref(payload);
    }
    close_file(r);
    r->file = 0;
    r->move_ns = latest > 0 ? (int64_t)(now_ns() - latest) : 0;
}

/* What is too large for the memory even alone ends its file. */
static void give_up_file(struct replay *r)
{
    outbound_complain(
        &r->told,
        "%s: its next request does not fit into the memory (see --memory-limit): the rest "
        "of the file is not sent",
        r->options->files[r->file]);
    r->skipped++;
    leave_file(r);
}

/* ---- the source ---- */

static void allow(void *arg)
{
    const struct replay *r = arg;

    for (size_t i = 0; i < r->options->file_count; i++)
        sandbox_allow(r->options->files[i], false);
}

static void begin(void *arg)
{
    struct replay *r = arg;

    if (r->options->retime)
        find_move(r);
}

static enum outbound_next next(void *arg, bool is_idle, struct payload **payload)
{
    struct replay *r = arg;
    bool no_room;

    *payload = read_next(r, true, &no_room);
    if (*payload && r->options->retime) /* nobody else has it yet */
        times_move(shape_of(*payload), (*payload)->bodies[0]->at, (*payload)->bodies[0]->len,
                   r->move_ns);
    if (*payload)
        return OUTBOUND_REQUEST;
    if (no_room && is_idle)
        give_up_file(r);
    return r->file == r->options->file_count ? OUTBOUND_END : OUTBOUND_LATER;
}

static bool answered(void *arg, const struct batch *batch, struct result result)
{
    struct replay *r = arg;

    if (result.verdict != ACCEPTED)
        outbound_complain(&r->told, "%s: a request with %zu %s was not delivered: %s",
                          r->options->to, batch->items, signal_words[batch->signal].items,
                          result.why ? result.why : "");
    return true;
}

enum exit_code replay_run(const struct replay_options *options)
{
    struct replay r = {.options = options, .fd = -1};
    const struct outbound_source source = {allow, begin, next, answered, &r};
    const struct outbound_options outbound = {
        .target = {"replay", options->to, PATIENCE_S, options->sources, options->source_count},
        .rate = options->rate,
        .sandbox = options->sandbox,
        .memory_limit = options->memory_limit,
        .log_level = LOG_WARN,
    };
    struct outbound_report sent = {0};
    enum exit_code code = outbound_run(&outbound, &source, &sent);

    close_file(&r);
    if (code != EXIT_FINE)
        return code;
    report(&r, &sent);
    return sent.refused.requests + r.skipped + r.left_out == 0 && !sent.interrupted ? EXIT_FINE
                                                                                    : EXIT_RUN_TIME;
}

/*
 * The exporter waits for answers (wait_for_result), so a batch settles when its peer has taken or
 * refused it for good.
 */
#include "commands/outbound.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/log_line.h"
#include "base/mem.h"
#include "net/http_client.h"
#include "pipeline/worker.h"

enum {
    ON_THE_WAY_MAX = 32,         /* requests */
    ON_THE_WAY_BYTES = 64 << 20, /* of them */
    TOLD_MAX = 100,              /* complaints */
    TURN_MS = 20                 /* how often the rate is looked at */
};

struct outbound {
    const struct outbound_options *options;
    const struct outbound_source *source;
    struct outbound_report *report;
    uv_loop_t loop;
    struct worker worker;
    uv_timer_t timer;
    uv_signal_t interrupt, terminate;
    struct component *exporter;

    struct payload *waiting;          /* not yet taken by the exporter */
    uint64_t started_ms, begun_items; /* for the rate */
    unsigned on_the_way;
    size_t on_the_way_bytes;
    bool exhausted; /* the source has no more */
    bool ended;
};

struct passage { /* a request on its way */
    struct outbound *outbound;
    struct batch *batch; /* one reference */
};

/* ---- telling ---- */

void outbound_complain(unsigned *told, const char *format, ...)
{
    char text[LOG_TEXT_MAX];
    struct buf line = {0};
    va_list args;

    if ((*told)++ >= TOLD_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_escape(&line, str_of(text), LOG_ESCAPED * strlen(text));
    fprintf(stderr, "otelc: %s\n%s", buf_text(&line),
            *told == TOLD_MAX ? "otelc: more like this are only counted\n" : "");
    buf_done(&line);
}

void outbound_print(const struct outbound_counts *counts, const char *verb)
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

/* ---- sending ---- */

static void on_turn(uv_timer_t *timer);

static void count_in(struct outbound_counts *counts, const struct batch *batch)
{
    counts->items[batch->signal] += batch->items;
    counts->requests++;
}

static void answered(struct outbound *o, const struct batch *batch, struct result result)
{
    bool good = result.verdict == ACCEPTED;

    count_in(good ? &o->report->sent : &o->report->refused, batch);
    if (!o->source->answered(o->source->arg, batch, result))
        o->exhausted = true;
}

static void on_settled(void *arg, struct result result)
{
    struct passage *passage = arg;
    struct outbound *o = passage->outbound;

    o->on_the_way--;
    o->on_the_way_bytes -= passage->batch->bytes;
    if (!o->ended) /* else it was cut off, and may have arrived */
        answered(o, passage->batch, result);
    batch_unref(passage->batch);
    free(passage);
    if (!o->ended)
        uv_timer_start(&o->timer, on_turn, 0, 0);
}

/* False: the exporter does not take it now. */
static bool send_one(struct outbound *o, struct payload *payload)
{
    struct batch *batch = batch_of(payload);
    struct result result = consume(o->exporter, batch);
    struct passage *passage;

    if (result.verdict == RETRY_LATER) {
        batch_unref(batch);
        return false;
    }
    o->begun_items += batch->items;
    if (batch->wait.holds > 0) {
        passage = mem_alloc(sizeof(*passage));
        *passage = (struct passage){o, batch};
        batch->wait.settled = on_settled;
        batch->wait.arg = passage;
        o->on_the_way++;
        o->on_the_way_bytes += batch->bytes;
    } else {
        answered(o, batch, result.verdict == ACCEPTED ? batch->wait.result : result);
        batch_unref(batch);
    }
    return true;
}

static bool is_ahead_of_rate(const struct outbound *o)
{
    uint64_t elapsed_ms = uv_now(&o->loop) - o->started_ms;

    return o->options->rate > 0 && o->begun_items > 0 &&
           (double)o->begun_items > (double)o->options->rate * (double)elapsed_ms / 1000;
}

static bool is_busy(const struct outbound *o)
{
    return o->on_the_way >= ON_THE_WAY_MAX || o->on_the_way_bytes >= ON_THE_WAY_BYTES;
}

/* The next request into o->waiting. */
static void prepare(struct outbound *o)
{
    enum outbound_next next = o->source->next(o->source->arg, o->on_the_way == 0, &o->waiting);

    if (next == OUTBOUND_END)
        o->exhausted = true;
}

static void end(struct outbound *o)
{
    o->ended = true;
    o->exporter->type->destroy(o->exporter);
    http_client_free(o->worker.http);
    uv_close((uv_handle_t *)&o->timer, NULL);
    uv_close((uv_handle_t *)&o->interrupt, NULL);
    uv_close((uv_handle_t *)&o->terminate, NULL);
}

static void on_turn(uv_timer_t *timer)
{
    struct outbound *o = timer->data;

    while (!o->exhausted && !is_busy(o) && !is_ahead_of_rate(o)) {
        if (!o->waiting)
            prepare(o);
        if (!o->waiting || !send_one(o, o->waiting))
            break;
        payload_unref(o->waiting);
        o->waiting = NULL;
    }
    if (o->exhausted && o->on_the_way == 0)
        end(o);
    else
        uv_timer_start(&o->timer, on_turn, TURN_MS, 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct outbound *o = handle->data;

    (void)number;
    o->report->interrupted = true;
    if (!o->ended)
        end(o);
}

static void watch(struct outbound *o, uv_signal_t *handle, int number)
{
    uv_signal_init(&o->loop, handle);
    handle->data = o;
    uv_signal_start(handle, on_signal, number);
}

/* ---- the run ---- */

static bool make_exporter(struct outbound *o, const struct component_entry *entry)
{
    struct error err;

    o->exporter = entry->type->create(entry->settings, &o->worker, &err);
    if (o->exporter) {
        o->exporter->type = entry->type;
        o->exporter->id = entry->id;
        o->exporter->where = entry->where;
        if (!entry->type->start || entry->type->start(o->exporter, &err))
            return true;
        entry->type->destroy(o->exporter);
    }
    fprintf(stderr, "otelc: cannot send to %s: %s\n", o->options->target.to, err.text);
    return false;
}

static enum exit_code run(struct outbound *o, const struct configuration *configuration)
{
    bool good;

    uv_loop_init(&o->loop);
    o->worker = (struct worker){.count = 1, .loop = &o->loop, .http = http_client_new(&o->loop)};
    good = make_exporter(o, outbound_target_exporter(configuration));
    if (good) {
        sandbox_enter();
        watch(o, &o->interrupt, SIGINT);
        watch(o, &o->terminate, SIGTERM);
        uv_timer_init(&o->loop, &o->timer);
        o->timer.data = o;
        if (o->source->begin)
            o->source->begin(o->source->arg);
        uv_update_time(&o->loop);
        o->started_ms = uv_now(&o->loop);
        uv_timer_start(&o->timer, on_turn, 0, 0);
    } else {
        http_client_free(o->worker.http);
    }
    uv_run(&o->loop, UV_RUN_DEFAULT);
    uv_loop_close(&o->loop);
    payload_unref(o->waiting);
    return good ? EXIT_FINE : EXIT_RUN_TIME;
}

static void prepare_process(const struct outbound *o)
{
    signal(SIGPIPE, SIG_IGN);
    log_set_level(o->options->log_level);
    budget_set_limit(o->options->memory_limit);
    if (o->source->allow)
        o->source->allow(o->source->arg);
    sandbox_start(o->options->sandbox);
}

enum exit_code outbound_run(const struct outbound_options *options,
                            const struct outbound_source *source, struct outbound_report *report)
{
    struct outbound o = {.options = options, .source = source, .report = report};
    struct arena *arena = arena_new(4096);
    struct configuration *configuration;
    enum exit_code code = EXIT_CONFIGURATION;
    struct problems problems;

    problems_init(&problems, arena);
    configuration = outbound_target_load(&options->target, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s\n", problem_line(&problems.list[i], arena));
    if (configuration) {
        prepare_process(&o);
        code = run(&o, configuration);
    }
    configuration_unref(configuration);
    problems_done(&problems);
    arena_free(arena);
    return code;
}

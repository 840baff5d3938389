/*
 * Lines are put together and written under a lock, so that threads do not mix theirs. No line is
 * written on the way of a span; the lock is one of the log alone, and nobody has it for longer than
 * an output may make us wait.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/least.h"
#include "base/log_line.h"
#include "base/log_output.h"
#include "base/log_recent.h"
#include "base/mem.h"

enum {
    LIMIT_BURST = 10,
    LIMIT_PERIOD_MS = 10000, /* as the settings have them by default */
    SCRATCH_KEPT = 16384
};

static const char own_where[] = "log";

struct outputs {
    struct log_output *at[LOG_OUTPUTS_MAX];
    size_t count;
};

struct log_setup {
    struct log_settings settings; /* without its lists */
    struct log_form form;
    char *fields, *resource; /* owned */
    struct outputs outputs, error_outputs;
};

/* What is looked at without the lock. */
static struct {
    atomic_int level;
    atomic_bool sampled;
    atomic_uint_least64_t tick_ms, initial, thereafter;
} rules = {.level = LOG_INFO, .sampled = true, .tick_ms = LIMIT_PERIOD_MS, .initial = LIMIT_BURST};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_setup *current; /* NULL: console, to stderr */
static struct buf scratch;

/* ---- setting up ---- */

static void close_all(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        log_output_free(outputs->at[i]);
}

static bool open_all(struct outputs *outputs, const char *const *paths, size_t count,
                     struct error *err)
{
    for (size_t i = 0; i < count && i < LOG_OUTPUTS_MAX; i++) {
        struct log_output *output = log_output_new(paths[i], err);

        if (!output)
            return false;
        outputs->at[outputs->count++] = output;
    }
    return true;
}

struct log_setup *log_setup_new(const struct log_settings *settings, struct error *err)
{
    struct log_setup *setup = mem_zero(sizeof(*setup));

    setup->settings = *settings;
    setup->fields = mem_text(settings->fields);
    setup->resource = mem_text(settings->resource);
    setup->form = (struct log_form){
        .encoding = settings->encoding,
        .without_where = settings->without_where,
        .fields = setup->fields,
        .resource = setup->resource,
    };
    if (!open_all(&setup->outputs, settings->outputs.at, settings->outputs.count, err)) {
        error_prefix(err, "output_paths");
    } else if (!open_all(&setup->error_outputs, settings->error_outputs.at,
                         settings->error_outputs.count, err)) {
        error_prefix(err, "error_output_paths");
    } else {
        return setup;
    }
    log_setup_free(setup);
    return NULL;
}

void log_setup_free(struct log_setup *setup)
{
    if (!setup)
        return;
    close_all(&setup->outputs);
    close_all(&setup->error_outputs);
    free(setup->fields);
    free(setup->resource);
    free(setup);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&rules.level, (int)level, memory_order_relaxed);
}

void log_use(struct log_setup *setup)
{
    const struct log_settings *settings = &setup->settings;
    struct log_setup *old;

    log_set_level(settings->level);
    atomic_store(&rules.sampled, settings->sampling.enabled);
    atomic_store(&rules.tick_ms, settings->sampling.tick_ms);
    atomic_store(&rules.initial, settings->sampling.initial);
    atomic_store(&rules.thereafter, settings->sampling.thereafter);
    pthread_mutex_lock(&lock);
    old = current;
    current = setup;
    pthread_mutex_unlock(&lock);
    log_setup_free(old);
}

/* ---- writing; under the lock ---- */

static struct timespec now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

/* By one output; lines: how many are lost where it does not take it. */
static bool write_once(struct log_output *output, const struct log_line *line,
                       const struct log_form *form, unsigned lines, struct error *err)
{
    struct log_form coloured = *form;

    coloured.colour = log_output_has_colours(output);
    buf_reset(&scratch);
    log_line_append(&scratch, line, &coloured);
    return log_output_write(output, buf_str(&scratch), lines, err);
}

static void keep(const struct log_line *line)
{
    struct buf text = {0};

    log_escape(&text, line->text, LOG_TEXT_MAX);
    log_recent_add((uint64_t)line->time.tv_sec * 1000 + (uint64_t)line->time.tv_nsec / 1000000,
                   line->level, line->where, buf_str(&text), (uint64_t)line->left_out + 1);
    buf_done(&text);
}

/* The first line that is lost: to who asks for recent ones, and where faults are told. */
static void tell_fault(const struct log_output *output, const struct error *why,
                       const struct log_form *form)
{
    struct log_line line = {.time = now(), .level = LOG_ERROR, .where = own_where};
    char text[sizeof(why->text) + 64];
    struct error err;

    snprintf(text, sizeof(text), "%s; lines are lost until it can be written", why->text);
    line.text = str_of(text);
    keep(&line);
    for (size_t i = 0; current && i < current->error_outputs.count; i++)
        if (strcmp(log_output_path(current->error_outputs.at[i]), log_output_path(output)) != 0)
            write_once(current->error_outputs.at[i], &line, form, 0, &err);
}

static void tell_lost(struct log_output *output, const struct log_form *form)
{
    struct log_line line = {.time = now(), .level = LOG_WARN, .where = own_where};
    char text[128];
    struct error err;

    snprintf(text, sizeof(text),
             "%llu lines were lost here: the log could not be written, or nobody read it",
             (unsigned long long)log_output_lost(output));
    line.text = str_of(text);
    write_once(output, &line, form, 0, &err);
}

static void write_to(struct log_output *output, const struct log_line *line,
                     const struct log_form *form)
{
    bool was_lost = log_output_lost(output) > 0;
    struct error err;

    if (was_lost)
        tell_lost(output, form);
    if (!write_once(output, line, form, 1, &err) && !was_lost)
        tell_fault(output, &err, form);
}

static struct log_setup *setup_of_stderr(void)
{
    static const char *const paths[] = {"stderr"};
    const struct log_settings settings = {.outputs = {paths, 1}, .fields = "", .resource = ""};
    struct error err;

    return log_setup_new(&settings, &err);
}

static void write_all(const struct log_line *line)
{
    if (!current)
        current = setup_of_stderr();
    for (size_t i = 0; i < current->outputs.count; i++)
        write_to(current->outputs.at[i], line, &current->form);
    if (scratch.cap > SCRATCH_KEPT)
        buf_done(&scratch);
}

static bool is_wanted(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&rules.level, memory_order_relaxed);
}

/* Warnings and errors are kept in any case, for who looks for what is wrong. */
static bool matters(enum log_level level)
{
    return level >= LOG_WARN || is_wanted(level);
}

__attribute__((format(printf, 3, 0))) static void write_line(enum log_level level,
                                                             const char *where, const char *format,
                                                             va_list args, unsigned left_out,
                                                             struct str block)
{
    char text[LOG_TEXT_MAX];
    struct log_line line = {
        .time = now(), .level = level, .where = where, .left_out = left_out, .block = block};

    vsnprintf(text, sizeof(text), format, args);
    line.text = str_of(text);
    if (level >= LOG_WARN)
        keep(&line);
    if (!is_wanted(level))
        return;
    pthread_mutex_lock(&lock);
    write_all(&line);
    pthread_mutex_unlock(&lock);
}

/* ---- lines ---- */

void log_line(enum log_level level, const char *where, const char *format, ...)
{
    va_list args;

    if (!matters(level))
        return;
    va_start(args, format);
    write_line(level, where, format, args, 0, (struct str){0});
    va_end(args);
}

static uint64_t monotonic_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* False: it is counted only. */
static bool is_in_turn(struct log_limit *limit, uint64_t now_ms)
{
    uint64_t tick_ms = atomic_load_explicit(&rules.tick_ms, memory_order_relaxed);
    uint64_t thereafter = atomic_load_explicit(&rules.thereafter, memory_order_relaxed);

    if (limit->since_ms == 0 || now_ms - limit->since_ms >= 3 * tick_ms) {
        limit->since_ms = now_ms; /* quiet for long: a new burst is allowed */
        limit->lines = 0;
    }
    if (limit->lines < atomic_load_explicit(&rules.initial, memory_order_relaxed))
        return true;
    if (now_ms - limit->since_ms >= tick_ms) {
        limit->since_ms = now_ms;
        return true;
    }
    return thereafter > 0 && (uint64_t)limit->left_out + 1 >= thereafter;
}

void log_limited(struct log_limit *limit, enum log_level level, const char *where,
                 const char *format, ...)
{
    bool sampled = atomic_load_explicit(&rules.sampled, memory_order_relaxed);
    unsigned left_out;
    va_list args;

    if (!matters(level))
        return;
    if (sampled && !is_in_turn(limit, monotonic_ms())) {
        limit->left_out++;
        return;
    }
    limit->lines++;
    left_out = limit->left_out;
    limit->left_out = 0;
    va_start(args, format);
    write_line(level, where, format, args, left_out, (struct str){0});
    va_end(args);
}

void log_block(const char *where, struct str block, const char *format, ...)
{
    va_list args;

    if (!is_wanted(LOG_INFO))
        return;
    va_start(args, format);
    write_line(LOG_INFO, where, format, args, 0, block);
    va_end(args);
}

void log_block_to(struct log_output *output, const char *where, struct str block,
                  const char *format, ...)
{
    static const struct log_form form = {.fields = "", .resource = ""};
    char text[LOG_TEXT_MAX];
    struct log_line line = {.time = now(), .level = LOG_INFO, .where = where, .block = block};
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    line.text = str_of(text);
    pthread_mutex_lock(&lock);
    write_to(output, &line, &form);
    pthread_mutex_unlock(&lock);
}

/* ---- files that were moved ---- */

void log_reopen(void)
{
    struct error err = {""};
    bool failed = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; current && i < current->outputs.count; i++)
        failed |= !log_output_reopen(current->outputs.at[i], &err);
    for (size_t i = 0; current && i < current->error_outputs.count; i++)
        failed |= !log_output_reopen(current->error_outputs.at[i], &err);
    pthread_mutex_unlock(&lock);
    if (failed)
        log_error(own_where, "%s: lines go on to the file that was open", err.text);
}

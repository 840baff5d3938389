/*
 * Log lines: put together in one piece and written under a lock, so that threads do not mix theirs.
 * No line is written on the way of a span; the lock is one of the log alone.
 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/log_recent.h"

enum { LINE_MAX_BYTES = 2048, LIMIT_BURST = 10, LIMIT_PERIOD_MS = 10000 };

static atomic_int least = LOG_INFO;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&least, (int)level, memory_order_relaxed);
}

static bool wanted(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

/* Warnings and errors are kept in any case, for who looks for what is wrong. */
static bool matters(enum log_level level)
{
    return level >= LOG_WARN || wanted(level);
}

/* Control characters become \xNN; returns the new length, at most room. */
static size_t escape(char *to, size_t room, const char *from)
{
    static const char hex[] = "0123456789abcdef";
    size_t len = 0;

    for (; *from; from++) {
        unsigned char c = (unsigned char)*from;

        if (c < 0x20 || c == 0x7f) {
            if (room - len < 4)
                break;
            to[len++] = '\\';
            to[len++] = 'x';
            to[len++] = hex[c >> 4];
            to[len++] = hex[c & 15];
        } else {
            if (room - len < 1)
                break;
            to[len++] = (char)c;
        }
    }
    return len;
}

/* A pipe that is read slowly takes it in parts; nobody is told of an error, for there is no better
 * place. */
static void write_all(int fd, struct iovec *parts, int count)
{
    pthread_mutex_lock(&writing);
    while (count > 0) {
        ssize_t written = writev(fd, parts, count);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            break;
        for (; count > 0 && (size_t)written >= parts->iov_len; parts++, count--)
            written -= (ssize_t)parts->iov_len;
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
    pthread_mutex_unlock(&writing);
}

__attribute__((format(printf, 4, 0))) static void write_line(int fd, enum log_level level,
                                                             const char *where, const char *format,
                                                             va_list args, unsigned left_out,
                                                             struct str block)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 128];
    struct iovec parts[2];
    struct timespec now;
    struct tm utc;
    size_t len, start;
    int head;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    len = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
    head = snprintf(line + len, sizeof(line) - len, ".%03ldZ\t%s\t%s\t", now.tv_nsec / 1000000,
                    names[level], where);
    len += head > 0 ? (size_t)head : 0;
    if (len > sizeof(line) - 64)
        len = sizeof(line) - 64;
    vsnprintf(text, sizeof(text), format, args);
    start = len;
    len += escape(line + len, sizeof(line) - 64 - len, text);
    if (level >= LOG_WARN) {
        log_recent_add((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, level, where,
                       (struct str){line + start, len - start}, (uint64_t)left_out + 1);
        if (!wanted(level))
            return;
    }
    if (left_out > 0) {
        head = snprintf(line + len, 63, " (and %u more like this)", left_out);
        len += head > 0 ? (size_t)head : 0;
    }
    line[len++] = '\n';
    parts[0] = (struct iovec){line, len};
    parts[1] = (struct iovec){(void *)(uintptr_t)block.at, block.len};
    write_all(fd, parts, block.len > 0 ? 2 : 1);
}

void log_line(enum log_level level, const char *where, const char *format, ...)
{
    va_list args;

    if (!matters(level))
        return;
    va_start(args, format);
    write_line(STDERR_FILENO, level, where, format, args, 0, (struct str){0});
    va_end(args);
}

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void log_limited(struct log_limit *limit, enum log_level level, const char *where,
                 const char *format, ...)
{
    uint64_t now_ms = monotonic_ms();
    unsigned left_out;
    va_list args;

    if (!matters(level))
        return;
    if (limit->since_ms == 0 || now_ms - limit->since_ms >= 3 * LIMIT_PERIOD_MS) {
        limit->since_ms = now_ms; /* quiet for long: a new burst is allowed */
        limit->lines = 0;
    }
    if (limit->lines >= LIMIT_BURST) {
        if (now_ms - limit->since_ms < LIMIT_PERIOD_MS) {
            limit->left_out++;
            return;
        }
        limit->since_ms = now_ms;
    }
    limit->lines++;
    left_out = limit->left_out;
    limit->left_out = 0;
    va_start(args, format);
    write_line(STDERR_FILENO, level, where, format, args, left_out, (struct str){0});
    va_end(args);
}

void log_block(const char *where, struct str block, const char *format, ...)
{
    va_list args;

    if (!wanted(LOG_INFO))
        return;
    va_start(args, format);
    write_line(STDERR_FILENO, LOG_INFO, where, format, args, 0, block);
    va_end(args);
}

void log_block_to(int fd, const char *where, struct str block, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(fd, LOG_INFO, where, format, args, 0, block);
    va_end(args);
}

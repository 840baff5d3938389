/*
 * A list of at most 64, the oldest first, under a lock of its own: warnings are rare, as what may
 * repeat is limited.
 */
#include "base/log_recent.h"

#include <pthread.h>

#include "base/least.h"
#include "base/utf8.h"

static struct {
    pthread_mutex_t lock;
    struct log_recent at[LOG_RECENT_MAX]; /* the oldest first */
    size_t count;
} recent = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *text)
{
    while (is_digit(*text))
        text++;
    return text;
}

/* The same, but for its numbers: sizes, times, and the ports of peers. */
static bool is_alike(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (is_digit(*a) && is_digit(*b)) {
            a = skip_digits(a) - 1;
            b = skip_digits(b) - 1;
        } else if (*a != *b) {
            return false;
        }
    }
    return *a == *b;
}

/* Whole characters of text, as many as there is room for. */
static void copy_text(char *to, size_t room, struct str text)
{
    size_t len = 0;

    while (text.len > 0) {
        size_t size = utf8_char(text);
        bool valid = size > 0;

        size += !valid;
        if (len + size >= room)
            break;
        memcpy(to + len, valid ? text.at : "?", size);
        len += size;
        text.at += size;
        text.len -= size;
    }
    to[len] = '\0';
}

/* Takes one out of the list: the one like it, or the oldest where the list is full. */
static void make_room(struct log_recent *line)
{
    size_t i = 0;

    while (i < recent.count &&
           !(recent.at[i].level == line->level && strcmp(recent.at[i].where, line->where) == 0 &&
             is_alike(recent.at[i].text, line->text)))
        i++;
    if (i < recent.count) {
        line->times += recent.at[i].times;
        line->first_unix_ms = recent.at[i].first_unix_ms;
    } else if (recent.count == LOG_RECENT_MAX) {
        i = 0;
    } else {
        return;
    }
    recent.count--;
    memmove(&recent.at[i], &recent.at[i + 1], (recent.count - i) * sizeof(recent.at[0]));
}

void log_recent_add(uint64_t unix_ms, enum log_level level, const char *where, struct str text,
                    uint64_t times)
{
    struct log_recent line = {
        .unix_ms = unix_ms, .first_unix_ms = unix_ms, .times = times, .level = level};

    copy_text(line.where, sizeof(line.where), str_of(where));
    copy_text(line.text, sizeof(line.text), text);
    pthread_mutex_lock(&recent.lock);
    make_room(&line);
    recent.at[recent.count++] = line;
    pthread_mutex_unlock(&recent.lock);
}

size_t log_recent_read(struct log_recent *to, size_t max)
{
    size_t count;

    pthread_mutex_lock(&recent.lock);
    count = least(recent.count, max);
    for (size_t i = 0; i < count; i++)
        to[i] = recent.at[recent.count - 1 - i];
    pthread_mutex_unlock(&recent.lock);
    return count;
}

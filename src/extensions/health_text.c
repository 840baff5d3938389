/*
 * Times and durations as Go writes them, which monitors of the official collector read.
 */
#include "extensions/health_text.h"

#include <time.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_US UINT64_C(1000)
#define NEVER     "0001-01-01T00:00:00Z"

enum { SECONDS_PER_HOUR = 3600, SECONDS_PER_MINUTE = 60 };

struct unit {
    const char *name;
    uint64_t ns;
    int digits; /* behind the point */
};

static const struct unit second = {"s", NS_PER_S, 9}, millisecond = {"ms", NS_PER_MS, 6},
                         microsecond = {"µs", NS_PER_US, 3};

/* With what is behind the point, but for zeros at its end: "1.49". */
static void write_number(struct buf *out, uint64_t ns, const struct unit *unit)
{
    buf_printf(out, "%llu", (unsigned long long)(ns / unit->ns));
    if (ns % unit->ns == 0)
        return;
    buf_printf(out, ".%0*llu", unit->digits, (unsigned long long)(ns % unit->ns));
    while (out->at[out->len - 1] == '0')
        out->len--;
}

static void write_duration(struct buf *out, uint64_t ns)
{
    const struct unit *unit = ns >= NS_PER_S || ns == 0 ? &second
                              : ns >= NS_PER_MS         ? &millisecond
                                                        : &microsecond;
    uint64_t seconds = ns / NS_PER_S;

    if (ns > 0 && ns < NS_PER_US) {
        buf_printf(out, "%lluns", (unsigned long long)ns);
        return;
    }
    if (seconds >= SECONDS_PER_HOUR)
        buf_printf(out, "%lluh", (unsigned long long)(seconds / SECONDS_PER_HOUR));
    if (seconds >= SECONDS_PER_MINUTE)
        buf_printf(out, "%um", (unsigned)(seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE));
    write_number(out, ns % (SECONDS_PER_MINUTE * NS_PER_S), unit);
    buf_append_str(out, str_of(unit->name));
}

/* RFC 3339, in UTC. */
static void write_time(struct buf *out, uint64_t unix_ns)
{
    time_t seconds = (time_t)(unix_ns / NS_PER_S);
    char text[sizeof("2026-01-02T03:04:")];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:", &tm);
    buf_printf(out, "%s%s", text, tm.tm_sec < 10 ? "0" : "");
    write_number(out, (uint64_t)tm.tm_sec * NS_PER_S + unix_ns % NS_PER_S, &second);
    buf_append_char(out, 'Z');
}

void health_write(struct buf *out, const struct health *health)
{
    bool running = health->phase == PHASE_RUNNING;

    buf_printf(out, "{\"status\":\"Server %savailable\",\"upSince\":\"", running ? "" : "not ");
    if (running)
        write_time(out, health->since_unix_ns);
    else
        buf_append_str(out, STR(NEVER));
    buf_append_str(out, STR("\",\"uptime\":\""));
    if (running)
        write_duration(out, health->for_ns);
    buf_append_str(out, STR("\"}"));
}

void health_write_v2(struct buf *out, const struct health *health)
{
    static const char *const statuses[] = {
        [PHASE_STARTING] = "StatusStarting",
        [PHASE_RUNNING] = "StatusOK",
        [PHASE_ENDING] = "StatusStopping",
    };

    buf_append_str(out, STR("{\"start_time\":\""));
    write_time(out, health->start_unix_ns);
    buf_printf(out, "\",\"healthy\":%s,\"status\":\"%s\",\"status_time\":\"",
               health->phase == PHASE_RUNNING ? "true" : "false", statuses[health->phase]);
    write_time(out,
               health->phase == PHASE_STARTING ? health->start_unix_ns : health->since_unix_ns);
    buf_append_str(out, STR("\"}"));
}

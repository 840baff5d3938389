/*
 * Along the shapes: a time is what its .proto calls ...time_unix_nano, always 8 bytes.
 */
#include "otlp/times.h"

typedef void time_fn(void *arg, const uint8_t *at);

static bool is_time(const struct rule *rule)
{
    static const char ending[] = "imeUnixNano";
    size_t len = sizeof(ending) - 1;

    return rule->check == CHECK_FIXED64 && rule->name_len > len &&
           memcmp(rule->name + rule->name_len - len, ending, len) == 0;
}

/* Calls itself as deep as messages lie in each other, which the check has limited. */
static void walk(const struct shape *shape, struct str message, time_fn *visit, void *arg)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        const struct rule *rule = f.number < shape->count ? &shape->rules[f.number] : NULL;

        if (rule && rule->check == CHECK_MESSAGE && f.type == WIRE_BYTES)
            walk(rule->shape, f.bytes, visit, arg);
        else if (rule && f.type == WIRE_FIXED64 && is_time(rule))
            visit(arg, w.at - sizeof(uint64_t));
    }
}

static void see_time(void *arg, const uint8_t *at)
{
    uint64_t *latest = arg, ns;

    memcpy(&ns, at, sizeof(ns));
    if (ns > *latest)
        *latest = ns;
}

uint64_t times_latest(const struct shape *shape, struct str message)
{
    uint64_t latest = 0;

    walk(shape, message, see_time, &latest);
    return latest;
}

static void move_time(void *arg, const uint8_t *at)
{
    const int64_t *by_ns = arg;
    uint64_t ns;

    memcpy(&ns, at, sizeof(ns));
    if (ns == 0)
        return;
    ns += (uint64_t)*by_ns;
    memcpy((void *)(uintptr_t)at, &ns, sizeof(ns));
}

void times_move(const struct shape *shape, char *message, size_t len, int64_t by_ns)
{
    walk(shape, (struct str){message, len}, move_time, &by_ns);
}

/*
 * Each request is a trace, whose last span ends now.
 */
#include "commands/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "commands/outbound.h"
#include "commands/shop_write.h"
#include "config/duration.h"
#include "config/scalar.h"
#include "otlp/batch.h"

enum { PATIENCE_S = 3, DURATION_MS = 10000, NS_PER_S = 1000000000, NS_PER_MS = 1000000 };

struct generate {
    const struct generate_options *options;
    const char *to;
    struct shop *shop;
    struct buf scratch;
    uint64_t made, until_ms; /* until_ms: 0: no limit */
    uint64_t taken;          /* requests */
    bool unreachable;
    unsigned told;
};

/* ---- the command line ---- */

static bool take_number(uint64_t *to, const char *value, uint64_t least_value, uint64_t most)
{
    return str_to_uint(str_of(value), most, to) && *to >= least_value;
}

static bool take_small(unsigned *to, const char *value, unsigned most)
{
    uint64_t number;

    if (!take_number(&number, value, 1, most))
        return false;
    *to = (unsigned)number;
    return true;
}

static bool take_percent(double *to, const char *value)
{
    size_t len = strlen(value);
    char text[32];

    if (len == 0 || len >= sizeof(text))
        return false;
    memcpy(text, value, len + 1);
    if (text[len - 1] == '%')
        text[len - 1] = '\0';
    return scalar_number(text, to) && *to >= 0 && *to <= 100;
}

bool generate_option(struct generate_options *o, const char *name, const char *value,
                     const char **wants)
{
    *wants = NULL;
    if (strcmp(name, "services") == 0) {
        *wants = "a number from 1 to 12";
        return take_small(&o->shop.services, value, SHOP_SERVICES);
    }
    if (strcmp(name, "depth") == 0) {
        *wants = "a number from 1 to 32";
        return take_small(&o->shop.depth, value, SHOP_DEPTH_MAX);
    }
    if (strcmp(name, "errors") == 0) {
        *wants = "a percentage from 0 to 100, such as 5";
        return take_percent(&o->shop.errors, value);
    }
    if (strcmp(name, "duration") == 0) {
        *wants = "a duration such as 30s";
        return !duration_parse(value, &o->duration_ms) && o->duration_ms > 0;
    }
    if (strcmp(name, "traces") == 0) {
        *wants = "a number of traces";
        return take_number(&o->traces, value, 1, UINT32_MAX);
    }
    if (strcmp(name, "seed") == 0) {
        *wants = "a number";
        o->seeded = true;
        return take_number(&o->shop.seed, value, 0, UINT64_MAX);
    }
    if (strcmp(name, "protocol") == 0) {
        *wants = "grpc or http";
        o->http = strcmp(value, "http") == 0;
        return o->http || strcmp(value, "grpc") == 0;
    }
    return false;
}

/* ---- the source ---- */

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t now_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / NS_PER_MS;
}

static void begin(void *arg)
{
    struct generate *g = arg;

    if (g->options->duration_ms > 0)
        g->until_ms = now_ms() + g->options->duration_ms;
}

static bool is_over(const struct generate *g)
{
    return (g->options->traces > 0 && g->made >= g->options->traces) ||
           (g->until_ms > 0 && now_ms() >= g->until_ms);
}

static enum outbound_next next(void *arg, bool is_idle, struct payload **payload)
{
    struct generate *g = arg;
    struct payload_report report;
    const struct shop_trace *trace;
    struct bytes *body;

    (void)is_idle;
    *payload = NULL;
    if (is_over(g))
        return OUTBOUND_END;
    trace = shop_next(g->shop);
    buf_reset(&g->scratch);
    shop_write(&g->scratch, trace, clock_ns(CLOCK_REALTIME) - trace->length_ns);
    body = bytes_new(g->scratch.len);
    if (!body)
        return OUTBOUND_LATER;
    memcpy(body->at, g->scratch.at, g->scratch.len);
    body->len = g->scratch.len;
    *payload = payload_read(TRACES, body, &report);
    if (!*payload)
        return OUTBOUND_LATER;
    g->made++;
    return OUTBOUND_REQUEST;
}

/* Where not even the first one is taken, nothing listens: the rest would not arrive either. */
static bool answered(void *arg, const struct batch *batch, struct result result)
{
    struct generate *g = arg;
    const char *why = result.why ? result.why : "";

    if (result.verdict == ACCEPTED) {
        g->taken++;
        return true;
    }
    if (g->unreachable)
        return false;
    if (g->taken > 0) {
        outbound_complain(&g->told, "%s: a trace of %zu spans was not taken: %s", g->to,
                          batch->items, why);
        return true;
    }
    g->unreachable = true;
    outbound_complain(&g->told, "nothing at %s takes the spans: %s", g->to, why);
    fputs("otelc: start a collector in another terminal, such as\n"
          "           otelc --config config/quickstart.yaml\n"
          "       or name one that runs: otelc generate --to HOST:4317\n",
          stderr);
    return false;
}

/* ---- the run ---- */

/* Tells of it before the first answer, so that nobody wonders. */
static void announce(const struct generate *g)
{
    const struct generate_options *o = g->options;

    printf("sending to %s:", g->to);
    if (o->traces > 0)
        printf(" %" PRIu64 " trace%s", o->traces, o->traces == 1 ? "" : "s");
    if (o->rate > 0)
        printf("%s %" PRIu64 " spans/s", o->traces > 0 ? " at" : "", o->rate);
    if (o->duration_ms > 0)
        printf(" for %.1f s", (double)o->duration_ms / 1000);
    printf(" (--seed %" PRIu64 ")\n", g->options->shop.seed);
    fflush(stdout);
}

static bool report(const struct generate *g, const struct outbound_report *sent)
{
    bool good = sent->refused.requests == 0;

    if (g->unreachable)
        return false;
    outbound_print(&sent->sent, "acknowledged:");
    if (!good)
        outbound_print(&sent->refused, "not taken:");
    if (sent->interrupted)
        printf("interrupted: what was on its way may have arrived\n");
    if (sent->sent.requests > 0)
        printf("Each request was a trace; look for the service frontend.\n");
    return good && g->taken > 0;
}

enum exit_code generate_run(const struct generate_options *options)
{
    struct generate_options mine = *options;
    struct generate g = {.options = &mine};
    const struct outbound_source source = {NULL, begin, next, answered, &g};
    struct outbound_report sent = {0};
    struct outbound_options outbound;
    enum exit_code code;
    struct buf to = {0};

    buf_printf(&to, "%s%s", mine.http && mine.to && !strstr(mine.to, "://") ? "http://" : "",
               mine.to         ? mine.to
               : options->http ? "http://localhost:4318"
                               : "localhost:4317");
    g.to = buf_text(&to);
    if (mine.duration_ms == 0 && mine.traces == 0)
        mine.duration_ms = DURATION_MS;
    if (!mine.seeded && getrandom(&mine.shop.seed, 4, 0) != 4) /* short, to be typed again */
        mine.shop.seed = (uint64_t)time(NULL);
    outbound = (struct outbound_options){
        .target = {"generate", g.to, PATIENCE_S, mine.sources, mine.source_count},
        .rate = mine.rate,
        .sandbox = mine.sandbox,
        .memory_limit = mine.memory_limit,
        .log_level = LOG_ERROR + 1, /* all is told here */
    };
    g.shop = shop_new(&mine.shop);
    announce(&g);
    code = outbound_run(&outbound, &source, &sent);
    if (code == EXIT_FINE && !report(&g, &sent))
        code = EXIT_RUN_TIME;
    shop_free(g.shop);
    buf_done(&g.scratch);
    buf_done(&to);
    return code;
}

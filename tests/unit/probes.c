/*
 * Components that record what happens to them.
 */
#include "unit/probes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/mem.h"
#include "service/configuration.h"

struct probe_settings {
    uint64_t v;
    const char *needs;
    bool fails;
};

struct probe {
    struct component base;
    const struct probe_settings *settings;
    component_drained_cb *drained; /* not NULL: draining, slowly */
    struct list node;              /* in probes, the newest first */
};

struct buf probe_events;
const char *probe_slow, *probe_refuses;

static struct list probes;

static void name(const struct component *base)
{
    const struct probe *probe = (const struct probe *)base;

    buf_printf(&probe_events, " %s", base->where);
    if (probe->settings->v != 1)
        buf_printf(&probe_events, "=%u", (unsigned)probe->settings->v);
}

static void note(const char *what, const struct component *base)
{
    buf_append_str(&probe_events, str_of(what));
    name(base);
    buf_append_str(&probe_events, STR("; "));
}

static struct component *probe_create(const void *settings, struct worker *worker,
                                      struct error *err)
{
    struct probe *probe = mem_zero(sizeof(*probe));

    (void)worker, (void)err;
    if (!probes.next)
        list_init(&probes);
    probe->settings = settings;
    list_push_front(&probes, &probe->node);
    return &probe->base;
}

static bool probe_start(struct component *base, struct error *err)
{
    note("start", base);
    return !((struct probe *)base)->settings->fails || error_set(err, "port 1 is taken");
}

static struct result probe_consume(struct component *base, struct batch *batch)
{
    struct component *next = base->next[batch->signal];

    if (probe_refuses && strcmp(base->where, probe_refuses) == 0)
        return result_retry(1, "full");
    note("consume", base);
    return next ? consume(next, batch) : result_accepted();
}

static void probe_drain(struct component *base, component_drained_cb *drained)
{
    note("drain", base);
    if (probe_slow && strcmp(base->where, probe_slow) == 0)
        ((struct probe *)base)->drained = drained;
    else
        drained(base);
}

void probe_finish(struct component *base)
{
    struct probe *probe = (struct probe *)base;
    component_drained_cb *drained = probe->drained;

    ck_assert_msg(drained, "%s is not draining", base->where);
    probe->drained = NULL;
    drained(base);
}

static void probe_last(struct component *base, component_drained_cb *finished)
{
    note("finish", base);
    if (probe_slow && strcmp(base->where, probe_slow) == 0)
        ((struct probe *)base)->drained = finished;
    else
        finished(base);
}

static void probe_bequeath(struct component *base, struct component *heir)
{
    buf_append_str(&probe_events, STR("bequeath"));
    name(base);
    name(heir);
    buf_append_str(&probe_events, STR("; "));
}

static void probe_reloaded(struct component *base)
{
    note("reloaded", base);
}

static size_t probe_held(const struct component *base)
{
    (void)base;
    return 7;
}

static void probe_destroy(struct component *base)
{
    struct probe *probe = (struct probe *)base;

    note("destroy", base);
    list_remove(&probe->node);
    free(probe);
}

struct component *probe_at(const char *where)
{
    for (struct list *node = probes.next; node && node != &probes; node = node->next) {
        struct probe *probe = LIST_ENTRY(node, struct probe, node);

        if (strcmp(probe->base.where, where) == 0)
            return &probe->base;
    }
    ck_abort_msg("there is no %s", where);
}

size_t probe_count(void)
{
    size_t count = 0;

    for (struct list *node = probes.next; node && node != &probes; node = node->next)
        count++;
    return count;
}

static const struct field fields[] = {
    FIELD_UINT(struct probe_settings, v, "v", "1", 1, 1000, "shown in the events, but for 1"),
    FIELD_BOOL(struct probe_settings, fails, "fails", "false", "cannot start"),
    FIELD_EXTENSION(struct probe_settings, needs, "needs", "an extension"),
    FIELD_END,
};

#define PROBE(kind_, name_, ...)                                                                   \
    {                                                                                              \
        .name = (name_), .kind = (kind_), .signals = SIGNALS_ALL, .help = "records what happens",  \
        .fields = fields, .settings_size = sizeof(struct probe_settings), .create = probe_create,  \
        .start = probe_start, .destroy = probe_destroy, __VA_ARGS__                                \
    }
#define DATA .consume = probe_consume, .drain = probe_drain, .reloaded = probe_reloaded

static const struct component_type receiver = PROBE(RECEIVER, "r", DATA),
                                   processor = PROBE(PROCESSOR, "p", DATA),
                                   one = PROBE(PROCESSOR, "one", DATA, .placement = ONE_WORKER),
                                   one_x = PROBE(EXPORTER, "one_x", DATA, .placement = ONE_WORKER),
                                   connector = PROBE(CONNECTOR, "c", DATA),
                                   exporter = PROBE(EXPORTER, "x", DATA, .held = probe_held,
                                                    .bequeath = probe_bequeath),
                                   extension = PROBE(EXTENSION, "e", .finish = probe_last),
                                   lasting = PROBE(EXTENSION, "e_lasting", .lasting = true);

const struct component_type *const probe_types[] = {
    &receiver, &processor, &one, &connector, &one_x, &exporter, &extension, &lasting, NULL};

struct configuration *probes_load(const char *components, const char *pipelines)
{
    struct source sources[3] = {{SOURCE_CONFIG, components},
                                {SOURCE_CONFIG, pipelines},
                                {SOURCE_SET, "service.telemetry.metrics.level=none"}};
    struct arena *arena = arena_new(1024);
    struct configuration *configuration;
    struct problems problems;

    problems_init(&problems, arena);
    configuration = configuration_load(sources, 3, probe_types, &problems);
    for (size_t i = 0; !configuration && i < problems.count; i++)
        ck_abort_msg("%s", problems.list[i].text);
    problems_done(&problems);
    arena_free(arena);
    return configuration;
}

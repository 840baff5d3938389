/*
 * A stage for one component.
 */
#include "unit/stage.h"

#include <check.h>
#include <stdio.h>

#include "otlp/group.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"
#include "unit/batches.h"

static struct stage *current;

static struct result record(struct component *base, struct batch *batch)
{
    struct recorder *self = (struct recorder *)base;
    struct groups *groups;
    struct span_view span;
    struct str item;

    if (self->answer.verdict != ACCEPTED)
        return self->answer;
    self->batches++;
    self->items += batch->items;
    self->last_items = batch->items;
    groups = groups_new(batch);
    for (size_t i = 0; i < groups->count; i++) {
        struct group_cursor cursor = {0};

        while (group_next(&groups->at[i], &cursor, &item)) {
            size_t used = strlen(self->names);

            span_read(item, &span);
            snprintf(self->names + used, sizeof(self->names) - used, "%.*s ", STR_ARG(span.name));
        }
    }
    groups_free(groups);
    return self->answer;
}

static const struct component_type recorder_type = {
    .name = "recorder",
    .kind = EXPORTER,
    .consume = record,
};

void recorder_init(struct recorder *recorder, const char *where)
{
    *recorder = (struct recorder){
        .base = {.type = &recorder_type, .id = "recorder", .where = where},
        .answer = result_accepted(),
    };
}

void stage_init(struct stage *stage)
{
    *stage = (struct stage){.worker = {.index = 0, .count = 1}};
    uv_loop_init(&stage->loop);
    stage->worker.loop = &stage->loop;
    recorder_init(&stage->out, "exporters/recorder");
    current = stage;
}

void stage_done(struct stage *stage)
{
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&stage->loop), 0);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

void stage_turn(struct stage *stage)
{
    uv_timer_t tick;

    uv_timer_init(&stage->loop, &tick);
    uv_update_time(&stage->loop); /* else an old time lets it end before the loop waits */
    uv_timer_start(&tick, on_tick, 5, 0);
    uv_run(&stage->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&stage->loop, UV_RUN_NOWAIT);
}

struct batch *stage_batch(unsigned first, unsigned count)
{
    struct buf request = {0};
    size_t group = wire_begin(&request, 1), scope = wire_begin(&request, 2);
    struct batch *batch;

    for (unsigned i = first; i < first + count; i++) {
        size_t span = wire_begin(&request, 2);
        char name[16];

        snprintf(name, sizeof(name), "s%u", i);
        wire_put_bytes(&request, 1, STR("0123456789abcdef"));
        wire_put_bytes(&request, 2, STR("01234567"));
        wire_put_bytes(&request, 5, str_of(name));
        wire_end(&request, span);
    }
    wire_end(&request, scope);
    wire_end(&request, group);
    batch = batch_of_request(TRACES, &request);
    buf_done(&request);
    ck_assert_uint_eq(batch->items, count);
    return batch;
}

const char *stage_names(unsigned first, unsigned count)
{
    static char text[8192];
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = first; i < first + count; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "s%u ", i);
    return text;
}

void stage_refuse(struct stage *stage, bool refuses)
{
    stage->out.answer = refuses ? result_retry(1000, "full") : result_accepted();
}

struct result stage_hand_in(struct component *component, struct batch *batch)
{
    struct result result = consume(component, batch);

    batch_unref(batch);
    return result;
}

void stage_on_drained(struct component *component)
{
    (void)component;
    current->drained++;
}

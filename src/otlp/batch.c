/*
 * Batches: lists of slices.
 */
#include "otlp/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct batch *batch_new(enum signal signal)
{
    struct batch *batch = mem_zero(sizeof(*batch));

    atomic_init(&batch->refs, 1);
    batch->signal = signal;
    return batch;
}

struct batch *batch_of(struct payload *payload)
{
    struct batch *batch = batch_new(payload->signal);

    batch_add(batch, payload, 0, payload->item_count);
    return batch;
}

struct batch *batch_ref(struct batch *batch)
{
    atomic_fetch_add_explicit(&batch->refs, 1, memory_order_relaxed);
    return batch;
}

void batch_unref(struct batch *batch)
{
    if (!batch || atomic_fetch_sub_explicit(&batch->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < batch->slice_count; i++)
        payload_unref(batch->slices[i].payload);
    free(batch->slices);
    free(batch->wait.why);
    free(batch);
}

static size_t slice_bytes(const struct slice *slice)
{
    const struct range *items = slice->payload->items + slice->first;
    size_t bytes = 0;

    for (uint32_t i = 0; i < slice->count; i++)
        bytes += items[i].len;
    return bytes;
}

static void push(struct batch *batch, struct slice slice)
{
    batch->slices = mem_room(batch->slices, batch->slice_count, &batch->slice_cap, sizeof(slice));
    batch->slices[batch->slice_count++] = slice;
    payload_ref(slice.payload);
    batch->items += payload_count(slice.payload, slice.first, slice.count);
}

void batch_add(struct batch *batch, struct payload *payload, uint32_t first, uint32_t count)
{
    struct slice slice = {.payload = payload, .first = first, .count = count};

    if (count == 0)
        return;
    push(batch, slice);
    batch->bytes += slice_bytes(&slice);
}

void batch_append(struct batch *batch, const struct batch *more)
{
    if (batch->slice_count == 0)
        batch->signal = more->signal;
    for (size_t i = 0; i < more->slice_count; i++)
        push(batch, more->slices[i]);
    batch->bytes += more->bytes;
}

static size_t message_size(const struct payload *payload, uint32_t message, enum batch_unit unit)
{
    if (unit == BATCH_BYTES)
        return payload->items[message].len;
    return payload->points ? payload->points[message] : 1;
}

/*
 * How many messages of a slice go along with what is taken already, so that it becomes up to most.
 * The first one that counts goes in any case, and those that count for nothing do.
 */
static uint32_t messages_to_take(const struct slice *slice, size_t taken, size_t most,
                                 enum batch_unit unit)
{
    uint32_t n = 0;

    if (unit == BATCH_ITEMS && !slice->payload->points)
        return slice->count < most - taken ? slice->count : (uint32_t)(most - taken);
    for (; n < slice->count; n++) {
        size_t more = message_size(slice->payload, slice->first + n, unit);

        if (more > 0 && taken > 0 && taken + more > most)
            break;
        taken += more;
    }
    return n;
}

struct batch *batch_take(struct batch *batch, size_t most, enum batch_unit unit)
{
    struct batch *taken = batch_new(batch->signal);
    size_t whole = 0; /* slices that go as they are */

    for (; whole < batch->slice_count; whole++) {
        struct slice *slice = &batch->slices[whole];
        uint32_t want = messages_to_take(slice, batch_size(taken, unit), most, unit);

        batch_add(taken, slice->payload, slice->first, want);
        if (want < slice->count) { /* the last one is cut in two */
            slice->first += want;
            slice->count -= want;
            break;
        }
    }
    for (size_t i = 0; i < whole; i++)
        payload_unref(batch->slices[i].payload);
    batch->slice_count -= whole;
    if (whole > 0)
        memmove(batch->slices, batch->slices + whole, batch->slice_count * sizeof(*batch->slices));
    batch->items -= taken->items;
    batch->bytes -= taken->bytes;
    return taken;
}

void batch_hold(struct batch *batch)
{
    batch->wait.holds++;
}

void batch_settle(struct batch *batch, struct result result)
{
    struct batch_wait *wait = &batch->wait;

    assert(wait->holds > 0);
    if (result.verdict > wait->result.verdict) {
        free(wait->why);
        wait->why = mem_text(result.why);
        wait->result = result;
        wait->result.why = wait->why;
    }
    if (--wait->holds == 0 && wait->settled)
        wait->settled(wait->arg, wait->result);
}

size_t batch_memory(const struct batch *batch)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];
        const struct payload *payload = slice->payload;
        uint64_t whole = payload->cost;

        for (unsigned k = 0; k < PAYLOAD_BODIES; k++)
            whole += payload->bodies[k] ? payload->bodies[k]->len : 0;
        bytes += whole * slice->count / payload->item_count;
    }
    return (size_t)bytes;
}

size_t batch_unstored(const struct batch *batch)
{
    size_t items = 0;

    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];

        if (!slice->payload->origin)
            items += payload_count(slice->payload, slice->first, slice->count);
    }
    return items;
}

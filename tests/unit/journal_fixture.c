/*
 * A journal on a directory of its own.
 */
#include "unit/journal_fixture.h"

#include "base/budget.h"
#include "unit/check.h"

static struct result keep(struct component *base, struct batch *batch)
{
    struct shelf *shelf = (struct shelf *)base;

    ck_assert_uint_lt(shelf->count, KEPT_MAX);
    shelf->kept[shelf->count++] = batch_ref(batch);
    return result_accepted();
}

static const struct component_type shelf_type = {
    .name = "shelf",
    .kind = EXPORTER,
    .consume = keep,
};

void shelf_empty(struct shelf *shelf)
{
    while (shelf->count > 0)
        batch_unref(shelf->kept[--shelf->count]);
}

void journal_fixture_init(struct journal_fixture *f)
{
    *f = (struct journal_fixture){.shelf.base = {.type = &shelf_type, .id = "shelf"}};
    stage_init(&f->stage);
    store_fixture_make_fast(&f->disk);
    f->disk.settings.sync = true;
}

struct component *journal_fixture_inlet(struct journal_fixture *f, const char *id,
                                        struct component *next)
{
    struct component *inlet = journal_inlet_new(f->journal, id, TRACES, next, "receivers/otlp");

    ck_assert(inlet->type->start(inlet, &f->disk.err));
    return inlet;
}

void journal_fixture_open(struct journal_fixture *f, struct component *next)
{
    store_fixture_open(&f->disk);
    f->journal = journal_new(&f->stage.worker, f->disk.store, f->sync_interval_ms,
                             "extensions/file_storage", &f->disk.err);
    f->disk.store = NULL; /* its reference is the journal's */
    ck_assert_ptr_nonnull(f->journal);
    f->inlet = next ? journal_fixture_inlet(f, "otlp", next) : NULL;
}

void journal_fixture_close(struct journal_fixture *f)
{
    journal_close(f->journal);
    shelf_empty(&f->shelf);
    if (f->inlet)
        f->inlet->type->destroy(f->inlet);
    f->inlet = NULL;
    journal_free(f->journal);
    f->journal = NULL;
    uv_run(&f->stage.loop, UV_RUN_DEFAULT);
}

void journal_fixture_done(struct journal_fixture *f)
{
    if (f->journal)
        journal_fixture_close(f);
    stage_done(&f->stage);
    store_fixture_remove(&f->disk);
    ck_assert_uint_eq(budget_used(), 0);
    ck_assert_uint_eq(f->stage.worker.held_bytes, 0);
}

static void on_settled(void *arg, struct result result)
{
    struct journal_fixture *f = arg;

    f->accepted += result.verdict == ACCEPTED;
    f->refused += result.verdict == RETRY_LATER;
    f->rejected += result.verdict == REJECTED;
    if (result.verdict == RETRY_LATER)
        ck_assert_uint_gt(result.retry_after_ms, 0);
}

void journal_fixture_send(struct journal_fixture *f, struct batch *batch)
{
    struct result result = consume(f->inlet, batch);

    if (batch->wait.holds > 0) {
        ck_assert_int_eq(result.verdict, ACCEPTED);
        batch->wait.settled = on_settled;
        batch->wait.arg = f;
    } else {
        on_settled(f, result);
    }
    batch_unref(batch);
}

void journal_fixture_send_spans(struct journal_fixture *f, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        journal_fixture_send(f, stage_batch(i, 1));
}

size_t journal_fixture_told(const struct journal_fixture *f)
{
    return f->accepted + f->refused + f->rejected;
}

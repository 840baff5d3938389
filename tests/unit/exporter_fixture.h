/*
 * An exporter that sends (exporters/sending.h) with the real queue, on a network that the tests
 * play themselves. To be included first: the exporter's own files, which are included then, get the
 * fake network.
 */
#pragma once

#include "unit/fake_network.h"

#include "exporters/sending.c"

#include "unit/settings_fixture.h"

struct fixture {
    struct settings_fixture configured;
    uv_loop_t loop;
    struct worker worker; /* the second of two */
    struct component *exporter;
};

static inline void fixture_begin(struct fixture *f, const struct component_type *type,
                                 const char *yaml)
{
    struct error err;

    request_count = cancelled = 0;
    memset(f, 0, sizeof(*f));
    settings_read(&f->configured, type, yaml);
    ck_assert_uint_eq(f->configured.problems.errors, 0);
    uv_loop_init(&f->loop);
    f->worker = (struct worker){.index = 1, .count = 2, .loop = &f->loop};
    f->exporter = type->create(f->configured.settings, &f->worker, &err);
    ck_assert_ptr_nonnull(f->exporter);
    f->exporter->type = type;
    f->exporter->id = type->name;
    f->exporter->where = "exporters/it";
    ck_assert(type->start(f->exporter, &err));
}

static inline void fixture_end(struct fixture *f)
{
    f->exporter->type->destroy(f->exporter);
    ck_assert_int_eq(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&f->loop), 0);
    settings_free(&f->configured);
}

static inline struct sender_counts fixture_counts(const struct fixture *f)
{
    return sender_counts(((struct outgoing *)f->exporter)->sender);
}

/* Hands a batch in, and gives the reference up. */
static inline void fixture_consume(struct fixture *f, struct batch *batch)
{
    ck_assert_int_eq(consume(f->exporter, batch).verdict, ACCEPTED);
    batch_unref(batch);
}

/*
 * Looked for along the configuration, before anything of it is made.
 */
#include "service/stored.h"

#include "pipeline/journal.h"

static bool names(const struct component_entry *const *list, size_t count,
                  const struct component_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == entry)
            return true;
    return false;
}

static bool feeds(const struct component_entry *receiver, const struct pipeline_entry *pipeline)
{
    return names(pipeline->receivers, pipeline->receiver_count, receiver);
}

static bool passes_on(const struct component_entry *entry)
{
    return entry->type->kind == CONNECTOR && !entry->type->signals_out;
}

/* Of the pipelines that a receiver, or a connector, gives a signal to. */
static const char *storage_behind(const struct builder *b, const struct component_entry *entry,
                                  enum signal signal)
{
    const struct configuration *c = b->configuration;
    const char *storage = NULL;

    for (size_t p = 0; !storage && p < c->pipeline_count; p++)
        if (c->pipelines[p].served && c->pipelines[p].signal == signal &&
            feeds(entry, &c->pipelines[p]))
            storage = b->storages[p];
    return storage;
}

void stored_find(struct builder *b)
{
    const struct configuration *c = b->configuration;

    for (size_t i = 0; i < c->pipeline_count; i++) {
        const struct pipeline_entry *pipeline = &c->pipelines[c->order[i]];
        const char *storage = NULL;

        for (size_t e = 0; !storage && e < pipeline->exporter_count; e++) {
            const struct component_entry *exporter = pipeline->exporters[e];

            if (exporter->type->storage)
                storage = exporter->type->storage(exporter->settings);
            if (passes_on(exporter))
                storage = storage_behind(b, exporter, pipeline->signal);
        }
        b->storages[c->order[i]] = storage;
    }
}

struct journal *stored_behind(const struct builder *b, const struct component_entry *receiver,
                              enum signal signal)
{
    const char *storage = storage_behind(b, receiver, signal);
    struct component *extension = storage ? worker_extension(b->generation->worker, storage) : NULL;

    return extension && extension->type->journal ? extension->type->journal(extension) : NULL;
}

/* The first journal behind whose inlets an exporter, or a connector, is; or NULL. */
static struct journal *journal_before(const struct builder *b,
                                      const struct component_entry *exporter);

static struct journal *journal_into(const struct builder *b, const struct pipeline_entry *pipeline)
{
    struct journal *journal = NULL;

    for (size_t i = 0; !journal && i < pipeline->receiver_count; i++) {
        const struct component_entry *receiver = pipeline->receivers[i];

        if (receiver->type->kind != CONNECTOR)
            journal = stored_behind(b, receiver, pipeline->signal);
        else if (passes_on(receiver))
            journal = journal_before(b, receiver); /* there are no cycles */
    }
    return journal;
}

static struct journal *journal_before(const struct builder *b,
                                      const struct component_entry *exporter)
{
    const struct configuration *c = b->configuration;
    struct journal *journal = NULL;

    for (size_t p = 0; !journal && p < c->pipeline_count; p++) {
        const struct pipeline_entry *pipeline = &c->pipelines[p];

        if (pipeline->served && names(pipeline->exporters, pipeline->exporter_count, exporter))
            journal = journal_into(b, pipeline);
    }
    return journal;
}

static bool has_other_exporter(const struct builder *b, const struct journal *journal,
                               const struct component_entry *exporter)
{
    const struct configuration *c = b->configuration;

    for (size_t p = 0; p < c->pipeline_count; p++)
        for (size_t i = 0; i < c->pipelines[p].exporter_count; i++) {
            const struct component_entry *other = c->pipelines[p].exporters[i];

            if (other != exporter && other->type->kind == EXPORTER &&
                journal_before(b, other) == journal)
                return true;
        }
    return false;
}

struct journal *stored_overflow(const struct builder *b, const struct component_entry *exporter)
{
    struct journal *journal = journal_before(b, exporter);

    if (journal && !has_other_exporter(b, journal, exporter) &&
        !journal_has_lane(journal, exporter->where))
        return NULL;
    return journal;
}

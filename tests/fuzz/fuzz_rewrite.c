/*
 * Any bytes as a request of any signal (the first byte tells which), through processors that write
 * much of it anew: what comes out is a request that is accepted again, with as many items.
 */
#include "fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "config/source.h"
#include "otlp/request_write.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"
#include "unit/reference.h"

extern const struct component_type attributes_processor, redaction_processor, resource_processor,
    span_processor;

static struct component *chain; /* the processors, then an end that checks */
static struct component *spans; /* the one that is before them for traces */
static struct worker worker = {.count = 1};

static struct result check(struct component *self, struct batch *batch)
{
    struct request_writer *writer = request_writer_new(batch);
    struct request_message message;
    struct payload_report report;
    struct buf request = {0};
    struct payload *payload;

    (void)self;
    while (request_writer_next(writer, SIZE_MAX, SIZE_MAX, &message)) {
        pieces_join(&message.pieces, &request);
        payload = payload_read(batch->signal, reference_body(buf_str(&request)), &report);
        assert(payload && report.rejected == 0 && report.mended_text == 0);
        assert(payload->item_count == message.messages && payload->counted == message.items);
        payload_unref(payload);
        buf_reset(&request);
    }
    request_writer_free(writer);
    buf_done(&request);
    return result_accepted();
}

static const struct component_type end_type = {.name = "end", .consume = check};

static struct component *make(const struct component_type *type, const char *yaml,
                              struct component *next)
{
    struct arena *arena = arena_new(4096);
    void *settings = arena_alloc(arena, type->settings_size);
    struct problems problems;
    struct component *made;
    struct node *node;

    problems_init(&problems, arena);
    node = yaml_parse("settings", yaml, strlen(yaml), arena, &problems);
    fields_decode(type->fields, settings, node, arena, &problems);
    type->check(settings, node, &problems);
    assert(problems.errors == 0);
    problems_done(&problems);
    made = type->create(settings, &worker, NULL);
    made->type = type;
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        made->next[s] = next;
    return made;
}

static struct component *make_chain(void)
{
    static struct component end = {.type = &end_type};
    struct component *next = &end;

    next = make(&redaction_processor,
                "{allow_all_keys: true, redact_all_types: true, blocked_values: [a, '[0-9]+'], "
                "blocked_key_patterns: ['[.]'], summary: debug}",
                next);
    next = make(&resource_processor,
                "{attributes: [{key: a, value: [1, {b: c}], action: upsert}, "
                "{key: service.name, action: hash}]}",
                next);
    return make(&attributes_processor,
                "{exclude: {match_type: regexp, attributes: [{key: skip, value: '1'}]}, actions: "
                "[{key: new, value: 5, action: insert}, {key: b, action: delete}, "
                "{key: s, pattern: '(?P<first>.)(?P<rest>.*)', action: extract}, "
                "{key: i, converted_type: string, action: convert}, "
                "{pattern: '^h', action: hash}, {key: c, from_attribute: l, action: upsert}]}",
                next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct payload_report report;
    struct payload *payload;
    struct batch *batch;

    if (size == 0)
        return 0;
    if (!chain) {
        chain = make_chain();
        spans = make(&span_processor,
                     "{exclude: {match_type: strict, span_kinds: [SPAN_KIND_CLIENT]}, name: "
                     "{from_attributes: [s, i], separator: '::', to_attributes: {rules: "
                     "['(?P<a>[0-9]+)(?P<b>.)?', '^(?P<s>.(?P<c>.))']}}, status: {code: Ok}}",
                     chain);
    }
    payload = payload_read((enum signal)(data[0] % SIGNAL_KINDS),
                           reference_body((struct str){(const char *)data + 1, size - 1}), &report);
    if (!payload)
        return 0;
    batch = batch_of(payload);
    payload_unref(payload);
    assert(consume(batch->signal == TRACES ? spans : chain, batch).verdict == ACCEPTED);
    batch_unref(batch);
    return 0;
}

#include "unit/processor_fixture.h"

#include "config/source.h"
#include "otlp/json_text.h"
#include "otlp/wire_write.h"
#include "pipeline/worker.h"

void *processor_decode(const struct component_type *type, const char *yaml, struct arena *arena,
                       struct problems *problems)
{
    struct node *node = yaml_parse("test", yaml, strlen(yaml), arena, problems);
    void *settings = arena_alloc(arena, type->settings_size);

    fields_decode(type->fields, settings, node, arena, problems);
    if (type->check && problems->errors == 0)
        type->check(settings, node, problems);
    return settings;
}

void processor_complains(const struct component_type *type, const char *yaml, const char *told,
                         struct arena *arena)
{
    struct problems problems;
    const char *text;

    problems_init(&problems, arena);
    processor_decode(type, yaml, arena, &problems);
    text = problems_text(&problems, arena);
    ck_assert_msg(problems.count > 0, "%s", yaml);
    ck_assert_msg(strstr(text, told) != NULL, "%s: %s", yaml, text);
    problems_done(&problems);
}

struct component *processor_new(const struct component_type *type, const char *yaml,
                                struct arena *arena, struct component *next)
{
    static struct worker worker = {.count = 1};
    struct problems problems;
    struct component *processor;
    struct error err = {""};
    void *settings;

    problems_init(&problems, arena);
    settings = processor_decode(type, yaml, arena, &problems);
    ck_assert_msg(problems.errors == 0, "%s: %s", yaml, problems_text(&problems, arena));
    problems_done(&problems);
    processor = type->create(settings, &worker, &err);
    ck_assert_msg(processor != NULL, "%s: %s", yaml, err.text);
    processor->type = type;
    processor->id = type->name;
    processor->where = arena_printf(arena, "processors/%s", type->name);
    for (unsigned signal = 0; signal < SIGNAL_KINDS; signal++)
        processor->next[signal] = next;
    return processor;
}

struct result processor_take(struct component *processor, struct batch *batch)
{
    struct result result = consume(processor, batch);

    batch_unref(batch);
    return result;
}

static struct result end_consume(struct component *base, struct batch *batch)
{
    struct end *end = (struct end *)base;

    batch_unref(end->came);
    end->came = batch_ref(batch);
    return result_accepted();
}

void end_init(struct end *end)
{
    static const struct component_type type = {.name = "end", .consume = end_consume};

    *end = (struct end){.base = {.type = &type, .id = "end", .where = "exporters/end"}};
}

void end_done(struct end *end)
{
    batch_unref(end->came);
    end->came = NULL;
}

static const struct payload *payload_of(const struct end *end)
{
    ck_assert_ptr_nonnull(end->came);
    ck_assert_uint_eq(end->came->slice_count, 1);
    return end->came->slices[0].payload;
}

struct str end_item(const struct end *end)
{
    return payload_str(payload_of(end), payload_of(end)->items[end->came->slices[0].first]);
}

struct str end_scope(const struct end *end)
{
    return payload_str(payload_of(end), payload_of(end)->scopes[0].scope);
}

struct str end_resource(const struct end *end)
{
    return payload_str(payload_of(end), payload_of(end)->resources[0].resource);
}

void renumber(struct str message, uint32_t from, uint32_t to, struct buf *out)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f))
        if (f.number == from)
            wire_put_bytes(out, to, f.bytes);
}

const char *json_of_attributes(struct str message, uint32_t number, struct arena *arena)
{
    struct buf list = {0}, json = {0};
    struct value_view map = {.kind = VALUE_KVLIST};
    const char *text;

    renumber(message, number, 1, &list);
    map.bytes = buf_str(&list);
    text = arena_copy(arena, json_text(&map, &json)).at;
    buf_done(&list);
    buf_done(&json);
    return text;
}

/*
 * OTTL: any text as a condition of each context; what is taken is evaluated on the spans of a
 * random request, and says the same in brackets, and its opposite behind a not.
 *
 * The first byte is the seed of the request.
 */
#include <assert.h>

#include "fuzz/fuzz.h"
#include "otlp/payload.h"
#include "ottl/ottl.h"
#include "ottl/statement.h"
#include "unit/random_request.h"
#include "unit/reference.h"

static struct ottl_condition *compile(enum ottl_context context, const char *before,
                                      struct str text, const char *behind)
{
    struct buf whole = {0};
    struct ottl_condition *condition;
    struct error err = {""};

    buf_append_str(&whole, str_of(before));
    buf_append_str(&whole, text);
    buf_append_str(&whole, str_of(behind));
    condition = ottl_condition_new(buf_str(&whole), context, false, &err);
    assert(condition || err.text[0]);
    buf_done(&whole);
    return condition;
}

/* Views of whatever kind on a span's bytes: they stop where these make no sense. */
static void evaluate(struct ottl_condition *const conditions[3], struct str message, bool stays)
{
    struct resource_view resource;
    struct scope_view scope;
    struct span_view span;
    struct event_view event;
    struct metric_view metric;
    struct point_view point;
    struct log_record_view record;
    struct ottl_data data = {.resource = &resource,
                             .scope = &scope,
                             .span = &span,
                             .event = &event,
                             .metric = &metric,
                             .point = &point,
                             .log = &record};
    enum ottl_verdict verdicts[3];

    resource_read(message, &resource);
    scope_read(message, &scope);
    span_read(message, &span);
    event_read(message, &event);
    metric_read(message, &metric);
    point_read(METRIC_SUM, message, &point);
    log_record_read(message, &record);
    for (int i = 0; i < 3; i++) {
        struct error err = {""};

        verdicts[i] =
            conditions[i] ? ottl_condition_holds(conditions[i], &data, &err) : OTTL_FAILED;
        assert(!conditions[i] || verdicts[i] != OTTL_FAILED || err.text[0]);
    }
    if (stays && verdicts[1] != OTTL_FAILED && verdicts[2] != OTTL_FAILED) {
        assert(verdicts[0] == verdicts[1]);
        assert(verdicts[0] != verdicts[2]);
    }
}

static void try_context(enum ottl_context context, struct str text, const struct payload *payload)
{
    struct ottl_condition *conditions[3] = {compile(context, "", text, "")};
    bool stays = !memmem(text.at, text.len, "Now", 3);

    if (!conditions[0])
        return;
    conditions[1] = compile(context, "(", text, ")");
    conditions[2] = compile(context, "not (", text, ")");
    for (uint32_t i = 0; i < payload->item_count && i < 8; i++)
        evaluate(conditions, payload_str(payload, payload->items[i]), stays);
    for (int i = 0; i < 3; i++)
        ottl_condition_free(conditions[i]);
}

/* As a statement about spans, or about events that have a span's bytes: what it writes is a
 * message. */
static void try_statement(enum ottl_context context, struct str text, const struct payload *payload)
{
    struct error err = {""};
    struct ottl_statement *statement = ottl_statement_new(text, context, false, &err);
    struct resource_view resource = {0};
    struct scope_view scope = {0};
    struct span_view span;
    struct event_view event;
    struct ottl_data data = {
        .resource = &resource, .scope = &scope, .span = &span, .event = &event};
    struct attributes list = {0};
    struct buf out = {0};

    assert(statement || err.text[0]);
    for (uint32_t i = 0; statement && i < payload->item_count && i < 8; i++) {
        struct str message = payload_str(payload, payload->items[i]);
        uint32_t number = ottl_statement_target(statement) == OTTL_SPAN ? ATTRIBUTES_OF_SPAN
                                                                        : ATTRIBUTES_OF_EVENT;
        struct wire w;
        struct wire_field f;

        buf_reset(&out);
        span_read(message, &span);
        event_read(message, &event);
        if (ottl_statement_run(statement, &data, message, number, &list, &out, &err) != OTTL_TRUE)
            assert(out.len == 0);
        for (w = wire_of(buf_str(&out)); wire_next(&w, &f);)
            ;
        assert(!w.bad);
    }
    attributes_done(&list);
    buf_done(&out);
    ottl_statement_free(statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dice dice = {.state = size > 0 ? data[0] + 1u : 1};
    struct str text = {(const char *)data + 1, size > 0 ? size - 1 : 0};
    struct payload_report report;
    struct payload *payload;
    struct buf request = {0};
    struct error err;

    if (size == 0)
        return 0;
    random_request(&dice, &request);
    payload = payload_read(TRACES, reference_body(buf_str(&request)), &report);
    buf_done(&request);
    assert(payload);
    for (enum ottl_context context = 0; context < OTTL_CONTEXTS; context++)
        try_context(context, text, payload);
    try_statement(OTTL_SPAN, text, payload);
    try_statement(OTTL_SPANEVENT, text, payload);
    for (enum signal signal = 0; signal < SIGNAL_KINDS; signal++) {
        enum ottl_context context;

        if (ottl_infer(text, signal, &context, &err))
            assert(context < OTTL_CONTEXTS && ottl_context_is_of(context, signal));
    }
    payload_unref(payload);
    return 0;
}

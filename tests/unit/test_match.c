/*
 * Blocks as in the YAML, held against a span, a log record and a metric.
 */
#include "processors/match.h"

#include "config/source.h"
#include "otlp/attributes.h"
#include "otlp/wire_write.h"
#include "unit/config_check.h"

static struct arena *arena;
static struct buf resource, scope, item;

struct settings {
    struct match_settings include;
};

static const struct field fields[] = {
    FIELD_SWITCH(struct settings, include, "include", match_fields, ""),
    FIELD_END,
};

static struct settings decode(const char *block, struct problems *problems)
{
    const char *yaml = arena_printf(arena, "{include: %s}", block);
    struct node *node = yaml_parse("test", yaml, strlen(yaml), arena, problems);
    struct settings settings = {0}; /* as a component has them */

    fields_decode(fields, &settings, node, arena, problems);
    if (problems->errors == 0)
        match_check(&settings.include, match_fields, "include", node, problems);
    return settings;
}

static void put_attribute(struct buf *out, uint32_t number, const char *key,
                          struct value_view value)
{
    size_t begin = wire_begin(out, number), inner;

    wire_put_bytes(out, 1, str_of(key));
    inner = wire_begin(out, 2);
    value_write(&value, out);
    wire_end(out, inner);
    wire_end(out, begin);
}

static void put_attributes(struct buf *out, uint32_t number)
{
    put_attribute(out, number, "s",
                  (struct value_view){.kind = VALUE_STRING, .bytes = STR("text")});
    put_attribute(out, number, "i", (struct value_view){.kind = VALUE_INT, .integer = 12});
    put_attribute(out, number, "d", (struct value_view){.kind = VALUE_DOUBLE, .number = 0.5});
    put_attribute(out, number, "b", (struct value_view){.kind = VALUE_BOOL, .boolean = true});
    put_attribute(out, number, "l",
                  (struct value_view){.kind = VALUE_ARRAY, .bytes = STR("\x0a\x02\x18\x01")});
}

static void begin(void)
{
    arena = arena_new(1 << 12);
    put_attribute(&resource, ATTRIBUTES_OF_RESOURCE, "service.name",
                  (struct value_view){.kind = VALUE_STRING, .bytes = STR("cart")});
    put_attributes(&resource, ATTRIBUTES_OF_RESOURCE);
    wire_put_bytes(&scope, 1, STR("lib"));
    wire_put_bytes(&scope, 2, STR("1.2"));
}

static void end(void)
{
    arena_free(arena);
    buf_done(&resource);
    buf_done(&scope);
    buf_done(&item);
}

static void make_item(enum signal signal)
{
    size_t body;

    buf_reset(&item);
    switch (signal) {
    case TRACES:
        wire_put_bytes(&item, 5, STR("GET /x"));
        wire_put_tag(&item, 6, WIRE_VARINT);
        wire_put_varint(&item, SPAN_KIND_SERVER);
        put_attributes(&item, ATTRIBUTES_OF_SPAN);
        break;
    case LOGS:
        wire_put_tag(&item, 2, WIRE_VARINT);
        wire_put_varint(&item, 9);
        wire_put_bytes(&item, 3, STR("INFO"));
        body = wire_begin(&item, 5);
        wire_put_bytes(&item, 1, STR("it failed"));
        wire_end(&item, body);
        put_attributes(&item, ATTRIBUTES_OF_LOG_RECORD);
        break;
    default:
        wire_put_bytes(&item, 1, STR("requests"));
        break;
    }
}

#define S "match_type: strict, "
#define R "match_type: regexp, "

static const struct {
    enum signal signal;
    const char *block;
    bool matches;
} cases[] = {
    {TRACES, "{" S "services: [cart]}", true},
    {TRACES, "{" S "services: [x, cart]}", true},
    {TRACES, "{" S "services: [car]}", false},
    {TRACES, "{" R "services: [^c, x]}", true},
    {TRACES, "{" R "services: [^a, 'rt.']}", false},
    {TRACES, "{" S "span_names: ['GET /x']}", true},
    {TRACES, "{" S "span_names: ['GET']}", false},
    {TRACES, "{" R "span_names: ['GET']}", true},
    {TRACES, "{" S "span_kinds: [SPAN_KIND_CLIENT, SPAN_KIND_SERVER]}", true},
    {TRACES, "{" S "span_kinds: [SPAN_KIND_CLIENT]}", false},
    {TRACES, "{" R "span_kinds: [SERVER$]}", true},
    {TRACES, "{" S "services: [cart], span_names: [x]}", false},
    {TRACES, "{" S "attributes: [{key: s}, {key: i, value: 12}]}", true},
    {TRACES, "{" S "attributes: [{key: s}, {key: i, value: '12'}]}", false},
    {TRACES, "{" S "attributes: [{key: s, value: text}, {key: z}]}", false},
    {TRACES, "{" S "attributes: [{key: d, value: 0.5}, {key: b, value: true}]}", true},
    {TRACES, "{" S "attributes: [{key: b, value: false}]}", false},
    {TRACES, "{" R "attributes: [{key: s, value: ex}, {key: i, value: '^1'}]}", true},
    {TRACES, "{" R "attributes: [{key: d, value: '^0[.]5$'}, {key: b, value: tru}]}", true},
    {TRACES, "{" R "attributes: [{key: l, value: ''}]}", false},
    {TRACES, "{" S "resources: [{key: i, value: 12}]}", true},
    {TRACES, "{" S "resources: [{key: i, value: 13}]}", false},
    {TRACES, "{" S "libraries: [{name: lib}]}", true},
    {TRACES, "{" S "libraries: [{name: lib, version: '1.2'}]}", true},
    {TRACES, "{" S "libraries: [{name: lib, version: ''}]}", false},
    {TRACES, "{" S "libraries: [{name: lib}, {name: other}]}", false},
    {TRACES, "{" R "libraries: [{name: ^l, version: ^1}]}", true},
    {TRACES, "{" S "log_bodies: [x]}", false},
    {TRACES, "{" R "regexp: {cacheenabled: true, cachemaxnumentries: 5}, services: [cart]}", true},
    {LOGS, "{" S "log_bodies: [it failed]}", true},
    {LOGS, "{" R "log_bodies: [fail]}", true},
    {LOGS, "{" S "log_bodies: [fail]}", false},
    {LOGS, "{" S "log_severity_texts: [INFO]}", true},
    {LOGS, "{" S "log_severity_number: {min: 9}}", true},
    {LOGS, "{" S "log_severity_number: {min: 10}}", false},
    {LOGS, "{" S "attributes: [{key: s, value: text}]}", true},
    {LOGS, "{" S "span_names: ['GET /x']}", false},
    {LOGS, "{" S "services: [cart]}", true},
    {METRICS, "{" S "metric_names: [requests]}", true},
    {METRICS, "{" R "metric_names: [^q]}", false},
    {METRICS, "{" S "span_kinds: [SPAN_KIND_SERVER]}", false},
};

START_TEST(blocks_match_what_they_say)
{
    struct rewrite_place place = {.signal = cases[_i].signal};
    struct problems problems;
    struct settings settings;
    struct match *match;

    begin();
    problems_init(&problems, arena);
    settings = decode(cases[_i].block, &problems);
    ck_assert_msg(problems.errors == 0, "%s", problems_text(&problems, arena));
    match = match_new(&settings.include, NULL);
    ck_assert_ptr_nonnull(match);
    make_item(cases[_i].signal);
    place.resource = buf_str(&resource);
    place.scope = buf_str(&scope);
    for (unsigned times = 0; times < 2; times++)
        ck_assert_msg(match_item(match, &place, buf_str(&item)) == cases[_i].matches, "%s",
                      cases[_i].block);
    match_free(match);
    problems_done(&problems);
    end();
}
END_TEST

START_TEST(what_is_known_goes_with_the_resource_and_the_scope)
{
    struct rewrite_place place = {.signal = TRACES};
    struct problems problems;
    struct settings settings;
    struct match *match;

    begin();
    problems_init(&problems, arena);
    settings = decode("{" S "services: [cart], libraries: [{name: lib}]}", &problems);
    match = match_new(&settings.include, NULL);
    make_item(TRACES);
    place.resource = buf_str(&resource);
    ck_assert(!match_item(match, &place, buf_str(&item)));
    place.scope = buf_str(&scope);
    ck_assert(!match_item(match, &place, buf_str(&item)));
    match_enter_scope(match);
    ck_assert(match_item(match, &place, buf_str(&item)));
    place.resource = STR("");
    match_enter_resource(match);
    ck_assert(!match_item(match, &place, buf_str(&item)));
    match_enter_resource(NULL);
    match_enter_scope(NULL);
    match_free(match);
    problems_done(&problems);
    end();
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("match");

    tcase_add_loop_test(tests, blocks_match_what_they_say, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tests, what_is_known_goes_with_the_resource_and_the_scope);
    return run_tests("match", tests);
}

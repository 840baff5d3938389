/*
 * What the vectors do not show; they test the rest, on both wires.
 */
#include "jaeger/translate.h"

#include "base/buf.h"
#include "unit/check.h"

/* Span ids are one letter eight times, trace ids sixteen times. */
struct link_case {
    char trace, span;
    bool child_of;
};

static void link_append(struct buf *span, const struct link_case *link)
{
    static const char child_of[] = "\x22\x22\x0a\x14opentracing.ref_type\x12\x0a\x0a\x08"
                                   "child_of";
    struct buf message = {0};

    buf_append(&message, "\x0a\x10", 2);
    for (unsigned i = 0; i < 16; i++)
        buf_append_char(&message, link->trace);
    buf_append(&message, "\x12\x08", 2);
    for (unsigned i = 0; i < 8; i++)
        buf_append_char(&message, link->span);
    if (link->child_of)
        buf_append(&message, child_of, sizeof(child_of) - 1);
    buf_printf(span, "\x6a%c", (int)message.len);
    buf_append_str(span, buf_str(&message));
    buf_done(&message);
}

START_TEST(the_parent_is_found_among_the_references)
{
    static const struct {
        char parent; /* 0: none */
        struct link_case links[4];
        const char *references; /* a letter for each span id: lower case CHILD_OF, else upper */
        char parent_span_id;    /* 0: none */
    } cases[] = {
        {0, {{0}}, "", 0},
        {'p', {{0}}, "p", 'p'},
        {0, {{'T', 's', 0}}, "S", 0}, /* to itself: a reference, no parent */
        {0, {{'T', 's', 1}}, "s", 0}, /* the same as CHILD_OF */
        {0, {{'T', 's', 1}, {'T', 'a', 0}}, "sA", 'a'},
        {'p', {{'T', 's', 1}}, "ps", 'p'},
        {0, {{'T', 'a', 0}}, "A", 'a'},                  /* into the own trace */
        {0, {{'U', 'a', 0}}, "A", 0},                    /* into another */
        {'p', {{'T', 'p', 0}}, "P", 'p'},                /* a link to the parent changes its type */
        {'p', {{'T', 'p', 0}, {'T', 'p', 1}}, "p", 'p'}, /* the last one decides */
        {'p', {{'U', 'p', 0}}, "pP", 'p'},               /* not the parent: another trace */
        {'p', {{'T', 'p', 0}, {'T', 'm', 1}}, "Pm", 'm'},
        {'p', {{'T', 'a', 0}, {'T', 'a', 0}}, "pAA", 'p'},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct references references;
        struct buf message = {0}, found = {0};
        struct span_view span;
        struct reference ref;

        buf_printf(&message, "\x0a\x10TTTTTTTTTTTTTTTT\x12\x08ssssssss");
        if (cases[i].parent)
            buf_printf(&message, "\x22\x08pppppppp");
        for (const struct link_case *link = cases[i].links; link->trace; link++)
            link_append(&message, link);
        span_read(buf_str(&message), &span);
        references_read(&span, &references);
        ck_assert_uint_eq(references.count, strlen(cases[i].references));
        ck_assert_uint_eq(references.parent_span_id, cases[i].parent_span_id * 0x0101010101010101u);
        while (reference_next(&references, &ref)) {
            char letter = (char)(ref.id.span & 0x7f);

            buf_append_char(&found, ref.type == CHILD_OF ? letter : (char)(letter - 0x20));
        }
        ck_assert_str_eq(buf_text(&found), cases[i].references);
        buf_done(&found);
        buf_done(&message);
    }
}
END_TEST

START_TEST(durations_stay_within_what_fits)
{
    const uint64_t most = INT64_MAX, least = (uint64_t)1 << 63;
    const struct {
        uint64_t start, end;
        int64_t duration;
    } cases[] = {
        {1999, 2998, 999},        {5000, 3001, -1999},
        {most, 0, -INT64_MAX},    {0, most, INT64_MAX},
        {least, most, INT64_MAX}, {most, least, INT64_MIN},
        {0, UINT64_MAX, -1},      {0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_int_eq(duration_ns(cases[i].start, cases[i].end), cases[i].duration);
}
END_TEST

START_TEST(dropped_counts_are_the_last_tags)
{
    struct attribute_view tags[SPAN_EXTRA_TAGS];
    struct span_view span = {.kind = SPAN_KIND_SERVER,
                             .status_code = STATUS_CODE_ERROR,
                             .status_message = STR("why"),
                             .trace_state = STR("a=b"),
                             .dropped_attributes = 1,
                             .dropped_events = 2,
                             .dropped_links = UINT32_MAX};

    ck_assert_uint_eq(span_tags(&span, tags), SPAN_EXTRA_TAGS);
    ck_assert(str_is(tags[5].key, "otel.dropped_attributes_count"));
    ck_assert(str_is(tags[6].key, "otel.dropped_events_count"));
    ck_assert(str_is(tags[7].key, "otel.dropped_links_count"));
    ck_assert_int_eq(tags[7].value.integer, UINT32_MAX);
    span = (struct span_view){.dropped_events = 3};
    ck_assert_uint_eq(span_tags(&span, tags), 1);
    ck_assert(str_is(tags[0].key, "otel.dropped_events_count"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("translate");

    tcase_add_test(cases, the_parent_is_found_among_the_references);
    tcase_add_test(cases, durations_stay_within_what_fits);
    tcase_add_test(cases, dropped_counts_are_the_last_tags);
    return run_tests("translate", cases);
}

#include "otlp/group.h"

#include "base/buf.h"
#include "unit/check.h"

/* A request in which each letter is a span of so many resources: "aab" is one of two. */
static struct payload *request_of(const char *text)
{
    struct payload_report report;
    struct payload *payload;
    struct buf request = {0};
    struct bytes *body;

    for (const char *at = text, *end; *at != '\0'; at = end) {
        unsigned spans;

        for (end = at; *end == *at; end++)
            ;
        spans = (unsigned)(end - at);
        /* ResourceSpans { Resource { key: letter } ScopeSpans { spans } } */
        buf_printf(&request, "\x0a%c\x0a%c\x0a\x03\x0a\x01%c\x12%c", 9 + 30 * (int)spans, 5, *at,
                   30 * (int)spans);
        for (unsigned i = 0; i < spans; i++)
            buf_append(&request, "\x12\x1c\x0a\x10qrstuvwxyzABCDEF\x12\x08qrstuvwx", 30);
    }
    body = bytes_new(request.len + 1);
    memcpy(body->at, request.at ? request.at : "", request.len);
    body->len = request.len;
    buf_done(&request);
    payload = payload_read(TRACES, body, &report);
    ck_assert_msg(payload != NULL, "%s at %zu", report.why, report.at);
    return payload;
}

static void add(struct batch *batch, const char *text, uint32_t first, uint32_t count)
{
    struct payload *payload = request_of(text);

    batch_add(batch, payload, first, count);
    payload_unref(payload);
}

/* "a3 b1": each group's letter, and its items, which are walked too. */
static const char *groups_text(const struct batch *batch)
{
    static struct buf text;
    struct groups *groups = groups_new(batch);

    buf_reset(&text);
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->at[i];
        struct group_cursor cursor = {0};
        struct str item;
        size_t items = 0;

        while (group_next(group, &cursor, &item)) {
            const struct payload *payload = cursor.run->payload;
            const struct payload_scope *scope = &payload->scopes[cursor.run->scope];

            ck_assert_uint_eq(item.len, 28);
            ck_assert(str_eq(payload_str(payload, payload->resources[scope->resource].resource),
                             group->resource));
            items++;
        }
        ck_assert_uint_eq(items, group->items);
        buf_printf(&text, "%s%c%zu", i > 0 ? " " : "", group->resource.at[group->resource.len - 1],
                   items);
    }
    groups_free(groups);
    return buf_text(&text);
}

START_TEST(a_batch_without_items_has_no_groups)
{
    struct batch *batch = batch_new(TRACES);

    ck_assert_str_eq(groups_text(batch), "");
    batch_unref(batch);
}
END_TEST

START_TEST(equal_resources_of_one_request_are_one_group)
{
    struct batch *batch = batch_new(TRACES);

    add(batch, "aabaacb", 0, 7);
    ck_assert_str_eq(groups_text(batch), "a4 b2 c1");
    batch_unref(batch);
}
END_TEST

START_TEST(equal_resources_of_many_requests_are_one_group)
{
    struct batch *batch = batch_new(TRACES);

    add(batch, "a", 0, 1);
    add(batch, "ab", 0, 2);
    add(batch, "bc", 0, 2);
    ck_assert_str_eq(groups_text(batch), "a2 b2 c1");
    batch_unref(batch);
}
END_TEST

START_TEST(a_slice_begins_and_ends_within_scopes)
{
    static const struct {
        uint32_t first, count;
        const char *groups;
    } cases[] = {
        {0, 7, "a2 b3 c2"}, {1, 4, "a1 b3"}, {1, 5, "a1 b3 c1"}, {2, 3, "b3"},
        {3, 1, "b1"},       {6, 1, "c1"},    {4, 3, "b1 c2"},    {2, 0, ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct batch *batch = batch_new(TRACES);

        if (cases[i].count > 0)
            add(batch, "aabbbcc", cases[i].first, cases[i].count);
        ck_assert_str_eq(groups_text(batch), cases[i].groups);
        batch_unref(batch);
    }
}
END_TEST

START_TEST(many_resources_find_their_groups)
{
    struct batch *batch = batch_new(TRACES);
    char text[2] = "";

    for (unsigned round = 0; round < 50; round++)
        for (char letter = 'A'; letter <= 'z'; letter++) {
            text[0] = letter;
            add(batch, text, 0, 1);
        }
    ck_assert_ptr_nonnull(strstr(groups_text(batch), "A50 B50 C50"));
    ck_assert_ptr_nonnull(strstr(groups_text(batch), "x50 y50 z50"));
    batch_unref(batch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("group");

    tcase_add_test(cases, a_batch_without_items_has_no_groups);
    tcase_add_test(cases, equal_resources_of_one_request_are_one_group);
    tcase_add_test(cases, equal_resources_of_many_requests_are_one_group);
    tcase_add_test(cases, a_slice_begins_and_ends_within_scopes);
    tcase_add_test(cases, many_resources_find_their_groups);
    return run_tests("group", cases);
}

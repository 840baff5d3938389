/*
 * Which tags are fields of OTLP's, and which stay attributes: tests/data/vectors have the rest.
 */
#include "jaeger/span_meaning.h"

#include "unit/check.h"

#define TEXT(k, t)                                                                                 \
    {                                                                                              \
        .key = STR_INIT(k), .kind = IS_TEXT, .text = STR_INIT(t)                                   \
    }
#define TRUTH(k, t)                                                                                \
    {                                                                                              \
        .key = STR_INIT(k), .kind = IS_BOOL, .bits = (t)                                           \
    }
#define NUMBER(k, n)                                                                               \
    {                                                                                              \
        .key = STR_INIT(k), .kind = IS_INTEGER, .bits = (uint64_t)(n)                              \
    }

enum { TAGS = 3 };

static const struct {
    struct tag tags[TAGS];
    enum span_kind kind;
    enum status_code status;
    const char *taken; /* of each tag: 'x' */
} table[] = {
    {{TEXT("a", "b")}, SPAN_KIND_UNSPECIFIED, STATUS_CODE_UNSET, "..."},
    {{TEXT("span.kind", "client"), TEXT("span.kind", "server"), TEXT("span.kind", "other")},
     SPAN_KIND_SERVER,
     STATUS_CODE_UNSET,
     ".x."},
    {{NUMBER("span.kind", 3)}, SPAN_KIND_UNSPECIFIED, STATUS_CODE_UNSET, "..."},
    {{TRUTH("error", 1)}, SPAN_KIND_UNSPECIFIED, STATUS_CODE_ERROR, "x.."},
    {{TRUTH("error", 0), TEXT("error", "true")}, SPAN_KIND_UNSPECIFIED, STATUS_CODE_UNSET, "..."},
    {{TRUTH("error", 1), TEXT("otel.status_code", "OK")},
     SPAN_KIND_UNSPECIFIED,
     STATUS_CODE_OK,
     ".x."},
    {{TRUTH("error", 1), TEXT("otel.status_code", "ERROR"), TEXT("otel.status_code", "ok")},
     SPAN_KIND_UNSPECIFIED,
     STATUS_CODE_ERROR,
     "xx."},
    {{TEXT("otel.scope.name", ""), TEXT("otel.scope.name", "a"), TEXT("otel.scope.name", "b")},
     SPAN_KIND_UNSPECIFIED,
     STATUS_CODE_UNSET,
     ".x."},
    {{TEXT("otel.library.name", "a")}, SPAN_KIND_UNSPECIFIED, STATUS_CODE_UNSET, "..."},
    {{NUMBER("otel.dropped_links_count", 7), NUMBER("otel.dropped_events_count", -1)},
     SPAN_KIND_UNSPECIFIED,
     STATUS_CODE_UNSET,
     "x.."},
};

START_TEST(tags_are_fields_where_they_have_their_form)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct tag tags[TAGS];
        struct span_meaning meaning;
        char taken[TAGS + 1] = "";

        memcpy(tags, table[i].tags, sizeof(tags));
        span_meaning_read(&meaning, tags, TAGS);
        ck_assert_int_eq(span_meaning_kind(&meaning), table[i].kind);
        ck_assert_int_eq(span_meaning_status(&meaning), table[i].status);
        for (unsigned k = 0; k < TAGS; k++)
            taken[k] = tags[k].taken ? 'x' : '.';
        ck_assert_msg(strcmp(taken, table[i].taken) == 0, "%zu: %s", i, taken);
    }
}
END_TEST

START_TEST(one_may_stand_for_another)
{
    struct tag tags[] = {TEXT("otel.library.name", "old"), TEXT("otel.scope.name", "new"),
                         TEXT("otel.library.version", "1"), NUMBER("otel.dropped_links_count", 7)};
    struct span_meaning meaning;

    span_meaning_read(&meaning, tags, 4);
    ck_assert(str_is(span_meaning_text(&meaning, SCOPE_NAME, LIBRARY_NAME), "new"));
    ck_assert(str_is(span_meaning_text(&meaning, SCOPE_VERSION, LIBRARY_VERSION), "1"));
    ck_assert_uint_eq(span_meaning_text(&meaning, TRACE_STATE, TRACE_STATE).len, 0);
    ck_assert_uint_eq(span_meaning_dropped(&meaning, DROPPED_LINKS), 7);
    ck_assert_uint_eq(span_meaning_dropped(&meaning, DROPPED_EVENTS), 0);
    span_meaning_read(&meaning, NULL, 0);
    ck_assert_int_eq(span_meaning_kind(&meaning), SPAN_KIND_UNSPECIFIED);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("span_meaning");

    tcase_add_test(cases, tags_are_fields_where_they_have_their_form);
    tcase_add_test(cases, one_may_stand_for_another);
    return run_tests("span_meaning", cases);
}

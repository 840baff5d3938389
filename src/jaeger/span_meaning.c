/*
 * One table of keys, and what a tag has to be for that.
 */
#include "jaeger/span_meaning.h"

bool tag_is_words(const struct tag *tag)
{
    return tag->kind == IS_TEXT && tag->text.len > 0;
}

static enum span_kind kind_number(const struct tag *tag)
{
    static const struct {
        struct str name;
        enum span_kind kind;
    } kinds[] = {
        {STR_INIT("internal"), SPAN_KIND_INTERNAL}, {STR_INIT("server"), SPAN_KIND_SERVER},
        {STR_INIT("client"), SPAN_KIND_CLIENT},     {STR_INIT("producer"), SPAN_KIND_PRODUCER},
        {STR_INIT("consumer"), SPAN_KIND_CONSUMER},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (tag->kind == IS_TEXT && str_eq(tag->text, kinds[i].name))
            return kinds[i].kind;
    return SPAN_KIND_UNSPECIFIED;
}

static bool is_kind(const struct tag *tag)
{
    return kind_number(tag) != SPAN_KIND_UNSPECIFIED;
}

static bool is_status(const struct tag *tag)
{
    return tag->kind == IS_TEXT && (str_is(tag->text, "OK") || str_is(tag->text, "ERROR"));
}

static bool is_error(const struct tag *tag)
{
    return tag->kind == IS_BOOL && tag->bits != 0;
}

static bool is_count(const struct tag *tag)
{
    return tag->kind == IS_INTEGER && tag->bits > 0 && tag->bits <= UINT32_MAX;
}

/*
 * Tags that the exporter makes of fields: the scope's in front of the span's attributes, so the
 * first of the key counts, the others behind them, so the last one does.
 */
static const struct {
    struct str key;
    bool (*means)(const struct tag *tag); /* others of the key are attributes */
    bool first;
    bool stays; /* as an attribute too */
} specials[SPECIALS] = {
    [SCOPE_NAME] = {.key = STR_INIT("otel.scope.name"), .means = tag_is_words, .first = true},
    [SCOPE_VERSION] = {.key = STR_INIT("otel.scope.version"), .means = tag_is_words, .first = true},
    [LIBRARY_NAME] = {.key = STR_INIT("otel.library.name"),
                      .means = tag_is_words,
                      .first = true,
                      .stays = true},
    [LIBRARY_VERSION] = {.key = STR_INIT("otel.library.version"),
                         .means = tag_is_words,
                         .first = true,
                         .stays = true},
    [KIND] = {.key = STR_INIT("span.kind"), .means = is_kind},
    [STATUS_CODE] = {.key = STR_INIT("otel.status_code"), .means = is_status},
    [STATUS_ERROR] = {.key = STR_INIT("error"), .means = is_error},
    [STATUS_MESSAGE] = {.key = STR_INIT("otel.status_description"), .means = tag_is_words},
    [TRACE_STATE] = {.key = STR_INIT("w3c.tracestate"), .means = tag_is_words},
    [DROPPED_ATTRIBUTES] = {.key = STR_INIT("otel.dropped_attributes_count"), .means = is_count},
    [DROPPED_EVENTS] = {.key = STR_INIT("otel.dropped_events_count"), .means = is_count},
    [DROPPED_LINKS] = {.key = STR_INIT("otel.dropped_links_count"), .means = is_count},
};

static void find_special(struct span_meaning *meaning, const struct tag *tag)
{
    for (unsigned s = 0; s < SPECIALS; s++)
        if (str_eq(tag->key, specials[s].key)) {
            if (!(specials[s].first && meaning->of[s]) && specials[s].means(tag))
                meaning->of[s] = tag;
            return;
        }
}

void span_meaning_read(struct span_meaning *meaning, struct tag *tags, size_t count)
{
    *meaning = (struct span_meaning){.of = {NULL}};
    for (size_t i = 0; i < count; i++)
        find_special(meaning, &tags[i]);
    if (meaning->of[STATUS_CODE] && str_is(meaning->of[STATUS_CODE]->text, "OK"))
        meaning->of[STATUS_ERROR] = NULL; /* the application's own */
    for (size_t i = 0; i < count; i++)
        for (unsigned s = 0; s < SPECIALS; s++)
            tags[i].taken |= meaning->of[s] == &tags[i] && !specials[s].stays;
}

struct str span_meaning_text(const struct span_meaning *meaning, enum special s, enum special other)
{
    const struct tag *tag = meaning->of[s] ? meaning->of[s] : meaning->of[other];

    return tag ? tag->text : (struct str){NULL, 0};
}

enum span_kind span_meaning_kind(const struct span_meaning *meaning)
{
    return meaning->of[KIND] ? kind_number(meaning->of[KIND]) : SPAN_KIND_UNSPECIFIED;
}

enum status_code span_meaning_status(const struct span_meaning *meaning)
{
    if (meaning->of[STATUS_ERROR])
        return STATUS_CODE_ERROR;
    if (!meaning->of[STATUS_CODE])
        return STATUS_CODE_UNSET;
    return str_is(meaning->of[STATUS_CODE]->text, "OK") ? STATUS_CODE_OK : STATUS_CODE_ERROR;
}

uint32_t span_meaning_dropped(const struct span_meaning *meaning, enum special s)
{
    return meaning->of[s] ? (uint32_t)meaning->of[s]->bits : 0;
}

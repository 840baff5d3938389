/*
 * Origins and header names are held against the lists of the settings.
 *
 * The answer repeats the origin, even where "*" allows any, and allows credentials: browsers refuse
 * "*" for what they send with credentials, as navigator.sendBeacon() does.
 */
#include "net/cors.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

const struct field cors_fields[] = {
    FIELD_STRINGS(struct cors_settings, allowed_origins, "allowed_origins",
                  "the sites whose pages may send, as https://app.example.com; * stands for any "
                  "characters"),
    FIELD_STRINGS(struct cors_settings, allowed_headers, "allowed_headers",
                  "what they may send besides Accept, Content-Type and X-Requested-With; *: "
                  "anything"),
    FIELD_STRINGS(struct cors_settings, exposed_headers, "exposed_headers",
                  "header fields of answers that they may read"),
    FIELD_UINT(struct cors_settings, max_age, "max_age", "0", 0, 31536000,
               "seconds for which a browser need not ask again; 0: as it likes"),
    FIELD_END,
};

/* Joins words of a header's value. NULL: one of them cannot stand there. */
static const char *join(struct arena *arena, const struct string_list *words)
{
    const char *text = "";

    for (size_t i = 0; i < words->count; i++) {
        for (const char *c = words->at[i]; *c; c++)
            if (*c <= ' ' || *c == 0x7f)
                return NULL;
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", words->at[i]);
    }
    return text;
}

/* What is wrong with an origin; NULL: nothing. */
static const char *wrong_with(const char *origin)
{
    const char *host = strstr(origin, "://");

    if (strchr(origin, '*') || strcmp(origin, "null") == 0)
        return NULL;
    if (!host)
        return "has no scheme: an origin is written as https://app.example.com";
    return strchr(host + 3, '/') ? "has a path: an origin ends with its host or port" : NULL;
}

void cors_check(struct cors_settings *s, const struct node *node, struct problems *problems)
{
    for (size_t i = 0; i < s->allowed_origins.count; i++) {
        const char *wrong = wrong_with(s->allowed_origins.at[i]);

        if (wrong)
            error_at(problems, node_near(node, "allowed_origins"), "\"%s\" %s",
                     s->allowed_origins.at[i], wrong);
    }
    s->exposed = join(problems->arena, &s->exposed_headers);
    if (!s->exposed)
        error_at(problems, node_near(node, "exposed_headers"),
                 "the name of a header has no "
                 "blanks");
    s->max_age_text = arena_printf(problems->arena, "%llu", (unsigned long long)s->max_age);
    if (s->enabled && s->allowed_origins.count == 0) {
        warning_at(problems, node, "allows no origins: without allowed_origins it has no effect");
        s->enabled = false;
    }
}

bool cors_allows(const struct cors_settings *s, struct str origin)
{
    for (size_t i = 0; origin.len > 0 && i < s->allowed_origins.count; i++)
        if (str_is_like(origin, s->allowed_origins.at[i]))
            return true;
    return false;
}

static bool allows_header(const struct cors_settings *s, struct str name)
{
    static const char *const usual[] = {"accept",           "accept-language", "content-language",
                                        "content-encoding", "content-type",    "x-requested-with"};

    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        if (str_eq_nocase(name, str_of(usual[i])))
            return true;
    for (size_t i = 0; i < s->allowed_headers.count; i++)
        if (strcmp(s->allowed_headers.at[i], "*") == 0 ||
            str_eq_nocase(name, str_of(s->allowed_headers.at[i])))
            return true;
    return false;
}

/* The first of "a, b, c" that is not allowed; empty: all are. */
static struct str forbidden_header(const struct cors_settings *s, struct str names)
{
    while (names.len > 0) {
        const char *comma = memchr(names.at, ',', names.len);
        size_t len = comma ? (size_t)(comma - names.at) : names.len;
        struct str name = str_trim((struct str){names.at, len});

        if (name.len > 0 && !allows_header(s, name))
            return name;
        len += comma != NULL;
        names = (struct str){names.at + len, names.len - len};
    }
    return (struct str){0};
}

bool cors_preflight(const struct cors_settings *s, const struct cors_question *question,
                    struct answer_fields *out, char why[CORS_WHY_SIZE])
{
    struct str header = forbidden_header(s, question->headers);

    answer_fields_add(out, "vary",
                      STR("Origin, Access-Control-Request-Method, Access-Control-Request-Headers"));
    if (!cors_allows(s, question->origin)) {
        snprintf(why, CORS_WHY_SIZE, "cors.allowed_origins does not have %.*s",
                 STR_ARG(question->origin));
        return false;
    }
    if (!str_is(question->method, question->taken)) {
        snprintf(why, CORS_WHY_SIZE, "a page may %s, and not %.*s", question->taken,
                 STR_ARG(question->method));
        return false;
    }
    if (header.len > 0) {
        snprintf(why, CORS_WHY_SIZE, "cors.allowed_headers does not have %.*s", STR_ARG(header));
        return false;
    }
    answer_fields_add(out, "access-control-allow-origin", question->origin);
    answer_fields_add(out, "access-control-allow-methods", str_of(question->taken));
    if (question->headers.len > 0)
        answer_fields_add(out, "access-control-allow-headers", question->headers);
    answer_fields_add(out, "access-control-allow-credentials", STR("true"));
    if (s->max_age > 0)
        answer_fields_add(out, "access-control-max-age", str_of(s->max_age_text));
    return true;
}

void cors_answer(const struct cors_settings *s, struct str origin, struct answer_fields *out)
{
    answer_fields_add(out, "vary", STR("Origin"));
    if (!cors_allows(s, origin))
        return;
    answer_fields_add(out, "access-control-allow-origin", origin);
    answer_fields_add(out, "access-control-allow-credentials", STR("true"));
    if (s->exposed[0])
        answer_fields_add(out, "access-control-expose-headers", str_of(s->exposed));
}

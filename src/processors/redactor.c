/*
 * Keys are compared and matched, values matched and hidden.
 */
#include "processors/redactor.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/regex.h"
#include "net/digest.h"
#include "processors/tally.h"
#include "processors/value.h"

struct regexes {
    struct regex **at;
    size_t count;
};

struct redactor {
    const struct redaction_settings *settings;
    struct regexes ignored_keys, blocked_keys, blocked_values, allowed_values;
    struct digester *digester;      /* NULL: values are masked */
    struct buf text, hidden, other; /* of a value */
};

static void regexes_done(struct regexes *regexes)
{
    for (size_t i = 0; i < regexes->count; i++)
        regex_free(regexes->at[i]);
    free(regexes->at);
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    regexes_done(&r->ignored_keys);
    regexes_done(&r->blocked_keys);
    regexes_done(&r->blocked_values);
    regexes_done(&r->allowed_values);
    digester_free(r->digester);
    buf_wipe(&r->text);
    buf_wipe(&r->hidden);
    buf_wipe(&r->other);
    free(r);
}

static bool regexes_init(struct regexes *regexes, const struct string_list *patterns,
                         struct error *err)
{
    regexes->at = mem_zero(patterns->count * sizeof(*regexes->at) + 1);
    for (; regexes->count < patterns->count; regexes->count++) {
        regexes->at[regexes->count] = regex_new(str_of(patterns->at[regexes->count]), err);
        if (!regexes->at[regexes->count])
            return false;
    }
    return true;
}

static struct digester *make_digester(const struct redaction_settings *s)
{
    static const enum digest_kind kinds[] = {
        [HASH_MD5] = DIGEST_MD5,
        [HASH_SHA1] = DIGEST_SHA1,
        [HASH_SHA3] = DIGEST_SHA3_256,
        [HASH_HMAC_SHA256] = DIGEST_HMAC_SHA256,
        [HASH_HMAC_SHA512] = DIGEST_HMAC_SHA512,
    };

    if (s->hash_function == HASH_NONE)
        return NULL;
    return digester_new(kinds[s->hash_function], str_of(s->hmac_key ? s->hmac_key : ""));
}

struct redactor *redactor_new(const struct redaction_settings *s, struct error *err)
{
    struct redactor *r = mem_zero(sizeof(*r));

    r->settings = s;
    r->digester = make_digester(s);
    if (regexes_init(&r->ignored_keys, &s->ignored_key_patterns, err) &&
        regexes_init(&r->blocked_keys, &s->blocked_key_patterns, err) &&
        regexes_init(&r->blocked_values, &s->blocked_values, err) &&
        regexes_init(&r->allowed_values, &s->allowed_values, err))
        return r;
    redactor_free(r);
    return NULL;
}

static bool one_matches(const struct regexes *regexes, struct str text)
{
    for (size_t i = 0; i < regexes->count; i++)
        if (regex_matches(regexes->at[i], text))
            return true;
    return false;
}

/* ... or gave up: then it is not known, and better not seen. */
static bool one_may_match(const struct regexes *regexes, struct str text)
{
    for (size_t i = 0; i < regexes->count; i++) {
        uint64_t given_up = regex_given_up(regexes->at[i]);

        if (regex_matches(regexes->at[i], text) || regex_given_up(regexes->at[i]) > given_up)
            return true;
    }
    return false;
}

static bool is_one_of(const struct string_list *list, struct str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_is(text, list->at[i]))
            return true;
    return false;
}

static void hide(struct redactor *r, struct str text, struct buf *out)
{
    char hex[DIGEST_HEX_MAX];

    buf_append_str(out, r->digester ? digester_hex(r->digester, text, hex)
                                    : str_of(r->settings->masking_string));
}

/* Behind the character that begins here. */
static size_t next_character(struct str text, size_t at)
{
    at++;
    while (at < text.len && ((unsigned char)text.at[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* The text with all matches hidden, of which there is at least one. An empty match directly behind
 * another one is none. */
static void hide_matches(struct redactor *r, struct regex *regex, struct str text, struct buf *out)
{
    uint64_t given_up = regex_given_up(regex);
    size_t copied = 0, from = 0, last = SIZE_MAX;
    struct str match;

    buf_reset(out);
    while (from <= text.len && regex_find(regex, text, from, &match)) {
        size_t at = (size_t)(match.at - text.at), end = at + match.len;

        from = match.len > 0 ? end : next_character(text, end);
        if (match.len == 0 && at == last)
            continue;
        buf_append(out, text.at + copied, at - copied);
        hide(r, match, out);
        copied = last = end;
    }
    buf_append(out, text.at + copied, text.len - copied);
    if (regex_given_up(regex) == given_up)
        return;
    buf_reset(out);
    hide(r, text, out);
}

/* What is to be seen of a text that no key decides on; the text itself where all of it is. */
static struct str hide_blocked(struct redactor *r, struct str text)
{
    for (size_t i = 0; i < r->blocked_values.count; i++) {
        struct regex *regex = r->blocked_values.at[i];
        uint64_t given_up = regex_given_up(regex);
        struct buf hidden;

        if (!regex_matches(regex, text) && regex_given_up(regex) == given_up)
            continue;
        hide_matches(r, regex, text, &r->other);
        hidden = r->other; /* the text may lie in the one that was filled last */
        r->other = r->hidden;
        r->hidden = hidden;
        text = buf_str(&r->hidden);
    }
    return text;
}

/* Its at is not NULL. */
static struct str text_of(struct redactor *r, const struct value_view *value)
{
    struct str text = value_text(value, &r->text);

    return text.at ? text : STR("");
}

/* A list or a map that is no JSON (a number in it is not finite) is hidden as a whole. */
static enum fate judge_text(struct redactor *r, const struct value_view *value, struct str text,
                            struct str *seen)
{
    bool is_known = text.len > 0 || (value->kind != VALUE_ARRAY && value->kind != VALUE_KVLIST);

    if (r->blocked_values.count == 0)
        return STAYS;
    if (is_known) {
        *seen = hide_blocked(r, text);
        return seen->at == text.at ? STAYS : HIDDEN;
    }
    buf_reset(&r->hidden);
    hide(r, text, &r->hidden);
    *seen = buf_str(&r->hidden);
    return HIDDEN;
}

static bool is_ignored(const struct redactor *r, struct str key)
{
    return is_one_of(&r->settings->ignored_keys, key) || one_matches(&r->ignored_keys, key);
}

static bool is_allowed(const struct redactor *r, struct str key)
{
    return r->settings->allow_all_keys || is_one_of(&r->settings->allowed_keys, key) ||
           tally_is_key(key);
}

static enum fate hide_all(struct redactor *r, const struct value_view *value, struct str *seen)
{
    buf_reset(&r->hidden);
    hide(r, text_of(r, value), &r->hidden);
    *seen = buf_str(&r->hidden);
    return HIDDEN;
}

enum fate redactor_judge(struct redactor *r, struct str key, const struct value_view *value,
                         struct str *seen)
{
    bool looked_at = value->kind == VALUE_STRING || r->settings->redact_all_types;
    struct str text;

    if (is_ignored(r, key))
        return STAYS_IGNORED;
    if (!is_allowed(r, key))
        return GOES;
    text = looked_at ? text_of(r, value) : STR("");
    if (looked_at && one_matches(&r->allowed_values, text))
        return STAYS_ALLOWED;
    if (one_may_match(&r->blocked_keys, key))
        return hide_all(r, value, seen);
    return looked_at ? judge_text(r, value, text, seen) : STAYS;
}

enum fate redactor_judge_member(struct redactor *r, struct str key, const struct value_view *value,
                                struct str *seen)
{
    if (is_ignored(r, key))
        return STAYS_IGNORED;
    if (!is_allowed(r, key))
        return GOES;
    return one_may_match(&r->blocked_keys, key) ? hide_all(r, value, seen) : STAYS;
}

enum fate redactor_judge_value(struct redactor *r, const struct value_view *value, struct str *seen)
{
    struct str text;

    if (value->kind == VALUE_EMPTY)
        return STAYS;
    text = text_of(r, value);
    if (one_matches(&r->allowed_values, text))
        return STAYS_ALLOWED;
    return judge_text(r, value, text, seen);
}

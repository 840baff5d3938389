/*
 * Regular expressions: RE2's syntax is checked here, PCRE2 compiles and matches.
 *
 * What PCRE2 has and RE2 has not is refused, so that a configuration means the same to the official
 * collector. The options make the rest mean the same: $ is the end of the text alone, (?m)^ also
 * matches behind a last newline, \d \s \w and \b are ASCII's.
 *
 * Each place at which a match may begin has a limit of steps that grows with the text; a callout in
 * front of the pattern holds all of them together against a clock, which short texts never get to.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

enum {
    STEPS = 20000,        /* of one place, and STEPS_A_BYTE for each byte of the text */
    STEPS_A_BYTE = 8,     /* so that what is linear in the text never comes to its limit */
    HEAP_KIB = 4096,      /* what PCRE2 may take while it matches */
    UNTIMED_PLACES = 64,  /* after as many places the clock is looked at */
    MOST_MS = 100,        /* for all places */
    BYTES_A_MS = 4096,    /* of a long text, for which there is more time */
    KEPT_TEXT = 64 << 10, /* behind a longer text the memory is given back */
    MOST_REPEATED = 1000  /* RE2's limit for {n} */
};

struct regex_group {
    struct str name; /* in PCRE2's table */
    unsigned number;
};

struct regex {
    pcre2_code *code;
    pcre2_match_context *context;
    pcre2_match_data *data;
    struct regex_group *groups; /* in the order of the pattern */
    size_t group_count;
    uint64_t given_up;
    unsigned places;   /* at which matching this text has begun */
    uint64_t until_ms; /* of this text; 0: the clock has not been looked at */
    uint64_t most_ms;
    bool is_heavy; /* PCRE2 may have taken much memory for it */
};

struct scan { /* of a pattern */
    struct str pattern;
    size_t at;
    const char *why; /* what RE2 has not; NULL: nothing was found */
};

static const struct refused_group {
    const char *begin, *why;
} refused_groups[] = {
    {"(?=", "RE2 has no lookaheads"},
    {"(?!", "RE2 has no lookaheads"},
    {"(?<=", "RE2 has no lookbehinds"},
    {"(?<!", "RE2 has no lookbehinds"},
    {"(?>", "RE2 has no atomic groups"},
    {"(?|", "RE2 has no branch resets"},
    {"(?#", "RE2 has no comments"},
    {"(?C", "RE2 has no callouts"},
    {"(?R", "RE2 has no recursion"},
    {"(?&", "RE2 has no recursion"},
    {"(?P>", "RE2 has no recursion"},
    {"(?P=", "RE2 has no backreferences"},
    {"(?(", "RE2 has no conditions"},
    {"(?'", "RE2 names a group as (?P<name>...)"},
    {"(*", "RE2 has no verbs, and nothing stands before the * that it could repeat"},
};

static bool scan_starts(const struct scan *scan, const char *text)
{
    struct str rest = {scan->pattern.at + scan->at, scan->pattern.len - scan->at};

    return str_starts(rest, str_of(text));
}

/* The character at so many behind the place; 0: there is none. */
static char scan_peek(const struct scan *scan, size_t ahead)
{
    return ahead < scan->pattern.len - scan->at ? scan->pattern.at[scan->at + ahead] : '\0';
}

static bool scan_refuse(struct scan *scan, const char *why)
{
    scan->why = why;
    return false;
}

static bool scan_escape(struct scan *scan)
{
    char c = scan_peek(scan, 1);

    switch (c) {
    case 'v':
        return scan_refuse(scan, "\\v means different things to different engines: write \\x0b");
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return scan_refuse(scan, "RE2 has no backreferences (and a character is written as \\x41)");
    case 'k':
    case 'g':
        return scan_refuse(scan, "RE2 has no backreferences");
    case 'K':
        return scan_refuse(scan, "RE2 has no \\K");
    case 'Z':
        return scan_refuse(scan, "RE2 has no \\Z: the end of the text is \\z or $");
    case 'Q':
        for (scan->at += 2; scan->at < scan->pattern.len && !scan_starts(scan, "\\E"); scan->at++)
            ;
        scan->at += scan->at < scan->pattern.len ? 2 : 0;
        return true;
    default:
        if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && !strchr("aftnrxdDsSwWbBAzpPE", c))
            return scan_refuse(scan, "RE2 has no such escape");
        scan->at += c ? 2 : 1; /* a backslash at the end is PCRE2's to tell */
        return true;
    }
}

/* From [ to ]. */
static bool scan_class(struct scan *scan)
{
    if (scan_starts(scan, "[[:<:]]") || scan_starts(scan, "[[:>:]]"))
        return scan_refuse(scan, "RE2 has no such class: the edge of a word is \\b");
    scan->at += scan_peek(scan, 1) == '^' ? 2 : 1;
    if (scan_peek(scan, 0) == ']')
        scan->at++;
    while (scan->at < scan->pattern.len && scan_peek(scan, 0) != ']') {
        if (scan_peek(scan, 0) == '\\') {
            if (!scan_escape(scan))
                return false;
        } else if (scan_starts(scan, "[:")) {
            for (scan->at += 2; scan->at < scan->pattern.len && scan_peek(scan, 0) != ']';)
                scan->at++;
            scan->at += scan->at < scan->pattern.len;
        } else {
            scan->at++;
        }
    }
    scan->at += scan->at < scan->pattern.len;
    return true;
}

static bool scan_group(struct scan *scan)
{
    for (size_t i = 0; i < sizeof(refused_groups) / sizeof(refused_groups[0]); i++)
        if (scan_starts(scan, refused_groups[i].begin))
            return scan_refuse(scan, refused_groups[i].why);
    if (!scan_starts(scan, "(?")) {
        scan->at++;
        return true;
    }
    scan->at += 2;
    if (scan_peek(scan, 0) == '+' || (scan_peek(scan, 0) >= '0' && scan_peek(scan, 0) <= '9') ||
        (scan_peek(scan, 0) == '-' && scan_peek(scan, 1) >= '0' && scan_peek(scan, 1) <= '9'))
        return scan_refuse(scan, "RE2 has no recursion");
    if (scan_peek(scan, 0) == 'P' || scan_peek(scan, 0) == '<') { /* a name, PCRE2 looks at it */
        scan->at++;
        return true;
    }
    while (scan->at < scan->pattern.len && !strchr(":)", scan_peek(scan, 0))) {
        if (!strchr("imsU-", scan_peek(scan, 0)))
            return scan_refuse(scan, "RE2 has the flags i, m, s and U alone");
        scan->at++;
    }
    return true;
}

/* How long a {n}, {n,} or {n,m} is; 0: what begins here is none, and stands for itself. */
static size_t scan_braces(const struct scan *scan, unsigned *most)
{
    unsigned n = 0;
    bool comma = false, digits = false;

    *most = 0;
    for (size_t i = 1;; i++) {
        char c = scan_peek(scan, i);

        if (c >= '0' && c <= '9') {
            n = n > MOST_REPEATED ? n : n * 10 + (unsigned)(c - '0');
            *most = n > *most ? n : *most;
            digits = true;
        } else if (c == ',' && digits && !comma) {
            comma = true;
            n = 0;
        } else {
            return c == '}' && digits ? i + 1 : 0;
        }
    }
}

/* A quantifier, if one begins here, with what belongs to it. */
static bool scan_repeat(struct scan *scan)
{
    unsigned most = 0;
    size_t len = strchr("*+?", scan_peek(scan, 0)) ? 1 : scan_braces(scan, &most);

    if (most > MOST_REPEATED)
        return scan_refuse(scan, "RE2 repeats 1000 times at most");
    scan->at += len > 0 ? len : 1;
    if (len > 0 && scan_peek(scan, 0) == '+')
        return scan_refuse(scan, "RE2 has no possessive quantifiers");
    if (len > 0 && scan_peek(scan, 0) == '?')
        scan->at++;
    return true;
}

/* Whether RE2 has all of it; the rest of what can be wrong is PCRE2's to find. */
static bool scan_pattern(struct scan *scan)
{
    bool ok = true;

    while (ok && scan->at < scan->pattern.len) {
        switch (scan_peek(scan, 0)) {
        case '\\':
            ok = scan_escape(scan);
            break;
        case '[':
            ok = scan_class(scan);
            break;
        case '(':
            ok = scan_group(scan);
            break;
        case '*':
        case '+':
        case '?':
        case '{':
            ok = scan_repeat(scan);
            break;
        default: /* a NUL, too */
            scan->at++;
            break;
        }
    }
    return ok;
}

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* PCRE2 tries the next place. */
static int on_place(pcre2_callout_block *block, void *arg)
{
    struct regex *regex = arg;

    (void)block;
    if (++regex->places < UNTIMED_PLACES)
        return 0;
    if (regex->until_ms == 0)
        regex->until_ms = clock_ms() + regex->most_ms;
    return clock_ms() > regex->until_ms ? PCRE2_ERROR_MATCHLIMIT : 0;
}

static void read_groups(struct regex *regex)
{
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;

    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
    if (count == 0)
        return;
    regex->groups = mem_zero(count * sizeof(regex->groups[0]));
    for (uint32_t i = 0; i < count; i++, table += size) { /* they come in the order of the names */
        struct regex_group group = {.name = str_of((const char *)table + 2),
                                    .number = (unsigned)table[0] << 8 | table[1]};
        size_t to = regex->group_count++;

        for (; to > 0 && regex->groups[to - 1].number > group.number; to--)
            regex->groups[to] = regex->groups[to - 1];
        regex->groups[to] = group;
    }
}

/* NULL: *err says what is wrong with the pattern, and where. */
static pcre2_code *compile(struct str pattern, struct error *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    PCRE2_SIZE at = 0;
    int problem = 0;
    PCRE2_UCHAR words[128] = "out of memory";
    pcre2_code *code = NULL;

    if (context) {
        pcre2_set_newline(context, PCRE2_NEWLINE_LF);
        code = pcre2_compile((PCRE2_SPTR)(pattern.at ? pattern.at : ""), pattern.len,
                             PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
                                 PCRE2_NEVER_BACKSLASH_C,
                             &problem, &at, context);
    }
    if (!code) {
        if (problem != 0)
            pcre2_get_error_message(problem, words, sizeof(words));
        error_set(err, "no regular expression: \"%.*s\", at character %zu: %s", STR_ARG(pattern),
                  (size_t)at + (at < pattern.len), (const char *)words);
    }
    pcre2_compile_context_free(context);
    return code;
}

/* With the callout in front of it. */
static pcre2_code *compile_watched(struct str pattern, struct error *err)
{
    struct buf whole = {0};
    pcre2_code *code = compile(pattern, err); /* alone, for the mistakes in it */

    if (!code)
        return NULL;
    pcre2_code_free(code);
    buf_append_str(&whole, STR("(?C1)(?:"));
    buf_append_str(&whole, pattern);
    buf_append_str(&whole, STR("\\E)")); /* it may end within \Q */
    code = compile(buf_str(&whole), err);
    buf_done(&whole);
    return code;
}

static void set_limits(struct regex *regex, size_t text_len, size_t from)
{
    size_t steps =
        text_len < UINT32_MAX / STEPS_A_BYTE - STEPS ? STEPS + STEPS_A_BYTE * text_len : UINT32_MAX;

    pcre2_set_match_limit(regex->context, (uint32_t)steps);
    if (from > 0) /* the same text goes on */
        return;
    regex->places = 0;
    regex->until_ms = 0;
    regex->most_ms = MOST_MS + text_len / BYTES_A_MS;
}

struct regex *regex_new(struct str pattern, struct error *err)
{
    struct scan scan = {.pattern = pattern};
    struct regex *regex;
    pcre2_code *code;

    if (!scan_pattern(&scan)) {
        error_set(err, "no regular expression that can be used: \"%.*s\", at character %zu: %s",
                  STR_ARG(pattern), scan.at + 1, scan.why);
        return NULL;
    }
    code = compile_watched(pattern, err);
    if (!code)
        return NULL;
    regex = mem_zero(sizeof(*regex));
    regex->code = code;
    regex->context = pcre2_match_context_create(NULL);
    regex->data = pcre2_match_data_create_from_pattern(code, NULL);
    if (!regex->context || !regex->data) {
        error_set(err, "out of memory");
        regex_free(regex);
        return NULL;
    }
    pcre2_set_heap_limit(regex->context, HEAP_KIB);
    pcre2_set_callout(regex->context, on_place, regex);
    read_groups(regex);
    return regex;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_match_data_free(regex->data);
    pcre2_match_context_free(regex->context);
    pcre2_code_free(regex->code);
    free(regex->groups);
    free(regex);
}

static bool find(struct regex *regex, struct str text, size_t from)
{
    int found;

    if (from == 0 && !utf8_valid(text))
        return false;
    set_limits(regex, text.len, from);
    found = pcre2_match(regex->code, (PCRE2_SPTR)(text.at ? text.at : ""), text.len, from,
                        PCRE2_NO_UTF_CHECK, regex->data, regex->context);
    regex->is_heavy = text.len > KEPT_TEXT || (found < 0 && found != PCRE2_ERROR_NOMATCH);
    regex->given_up += found < 0 && found != PCRE2_ERROR_NOMATCH;
    return found > 0;
}

/* PCRE2 keeps the memory that it needed: what a long text or one that ran away took goes back. */
static void lighten(struct regex *regex)
{
    pcre2_match_data *data;

    if (!regex->is_heavy)
        return;
    regex->is_heavy = false;
    data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    if (!data)
        return;
    pcre2_match_data_free(regex->data);
    regex->data = data;
}

bool regex_matches(struct regex *regex, struct str text)
{
    bool found = find(regex, text, 0);

    lighten(regex);
    return found;
}

bool regex_find(struct regex *regex, struct str text, size_t from, struct str *match)
{
    bool found = find(regex, text, from);
    const size_t *places;

    if (found) {
        places = pcre2_get_ovector_pointer(regex->data);
        *match = (struct str){text.at + places[0], places[1] - places[0]};
    }
    lighten(regex);
    return found;
}

/* What a group has taken in the match that was found last. */
static struct str group_of(struct regex *regex, struct str text, size_t number)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->data);

    if (number >= pcre2_get_ovector_count(regex->data) || ends[2 * number] == PCRE2_UNSET)
        return (struct str){NULL, 0};
    return (struct str){text.at ? text.at + ends[2 * number] : "",
                        ends[2 * number + 1] - ends[2 * number]};
}

bool regex_find_groups(struct regex *regex, struct str text, size_t from, struct str *groups,
                       size_t count)
{
    bool found = find(regex, text, from);

    for (size_t i = 0; i < count; i++)
        groups[i] = found ? group_of(regex, text, i) : (struct str){NULL, 0};
    lighten(regex);
    return found;
}

size_t regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

struct str regex_group_name(const struct regex *regex, size_t group)
{
    return regex->groups[group].name;
}

unsigned regex_group_number(const struct regex *regex, size_t group)
{
    return regex->groups[group].number;
}

bool regex_capture(struct regex *regex, struct str text, struct str *groups)
{
    bool found = find(regex, text, 0);

    for (size_t i = 0; i < regex->group_count; i++)
        groups[i] = found ? group_of(regex, text, regex->groups[i].number) : (struct str){NULL, 0};
    lighten(regex);
    return found;
}

uint64_t regex_given_up(const struct regex *regex)
{
    return regex->given_up;
}

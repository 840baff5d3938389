/*
 * Replaced as Go's regexp does it: in the replacement, $1, ${1} and $name are what the group has
 * taken, $$ is a dollar; a match of nothing right behind another match does not count.
 */
#include "ottl/replace.h"

#include "base/utf8.h"
#include "ottl/ottl_value.h"
#include "ottl/target.h"

enum { MOST_GROUPS = 32 /* that a replacement can name */ };

struct replacing { /* of one text after the other */
    struct ottl_edit *edit;
    struct regex *regex;
    struct str replacement;
    size_t group_count; /* of those that it may name */
    struct buf text;    /* what the last one has become */
    size_t room;        /* for what comes yet */
};

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* What $... at the beginning of the text names, and how long that is; 0: nothing, it is a dollar.
 */
static size_t read_name(struct str text, struct str *name)
{
    bool braces = text.len > 1 && text.at[1] == '{';
    size_t from = braces ? 2 : 1, to = from;

    while (to < text.len && is_word(text.at[to]))
        to++;
    *name = (struct str){text.at + from, to - from};
    if (to == from || (braces && (to == text.len || text.at[to] != '}')))
        return 0;
    return to + braces;
}

/* The number of a group; MOST_GROUPS: there is none of this name, or too many. */
static unsigned number_of(const struct regex *regex, struct str name)
{
    unsigned number = 0;

    for (size_t i = 0; i < name.len && number < MOST_GROUPS; i++) {
        if (name.at[i] < '0' || name.at[i] > '9') {
            for (size_t group = 0; group < regex_group_count(regex); group++)
                if (str_eq(regex_group_name(regex, group), name) &&
                    regex_group_number(regex, group) < MOST_GROUPS)
                    return regex_group_number(regex, group);
            return MOST_GROUPS;
        }
        number = number * 10 + (unsigned)(name.at[i] - '0');
    }
    return number < MOST_GROUPS ? number : MOST_GROUPS;
}

/* Appends the replacement of one match. */
static void expand(struct replacing *r, const struct str *groups)
{
    struct str rest = r->replacement, name;
    const char *dollar;

    while (rest.len > 0 && (dollar = memchr(rest.at, '$', rest.len))) {
        size_t before = (size_t)(dollar - rest.at), len;

        buf_append(&r->text, rest.at, before);
        rest = (struct str){dollar, rest.len - before};
        len = read_name(rest, &name);
        if (len > 0) {
            unsigned number = number_of(r->regex, name);

            if (number < MOST_GROUPS)
                buf_append_str(&r->text, groups[number]);
        } else {
            buf_append_char(&r->text, '$');
            len = rest.len > 1 && rest.at[1] == '$' ? 2 : 1;
        }
        rest = (struct str){rest.at + len, rest.len - len};
    }
    buf_append_str(&r->text, rest);
}

/* Where the next match may begin: behind this one, a character further where it is empty. */
static size_t next_place(struct str text, struct str match)
{
    size_t end = (size_t)(match.at - text.at) + match.len, len;

    if (match.len > 0 || end == text.len)
        return match.len > 0 ? end : end + 1;
    len = utf8_char((struct str){text.at + end, text.len - end});
    return end + (len > 0 ? len : 1);
}

/* For a new text. False: *err says that there is none. */
static bool take_room(struct replacing *r, size_t len)
{
    if (len > r->room)
        return error_set(r->edit->run->err, "%s: the text grows by more than 1 MiB",
                         r->edit->node->function->name);
    r->room -= len;
    return true;
}

/* All matches in a text; *found: there is one, and r->text is what it has become. False: *err. */
static bool replace(struct replacing *r, struct str text, bool *found)
{
    uint64_t given_up = regex_given_up(r->regex);
    struct str groups[MOST_GROUPS] = {{0}};
    size_t at = 0, from = 0;

    *found = false;
    buf_reset(&r->text);
    text.at = text.at ? text.at : "";
    while (from <= text.len && r->text.len <= r->room &&
           regex_find_groups(r->regex, text, from, groups, r->group_count)) {
        size_t start = (size_t)(groups[0].at - text.at);

        if (groups[0].len > 0 || start > at || start == 0) {
            buf_append(&r->text, text.at + at, start - at);
            expand(r, groups);
            at = start + groups[0].len;
            *found = true;
        }
        from = next_place(text, groups[0]);
    }
    buf_append(&r->text, text.at + at, text.len - at);
    if (regex_given_up(r->regex) > given_up)
        return error_set(r->edit->run->err, "%s: matching this text takes too long",
                         r->edit->node->function->name);
    return !*found || take_room(r, r->text.len);
}

/* The pattern's statement, whose replacement is the argument behind it. False: *err. */
static bool begin(struct replacing *r, struct ottl_edit *edit)
{
    size_t i = (size_t)edit->node->function->pattern + 1;
    struct str replacement = edit->arguments[i].text;

    if (!editor_want_text(edit, i))
        return false;
    replacement.at = replacement.at ? replacement.at : "";
    *r = (struct replacing){.edit = edit,
                            .regex = edit->node->regex,
                            .replacement = replacement,
                            .group_count =
                                memchr(replacement.at, '$', replacement.len) ? MOST_GROUPS : 1,
                            .room = edit->message.len + OTTL_MAX_TEXT};
    return utf8_valid(replacement) || error_set(edit->run->err, "%s: the replacement is not UTF-8",
                                                edit->node->function->name);
}

/* The text that the target is; what is none stays. False: *err. */
static bool read_target(struct ottl_edit *edit, struct str *text, bool *is_text)
{
    struct ottl_value value = {0};

    if (!ottl_evaluate(edit->run, edit->node->children[0], &value))
        return false;
    *is_text = value.type == OTTL_STRING;
    *text = value.text;
    return true;
}

bool edit_replace_pattern(struct ottl_edit *edit)
{
    struct ottl_value value = {.type = OTTL_STRING};
    struct replacing r;
    struct str text;
    bool is_text, found, ok;

    if (!begin(&r, edit) || !read_target(edit, &text, &is_text))
        return false;
    if (!is_text)
        return true;
    ok = replace(&r, text, &found);
    value.text = buf_str(&r.text);
    if (ok && found)
        ok = target_set(edit, &value);
    buf_done(&r.text);
    return ok;
}

static bool replace_value(struct replacing *r, struct attribute *attribute)
{
    struct value_view view;
    bool found;

    value_read(attribute->value, &view);
    if (view.kind != VALUE_STRING)
        return true;
    if (!replace(r, view.bytes, &found))
        return false;
    if (!found || str_eq(view.bytes, buf_str(&r->text)))
        return true;
    view.bytes = buf_str(&r->text);
    attributes_set_at(r->edit->attributes, attribute,
                      attributes_keep_value(r->edit->attributes, &view));
    return true;
}

static bool replace_key(struct replacing *r, struct attribute *attribute)
{
    struct attributes *list = r->edit->attributes;
    struct str value = attribute->value;
    bool found;

    if (!replace(r, attribute->key, &found))
        return false;
    if (!found || str_eq(attribute->key, buf_str(&r->text)))
        return true;
    attributes_remove_at(list, attribute);
    attributes_set(list, attributes_keep(list, buf_str(&r->text)), value);
    return true;
}

bool edit_replace_all_patterns(struct ottl_edit *edit)
{
    size_t count = edit->attributes->count; /* what gets another key may come to stand behind */
    struct replacing r;
    bool keys, ok = true;

    if (!editor_want_text(edit, 1) || !begin(&r, edit))
        return false;
    keys = str_is(edit->arguments[1].text, "key");
    if (!keys && !str_is(edit->arguments[1].text, "value"))
        return error_set(edit->run->err, "replace_all_patterns: mode is key or value");
    for (size_t i = 0; ok && i < count; i++) {
        struct attribute *attribute = &edit->attributes->at[i];

        if (attribute->state != ATTRIBUTE_REMOVED)
            ok = keys ? replace_key(&r, attribute) : replace_value(&r, attribute);
    }
    buf_done(&r.text);
    return ok;
}

bool edit_replace_match(struct ottl_edit *edit)
{
    struct str text;
    bool is_text, is_match;

    if (!editor_want_text(edit, 2) || !read_target(edit, &text, &is_text))
        return false;
    if (!is_text)
        return true;
    return editor_matches(edit, text, &is_match) &&
           (!is_match || target_set(edit, &edit->arguments[2]));
}

bool edit_replace_all_matches(struct ottl_edit *edit)
{
    struct attribute *attribute = NULL;
    struct value_view view;
    struct replacing r;
    bool is_match;

    if (!begin(&r, edit))
        return false;
    while ((attribute = attributes_next(edit->attributes, attribute))) {
        value_read(attribute->value, &view);
        if (view.kind != VALUE_STRING)
            continue;
        if (!editor_matches(edit, view.bytes, &is_match))
            return false;
        if (!is_match)
            continue;
        if (!take_room(&r, r.replacement.len))
            return false;
        view.bytes = r.replacement;
        attributes_set_at(edit->attributes, attribute,
                          attributes_keep_value(edit->attributes, &view));
    }
    return true;
}

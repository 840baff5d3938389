/*
 * What each action needs, and what it has no use for.
 */
#include "processors/action_settings.h"

#include "base/regex.h"
#include "processors/value.h"

static const char *const action_names[] = {"insert", "update",  "upsert",  "delete",
                                           "hash",   "extract", "convert", NULL};
static const char *const type_names[] = {"int", "double", "string", NULL};

const struct field action_fields[] = {
    FIELD_STRING(struct action_settings, key, "key", NULL, "the attribute that it is about"),
    FIELD_CHOICE(struct action_settings, action, "action", NULL, action_names,
                 "required: insert where it is not there, update where it is, upsert in any case, "
                 "delete; hash: SHA-256 of the value; extract: each named group of the pattern "
                 "becomes an attribute; convert: to converted_type"),
    FIELD_NODE(struct action_settings, value, "value",
               "insert, update, upsert: this; a string, number, boolean, list or map"),
    FIELD_STRING(struct action_settings, from_attribute, "from_attribute", NULL,
                 "... or what this attribute has"),
    FIELD_STRING(struct action_settings, from_context, "from_context", NULL,
                 "... or a header field of the request, as metadata.NAME; the receiver needs "
                 "include_metadata"),
    FIELD_NODE(struct action_settings, default_value, "default_value",
               "... or else this, where that attribute or header field is not there"),
    FIELD_STRING(struct action_settings, pattern, "pattern", NULL,
                 "extract: a regular expression with named groups; delete, hash: all attributes "
                 "with names that it matches"),
    FIELD_CHOICE(struct action_settings, converted_type, "converted_type", NULL, type_names,
                 "convert: the type that the value is to have"),
    FIELD_END,
};

static bool sets_value(const struct action_settings *s)
{
    return s->action <= ACTION_UPSERT;
}

static void check_key_allowed(const struct node *node, const char *key, bool allowed,
                              const struct action_settings *s, const char *whose,
                              struct problems *problems)
{
    const struct node *member = node_get(node, key);

    if (member && !allowed)
        problem_at_key(problems, PROBLEM_ERROR, member, "%s has no %s; it is for %s",
                       action_names[s->action], key, whose);
}

static void check_source(struct action_settings *s, const struct node *node,
                         struct problems *problems)
{
    unsigned sources = !!s->value + action_has(s->from_attribute) + action_has(s->from_context);

    if (sources > 1 || (sources == 0 && !s->default_value))
        error_at(problems, node, "%s needs one of value, from_attribute and from_context",
                 action_names[s->action]);
    s->value_bytes = value_of_node(s->value, problems->arena);
    s->default_bytes = value_of_node(s->default_value, problems->arena);
}

/* metadata.NAME or NAME; the others are not known behind the receiver. */
static void check_context(struct action_settings *s, const struct node *node,
                          struct problems *problems)
{
    struct str from = str_of(s->from_context), prefix = STR("metadata.");

    if (str_starts(from, STR("auth.")) || str_is(from, "client.address")) {
        error_at(problems, node_near(node, "from_context"),
                 "only header fields of the request are kept, not %s: use metadata.NAME",
                 s->from_context);
        return;
    }
    if (str_starts(from, prefix))
        from.at += prefix.len;
    s->header = str_of(arena_lower(problems->arena, from.at));
    if (s->header.len == 0)
        error_at(problems, node_near(node, "from_context"), "no name behind metadata.");
}

/* Where a group without a name begins; NULL: there is none. */
static const char *unnamed_group(const char *pattern)
{
    bool in_class = false;

    for (const char *at = pattern; *at; at++) {
        if (at[0] == '\\' && at[1] == 'Q') {
            at = strstr(at, "\\E");
            if (!at)
                return NULL;
            at++;
        } else if (at[0] == '\\' && at[1]) {
            at++;
        } else if (in_class && at[0] == '[' && at[1] == ':' && strstr(at, ":]")) {
            at = strstr(at, ":]") + 1; /* [:alpha:] */
        } else if (in_class) {
            in_class = *at != ']';
        } else if (*at == '[') {
            in_class = true;
            at += at[1] == '^';
            at += at[1] == ']'; /* as the first of the class it is a letter */
        } else if (at[0] == '(' && at[1] != '?') {
            return at;
        }
    }
    return NULL;
}

static void check_pattern(const struct action_settings *s, const struct node *node,
                          struct problems *problems)
{
    const struct node *at = node_near(node, "pattern");
    struct error err;
    struct regex *regex = regex_new(str_of(s->pattern), &err);
    const char *unnamed;

    if (!regex) {
        error_at(problems, at, "%s", err.text);
        return;
    }
    if (s->action == ACTION_EXTRACT) {
        unnamed = unnamed_group(s->pattern);
        if (regex_group_count(regex) == 0)
            error_at(problems, at, "extract needs a named group, such as (?P<name>.*)");
        else if (unnamed)
            error_at(problems, at,
                     "the group at character %zu has no name: write (?P<name>...), or (?:...) "
                     "where it is none to extract",
                     (size_t)(unnamed - s->pattern) + 1);
    }
    regex_free(regex);
}

static void check_keys(const struct action_settings *s, const struct node *node,
                       struct problems *problems)
{
    static const char *const source_keys[] = {"value", "from_attribute", "from_context",
                                              "default_value"};
    bool has_pattern =
        s->action == ACTION_EXTRACT || s->action == ACTION_DELETE || s->action == ACTION_HASH;

    for (size_t i = 0; i < sizeof(source_keys) / sizeof(source_keys[0]); i++)
        check_key_allowed(node, source_keys[i], sets_value(s), s, "insert, update and upsert",
                          problems);
    check_key_allowed(node, "pattern", has_pattern, s, "extract, delete and hash", problems);
    check_key_allowed(node, "converted_type", s->action == ACTION_CONVERT, s, "convert", problems);
    if (s->action == ACTION_CONVERT && !node_get(node, "converted_type"))
        error_at(problems, node, "convert needs converted_type: int, double or string");
    if (s->action == ACTION_EXTRACT && !action_has(s->pattern))
        error_at(problems, node, "extract needs a pattern with named groups");
    if (action_has(s->key))
        return;
    if (s->action != ACTION_DELETE && s->action != ACTION_HASH)
        error_at(problems, node, "%s needs a key", action_names[s->action]);
    else if (!action_has(s->pattern))
        error_at(problems, node, "%s needs a key or a pattern", action_names[s->action]);
}

static void check_action(struct action_settings *s, const struct node *node,
                         struct problems *problems)
{
    size_t errors = problems->errors;

    if (!node_get(node, "action")) {
        error_at(problems, node,
                 "needs an action: insert, update, upsert, delete, hash, extract or convert");
        return;
    }
    check_keys(s, node, problems);
    if (problems->errors > errors)
        return;
    if (sets_value(s))
        check_source(s, node, problems);
    if (action_has(s->from_context))
        check_context(s, node, problems);
    if (action_has(s->pattern))
        check_pattern(s, node, problems);
}

void actions_check(struct block_list *list, const char *name, const struct node *node,
                   struct problems *problems)
{
    struct action_settings *settings = list->at;

    if (list->count == 0)
        error_at(problems, node_near(node, name),
                 "%s needs at least one action, such as {key: team, value: cart, action: upsert}",
                 name);
    for (size_t i = 0; i < list->count; i++)
        check_action(&settings[i], list->nodes[i], problems);
}

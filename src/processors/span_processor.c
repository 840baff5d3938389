/*
 * Gives spans other names and states: names made of attributes, attributes taken out of names.
 *
 *     from_attributes: [db.svc, op], separator: "::"     any       ->  location::get
 *     to_attributes:   ^/document/(?P<id>.*)/update$     /document/12345/update
 *                                                        ->  /document/{id}/update, id=12345
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/regex.h"
#include "otlp/attributes.h"
#include "otlp/wire_write.h"
#include "pipeline/rewriting.h"
#include "processors/match.h"
#include "processors/value.h"

enum { FIELD_NAME = 5, FIELD_STATUS = 15 };               /* of Span */
enum { STATUS_FIELD_MESSAGE = 2, STATUS_FIELD_CODE = 3 }; /* of Status */

struct to_attributes_settings {
    bool enabled;
    struct string_list rules;
    bool break_after_match, keep_original_name;
};

struct name_settings {
    struct string_list from_attributes;
    const char *separator;
    struct to_attributes_settings to_attributes;
};

struct status_settings {
    bool enabled;  /* the block is there */
    unsigned code; /* enum status_code */
    const char *description;
};

struct span_settings {
    struct match_settings include, exclude;
    struct name_settings name;
    struct status_settings status;
};

struct rule { /* of to_attributes */
    struct regex *regex;
    struct str *groups; /* room for what it finds */
};

struct span_processor {
    struct component base;
    const struct span_settings *settings; /* borrowed from the configuration */
    struct match *include, *exclude;      /* or NULL */
    struct rule *rules;
    size_t rule_count;
    struct attributes attributes; /* of the span that is looked at */
    struct buf name;              /* a name while it is put together */
    struct buf text;              /* of a value that is none */
    struct buf message;           /* a span with other attributes, but its old name */
};

/* ---- settings ---- */

static const char *const code_names[] = {
    [STATUS_CODE_UNSET] = "Unset", [STATUS_CODE_OK] = "Ok", [STATUS_CODE_ERROR] = "Error", NULL};

static const struct field to_attributes_fields[] = {
    FIELD_STRINGS(struct to_attributes_settings, rules, "rules",
                  "regular expressions, one after the other: what a group (?P<name>...) takes of "
                  "the span's name becomes the attribute, and {name} stands in its place"),
    FIELD_BOOL(struct to_attributes_settings, break_after_match, "break_after_match", "false",
               "whether the first rule that matches is the last one"),
    FIELD_BOOL(struct to_attributes_settings, keep_original_name, "keep_original_name", "false",
               "whether the span keeps its name"),
    FIELD_END,
};

static const struct field name_fields[] = {
    FIELD_STRINGS(struct name_settings, from_attributes, "from_attributes",
                  "the values of these attributes become the name, where all of them are there"),
    FIELD_STRING(struct name_settings, separator, "separator", "", "what stands between them"),
    FIELD_SWITCH(struct name_settings, to_attributes, "to_attributes", to_attributes_fields,
                 "parts of the name become attributes"),
    FIELD_END,
};

static const struct field status_fields[] = {
    FIELD_CHOICE(struct status_settings, code, "code", NULL, code_names, "required: the state"),
    FIELD_STRING(struct status_settings, description, "description", "",
                 "what went wrong, for Error"),
    FIELD_END,
};

static const struct field fields[] = {
    FIELD_SWITCH(struct span_settings, include, "include", match_fields,
                 "only those that this matches"),
    FIELD_SWITCH(struct span_settings, exclude, "exclude", match_fields,
                 "... and not those that this matches"),
    FIELD_BLOCK(struct span_settings, name, "name", name_fields, "what it is called"),
    FIELD_SWITCH(struct span_settings, status, "status", status_fields, "how it ended"),
    FIELD_END,
};

static void check_rules(const struct to_attributes_settings *s, const struct node *node,
                        struct problems *problems)
{
    const struct node *list = node_near(node, "rules");

    for (size_t i = 0; i < s->rules.count; i++) {
        const struct node *at =
            list->kind == NODE_LIST && i < list->count ? list->children[i] : list;
        struct error err;
        struct regex *regex = regex_new(str_of(s->rules.at[i]), &err);

        if (!regex)
            error_at(problems, at, "%s", err.text);
        else if (regex_group_count(regex) == 0 && !s->break_after_match)
            warning_at(problems, at,
                       "takes nothing out of a name: it needs a group such as (?P<name>.*)");
        regex_free(regex);
    }
    if (s->rules.count == 0 && list->kind == NODE_MAP)
        error_at(problems, list, "needs rules: regular expressions with groups (?P<name>...)");
}

static void check_status(const struct status_settings *s, const struct node *node,
                         struct problems *problems)
{
    if (!node_get(node, "code"))
        error_at(problems, node, "needs code: Ok, Error or Unset");
    else if (*s->description && s->code != STATUS_CODE_ERROR)
        error_at(problems, node_near(node, "description"),
                 "only an Error has a description: take it out, or write code: Error");
}

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct span_settings *s = settings;
    const struct node *name = node_get(node, "name"), *to = node_get(name, "to_attributes");

    match_check(&s->include, match_fields, "include", node, problems);
    match_check(&s->exclude, match_fields, "exclude", node, problems);
    if (s->name.to_attributes.enabled)
        check_rules(&s->name.to_attributes, to, problems);
    if (s->status.enabled)
        check_status(&s->status, node_get(node, "status"), problems);
    if (!s->name.to_attributes.enabled && s->name.from_attributes.count == 0 && !s->status.enabled)
        error_at(problems, name ? name : node,
                 "changes nothing: it needs name.from_attributes, name.to_attributes or status");
    if (s->name.from_attributes.count == 0 && *s->name.separator)
        warning_at(problems, node_near(name, "separator"),
                   "has no effect: it stands between from_attributes, and there are none");
}

/* ---- names ---- */

/* Go's collector writes no lists, maps and bytes into names. */
static struct str text_for_name(struct span_processor *self, struct str message)
{
    struct value_view value;

    value_read(message, &value);
    switch (value.kind) {
    case VALUE_STRING:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
        return value_text(&value, &self->text);
    default:
        return STR("<unknown-attribute-type>");
    }
}

/* What the attributes say; the old name where one of them is not there. */
static struct str name_from_attributes(struct span_processor *self, struct str name)
{
    const struct name_settings *s = &self->settings->name;

    buf_reset(&self->name);
    for (size_t i = 0; i < s->from_attributes.count; i++) {
        const struct attribute *found =
            attributes_find(&self->attributes, str_of(s->from_attributes.at[i]));

        if (!found)
            return name;
        if (i > 0)
            buf_append_str(&self->name, str_of(s->separator));
        buf_append_str(&self->name, text_for_name(self, found->value));
    }
    return attributes_keep(&self->attributes, buf_str(&self->name));
}

/* The rule has matched: its groups go into attributes, {name} for each into the new name. */
static struct str take_groups(struct span_processor *self, const struct rule *rule, struct str name)
{
    const char *copied = name.at;

    buf_reset(&self->name);
    for (size_t i = 0; i < regex_group_count(rule->regex); i++) {
        struct value_view value = {.kind = VALUE_STRING, .bytes = rule->groups[i]};
        struct str key = regex_group_name(rule->regex, i), taken = rule->groups[i];

        attributes_set(&self->attributes, key, attributes_keep_value(&self->attributes, &value));
        if (!taken.at || taken.at < copied) /* it took no part, or is within another one */
            continue;
        buf_append(&self->name, copied, (size_t)(taken.at - copied));
        buf_append_char(&self->name, '{');
        buf_append_str(&self->name, key);
        buf_append_char(&self->name, '}');
        copied = taken.at + taken.len;
    }
    buf_append(&self->name, copied, (size_t)(name.at + name.len - copied));
    return attributes_keep(&self->attributes, buf_str(&self->name));
}

static struct str name_to_attributes(struct span_processor *self, struct str name)
{
    const struct to_attributes_settings *s = &self->settings->name.to_attributes;

    for (size_t i = 0; i < self->rule_count && name.len > 0; i++) {
        const struct rule *rule = &self->rules[i];
        struct str renamed;

        if (!regex_capture(rule->regex, name, rule->groups))
            continue;
        renamed = take_groups(self, rule, name);
        if (!s->keep_original_name)
            name = renamed;
        if (s->break_after_match)
            break;
    }
    return name;
}

/* The span's attributes are read, and may have changed. */
static struct str rename_span(struct span_processor *self, struct str span, struct str name)
{
    bool from_attributes = self->settings->name.from_attributes.count > 0;

    if (!from_attributes && self->rule_count == 0)
        return name;
    attributes_read(&self->attributes, span, ATTRIBUTES_OF_SPAN);
    return name_to_attributes(self, from_attributes ? name_from_attributes(self, name) : name);
}

/* ---- data ---- */

static void put_status(const struct status_settings *s, struct buf *out)
{
    size_t status;

    if (s->code == STATUS_CODE_UNSET) /* as without one */
        return;
    status = wire_begin(out, FIELD_STATUS);
    if (*s->description)
        wire_put_bytes(out, STATUS_FIELD_MESSAGE, str_of(s->description));
    wire_put_tag(out, STATUS_FIELD_CODE, WIRE_VARINT);
    wire_put_varint(out, s->code);
    wire_end(out, status);
}

/* Without the fields that have changed, which stand behind all others; status: or NULL. */
static void put_span(struct str message, const struct str *name,
                     const struct status_settings *status, struct buf *out)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at, *copied = w.at;
    struct wire_field f = {0};

    for (; wire_next(&w, &f); at = w.at) {
        if (!(f.number == FIELD_NAME && name) && !(f.number == FIELD_STATUS && status))
            continue;
        buf_append(out, copied, (size_t)(at - copied));
        copied = w.at;
    }
    buf_append(out, copied, (size_t)(w.end - copied));
    if (name)
        wire_put_bytes(out, FIELD_NAME, *name);
    if (status)
        put_status(status, out);
}

static bool is_meant(struct span_processor *self, const struct rewrite_place *place,
                     struct str span)
{
    return (!self->include || match_item(self->include, place, span)) &&
           !(self->exclude && match_item(self->exclude, place, span));
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    struct span_processor *self = arg;
    const struct status_settings *status = &self->settings->status;
    struct str name;
    struct span_view span;
    bool renamed, ended;

    if (!is_meant(self, place, item))
        return REWRITE_KEEP;
    span_read(item, &span);
    name = rename_span(self, item, span.name);
    renamed = !str_eq(name, span.name);
    ended = status->enabled && (span.status_code != (int32_t)status->code ||
                                !str_is(span.status_message, status->description));
    if (!renamed && !ended && !self->attributes.changed)
        return REWRITE_KEEP;
    if (self->attributes.changed) {
        buf_reset(&self->message);
        attributes_write(&self->attributes, &self->message);
        item = buf_str(&self->message);
    }
    put_span(item, renamed ? &name : NULL, ended ? status : NULL, out);
    return REWRITE_CHANGE;
}

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct span_processor *self = arg;

    (void)signal, (void)resource, (void)out;
    match_enter_resource(self->include);
    match_enter_resource(self->exclude);
    return REWRITE_KEEP;
}

static enum rewrite on_scope(void *arg, enum signal signal, struct str resource, struct str scope,
                             struct buf *out)
{
    struct span_processor *self = arg;

    (void)signal, (void)resource, (void)scope, (void)out;
    match_enter_scope(self->include);
    match_enter_scope(self->exclude);
    return REWRITE_KEEP;
}

static const struct rewriter rewriter = {
    .resource = on_resource, .scope = on_scope, .item = on_item};

static struct result span_consume(struct component *base, struct batch *batch)
{
    return rewrite_and_pass(base, batch, &rewriter, base);
}

/* ---- the component ---- */

static void span_destroy(struct component *base)
{
    struct span_processor *self = (struct span_processor *)base;

    for (size_t i = 0; i < self->rule_count; i++) {
        regex_free(self->rules[i].regex);
        free(self->rules[i].groups);
    }
    free(self->rules);
    match_free(self->include);
    match_free(self->exclude);
    attributes_done(&self->attributes);
    buf_done(&self->name);
    buf_done(&self->text);
    buf_done(&self->message);
    free(self);
}

static bool make_rules(struct span_processor *self, const struct string_list *patterns,
                       struct error *err)
{
    if (patterns->count == 0)
        return true;
    self->rules = mem_zero(patterns->count * sizeof(*self->rules));
    for (; self->rule_count < patterns->count; self->rule_count++) {
        struct rule *rule = &self->rules[self->rule_count];

        rule->regex = regex_new(str_of(patterns->at[self->rule_count]), err);
        if (!rule->regex)
            return false;
        rule->groups = mem_zero((regex_group_count(rule->regex) + 1) * sizeof(*rule->groups));
    }
    return true;
}

static bool make_match(struct match **match, const struct match_settings *s, struct error *err)
{
    *match = s->enabled ? match_new(s, err) : NULL;
    return *match || !s->enabled;
}

static struct component *span_create(const void *settings, struct worker *worker, struct error *err)
{
    struct span_processor *self = mem_zero(sizeof(*self));
    const struct span_settings *s = settings;

    (void)worker;
    self->settings = s;
    if (make_rules(self, &s->name.to_attributes.rules, err) &&
        make_match(&self->include, &s->include, err) &&
        make_match(&self->exclude, &s->exclude, err))
        return &self->base;
    span_destroy(&self->base);
    return NULL;
}

const struct component_type span_processor = {
    .name = "span",
    .kind = PROCESSOR,
    .signals = 1u << TRACES,
    .help = "gives spans other names and states, takes attributes out of names",
    .fields = fields,
    .settings_size = sizeof(struct span_settings),
    .check = check,
    .create = span_create,
    .consume = span_consume,
    .destroy = span_destroy,
};

/*
 * Removes attributes that are not allowed, and hides values that must not be seen: of resources,
 * scopes, spans with their events and links, log records with their bodies, data points.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/regex.h"
#include "otlp/attributes.h"
#include "otlp/check.h"
#include "otlp/metric_write.h"
#include "otlp/wire_write.h"
#include "pipeline/rewriting.h"
#include "processors/redactor.h"
#include "processors/tally.h"

enum { HMAC_KEY_LEAST = 32 };

/* Of a body's members that the summary names: more are counted only, as each has its whole path. */
enum { PATHS_MAX = 16 << 10, PATHS_ARENA = 1024 };

/* Of Span and LogRecord. */
enum { FIELD_EVENTS = 11, FIELD_LINKS = 13, FIELD_BODY = 5 };

struct redaction_processor {
    struct component base;
    const struct redaction_settings *settings; /* borrowed from the configuration */
    struct redactor *redactor;
    struct attributes attributes; /* of the message that is looked at */
    struct tally tally;           /* of those */
    struct buf parts;             /* a message whose parts have changed */

    /* Of a log record's body: what was done, at which path the walk is, and copies of such. */
    struct tally body;
    struct buf path;
    struct arena *paths; /* or NULL, so far */
    size_t paths_len;
};

/* ---- settings ---- */

static const char *const hash_names[] = {"none",        "md5",         "sha1", "sha3",
                                         "hmac-sha256", "hmac-sha512", NULL};
static const char *const summary_names[] = {"silent", "info", "debug", NULL};

static const struct field fields[] = {
    FIELD_BOOL(struct redaction_settings, allow_all_keys, "allow_all_keys", "false",
               "whether attributes stay that are not in allowed_keys"),
    FIELD_STRINGS(struct redaction_settings, allowed_keys, "allowed_keys",
                  "only these attributes stay, unless allow_all_keys is set"),
    FIELD_STRINGS(struct redaction_settings, ignored_keys, "ignored_keys",
                  "these attributes stay as they are"),
    FIELD_STRINGS(struct redaction_settings, ignored_key_patterns, "ignored_key_patterns",
                  "... and those with a key that one of these regular expressions matches"),
    FIELD_STRINGS(struct redaction_settings, blocked_key_patterns, "blocked_key_patterns",
                  "values are hidden where one of these regular expressions matches the key"),
    FIELD_STRINGS(struct redaction_settings, blocked_values, "blocked_values",
                  "what one of these regular expressions matches is hidden"),
    FIELD_STRINGS(struct redaction_settings, allowed_values, "allowed_values",
                  "values that one of these regular expressions matches are not hidden"),
    FIELD_BOOL(
        struct redaction_settings, redact_all_types, "redact_all_types", "false",
        "whether attributes that are no text are looked at too, as text; in bodies all values are"),
    FIELD_CHOICE(struct redaction_settings, hash_function, "hash_function", "none", hash_names,
                 "what is hidden becomes its hash, not masking_string"),
    FIELD_SECRET(struct redaction_settings, hmac_key, "hmac_key", "for hmac-sha256, hmac-sha512"),
    FIELD_STRING(struct redaction_settings, masking_string, "masking_string", "****",
                 "what stands in place of what is hidden"),
    FIELD_CHOICE(
        struct redaction_settings, summary, "summary", "silent", summary_names,
        "attributes redaction.* that tell what was done: info counts, debug names the keys too"),
    FIELD_NODE(struct redaction_settings, url_sanitizer, "url_sanitizer",
               "is not done here: only as {enabled: false}"),
    FIELD_NODE(struct redaction_settings, db_sanitizer, "db_sanitizer",
               "is not done here: only with nothing enabled"),
    FIELD_END,
};

static void check_patterns(const struct string_list *patterns, const char *key,
                           const struct node *node, struct problems *problems)
{
    const struct node *list = node_near(node, key);

    for (size_t i = 0; i < patterns->count; i++) {
        struct error err;
        struct regex *regex = regex_new(str_of(patterns->at[i]), &err);

        if (!regex)
            error_at(problems,
                     list->kind == NODE_LIST && i < list->count ? list->children[i] : list, "%s",
                     err.text);
        regex_free(regex);
    }
}

/* Something in it is switched on. */
static bool is_on(const struct node *node)
{
    if (!node)
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (is_on(node->children[i]))
            return true;
    return node->kind == NODE_SCALAR && strcmp(node->text, "true") == 0;
}

static void check_sanitizer(const struct node *block, struct problems *problems)
{
    if (is_on(block))
        error_at(problems, block,
                 "is not done here: hide what must not be seen with blocked_values");
}

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct redaction_settings *s = settings;
    bool is_hmac = s->hash_function >= HASH_HMAC_SHA256;

    check_patterns(&s->ignored_key_patterns, "ignored_key_patterns", node, problems);
    check_patterns(&s->blocked_key_patterns, "blocked_key_patterns", node, problems);
    check_patterns(&s->blocked_values, "blocked_values", node, problems);
    check_patterns(&s->allowed_values, "allowed_values", node, problems);
    check_sanitizer(s->url_sanitizer, problems);
    check_sanitizer(s->db_sanitizer, problems);
    if (is_hmac && (!s->hmac_key || !*s->hmac_key))
        error_at(problems, node_near(node, "hash_function"), "%s needs hmac_key",
                 hash_names[s->hash_function]);
    else if (is_hmac && strlen(s->hmac_key) < HMAC_KEY_LEAST)
        warning_at(problems, node_near(node, "hmac_key"),
                   "hashes with a short key can be guessed: it should have %d characters",
                   HMAC_KEY_LEAST);
    if (s->hash_function != HASH_NONE && node_get(node, "masking_string"))
        error_at(problems, node_near(node, "masking_string"),
                 "has no effect with hash_function: take one of the two out");
    if (!s->allow_all_keys && s->allowed_keys.count == 0)
        warning_at(problems, node,
                   "removes all attributes, as none is allowed: set allowed_keys, or "
                   "allow_all_keys: true");
}

/* ---- attributes ---- */

static void redact(struct redaction_processor *self, struct attribute *attribute)
{
    struct value_view value, seen = {.kind = VALUE_STRING};

    value_read(attribute->value, &value);
    switch (redactor_judge(self->redactor, attribute->key, &value, &seen.bytes)) {
    case STAYS:
        break;
    case STAYS_ALLOWED:
        tally_add(&self->tally.allowed, attribute->key);
        break;
    case STAYS_IGNORED:
        self->tally.ignored++;
        break;
    case HIDDEN:
        tally_add(&self->tally.masked, attribute->key);
        attributes_set_at(&self->attributes, attribute,
                          attributes_keep_value(&self->attributes, &seen));
        break;
    case GOES:
        tally_add(&self->tally.redacted, attribute->key);
        attributes_remove_at(&self->attributes, attribute);
        break;
    }
}

/* The attributes of a message; CHANGE: it has been appended anew. */
static enum rewrite redact_message(struct redaction_processor *self, struct str message,
                                   uint32_t number, struct buf *out)
{
    struct attribute *next = NULL;

    attributes_read(&self->attributes, message, number);
    while ((next = attributes_next(&self->attributes, next)))
        redact(self, next);
    tally_tell(&self->tally, TALLY_OF_ATTRIBUTES, self->settings->summary, &self->attributes);
    tally_tell(&self->body, TALLY_OF_BODY, self->settings->summary, &self->attributes);
    if (!self->attributes.changed)
        return REWRITE_KEEP;
    attributes_write(&self->attributes, out);
    return REWRITE_CHANGE;
}

/* ---- bodies ---- */

static void forget_paths(struct redaction_processor *self)
{
    buf_reset(&self->path);
    self->paths_len = 0;
    if (self->paths)
        arena_reset(self->paths);
}

/* Where the walk is, for the summary; empty where it is not to be named. */
static struct str keep_path(struct redaction_processor *self)
{
    struct str path = self->path.len > 0 ? buf_str(&self->path) : STR("body");

    if (self->settings->summary != SUMMARY_DEBUG || path.len > PATHS_MAX - self->paths_len)
        return STR("");
    if (!self->paths)
        self->paths = arena_new(PATHS_ARENA);
    self->paths_len += path.len;
    return arena_copy(self->paths, path);
}

static void enter(struct redaction_processor *self, struct str part)
{
    if (self->path.len > 0)
        buf_append_char(&self->path, '.');
    buf_append_str(&self->path, part);
}

static bool redact_elements(struct redaction_processor *self, const struct value_view *value,
                            unsigned nesting, struct buf *out);

/* Appends the value as it is to be seen; whether that is another one. */
static bool redact_value(struct redaction_processor *self, const struct value_view *value,
                         unsigned nesting, struct buf *out)
{
    struct value_view seen = {.kind = VALUE_STRING};
    enum fate fate;

    if ((value->kind == VALUE_ARRAY || value->kind == VALUE_KVLIST) && nesting < CHECK_MAX_NESTING)
        return redact_elements(self, value, nesting + 1, out);
    fate = redactor_judge_value(self->redactor, value, &seen.bytes);
    if (fate == STAYS_ALLOWED)
        tally_add(&self->body.allowed, keep_path(self));
    else if (fate == HIDDEN)
        tally_add(&self->body.masked, keep_path(self));
    value_write(fate == HIDDEN ? &seen : value, out);
    return fate == HIDDEN;
}

/* A KeyValue of a map, which the path has. */
static bool redact_member(struct redaction_processor *self, struct str message, unsigned nesting,
                          struct buf *out)
{
    struct value_view seen = {.kind = VALUE_STRING};
    struct attribute_view member;
    enum fate fate;
    size_t begin, inner;
    bool changed = true;

    attribute_read(message, &member);
    enter(self, member.key);
    fate = redactor_judge_member(self->redactor, member.key, &member.value, &seen.bytes);
    if (fate == GOES) {
        tally_add(&self->body.redacted, keep_path(self));
        return true;
    }
    if (fate == STAYS_IGNORED) {
        self->body.ignored++;
        wire_put_bytes(out, 1, message);
        return false;
    }
    begin = wire_begin(out, 1);
    wire_put_bytes(out, 1, member.key);
    inner = wire_begin(out, 2);
    if (fate == HIDDEN) {
        tally_add(&self->body.masked, keep_path(self));
        value_write(&seen, out);
    } else {
        changed = redact_value(self, &member.value, nesting, out);
    }
    wire_end(out, inner);
    wire_end(out, begin);
    return changed;
}

static bool redact_element(struct redaction_processor *self, struct str message, size_t index,
                           unsigned nesting, struct buf *out)
{
    char part[32];
    int len = snprintf(part, sizeof(part), "[%zu]", index);
    size_t begin = wire_begin(out, 1);
    struct value_view element;
    bool changed;

    enter(self, (struct str){part, (size_t)len});
    value_read(message, &element);
    changed = redact_value(self, &element, nesting, out);
    wire_end(out, begin);
    return changed;
}

/* A list or a map, nested as deeply as payload_read() lets them be. */
static bool redact_elements(struct redaction_processor *self, const struct value_view *value,
                            unsigned nesting, struct buf *out)
{
    struct repeated elements = value_elements(value);
    size_t list = wire_begin(out, value->kind), path_len = self->path.len, index = 0;
    bool changed = false;
    struct str message;

    while (repeated_next(&elements, &message)) {
        if (value->kind == VALUE_KVLIST)
            changed |= redact_member(self, message, nesting, out);
        else
            changed |= redact_element(self, message, index++, nesting, out);
        self->path.len = path_len;
    }
    wire_end(out, list);
    return changed;
}

/* ---- messages with parts: events, links, a body ---- */

/* A field of a message that has something to redact in it; false: it stays as it is. */
static bool redact_field(struct redaction_processor *self, enum signal signal,
                         const struct wire_field *f, struct buf *out)
{
    size_t before = out->len, begin = wire_begin(out, f->number);
    struct value_view body;
    bool changed;

    if (signal == LOGS) {
        forget_paths(self);
        value_read(f->bytes, &body);
        changed = redact_value(self, &body, 0, out);
    } else {
        changed =
            redact_message(self, f->bytes,
                           f->number == FIELD_EVENTS ? ATTRIBUTES_OF_EVENT : ATTRIBUTES_OF_LINK,
                           out) == REWRITE_CHANGE;
    }
    if (changed)
        wire_end(out, begin);
    else
        out->len = before;
    return changed;
}

static bool has_parts(enum signal signal, const struct wire_field *f)
{
    if (f->type != WIRE_BYTES)
        return false;
    return signal == LOGS ? f->number == FIELD_BODY
                          : f->number == FIELD_EVENTS || f->number == FIELD_LINKS;
}

/* The message with its parts as they are to be seen. */
static struct str redact_parts(struct redaction_processor *self, enum signal signal,
                               struct str message)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at, *copied = w.at;
    struct wire_field f = {0};

    buf_reset(&self->parts);
    for (; wire_next(&w, &f); at = w.at) {
        size_t before = self->parts.len;

        if (!has_parts(signal, &f))
            continue;
        buf_append(&self->parts, copied, (size_t)(at - copied));
        if (redact_field(self, signal, &f, &self->parts))
            copied = w.at;
        else
            self->parts.len = before;
    }
    if (copied == (const uint8_t *)message.at)
        return message;
    buf_append(&self->parts, copied, (size_t)(w.end - copied));
    return buf_str(&self->parts);
}

/* ---- the component ---- */

static enum rewrite on_point(void *arg, enum metric_kind kind, struct str point, struct buf *out)
{
    return redact_message(arg, point, point_attributes_number(kind), out);
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    struct redaction_processor *self = arg;
    struct str message;

    if (place->signal == METRICS)
        return metric_rewrite(item, on_point, self, out);
    message = redact_parts(self, place->signal, item);
    if (redact_message(self, message,
                       place->signal == TRACES ? ATTRIBUTES_OF_SPAN : ATTRIBUTES_OF_LOG_RECORD,
                       out) == REWRITE_CHANGE)
        return REWRITE_CHANGE;
    if (message.at == item.at)
        return REWRITE_KEEP;
    buf_append_str(out, message);
    return REWRITE_CHANGE;
}

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    (void)signal;
    return redact_message(arg, resource, ATTRIBUTES_OF_RESOURCE, out);
}

static enum rewrite on_scope(void *arg, enum signal signal, struct str resource, struct str scope,
                             struct buf *out)
{
    (void)signal, (void)resource;
    return redact_message(arg, scope, ATTRIBUTES_OF_SCOPE, out);
}

static const struct rewriter rewriter = {
    .resource = on_resource, .scope = on_scope, .item = on_item};

static struct result redaction_consume(struct component *base, struct batch *batch)
{
    return rewrite_and_pass(base, batch, &rewriter, base);
}

static void redaction_destroy(struct component *base)
{
    struct redaction_processor *self = (struct redaction_processor *)base;

    redactor_free(self->redactor);
    attributes_done(&self->attributes);
    tally_done(&self->tally);
    tally_done(&self->body);
    buf_done(&self->path);
    arena_free(self->paths);
    buf_wipe(&self->parts);
    free(self);
}

static struct component *redaction_create(const void *settings, struct worker *worker,
                                          struct error *err)
{
    struct redaction_processor *self = mem_zero(sizeof(*self));

    (void)worker;
    self->settings = settings;
    self->redactor = redactor_new(settings, err);
    if (self->redactor)
        return &self->base;
    free(self);
    return NULL;
}

const struct component_type redaction_processor = {
    .name = "redaction",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "removes attributes that are not allowed, hides values that must not be seen",
    .fields = fields,
    .settings_size = sizeof(struct redaction_settings),
    .check = check,
    .create = redaction_create,
    .consume = redaction_consume,
    .destroy = redaction_destroy,
};

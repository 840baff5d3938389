/*
 * Walks tables of fields along the settings and the nodes that they were decoded from. A member of
 * the settings that several keys lead to, as old keys do, is printed once, under its own key.
 */
#include "service/effective.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/number_text.h"
#include "config/grow.h"
#include "config/scalar.h"
#include "service/configuration_priv.h"

struct home { /* of a member: the key that it is printed under */
    const void *member;
    const struct field *field;
};

struct printer {
    struct arena *arena;
    bool revealed;
    bool sparse;        /* in a list of blocks: blocks that nobody wrote are left out */
    struct home *homes; /* owned */
    size_t home_count, home_cap;
};

/* ---- texts ---- */

/* How long the "user:password@" is that text begins with; 0: there is none. strict: only what may
 * stand there in a URL counts, so that a regular expression is none. */
static size_t user_length(const char *text, bool strict)
{
    size_t end = 0;

    for (size_t i = 0; text[i] && !strchr("/?# \t\"", text[i]); i++) {
        if (text[i] == '@')
            end = i + 1;
        else if (strict && !isalnum((unsigned char)text[i]) &&
                 !strchr("-._~!$&'()*+,;=%:", text[i]))
            break;
    }
    return end;
}

/* Whether a text as a whole looks like a URL: how long its "http://" is, else 0. */
static size_t scheme_length(const char *text)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]) || (len > 0 && strchr("+.-", text[len]) && text[len]))
        len++;
    return len > 0 && strncmp(text + len, "://", 3) == 0 ? len + 3 : 0;
}

/* What a text may be: one with URLs in it; a URL as a whole, so that its query is a secret as well;
 * that, or user:password@host:port. */
enum form { ANY_TEXT, URL, ADDRESS };

/* In others than these there may be an @ behind a colon as well, as in patterns. */
static bool is_address(const char *key)
{
    static const char *const endings[] = {"endpoint", "address", "authority", "url", "host"};
    size_t len = strlen(key);

    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        size_t ending = strlen(endings[i]);

        if (len >= ending && strcmp(key + len - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

/* A text fit to be expanded again, without the users of URLs. */
static const char *shown(const struct printer *p, const char *text, enum form form)
{
    size_t scheme = form != ANY_TEXT ? scheme_length(text) : 0, user;
    bool masked = !p->revealed;
    struct buf out = {0};
    const char *made;

    for (const char *at = text; *at; at++) {
        bool start = scheme > 0 ? at == text + scheme : form == ADDRESS && at == text;
        bool behind_slashes = at - text >= 3 && memcmp(at - 3, "://", 3) == 0;

        user = masked && (start || behind_slashes) ? user_length(at, !start) : 0;
        if (user > 0 && (behind_slashes || memchr(at, ':', user))) {
            buf_append_str(&out, STR(EFFECTIVE_MASK "@"));
            at += user;
        }
        if (*at == '\0')
            break;
        if (masked && scheme > 0 && *at == '?') {
            buf_append_str(&out, STR("?" EFFECTIVE_MASK));
            break;
        }
        if (*at == '$')
            buf_append_char(&out, '$');
        buf_append_char(&out, *at);
    }
    made = arena_text(p->arena, buf_text(&out));
    buf_done(&out);
    return made;
}

static const char *secret_shown(const struct printer *p, const char *text)
{
    return p->revealed ? shown(p, text, ANY_TEXT) : EFFECTIVE_MASK;
}

static const char *duration_text(struct arena *arena, uint64_t ms)
{
    uint64_t hours = ms / 3600000, minutes = ms / 60000 % 60, rest = ms % 60000;
    const char *text = hours > 0 ? arena_printf(arena, "%" PRIu64 "h", hours) : "";

    if (minutes > 0)
        text = arena_printf(arena, "%s%" PRIu64 "m", text, minutes);
    if (rest > 0 && rest % 1000 == 0)
        text = arena_printf(arena, "%s%" PRIu64 "s", text, rest / 1000);
    else if (rest > 1000)
        text = arena_printf(arena, "%s%" PRIu64 "s%" PRIu64 "ms", text, rest / 1000, rest % 1000);
    else if (rest > 0)
        text = arena_printf(arena, "%s%" PRIu64 "ms", text, rest);
    return *text ? text : "0s";
}

/* ---- which key a member is printed under ---- */

static bool is_table(const struct field *field)
{
    return field->type == FIELD_TYPE_BLOCK || field->type == FIELD_TYPE_SWITCH;
}

static const void *member_of(const struct field *field, const void *settings)
{
    return (const char *)settings + field->offset;
}

/* Blocks share their address with what they begin with, so they count beside each other. */
static const struct home *find_home(const struct printer *p, const struct field *field,
                                    const void *member)
{
    for (size_t i = 0; i < p->home_count; i++) {
        const struct home *home = &p->homes[i];

        if (home->member != member || is_table(home->field) != is_table(field))
            continue;
        if (!is_table(field) || home->field->fields == field->fields)
            return home;
    }
    return NULL;
}

/* Gives the members below a table their homes: the first key without a note that leads there. */
static void find_homes(struct printer *p, const struct field *fields, const void *settings)
{
    for (const struct field *field = fields; field->name; field++) {
        const void *member = member_of(field, settings);

        if (field->note || field->type == FIELD_TYPE_IGNORED || find_home(p, field, member))
            continue;
        p->homes = mem_room(p->homes, p->home_count, &p->home_cap, sizeof(*p->homes));
        p->homes[p->home_count++] = (struct home){member, field};
        if (is_table(field))
            find_homes(p, field->fields, member);
    }
}

static bool has_other_home(const struct printer *p, const struct field *field, const void *member)
{
    const struct home *home = find_home(p, field, member);

    return home && home->field != field;
}

/* ---- values ---- */

/* No table says what is a secret in a value that stands there as it is: its name does. */
static bool is_secret_name(const char *key)
{
    static const char *const parts[] = {"headers", "password", "secret",  "token",
                                        "auth",    "api_key",  "api-key", "key_pem"};

    for (size_t i = 0; key && i < sizeof(parts) / sizeof(*parts); i++)
        if (strcasestr(key, parts[i]))
            return true;
    return false;
}

/* As it stands there. secret: so is what it stands in; but not the names of a list of headers. */
static void put_copy(const struct printer *p, struct node *out, const char *key,
                     const struct node *node, bool secret)
{
    struct node *copy;

    secret = is_secret_name(key) || (secret && !(key && strcmp(key, "name") == 0));
    switch (node->kind) {
    case NODE_NULL:
        grow_null(p->arena, out, key);
        return;
    case NODE_SCALAR:
        if (secret && !p->revealed)
            grow_text(p->arena, out, key, EFFECTIVE_MASK);
        else if (scalar_type(node) == SCALAR_STRING)
            grow_text(p->arena, out, key,
                      shown(p, node->text, key && is_address(key) ? ADDRESS : ANY_TEXT));
        else
            grow_plain(p->arena, out, key, node->text);
        return;
    case NODE_LIST:
    case NODE_MAP:
        break;
    }
    copy = node->kind == NODE_MAP ? grow_map(p->arena, out, key) : grow_list(p->arena, out, key);
    for (size_t i = 0; i < node->count; i++)
        put_copy(p, copy, node->children[i]->key, node->children[i], secret);
}

/* A text that nobody wrote may have been made by the component's check, as the address that it
 * listens on is: there the transport stands in front, which has a key of its own. */
static const char *without_transport(const char *text)
{
    static const struct str transports[] = {STR_INIT("tcp4:"), STR_INIT("tcp6:"),
                                            STR_INIT("unix:")};

    for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++)
        if (str_starts(str_of(text), transports[i]))
            return text + transports[i].len;
    return text;
}

static void put_string(const struct printer *p, const struct field *field, const char *value,
                       const struct node *node, struct node *out)
{
    const char *written = node && node->kind == NODE_SCALAR ? node->text : NULL;
    enum form form = is_address(field->name) ? ADDRESS : URL;

    if (node && node->original)
        written = node->original;
    if (field->type == FIELD_TYPE_SECRET && value)
        grow_text(p->arena, out, field->name, secret_shown(p, value));
    else if (written)
        grow_text(p->arena, out, field->name, shown(p, written, form));
    else if (value)
        grow_text(p->arena, out, field->name, shown(p, without_transport(value), form));
}

static void put_strings(const struct printer *p, const struct field *field,
                        const struct string_list *value, const struct node *node, struct node *out)
{
    struct node *list;

    if (value->count == 0 && !node)
        return;
    list = grow_list(p->arena, out, field->name);
    for (size_t i = 0; i < value->count; i++)
        grow_text(p->arena, list, NULL,
                  field->type == FIELD_TYPE_SECRETS ? secret_shown(p, value->at[i])
                                                    : shown(p, value->at[i], ANY_TEXT));
}

static void put_headers(const struct printer *p, const struct field *field,
                        const struct header_list *value, struct node *out)
{
    struct node *map = value->count > 0 ? grow_map(p->arena, out, field->name) : NULL;

    for (size_t i = 0; i < value->count; i++)
        grow_text(p->arena, map, value->at[i].name, secret_shown(p, value->at[i].value));
}

static void put_texts(const struct printer *p, const struct field *field,
                      const struct text_map *value, struct node *out)
{
    struct node *map = value->count > 0 ? grow_map(p->arena, out, field->name) : NULL;

    for (size_t i = 0; i < value->count; i++)
        grow_text(p->arena, map, value->at[i].name, shown(p, value->at[i].value, ANY_TEXT));
}

static void put_fields(struct printer *p, const struct field *fields, const void *settings,
                       const struct node *node, struct node *out);

/* Blocks without anything in them stand there only where that switches them on. */
static void put_table(struct printer *p, const struct field *field, const void *member,
                      const struct node *node, struct node *out)
{
    bool is_switch = field->type == FIELD_TYPE_SWITCH;
    struct node *map;

    if ((is_switch && !*(const bool *)member) || (!is_switch && p->sparse && !node))
        return;
    map = grow_map(p->arena, NULL, field->name);
    put_fields(p, field->fields, member, node, map);
    if (map->count > 0 || is_switch)
        grow_attach(p->arena, out, map);
}

static void put_blocks(const struct printer *p, const struct field *field,
                       const struct block_list *value, struct node *out)
{
    struct node *list = value->count > 0 ? grow_list(p->arena, out, field->name) : NULL;

    for (size_t i = 0; i < value->count; i++) {
        const void *one = (const char *)value->at + i * field->size;
        struct printer inner = {.arena = p->arena, .revealed = p->revealed, .sparse = true};

        find_homes(&inner, field->fields, one);
        put_fields(&inner, field->fields, one, value->nodes[i], grow_map(p->arena, list, NULL));
        free(inner.homes);
    }
}

static void put_member(struct printer *p, const struct field *field, const void *member,
                       const struct node *node, struct node *out)
{
    char number[NUMBER_TEXT_SIZE];

    switch (field->type) {
    case FIELD_TYPE_BOOL:
        grow_plain(p->arena, out, field->name, *(const bool *)member ? "true" : "false");
        break;
    case FIELD_TYPE_UINT:
        grow_plain(p->arena, out, field->name,
                   arena_printf(p->arena, "%" PRIu64, *(const uint64_t *)member));
        break;
    case FIELD_TYPE_NUMBER:
        grow_plain(p->arena, out, field->name,
                   arena_text(p->arena, number_text(*(const double *)member, number)));
        break;
    case FIELD_TYPE_DURATION:
        grow_text(p->arena, out, field->name, duration_text(p->arena, *(const uint64_t *)member));
        break;
    case FIELD_TYPE_STRING:
    case FIELD_TYPE_SECRET:
    case FIELD_TYPE_EXTENSION:
    case FIELD_TYPE_AUTHENTICATOR:
        put_string(p, field, *(const char *const *)member, node, out);
        break;
    case FIELD_TYPE_CHOICE:
        grow_text(p->arena, out, field->name, field->choices[*(const unsigned *)member]);
        break;
    case FIELD_TYPE_STRINGS:
    case FIELD_TYPE_SECRETS:
        put_strings(p, field, member, node, out);
        break;
    case FIELD_TYPE_HEADERS:
        put_headers(p, field, member, out);
        break;
    case FIELD_TYPE_TEXTS:
        put_texts(p, field, member, out);
        break;
    case FIELD_TYPE_BLOCK:
    case FIELD_TYPE_SWITCH:
        put_table(p, field, member, node, out);
        break;
    case FIELD_TYPE_BLOCKS:
        put_blocks(p, field, member, out);
        break;
    case FIELD_TYPE_NODE:
        if (node)
            put_copy(p, out, field->name, node, false);
        break;
    case FIELD_TYPE_IGNORED:
        break;
    }
}

/* Whether it is there, and not null. */
static const struct node *written(const struct node *map, const struct field *field)
{
    const struct node *node = node_get(map, field->name);

    return node && (node->kind != NODE_NULL || node->original) ? node : NULL;
}

static void put_fields(struct printer *p, const struct field *fields, const void *settings,
                       const struct node *node, struct node *out)
{
    for (const struct field *field = fields; field->name; field++) {
        const void *member = member_of(field, settings);
        const struct node *value = written(node, field);

        if (field->type == FIELD_TYPE_IGNORED || has_other_home(p, field, member))
            continue;
        if (value || (!field->note && (!p->sparse || field->preset || is_table(field))))
            put_member(p, field, member, value, out);
    }
}

void effective_fields(const struct field *fields, const void *settings, const struct node *node,
                      bool revealed, struct arena *arena, struct node *out)
{
    struct printer p = {.arena = arena, .revealed = revealed};

    find_homes(&p, fields, settings);
    put_fields(&p, fields, settings, node, out);
    free(p.homes);
}

/* ---- the whole ---- */

static const struct component_entry *find_entry(const struct configuration *c,
                                                const struct node *node)
{
    for (size_t i = 0; i < c->component_count; i++)
        if (c->components[i]->node == node)
            return c->components[i];
    return NULL;
}

static void put_section(const struct configuration *c, enum section section, bool revealed,
                        struct arena *arena, struct node *out)
{
    const struct node *nodes = node_get(c->tree, section_names[section]);
    struct node *map =
        nodes && nodes->count > 0 ? grow_map(arena, out, section_names[section]) : NULL;

    for (size_t i = 0; map && i < nodes->count; i++) {
        const struct node *node = nodes->children[i];
        const struct component_entry *entry = find_entry(c, node);

        if (entry)
            effective_fields(entry->type->fields, entry->settings, node, revealed, arena,
                             grow_map(arena, map, entry->id));
        else
            grow_null(arena, map, node->key);
    }
}

struct node *effective_configuration(const struct configuration *c, bool revealed,
                                     struct arena *arena)
{
    static const char *const lists[] = {"extensions", "pipelines"}; /* of ids: no secrets */
    const struct printer p = {.arena = arena, .revealed = true};
    const struct node *nodes = node_get(c->tree, "service");
    struct node *out = grow_map(arena, NULL, NULL), *service;

    for (unsigned s = 0; s < SECTIONS; s++)
        put_section(c, s, revealed, arena, out);
    service = grow_map(arena, out, "service");
    effective_fields(service_fields, c->service_settings, nodes, revealed, arena, service);
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        if (node_get(nodes, lists[i]))
            put_copy(&p, service, lists[i], node_get(nodes, lists[i]), false);
    return out;
}

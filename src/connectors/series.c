/*
 * Finding and making series, and letting go of them.
 */
#include "connectors/series.h"

#include <stdlib.h>
#include <time.h>

#include "base/budget.h"
#include "base/mem.h"

enum {
    PLACES = 1024,  /* of a table, at first; a power of two */
    CHAIN_MAX = 64, /* longer ones come up only where somebody wants them to */
    BUDGET_PART = 4,
    MALLOC_ADDS = 16
};

/* KeyValue otel.metric.overflow = true, as a field with the number 1. */
static const char overflow_text[] = "\x0a\x1a"
                                    "\x0a\x14"
                                    "otel.metric.overflow"
                                    "\x12\x02\x10\x01";
static const struct str overflow_attributes = {overflow_text, sizeof(overflow_text) - 1};

struct series_table {
    const struct series_form *form;
    struct list groups;
    struct group *rest; /* its overflow series have what fits nowhere else; always there */
    struct group **group_places;
    size_t group_count, group_cap;
    struct series **series_places;
    size_t series_count, series_cap; /* without those of rest */
    size_t cost;                     /* in the budget */
    uint64_t overflowed;
    struct buf overflow; /* attributes of an overflow series, while it is looked for */
};

/* ---- room ---- */

static bool take_room(struct series_table *table, size_t size)
{
    if (table->cost + size > budget_limit() / BUDGET_PART || !budget_reserve(size))
        return false;
    table->cost += size;
    return true;
}

static void give_room(struct series_table *table, size_t size)
{
    table->cost -= size;
    budget_release(size);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- groups ---- */

static size_t group_size(size_t key_len, size_t resource_len)
{
    return sizeof(struct group) + key_len + resource_len + MALLOC_ADDS;
}

static struct group *group_new(struct str key, struct str resource, uint64_t hash)
{
    struct group *group = mem_zero(sizeof(*group) + key.len + resource.len);

    list_init(&group->series);
    group->hash = hash;
    group->key_len = key.len;
    group->resource_len = resource.len;
    if (key.len > 0)
        memcpy(group->text, key.at, key.len);
    if (resource.len > 0)
        memcpy(group->text + key.len, resource.at, resource.len);
    return group;
}

static void grow_groups(struct series_table *table)
{
    size_t cap = table->group_cap * 2;
    struct group **places;

    if (!take_room(table, table->group_cap * sizeof(struct group *)))
        return; /* chains become longer */
    places = mem_zero(cap * sizeof(struct group *));
    for (size_t i = 0; i < table->group_cap; i++)
        for (struct group *group = table->group_places[i], *next; group; group = next) {
            struct group **place = &places[group->hash & (cap - 1)];

            next = group->chain;
            group->chain = *place;
            *place = group;
        }
    free(table->group_places);
    table->group_places = places;
    table->group_cap = cap;
}

struct group *series_group(struct series_table *table, struct str key, struct str resource,
                           uint64_t now_ms)
{
    uint64_t hash = str_hash(key);
    struct group **place = &table->group_places[hash & (table->group_cap - 1)];
    unsigned length = 0;
    struct group *group;

    for (group = *place; group; group = group->chain, length++)
        if (group->hash == hash && str_eq((struct str){group->text, group->key_len}, key)) {
            group->seen_ms = now_ms;
            return group;
        }
    if (length >= CHAIN_MAX || table->series_count >= table->form->most ||
        !take_room(table, group_size(key.len, resource.len)))
        return table->rest;
    group = group_new(key, resource, hash);
    group->seen_ms = now_ms;
    group->chain = *place;
    *place = group;
    list_push_back(&table->groups, &group->node);
    if (++table->group_count > table->group_cap)
        grow_groups(table);
    return group;
}

static void group_free(struct series_table *table, struct group *group)
{
    struct group **place = &table->group_places[group->hash & (table->group_cap - 1)];

    while (*place != group)
        place = &(*place)->chain;
    *place = group->chain;
    list_remove(&group->node);
    table->group_count--;
    give_room(table, group_size(group->key_len, group->resource_len));
    free(group);
}

/* ---- series ---- */

static size_t series_size(const struct series_table *table, unsigned family, size_t len)
{
    const struct distribution_form *form = table->form->distribution[family];

    return sizeof(struct series) + (form ? distribution_size(form) : 0) + len + MALLOC_ADDS;
}

static struct series *series_new(const struct series_table *table, struct group *group,
                                 unsigned family, struct str attributes)
{
    const struct distribution_form *form = table->form->distribution[family];
    struct series *series = mem_zero(series_size(table, family, attributes.len));
    char *behind = (char *)(series + 1);

    if (form) {
        series->distribution = (struct distribution *)(void *)behind;
        distribution_clear(form, series->distribution);
        behind += distribution_size(form);
    }
    if (attributes.len > 0)
        memcpy(behind, attributes.at, attributes.len);
    series->attributes = behind;
    series->attributes_len = attributes.len;
    series->group = group;
    series->family = family;
    series->start_ns = now_ns();
    list_push_back(&group->series, &series->node);
    return series;
}

static size_t exemplars_size(const struct series_table *table)
{
    return table->form->exemplars * sizeof(struct exemplar) + MALLOC_ADDS;
}

static void drop_exemplars(struct series_table *table, struct series *series)
{
    if (series->exemplars)
        give_room(table, exemplars_size(table));
    free(series->exemplars);
}

static void series_free(struct series_table *table, struct series *series)
{
    struct series **place = &table->series_places[series->hash & (table->series_cap - 1)];

    while (*place != series)
        place = &(*place)->chain;
    *place = series->chain;
    list_remove(&series->node);
    series->group->count[series->family]--;
    table->series_count--;
    drop_exemplars(table, series);
    give_room(table, series_size(table, series->family, series->attributes_len));
    free(series);
}

static void grow_series(struct series_table *table)
{
    size_t cap = table->series_cap * 2;
    struct series **places;

    if (!take_room(table, table->series_cap * sizeof(struct series *)))
        return; /* chains become longer */
    places = mem_zero(cap * sizeof(struct series *));
    for (size_t i = 0; i < table->series_cap; i++)
        for (struct series *series = table->series_places[i], *next; series; series = next) {
            struct series **place = &places[series->hash & (cap - 1)];

            next = series->chain;
            series->chain = *place;
            *place = series;
        }
    free(table->series_places);
    table->series_places = places;
    table->series_cap = cap;
}

/* That of rest: the first ones in its list, in the order of the families. */
static struct series *rest_of(struct series_table *table, unsigned family)
{
    struct list *node = table->rest->series.next;

    for (unsigned i = 0; i < family; i++)
        node = node->next;
    return LIST_ENTRY(node, struct series, node);
}

/* An existing one, or a new one; NULL: there is no room for it, or it would be one too many. */
static struct series *get(struct series_table *table, struct group *group, unsigned family,
                          struct str attributes, size_t most_of_group)
{
    uint64_t hash = str_hash(attributes) ^ (group->hash + family) * 0x9e3779b97f4a7c15;
    struct series **place = &table->series_places[hash & (table->series_cap - 1)];
    unsigned length = 0;
    struct series *series;

    for (series = *place; series; series = series->chain, length++)
        if (series->hash == hash && series->group == group && series->family == family &&
            str_eq((struct str){series->attributes, series->attributes_len}, attributes))
            return series;
    if (length >= CHAIN_MAX || table->series_count >= table->form->most ||
        (most_of_group > 0 && group->count[family] >= most_of_group) ||
        !take_room(table, series_size(table, family, attributes.len)))
        return NULL;
    series = series_new(table, group, family, attributes);
    series->hash = hash;
    series->chain = *place;
    *place = series;
    group->count[family]++;
    if (++table->series_count > table->series_cap)
        grow_series(table);
    return series;
}

static struct series *get_overflow(struct series_table *table, struct group *group, unsigned family)
{
    buf_reset(&table->overflow);
    if (table->form->overflow_has_key)
        buf_append(&table->overflow, group->text, group->key_len);
    buf_append_str(&table->overflow, overflow_attributes);
    return get(table, group, family, buf_str(&table->overflow), 0);
}

struct series *series_find(struct series_table *table, struct group *group, unsigned family,
                           struct str attributes, uint64_t now_ms)
{
    size_t most = table->form->most_of_group;
    struct series *series = NULL;

    if (group != table->rest)
        series = get(table, group, family, attributes, most);
    if (!series) {
        table->overflowed++;
        if (group != table->rest && most > 0 && group->count[family] >= most)
            series = get_overflow(table, group, family);
        if (!series)
            series = rest_of(table, family);
    }
    series->seen_ms = now_ms;
    return series;
}

void series_count(const struct series_table *table, struct series *series, double value)
{
    series->calls++;
    series->fresh = true;
    if (series->distribution)
        distribution_add(table->form->distribution[series->family], series->distribution, value);
}

void series_add_exemplar(struct series_table *table, struct series *series,
                         const struct exemplar *exemplar)
{
    if (!series->exemplars) {
        if (!take_room(table, exemplars_size(table)))
            return;
        series->exemplars = mem_alloc(exemplars_size(table));
    }
    if (series->exemplar_count < table->form->exemplars)
        series->exemplars[series->exemplar_count++] = *exemplar;
}

void series_sent(const struct series_table *table, struct series *series, bool delta,
                 uint64_t sent_ns)
{
    series->fresh = false;
    series->exemplar_count = 0;
    if (!delta)
        return;
    series->calls = 0;
    series->start_ns = sent_ns;
    if (series->distribution)
        distribution_clear(table->form->distribution[series->family], series->distribution);
}

/* ---- all of them ---- */

static bool is_over(uint64_t seen_ms, uint64_t expires_ms, uint64_t now_ms)
{
    return expires_ms > 0 && now_ms - seen_ms >= expires_ms;
}

static void expire_group(struct series_table *table, struct group *group, bool all, uint64_t now_ms)
{
    for (struct list *node = group->series.next, *next; node != &group->series; node = next) {
        struct series *series = LIST_ENTRY(node, struct series, node);

        next = node->next;
        if (!series->fresh &&
            (all || is_over(series->seen_ms, table->form->series_expires_ms, now_ms)))
            series_free(table, series);
    }
}

void series_expire(struct series_table *table, bool idle_go, uint64_t now_ms)
{
    for (struct list *node = table->groups.next, *next; node != &table->groups; node = next) {
        struct group *group = LIST_ENTRY(node, struct group, node);
        bool all = idle_go || is_over(group->seen_ms, table->form->group_expires_ms, now_ms);

        next = node->next;
        if (group == table->rest)
            continue;
        expire_group(table, group, all, now_ms);
        if (list_empty(&group->series))
            group_free(table, group);
    }
}

struct list *series_groups(struct series_table *table)
{
    return &table->groups;
}

size_t series_table_count(const struct series_table *table)
{
    return table->series_count;
}

uint64_t series_take_overflowed(struct series_table *table)
{
    uint64_t overflowed = table->overflowed;

    table->overflowed = 0;
    return overflowed;
}

struct series_table *series_table_new(const struct series_form *form)
{
    struct series_table *table = mem_zero(sizeof(*table));

    table->form = form;
    list_init(&table->groups);
    table->group_cap = table->series_cap = PLACES;
    table->group_places = mem_zero(PLACES * sizeof(struct group *));
    table->series_places = mem_zero(PLACES * sizeof(struct series *));
    table->rest = group_new((struct str){NULL, 0}, (struct str){NULL, 0}, 0);
    list_push_back(&table->groups, &table->rest->node);
    for (unsigned family = 0; family < FAMILIES; family++)
        series_new(table, table->rest, family, overflow_attributes);
    return table;
}

/* At the end, when nobody looks for it any more. */
static void free_whole_group(struct group *group)
{
    for (struct list *node = group->series.next, *next; node != &group->series; node = next) {
        struct series *series = LIST_ENTRY(node, struct series, node);

        next = node->next;
        free(series->exemplars);
        free(series);
    }
    free(group);
}

void series_table_free(struct series_table *table)
{
    if (!table)
        return;
    for (struct list *node = table->groups.next, *next; node != &table->groups; node = next) {
        next = node->next;
        free_whole_group(LIST_ENTRY(node, struct group, node));
    }
    budget_release(table->cost);
    free(table->group_places);
    free(table->series_places);
    buf_done(&table->overflow);
    free(table);
}

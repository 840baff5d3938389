/*
 * Two hash tables, and a list of all series by their age, from whose front the expired ones go.
 */
#include "exporters/prometheus_store.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"

enum { MALLOC_COST = 48 /* what a block costs beside its bytes, and a place in a table */ };

struct prometheus_store {
    struct table families, series;
    struct list ages;
    size_t most;
    uint64_t expiration_ms;
    struct prometheus_family **sorted;
    size_t sorted_cap;
    bool is_sorted; /* and no family has come or gone since */
};

struct prometheus_store *prometheus_store_new(size_t most, uint64_t expiration_ms)
{
    struct prometheus_store *store = mem_zero(sizeof(*store));

    table_init(&store->families);
    table_init(&store->series);
    list_init(&store->ages);
    store->most = most;
    store->expiration_ms = expiration_ms;
    return store;
}

void prometheus_store_free(struct prometheus_store *store)
{
    if (!store)
        return;
    while (!list_empty(&store->ages))
        prometheus_store_remove(store,
                                LIST_ENTRY(store->ages.next, struct prometheus_series, by_age));
    table_done(&store->families);
    table_done(&store->series);
    free(store->sorted);
    free(store);
}

size_t prometheus_store_count(const struct prometheus_store *store)
{
    return store->series.count;
}

void prometheus_store_set_expiration(struct prometheus_store *store, uint64_t expiration_ms)
{
    store->expiration_ms = expiration_ms;
}

/* ---- looking up ---- */

struct prometheus_family *prometheus_store_family(const struct prometheus_store *store,
                                                  struct str name)
{
    struct table_node *node = table_first(&store->families, table_hash(&store->families, name));

    for (; node; node = table_next(node)) {
        struct prometheus_family *family = LIST_ENTRY(node, struct prometheus_family, node);

        if (str_eq(family->name, name))
            return family;
    }
    return NULL;
}

/* Labels in two families fall apart: the hash of a family's name is as little known as the key. */
static uint64_t hash_of(const struct prometheus_store *store,
                        const struct prometheus_family *family, struct str labels)
{
    return table_hash(&store->series, labels) + family->node.hash;
}

struct prometheus_series *prometheus_store_find(const struct prometheus_store *store,
                                                const struct prometheus_family *family,
                                                struct str labels)
{
    struct table_node *node = table_first(&store->series, hash_of(store, family, labels));

    for (; node; node = table_next(node)) {
        struct prometheus_series *series = LIST_ENTRY(node, struct prometheus_series, node);

        if (series->family == family &&
            str_eq((struct str){series->labels, series->labels_len}, labels))
            return series;
    }
    return NULL;
}

/* ---- names that meet ---- */

static const struct {
    struct str suffix;
    unsigned types; /* that have lines with it */
} parts[] = {
    {STR_INIT("_count"), 1U << PROMETHEUS_HISTOGRAM | 1U << PROMETHEUS_SUMMARY},
    {STR_INIT("_sum"), 1U << PROMETHEUS_HISTOGRAM | 1U << PROMETHEUS_SUMMARY},
    {STR_INIT("_bucket"), 1U << PROMETHEUS_HISTOGRAM},
};

static bool ends_with(struct str name, struct str suffix)
{
    return name.len > suffix.len &&
           memcmp(name.at + name.len - suffix.len, suffix.at, suffix.len) == 0;
}

/* x_sum, for a new x. */
static const struct prometheus_family *find_part(const struct prometheus_store *store,
                                                 struct str name, struct str suffix)
{
    const struct prometheus_family *family;
    struct buf longer = {0};

    buf_append_str(&longer, name);
    buf_append_str(&longer, suffix);
    family = prometheus_store_family(store, buf_str(&longer));
    buf_done(&longer);
    return family;
}

const struct prometheus_family *prometheus_store_rival(const struct prometheus_store *store,
                                                       struct str name, enum prometheus_type type)
{
    const struct prometheus_family *family = NULL;

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !family; i++) {
        struct str suffix = parts[i].suffix;

        if (ends_with(name, suffix))
            family = prometheus_store_family(store, (struct str){name.at, name.len - suffix.len});
        if (family && !(parts[i].types >> family->type & 1U))
            family = NULL;
        if (!family && parts[i].types >> type & 1U)
            family = find_part(store, name, suffix);
    }
    return family;
}

/* ---- families ---- */

static size_t family_cost(const struct prometheus_family *family)
{
    return sizeof(*family) + family->name.len + family->help.len + (size_t)2 * MALLOC_COST;
}

static struct prometheus_family *family_new(struct prometheus_store *store,
                                            const struct prometheus_description *description)
{
    struct prometheus_family *family = mem_alloc(sizeof(*family));
    char *texts = mem_alloc(description->name.len + description->help.len + 1);

    *family = (struct prometheus_family){.type = description->type};
    memcpy(texts, description->name.at, description->name.len);
    family->name = (struct str){texts, description->name.len};
    texts += description->name.len;
    if (description->help.len > 0)
        memcpy(texts, description->help.at, description->help.len);
    family->help = (struct str){texts, description->help.len};
    list_init(&family->series);
    table_add(&store->families, &family->node, table_hash(&store->families, family->name));
    store->is_sorted = false;
    return family;
}

static void family_free(struct prometheus_store *store, struct prometheus_family *family)
{
    union {
        const char *in;
        char *out;
    } texts = {family->name.at}; /* allocated above */

    budget_release(family_cost(family));
    table_remove(&store->families, &family->node);
    store->is_sorted = false;
    free(texts.out);
    free(family);
}

static int compare(const void *left, const void *right)
{
    const struct prometheus_family *const *a = left, *const *b = right;

    return str_cmp((*a)->name, (*b)->name);
}

struct prometheus_family **prometheus_store_sorted(struct prometheus_store *store, size_t *count)
{
    size_t n = 0;

    *count = store->families.count;
    if (store->is_sorted || *count == 0)
        return store->sorted;
    if (*count > store->sorted_cap) {
        store->sorted = mem_grow(store->sorted, *count * sizeof(store->sorted[0]));
        store->sorted_cap = *count;
    }
    for (size_t i = 0; i < store->families.size; i++)
        for (struct table_node *node = store->families.slots[i]; node; node = node->next)
            store->sorted[n++] = LIST_ENTRY(node, struct prometheus_family, node);
    qsort(store->sorted, n, sizeof(store->sorted[0]), compare);
    store->is_sorted = true;
    return store->sorted;
}

/* ---- series ---- */

static size_t parts_cost(const struct prometheus_value *value)
{
    size_t words = prometheus_value_words(value);

    return words > 0 ? words * sizeof(union word) + MALLOC_COST : 0;
}

static size_t series_cost(size_t labels_len)
{
    return sizeof(struct prometheus_series) + labels_len + (size_t)2 * MALLOC_COST;
}

void prometheus_store_remove(struct prometheus_store *store, struct prometheus_series *series)
{
    struct prometheus_family *family = series->family;

    budget_release(series_cost(series->labels_len) + parts_cost(&series->value));
    table_remove(&store->series, &series->node);
    list_remove(&series->in_family);
    list_remove(&series->by_age);
    free(series->value.parts);
    free(series);
    if (--family->count == 0)
        family_free(store, family);
}

/* Puts a value in place of the old one; its parts are copied, where they are as many to where the
 * old ones are. */
static void set_value(struct prometheus_series *series, const struct prometheus_value *value)
{
    size_t words = prometheus_value_words(value);
    union word *kept = series->value.parts;

    if (words != prometheus_value_words(&series->value)) {
        free(kept);
        kept = words > 0 ? mem_alloc(words * sizeof(*kept)) : NULL;
    }
    if (words > 0)
        memcpy(kept, value->parts, words * sizeof(*kept));
    series->value = *value;
    series->value.parts = kept;
}

static bool update(struct prometheus_series *series, const struct prometheus_value *value)
{
    size_t old = parts_cost(&series->value), new = parts_cost(value);

    if (new > old && !budget_reserve(new - old))
        return false;
    if (old > new)
        budget_release(old - new);
    set_value(series, value);
    return true;
}

static struct prometheus_series *series_new(struct prometheus_store *store,
                                            struct prometheus_family *family, struct str labels)
{
    struct prometheus_series *series = mem_alloc(sizeof(*series) + labels.len);

    *series = (struct prometheus_series){.family = family, .labels_len = (uint32_t)labels.len};
    if (labels.len > 0)
        memcpy(series->labels, labels.at, labels.len);
    list_push_back(&family->series, &series->in_family);
    list_init(&series->by_age);
    table_add(&store->series, &series->node, hash_of(store, family, labels));
    family->count++;
    return series;
}

enum prometheus_put prometheus_store_put(struct prometheus_store *store,
                                         const struct prometheus_description *description,
                                         struct str labels, const struct prometheus_value *value,
                                         uint64_t now_ms)
{
    const struct prometheus_family planned = {.name = description->name, .help = description->help};
    struct prometheus_family *family = prometheus_store_family(store, description->name);
    struct prometheus_series *series = NULL;

    if (family)
        series = prometheus_store_find(store, family, labels);
    if (series) {
        if (!update(series, value))
            return PUT_NO_ROOM;
    } else {
        if (store->series.count >= store->most)
            return PUT_TOO_MANY;
        if (!budget_reserve(series_cost(labels.len) + parts_cost(value) +
                            (family ? 0 : family_cost(&planned))))
            return PUT_NO_ROOM;
        if (!family)
            family = family_new(store, description);
        series = series_new(store, family, labels);
        set_value(series, value);
    }
    series->seen_ms = now_ms;
    list_remove(&series->by_age);
    list_push_back(&store->ages, &series->by_age);
    return PUT_OK;
}

void prometheus_store_expire(struct prometheus_store *store, uint64_t now_ms)
{
    while (store->expiration_ms > 0 && !list_empty(&store->ages)) {
        struct prometheus_series *oldest =
            LIST_ENTRY(store->ages.next, struct prometheus_series, by_age);

        if (now_ms - oldest->seen_ms <= store->expiration_ms)
            return;
        prometheus_store_remove(store, oldest);
    }
}

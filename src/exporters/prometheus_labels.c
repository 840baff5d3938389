/*
 * Labels lie in one text, their places in a list that is sorted when they are written.
 */
#include "exporters/prometheus_labels.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/number_text.h"
#include "otlp/json_text.h"

void prometheus_labels_done(struct prometheus_labels *labels)
{
    buf_done(&labels->text);
    buf_done(&labels->scratch);
    free(labels->at);
    free(labels->sorted);
    *labels = (struct prometheus_labels){0};
}

void prometheus_number(struct buf *out, double number)
{
    char text[NUMBER_TEXT_SIZE];

    if (isnan(number)) {
        buf_append_str(out, STR("NaN"));
        return;
    }
    if (isinf(number)) {
        buf_append_str(out, number > 0 ? STR("+Inf") : STR("-Inf"));
        return;
    }
    buf_append_str(out, str_of(number_text(number, text)));
}

/* ---- gathering ---- */

/* The name stands at the end of the text, from name_at on; the value comes behind it. */
static struct prometheus_label *begin(struct prometheus_labels *labels, enum label_rank rank,
                                      struct str key, size_t name_at)
{
    struct prometheus_label *label;

    labels->at = mem_room(labels->at, labels->count, &labels->cap, sizeof(*labels->at));
    label = &labels->at[labels->count++];
    *label = (struct prometheus_label){.key = key, .rank = rank};
    label->name_at = (uint32_t)name_at;
    label->name_len = (uint32_t)(labels->text.len - name_at);
    label->value_at = (uint32_t)labels->text.len;
    return label;
}

void prometheus_labels_add(struct prometheus_labels *labels, enum label_rank rank, struct str key,
                           struct str value)
{
    size_t name_at = labels->text.len;

    if (!prometheus_name_label(key, &labels->text))
        return;
    begin(labels, rank, key, name_at)->value_len = (uint32_t)value.len;
    buf_append_str(&labels->text, value);
}

static void append_value(struct prometheus_labels *labels, const struct value_view *value)
{
    struct buf *out = &labels->text;

    switch (value->kind) {
    case VALUE_STRING:
        buf_append_str(out, value->bytes);
        break;
    case VALUE_BOOL:
        buf_append_str(out, value->boolean ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, value->integer);
        break;
    case VALUE_DOUBLE:
        prometheus_number(out, value->number);
        break;
    case VALUE_ARRAY:
    case VALUE_KVLIST:
        buf_append_str(out, json_text(value, &labels->scratch));
        break;
    case VALUE_BYTES:
        base64_append(out, value->bytes, true);
        break;
    case VALUE_EMPTY:
        break;
    }
}

/* Gives the name at the end of the text another one where it is one of these. */
static void keep_apart(struct prometheus_labels *labels, size_t name_at,
                       const char *const *reserved)
{
    struct str name = {labels->text.at + name_at, labels->text.len - name_at};

    while (*reserved && !str_is(name, *reserved))
        reserved++;
    if (!*reserved)
        return;
    labels->text.len = name_at;
    buf_printf(&labels->text, "exported_%s", *reserved);
}

void prometheus_labels_add_attribute(struct prometheus_labels *labels, enum label_rank rank,
                                     const char *prefix, const char *const *reserved,
                                     const struct attribute_view *attribute)
{
    size_t name_at = labels->text.len;
    struct prometheus_label *label;

    if (attribute->key.len == 0)
        return;
    buf_append_str(&labels->text, str_of(prefix));
    prometheus_name_label(attribute->key, &labels->text);
    keep_apart(labels, name_at, reserved);
    label = begin(labels, rank, attribute->key, name_at);
    append_value(labels, &attribute->value);
    label->value_len = (uint32_t)(labels->text.len - label->value_at);
}

/* ---- writing ---- */

static struct str name_of(const struct prometheus_label *label, const char *text)
{
    return (struct str){text + label->name_at, label->name_len};
}

static int compare(const void *left, const void *right, void *text)
{
    const struct prometheus_label *a = *(const struct prometheus_label *const *)left;
    const struct prometheus_label *b = *(const struct prometheus_label *const *)right;
    int order = str_cmp(name_of(a, text), name_of(b, text));

    if (order == 0)
        order = (int)b->rank - (int)a->rank;
    if (order == 0)
        order = str_cmp(a->key, b->key);
    return order != 0 ? order : (a > b) - (a < b); /* as they came */
}

static void sort(struct prometheus_labels *labels)
{
    if (labels->sorted_cap < labels->cap) {
        labels->sorted_cap = labels->cap;
        labels->sorted = mem_grow(labels->sorted, labels->cap * sizeof(labels->sorted[0]));
    }
    for (size_t i = 0; i < labels->count; i++)
        labels->sorted[i] = &labels->at[i];
    if (labels->count > 1)
        qsort_r(labels->sorted, labels->count, sizeof(labels->sorted[0]), compare, labels->text.at);
}

void prometheus_labels_write(struct prometheus_labels *labels, struct buf *out)
{
    const char *text = labels->text.at;
    const struct prometheus_label *first = NULL;

    sort(labels);
    for (size_t i = 0; i < labels->count; i++) {
        const struct prometheus_label *label = labels->sorted[i];
        bool again = first && str_eq(name_of(first, text), name_of(label, text));

        if (again && label->rank < first->rank)
            continue;
        if (again) {
            buf_append_char(out, ';');
        } else {
            if (first)
                buf_append_str(out, STR("\","));
            buf_append_str(out, name_of(label, text));
            buf_append_str(out, STR("=\""));
            first = label;
        }
        prometheus_escape(out, (struct str){text + label->value_at, label->value_len}, true);
    }
    if (first)
        buf_append_char(out, '"');
}

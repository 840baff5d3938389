/*
 * As the official collector has it: rv is 14 hex digits, th as many as it takes.
 */
#include "processors/record_sampling.h"

#include "processors/value.h"

#define RANDOMNESS "sampling.randomness"
#define THRESHOLD  "sampling.threshold"

static bool find(struct repeated attributes, const char *key, struct value_view *value)
{
    struct attribute_view attribute;

    while (key && *key && attribute_next(&attributes, &attribute))
        if (str_is(attribute.key, key)) {
            *value = attribute.value;
            return true;
        }
    return false;
}

/* False: it is there, and no such number. */
static bool read_digits(struct repeated attributes, const char *key, bool all, bool *has,
                        uint64_t *number)
{
    struct value_view value;

    *has = false;
    if (!find(attributes, key, &value) || value.kind != VALUE_STRING || value.bytes.len == 0)
        return true;
    *has = (!all || value.bytes.len == OT_DIGITS) && ot_digits_read(value.bytes, number);
    return *has;
}

static struct str key_of(const struct value_view *value, struct buf *text)
{
    struct str key = value->kind == VALUE_BYTES ? value->bytes : value_text(value, text);

    return key.at ? key : STR("");
}

static bool is_zero(struct str id)
{
    bool any = false;

    for (size_t i = 0; i < id.len; i++)
        any |= id.at[i] != 0;
    return !any;
}

static uint64_t most_threshold(const struct record_sampling *settings,
                               const struct sampler *sampler, struct repeated attributes)
{
    struct value_view value;
    double percentage = 0;

    if (find(attributes, settings->percentage_attribute, &value)) {
        if (value.kind == VALUE_INT)
            percentage = (double)value.integer;
        else if (value.kind == VALUE_DOUBLE)
            percentage = value.number;
    }
    return percentage > 0 ? sampler_threshold(sampler, percentage) : RANDOMNESS_END;
}

void record_sampling_read(const struct record_sampling *settings, const struct sampler *sampler,
                          const struct log_record_view *record, struct buf *text,
                          struct sampler_item *item)
{
    static const char zeros[16];
    struct ot_member *ot = &item->ot;
    bool hashes = sampler->mode == SAMPLER_HASH_SEED;
    struct value_view value;

    *item = (struct sampler_item){.most_threshold =
                                      most_threshold(settings, sampler, record->attributes)};
    if (!read_digits(record->attributes, RANDOMNESS, true, &ot->has_randomness, &ot->randomness) ||
        !read_digits(record->attributes, THRESHOLD, false, &ot->has_threshold, &ot->threshold)) {
        item->unreadable = true;
        item->ot = (struct ot_member){0};
    }
    if (hashes && !settings->by_attribute) { /* without one it is zeros, as everywhere */
        item->key = record->trace_id.len > 0 ? record->trace_id : (struct str){zeros, 16};
    } else if (!hashes && !is_zero(record->trace_id)) {
        item->key = record->trace_id;
        item->is_random = true;
    } else if (find(record->attributes, settings->attribute, &value)) {
        item->key = key_of(&value, text);
    }
}

static void set_digits(struct attributes *list, const char *key, uint64_t number, bool all)
{
    struct buf digits = {0};
    struct value_view value = {.kind = VALUE_STRING};

    ot_digits_write(&digits, number, all);
    value.bytes = buf_str(&digits);
    attributes_set(list, str_of(key), attributes_keep_value(list, &value));
    buf_done(&digits);
}

void record_sampling_write(const struct ot_member *ot, struct str record, struct attributes *list,
                           struct buf *out)
{
    attributes_read(list, record, ATTRIBUTES_OF_LOG_RECORD);
    if (ot->has_randomness)
        set_digits(list, RANDOMNESS, ot->randomness, true);
    if (ot->has_threshold)
        set_digits(list, THRESHOLD, ot->threshold, false);
    attributes_write(list, out);
}

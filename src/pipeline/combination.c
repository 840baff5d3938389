/*
 * Of each key the number of its values, then each value with its length in front.
 */
#include "pipeline/combination.h"

#include "base/metadata.h"

static void put_number(struct buf *out, size_t n)
{
    buf_append(out, &n, sizeof(n));
}

static void put_values(struct buf *out, const struct bytes *metadata, struct str name)
{
    size_t place = out->len, count = 0, at = 0;
    struct str value;

    put_number(out, 0);
    for (; metadata_next_value(metadata, &at, name, &value); count++) {
        put_number(out, value.len);
        buf_append_str(out, value);
    }
    memcpy(out->at + place, &count, sizeof(count));
}

/* Whether the values of a field are what was put at place, the last thing in out. */
static bool same_values(struct buf *out, size_t place, const struct bytes *metadata,
                        struct str name)
{
    size_t end = out->len;
    bool same;

    put_values(out, metadata, name);
    same = str_eq((struct str){out->at + place, end - place},
                  (struct str){out->at + end, out->len - end});
    out->len = end;
    return same;
}

void combination_put(struct buf *out, const struct batch *batch, const struct string_list *keys)
{
    const struct bytes *first = batch->slices[0].payload->metadata;

    for (size_t k = 0; k < keys->count; k++) {
        struct str name = str_of(keys->at[k]);
        size_t place = out->len;

        put_values(out, first, name);
        for (size_t i = 1; i < batch->slice_count; i++) {
            const struct bytes *other = batch->slices[i].payload->metadata;

            if (other != first && !same_values(out, place, other, name)) {
                out->len = place;
                put_values(out, NULL, name);
                break;
            }
        }
    }
}

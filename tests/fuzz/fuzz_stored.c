/*
 * What the journal finds in a record whose checksum is right: the head before a request's bytes,
 * and the header fields in it. Reading keeps to the record, and what it writes it reads.
 */
#include <assert.h>

#include "base/budget.h"
#include "base/metadata.h"
#include "fuzz/fuzz.h"
#include "pipeline/journal_head.h"

static struct bytes *copy_of(struct str s)
{
    struct bytes *copy = bytes_new(s.len);

    assert(copy);
    if (s.len > 0)
        memcpy(copy->at, s.at, s.len);
    copy->len = s.len;
    return copy;
}

static bool lies_in(struct str inner, struct str outer)
{
    return inner.at >= outer.at && inner.at + inner.len <= outer.at + outer.len;
}

/* The fields again, as long as there is a whole one. */
static void try_metadata(struct str stored)
{
    struct bytes *list = copy_of(stored), *again = NULL;
    struct metadata_field field, same;
    size_t at = 0, at_again = 0;
    struct str value;

    while (metadata_next(list, &at, &field)) {
        assert(lies_in(field.name, bytes_str(list)) && lies_in(field.value, bytes_str(list)));
        assert(metadata_add(&again, field.name, field.value));
        assert(metadata_next(again, &at_again, &same));
        assert(str_eq_nocase(same.name, field.name) && str_eq(same.value, field.value));
    }
    assert(at <= list->len || list->len == 0);
    at = 0;
    while (metadata_next_value(list, &at, STR("x-tenant"), &value))
        assert(lies_in(value, bytes_str(list)));
    bytes_unref(again);
    bytes_unref(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str stored = {(const char *)data, size};
    struct journal_head head;
    struct buf written = {0};

    if (journal_head_read(stored, &head)) {
        assert(head.signal < SIGNAL_KINDS);
        assert(lies_in(head.id, stored) && lies_in(head.metadata, stored));
        journal_head_write(&written, &head);
        assert(str_eq(buf_str(&written), stored));
        buf_done(&written);
        try_metadata(head.metadata);
    }
    assert(budget_used() == 0);
    return 0;
}

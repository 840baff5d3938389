/*
 * What batch_rewrite makes of batches, beside the same done to protobuf-c's trees.
 *
 *     entries    a list of all items of some trees, each with its resource and scope, packed
 *     decide     what happens to a message: by its bytes and a salt, so that both sides agree
 */
#include "otlp/rewrite.h"

#include "base/budget.h"
#include "base/mem.h"
#include "otlp/request_write.h"
#include "otlp/wire_write.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_message.h"
#include "unit/reference.h"

enum { ROUNDS = 3000, PAYLOADS = 4 };
enum { RESOURCE, RESOURCE_URL, SCOPE, SCOPE_URL, ITEM, PARTS };

struct entry {
    struct buf parts[PARTS];
};

struct entries {
    struct entry *at;
    size_t count, cap;
};

/* ---- what is decided, and how things change: for both sides ---- */

struct decisions {
    uint64_t salt;
    unsigned odds[3]; /* of 16: changes, drops of an item, drops of a head */
    unsigned calls;
};

static enum rewrite decide(const struct decisions *d, int part, struct str message)
{
    uint64_t hash = (str_hash(message) ^ d->salt ^ (uint64_t)part << 40) * 0x9e3779b97f4a7c15;
    unsigned roll = (unsigned)(hash >> 60);
    unsigned drops = d->odds[part == ITEM ? 1 : 2];

    return roll < drops ? REWRITE_DROP : roll < drops + d->odds[0] ? REWRITE_CHANGE : REWRITE_KEEP;
}

/* A field that a later version might have; with its place, so that both see the same. */
static void change(int part, struct str resource, struct str message, struct buf *out)
{
    buf_append_str(out, message);
    wire_put_tag(out, 1000 + (uint32_t)part, WIRE_FIXED64);
    buf_append(out, &(uint64_t){str_hash(resource)}, 8);
}

/* Another number of data points. */
static void change_metric(struct str message, struct buf *out)
{
    size_t gauge;

    wire_put_bytes(out, 1, STR("changed"));
    gauge = wire_begin(out, 5);
    for (uint64_t points = str_hash(message) % 4; points > 0; points--)
        wire_put_bytes(out, 1, STR(""));
    wire_end(out, gauge);
}

static void change_item(enum signal signal, struct str resource, struct str message,
                        struct buf *out)
{
    if (signal == METRICS)
        change_metric(message, out);
    else
        change(ITEM, resource, message, out);
}

/* ---- protobuf-c's side ---- */

static void pack(struct buf *out, const ProtobufCMessage *message)
{
    uint8_t *to;

    if (!message)
        return;
    to = (uint8_t *)buf_reserve(out, protobuf_c_message_get_packed_size(message));
    out->len += protobuf_c_message_pack(message, to);
}

static struct entry *entry_add(struct entries *entries)
{
    entries->at = mem_room(entries->at, entries->count, &entries->cap, sizeof(*entries->at));
    entries->at[entries->count] = (struct entry){0};
    return &entries->at[entries->count++];
}

static void entries_done(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        for (int part = 0; part < PARTS; part++)
            buf_done(&entries->at[i].parts[part]);
    free(entries->at);
    *entries = (struct entries){0};
}

/* The structs of the three signals are the same, but for the type of the items. */
static void entries_of(enum signal signal, struct str request, size_t first, size_t count,
                       struct entries *entries)
{
    pb_request *tree = (pb_request *)protobuf_c_message_unpack(
        pb_request_types[signal], NULL, request.len, (const uint8_t *)request.at);
    size_t item = 0;

    ck_assert_ptr_nonnull(tree);
    for (size_t i = 0; i < tree->n_resource_spans; i++) {
        const pb_resource_spans *group = tree->resource_spans[i];

        for (size_t j = 0; j < group->n_scope_spans; j++) {
            const pb_scope_spans *spans = group->scope_spans[j];

            for (size_t k = 0; k < spans->n_spans; k++, item++) {
                struct entry *entry;

                if (item < first || item >= first + count)
                    continue;
                entry = entry_add(entries);
                pack(&entry->parts[RESOURCE], group->resource ? &group->resource->base : NULL);
                buf_append_str(&entry->parts[RESOURCE_URL], str_of(group->schema_url));
                pack(&entry->parts[SCOPE], spans->scope ? &spans->scope->base : NULL);
                buf_append_str(&entry->parts[SCOPE_URL], str_of(spans->schema_url));
                pack(&entry->parts[ITEM], &spans->spans[k]->base);
            }
        }
    }
    protobuf_c_message_free_unpacked(&tree->base, NULL);
}

static bool rewrite_part(const struct decisions *d, enum signal signal, struct entry *entry,
                         int part)
{
    struct str resource = buf_str(&entry->parts[RESOURCE]), message = buf_str(&entry->parts[part]);
    enum rewrite verdict = decide(d, part, message);
    struct buf changed = {0};

    if (verdict == REWRITE_CHANGE) {
        if (part == ITEM)
            change_item(signal, resource, message, &changed);
        else
            change(part, part == RESOURCE ? STR("") : resource, message, &changed);
        buf_done(&entry->parts[part]);
        entry->parts[part] = changed;
    }
    return verdict != REWRITE_DROP;
}

static void entries_rewrite(struct entries *entries, enum signal signal, const struct decisions *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->at[i];

        if (rewrite_part(d, signal, entry, RESOURCE) && rewrite_part(d, signal, entry, SCOPE) &&
            rewrite_part(d, signal, entry, ITEM)) {
            struct entry other = entries->at[kept];

            entries->at[kept++] = *entry;
            *entry = other;
        }
    }
    for (size_t i = kept; i < entries->count; i++)
        for (int part = 0; part < PARTS; part++)
            buf_done(&entries->at[i].parts[part]);
    entries->count = kept;
}

/* ---- our side ---- */

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct decisions *d = arg;
    enum rewrite verdict = decide(d, RESOURCE, resource);

    (void)signal;
    d->calls++;
    change(RESOURCE, STR(""), resource, out); /* also where it does not count */
    return verdict;
}

static enum rewrite on_scope(void *arg, enum signal signal, struct str resource, struct str scope,
                             struct buf *out)
{
    struct decisions *d = arg;

    (void)signal;
    d->calls++;
    change(SCOPE, resource, scope, out);
    return decide(d, SCOPE, scope);
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    struct decisions *d = arg;

    d->calls++;
    change_item(place->signal, place->resource, item, out);
    return decide(d, ITEM, item);
}

static const struct rewriter all = {.resource = on_resource, .scope = on_scope, .item = on_item};

static void check_part(const struct payload *payload, struct range range, const struct buf *part)
{
    struct str got = payload_str(payload, range);

    ck_assert(str_eq(got, buf_str(part)));
    ck_assert(got.at + got.len <= payload_body_end(payload, range));
}

static void check_batch(const struct batch *batch, const struct entries *entries)
{
    size_t n = 0, items = 0, bytes = 0;

    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];
        const struct payload *p = slice->payload;

        ck_assert_uint_eq(payload_count(p, 0, p->item_count), p->counted);
        for (uint32_t k = slice->first; k < slice->first + slice->count; k++, n++) {
            const struct payload_scope *scope = &p->scopes[payload_scope_of(p, k)];
            const struct payload_resource *resource = &p->resources[scope->resource];
            const struct buf *parts;

            ck_assert_uint_lt(n, entries->count);
            parts = entries->at[n].parts;
            check_part(p, resource->resource, &parts[RESOURCE]);
            check_part(p, resource->schema_url, &parts[RESOURCE_URL]);
            check_part(p, scope->scope, &parts[SCOPE]);
            check_part(p, scope->schema_url, &parts[SCOPE_URL]);
            check_part(p, p->items[k], &parts[ITEM]);
            items += payload_count(p, k, 1);
            bytes += parts[ITEM].len;
        }
    }
    ck_assert_uint_eq(n, entries->count);
    ck_assert_uint_eq(batch->items, items);
    ck_assert_uint_eq(batch->bytes, bytes);
}

/* ---- batches ---- */

static struct payload *read(enum signal signal, struct str request)
{
    struct payload_report report;

    return payload_read(signal, reference_body(request), &report);
}

/* As protobuf-c writes it. */
static struct payload *read_packed(enum signal signal, struct str request)
{
    ProtobufCMessage *tree = protobuf_c_message_unpack(pb_request_types[signal], NULL, request.len,
                                                       (const uint8_t *)request.at);
    struct buf packed = {0};
    struct payload *payload;

    ck_assert_ptr_nonnull(tree);
    pack(&packed, tree);
    protobuf_c_message_free_unpacked(tree, NULL);
    payload = read(signal, buf_str(&packed));
    buf_done(&packed);
    return payload;
}

/* Of items that all have valid ids. */
static struct payload *random_payload(struct dice *dice, enum signal signal)
{
    struct request_writer *writer;
    struct request_message message;
    struct payload *payload = NULL, *clean;
    struct buf request = {0};
    struct batch *batch;

    while (!payload || payload->item_count == 0) {
        payload_unref(payload);
        buf_reset(&request);
        random_signal_request(dice, signal, &request);
        payload = read(signal, buf_str(&request));
    }
    batch = batch_of(payload);
    writer = request_writer_new(batch);
    ck_assert(request_writer_next(writer, SIZE_MAX, SIZE_MAX, &message));
    buf_reset(&request);
    pieces_join(&message.pieces, &request);
    clean = read_packed(signal, buf_str(&request));
    ck_assert(clean && clean->whole);
    request_writer_free(writer);
    batch_unref(batch);
    payload_unref(payload);
    buf_done(&request);
    return clean;
}

static struct batch *random_batch(struct dice *dice, enum signal signal, struct entries *entries)
{
    struct batch *batch = batch_new(signal);
    uint32_t payloads = 1 + dice_roll(dice, PAYLOADS);

    for (uint32_t i = 0; i < payloads; i++) {
        struct payload *payload = random_payload(dice, signal);
        uint32_t first = 0, count = payload->item_count;

        if (dice_roll(dice, 2) == 0) {
            first = dice_roll(dice, count);
            count = 1 + dice_roll(dice, count - first);
        }
        batch_add(batch, payload, first, count);
        entries_of(signal, bytes_str(payload->bodies[0]), first, count, entries);
        payload_unref(payload);
    }
    return batch;
}

static struct decisions random_decisions(struct dice *dice)
{
    struct decisions d = {.salt = (uint64_t)dice_roll(dice, UINT32_MAX) << 32};

    for (unsigned i = 0; i < 3; i++)
        d.odds[i] = dice_roll(dice, 3) == 0 ? 0 : dice_roll(dice, i == 2 ? 4 : 16);
    return d;
}

START_TEST(batches_become_what_the_trees_become)
{
    struct dice dice = dice_new("rewrite");
    size_t used = budget_used();

    for (unsigned round = 0; round < ROUNDS; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);
        struct entries entries = {0};
        struct batch *batch = random_batch(&dice, signal, &entries), *rewritten;

        check_batch(batch, &entries);
        for (unsigned times = 0; times < 3; times++) {
            struct decisions d = random_decisions(&dice);

            ck_assert(batch_rewrite(batch, &all, &d, &rewritten));
            entries_rewrite(&entries, signal, &d);
            check_batch(rewritten, &entries);
            batch_unref(batch);
            batch = rewritten;
        }
        batch_unref(batch);
        entries_done(&entries);
        ck_assert_uint_eq(budget_used(), used);
    }
}
END_TEST

START_TEST(some_calls_may_be_missing)
{
    struct dice dice = dice_new("rewrite");

    for (unsigned round = 0; round < ROUNDS / 4; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);
        struct entries entries = {0};
        struct batch *batch = random_batch(&dice, signal, &entries), *rewritten;
        struct decisions d = random_decisions(&dice);
        struct rewriter some = {
            .resource = dice_roll(&dice, 2) ? on_resource : NULL,
            .scope = NULL,
            .item = dice_roll(&dice, 2) ? on_item : NULL,
        };

        ck_assert(batch_rewrite(batch, &some, &d, &rewritten));
        for (size_t i = 0; i < entries.count; i++) {
            struct entry *entry = &entries.at[i];

            if ((some.resource && !rewrite_part(&d, signal, entry, RESOURCE)) ||
                (some.item && !rewrite_part(&d, signal, entry, ITEM))) {
                for (int part = 0; part < PARTS; part++)
                    buf_done(&entry->parts[part]);
                memmove(entry, entry + 1, (--entries.count - i) * sizeof(*entry));
                i--;
            }
        }
        check_batch(rewritten, &entries);
        batch_unref(rewritten);
        batch_unref(batch);
        entries_done(&entries);
    }
}
END_TEST

START_TEST(without_room_nothing_is_made)
{
    struct dice dice = dice_new("rewrite");
    unsigned refused = 0;

    for (unsigned round = 0; round < ROUNDS / 4; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);
        struct entries entries = {0};
        struct batch *batch = random_batch(&dice, signal, &entries), *rewritten;
        struct decisions d = random_decisions(&dice);
        size_t used = budget_used();

        budget_set_limit(used + 1 + dice_roll(&dice, 4096));
        if (batch_rewrite(batch, &all, &d, &rewritten)) {
            entries_rewrite(&entries, signal, &d);
            check_batch(rewritten, &entries);
            batch_unref(rewritten);
        } else {
            ck_assert_ptr_null(rewritten);
            refused++;
        }
        ck_assert_uint_eq(budget_used(), used);
        budget_set_limit(SIZE_MAX);
        batch_unref(batch);
        entries_done(&entries);
    }
    ck_assert_uint_gt(refused, 0);
}
END_TEST

START_TEST(what_does_not_change_is_the_same_batch)
{
    struct dice dice = {.state = 1};
    struct entries entries = {0};
    struct batch *batch = random_batch(&dice, TRACES, &entries), *rewritten;
    struct decisions d = {0};
    static const struct rewriter none = {0};

    ck_assert(batch_rewrite(batch, &none, NULL, &rewritten));
    ck_assert_ptr_eq(rewritten, batch);
    batch_unref(rewritten);
    ck_assert(batch_rewrite(batch, &all, &d, &rewritten));
    ck_assert_ptr_eq(rewritten, batch);
    ck_assert_uint_gt(d.calls, entries.count);
    batch_unref(rewritten);
    batch_unref(batch);
    entries_done(&entries);
}
END_TEST

static enum rewrite change_first_drop_rest(void *arg, const struct rewrite_place *place,
                                           struct str item, struct buf *out)
{
    unsigned *seen = arg;
    char more[512] = {0};

    (void)place;
    buf_append_str(out, item);
    for (unsigned i = 0; *seen > 0 && i < *seen * 1000; i++)
        buf_append(out, more, sizeof(more));
    return (*seen)++ == 0 ? REWRITE_CHANGE : REWRITE_DROP;
}

START_TEST(what_is_dropped_after_it_was_written_is_accounted)
{
    static const struct rewriter writes = {.item = change_first_drop_rest};
    struct dice dice = {.state = 1};
    struct payload *payload = random_payload(&dice, LOGS);
    struct batch *batch, *rewritten;
    size_t used;
    unsigned seen = 0;

    while (payload->item_count < 3) {
        payload_unref(payload);
        payload = random_payload(&dice, LOGS);
    }
    batch = batch_of(payload);
    used = budget_used();
    ck_assert(batch_rewrite(batch, &writes, &seen, &rewritten));
    ck_assert_uint_eq(rewritten->items, 1);
    batch_unref(rewritten);
    ck_assert_uint_eq(budget_used(), used);
    batch_unref(batch);
    payload_unref(payload);
}
END_TEST

static enum rewrite drop_second(void *arg, const struct rewrite_place *place, struct str item,
                                struct buf *out)
{
    unsigned *seen = arg;

    (void)place, (void)item, (void)out;
    return (*seen)++ == 1 ? REWRITE_DROP : REWRITE_KEEP;
}

START_TEST(where_items_only_go_there_is_no_new_payload)
{
    static const struct rewriter drops = {.item = drop_second};
    struct dice dice = {.state = 1};
    struct payload *payload = random_payload(&dice, LOGS);
    struct batch *batch, *rewritten;
    unsigned seen = 0;

    while (payload->item_count < 3) {
        payload_unref(payload);
        payload = random_payload(&dice, LOGS);
    }
    batch = batch_of(payload);
    ck_assert(batch_rewrite(batch, &drops, &seen, &rewritten));
    ck_assert_uint_eq(rewritten->slice_count, 2);
    ck_assert_ptr_eq(rewritten->slices[0].payload, payload);
    ck_assert_ptr_eq(rewritten->slices[1].payload, payload);
    ck_assert_uint_eq(rewritten->slices[1].first, 2);
    ck_assert_uint_eq(rewritten->items, payload->item_count - 1);
    batch_unref(rewritten);
    batch_unref(batch);
    payload_unref(payload);
}
END_TEST

static void on_slice(void *arg, const struct payload *payload)
{
    const struct payload **seen = arg;

    while (*seen)
        seen++;
    *seen = payload;
}

START_TEST(each_slice_tells_its_payload)
{
    static const struct rewriter looks = {.slice = on_slice};
    const struct payload *seen[PAYLOADS + 1] = {NULL};
    struct dice dice = {.state = 2};
    struct entries entries = {0};
    struct batch *batch = random_batch(&dice, TRACES, &entries), *rewritten;

    ck_assert(batch_rewrite(batch, &looks, seen, &rewritten));
    for (size_t i = 0; i < batch->slice_count; i++)
        ck_assert_ptr_eq(seen[i], batch->slices[i].payload);
    batch_unref(rewritten);
    batch_unref(batch);
    entries_done(&entries);
}
END_TEST

static unsigned gone;

static void on_gone(struct origin *origin)
{
    (void)origin;
    gone++;
}

START_TEST(what_is_made_has_the_origin_and_the_metadata)
{
    struct decisions d = {.odds = {16, 0, 0}};
    struct origin origin = {.gone = on_gone};
    struct dice dice = {.state = 1};
    struct payload *payload = random_payload(&dice, TRACES), *made;
    struct batch *batch, *rewritten;

    atomic_init(&origin.refs, 1);
    payload->origin = &origin;
    payload->metadata = reference_body(STR("metadata"));
    batch = batch_of(payload);
    ck_assert(batch_rewrite(batch, &all, &d, &rewritten));
    ck_assert_uint_eq(rewritten->slice_count, 1);
    made = rewritten->slices[0].payload;
    ck_assert_ptr_ne(made, payload);
    ck_assert_ptr_eq(made->bodies[0], payload->bodies[0]);
    ck_assert_ptr_eq(made->metadata, payload->metadata);
    ck_assert(!made->whole);
    ck_assert_uint_eq(batch_unstored(rewritten), 0);
    batch_unref(batch);
    payload_unref(payload);
    ck_assert_uint_eq(gone, 0);
    batch_unref(rewritten);
    ck_assert_uint_eq(gone, 1);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rewrite");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, batches_become_what_the_trees_become);
    tcase_add_test(cases, some_calls_may_be_missing);
    tcase_add_test(cases, without_room_nothing_is_made);
    tcase_add_test(cases, what_is_dropped_after_it_was_written_is_accounted);
    tcase_add_test(cases, what_does_not_change_is_the_same_batch);
    tcase_add_test(cases, where_items_only_go_there_is_no_new_payload);
    tcase_add_test(cases, each_slice_tells_its_payload);
    tcase_add_test(cases, what_is_made_has_the_origin_and_the_metadata);
    return run_tests("rewrite", cases);
}

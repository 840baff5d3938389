/*
 * Attributes that are set and removed, beside a model of the list; all other fields stay.
 */
#include "otlp/attributes.h"

#include "base/budget.h"
#include "otlp/wire_write.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_message.h"

enum { ROUNDS = 2000, MOST = 64 };

struct model {
    size_t count;
    struct str keys[MOST], values[MOST];
};

static void model_cut(struct model *model, size_t i)
{
    size_t behind = --model->count - i;

    memmove(model->keys + i, model->keys + i + 1, behind * sizeof(*model->keys));
    memmove(model->values + i, model->values + i + 1, behind * sizeof(*model->values));
}

static bool model_remove(struct model *model, struct str key, size_t from)
{
    size_t before = model->count;

    for (size_t i = from; i < model->count;)
        if (str_eq(model->keys[i], key))
            model_cut(model, i);
        else
            i++;
    return model->count < before;
}

static void model_set(struct model *model, struct str key, struct str value)
{
    size_t i = 0;

    while (i < model->count && !str_eq(model->keys[i], key))
        i++;
    model->keys[i] = key;
    model->values[i] = value;
    if (i == model->count)
        model->count++;
    model_remove(model, key, i + 1);
}

static void model_check(const struct model *model, const struct attributes *list)
{
    const struct attribute *a = NULL;

    for (size_t i = 0; i < model->count; i++) {
        a = attributes_next(list, a);
        ck_assert_ptr_nonnull(a);
        ck_assert(str_eq(a->key, model->keys[i]));
        ck_assert(str_eq(a->value, model->values[i]));
    }
    ck_assert_ptr_null(attributes_next(list, a));
}

/* The span without its attributes. */
static void put_rest(struct str message, struct buf *out)
{
    pb_span *span = (pb_span *)protobuf_c_message_unpack(PB_SPAN, NULL, message.len,
                                                         (const uint8_t *)message.at);
    size_t count;

    ck_assert_ptr_nonnull(span);
    count = span->n_attributes;
    span->n_attributes = 0;
    buf_reserve(out, protobuf_c_message_get_packed_size(&span->base));
    out->len = protobuf_c_message_pack(&span->base, (uint8_t *)out->at);
    span->n_attributes = count;
    protobuf_c_message_free_unpacked(&span->base, NULL);
}

static void change_span(struct dice *dice, struct str span, struct attributes *list)
{
    static const struct str keys[] = {STR_INIT("a"),   STR_INIT("GET"),
                                      STR_INIT("/"),   STR_INIT(""),
                                      STR_INIT("new"), STR_INIT("http.request.method")};
    static const struct str values[] = {STR_INIT("\x18\x05"), STR_INIT(""),
                                        STR_INIT("\x0a\x04text")};
    struct buf written = {0}, rest = {0}, rest_before = {0};
    struct model model = {0};

    attributes_read(list, span, ATTRIBUTES_OF_SPAN);
    for (const struct attribute *a = NULL; (a = attributes_next(list, a)); model.count++) {
        model.keys[model.count] = a->key;
        model.values[model.count] = a->value;
    }
    for (uint32_t times = dice_roll(dice, 6); times > 0; times--) {
        struct str key = keys[dice_roll(dice, 6)];

        if (dice_roll(dice, 2) == 0) {
            bool removed = model_remove(&model, key, 0);

            ck_assert(attributes_remove(list, key) == removed);
        } else {
            struct str value = attributes_keep(list, values[dice_roll(dice, 3)]);

            attributes_set(list, key, value);
            model_set(&model, key, value);
        }
        model_check(&model, list);
    }
    attributes_write(list, &written);
    if (!list->changed)
        ck_assert(str_eq(buf_str(&written), span));
    put_rest(span, &rest_before);
    put_rest(buf_str(&written), &rest);
    ck_assert(str_eq(buf_str(&rest), buf_str(&rest_before)));
    for (size_t i = 0; i < model.count; i++) { /* reading it anew lets go of what was kept */
        model.keys[i] = model.keys[i].len > 0 ? model.keys[i] : STR("");
        if (list->arena && model.values[i].len > 0) {
            for (size_t v = 0; v < 3; v++)
                if (str_eq(values[v], model.values[i]))
                    model.values[i] = values[v];
        }
    }
    attributes_read(list, buf_str(&written), ATTRIBUTES_OF_SPAN);
    model_check(&model, list);
    buf_done(&written);
    buf_done(&rest);
    buf_done(&rest_before);
}

START_TEST(lists_become_what_the_model_becomes)
{
    struct dice dice = dice_new("attributes");
    struct attributes list = {0};
    struct buf request = {0}, span = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        pb_request *tree;

        buf_reset(&request);
        random_request(&dice, &request);
        tree = (pb_request *)protobuf_c_message_unpack(PB_REQUEST, NULL, request.len,
                                                       (const uint8_t *)request.at);
        for (size_t i = 0; i < tree->n_resource_spans; i++)
            for (size_t j = 0; j < tree->resource_spans[i]->n_scope_spans; j++)
                for (size_t k = 0; k < tree->resource_spans[i]->scope_spans[j]->n_spans; k++) {
                    pb_span *from = tree->resource_spans[i]->scope_spans[j]->spans[k];

                    buf_reset(&span);
                    buf_reserve(&span, protobuf_c_message_get_packed_size(&from->base));
                    span.len = protobuf_c_message_pack(&from->base, (uint8_t *)span.at);
                    change_span(&dice, buf_str(&span), &list);
                }
        protobuf_c_message_free_unpacked(&tree->base, NULL);
    }
    attributes_done(&list);
    buf_done(&request);
    buf_done(&span);
}
END_TEST

START_TEST(a_value_that_comes_in_parts_is_one)
{
    /* key "k"; value {int 1}; key "key"; value {string "x"} */
    struct str message = STR("\x0a\x10\x0a\x01k\x12\x02\x18\x01\x0a\x03key\x12\x00\x12\x00");
    struct str parts = STR("\x0a\x0d\x12\x02\x18\x01\x12\x03\x0a\x01x\x0a\x02kk");
    struct attributes list = {0};
    struct value_view value;

    attributes_read(&list, message, ATTRIBUTES_OF_RESOURCE);
    ck_assert_uint_eq(list.count, 1);
    ck_assert(str_eq(list.at[0].key, STR("key")));
    ck_assert(str_eq(list.at[0].value, STR("\x18\x01")));
    attributes_read(&list, parts, ATTRIBUTES_OF_RESOURCE);
    ck_assert(str_eq(list.at[0].value, STR("\x18\x01\x0a\x01x")));
    value_read(list.at[0].value, &value);
    ck_assert_int_eq(value.kind, VALUE_STRING);
    attributes_done(&list);
}
END_TEST

START_TEST(what_is_not_there_is_made)
{
    struct value_view value = {.kind = VALUE_STRING, .bytes = STR("cart")};
    struct attributes list = {0};
    struct buf out = {0};

    attributes_read(&list, (struct str){0}, ATTRIBUTES_OF_RESOURCE);
    ck_assert_ptr_null(attributes_find(&list, STR("service.name")));
    attributes_set(&list, STR("service.name"), attributes_keep_value(&list, &value));
    attributes_write(&list, &out);
    ck_assert(str_eq(buf_str(&out), STR("\x0a\x16\x0a\x0cservice.name\x12\x06\x0a\x04"
                                        "cart")));
    buf_done(&out);
    attributes_done(&list);
}
END_TEST

START_TEST(long_lists_are_counted_and_not_kept)
{
    struct attributes list = {0};
    struct buf message = {0};

    for (unsigned i = 0; i < 5000; i++)
        wire_put_bytes(&message, ATTRIBUTES_OF_SPAN, STR("\x0a\x01k\x12\x00"));
    attributes_read(&list, buf_str(&message), ATTRIBUTES_OF_SPAN);
    ck_assert_uint_eq(list.count, 5000);
    ck_assert_uint_ge(budget_used(), 5000 * sizeof(struct attribute));
    ck_assert(attributes_remove(&list, STR("k")));
    attributes_read(&list, STR(""), ATTRIBUTES_OF_SPAN);
    ck_assert_uint_eq(budget_used(), 0);
    attributes_read(&list, buf_str(&message), ATTRIBUTES_OF_SPAN);
    attributes_done(&list);
    ck_assert_uint_eq(budget_used(), 0);
    buf_done(&message);
}
END_TEST

START_TEST(values_are_written_as_they_are_read)
{
    static const struct value_view values[] = {
        {.kind = VALUE_EMPTY},
        {.kind = VALUE_STRING, .bytes = STR_INIT("text")},
        {.kind = VALUE_BOOL, .boolean = true},
        {.kind = VALUE_INT, .integer = INT64_MIN},
        {.kind = VALUE_DOUBLE, .number = -0.5},
        {.kind = VALUE_BYTES, .bytes = STR_INIT("\xff\x00")},
        {.kind = VALUE_ARRAY, .bytes = STR_INIT("\x0a\x02\x18\x01")},
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct buf out = {0};
        struct value_view got;

        value_write(&values[i], &out);
        value_read(buf_str(&out), &got);
        ck_assert_int_eq(got.kind, values[i].kind);
        switch (got.kind) {
        case VALUE_EMPTY:
            break;
        case VALUE_BOOL:
            ck_assert(got.boolean == values[i].boolean);
            break;
        case VALUE_INT:
            ck_assert_int_eq(got.integer, values[i].integer);
            break;
        case VALUE_DOUBLE:
            ck_assert(memcmp(&got.number, &values[i].number, sizeof(got.number)) == 0);
            break;
        default:
            ck_assert(str_eq(got.bytes, values[i].bytes));
            break;
        }
        buf_done(&out);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("attributes");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, lists_become_what_the_model_becomes);
    tcase_add_test(cases, a_value_that_comes_in_parts_is_one);
    tcase_add_test(cases, what_is_not_there_is_made);
    tcase_add_test(cases, long_lists_are_counted_and_not_kept);
    tcase_add_test(cases, values_are_written_as_they_are_read);
    return run_tests("attributes", cases);
}

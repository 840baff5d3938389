/*
 * Bodies out of buffers and pieces: what they hold, and what the memory budget has of them.
 */
#include "exporters/request_body.h"

#include "base/budget.h"
#include "unit/check.h"

static const struct str pieces[] = {{"hello ", 6}, {NULL, 0}, {"world", 5}};

static void check_decoded(struct pieces body, const char *text)
{
    struct bytes *plain = NULL;

    ck_assert_uint_eq(body.count, 1);
    ck_assert_int_eq(encoding_decode(ENCODING_GZIP, body.at[0], 1000, &plain), DECODE_OK);
    ck_assert(str_is(bytes_str(plain), text));
    bytes_unref(plain);
}

START_TEST(a_buffer_changes_hands)
{
    struct request_body body = {0};
    struct buf plain = {0};
    size_t before = budget_used();
    struct pieces whole;
    const char *at;

    buf_append_str(&plain, STR("hello"));
    at = plain.at;
    whole = request_body_take(&body, &plain, NULL);
    ck_assert_uint_eq(whole.len, 5);
    ck_assert_ptr_eq(whole.at[0].at, at);
    ck_assert_ptr_null(plain.at);
    ck_assert_uint_eq(budget_used(), before + body.bytes.cap);
    request_body_done(&body);
    request_body_done(&body);
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

START_TEST(one_piece_or_several_are_compressed)
{
    struct encoder *encoder = encoder_new(ENCODING_GZIP, ENCODE_LEVEL_USUAL);
    const struct pieces one = pieces_of(&pieces[0]), all = {pieces, 3, 11};
    struct request_body body = {0};
    size_t before = budget_used();
    struct buf plain = {0};

    check_decoded(request_body_encode(&body, &one, encoder), "hello ");
    request_body_done(&body);
    check_decoded(request_body_encode(&body, &all, encoder), "hello world");
    request_body_done(&body);
    buf_append_str(&plain, STR("again"));
    check_decoded(request_body_take(&body, &plain, encoder), "again");
    ck_assert_uint_eq(budget_used(), before + body.bytes.cap);
    request_body_done(&body);
    ck_assert_uint_eq(budget_used(), before);
    encoder_free(encoder);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("request_body");

    tcase_add_test(cases, a_buffer_changes_hands);
    tcase_add_test(cases, one_piece_or_several_are_compressed);
    return run_tests("request_body", cases);
}

#include "base/thrift_read.h"

#include <stdio.h>

#include "base/buf.h"
#include "unit/check.h"

enum { MOST_BYTES = 256 };

/* Hex with blanks as bytes of exactly that size, so that a sanitizer sees who reads beyond. */
static struct str unhex(const char *hex)
{
    char *bytes = malloc(MOST_BYTES), *exact;
    size_t len = 0;
    unsigned byte;

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
        bytes[len++] = (char)byte;
        hex++;
    }
    exact = malloc(len > 0 ? len : 1);
    memcpy(exact, bytes, len);
    free(bytes);
    return (struct str){exact, len};
}

static void drop(struct str bytes)
{
    free((void *)(uintptr_t)bytes.at);
}

static void put_field(struct buf *out, struct thrift_reader *r, enum thrift_kind kind);

static void put_struct(struct buf *out, struct thrift_reader *r)
{
    struct thrift_struct s = {0};
    struct thrift_field field;

    buf_printf(out, "{");
    while (thrift_read_field(r, &s, &field)) {
        buf_printf(out, "%d:", field.id);
        put_field(out, r, field.kind);
        buf_printf(out, ";");
    }
    buf_printf(out, "}");
}

static void put_list(struct buf *out, struct thrift_reader *r)
{
    struct thrift_list list = thrift_read_list(r);

    buf_printf(out, "[");
    for (uint32_t i = 0; i < list.count && !r->bad; i++) {
        put_field(out, r, list.kind);
        buf_printf(out, ",");
    }
    buf_printf(out, "]");
}

static void put_field(struct buf *out, struct thrift_reader *r, enum thrift_kind kind)
{
    struct str text;

    switch (kind) {
    case THRIFT_BOOL:
        buf_printf(out, "%s", thrift_read_bool(r) ? "true" : "false");
        break;
    case THRIFT_BYTE:
        buf_printf(out, "b%d", thrift_read_byte(r));
        break;
    case THRIFT_I16:
        buf_printf(out, "s%d", thrift_read_i16(r));
        break;
    case THRIFT_I32:
        buf_printf(out, "i%d", thrift_read_i32(r));
        break;
    case THRIFT_I64:
        buf_printf(out, "l%lld", (long long)thrift_read_i64(r));
        break;
    case THRIFT_DOUBLE:
        buf_printf(out, "d%g", thrift_read_double(r));
        break;
    case THRIFT_STRING:
        text = thrift_read_string(r);
        buf_printf(out, "'%.*s'", STR_ARG(text));
        break;
    case THRIFT_STRUCT:
        put_struct(out, r);
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        put_list(out, r);
        break;
    default:
        thrift_skip(r, kind);
        buf_printf(out, "?");
    }
}

static const struct {
    const char *binary, *compact, *text;
} structs[] = {
    {"00", "00", "{}"},
    {"02 0001 01 02 0002 00 00", "11 12 00", "{1:true;2:false;}"},
    {"03 0001 ff 00", "13 ff 00", "{1:b-1;}"},
    {"06 0001 8000 06 0002 7fff 00", "14 ffff03 14 feff03 00", "{1:s-32768;2:s32767;}"},
    {"08 0001 80000000 08 0002 7fffffff 00", "15 ffffffff0f 15 feffffff0f 00",
     "{1:i-2147483648;2:i2147483647;}"},
    {"0a 0001 8000000000000000 0a 0002 7fffffffffffffff 00",
     "16 ffffffffffffffffff01 16 feffffffffffffffff01 00",
     "{1:l-9223372036854775808;2:l9223372036854775807;}"},
    {"04 0001 3ff8000000000000 00", "17 000000000000f83f 00", "{1:d1.5;}"},
    {"0b 0001 00000000 0b 0002 00000003 616263 00", "18 00 18 03 616263 00", "{1:'';2:'abc';}"},
    {"0c 0001 0c 0002 00 00 08 0003 00000001 00", "1c 2c 00 00 25 02 00", "{1:{2:{};};3:i1;}"},
    {"0f 0001 08 00000002 00000001 00000002 00", "19 25 02 04 00", "{1:[i1,i2,];}"},
    {"0e 0001 02 00000002 01 00 00", "1a 21 01 02 00", "{1:[true,false,];}"},
    {"0f 0001 0c 00000000 00", "19 0c 00", "{1:[];}"},
    {"0f 0001 00 00000000 00", "19 00 00", "{1:[];}"},
    {"0d 0001 0b 08 00000001 00000001 61 00000005 00", "1b 01 85 01 61 0a 00", "{1:?;}"},
    {"0d 0001 00 00 00000000 00", "1b 00 00", "{1:?;}"},
    {"10 0001 000102030405060708090a0b0c0d0e0f 00", "1d 000102030405060708090a0b0c0d0e0f 00",
     "{1:?;}"},
    /* ids out of order, far apart and negative */
    {"03 0014 01 03 0001 02 03 ffff 03 03 7fff 04 00", "03 28 01 03 02 02 03 01 03 03 feff03 04 00",
     "{20:b1;1:b2;-1:b3;32767:b4;}"},
    /* a list of 15, where compact's short head ends */
    {"0f 0001 03 0000000f 010101010101010101010101010101 00",
     "19 f3 0f 010101010101010101010101010101 00",
     "{1:[b1,b1,b1,b1,b1,b1,b1,b1,b1,b1,b1,b1,b1,b1,b1,];}"},
};

enum { STRUCTS = sizeof(structs) / sizeof(structs[0]) };

static const char *struct_hex(int i, enum thrift_protocol protocol)
{
    return protocol == THRIFT_COMPACT ? structs[i].compact : structs[i].binary;
}

START_TEST(struct_is_read_in_both_protocols)
{
    for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
        struct str bytes = unhex(struct_hex(_i, protocol));
        struct thrift_reader r = thrift_reader_of(bytes, protocol);
        struct buf out = {0};

        put_struct(&out, &r);
        ck_assert_ptr_null(r.bad);
        ck_assert_str_eq(buf_text(&out), structs[_i].text);
        ck_assert_uint_eq(thrift_offset(&r), bytes.len);
        buf_done(&out);
        drop(bytes);
    }
}
END_TEST

START_TEST(struct_is_skipped_in_both_protocols)
{
    for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
        struct str bytes = unhex(struct_hex(_i, protocol));
        struct thrift_reader r = thrift_reader_of(bytes, protocol);

        thrift_skip(&r, THRIFT_STRUCT);
        ck_assert_ptr_null(r.bad);
        ck_assert_uint_eq(thrift_left(&r), 0);
        drop(bytes);
    }
}
END_TEST

START_TEST(every_cut_of_a_struct_is_bad_and_read_no_further)
{
    for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
        struct str bytes = unhex(struct_hex(_i, protocol));

        for (size_t len = 0; len < bytes.len; len++) {
            char *cut = malloc(len > 0 ? len : 1);
            struct thrift_reader r = thrift_reader_of((struct str){cut, len}, protocol);
            struct buf out = {0};

            memcpy(cut, bytes.at, len);
            put_struct(&out, &r);
            ck_assert_msg(r.bad != NULL, "%s at %zu", struct_hex(_i, protocol), len);
            ck_assert_uint_le(r.bad_at, len);
            ck_assert_uint_eq(thrift_left(&r), 0);
            r = thrift_reader_of((struct str){cut, len}, protocol);
            thrift_skip(&r, THRIFT_STRUCT);
            ck_assert_ptr_nonnull(r.bad);
            buf_done(&out);
            free(cut);
        }
        drop(bytes);
    }
}
END_TEST

static const struct {
    enum thrift_protocol protocol;
    const char *hex;
    size_t at;
    const char *why;
} bad[] = {
    {THRIFT_BINARY, "", 0, "the bytes end"},
    {THRIFT_COMPACT, "", 0, "the bytes end"},
    {THRIFT_BINARY, "01 0001 00", 1, "no such type"},
    {THRIFT_BINARY, "11 0001 00", 1, "no such type"},
    {THRIFT_COMPACT, "1e 00", 1, "no such type"},
    {THRIFT_COMPACT, "10 00", 1, "no such type"},
    {THRIFT_BINARY, "0b 0001 00000005 61626364", 3, "longer than the bytes"},
    {THRIFT_BINARY, "0b 0001 ffffffff 61", 3, "longer than the bytes"},
    {THRIFT_COMPACT, "18 05 61626364", 1, "longer than the bytes"},
    {THRIFT_COMPACT, "18 ffffffff0f 61", 1, "longer than the bytes"},
    {THRIFT_COMPACT, "18 ffffffff1f 61", 1, "too large"},
    {THRIFT_COMPACT, "15 ffffffff1f", 1, "too large"},
    {THRIFT_COMPACT, "14 ffff04", 1, "too large"},
    {THRIFT_COMPACT, "16 ffffffffffffffffff02", 1, "too large"},
    {THRIFT_COMPACT, "16 ffffffffffffffffffff01", 1, "too large"},
    {THRIFT_COMPACT, "03 feff03 01 13 02", 6, "id is too large"},
    {THRIFT_COMPACT, "03 808004 01", 1, "too large"},
    {THRIFT_BINARY, "0f 0001 0c 7fffffff 00", 8, "more elements"},
    {THRIFT_BINARY, "0f 0001 0c ffffffff 00", 8, "more elements"},
    {THRIFT_BINARY, "0f 0001 01 00000001 00", 8, "no such type"},
    {THRIFT_COMPACT, "19 fc ffffffff07 00", 7, "more elements"},
    {THRIFT_COMPACT, "19 fc ffffffff0f 00", 2, "too large"},
    {THRIFT_COMPACT, "19 20 00 00", 2, "no such type"},
    {THRIFT_BINARY, "0d 0001 03 03 00000002 010203", 9, "more elements"},
    {THRIFT_BINARY, "0d 0001 03 01 00000001 0102 00", 9, "no such type"},
    {THRIFT_COMPACT, "1b 02 33 010203", 3, "more elements"},
};

START_TEST(bad_bytes_are_told_with_their_place)
{
    struct str bytes = unhex(bad[_i].hex);
    struct thrift_reader r = thrift_reader_of(bytes, bad[_i].protocol);
    struct buf out = {0};

    put_struct(&out, &r);
    ck_assert_msg(r.bad && strstr(r.bad, bad[_i].why), "%s: %s", bad[_i].hex, r.bad);
    ck_assert_uint_eq(r.bad_at, bad[_i].at);
    buf_done(&out);
    drop(bytes);
}
END_TEST

START_TEST(behind_what_is_bad_all_is_zero)
{
    struct thrift_reader r = thrift_reader_of(STR("\x0b\x00\x01"), THRIFT_BINARY);
    struct thrift_struct s = {0};
    struct thrift_field field;
    struct thrift_message message;

    ck_assert(!thrift_fail(&r, "as the test wants it"));
    ck_assert(!thrift_fail(&r, "this comes too late"));
    ck_assert_str_eq(r.bad, "as the test wants it");
    ck_assert(!thrift_read_field(&r, &s, &field));
    ck_assert(!thrift_read_message(&r, &message));
    ck_assert_int_eq(thrift_read_i64(&r), 0);
    ck_assert_int_eq(thrift_read_i32(&r), 0);
    ck_assert_int_eq(thrift_read_bool(&r), false);
    ck_assert_uint_eq(thrift_read_string(&r).len, 0);
    ck_assert_uint_eq(thrift_read_list(&r).count, 0);
    thrift_skip(&r, THRIFT_STRUCT);
    ck_assert_uint_eq(r.bad_at, 0);
}
END_TEST

static const struct {
    enum thrift_protocol protocol;
    const char *hex, *name;
    unsigned call, sequence;
} messages[] = {
    {THRIFT_COMPACT, "82 21 01 09 656d69744261746368", "emitBatch", THRIFT_CALL, 1},
    {THRIFT_COMPACT, "82 81 ffffffff0f 01 61", "a", THRIFT_ONEWAY, UINT32_MAX},
    {THRIFT_BINARY, "80010001 00000009 656d69744261746368 00000001", "emitBatch", THRIFT_CALL, 1},
    {THRIFT_BINARY, "00000009 656d69744261746368 04 00000007", "emitBatch", THRIFT_ONEWAY, 7},
    {THRIFT_BINARY, "80010002 00000000 00000001", "", THRIFT_REPLY, 1},
};

START_TEST(head_of_a_message_is_read)
{
    struct str bytes = unhex(messages[_i].hex);
    struct thrift_reader r = thrift_reader_of(bytes, messages[_i].protocol);
    struct thrift_message message;

    ck_assert(thrift_read_message(&r, &message));
    ck_assert(str_is(message.name, messages[_i].name));
    ck_assert_int_eq(message.call, messages[_i].call);
    ck_assert_uint_eq(message.sequence, messages[_i].sequence);
    ck_assert_uint_eq(thrift_left(&r), 0);
    for (size_t len = 0; len < bytes.len; len++) {
        r = thrift_reader_of((struct str){bytes.at, len}, messages[_i].protocol);
        ck_assert(!thrift_read_message(&r, &message));
        ck_assert_ptr_nonnull(r.bad);
    }
    drop(bytes);
}
END_TEST

static const struct {
    enum thrift_protocol protocol;
    const char *hex, *why;
} bad_messages[] = {
    {THRIFT_COMPACT, "80010001 00000000 00000001", "no message of the compact"},
    {THRIFT_COMPACT, "82 22 01 00", "version"},
    {THRIFT_COMPACT, "82 01 01 00", "type of message"},
    {THRIFT_COMPACT, "82 a1 01 00", "type of message"},
    {THRIFT_BINARY, "82 21 01 09 656d69744261746368", "no message of the binary"},
    {THRIFT_BINARY, "80010005 00000000 00000001", "type of message"},
    {THRIFT_BINARY, "00000100 6162", "longer than the bytes"},
};

START_TEST(bad_head_of_a_message_is_told)
{
    struct str bytes = unhex(bad_messages[_i].hex);
    struct thrift_reader r = thrift_reader_of(bytes, bad_messages[_i].protocol);
    struct thrift_message message;

    ck_assert(!thrift_read_message(&r, &message));
    ck_assert_msg(strstr(r.bad, bad_messages[_i].why), "%s", r.bad);
    drop(bytes);
}
END_TEST

/* Structs in structs, lists in lists and maps in maps. */
static const struct {
    enum thrift_protocol protocol;
    const char *level; /* repeated */
    enum thrift_kind kind;
} nested[] = {
    {THRIFT_BINARY, "0c 0001", THRIFT_STRUCT},   {THRIFT_COMPACT, "1c", THRIFT_STRUCT},
    {THRIFT_BINARY, "0f 00000001", THRIFT_LIST}, {THRIFT_COMPACT, "19", THRIFT_LIST},
    {THRIFT_COMPACT, "01 3b 07", THRIFT_MAP},
};

START_TEST(skipping_goes_only_so_deep)
{
    struct str level = unhex(nested[_i].level);
    struct buf bytes = {0};
    struct thrift_reader r;

    for (int i = 0; i < 100000; i++)
        buf_append_str(&bytes, level);
    r = thrift_reader_of(buf_str(&bytes), nested[_i].protocol);
    thrift_skip(&r, nested[_i].kind);
    ck_assert_str_eq(r.bad, "it is nested too deeply");
    ck_assert_uint_le(r.bad_at, 64 * level.len + 8);
    buf_done(&bytes);
    drop(level);
}
END_TEST

/* A generator whose numbers are the same in each run. */
static uint32_t chance(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

START_TEST(noise_is_never_read_beyond_its_end)
{
    uint32_t state = 6;

    for (int round = 0; round < 20000; round++) {
        size_t len = chance(&state) % 64;
        char *noise = malloc(len > 0 ? len : 1);

        for (size_t i = 0; i < len; i++)
            noise[i] = (char)(chance(&state) % (chance(&state) % 2 ? 20 : 256));
        for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
            struct thrift_reader r = thrift_reader_of((struct str){noise, len}, protocol);

            thrift_skip(&r, THRIFT_STRUCT);
            ck_assert(r.bad || thrift_offset(&r) <= len);
        }
        free(noise);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("thrift_read");

    tcase_add_loop_test(cases, struct_is_read_in_both_protocols, 0, STRUCTS);
    tcase_add_loop_test(cases, struct_is_skipped_in_both_protocols, 0, STRUCTS);
    tcase_add_loop_test(cases, every_cut_of_a_struct_is_bad_and_read_no_further, 0, STRUCTS);
    tcase_add_loop_test(cases, bad_bytes_are_told_with_their_place, 0,
                        sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(cases, behind_what_is_bad_all_is_zero);
    tcase_add_loop_test(cases, head_of_a_message_is_read, 0,
                        sizeof(messages) / sizeof(messages[0]));
    tcase_add_loop_test(cases, bad_head_of_a_message_is_told, 0,
                        sizeof(bad_messages) / sizeof(bad_messages[0]));
    tcase_add_loop_test(cases, skipping_goes_only_so_deep, 0, sizeof(nested) / sizeof(nested[0]));
    tcase_add_test(cases, noise_is_never_read_beyond_its_end);
    return run_tests("thrift_read", cases);
}

/*
 * Ids as they stand in the YAML: what they are, and what is no id.
 */
#include "service/component_id.h"

#include <string.h>

#include "base/arena.h"
#include "unit/check.h"

static const struct {
    const char *text, *type, *whole; /* type NULL: whole is a part of what is wrong with it */
} ids[] = {
    {"otlp", "otlp", "otlp"},
    {"otlp/2", "otlp", "otlp/2"},
    {"otlp/a/b", "otlp", "otlp/a/b"},
    {" otlp / 2 ", "otlp", "otlp/2"},
    {"a_1", "a_1", "a_1"},
    {"otlp/\xc3\xa4-.:#", "otlp", "otlp/\xc3\xa4-.:#"},
    {"", NULL, "before \"/\" is empty"},
    {" ", NULL, "before \"/\" is empty"},
    {"/x", NULL, "before \"/\" is empty"},
    {"otlp/", NULL, "after \"/\" is empty"},
    {"otlp/ ", NULL, "after \"/\" is empty"},
    {"1a", NULL, "starts with a letter"},
    {"_a", NULL, "starts with a letter"},
    {"a-b", NULL, "is made of letters"},
    {"a b", NULL, "is made of letters"},
    {"\xc3\xa4", NULL, "starts with a letter"},
    {"otlp/a b", NULL, "holds no blanks"},
    {"otlp/a\tb", NULL, "holds no blanks"},
    {"otlp/a\x7f", NULL, "holds no blanks"},
    {"otlp/$a", NULL, "holds no blanks"},
    {"otlp/a=b", NULL, "holds no blanks"},
    {"otlp/a~", NULL, "holds no blanks"},
    {"otlp/a\xc2\xa0z", NULL, "holds no blanks"},     /* no-break space */
    {"otlp/a\xe2\x80\x83z", NULL, "holds no blanks"}, /* em space */
    {"otlp/a\xe3\x80\x80z", NULL, "holds no blanks"}, /* ideographic space */
};

START_TEST(an_id_is_a_type_and_maybe_a_name)
{
    struct arena *arena = arena_new(256);
    struct component_id id = {NULL, NULL};
    const char *wrong = component_id_parse(arena, ids[_i].text, &id);

    if (ids[_i].type) {
        ck_assert_msg(!wrong, "%s: %s", ids[_i].text, wrong);
        ck_assert_str_eq(id.type, ids[_i].type);
        ck_assert_str_eq(id.whole, ids[_i].whole);
    } else {
        ck_assert_msg(wrong && strstr(wrong, ids[_i].whole), "%s: %s", ids[_i].text,
                      wrong ? wrong : "good");
    }
    arena_free(arena);
}
END_TEST

/* so many characters, behind the text */
static const char *wrong_with(struct arena *arena, const char *text, size_t count)
{
    struct component_id id;
    char *more = arena_alloc(arena, count + 1);

    memset(more, 'x', count);
    more[count] = '\0';
    return component_id_parse(arena, arena_printf(arena, "%s%s", text, more), &id);
}

START_TEST(lengths_have_limits)
{
    struct arena *arena = arena_new(256);

    ck_assert_ptr_null(wrong_with(arena, "", 63));
    ck_assert_str_eq(wrong_with(arena, "", 64), "the type is longer than 63 characters");
    ck_assert_ptr_null(wrong_with(arena, "otlp/", 1024));
    ck_assert_str_eq(wrong_with(arena, "otlp/", 1025), "the name is longer than 1024 bytes");
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("component_id");

    tcase_add_loop_test(cases, an_id_is_a_type_and_maybe_a_name, 0,
                        (int)(sizeof(ids) / sizeof(ids[0])));
    tcase_add_test(cases, lengths_have_limits);
    return run_tests("component_id", cases);
}

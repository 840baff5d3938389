/*
 * The settings of actions on attributes: what is derived from them, and what is told where they are
 * wrong.
 */
#include "processors/action_settings.h"

#include "config/source.h"
#include "otlp/span.h"
#include "unit/config_check.h"
#include "unit/problems_fixture.h"

struct settings {
    struct block_list actions;
};

static const struct field fields[] = {
    FIELD_BLOCKS(struct settings, actions, "actions", action_fields, struct action_settings, ""),
    FIELD_END,
};

static const struct action_settings *decode(const char *actions)
{
    const char *yaml = arena_printf(arena, "{actions: %s}", actions);
    struct node *node = yaml_parse("t", yaml, strlen(yaml), arena, &problems);
    struct settings settings = {{0}};

    fields_decode(fields, &settings, node, arena, &problems);
    if (problems.errors == 0)
        actions_check(&settings.actions, "actions", node, &problems);
    return settings.actions.at;
}

/* All that is told behind "t:1:". */
static const struct {
    const char *actions, *told;
} wrong[] = {
    {"[]", "11: actions: actions needs at least one action, such as {key: team, value: cart, "
           "action: upsert}"},
    {"5", "11: actions: wants a list of maps, not \"5\""},
    {"[5]", "12: actions[0]: wants a map of settings, not a number"},
    {"[{key: a}]", "12: actions[0]: needs an action: insert, update, upsert, delete, hash, extract "
                   "or convert"},
    {"[{key: a, action: upset}]",
     "29: actions[0].action: must be insert, update, upsert, delete, hash, extract or convert, not "
     "\"upset\"; did you mean upsert?"},
    {"[{key: a, action: insert}]",
     "12: actions[0]: insert needs one of value, from_attribute and from_context"},
    {"[{key: a, value: 1, from_attribute: b, action: insert}]",
     "12: actions[0]: insert needs one of value, from_attribute and from_context"},
    {"[{key: a, from_attribute: '', action: insert}]",
     "12: actions[0]: insert needs one of value, from_attribute and from_context"},
    {"[{value: 1, action: insert}]", "12: actions[0]: insert needs a key"},
    {"[{key: '', value: 1, action: upsert}]", "12: actions[0]: upsert needs a key"},
    {"[{key: a, value: 1, pattern: b, action: insert}]",
     "31: actions[0].pattern: insert has no pattern; it is for extract, delete and hash"},
    {"[{key: a, value: 1, converted_type: int, action: update}]",
     "31: actions[0].converted_type: update has no converted_type; it is for convert"},
    {"[{key: a, value: 1, action: delete}]",
     "21: actions[0].value: delete has no value; it is for insert, update and upsert"},
    {"[{key: a, default_value: 1, action: hash}]",
     "21: actions[0].default_value: hash has no default_value; it is for insert, update and "
     "upsert"},
    {"[{action: delete}]", "12: actions[0]: delete needs a key or a pattern"},
    {"[{pattern: '', action: hash}]", "12: actions[0]: hash needs a key or a pattern"},
    {"[{pattern: '(', action: hash}]",
     "22: actions[0].pattern: no regular expression: \"(\", at character 1: missing closing "
     "parenthesis"},
    {"[{key: a, action: extract}]", "12: actions[0]: extract needs a pattern with named groups"},
    {"[{key: a, pattern: 'x', action: extract}]",
     "30: actions[0].pattern: extract needs a named group, such as (?P<name>.*)"},
    {"[{key: a, pattern: '(x)', action: extract}]",
     "30: actions[0].pattern: extract needs a named group, such as (?P<name>.*)"},
    {"[{key: a, action: convert}]",
     "12: actions[0]: convert needs converted_type: int, double or string"},
    {"[{key: a, converted_type: float, action: convert}]",
     "37: actions[0].converted_type: must be int, double or string, not \"float\""},
    {"[{key: a, from_context: auth.user, action: insert}]",
     "35: actions[0].from_context: only header fields of the request are kept, not auth.user: use "
     "metadata.NAME"},
    {"[{key: a, from_context: client.address, action: insert}]",
     "35: actions[0].from_context: only header fields of the request are kept, not "
     "client.address: use metadata.NAME"},
    {"[{key: a, from_context: metadata., action: insert}]",
     "35: actions[0].from_context: no name behind metadata."},
    {"[{key: a, value: 1, action: insert}, {action: hash}]",
     "48: actions[1]: hash needs a key or a pattern"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
    const char *wanted = arena_printf(arena, "t:1:%s\n", wrong[_i].told), *text;

    decode(wrong[_i].actions);
    text = problems_text(&problems, arena);
    ck_assert_msg(strcmp(text, wanted) == 0, "%s: %s", wrong[_i].actions, text);
    ck_assert_uint_eq(problems.errors, problems.count);
}
END_TEST

/* Of a pattern to extract by: where a group without a name begins; 0: there is none. */
static const struct {
    const char *pattern;
    unsigned unnamed;
} groups[] = {
    {"(?P<x>a)", 0},
    {"(?P<x>a)(b)", 9},
    {"(a)(?P<x>b)", 1},
    {"(?P<x>(a))", 7},
    {"(?P<x>a)(?:b)", 0},
    {"(?P<x>a)(?i:b)", 0},
    {"(?P<x>a)\\(b", 0},
    {"(?P<x>a)\\\\(b)", 11},
    {"[(](?P<x>a)(b)", 12},
    {"(?P<x>a)[^(]", 0},
    {"(?P<x>a)[](]", 0},
    {"(?P<x>a)[^](]", 0},
    {"(?P<x>a)[\\]((](b)", 15},
    {"(?P<x>a)\\Q(b\\E", 0},
    {"(?P<x>a)\\Q(b\\E(c)", 15},
    {"(?P<x>a)\\Q(b", 0},
    {"(?P<x>[()\\]]*)(?:y)", 0},
    {"(?P<x>a)[[:alpha:](]", 0},
    {"(?P<x>a)[[:alpha:]](b)", 20},
    {"(?P<x>a)[[(](b)", 13},
};

START_TEST(each_group_that_is_extracted_has_a_name)
{
    const char *text;

    decode(arena_printf(arena, "[{key: a, pattern: '%s', action: extract}]", groups[_i].pattern));
    text = problems_text(&problems, arena);
    if (groups[_i].unnamed == 0)
        ck_assert_msg(problems.count == 0, "%s: %s", groups[_i].pattern, text);
    else
        ck_assert_msg(strstr(text, arena_printf(arena,
                                                "the group at character %u has no name: write "
                                                "(?P<name>...), or (?:...)",
                                                groups[_i].unnamed)),
                      "%s: %s", groups[_i].pattern, text);
}
END_TEST

START_TEST(values_and_names_are_derived)
{
    const struct action_settings *actions =
        decode("[{key: a, value: 5, action: insert}, "
               "{key: a, from_attribute: b, default_value: [x], action: update}, "
               "{key: a, from_context: metadata.X-Tenant, action: UPSERT}, "
               "{key: a, from_context: X-Other, action: upsert}, "
               "{key: a, converted_type: double, action: convert}]");
    struct value_view value;

    ck_assert_str_eq(problems_text(&problems, arena), "");
    ck_assert_uint_eq(actions[0].action, ACTION_INSERT);
    value_read(actions[0].value_bytes, &value);
    ck_assert(value.kind == VALUE_INT && value.integer == 5);
    ck_assert_uint_eq(actions[1].action, ACTION_UPDATE);
    ck_assert_uint_eq(actions[1].value_bytes.len, 0);
    value_read(actions[1].default_bytes, &value);
    ck_assert_int_eq(value.kind, VALUE_ARRAY);
    ck_assert_uint_eq(actions[2].action, ACTION_UPSERT);
    ck_assert(str_is(actions[2].header, "x-tenant"));
    ck_assert(str_is(actions[3].header, "x-other"));
    ck_assert_uint_eq(actions[4].converted_type, ACTION_TO_DOUBLE);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("action_settings");

    tcase_add_checked_fixture(cases, problems_begin, problems_end);
    tcase_add_loop_test(cases, what_is_wrong_is_told_with_its_place, 0, COUNT(wrong));
    tcase_add_loop_test(cases, each_group_that_is_extracted_has_a_name, 0, COUNT(groups));
    tcase_add_test(cases, values_and_names_are_derived);
    return run_tests("action_settings", cases);
}

#include "commands/usage.h"

#include <string.h>

#include "base/arena.h"
#include "unit/check.h"

static const char text[] = "prog does things.\n"
                           "\n"
                           "Usage:\n"
                           "  prog --config FILE [--set KEY=VALUE] ...   run\n"
                           "  prog replay FILE ... --to PEER             send it\n"
                           "  prog completion bash|zsh                   complete\n"
                           "  prog list                                  tell\n"
                           "\n"
                           "Options:\n"
                           "  --config FILE          a file; several\n"
                           "                         are merged\n"
                           "  --strict               be strict\n"
                           "  --to PEER              of replay, list: where to\n"
                           "  --format yaml|json     of list: how\n"
                           "  -h, --help             print this\n"
                           "\n"
                           "Environment:\n"
                           "  PROG_X                 on (default) or off\n"
                           "\n"
                           "Exit codes: 0 fine, 1 not.\n";

static struct arena *arena;
static struct usage usage;

static void set_up(void)
{
    arena = arena_new(4096);
    usage_read(&usage, text, arena);
}

static void tear_down(void)
{
    arena_free(arena);
}

START_TEST(all_of_it_is_read)
{
    ck_assert_str_eq(usage.summary, "prog does things.");
    ck_assert_str_eq(usage.exit_codes, "0 fine, 1 not.");
    ck_assert_uint_eq(usage.variable_count, 1);
    ck_assert_str_eq(usage.variables[0].name, "PROG_X");
    ck_assert_str_eq(usage.variables[0].help, "on (default) or off");
}
END_TEST

START_TEST(commands_have_names_and_what_they_take)
{
    const struct usage_command *c = usage.commands;

    ck_assert_uint_eq(usage.command_count, 4);
    ck_assert_str_eq(c[0].name, "");
    ck_assert_str_eq(c[0].synopsis, "--config FILE [--set KEY=VALUE] ...");
    ck_assert_str_eq(c[0].help, "run");
    ck_assert(c[0].has_config && !c[0].has_files);
    ck_assert_str_eq(c[1].name, "replay");
    ck_assert(!c[1].has_config && c[1].has_files);
    ck_assert_str_eq(c[1].words, "");
    ck_assert_str_eq(c[2].words, "bash zsh");
    ck_assert_str_eq(c[3].words, "");
}
END_TEST

START_TEST(options_have_values_and_commands)
{
    const struct usage_option *o = usage.options;

    ck_assert_uint_eq(usage.option_count, 5);
    ck_assert_str_eq(o[0].name, "config");
    ck_assert_str_eq(o[0].value, "FILE");
    ck_assert_str_eq(o[0].help, "a file; several are merged");
    ck_assert_ptr_null(o[1].value);
    ck_assert_str_eq(o[2].commands, "replay, list");
    ck_assert_str_eq(o[2].help, "where to");
    ck_assert_str_eq(o[3].words, "yaml json");
    ck_assert_str_eq(o[4].term, "-h, --help");
    ck_assert_str_eq(o[4].name, "help");
    ck_assert(o[4].everywhere && !o[0].everywhere);
}
END_TEST

START_TEST(options_go_with_their_commands)
{
    static const char expected[4][6] = {"11001", "00101", "00001", "00111"};

    for (size_t c = 0; c < 4; c++)
        for (size_t o = 0; o < 5; o++)
            ck_assert_msg(usage_goes_with(&usage.options[o], &usage.commands[c]) ==
                              (expected[c][o] == '1'),
                          "%zu %zu", c, o);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("usage");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, all_of_it_is_read);
    tcase_add_test(cases, commands_have_names_and_what_they_take);
    tcase_add_test(cases, options_have_values_and_commands);
    tcase_add_test(cases, options_go_with_their_commands);
    return run_tests("usage", cases);
}

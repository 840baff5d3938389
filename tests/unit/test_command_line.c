/*
 * What words become; that wrong ones are told is for the program's own tests (01_cli).
 */
#include "commands/command_line.h"

#include <stdlib.h>
#include <string.h>

#include "unit/check.h"

enum { WORDS_MAX = 16 };

/* The words stand in one text, with blanks between them. */
static bool parse(struct command_line *line, char *text)
{
    char program[] = "otelc", *words[WORDS_MAX] = {program};
    int count = 1;

    for (char *word = strtok(text, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    return command_line_parse(line, count, words);
}

START_TEST(a_command_is_a_word)
{
    static const struct {
        const char *text;
        enum command command;
        bool good;
    } cases[] = {
        {"", COMMAND_RUN, true},
        {"--config a.yaml", COMMAND_RUN, true},
        {"validate --config=a.yaml", COMMAND_VALIDATE, true},
        {"--config a.yaml validate", COMMAND_VALIDATE, true},
        {"print-initial-config", COMMAND_PRINT_CONFIG, true},
        {"explain exporters.jaeger", COMMAND_EXPLAIN, true},
        {"replay validate", COMMAND_REPLAY, true}, /* the second word is a file */
        {"generate", COMMAND_GENERATE, true},
        {"--help", COMMAND_HELP, true},
        {"-v", COMMAND_VERSION, true},
        {"help replay", COMMAND_HELP, true},
        {"replay --help", COMMAND_HELP, true},
        {"-strict validate -config a.yaml", COMMAND_VALIDATE, true},
        {"--strict=true", COMMAND_RUN, false},
        {"--seed 1 replay", COMMAND_REPLAY, false},
        {"--help validate", COMMAND_HELP, true},
        {"replay a.json --help b.json", COMMAND_HELP, true},
        {"run", COMMAND_RUN, false},
        {"validate components", COMMAND_VALIDATE, false},
        {"generate generate", COMMAND_GENERATE, false},
        {"a.yaml", COMMAND_RUN, false},
        {"--nope 1", COMMAND_RUN, false},
        {"--config", COMMAND_RUN, false},
        {"--set nothing", COMMAND_RUN, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text = strdup(cases[i].text);
        struct command_line line;

        ck_assert_msg(parse(&line, text) == cases[i].good, "%s", cases[i].text);
        ck_assert_int_eq(line.command, cases[i].command);
        command_line_done(&line);
        free(text);
    }
}
END_TEST

START_TEST(options_have_values)
{
    char text[] = "--workers 3 --memory-limit=100 --shutdown-timeout 2s -config a --set b.c=d "
                  "--watch";
    struct command_line line;

    ck_assert(parse(&line, text));
    ck_assert_uint_eq(line.options.workers, 3);
    ck_assert_uint_eq(line.options.memory_limit, 100 << 20);
    ck_assert_uint_eq(line.options.shutdown_timeout_ms, 2000);
    ck_assert(line.options.watch && !line.strict);
    ck_assert_uint_eq(line.source_count, 2);
    ck_assert_str_eq(line.sources[0].text, "a");
    ck_assert_str_eq(line.sources[1].text, "b.c=d");
    command_line_done(&line);
}
END_TEST

START_TEST(values_have_limits)
{
    static const char *const wrong[] = {
        "--workers 0",      "--workers 257",        "--workers x",  "--memory-limit 101%",
        "--memory-limit 0", "--shutdown-timeout x", "--rate 0",     "--mode secret",
        "--format xml",     "--timeout 0s",         "--services 0", "--errors 101",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char *text = strdup(wrong[i]);
        struct command_line line;

        ck_assert_msg(!parse(&line, text), "%s", wrong[i]);
        command_line_done(&line);
        free(text);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("command_line");

    tcase_add_test(cases, a_command_is_a_word);
    tcase_add_test(cases, options_have_values);
    tcase_add_test(cases, values_have_limits);
    return run_tests("command_line", cases);
}

/*
 * roff with the macros of man(7).
 */
#include "commands/manual.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/version.h"
#include "commands/usage.h"

enum { LINE_WIDTH = 70 /* from which on a blank ends a line */ };

/* No line is taken for a request, and hyphens are those that can be copied. */
static void print_text(const char *text)
{
    size_t column = 0;

    for (; *text; text++) {
        if (*text == ' ' && column >= LINE_WIDTH) {
            putchar('\n');
            column = 0;
            continue;
        }
        if (column++ == 0 && (*text == '.' || *text == '\''))
            printf("\\&");
        if (*text == '-')
            printf("\\-");
        else if (*text == '\\')
            printf("\\e");
        else
            putchar(*text);
    }
}

static void print_item(const char *term, const char *help)
{
    printf(".TP\n\\fB");
    print_text(term);
    printf("\\fR\n");
    print_text(help);
    printf(".\n");
}

static void print_signals(void)
{
    static const char *const items[][2] = {
        {"SIGTERM, SIGINT", "delivers what is held, and ends; a second one ends at once"},
        {"SIGHUP", "takes the configuration anew; what is wrong with it changes nothing"},
    };

    printf(".SH SIGNALS\n");
    for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++)
        print_item(items[i][0], items[i][1]);
}

void manual_print(const char *usage_text)
{
    struct arena *arena = arena_new(1 << 16);
    struct usage usage;

    usage_read(&usage, usage_text, arena);
    printf(".TH OTELC 1 \"" OTELC_DATE "\" \"otelc " OTELC_VERSION "\" \"User Commands\"\n"
           ".SH NAME\n"
           "otelc \\- an OpenTelemetry collector\n"
           ".SH SYNOPSIS\n");
    for (size_t i = 0; i < usage.command_count; i++) {
        printf("%s.B otelc\n", i > 0 ? ".br\n" : "");
        print_text(usage.commands[i].synopsis);
        printf("\n");
    }
    printf(".SH DESCRIPTION\n");
    print_text(usage.summary);
    printf("\n.SH COMMANDS\n");
    for (size_t i = 0; i < usage.command_count; i++)
        print_item(*usage.commands[i].name ? usage.commands[i].name : usage.commands[i].synopsis,
                   usage.commands[i].help);
    printf(".SH OPTIONS\n");
    for (size_t i = 0; i < usage.option_count; i++) {
        const struct usage_option *option = &usage.options[i];

        print_item(option->term, *option->commands ? arena_printf(arena, "of %s: %s",
                                                                  option->commands, option->help)
                                                   : option->help);
    }
    printf(".SH ENVIRONMENT\n");
    for (size_t i = 0; i < usage.variable_count; i++)
        print_item(usage.variables[i].name, usage.variables[i].help);
    printf(".SH EXIT STATUS\n");
    print_text(usage.exit_codes);
    printf("\n");
    print_signals();
    printf(".SH EXAMPLES\n"
           ".nf\n"
           "otelc \\-\\-config otel\\-collector\\-config.yaml\n"
           "otelc explain exporters.jaeger.endpoint\n"
           "otelc print\\-config \\-\\-config otel\\-collector\\-config.yaml\n"
           ".fi\n"
           ".SH SEE ALSO\n"
           "All keys of the configuration:\n"
           ".B otelc reference\n");
    arena_free(arena);
}

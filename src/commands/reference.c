/*
 * Each component as a heading with a table of its keys. A block's keys stand behind it, with their
 * path.
 */
#include "commands/reference.h"

#include <stdio.h>

#include "service/components.h"
#include "service/configuration.h"

static const char intro[] = "# Configuration: every key\n"
                            "\n"
                            "<!-- Printed by `otelc reference`; `make docs` writes it anew. -->\n"
                            "\n"
                            "How the file is read, merged and expanded: "
                            "[config-language.md](config-language.md). Here is what\n"
                            "can stand in it. A component's id is its type, or `type/name`. A key "
                            "without a default is empty.\n";

static const char *const type_words[] = {
    [FIELD_TYPE_BOOL] = "true or false",
    [FIELD_TYPE_UINT] = "number",
    [FIELD_TYPE_NUMBER] = "number",
    [FIELD_TYPE_DURATION] = "duration",
    [FIELD_TYPE_STRING] = "text",
    [FIELD_TYPE_SECRET] = "text, never shown",
    [FIELD_TYPE_CHOICE] = "one of",
    [FIELD_TYPE_STRINGS] = "list of texts",
    [FIELD_TYPE_SECRETS] = "list of texts, never shown",
    [FIELD_TYPE_HEADERS] = "map of texts, values never shown",
    [FIELD_TYPE_EXTENSION] = "id of an extension",
    [FIELD_TYPE_AUTHENTICATOR] = "id of an extension",
    [FIELD_TYPE_BLOCK] = "block",
    [FIELD_TYPE_SWITCH] = "block, on where it stands",
    [FIELD_TYPE_BLOCKS] = "list of blocks",
    [FIELD_TYPE_TEXTS] = "map of texts",
    [FIELD_TYPE_NODE] = "any value",
    [FIELD_TYPE_IGNORED] = "any",
};

void reference_put_type(struct buf *out, const struct field *field)
{
    buf_append_str(out, str_of(type_words[field->type]));
    for (const char *const *choice = field->choices; choice && *choice; choice++)
        buf_printf(out, "%s %s", choice == field->choices ? "" : ",", *choice);
}

static void print_type(const struct field *field)
{
    struct buf type = {0};

    reference_put_type(&type, field);
    printf("%s", buf_text(&type));
    buf_done(&type);
}

/* path: of the block around, with a dot at its end; its content is as before at the end. */
static void print_fields(const struct field *fields, struct buf *path)
{
    size_t outer = path->len;

    for (const struct field *field = fields; field && field->name; field++) {
        printf("| `%.*s%s` | ", STR_ARG(buf_str(path)), field->name);
        print_type(field);
        printf(" | %s%s%s | %s%s%s |\n", field->preset ? "`" : "",
               field->preset ? field->preset : "", field->preset ? "`" : "", field->help,
               field->note ? ": " : "", field->note ? field->note : "");
        if (!field->fields || field->fields == fields) /* a list of what it stands in */
            continue;
        buf_printf(path, "%s%s.", field->name, field->type == FIELD_TYPE_BLOCKS ? "[]" : "");
        print_fields(field->fields, path);
        path->len = outer;
    }
}

static void print_table(const struct field *fields)
{
    struct buf path = {0};

    printf("\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
    print_fields(fields, &path);
    buf_done(&path);
}

static void print_component(const struct component_type *type)
{
    printf("\n### %s\n\n%s.", type->name, type->help);
    for (const char *const *name = type->old_names; name && *name; name++)
        printf("%s `%s`", name == type->old_names ? " Also as" : ",", *name);
    printf("\n");
    if (type->fields && type->fields->name)
        print_table(type->fields);
}

void reference_print(void)
{
    static const char *const kinds[COMPONENT_KINDS] = {"Receivers", "Processors", "Exporters",
                                                       "Extensions", "Connectors"};

    printf("%s", intro);
    printf("\n## Service\n");
    print_table(service_fields);
    for (unsigned kind = 0; kind < COMPONENT_KINDS; kind++) {
        bool any = false;

        for (const struct component_type *const *type = component_types; *type; type++) {
            if ((*type)->kind != kind)
                continue;
            if (!any)
                printf("\n## %s\n", kinds[kind]);
            any = true;
            print_component(*type);
        }
    }
}

/*
 * Ids as upstream has them: "jaeger", "otlp/2".
 */
#include "service/component_id.h"

#include <string.h>

#include "base/arena.h"

enum { TYPE_MAX_LEN = 63, NAME_MAX_LEN = 1024 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *wrong_with_type(struct str type)
{
    if (type.len == 0)
        return "the part before \"/\" is empty";
    if (type.len > TYPE_MAX_LEN)
        return "the type is longer than 63 characters";
    if (!is_letter(type.at[0]))
        return "a type starts with a letter";
    for (size_t i = 0; i < type.len; i++)
        if (!is_letter(type.at[i]) && type.at[i] != '_' && (type.at[i] < '0' || type.at[i] > '9'))
            return "a type is made of letters, digits and \"_\"";
    return NULL;
}

/* U+0080 to U+00A0, U+2000 to U+202F, U+3000: controls and blanks beyond ASCII. */
static bool starts_with_blank(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;

    return (c[0] == 0xc2 && c[1] <= 0xa0) || (c[0] == 0xe2 && c[1] == 0x80 && c[2] <= 0xaf) ||
           (c[0] == 0xe3 && c[1] == 0x80 && c[2] == 0x80);
}

static const char *wrong_with_name(struct str name)
{
    if (name.len == 0)
        return "the part after \"/\" is empty";
    if (name.len > NAME_MAX_LEN)
        return "the name is longer than 1024 bytes";
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] <= ' ' || strchr("$+<=>^`|~\x7f", name.at[i]) ||
            starts_with_blank(name.at + i))
            return "a name holds no blanks, control characters and none of $ + < = > ^ ` | ~";
    return NULL;
}

const char *component_id_parse(struct arena *arena, const char *text, struct component_id *id)
{
    const char *slash = strchr(text, '/');
    struct str type = str_trim(slash ? (struct str){text, (size_t)(slash - text)} : str_of(text));
    struct str name = slash ? str_trim(str_of(slash + 1)) : (struct str){0};
    const char *wrong = wrong_with_type(type);

    if (!wrong && slash)
        wrong = wrong_with_name(arena_copy(arena, name));
    if (wrong)
        return wrong;
    id->type = arena_copy(arena, type).at;
    id->whole = slash ? arena_printf(arena, "%s/%.*s", id->type, STR_ARG(name)) : id->type;
    return NULL;
}

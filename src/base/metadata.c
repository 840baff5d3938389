/*
 * Each field is its two lengths, its name and its value.
 */
#include "base/metadata.h"

struct lengths {
    uint32_t name, value;
};

enum { FIRST_CAP = 512 };

static bool make_room(struct bytes **list, size_t len)
{
    size_t wanted = *list ? (*list)->len + len : len;
    size_t cap = *list ? (*list)->cap : FIRST_CAP;
    struct bytes *roomy;

    while (cap < wanted)
        cap *= 2;
    roomy = *list ? bytes_grow(*list, cap) : bytes_new(cap);
    if (roomy)
        *list = roomy;
    return roomy != NULL;
}

bool metadata_add(struct bytes **list, struct str name, struct str value)
{
    struct lengths lengths = {(uint32_t)name.len, (uint32_t)value.len};
    char *at;

    if (name.len > UINT32_MAX || value.len > UINT32_MAX ||
        !make_room(list, sizeof(lengths) + name.len + value.len))
        return false;
    at = (*list)->at + (*list)->len;
    memcpy(at, &lengths, sizeof(lengths));
    at += sizeof(lengths);
    for (size_t i = 0; i < name.len; i++)
        *at++ = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] | 0x20) : name.at[i];
    if (value.len > 0)
        memcpy(at, value.at, value.len);
    (*list)->len += sizeof(lengths) + name.len + value.len;
    return true;
}

bool metadata_next(const struct bytes *list, size_t *at, struct metadata_field *field)
{
    struct lengths lengths;
    const char *text;
    size_t rest = list && *at < list->len ? list->len - *at : 0;

    if (rest < sizeof(lengths))
        return false;
    memcpy(&lengths, list->at + *at, sizeof(lengths));
    rest -= sizeof(lengths);
    if (lengths.name > rest || lengths.value > rest - lengths.name)
        return false;
    text = list->at + *at + sizeof(lengths);
    field->name = (struct str){text, lengths.name};
    field->value = (struct str){text + lengths.name, lengths.value};
    *at += sizeof(lengths) + lengths.name + lengths.value;
    return true;
}

bool metadata_next_value(const struct bytes *list, size_t *at, struct str name, struct str *value)
{
    struct metadata_field field;

    while (metadata_next(list, at, &field)) {
        if (str_eq(field.name, name)) {
            *value = field.value;
            return true;
        }
    }
    return false;
}

/*
 * Percent-decoding.
 */
#include "viewer/params.h"

#include "base/hex.h"
#include "base/utf8.h"

bool percent_decode(struct str text, bool plus, struct arena *arena, struct str *decoded,
                    struct error *err)
{
    char *to = arena_alloc(arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '%') {
            if (text.len - i < 3 || hex_digit(text.at[i + 1]) < 0 || hex_digit(text.at[i + 2]) < 0)
                return error_set(err, "a %% stands without two hexadecimal digits behind it: "
                                      "write %%25 for the sign itself");
            c = (char)(hex_digit(text.at[i + 1]) << 4 | hex_digit(text.at[i + 2]));
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return error_set(err, "there is a %%00");
        to[len++] = c;
    }
    *decoded = (struct str){to, len};
    return utf8_valid(*decoded) || error_set(err, "it is not UTF-8");
}

static bool add(struct params *params, struct str pair, struct arena *arena, struct error *err)
{
    const char *equals = memchr(pair.at, '=', pair.len);
    size_t name = equals ? (size_t)(equals - pair.at) : pair.len;
    size_t value = equals ? name + 1 : name;
    struct param *param = &params->at[params->count];

    if (params->count == PARAMS_MAX)
        return error_set(err, "there are more than %d parameters", PARAMS_MAX);
    params->count++;
    return percent_decode((struct str){pair.at, name}, true, arena, &param->name, err) &&
           percent_decode((struct str){pair.at + value, pair.len - value}, true, arena,
                          &param->value, err);
}

bool params_read(struct params *params, struct str query, struct arena *arena, struct error *err)
{
    params->count = 0;
    while (query.len > 0) {
        const char *end = memchr(query.at, '&', query.len);
        size_t len = end ? (size_t)(end - query.at) : query.len;

        if (len > 0 && !add(params, (struct str){query.at, len}, arena, err))
            return error_prefix(err, "the query string cannot be read");
        len += end != NULL;
        query = (struct str){query.at + len, query.len - len};
    }
    return true;
}

bool params_find(const struct params *params, const char *name, struct str *value)
{
    for (size_t i = 0; i < params->count; i++) {
        if (!str_is(params->at[i].name, name))
            continue;
        *value = params->at[i].value;
        return value->len > 0;
    }
    return false;
}

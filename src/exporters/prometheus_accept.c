/*
 * Accept and Accept-Encoding: RFC 9110 12.5. Weights count in thousandths.
 */
#include "exporters/prometheus_accept.h"

#include <limits.h>

enum { WEIGHT_FULL = 1000 };

/* The part of a list before the next separator; false: it has ended. */
static bool next_part(struct str *list, char separator, struct str *part)
{
    const char *end;
    size_t len;

    if (list->len == 0)
        return false;
    end = memchr(list->at, separator, list->len);
    len = end ? (size_t)(end - list->at) : list->len;
    *part = str_trim((struct str){list->at, len});
    len += end != NULL;
    *list = (struct str){list->at + len, list->len - len};
    return true;
}

/* "0.75" -> 750; what is no weight has none. */
static int read_weight(struct str text)
{
    int weight, unit = WEIGHT_FULL / 10;

    if (text.len == 0 || (text.at[0] != '0' && text.at[0] != '1'))
        return 0;
    weight = (text.at[0] - '0') * WEIGHT_FULL;
    for (size_t i = 2; i < text.len && text.at[1] == '.'; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        weight += (text.at[i] - '0') * unit;
    }
    return weight < WEIGHT_FULL ? weight : WEIGHT_FULL;
}

struct choice {
    struct str name;
    struct str version; /* empty: not told */
    int weight;
};

/* "text/plain;version=0.0.4;q=0.5" */
static struct choice read_choice(struct str item)
{
    struct choice choice = {.weight = WEIGHT_FULL};
    struct str part;

    next_part(&item, ';', &choice.name);
    while (next_part(&item, ';', &part)) {
        if (part.len > 2 && (part.at[0] == 'q' || part.at[0] == 'Q') && part.at[1] == '=')
            choice.weight = read_weight((struct str){part.at + 2, part.len - 2});
        else if (str_starts(part, STR("version=")))
            choice.version = (struct str){part.at + 8, part.len - 8};
    }
    return choice;
}

static bool is_open_metrics(const struct choice *choice)
{
    return str_eq_nocase(choice->name, STR("application/openmetrics-text")) &&
           (choice->version.len == 0 || str_eq(choice->version, STR("1.0.0")));
}

static bool is_text(const struct choice *choice)
{
    return str_eq_nocase(choice->name, STR("text/plain")) ||
           str_eq_nocase(choice->name, STR("text/*"));
}

bool prometheus_accepts_open_metrics(const struct bytes *fields)
{
    struct str value, item;
    int open_metrics = 0, text = 0;
    size_t at = 0;

    while (metadata_next_value(fields, &at, STR("accept"), &value))
        while (next_part(&value, ',', &item)) {
            struct choice choice = read_choice(item);

            if (is_open_metrics(&choice) && choice.weight > open_metrics)
                open_metrics = choice.weight;
            else if (is_text(&choice) && choice.weight > text)
                text = choice.weight;
        }
    return open_metrics > 0 && open_metrics >= text;
}

bool prometheus_accepts_gzip(const struct bytes *fields)
{
    struct str value, item;
    int gzip = INT_MIN, any = 0;
    size_t at = 0;

    while (metadata_next_value(fields, &at, STR("accept-encoding"), &value))
        while (next_part(&value, ',', &item)) {
            struct choice choice = read_choice(item);

            if (str_eq_nocase(choice.name, STR("gzip")))
                gzip = choice.weight;
            else if (str_eq(choice.name, STR("*")))
                any = choice.weight;
        }
    return (gzip == INT_MIN ? any : gzip) > 0;
}

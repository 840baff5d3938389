/*
 * Reading and writing tracestate: lists of pairs, in a list of pairs.
 */
#include "processors/trace_state.h"

static const struct str ot_key = STR_INIT("ot");

/* The next part of a list, without blanks; parts may be empty. False: there are no more. */
static bool next_part(struct str *rest, char separator, struct str *part)
{
    const char *end;

    if (!rest->at)
        return false;
    end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    if (!end) {
        *part = str_trim(*rest);
        *rest = (struct str){NULL, 0};
        return true;
    }
    *part = str_trim((struct str){rest->at, (size_t)(end - rest->at)});
    *rest = (struct str){end + 1, rest->len - (size_t)(end + 1 - rest->at)};
    return true;
}

static bool split_pair(struct str part, char separator, struct str *key, struct str *value)
{
    const char *at = part.len > 0 ? memchr(part.at, separator, part.len) : NULL;

    if (!at)
        return false;
    *key = (struct str){part.at, (size_t)(at - part.at)};
    *value = (struct str){at + 1, part.len - key->len - 1};
    return true;
}

bool trace_state_get(struct str state, struct str key, struct str *value)
{
    struct str part, name;

    while (next_part(&state, ',', &part))
        if (split_pair(part, '=', &name, value) && str_eq(name, key))
            return true;
    return false;
}

bool ot_digits_read(struct str digits, uint64_t *number)
{
    *number = 0;
    if (digits.len == 0 || digits.len > OT_DIGITS)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.at[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        *number = *number << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *number <<= 4 * (OT_DIGITS - digits.len);
    return true;
}

static bool read_pair(struct str key, struct str value, struct ot_member *ot)
{
    if (str_is(key, "th")) {
        ot->has_threshold = ot_digits_read(value, &ot->threshold);
        return ot->has_threshold;
    }
    if (str_is(key, "rv")) {
        ot->has_randomness = value.len == OT_DIGITS && ot_digits_read(value, &ot->randomness);
        return ot->has_randomness;
    }
    return true;
}

bool ot_member_read(struct str state, struct ot_member *ot)
{
    struct str rest, part, key, value;

    *ot = (struct ot_member){0};
    if (!trace_state_get(state, ot_key, &rest))
        return true;
    while (next_part(&rest, ';', &part))
        if (!split_pair(part, ':', &key, &value) || !read_pair(key, value, ot)) {
            *ot = (struct ot_member){0};
            return false;
        }
    return true;
}

void ot_digits_write(struct buf *out, uint64_t number, bool all)
{
    unsigned left = OT_DIGITS;

    do {
        left--;
        buf_append_char(out, "0123456789abcdef"[number >> 4 * left & 0xf]);
    } while (left > 0 && (all || (number & (((uint64_t)1 << 4 * left) - 1)) != 0));
}

/* What the old member has beside th and rv. */
static void write_others(struct str member, struct buf *out)
{
    struct str part, key, value;

    while (next_part(&member, ';', &part))
        if (split_pair(part, ':', &key, &value) && !str_is(key, "th") && !str_is(key, "rv")) {
            buf_append_char(out, ';');
            buf_append_str(out, part);
        }
}

void ot_member_write(struct str state, const struct ot_member *ot, struct buf *out)
{
    struct str member = {NULL, 0}, part, key, value;

    buf_append_str(out, STR("ot="));
    if (ot->has_randomness) {
        buf_append_str(out, STR("rv:"));
        ot_digits_write(out, ot->randomness, true);
    }
    if (ot->has_threshold) {
        buf_append_str(out, ot->has_randomness ? STR(";th:") : STR("th:"));
        ot_digits_write(out, ot->threshold, false);
    }
    if (trace_state_get(state, ot_key, &member))
        write_others(member, out);
    while (next_part(&state, ',', &part)) {
        if (part.len == 0 || (split_pair(part, '=', &key, &value) && str_eq(key, ot_key)))
            continue;
        buf_append_char(out, ',');
        buf_append_str(out, part);
    }
}

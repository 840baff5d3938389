/*
 * Room in what json_read() writes, and lengths in front of what they measure.
 *
 * A message's length is known at its end only, but stands in front. It gets one byte of room, and
 * is moved where it turns out longer than 127 bytes. The groups around all spans, and what lies
 * deep in nested values, get room for any length at once, so that no byte is moved often.
 */
#include "otlp/json_read_priv.h"

bool json_output_room_slow(struct reader *r, size_t len)
{
    size_t used = (size_t)(r->to - r->out->at);
    struct bytes *grown;

    grown = bytes_grow(r->out, used + used / 2 + len + 256);
    if (!grown) {
        r->no_room = true;
        return json_fail(&r->json, "the memory budget is used up");
    }
    r->out = grown;
    r->to = grown->at + used;
    r->limit = grown->at + grown->cap;
    return true;
}

static void put_padded_length(char *to, size_t len)
{
    for (unsigned i = 0; i < LENGTH_MAX; i++)
        to[i] = (char)((len >> (7 * i) & 0x7f) | (i < LENGTH_MAX - 1 ? 0x80 : 0));
}

bool json_output_end_slow(struct reader *r, size_t start, bool wide)
{
    char *at = r->out->at + start;
    size_t len = (size_t)(r->to - at), shift = 0;

    if (wide) {
        put_padded_length(at - LENGTH_MAX, len);
        return true;
    }
    for (size_t rest = len >> 7; rest > 0; rest >>= 7)
        shift++;
    if (!json_output_room(r, shift))
        return false;
    at = r->out->at + start;
    memmove(at + shift, at, len);
    r->to = at - 1;
    json_output_varint(r, len);
    r->to += len;
    return true;
}

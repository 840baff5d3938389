#include "pipeline/journal_head.h"

#include <stdint.h>

enum { VERSION = 1, FIXED = 4 };

void journal_head_write(struct buf *out, const struct journal_head *head)
{
    const uint8_t fixed[FIXED] = {VERSION, (uint8_t)head->signal, (uint8_t)(head->id.len & 0xff),
                                  (uint8_t)(head->id.len >> 8)};

    buf_append(out, fixed, sizeof(fixed));
    buf_append(out, head->id.at, head->id.len & 0xffff);
    buf_append_str(out, head->metadata);
}

bool journal_head_read(struct str bytes, struct journal_head *head)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    size_t len;

    if (bytes.len < FIXED || at[0] != VERSION || at[1] >= SIGNAL_KINDS)
        return false;
    len = at[2] | (size_t)at[3] << 8;
    if (len > bytes.len - FIXED)
        return false;
    head->signal = (enum signal)at[1];
    head->id = (struct str){bytes.at + FIXED, len};
    head->metadata = (struct str){bytes.at + FIXED + len, bytes.len - FIXED - len};
    return true;
}

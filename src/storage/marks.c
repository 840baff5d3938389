/*
 * A set of bits, and its file.
 */
#include "storage/marks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "storage/disk.h"
#include "storage/format.h"

enum { BITS = 64, AT_ONCE = 256 };

void marks_done(struct marks *marks)
{
    free(marks->words);
    *marks = (struct marks){0};
}

bool marks_has(const struct marks *marks, uint64_t number)
{
    return number / BITS < marks->count &&
           (marks->words[number / BITS] >> (number % BITS) & 1) != 0;
}

bool marks_add(struct marks *marks, uint64_t number)
{
    size_t word = (size_t)(number / BITS), count;

    if (marks_has(marks, number))
        return false;
    if (word >= marks->count) {
        count = word + 1 > 2 * marks->count ? word + 1 : 2 * marks->count;
        marks->words = mem_grow(marks->words, count * sizeof(*marks->words));
        memset(marks->words + marks->count, 0, (count - marks->count) * sizeof(*marks->words));
        marks->count = count;
    }
    marks->words[word] |= (uint64_t)1 << (number % BITS);
    return true;
}

void marks_load(struct marks *marks, int fd, uint64_t salt, uint64_t limit)
{
    char bytes[AT_ONCE * MARK];
    uint64_t number, most = 4 * limit * MARK; /* some may be there twice, or be torn */
    ssize_t len;

    while (marks->end < most && (len = disk_read(fd, bytes, sizeof(bytes), marks->end)) > 0) {
        for (ssize_t at = 0; at + MARK <= len; at += MARK)
            if (mark_read(&number, bytes + at, salt) && number < limit)
                marks_add(marks, number);
        marks->end += (uint64_t)(len + MARK - 1) / MARK * MARK; /* what is torn stays behind */
    }
}

bool marks_append(struct marks *marks, int fd, uint64_t salt, const uint32_t *numbers, size_t count)
{
    char bytes[AT_ONCE * MARK];
    struct iovec part = {.iov_base = bytes};
    size_t now;

    for (; count > 0; count -= now, numbers += now) {
        now = count < AT_ONCE ? count : AT_ONCE;
        for (size_t i = 0; i < now; i++)
            mark_write(bytes + i * MARK, numbers[i], salt);
        part.iov_len = now * MARK;
        if (disk_write(fd, &part, 1, marks->end) != (ssize_t)part.iov_len)
            return false; /* the next ones are written over these */
        marks->end += part.iov_len;
    }
    return true;
}

/*
 * What compressions are called, and which of them are written here.
 */
#include "exporters/compression.h"

#include <math.h>

const char *const compression_choices[] = {
    "none", "gzip", "zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "lz4", "", NULL};
static const enum encoding encodings[] = {ENCODING_IDENTITY, ENCODING_GZIP,    ENCODING_ZSTD,
                                          ENCODING_DEFLATE,  ENCODING_DEFLATE, ENCODING_UNKNOWN,
                                          ENCODING_UNKNOWN,  ENCODING_UNKNOWN, ENCODING_IDENTITY};

const struct field compression_params_fields[] = {
    FIELD_NUMBER(struct compression_settings, level, "level", "-1", -7, ENCODE_ZSTD_LEVEL_MAX,
                 "gzip, zlib and deflate: 0 to 9, zstd: up to 19; -1: fast"),
    FIELD_END,
};

void compression_check(struct compression_settings *s, bool deflate, const struct node *node,
                       struct problems *problems)
{
    s->encoding = encodings[s->choice];
    if (s->encoding == ENCODING_UNKNOWN || (s->encoding == ENCODING_DEFLATE && !deflate)) {
        note_at(problems, node_near(node, "compression"),
                "%s is not written here: gzip is used, which every peer takes",
                compression_choices[s->choice]);
        s->encoding = ENCODING_GZIP;
    }
    if (s->level != floor(s->level) ||
        (s->encoding != ENCODING_ZSTD && (s->level < -2 || s->level > ENCODE_GZIP_LEVEL_MAX)))
        error_at(problems, node_near(node, "compression_params"),
                 "level: %s has whole numbers from -2 to %d", encoding_name(s->encoding),
                 s->encoding == ENCODING_ZSTD ? ENCODE_ZSTD_LEVEL_MAX : ENCODE_GZIP_LEVEL_MAX);
}

struct encoder *compression_encoder(const struct compression_settings *s)
{
    return s->encoding == ENCODING_IDENTITY ? NULL : encoder_new(s->encoding, (int)s->level);
}

/*
 * Small texts of settings and header fields: endpoints, durations, numbers, base64, hexadecimal,
 * UTF-8, gRPC's time-outs and messages, CORS. What is taken means the same when it is written and
 * read again.
 *
 * The first byte says which reader gets the rest.
 */
#include <assert.h>
#include <math.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "config/duration.h"
#include "config/scalar.h"
#include "exporters/endpoint.h"
#include "exporters/jaeger_endpoint.h"
#include "exporters/otlp_endpoint.h"
#include "fuzz/fuzz.h"
#include "net/cors.h"
#include "net/grpc.h"
#include "net/listen_address.h"

/* No name is looked up: see tests.mk. */
int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found);

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found)
{
    struct addrinfo numbers = *hints;

    numbers.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(host, service, &numbers, found);
}

static void try_listen_address(const char *text)
{
    struct listen_address list[LISTEN_MAX_FDS], again[LISTEN_MAX_FDS];
    size_t count;
    struct error err = {0};

    count = listen_address_resolve(text, list, &err);
    assert(count <= LISTEN_MAX_FDS && (count > 0 || err.text[0]));
    for (size_t i = 0; i < count; i++) {
        struct buf shown = {0}, second = {0};

        listen_address_write(&shown, &list[i]);
        assert(listen_address_resolve(buf_text(&shown), again, &err) == 1);
        listen_address_write(&second, &again[0]);
        assert(str_eq(buf_str(&shown), buf_str(&second)));
        buf_done(&shown);
        buf_done(&second);
    }
}

static void try_jaeger_endpoint(const char *text)
{
    for (unsigned options = 0; options < 4; options++) {
        bool thrift = options & 1, insecure = options & 2;
        struct jaeger_endpoint first, again;

        if (!jaeger_endpoint_read(&first, str_of(text), thrift, insecure)) {
            struct str url = buf_str(&first.url);

            assert(str_starts(url, STR("http://")) || str_starts(url, STR("https://")));
            assert(!(thrift && first.wire == JAEGER_GRPC));
            assert(!memchr(endpoint_shown(url).at, '@', endpoint_shown(url).len));
            if (first.wire == JAEGER_THRIFT) {
                assert(!jaeger_endpoint_read(&again, url, thrift, insecure));
                assert(str_eq(url, buf_str(&again.url)) && again.wire == JAEGER_THRIFT);
                jaeger_endpoint_done(&again);
            }
        }
        jaeger_endpoint_done(&first);
    }
}

/* A URL that is read again is the same; of one signal, as it is. */
static void try_otlp_endpoint(const char *text)
{
    for (unsigned i = 0; i < 2 + 2 * SIGNAL_KINDS; i++) {
        bool http = i >= 2, whole = i >= 2 + SIGNAL_KINDS;
        enum signal signal = http ? (enum signal)((i - 2) % SIGNAL_KINDS) : TRACES;
        struct otlp_endpoint first, again;

        if (!(http ? otlp_endpoint_http(&first, str_of(text), signal, whole)
                   : otlp_endpoint_grpc(&first, str_of(text), i))) {
            struct str url = buf_str(&first.url);

            assert(str_starts(url, STR("http://")) || str_starts(url, STR("https://")));
            assert(!(http ? otlp_endpoint_http(&again, url, signal, true)
                          : otlp_endpoint_grpc(&again, url, i)));
            assert(str_eq(url, buf_str(&again.url)));
            otlp_endpoint_done(&again);
        }
        otlp_endpoint_done(&first);
    }
}

static void try_duration(const char *text)
{
    uint64_t ms = UINT64_MAX, again;
    struct buf shown = {0};

    if (duration_parse(text, &ms))
        return;
    assert(ms <= INT64_MAX / 1000000 + 1);
    buf_printf(&shown, "%llums", (unsigned long long)ms);
    if (ms <= INT64_MAX / 1000000)
        assert(!duration_parse(buf_text(&shown), &again) && again == ms);
    buf_done(&shown);
}

static void try_scalar(const char *text)
{
    enum scalar_type type = scalar_type_of(text);
    bool negative, truth;
    uint64_t whole;
    double number;

    assert(*scalar_what(type));
    assert(scalar_bool(text, &truth) == (type == SCALAR_BOOL));
    assert(scalar_number(text, &number) == (type == SCALAR_NUMBER));
    if (scalar_whole(text, &negative, &whole)) {
        assert(type == SCALAR_NUMBER && number == floor(number));
        assert(fabs(number) <= 0x1p64 && (negative ? number <= 0 : number >= 0));
        assert(fabs(fabs(number) - (double)whole) <= fabs(number) * 0x1p-52);
    }
}

static void try_base64(const char *text, size_t len)
{
    struct str in = {text, len};
    struct buf bytes = {0}, encoded = {0}, again = {0};

    if (base64_decode(in, buf_reserve(&bytes, len * 3 / 4 + 1), &bytes.len))
        assert(bytes.len <= len * 3 / 4);
    for (int padded = 0; padded < 2; padded++) {
        buf_reset(&encoded);
        buf_reset(&again);
        base64_append(&encoded, in, padded);
        assert(base64_decode(buf_str(&encoded), buf_reserve(&again, encoded.len), &again.len));
        assert(str_eq(buf_str(&again), in));
    }
    buf_done(&bytes);
    buf_done(&encoded);
    buf_done(&again);
}

static void try_hex(const char *text, size_t len)
{
    struct buf digits = {0};

    hex_append(&digits, (struct str){text, len});
    assert(digits.len == 2 * len);
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(digits.at[2 * i]), low = hex_digit(digits.at[2 * i + 1]);

        assert(high >= 0 && low >= 0 && high * 16 + low == (unsigned char)text[i]);
        assert(hex_digit(text[i]) <= 15);
    }
    buf_done(&digits);
}

/* By the definition: one character after the other. */
static bool utf8_by_characters(struct str s)
{
    size_t len;

    while (s.len > 0 && (len = utf8_char(s)) > 0) {
        assert(len <= 4 && len <= s.len);
        s = (struct str){s.at + len, s.len - len};
    }
    return s.len == 0;
}

static void try_utf8(const char *text, size_t len)
{
    struct str in = {text, len};
    struct buf mended = {0};
    bool valid = utf8_valid(in);

    assert(valid == utf8_by_characters(in));
    assert(valid == utf8_valid_slow(in));
    utf8_mend(&mended, in);
    assert(utf8_valid(buf_str(&mended)) && mended.len <= 3 * len);
    assert(!valid || str_eq(buf_str(&mended), in));
    buf_done(&mended);
}

static void try_grpc(const char *text, size_t len)
{
    struct str in = {text, len};
    struct buf message = {0};
    uint64_t ms = 0;

    grpc_content_type(in);
    if (grpc_timeout_parse(in, &ms))
        assert(ms <= 99999999ULL * 3600000);
    grpc_message_write(&message, in);
    assert(message.len <= 3 * len);
    for (size_t i = 0; i < message.len; i++)
        assert(message.at[i] >= 0x20 && message.at[i] <= 0x7e);
    buf_done(&message);
}

/* Cuts the next line off. */
static const char *take_line(char **text)
{
    return strsep(text, "\n");
}

/* Lines: an allowed origin, an allowed header; then what a browser asks. */
static void try_cors(char *text)
{
    const char *origin = take_line(&text), *header = text ? take_line(&text) : "*";
    struct cors_settings settings = {.enabled = true,
                                     .allowed_origins = {.at = &origin, .count = 1},
                                     .allowed_headers = {.at = &header, .count = 1},
                                     .exposed = "x-a",
                                     .max_age_text = "5"};
    struct cors_question question = {
        .origin = str_of(text ? take_line(&text) : ""),
        .method = str_of(text ? take_line(&text) : "POST"),
        .headers = str_of(text ? text : ""),
        .taken = "POST",
    };
    struct answer_fields fields = {.count = 0};
    char why[CORS_WHY_SIZE] = "";

    if (cors_preflight(&settings, &question, &fields, why))
        assert(question.origin.len > 0 && fields.count > 0);
    else
        assert(memchr(why, '\0', sizeof(why)) && why[0]);
    fields.count = 0;
    cors_answer(&settings, question.origin, &fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size > 0 ? size - 1 : 0;
    struct buf text = {0};

    if (size == 0)
        return 0;
    buf_append(&text, data + 1, len);
    buf_append_char(&text, '\0');
    switch (data[0] % 9) {
    case 0:
        try_listen_address(text.at);
        break;
    case 1:
        try_jaeger_endpoint(text.at);
        try_otlp_endpoint(text.at);
        break;
    case 2:
        try_duration(text.at);
        break;
    case 3:
        try_scalar(text.at);
        break;
    case 4:
        try_base64(text.at, len);
        break;
    case 5:
        try_hex(text.at, len);
        break;
    case 6:
        try_utf8(text.at, len);
        break;
    case 7:
        try_grpc(text.at, len);
        break;
    default:
        try_cors(text.at);
    }
    buf_done(&text);
    return 0;
}

/*
 * Tests of net/http1.c: text in, text out.
 */
#include <stdio.h>

#include "base/budget.h"
#include "net/cors.h"
#include "net/encoding.h"
#include "unit/check.h"
#include "unit/server_fixture.h"

#define POST     "POST /v1/traces HTTP/1.1\r\nHost: h\r\n"
#define PROTOBUF "Content-Type: application/x-protobuf\r\n"
#define OK       "HTTP/1.1 200 OK\r\n"

enum after { OPEN, CLOSED };

struct dialogue {
    const char *input;
    const char *answer; /* how the output begins */
    const char *part;   /* ... and what is in it; NULL: anything */
    unsigned handled;
    enum after after;
};

static bool answered(const char *answer)
{
    return strncmp(buf_text(&fixture.out), answer, strlen(answer)) == 0;
}

static void check_dialogue(const struct dialogue *d, const char *how)
{
    ck_assert_msg(answered(d->answer), "%s: %s\n-> %s", how, d->input, buf_text(&fixture.out));
    ck_assert_msg(!d->part || strstr(buf_text(&fixture.out), d->part), "%s: %s\n-> %s", how,
                  d->input, buf_text(&fixture.out));
    ck_assert_msg(fixture.handled == d->handled, "%s: %s: handled %u", how, d->input,
                  fixture.handled);
    ck_assert_msg(fixture_is_open() == (d->after == OPEN), "%s: %s: %s", how, d->input,
                  fixture_is_open() ? "still open" : "closed");
}

/* Whole, byte by byte, and in two pieces: it must not matter. */
static void hold(const struct dialogue *d)
{
    size_t len = strlen(d->input);

    for (size_t cut = 0; cut <= len; cut++) {
        char how[32];

        snprintf(how, sizeof(how), "cut at %zu", cut);
        fixture_begin();
        fixture_feed((struct str){d->input, cut});
        fixture_feed((struct str){d->input + cut, len - cut});
        check_dialogue(d, how);
        fixture_end();
    }
    fixture_begin();
    for (size_t i = 0; i < len; i++)
        fixture_feed((struct str){d->input + i, 1});
    check_dialogue(d, "byte by byte");
    fixture_end();
}

static void hold_all(const struct dialogue *dialogues, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hold(&dialogues[i]);
}

#define HOLD_ALL(table) hold_all(table, sizeof(table) / sizeof(*(table)))

START_TEST(requests_are_answered)
{
    static const struct dialogue table[] = {
        {POST PROTOBUF "Content-Length: 3\r\n\r\nabc", OK, "Content-Length: 0\r\n", 1, OPEN},
        {POST PROTOBUF "Content-Length: 0\r\n\r\n", OK, NULL, 1, OPEN},
        {POST PROTOBUF "\r\n", OK, NULL, 1, OPEN},
        {"\r\n" POST PROTOBUF "\r\n", OK, NULL, 1, OPEN},
        {POST "Content-Type: Application/Protobuf; charset=x\r\n\r\n", OK, NULL, 1, OPEN},
        {"POST /v1/both HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n\r\n", OK,
         "Content-Type: application/json", 1, OPEN},
        {"POST /v1/traces?a=b HTTP/1.1\r\nHost: h\r\n" PROTOBUF "\r\n", OK, NULL, 1, OPEN},
        {"POST http://h:1/v1/traces HTTP/1.1\r\nHost: h\r\n" PROTOBUF "\r\n", OK, NULL, 1, OPEN},
        {POST PROTOBUF "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", OK, NULL, 1,
         OPEN},
        {POST PROTOBUF "Connection: close\r\n\r\n", OK, "Connection: close", 1, CLOSED},
        {"POST /v1/traces HTTP/1.0\r\n" PROTOBUF "Content-Length: 1\r\n\r\nx", OK,
         "Connection: close", 1, CLOSED},
        {"POST /v1/traces HTTP/1.0\r\nConnection: keep-alive\r\n" PROTOBUF
         "Content-Length: 1\r\n\r\nx",
         OK, "Connection: keep-alive", 1, OPEN},
        {POST PROTOBUF "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" POST PROTOBUF "\r\n", OK, NULL,
         2, OPEN},
    };

    HOLD_ALL(table);
}
END_TEST

START_TEST(chunked_bodies_are_put_together)
{
    static const struct dialogue table[] = {
        {POST PROTOBUF "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", OK,
         NULL, 1, OPEN},
        {POST PROTOBUF "Transfer-Encoding: Chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", OK, NULL, 1,
         OPEN},
        {POST PROTOBUF "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400 ", NULL, 0,
         CLOSED},
    };

    HOLD_ALL(table);
    fixture_begin();
    fixture_feed(str_of(table[0].input));
    ck_assert_str_eq(buf_text(&fixture.message), "abcde");
    fixture_end();
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_turn)
{
    static const struct dialogue table[] = {
        {POST PROTOBUF "Content-Length: 1\r\n\r\na" POST PROTOBUF "Content-Length: 1\r\n\r\nb"
                       "GET / HTTP/1.1\r\nHost: h\r\n\r\n" POST PROTOBUF "\r\n",
         OK, "404 Not Found", 3, OPEN},
        {POST PROTOBUF "Connection: close\r\n\r\n" POST PROTOBUF "\r\n", OK, "Connection: close", 1,
         CLOSED},
    };

    HOLD_ALL(table);
}
END_TEST

START_TEST(wrong_requests_are_refused_and_the_connection_goes_on)
{
    static const struct dialogue table[] = {
        {"GET /v1/traces HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\n",
         "\r\nAllow: POST\r\n", 0, OPEN},
        {"OPTIONS /v1/traces HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 ", "Allow: POST", 0, OPEN},
        {"POST /nope HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxx" POST PROTOBUF "\r\n",
         "HTTP/1.1 404 ", "\r\n\r\nnothing is served at this path\nHTTP/1.1 200 OK", 1, OPEN},
        {"POST /v1/traces/ HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", NULL, 0,
         OPEN},
        {"POST /v1/metrics HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 no pipeline for metrics\r\n",
         "\r\n\r\nno pipeline for metrics\n", 0, OPEN},
        {POST "Content-Type: text/plain\r\n\r\n", "HTTP/1.1 415 ",
         "unsupported media type, supported: [application/x-protobuf]\n", 0, OPEN},
        {POST "\r\n", "HTTP/1.1 415 ", "Content-Type: text/plain", 0, OPEN},
        {POST "Content-Type: application/json\r\n\r\n", "HTTP/1.1 415 ", NULL, 0, OPEN},
        {"POST /v1/both HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 415 ",
         "[application/x-protobuf, application/json]", 0, OPEN},
        {POST PROTOBUF "Content-Encoding: br\r\n\r\n", "HTTP/1.1 415 ",
         "status 0/3: unknown encoding \"br\", supported: identity, gzip", 0, OPEN},
        {POST PROTOBUF "Content-Encoding: <b>\r\n\r\n", "HTTP/1.1 415 ",
         "\r\nAccept-Encoding: identity, gzip, zstd\r\n\r\nstatus 0/3: unknown encoding, ", 0,
         OPEN},
        {POST PROTOBUF "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 400 ",
         "status 0/3: compressed data is damaged", 0, OPEN},
        {"POST /test.Service/Call HTTP/1.1\r\nHost: h\r\nContent-Type: application/grpc\r\n\r\n",
         "HTTP/1.1 505 ", "gRPC needs HTTP/2; over HTTP/1.1, POST to /v1/traces\n", 0, OPEN},
    };

    HOLD_ALL(table);
}
END_TEST

START_TEST(malformed_requests_end_the_connection)
{
    static const char *const inputs[] = {
        POST PROTOBUF "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        POST PROTOBUF "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        POST PROTOBUF "Content-Length: +3\r\n\r\nabc",
        POST PROTOBUF "Content-Length: 3, 3\r\n\r\nabc",
        POST PROTOBUF "Content-Length: 99999999999999999999999\r\n\r\nabc",
        POST PROTOBUF "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        POST PROTOBUF "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST PROTOBUF "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST PROTOBUF "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/traces HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" PROTOBUF "\r\n0\r\n\r\n",
        POST PROTOBUF "X: a\r\n b\r\n\r\n",
        POST PROTOBUF "X: a\r\n\tb\r\n\r\n",
        "POST /v1/traces HTTP/1.1\r\n Host: h\r\n" PROTOBUF "\r\n",
        POST PROTOBUF "X : a\r\n\r\n",
        POST PROTOBUF ": a\r\n\r\n",
        POST PROTOBUF "X: a\rb\r\n\r\n",
        POST PROTOBUF "X: a\n\r\n",
        POST PROTOBUF "X: a\n\n",
        "POST /v1/traces HTTP/1.1\r\n" PROTOBUF "\r\n",
        POST "Host: h\r\n" PROTOBUF "\r\n",
        "POST  /v1/traces HTTP/1.1\r\nHost: h\r\n" PROTOBUF "\r\n",
        "POST /v1/traces  HTTP/1.1\r\nHost: h\r\n" PROTOBUF "\r\n",
        "POST /v1\x01traces HTTP/1.1\r\nHost: h\r\n" PROTOBUF "\r\n",
    };

    for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
        const struct dialogue d = {inputs[i], "HTTP/1.1 400 Bad Request\r\n", "Connection: close",
                                   0, CLOSED};

        hold(&d);
    }
}
END_TEST

START_TEST(other_ways_to_be_wrong_end_the_connection_too)
{
    static const struct dialogue table[] = {
        {"POST /v1/traces HTTP/2.0\r\nHost: h\r\n\r\n", "HTTP/1.1 505 ", NULL, 0, CLOSED},
        {"POST /v1/traces HTTP/0.9\r\nHost: h\r\n\r\n", "HTTP/1.1 505 ", NULL, 0, CLOSED},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 ", "Allow: POST", 0, CLOSED},
        {"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 ", "Allow: POST", 0, CLOSED},
        {POST PROTOBUF "Expect: miracles\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 417 ", NULL, 0,
         CLOSED},
        {"hello\r\n\r\n", "HTTP/1.1 400 ", NULL, 0, CLOSED},
        {"INVALID CONNECTION PREFACE\r\n\r\n", "HTTP/1.1 400 ", NULL, 0, CLOSED},
        {"\x16\x03\x01\x02", "\x15\x03\x03", NULL, 0, CLOSED},
    };

    HOLD_ALL(table);
}
END_TEST

START_TEST(a_nul_in_the_head_is_refused)
{
    static const char input[] = POST PROTOBUF "X: a\0b\r\n\r\n";

    fixture_begin();
    fixture_feed((struct str){input, sizeof(input) - 1});
    ck_assert(answered("HTTP/1.1 400 "));
    fixture_end();
}
END_TEST

START_TEST(a_client_that_expects_is_told_to_continue)
{
    static const struct dialogue good = {POST PROTOBUF
                                         "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
                                         "HTTP/1.1 100 Continue\r\n\r\n" OK, NULL, 1, OPEN};
    static const struct dialogue refused = {
        "POST /nope HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 404 ", "Connection: close", 0, CLOSED};

    hold(&good);
    hold(&refused);
}
END_TEST

START_TEST(the_answer_to_head_has_no_body)
{
    fixture_begin();
    fixture_feed(STR("HEAD /v1/traces HTTP/1.1\r\nHost: h\r\n\r\n"));
    ck_assert(answered("HTTP/1.1 405 "));
    ck_assert(memcmp(fixture.out.at + fixture.out.len - 4, "\r\n\r\n", 4) == 0);
    fixture_end();
}
END_TEST

/* A request with a header block of so many bytes behind its line, in fields of 1,000. */
static void feed_fields(size_t bytes)
{
    struct buf text = {0};
    size_t left = bytes - strlen("Host: h\r\n" PROTOBUF "\r\n");

    buf_printf(&text, "POST /v1/traces HTTP/1.1\r\nHost: h\r\n" PROTOBUF);
    while (left > 0) {
        size_t line = left < 2000 ? left : 1000;

        buf_printf(&text, "X: %0*d\r\n", (int)line - 5, 0);
        left -= line;
    }
    buf_printf(&text, "\r\n");
    fixture_feed(buf_str(&text));
    buf_done(&text);
}

START_TEST(a_page_is_got)
{
    fixture_begin();
    fixture.answer =
        (struct answer){.type = "text/x-page; v=1", .encoding = "gzip", .body = STR("packed")};
    fixture_feed(STR("GET /page?x=1 HTTP/1.1\r\nHost: h\r\n\r\n"));
    ck_assert(answered("HTTP/1.1 200 OK\r\nContent-Type: text/x-page; v=1\r\n"
                       "Content-Length: 6\r\ncontent-encoding: gzip\r\n\r\npacked"));
    buf_reset(&fixture.out);
    fixture_feed(STR("HEAD /page HTTP/1.1\r\nHost: h\r\n\r\n"));
    ck_assert(answered("HTTP/1.1 200 OK\r\nContent-Type: text/x-page; v=1\r\n"
                       "Content-Length: 6\r\ncontent-encoding: gzip\r\n\r\n"));
    buf_reset(&fixture.out);
    fixture_feed(STR("POST /page HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"));
    ck_assert(answered("HTTP/1.1 405 "));
    ck_assert(strstr(buf_text(&fixture.out), "Allow: GET, HEAD\r\n"));
    ck_assert(strstr(buf_text(&fixture.out), "supported: [GET, HEAD]"));
    ck_assert(fixture_is_open());
    fixture_end();
}
END_TEST

START_TEST(a_target_is_kept_where_it_is_wanted)
{
    static const struct {
        const char *target, *kept;
    } cases[] = {
        {"/page?x=1", " "},
        {"/tree/", "/tree/ "},
        {"/tree/a%20b?x=1&y=2?3", "/tree/a%20b x=1&y=2?3"},
        {"/tree/?", "/tree/ "},
        {"http://h:1/tree/a?b", "/tree/a b"},
    };

    fixture_begin();
    fixture.answer = (struct answer){.body = STR("x"), .disposition = "attachment"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf text = {0};

        buf_printf(&text, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", cases[i].target);
        fixture_feed(buf_str(&text));
        ck_assert_str_eq(buf_text(&fixture.target), cases[i].kept);
        ck_assert(strstr(buf_text(&fixture.out), "\r\ncontent-disposition: attachment\r\n"));
        buf_done(&text);
    }
    fixture_end();
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(a_get_needs_no_memory)
{
    size_t all = budget_default();

    fixture_begin();
    fixture.answer = (struct answer){.code = GRPC_OK, .body = STR("page"), .type = "text/plain"};
    budget_set_limit(all);
    budget_add(all);
    fixture_feed(STR("GET /page HTTP/1.1\r\nHost: h\r\n\r\n"));
    budget_release(all);
    budget_set_limit(0);
    ck_assert(answered("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                       "Content-Length: 4\r\n\r\npage"));
    fixture_end();
}
END_TEST

START_TEST(the_header_block_has_a_limit)
{
    fixture_begin();
    feed_fields((32 << 10) - 40 * 32); /* the count has 32 for each field */
    ck_assert(answered(OK));
    fixture_end();
    fixture_begin();
    feed_fields((32 << 10) + 1);
    ck_assert(answered("HTTP/1.1 431 "));
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

START_TEST(the_limit_of_the_header_block_can_be_set)
{
    static const struct {
        size_t value; /* bytes of the third field's */
        const char *answer;
    } table[] = {{3999, OK}, {4000, OK}, {4001, "HTTP/1.1 431 "}};
    const size_t others = strlen("Hosth") + strlen("Content-Typeapplication/x-protobuf") +
                          strlen("AB") + 4000 + strlen("X") + 4 * 32;

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct server_settings settings = fixture_settings();
        struct buf text = {0};

        buf_printf(&text, POST PROTOBUF "AB: %0*d\r\nX: %0*d\r\n\r\n", 4000, 0, (int)table[i].value,
                   0);
        settings.max_header_list = others + 4000;
        fixture_begin_with(settings);
        fixture_feed(buf_str(&text));
        ck_assert_msg(answered(table[i].answer), "%zu: %s", i, buf_text(&fixture.out));
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(encodings_can_be_left_out)
{
    static const struct {
        unsigned encodings;
        const char *encoding, *answer, *part;
    } table[] = {
        {1U << ENCODING_IDENTITY, "", OK, ""},
        {1U << ENCODING_IDENTITY, "identity", OK, ""},
        {1U << ENCODING_IDENTITY, "gzip", "HTTP/1.1 415 ", "Accept-Encoding: identity\r\n"},
        {1U << ENCODING_IDENTITY, "gzip", "HTTP/1.1 415 ",
         "unsupported encoding \"gzip\", supported: identity"},
        {1U << ENCODING_GZIP | 1U << ENCODING_DEFLATE, "", "HTTP/1.1 415 ",
         "the request is not compressed, supported: gzip, deflate"},
        {1U << ENCODING_GZIP | 1U << ENCODING_DEFLATE, "zstd", "HTTP/1.1 415 ",
         "Accept-Encoding: gzip, deflate\r\n"},
        {1U << ENCODING_GZIP, "gzip", "HTTP/1.1 400 ", "damaged"}, /* it is looked into */
        {0, "deflate", "HTTP/1.1 400 ", "damaged"},
        {0, "br", "HTTP/1.1 415 ", "Accept-Encoding: identity, gzip, zstd\r\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct server_settings settings = fixture_settings();
        struct buf text = {0};

        buf_printf(&text, POST PROTOBUF "Content-Length: 1\r\nContent-Encoding: %s\r\n\r\na",
                   table[i].encoding);
        settings.encodings = table[i].encodings;
        fixture_begin_with(settings);
        fixture_feed(buf_str(&text));
        ck_assert_msg(answered(table[i].answer), "%zu: %s", i, buf_text(&fixture.out));
        ck_assert_msg(strstr(buf_text(&fixture.out), table[i].part) != NULL, "%zu: %s", i,
                      buf_text(&fixture.out));
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(one_field_has_a_limit)
{
    static const struct {
        int value;
        const char *answer;
    } table[] = {{(16 << 10) - 1, OK}, {16 << 10, "HTTP/1.1 431 "}};

    for (int i = 0; i < 2; i++) {
        struct buf text = {0};

        buf_printf(&text, POST PROTOBUF "X: %0*d\r\n\r\n", table[i].value, 0);
        fixture_begin();
        fixture_feed(buf_str(&text));
        ck_assert(answered(table[i].answer));
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(the_number_of_fields_has_a_limit)
{
    for (int fields = 127; fields <= 129; fields++) {
        struct buf text = {0};

        buf_printf(&text, POST PROTOBUF);
        for (int i = 2; i < fields; i++)
            buf_printf(&text, "X: y\r\n");
        buf_printf(&text, "\r\n");
        fixture_begin();
        fixture_feed(buf_str(&text));
        ck_assert(answered(fields <= 128 ? OK : "HTTP/1.1 431 "));
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(the_request_line_has_a_limit)
{
    for (int extra = -1; extra <= 1; extra++) {
        struct buf text = {0};
        int fill = (8 << 10) + extra - (int)strlen("POST /v1/traces? HTTP/1.1\r\n");

        buf_printf(&text, "POST /v1/traces?%0*d HTTP/1.1\r\nHost: h\r\n" PROTOBUF "\r\n", fill, 0);
        fixture_begin();
        fixture_feed(buf_str(&text));
        ck_assert(answered(extra <= 0 ? OK : "HTTP/1.1 414 "));
        ck_assert_int_eq(fixture_is_open(), extra <= 0);
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(a_request_line_without_an_end_is_refused)
{
    fixture_begin();
    fixture_feed(STR("GET /"));
    for (int i = 0; i < 9 << 10 && fixture_is_open(); i++)
        fixture_feed(STR("a"));
    ck_assert(answered("HTTP/1.1 414 "));
    fixture_end();
}
END_TEST

START_TEST(a_body_beyond_the_limit_is_refused)
{
    static const struct {
        const char *head;
        int len;
        const char *answer;
    } table[] = {
        {"Content-Length: 1000\r\n\r\n", 1000, OK},
        {"Content-Length: 1001\r\n\r\n", 0, "HTTP/1.1 413 Content Too Large\r\n"},
        {"Transfer-Encoding: chunked\r\n\r\n3e8\r\n", 1000, ""},
        {"Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 1001, "HTTP/1.1 413 "},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf text = {0};

        buf_printf(&text, POST PROTOBUF "%s", table[i].head);
        if (table[i].len > 0)
            buf_printf(&text, "%0*d", table[i].len, 0);
        fixture_begin();
        fixture_feed(buf_str(&text));
        ck_assert_msg(answered(table[i].answer), "%s", buf_text(&fixture.out));
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(chunk_lines_and_trailers_have_limits)
{
    static const struct {
        int extension, trailer;
        const char *answer;
    } table[] = {{200, 3000, OK}, {300, 1, "HTTP/1.1 400 "}, {1, 4100 + 256, "HTTP/1.1 400 "}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf text = {0};

        buf_printf(&text,
                   POST PROTOBUF
                   "Transfer-Encoding: chunked\r\n\r\n1;%0*d\r\nx\r\n0\r\nT: %0*d\r\n\r\n",
                   table[i].extension, 0, table[i].trailer, 0);
        fixture_begin();
        fixture_feed(buf_str(&text));
        ck_assert_msg(answered(table[i].answer), "%zu: %s", i, buf_text(&fixture.out));
        fixture_end();
        fixture_begin();
        for (size_t at = 0; at < text.len; at++)
            fixture_feed((struct str){text.at + at, 1});
        ck_assert_msg(answered(table[i].answer), "%zu: %s", i, buf_text(&fixture.out));
        fixture_end();
        buf_done(&text);
    }
}
END_TEST

START_TEST(what_is_larger_than_all_memory_is_refused_for_good)
{
    fixture_begin();
    budget_set_limit(99);
    fixture_feed(STR(POST PROTOBUF "Content-Length: 100\r\n\r\n"));
    budget_set_limit(0);
    ck_assert_msg(answered("HTTP/1.1 413 "), "%s", buf_text(&fixture.out));
    fixture_end();
}
END_TEST

START_TEST(without_memory_a_request_is_refused_for_now)
{
    size_t all = budget_default();

    fixture_begin();
    budget_set_limit(all);
    budget_add(all);
    fixture_feed(STR(POST PROTOBUF "Content-Length: 100\r\n\r\n"));
    budget_release(all);
    ck_assert_msg(answered("HTTP/1.1 503 "), "%s", buf_text(&fixture.out));
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "Retry-After: 1\r\n"));
    for (int i = 0; i < 10; i++)
        fixture_feed(STR("0123456789"));
    fixture_feed(STR(POST PROTOBUF "\r\n"));
    ck_assert_uint_eq(fixture.handled, 1);
    fixture_end();
}
END_TEST

START_TEST(errors_of_a_handler_are_answered)
{
    static const struct {
        struct answer answer;
        const char *begins, *part;
    } table[] = {
        {{.code = GRPC_INVALID_ARGUMENT, .message = "bad"}, "HTTP/1.1 400 ", "status 0/3: bad"},
        {{.code = GRPC_UNAVAILABLE, .message = "busy", .retry_after_ms = 1001},
         "HTTP/1.1 503 ",
         "Retry-After: 2\r\n"},
        {{.code = GRPC_INTERNAL, .message = "m", .body = {"own", 3}},
         "HTTP/1.1 500 ",
         "\r\n\r\nown"},
        {{.code = GRPC_OK, .body = {"fine", 4}}, OK, "Content-Length: 4\r\n\r\nfine"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        fixture_begin();
        fixture.answer = table[i].answer;
        fixture_feed(STR(POST PROTOBUF "\r\n"));
        ck_assert(answered(table[i].begins));
        ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), table[i].part));
        ck_assert(fixture_is_open());
        fixture_end();
    }
}
END_TEST

START_TEST(a_late_answer_lets_the_next_request_come)
{
    fixture_begin();
    fixture.late = true;
    fixture_feed(STR(POST PROTOBUF "\r\n" POST PROTOBUF "Content-Length: 2\r\n\r\nx"));
    ck_assert_uint_eq(fixture.handled, 1);
    ck_assert(fixture.connection.paused);
    ck_assert_uint_eq(fixture.out.len, 0);
    request_answer(fixture.held, &fixture.answer);
    ck_assert(answered(OK));
    ck_assert(!fixture.connection.paused);
    fixture_feed(STR("y"));
    ck_assert_uint_eq(fixture.handled, 2);
    ck_assert_str_eq(buf_text(&fixture.message), "xy");
    request_answer(fixture.held, &fixture.answer);
    fixture_end();
}
END_TEST

START_TEST(an_answer_may_come_when_the_client_has_gone)
{
    fixture_begin();
    fixture.late = true;
    fixture_feed(STR(POST PROTOBUF "\r\n"));
    fixture_end();
    request_answer(fixture.held, &fixture.answer);
}
END_TEST

START_TEST(a_silent_connection_is_closed)
{
    fixture_begin();
    fixture_wait(9999);
    ck_assert(fixture_is_open());
    fixture_wait(1);
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

START_TEST(a_head_has_to_come_in_time)
{
    fixture_begin();
    fixture_feed(STR("POST /v1/traces"));
    for (int i = 0; i < 29; i++) {
        fixture_wait(1000);
        fixture_feed(STR("a"));
    }
    ck_assert(fixture_is_open());
    fixture_wait(1000);
    ck_assert(answered("HTTP/1.1 408 Request Timeout\r\n"));
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

START_TEST(a_body_must_not_pause_for_long)
{
    fixture_begin();
    fixture_feed(STR(POST PROTOBUF "Content-Length: 100\r\n\r\n"));
    fixture_wait(29000);
    fixture_feed(STR("a"));
    fixture_wait(29999);
    ck_assert_uint_eq(fixture.out.len, 0);
    fixture_wait(1);
    ck_assert(answered("HTTP/1.1 408 "));
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

START_TEST(a_body_must_not_drip)
{
    struct server_settings settings = fixture_settings();
    static const char zeros[1 << 10];

    settings.max_message_http = 1 << 20;
    fixture_begin_with(settings);
    fixture_feed(STR(POST PROTOBUF "Content-Length: 1000000\r\n\r\n"));
    for (int i = 0; i < 130; i++) {
        fixture_feed((struct str){zeros, sizeof(zeros)}); /* just fast enough */
        fixture_wait(1000);
    }
    ck_assert_uint_eq(fixture.out.len, 0);
    for (int i = 0; i < 130; i++) {
        fixture_feed((struct str){zeros, 900});
        fixture_wait(1000);
    }
    ck_assert(answered("HTTP/1.1 408 "));
    fixture_end();
}
END_TEST

START_TEST(an_idle_connection_is_closed)
{
    fixture_begin();
    fixture_feed(STR(POST PROTOBUF "\r\n"));
    fixture_wait(59999);
    ck_assert(fixture_is_open());
    fixture_wait(1);
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

START_TEST(a_connection_has_a_last_request)
{
    fixture_begin();
    for (int i = 1; i < 10000; i++)
        fixture_feed(STR(POST PROTOBUF "\r\n"));
    ck_assert(fixture_is_open());
    fixture_feed(STR(POST PROTOBUF "\r\n"));
    ck_assert(!fixture_is_open());
    ck_assert_uint_eq(fixture.handled, 10000);
    fixture_end();
}
END_TEST

START_TEST(draining_answers_what_is_under_way)
{
    fixture_begin();
    fixture.late = true;
    fixture_feed(STR(POST PROTOBUF "\r\n"));
    connection_drain(&fixture.connection, fixture.connection.now_ms);
    ck_assert(fixture_is_open());
    request_answer(fixture.held, &fixture.answer);
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "Connection: close"));
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

/* A client may have sent one when it is told; it is not to be lost. */
START_TEST(draining_waits_for_a_request_on_its_way)
{
    for (int comes = 0; comes < 2; comes++) {
        uint64_t now_ms;

        fixture_begin();
        fixture_feed(STR(POST PROTOBUF "\r\n"));
        now_ms = fixture.connection.now_ms + 5000;
        connection_drain(&fixture.connection, now_ms);
        connection_sweep(&fixture.connection, now_ms + 199);
        ck_assert(fixture_is_open());
        buf_reset(&fixture.out);
        if (comes) {
            fixture_feed(STR(POST PROTOBUF "\r\n"));
            ck_assert_uint_eq(fixture.handled, 2);
            ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "Connection: close"));
        } else {
            connection_sweep(&fixture.connection, now_ms + 200);
        }
        ck_assert(!fixture_is_open());
        fixture_end();
    }
}
END_TEST

static void begin_with_cors(void)
{
    static const char *origins[] = {"https://app.test"};
    static struct header headers[] = {{"x-site", "north"}, {"cache-control", "no-store"}};
    static const struct header_list list = {headers, 2};
    static const struct cors_settings cors = {
        .enabled = true, .allowed_origins = {origins, 1}, .exposed = "", .max_age_text = "0"};
    struct server_settings settings = fixture_settings();

    settings.cors = &cors;
    settings.response_headers = &list;
    fixture_begin_with(settings);
}

#define PREFLIGHT                                                                                  \
    "OPTIONS /v1/traces HTTP/1.1\r\nHost: h\r\n"                                                   \
    "Origin: https://app.test\r\nAccess-Control-Request-Method: POST\r\n"                          \
    "Access-Control-Request-Headers: content-type\r\n\r\n"

START_TEST(a_browser_that_asks_is_answered)
{
    begin_with_cors();
    for (unsigned i = 0; i < 2; i++) {
        buf_reset(&fixture.out);
        fixture_feed(STR(PREFLIGHT));
        ck_assert_str_eq(
            buf_text(&fixture.out),
            "HTTP/1.1 204 No Content\r\n"
            "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
            "access-control-allow-origin: https://app.test\r\n"
            "access-control-allow-methods: POST\r\n"
            "access-control-allow-headers: content-type\r\n"
            "access-control-allow-credentials: true\r\n"
            "x-site: north\r\ncache-control: no-store\r\n\r\n");
        ck_assert(fixture_is_open());
    }
    fixture_end();
}
END_TEST

START_TEST(without_cors_an_options_is_refused)
{
    fixture_begin();
    fixture_feed(STR(PREFLIGHT));
    ck_assert(answered("HTTP/1.1 405 "));
    ck_assert_ptr_null(strstr(buf_text(&fixture.out), "access-control"));
    fixture_end();
}
END_TEST

START_TEST(answers_and_errors_tell_the_browser_that_it_may_read_them)
{
    static const char *const requests[] = {
        POST PROTOBUF "Origin: https://app.test\r\n\r\n",
        POST "Origin: https://app.test\r\n\r\n",
        "OPTIONS /v1/traces HTTP/1.1\r\nHost: h\r\nOrigin: https://app.test\r\n\r\n",
    };
    static const char *const answers[] = {OK, "HTTP/1.1 415 ", "HTTP/1.1 405 "};

    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        begin_with_cors();
        fixture_feed(str_of(requests[i]));
        ck_assert_msg(answered(answers[i]), "%s", buf_text(&fixture.out));
        ck_assert_ptr_nonnull(
            strstr(buf_text(&fixture.out), "access-control-allow-origin: https://app.test\r\n"));
        ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "x-site: north\r\n"));
        fixture_end();
    }
}
END_TEST

START_TEST(a_request_has_to_come_in_its_time)
{
    struct server_settings settings = fixture_settings();

    settings.http_read_timeout_ms = 5000;
    fixture_begin_with(settings);
    fixture_feed(STR(POST PROTOBUF "Content-Length: 3\r\n\r\na"));
    fixture_wait(4000);
    fixture_feed(STR("b"));
    ck_assert_uint_eq(fixture.out.len, 0);
    fixture_wait(1000);
    ck_assert(answered("HTTP/1.1 408 "));
    fixture_end();
}
END_TEST

START_TEST(header_fields_are_kept_where_the_settings_say_so)
{
    static const char call[] = POST PROTOBUF "Content-Length: 0\r\nX-Tenant:  a b \r\n"
                                             "x-tenant: c\r\nEmpty:\r\n\r\n";
    struct server_settings settings = fixture_settings();

    fixture_begin_with(settings);
    fixture_feed(str_of(call));
    ck_assert_uint_eq(fixture.handled, 1);
    ck_assert_str_eq(buf_text(&fixture.fields), "");
    fixture_end();

    settings.metadata_grpc = true; /* that is another protocol */
    fixture_begin_with(settings);
    fixture_feed(str_of(call));
    ck_assert_uint_eq(fixture.handled, 1);
    ck_assert_str_eq(buf_text(&fixture.fields), "");
    fixture_end();

    settings.metadata_http = true;
    fixture_begin_with(settings);
    for (unsigned i = 1; i <= 2; i++) { /* each request has its own */
        fixture_feed(str_of(call));
        ck_assert_uint_eq(fixture.handled, i);
        ck_assert_str_eq(buf_text(&fixture.fields),
                         "host: h\ncontent-type: application/x-protobuf\ncontent-length: 0\n"
                         "x-tenant: a b\nx-tenant: c\nempty: \n");
    }
    fixture_end();
}
END_TEST

START_TEST(fields_to_be_kept_need_room_in_the_budget)
{
    struct server_settings settings = fixture_settings();
    size_t limit = budget_limit(), before = budget_used();

    settings.metadata_http = true;
    budget_set_limit(before + 100);
    fixture_begin_with(settings);
    fixture_feed(STR(POST PROTOBUF "Content-Length: 0\r\n\r\n"));
    budget_set_limit(limit);
    ck_assert_uint_eq(fixture.handled, 0);
    ck_assert(answered("HTTP/1.1 503 "));
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "Retry-After: "));
    fixture_end();
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

START_TEST(without_keep_alive_an_answer_ends_the_connection)
{
    struct server_settings settings = fixture_settings();

    settings.http1_closes = true;
    fixture_begin_with(settings);
    fixture_feed(STR(POST PROTOBUF "\r\n"));
    ck_assert(answered(OK));
    ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "Connection: close\r\n"));
    ck_assert(!fixture_is_open());
    fixture_end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http1");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, requests_are_answered);
    tcase_add_test(cases, chunked_bodies_are_put_together);
    tcase_add_test(cases, pipelined_requests_are_answered_in_turn);
    tcase_add_test(cases, wrong_requests_are_refused_and_the_connection_goes_on);
    tcase_add_test(cases, malformed_requests_end_the_connection);
    tcase_add_test(cases, other_ways_to_be_wrong_end_the_connection_too);
    tcase_add_test(cases, a_nul_in_the_head_is_refused);
    tcase_add_test(cases, a_client_that_expects_is_told_to_continue);
    tcase_add_test(cases, the_answer_to_head_has_no_body);
    tcase_add_test(cases, a_page_is_got);
    tcase_add_test(cases, a_target_is_kept_where_it_is_wanted);
    tcase_add_test(cases, a_get_needs_no_memory);
    tcase_add_test(cases, the_header_block_has_a_limit);
    tcase_add_test(cases, the_limit_of_the_header_block_can_be_set);
    tcase_add_test(cases, encodings_can_be_left_out);
    tcase_add_test(cases, one_field_has_a_limit);
    tcase_add_test(cases, the_number_of_fields_has_a_limit);
    tcase_add_test(cases, the_request_line_has_a_limit);
    tcase_add_test(cases, a_request_line_without_an_end_is_refused);
    tcase_add_test(cases, a_body_beyond_the_limit_is_refused);
    tcase_add_test(cases, chunk_lines_and_trailers_have_limits);
    tcase_add_test(cases, what_is_larger_than_all_memory_is_refused_for_good);
    tcase_add_test(cases, without_memory_a_request_is_refused_for_now);
    tcase_add_test(cases, errors_of_a_handler_are_answered);
    tcase_add_test(cases, a_late_answer_lets_the_next_request_come);
    tcase_add_test(cases, an_answer_may_come_when_the_client_has_gone);
    tcase_add_test(cases, a_silent_connection_is_closed);
    tcase_add_test(cases, a_head_has_to_come_in_time);
    tcase_add_test(cases, a_body_must_not_pause_for_long);
    tcase_add_test(cases, a_body_must_not_drip);
    tcase_add_test(cases, an_idle_connection_is_closed);
    tcase_add_test(cases, a_connection_has_a_last_request);
    tcase_add_test(cases, draining_answers_what_is_under_way);
    tcase_add_test(cases, draining_waits_for_a_request_on_its_way);
    tcase_add_test(cases, a_browser_that_asks_is_answered);
    tcase_add_test(cases, without_cors_an_options_is_refused);
    tcase_add_test(cases, answers_and_errors_tell_the_browser_that_it_may_read_them);
    tcase_add_test(cases, a_request_has_to_come_in_its_time);
    tcase_add_test(cases, header_fields_are_kept_where_the_settings_say_so);
    tcase_add_test(cases, fields_to_be_kept_need_room_in_the_budget);
    tcase_add_test(cases, without_keep_alive_an_answer_ends_the_connection);
    return run_tests("http1", cases);
}

/*
 * llhttp's callbacks, and what it does not look after: lengths, codings, hosts. RFC 9112.
 */
#include "net/http1_message.h"

#include "net/http1_head.h"
#include "net/request.h"

enum {
    CHUNK_LINE_MAX = 256, /* with extensions */
    TRAILERS_MAX = 4 << 10,
    CRLFS = 8 /* around a chunk's size line */
};

static int on_target(llhttp_t *parser, const char *at, size_t len)
{
    struct http1_message *m = parser->data;

    request_target(m->request, (struct str){at, len});
    return 0;
}

static int on_field_name(llhttp_t *parser, const char *at, size_t len)
{
    struct http1_message *m = parser->data;

    m->name = (struct str){at, len};
    m->value = (struct str){at, 0};
    return 0;
}

static int on_field_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http1_message *m = parser->data;

    m->value = (struct str){at, len};
    return 0;
}

static void take_host(struct http1_message *m, struct str value)
{
    (void)value;
    m->hosts++;
}

static void take_transfer_encoding(struct http1_message *m, struct str value)
{
    if (!str_eq_nocase(value, STR("chunked")))
        m->refusal = REFUSED_SYNTAX;
}

static void take_expect(struct http1_message *m, struct str value)
{
    if (str_eq_nocase(value, STR("100-continue")))
        m->expects = true;
    else
        m->refusal = REFUSED_EXPECTATION;
}

static int on_field(llhttp_t *parser)
{
    static const struct {
        struct str name;
        void (*take)(struct http1_message *m, struct str value);
    } known[] = {
        {{"host", 4}, take_host},
        {{"transfer-encoding", 17}, take_transfer_encoding},
        {{"expect", 6}, take_expect},
    };
    struct http1_message *m = parser->data;
    struct str value = str_trim(m->value);

    if (m->in_body)
        return 0; /* trailers say nothing to us */
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (str_eq_nocase(m->name, known[i].name))
            known[i].take(m, value);
    request_field(m->request, m->name, value);
    return 0;
}

static int on_head(llhttp_t *parser)
{
    struct http1_message *m = parser->data;
    bool old = parser->http_major == 1 && parser->http_minor == 0;

    m->old = m->request->old = old;
    m->in_body = true;
    m->keep_alive = llhttp_should_keep_alive(parser);
    if (!old && !(parser->http_major == 1 && parser->http_minor == 1))
        m->refusal = REFUSED_VERSION;
    else if (m->hosts > 1 || (m->hosts == 0 && !old) ||
             (old && parser->flags & F_TRANSFER_ENCODING))
        m->refusal = REFUSED_SYNTAX;
    if (old)
        m->expects = false;
    if (parser->method == HTTP_CONNECT)
        m->refusal = REFUSED_METHOD;
    parser->upgrade = 0; /* stays HTTP/1.1: RFC 9110 7.8 */
    return 0;
}

/* Bytes that are no payload: chunk sizes, extensions, trailers. */
static bool overhead_fits(struct http1_message *m, const char *until, size_t max)
{
    m->overhead += (size_t)(until - m->mark);
    m->mark = until;
    return m->overhead <= max;
}

static int on_payload(llhttp_t *parser, const char *at, size_t len)
{
    struct http1_message *m = parser->data;

    if (!overhead_fits(m, at, CHUNK_LINE_MAX + CRLFS))
        return -1;
    m->overhead = 0;
    m->mark = at + len;
    request_body(m->request, at, len);
    return 0;
}

static int on_whole(llhttp_t *parser)
{
    struct http1_message *m = parser->data;

    m->whole = true;
    return HPE_PAUSED; /* what follows is the next request's */
}

static const llhttp_settings_t callbacks = {
    .on_url = on_target,
    .on_header_field = on_field_name,
    .on_header_value = on_field_value,
    .on_header_value_complete = on_field,
    .on_headers_complete = on_head,
    .on_body = on_payload,
    .on_message_complete = on_whole,
};

void http1_message_begin(struct http1_message *m, struct request *request)
{
    *m = (struct http1_message){.request = request};
    llhttp_init(&m->parser, HTTP_REQUEST, &callbacks);
    m->parser.data = m;
}

enum refusal http1_message_head(struct http1_message *m, struct str head, size_t max_fields)
{
    enum refusal refusal = http1_head_check(head, max_fields);
    llhttp_errno_t error;

    if (refusal != REFUSED_NONE)
        return refusal;
    m->mark = head.at + head.len;
    error = llhttp_execute(&m->parser, head.at, head.len);
    if (error == HPE_INVALID_METHOD)
        return REFUSED_METHOD;
    if (error == HPE_INVALID_VERSION)
        return REFUSED_VERSION;
    if ((error != HPE_OK && error != HPE_PAUSED) || !m->in_body)
        return REFUSED_SYNTAX;
    if (error == HPE_PAUSED)
        llhttp_resume(&m->parser);
    request_method(m->request, str_of(llhttp_method_name(m->parser.method)));
    return m->refusal;
}

bool http1_message_body(struct http1_message *m, struct str bytes, size_t *used)
{
    const char *end = bytes.at + bytes.len;
    llhttp_errno_t error;

    m->mark = bytes.at;
    error = llhttp_execute(&m->parser, bytes.at, bytes.len);
    if (error == HPE_PAUSED) {
        end = llhttp_get_error_pos(&m->parser);
        llhttp_resume(&m->parser);
    } else if (error != HPE_OK) {
        return false;
    }
    *used = (size_t)(end - bytes.at);
    return overhead_fits(m, end, CHUNK_LINE_MAX + TRAILERS_MAX + CRLFS);
}

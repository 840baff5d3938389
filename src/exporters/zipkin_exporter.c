/*
 * Sends spans to Zipkin, or to what takes its v2 format: POST /api/v2/spans.
 *
 *     consume -> queue -> zipkin/write -> compress -> POST
 *
 * A batch goes out as bodies of about a megabyte, so that neither Zipkin's limit is met nor much
 * memory taken. What an answer means for the rest of a batch is sending.c's.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "exporters/endpoint.h"
#include "exporters/request_body.h"
#include "exporters/request_headers.h"
#include "exporters/sending.h"
#include "exporters/zipkin_settings.h"
#include "zipkin/write.h"

enum { BODY_MAX = 1 << 20 /* bytes before the last span, not compressed */ };

struct zipkin_exporter {
    struct outgoing outgoing;
    const struct zipkin_settings *settings; /* borrowed from the configuration */
    const struct zipkin_form *form;
    struct zipkin_url url;
    struct request_headers headers;
    struct encoder *encoder; /* NULL: nothing is compressed */
};

struct zipkin_sending {
    struct sending base;
    struct zipkin_writer *writer;
    struct request_body body;
};

/* ---- what Zipkin's answers mean ---- */

static const struct peer zipkin = {
    .name = "Zipkin",
    .rules = RETRY_UNLESS_REFUSED,
    .path_advice = "(Zipkin's path is /api/v2/spans)",
    .form_advice = "(see format and compression)",
};

static bool is_web_page(struct str body)
{
    struct str start = str_strip(body);

    return str_starts(start, STR("<!")) || str_starts(start, STR("<html")) ||
           str_starts(start, STR("<HTML"));
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct http_answer told = *answer;
    bool page = is_web_page(answer->body);
    char why[WHY_MAX];
    enum outcome outcome;

    if (page) /* nobody wants to read it in a log */
        told.body = STR("with a web page: is this Zipkin's port, 9411, and its path "
                        "/api/v2/spans?");
    outcome = http_outcome(&zipkin, &told, why);
    if (page && outcome == SENT) { /* whoever this is, it has not taken spans */
        snprintf(why, sizeof(why), "Zipkin answers %u %.*s", answer->status, STR_ARG(told.body));
        outcome = REFUSED;
    }
    sending_answered(arg, outcome, answer->retry_after_ms, why, http_error_type(answer));
}

/* ---- requests ---- */

static void zipkin_begin(struct sending *base)
{
    struct zipkin_exporter *self = (struct zipkin_exporter *)base->outgoing;
    struct zipkin_sending *s = (struct zipkin_sending *)base;

    s->writer = zipkin_writer_new(base->delivery->batch, self->form,
                                  str_of(self->settings->default_service_name));
}

static bool zipkin_next(struct sending *base)
{
    struct zipkin_exporter *self = (struct zipkin_exporter *)base->outgoing;
    struct zipkin_sending *s = (struct zipkin_sending *)base;
    struct http_post post = {
        .url = self->url.url.at,
        .headers = request_headers_now(&self->headers),
        .tls = &self->settings->tls,
        .timeout_ms = self->settings->timeout_ms,
        .encoding = self->settings->compression.encoding,
        .on_answer = on_answer,
        .arg = s,
    };
    struct buf plain = {0};

    request_body_done(&s->body);
    base->items = base->messages = zipkin_writer_next(s->writer, BODY_MAX, s->base.most, &plain);
    if (base->items == 0) {
        buf_done(&plain);
        return false;
    }
    post.body = request_body_take(&s->body, &plain, self->encoder);
    base->post = http_client_post(self->outgoing.worker->http, &post);
    return true;
}

static void zipkin_again(struct sending *base)
{
    struct zipkin_sending *s = (struct zipkin_sending *)base;

    request_body_done(&s->body);
    zipkin_writer_again(s->writer);
}

static void zipkin_end(struct sending *base)
{
    struct zipkin_sending *s = (struct zipkin_sending *)base;

    request_body_done(&s->body);
    zipkin_writer_free(s->writer);
}

static const struct sending_kind zipkin_sendings = {
    .size = sizeof(struct zipkin_sending),
    .begin = zipkin_begin,
    .next = zipkin_next,
    .again = zipkin_again,
    .end = zipkin_end,
};

/* ---- the component ---- */

/* What it has besides `outgoing`. */
static void zipkin_free(struct zipkin_exporter *self)
{
    zipkin_url_done(&self->url);
    request_headers_done(&self->headers);
    encoder_free(self->encoder);
    free(self);
}

static struct component *zipkin_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    const struct zipkin_settings *s = settings;
    struct zipkin_exporter *self = mem_zero(sizeof(*self));

    self->settings = s;
    self->form = s->format == ZIPKIN_FORMAT_PROTO ? &zipkin_proto : &zipkin_json;
    outgoing_init(&self->outgoing, &zipkin_sendings, worker);
    if (!zipkin_settings_url(s, &self->url, err)) {
        zipkin_free(self);
        return NULL;
    }
    request_headers_init(&self->headers, self->form->content_type, NULL, &s->headers);
    self->encoder = compression_encoder(&s->compression);
    return &self->outgoing.base;
}

static bool zipkin_start(struct component *base, struct error *err)
{
    struct zipkin_exporter *self = (struct zipkin_exporter *)base;
    struct worker *worker = self->outgoing.worker;

    if (!request_headers_auth(&self->headers, worker, &self->settings->auth, err))
        return false;
    outgoing_start(&self->outgoing, &self->settings->sender,
                   (const char *const[SIGNAL_KINDS]){[TRACES] = self->url.url.at}, false);
    if (worker->index == 0) {
        log_info(base->where, "sends Zipkin's %s to %.*s",
                 self->form == &zipkin_proto ? "protobuf" : "JSON",
                 STR_ARG(endpoint_shown(buf_str(&self->url.url))));
        outgoing_log_proxy(&self->outgoing, self->url.url.at);
    }
    return true;
}

static void zipkin_destroy(struct component *base)
{
    struct zipkin_exporter *self = (struct zipkin_exporter *)base;

    outgoing_done(&self->outgoing);
    zipkin_free(self);
}

const struct component_type zipkin_exporter = {
    OUTGOING_EXPORTER,
    .name = "zipkin",
    .signals = 1u << TRACES,
    .help = "sends spans to Zipkin, as its v2 JSON or protobuf, to port 9411",
    .fields = zipkin_fields,
    .settings_size = sizeof(struct zipkin_settings),
    .check = zipkin_settings_check,
    .create = zipkin_create,
    .start = zipkin_start,
    .consume = outgoing_consume,
    .destroy = zipkin_destroy,
};

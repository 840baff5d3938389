"""Who may come in, and how: pages of other sites, secrets, unix sockets, several addresses."""
from harness import otlp
from harness.case import config

PAGE = 'https://app.example.com'
ASK = {'method': 'OPTIONS', 'content_type': None, 'access_control_request_method': 'POST'}


def _config(jaeger, http='', grpc='', head=''):
    """Both protocols; http, grpc: more keys of their blocks."""
    text = config(jaeger, grpc=grpc)
    http = f'      http: {{endpoint: "127.0.0.1:0"{", " + http if http else ""}}}\n'
    return head + text.replace('processors:\n', http + 'processors:\n', 1)


def _cors(jaeger):
    return _config(jaeger, 'cors: {allowed_origins: ["https://*.example.com"], max_age: 60}, '
                           'response_headers: {X-Site: north}')


def a_page_of_an_allowed_site_may_send(t):
    jaeger = t.jaeger()
    client = t.http(t.collector(_cors(jaeger)))
    reply = client.post(b'', origin=PAGE, access_control_request_headers='content-type', **ASK)
    assert reply.status == 204 and 'content-length' not in reply.headers, reply
    for name, value in (('origin', PAGE), ('methods', 'POST'), ('headers', 'content-type'),
                        ('credentials', 'true')):
        assert reply.headers[f'access-control-allow-{name}'] == value, reply
    assert reply.headers['access-control-max-age'] == '60', reply
    for body, status in ((otlp.simple(1), 200), (b'\x0a\x7f\x00', 400)):
        reply = client.post(body, origin=PAGE)
        assert reply.status == status and reply.headers['vary'] == 'Origin', reply
        assert reply.headers['access-control-allow-origin'] == PAGE, reply
        assert reply.headers['x-site'] == 'north', reply
    jaeger.wait_spans(1)


def a_page_of_another_site_is_not_told_that_it_may(t):
    jaeger = t.jaeger()
    otelc = t.collector(_cors(jaeger))
    for origin in ('https://example.com', 'https://app.example.com.evil.test', 'null'):
        reply = t.http(otelc).post(b'', origin=origin, **ASK)
        assert reply.status == 204, reply
        assert not any(name.startswith('access-control') for name in reply.headers), reply


def a_page_may_ask_over_http2(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(_cors(jaeger)))
    reply = client.reply(client.start('/v1/traces', end=True, replace={
        ':method': 'OPTIONS', 'te': None, 'content-type': None, 'origin': PAGE,
        'access-control-request-method': 'POST'}))
    assert reply.http_status == 204, reply
    assert reply.headers['access-control-allow-origin'] == PAGE, reply.headers
    assert reply.headers['x-site'] == 'north', reply.headers


def without_cors_there_are_no_options(t):
    jaeger = t.jaeger()
    reply = t.http(t.collector(_config(jaeger))).post(b'', origin=PAGE, **ASK)
    assert reply.status == 405, reply
    assert not any(name.startswith('access-control') for name in reply.headers), reply

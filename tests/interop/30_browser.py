"""Pages in a real browser, with the OpenTelemetry SDK for the web -> otelc -> a strict fake Jaeger.

The pages are of another origin than otelc, so the browser asks otelc first whether they may send.
"""
import json

from harness.case import config

import known
from chromium import Chromium
from relay import CONTENT_TYPES, Relay
from website import Site, bundle

SERVICE = 'interop-browser-größe'
TRACE_ID = '00112233445566778899aabbccddeeff'
HEADERS = {'X-Tenant': 'shop'}


class Stage:
    """otelc behind a relay, a site, and a browser that shows its page. ORIGIN in cors is that page's."""

    def __init__(self, t, cors, host='127.0.0.1'):
        self.t, self.jaeger = t, t.jaeger()
        self.site = Site(t, bundle(t))
        self.origin = f'http://{host}:{self.site.port}'
        http = f'      http: {{endpoint: "127.0.0.2:0", cors: {{{cors.replace("ORIGIN", self.origin)}}}}}\n'
        self.otelc = t.collector(
            config(self.jaeger).replace('processors:\n', http + 'processors:\n', 1))
        self.relay = Relay(t, self.otelc.addresses()[1])
        self.url = 'http://{}:{}/v1/traces'.format(*self.relay.address)
        self.browser = Chromium(t)
        self.browser.open(self.origin)

    def send(self, protocol, way='fetch', flush=True, timeout_ms=10000, headers=None):
        """What the page's exporter says: "" where all went well."""
        options = {'url': self.url, 'headers': headers or HEADERS, 'timeoutMillis': timeout_ms}
        return self.browser.run('send(%s)' % json.dumps({
            'protocol': protocol, 'way': way, 'options': options, 'flush': flush,
            'known': known.KNOWN, 'service': SERVICE, 'traceId': TRACE_ID}))

    def check_arrived(self):
        known.compare(self.jaeger.wait_spans(len(known.KNOWN['spans'])),
                      known.expected('browser', SERVICE, TRACE_ID))
        assert self.otelc.stop() == 0, self.otelc.log

    def sent(self):
        """The methods of what the browser has sent to otelc, sorted."""
        return sorted(method for method, _ in self.relay.requests())


def _test(protocol, way):
    """A test named as "page by http/json, beacon"."""
    def test(t):
        stage = Stage(t, 'allowed_origins: ["ORIGIN"], allowed_headers: [X-Tenant], max_age: 600')
        assert stage.send(protocol, way) == ''
        stage.check_arrived()
        assert stage.sent() == ['OPTIONS', 'POST'], stage.relay.requests()
        requests = dict(stage.relay.requests())
        wanted = 'content-type' if way == 'beacon' else 'content-type,x-tenant'
        assert requests['OPTIONS']['access-control-request-headers'] == wanted, requests
        headers = requests['POST']
        assert headers['origin'] == stage.origin, headers
        assert headers['content-type'] == CONTENT_TYPES[protocol], headers
        assert headers.get('x-tenant') == (None if way == 'beacon' else 'shop'), headers
    globals()[f'page by {protocol}, {way}'] = test


for _protocol in ('http/json', 'http/protobuf'):
    for _way in ('fetch', 'XMLHttpRequest', 'beacon'):
        _test(_protocol, _way)


def a_page_sends_what_it_has_when_it_is_left(t):
    for way in ('fetch', 'beacon'):
        stage = Stage(t, 'allowed_origins: ["ORIGIN"], allowed_headers: [X-Tenant]')
        assert stage.send('http/json', way, flush=False) == ''
        stage.browser.open('about:blank')
        stage.check_arrived()


def a_wildcard_lets_all_pages_of_a_domain_send(t):
    stage = Stage(t, 'allowed_origins: ["http://*.localhost:*"], allowed_headers: ["*"]',
                  'pages.shop.localhost')
    assert stage.send('http/protobuf') == ''
    stage.check_arrived()


def a_browser_does_not_ask_again_within_max_age(t):
    stage = Stage(t, 'allowed_origins: ["*"], allowed_headers: [X-Tenant], max_age: 600')
    for _ in range(3):
        assert stage.send('http/json') == ''
    assert stage.sent() == ['OPTIONS', 'POST', 'POST', 'POST'], stage.relay.requests()
    (_, _, headers), *_ = stage.browser.answers(stage.url)
    assert headers['access-control-max-age'] == '600', headers
    stage.jaeger.wait_spans(3 * len(known.KNOWN['spans']))


def _check_stopped(stage, way, error):
    """The page's exporter had no luck, and the browser has only asked."""
    said = stage.send('http/json', way, timeout_ms=500)
    assert way == 'beacon' or said == 'Fetch request encountered a network error', said
    stage.browser.wait(stage.browser.cors_errors)
    assert stage.browser.cors_errors() == [error], stage.browser.cors_errors()
    assert stage.sent() == ['OPTIONS'], stage.relay.requests()
    assert stage.otelc.stop() == 0 and not stage.jaeger.delivered


def a_page_of_another_site_cannot_send(t):
    for way in ('fetch', 'beacon'):
        stage = Stage(t, 'allowed_origins: ["https://*.example.com"], allowed_headers: ["*"]')
        _check_stopped(stage, way, 'PreflightMissingAllowOriginHeader')


def a_header_that_is_not_allowed_cannot_be_sent(t):
    stage = Stage(t, 'allowed_origins: ["ORIGIN"], allowed_headers: [X-Other]')
    _check_stopped(stage, 'fetch', 'PreflightMissingAllowOriginHeader')

"""Pages in a real browser, with the OpenTelemetry SDK for the web -> otelc -> a strict fake Jaeger.

The pages are of another origin than otelc, so the browser asks otelc first whether they may send.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess

from harness import otlp
from harness.case import config
from harness.certificates import Authority
from harness.wait import until

import known
from chromium import Chromium
from relay import CONTENT_TYPES, Relay
from website import Site, bundle

SERVICE = 'interop-browser-größe'
TRACE_ID = '00112233445566778899aabbccddeeff'
HEADERS = {'X-Tenant': 'shop'}


class Stage:
    """otelc behind a relay, and a browser that shows the page of a site, from http://host:a_port.

    cors: that block's keys, where ORIGIN stands for the page's; guard: an extension that knows who
    may send, and its settings; more: as in config().
    """

    def __init__(self, t, cors, host='127.0.0.1', guard=None, **more):
        self.jaeger = t.jaeger()
        self.origin = f'http://{host}:{Site(t, bundle(t)).port}'
        cors = cors.replace('ORIGIN', self.origin)
        auth = f', auth: {{authenticator: {guard[0]}}}' if guard else ''
        text = config(self.jaeger, **more).replace(
            'protocols:\n', 'protocols:\n'
            f'      http: {{endpoint: "127.0.0.2:0", cors: {{{cors}}}{auth}}}\n')
        if guard:
            text += f'  extensions: [{guard[0]}]\nextensions: {{{guard[0]}: {guard[1]}}}\n'
        self.otelc = t.collector(text)
        self.relay = Relay(t, ('127.0.0.2', dict(self.otelc.addresses())['127.0.0.2']))
        self.url = 'http://{}:{}/v1/traces'.format(*self.relay.address)
        self.browser = Chromium(t)
        self.browser.open(self.origin)

    def script(self, protocol, way='fetch', flush=True, timeout_ms=20000, headers=None):
        """What makes the page send; its value is what send() gives."""
        options = {'url': self.url, 'headers': headers or HEADERS, 'timeoutMillis': timeout_ms}
        return 'send(%s)' % json.dumps({
            'protocol': protocol, 'way': way, 'options': options, 'flush': flush,
            'known': known.KNOWN, 'service': SERVICE, 'traceId': TRACE_ID})

    def send(self, *args, **more):
        """What the page's exporter says: "" where all went well."""
        return self.browser.run(self.script(*args, **more))

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


def a_page_tries_again_when_otelc_is_busy(t):
    stage = Stage(t, 'allowed_origins: ["ORIGIN"], allowed_headers: ["*"], '
                     'exposed_headers: [Retry-After]', batch=None,
                  queue='{queue_size: 1, num_consumers: 1}')
    stage.jaeger.hold()
    client, count = t.http(stage.otelc), 0
    while client.post(otlp.simple(count)).status == 200:
        count += 1
    stage.browser.run(f'void (said = {stage.script("http/json")})')

    def statuses():
        return [status for status, _, _ in stage.browser.answers(stage.url)]
    stage.browser.wait(lambda: 503 in statuses())
    stage.jaeger.release()
    assert stage.browser.run('said') == ''
    assert statuses()[-1] == 200, statuses()
    headers = stage.browser.answers(stage.url)[1][2]
    assert headers['access-control-expose-headers'] == 'Retry-After', headers
    stage.jaeger.wait_spans(count + len(known.KNOWN['spans']))


def a_page_needs_the_token_too(t):
    stage = Stage(t, 'allowed_origins: ["ORIGIN"], allowed_headers: [Authorization]',
                  guard=('bearertokenauth', '{token: change-me}'))
    said = stage.send('http/json', headers={'Authorization': 'Bearer wrong'})
    assert said == 'Fetch request failed with non-retryable status', said
    assert stage.browser.answers(stage.url)[-1][0] == 401, stage.browser.answers(stage.url)
    assert stage.send('http/json', headers={'Authorization': 'Bearer change-me'}) == ''
    stage.check_arrived()


def _check_stopped(stage, way, why):
    """The page's exporter had no luck, the browser has only asked, and otelc says why."""
    said = stage.send('http/json', way, timeout_ms=500)
    assert way == 'beacon' or said == 'Fetch request encountered a network error', said
    stage.browser.wait(stage.browser.cors_errors)
    errors = stage.browser.cors_errors()
    assert errors == ['PreflightMissingAllowOriginHeader'], errors
    stage.otelc.wait_log(f'refused OPTIONS /v1/traces .*: {re.escape(why)}$')
    assert stage.sent() == ['OPTIONS'], stage.relay.requests()
    assert stage.otelc.stop() == 0 and not stage.jaeger.delivered


def a_page_of_another_site_cannot_send(t):
    for way in ('fetch', 'beacon'):
        stage = Stage(t, 'allowed_origins: ["https://*.example.com"], allowed_headers: ["*"]')
        _check_stopped(stage, way, f'cors.allowed_origins does not have {stage.origin}')


def a_header_that_is_not_allowed_cannot_be_sent(t):
    stage = Stage(t, 'allowed_origins: ["ORIGIN"], allowed_headers: [X-Other]')
    _check_stopped(stage, 'fetch', 'cors.allowed_headers does not have x-tenant')


# ---- docs/otlp-http.md ----


def _digest(certificate):
    """Of its public key, as Chromium's flag wants it."""
    key = subprocess.run(['openssl', 'x509', '-in', certificate, '-pubkey', '-noout'], check=True,
                         stdout=subprocess.PIPE).stdout
    key = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'DER'], input=key, check=True,
                         stdout=subprocess.PIPE).stdout
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


def the_example_of_the_docs_works_by_https(t):
    with open(t.path('docs', 'otlp-http.md'), encoding='utf-8') as file:
        text = file.read().partition('## From a browser\n')[2]
    yaml, script = (re.search(rf'^```{language}\n(.*?)^```$', text, re.M | re.S).group(1)
                    for language in ('yaml', 'js'))
    certificate = Authority(t.directory).issue('otel.example.com')
    for made, name in zip(certificate, ('server.pem', 'server.key')):
        shutil.copy(made, os.path.join(t.directory, name))
    otelc = t.collector(args=['--config', t.path('config', 'quickstart.yaml'),
                              '--config', t.file('added.yaml', yaml),
                              '--set', 'receivers.otlp.protocols.grpc.endpoint=127.0.0.2:0',
                              '--set', 'exporters.viewer.endpoint=127.0.0.3:0',
                              '--set', 'receivers.otlp.protocols.http.endpoint=127.0.0.1:0'])
    port = dict(otelc.addresses())['127.0.0.1']
    site = Site(t, bundle(t, script), certificate)
    browser = Chromium(t, {'shop.example.com:443': f'127.0.0.1:{site.port}',
                           'otel.example.com:4318': f'127.0.0.1:{port}'}, [_digest(certificate[0])])
    browser.open('https://shop.example.com')
    url = 'https://otel.example.com:4318/v1/traces'
    browser.wait(lambda: len(browser.answers(url)) == 2)  # a while later: the SDK makes batches
    answers = [(status, protocol) for status, protocol, _ in browser.answers(url)]
    assert answers == [(204, 'h2'), (200, 'h2')], answers
    until(lambda: 'hello from a page' in otelc.out + otelc.log)
    assert otelc.stop() == 0, otelc.log

"""Every page, of every component that serves one, outlives what no browser sends."""
import random

from harness import otlp
from harness.case import each_workers
from harness.raw_http2 import END_HEADERS, END_STREAM, HEADERS, PREFACE, RST_STREAM, RawHttp2, \
    SETTINGS, field, frame, request

CONFIG = '''
extensions:
  zpages: {endpoint: "127.0.0.2:0"}
  health_check: {http: {endpoint: "127.0.0.3:0"}, grpc: {endpoint: "127.0.0.4:0"}}
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}
connectors:
  spanmetrics:
exporters:
  viewer: {endpoint: "127.0.0.5:0"}
  prometheus: {endpoint: "127.0.0.6:0"}
service:
  extensions: [zpages, health_check]
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.7, port: 0}}}}]}
  pipelines:
    traces: {receivers: [otlp], exporters: [viewer, spanmetrics]}
    metrics: {receivers: [spanmetrics], exporters: [prometheus]}
'''
PAGES = {'extensions/zpages': '/', 'extensions/health_check': '/status',
         'exporters/viewer': '/', 'exporters/prometheus': '/metrics',
         'telemetry/metrics': '/metrics', 'receivers/otlp': None}
WHOLE = END_HEADERS | END_STREAM


def _start(t):
    return t.collector(CONFIG, metrics=True)


def _doors(otelc):
    """Each address, and a path that is served there (None: none is)."""
    for where, path in PAGES.items():
        found = otelc.addresses(where)
        assert found, (where, otelc.log)
        for address in found:
            yield address, None if address[0] == '127.0.0.4' else path


def _check_alive(t, otelc):
    for address, path in _doors(otelc):
        if path:
            client = t.http(otelc, address)
            client.raw(client.head('GET', path, content_type=None))
            reply = client.reply()
            assert reply.status == 200, (address, reply)
            client.close()


@each_workers
def a_target_that_is_no_path_is_refused(t):
    otelc = _start(t)
    for address, _ in _doors(otelc):
        for method in ('GET', 'HEAD', 'OPTIONS', 'POST'):
            for target in ('*', '?', 'x', '%2f', 'http://', 'http://x?/', '://'):
                client = t.http(otelc, address)
                client.raw(f'{method} {target} HTTP/1.1\r\nHost: localhost\r\n'
                           f'Content-Length: 0\r\n\r\n')
                head = client.stream.readline()
                assert head.startswith(b'HTTP/1.1 '), (address, method, target, head)
                client.close()
        client = RawHttp2(t.http(otelc, address).socket)
        for stream, target in enumerate(('*', '?', 'x'), 1):
            client.send(frame(HEADERS, WHOLE, 2 * stream - 1,
                              request(target, 'OPTIONS', 'text/plain')))
        client.wait(lambda c=client: c.ended or
                    c.count(HEADERS) + c.count(RST_STREAM) == 3)
    _check_alive(t, otelc)
    assert otelc.stop() == 0, otelc.log


def _hostile(rng, host):
    """A few requests, of pieces that are wrong by themselves or beside each other."""
    methods = ['GET'] * 6 + ['HEAD', 'POST', 'OPTIONS', 'TRACE', 'CONNECT', 'PRI', 'get', '']
    targets = ['/', '*', '/pipeline', '/api/otelc/overview', '/api/otelc/summary', '/api/traces',
               '/api/services', '/api/dependencies', '/metrics', '/status', '/debug/servicez',
               '/..%2f', '//', 'http://x/', '/api/traces/' + 'f' * 33, '/v1/traces']
    queries = ['service=%f0%9f', 'limit=-1', 'limit=' + '9' * 30, 'start=9e99', 'lookback=1e309',
               'tags=' + '%7B%22a%22:' * 150, 'tag=a:b', 'minDuration=ns', '=&=&', 'x=%00']
    fields = ['Host: ' + host, 'Host: evil.example', 'Host: [::1', 'Origin: null', 'Origin: ://',
              'Sec-Fetch-Site: cross-site', 'Content-Length: 5', 'Content-Length: +5',
              'Content-Length: ' + '9' * 30, 'Transfer-Encoding: chunked', 'Upgrade: h2c',
              'Transfer-Encoding: gzip, chunked', 'Expect: 100-continue', 'Connection: close',
              'User-Agent: \x1b[2J\x9b', 'Cookie: ' + 'c' * 40000, 'X: \0', ' folded: x', 'X',
              'Accept-Encoding: gzip;q=x, *', 'Access-Control-Request-Method: POST',
              'Content-Type: application/grpc', 'Range: bytes=0-', 'Authorization: Basic !']
    out = ''
    for _ in range(rng.randint(1, 4)):
        target = rng.choice(targets)
        if rng.random() < 0.5:
            target += '?' + '&'.join(rng.choices(queries, k=rng.randint(1, 4)))
        lines = [f'{rng.choice(methods)} {target} HTTP/1.1', 'Host: localhost']
        out += '\r\n'.join(lines + rng.choices(fields, k=rng.randint(0, 4))) + '\r\n\r\n'
        out += rng.choice(['', '', '5\r\nhello\r\n0\r\n\r\n', 'f' * 16 + '\r\n', '{"a":'])
    bytes_ = bytearray(out.encode('latin-1'))
    for _ in range(rng.choice([0, 0, 0, 4])):
        bytes_[rng.randrange(len(bytes_))] = rng.randrange(256)
    return bytes(bytes_)


def _hostile_streams(rng):
    out = PREFACE + frame(SETTINGS)
    for stream in range(1, 2 * rng.randint(2, 8), 2):
        more = rng.choice([b'', field('host', 'evil.example'), field('te', 'x'), field('x', b'\0'),
                           field('content-length', '7'), field('origin', 'null')])
        path = rng.choice(['/', '*', '/metrics', '/api/traces?tags=%7B', otlp.HEALTH, ''])
        out += frame(HEADERS, rng.choice([0, END_HEADERS, WHOLE, WHOLE]), stream,
                     request(path, rng.choice(['GET', 'POST', 'OPTIONS', '']),
                             rng.choice(['application/grpc', 'text/plain']), more))
        out += frame(rng.randrange(12), rng.randrange(256), rng.choice([0, stream]),
                     rng.randbytes(rng.choice([0, 4, 5, 8, 30])))
    return out


@each_workers
def bytes_of_any_kind_harm_no_page(t):
    otelc = _start(t)
    rng = random.Random(t.workers)
    for address, _ in [door for door in _doors(otelc) for _ in range(40)]:
        client = t.http(otelc, address)
        data = _hostile_streams(rng) if rng.random() < 0.4 else _hostile(rng, client.host)
        client.socket.settimeout(0.02)
        try:
            client.raw(data)
            while client.socket.recv(1 << 16):
                pass
        except (TimeoutError, ConnectionError):
            pass
        client.close()
    _check_alive(t, otelc)
    assert otelc.stop() == 0, otelc.log

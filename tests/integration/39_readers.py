"""Readers that are periodic: the collector sends its own metrics, by OTLP or to stdout."""
import os
import re
import signal
import ssl
import struct
import time

from harness import otlp
from harness import protobuf as pb
from harness.backend import Answer
from harness.case import config, each_workers
from harness.certificates import Authority
from harness.wait import until

IN_FORCE = 'The new configuration is in force.'
NEVER = 3600000  # ms: only at the end
SUM, HISTOGRAM, GAUGE = 7, 9, 5


def _reader(endpoint, more='', interval=NEVER, protocol='grpc', around=''):
    return (f'{{periodic: {{interval: {interval}{around}, exporter: {{otlp: '
            f'{{protocol: {protocol}, endpoint: "{endpoint}"{more}}}}}}}}}')


def _to(backend, more='', interval=NEVER, **around):
    protocol = 'http/protobuf' if 'Http' in type(backend).__name__ else 'grpc'
    scheme = 'https' if backend.tls else 'http'
    return _reader(f'{scheme}://{backend.address}', more, interval, protocol, **around)


def _with(text, *readers, resource='{}', level='normal'):
    return text.replace(
        'service:\n', f'service:\n  telemetry:\n    resource: {resource}\n    metrics: '
        f'{{level: {level}, readers: [{", ".join(readers)}]}}\n', 1)


def _start(t, *readers, text=None, resource='{}', level='normal', **more):
    text = _with(text or config(t.jaeger()), *readers, resource=resource, level=level)
    return t.collector(text, metrics=True, **more)


def _reload(otelc, text):
    count = otelc.log.count(IN_FORCE)
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text)
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(re.escape(IN_FORCE), count=count + 1)


def _both(t, **more):
    return t.otlp_backend(**more), t.otlp_backend(http=True, **more)


# ---- what has come ----

def _attributes(messages):
    pairs = [pb.read(message) for message in messages]
    return {pb.last(pair, 1, b'').decode(): pb.last(pb.read(pb.last(pair, 2, b'')), 1, b'').decode()
            for pair in pairs}


def _number(point):
    if 4 in point:
        return struct.unpack('<d', struct.pack('<Q', point[4][0]))[0]
    return pb.signed(pb.last(point, 6, 0))


def _points(one):
    """{(name, attributes as a sorted tuple): value, of a histogram its count} of a request."""
    values = {}
    for item in one.spans:
        metric = pb.read(item['bytes'])
        kind, = {SUM, HISTOGRAM, GAUGE} & set(metric)
        for point in pb.read(metric[kind][0])[1]:
            point = pb.read(point)
            keys = _attributes(point.get(9 if kind == HISTOGRAM else 7, []))
            value = pb.last(point, 4, 0) if kind == HISTOGRAM else _number(point)
            values[(item['spanId'], *sorted(keys.items()))] = value
    return values


def _sent(one, name='otelcol_exporter_sent_spans'):
    return next((value for key, value in _points(one).items()
                 if key[:2] == (name, ('exporter', 'jaeger'))), None)


def _wait_more(backend, count=1):
    """So many more requests have arrived; the last."""
    before = len(backend.delivered)
    until(lambda: len(backend.delivered) >= before + count, 20,
          lambda: f'{len(backend.delivered)} requests, of {before + count}')
    backend.check()
    return backend.delivered[-1]


# ---- tests ----

@each_workers
def another_collector_shows_what_one_has_sent(t):
    shows = t.collector(
        'receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}}\n'
        'exporters: {prometheus: {endpoint: "127.0.0.1:0", transport: tcp4}}\n'
        'service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus]}}}\n')
    address = '%s:%d' % shows.address  # for gRPC and HTTP
    for protocol, more in (('grpc', ''), ('grpc/protobuf', ', compression: zstd'),
                           ('http/protobuf', ', compression: gzip'), ('http/json', '')):
        name = re.sub(r'\W', '-', protocol)
        otelc = _start(t, _reader(f'http://{address}', more, protocol=protocol),
                       resource=f'{{service.name: {name}, service.instance.id: null}}')
        for n in range(10):
            t.grpc(otelc).export_ok(otlp.simple(100 * n, count=7))
        assert otelc.stop() == 0, otelc.log  # the numbers are those of the very end

        def page():
            client = t.http(shows, shows.addresses('exporters/prometheus')[0])
            client.raw(client.head('GET', '/metrics', content_type=None))
            text = re.sub(',(otel_scope|server)_[a-z]+="[^"]*"', '', client.reply().body.decode())
            return dict(line.rsplit(' ', 1) for line in text.splitlines() if line[0] != '#')
        for line, value in (
                (f'otelcol_exporter_sent_spans_total{{exporter="jaeger",job="{name}"}}', '70'),
                (f'otelcol_receiver_accepted_spans_total{{job="{name}",receiver="otlp",'
                 'transport="grpc"}', '70'),
                (f'otelcol_processor_incoming_items_total{{job="{name}",otel_signal="traces",'
                 'processor="batch"}', '70'),
                (f'otelcol_processor_batch_batch_send_size_sum{{job="{name}",processor="batch"}}',
                 '70')):
            until(lambda line=line, value=value: page().get(line) == value, 20,
                  lambda line=line: f'{line}: {page().get(line)}')
        assert '\twarn\ttelemetry' not in otelc.log, otelc.log


def they_come_at_each_interval_with_all_that_belongs_to_them(t):
    for backend in _both(t):
        more = ', headers: {X-Key: abc}, headers_list: "x-more=a%20b"'
        otelc = _start(t, _to(backend, more, 100),
                       resource='{team: red, service.version: null}', level='detailed')
        t.grpc(otelc).export_ok(otlp.simple(1, count=5))
        until(lambda: backend.delivered and _sent(backend.delivered[-1]) == 5)
        one, later = backend.delivered[-1], _wait_more(backend)
        assert one.process == 'metrics', one
        assert (one.headers['x-key'], one.headers['x-more']) == ('abc', 'a b'), one.headers
        resource = _attributes(pb.read(one.spans[0]['resource'])[1])
        assert re.fullmatch('[0-9a-f-]{36}', resource.pop('service.instance.id')), resource
        assert resource == {'service.name': 'otelc', 'team': 'red'}, resource
        scopes = {item['spanId']: pb.read(item['scope'])[1][0].decode() for item in one.spans}
        assert (scopes['otelcol_exporter_sent_spans'] ==
                'go.opentelemetry.io/collector/exporter/exporterhelper'), scopes
        assert scopes['otelcol_process_uptime'] == 'go.opentelemetry.io/collector/service', scopes
        assert scopes['otelc_memory_budget_used'] == 'otelc', scopes
        assert 'otelcol_processor_batch_batch_send_size_bytes' in scopes, scopes
        before, after = [next(pb.read(item['bytes']) for item in request.spans
                              if item['spanId'] == 'otelcol_process_uptime')
                         for request in (one, later)]
        assert before[3] == [b's'] and before[2][0].startswith(b'Uptime'), before
        before, after = pb.read(before[SUM][0]), pb.read(after[SUM][0])
        assert before[2] == [2] and before[3] == [1], before  # cumulative, monotonic
        before, after = pb.read(before[1][0]), pb.read(after[1][0])
        assert before[2] == after[2] and before[2][0] < before[3][0] < after[3][0]
        assert 0 < _number(before) < _number(after)
        assert otelc.stop() == 0, otelc.log


def deltas_are_what_has_come_since(t):
    backend = t.otlp_backend()
    reader = _to(backend, ', temporality_preference: delta', 100)
    text = config(t.jaeger())
    otelc = _start(t, reader, text=text)

    def total():
        return sum(_sent(one) or 0 for one in list(backend.delivered))
    t.grpc(otelc).export_ok(otlp.simple(1, count=5))
    until(lambda: total() == 5, what=total)
    backend.always(Answer(14))
    t.grpc(otelc).export_ok(otlp.simple(10, count=6))
    backend.wait_requests(backend.requests + 2)
    backend.always()
    until(lambda: total() == 11, what=total)
    _reload(otelc, _with(text, reader, level='detailed'))  # its heir goes on
    t.grpc(otelc).export_ok(otlp.simple(20, count=7))
    until(lambda: total() == 18, what=total)
    assert otelc.stop() == 0, otelc.log
    assert total() == 18, total()
    times = [(point[2][0], point[3][0]) for one in backend.delivered for item in one.spans
             if item['spanId'] == 'otelcol_exporter_sent_spans'
             for point in [pb.read(pb.read(pb.read(item['bytes'])[SUM][0])[1][0])]]
    assert all(left[1] == right[0] for left, right in zip(times, times[1:])), times


def by_tls_with_a_certificate_of_its_own(t):
    authority = Authority(t.directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*authority.issue())
    context.set_alpn_protocols(['h2', 'http/1.1'])
    certificate, key = authority.issue('otelc')
    for backend in _both(t, tls=context):
        otelc = _start(t, _to(backend, f', certificate: "{authority.file}", client_certificate: '
                              f'"{certificate}", client_key: "{key}"'))
        assert otelc.stop() == 0, otelc.log
        assert len(backend.delivered) == 1, otelc.log
        assert 'with TLS' in otelc.log
        stranger = _start(t, _to(backend, interval=100))
        stranger.wait_log('not sent to .*a certificate that this machine does not trust')
        assert stranger.stop() == 0


@each_workers
def a_dead_peer_is_told_of_once_and_harms_nobody(t):
    for backend in _both(t, up=False):
        jaeger = t.jaeger()
        otelc = _start(t, _to(backend, interval=100), text=config(jaeger))
        line = otelc.wait_log(r'^.*\twarn\ttelemetry/metrics\t.*$').group()
        assert 'connection refused' in line and 'service.telemetry.metrics.readers' in line, line
        for n in range(20):
            t.grpc(otelc).export_ok(otlp.simple(n * 10))
            time.sleep(0.02)
        jaeger.wait_spans(20)
        backend.up()
        until(lambda: backend.delivered)
        otelc.wait_log('own metrics are sent again')
        until(lambda: _sent(backend.delivered[-1]) == 20)
        backend.down()
        otelc.wait_log('not sent to', count=2)
        start = time.monotonic()
        assert otelc.stop() == 0, otelc.log
        assert time.monotonic() - start < 5
        assert otelc.log.count('not sent to') <= 3, otelc.log  # a connection that is reset, refused
        assert '\terror\t' not in otelc.log, otelc.log


def a_peer_that_never_answers_delays_the_end_for_a_moment(t):
    for backend in _both(t):
        backend.hold()
        otelc = _start(t, _to(backend, interval=100))
        backend.wait_requests(1)
        t.grpc(otelc).export_ok(otlp.simple(1))
        time.sleep(0.5)
        assert backend.requests == 1
        start = time.monotonic()
        assert otelc.stop() == 0, otelc.log
        assert time.monotonic() - start < 6
        backend.release()


def what_was_not_delivered_in_time_is_in_the_last_numbers(t):
    backend, jaeger = t.otlp_backend(), t.jaeger()
    otelc = _start(t, _to(backend), text=config(jaeger), args=('--shutdown-timeout', '500ms'))
    jaeger.hold()
    t.grpc(otelc).export_ok(otlp.simple(1, count=3))
    jaeger.wait_requests(1)
    assert otelc.stop() == 3, otelc.log
    points = _points(backend.delivered[-1])
    name = 'otelcol_exporter_in_flight_requests'
    assert points[(name, ('data_type', 'traces'), ('exporter', 'jaeger'))] == 1, points
    jaeger.release()


def why_a_peer_refuses_is_told(t):
    for backend, status, why in ((t.otlp_backend(), 16, 'UNAUTHENTICATED'),
                                 (t.otlp_backend(http=True), 401, 'answers 401')):
        backend.always(Answer(status))
        otelc = _start(t, _to(backend, interval=100))
        line = otelc.wait_log(r'^.*not sent to.*$').group()
        assert why in line and 'Authorization' in line, line
        backend.wait_requests(5)
        assert otelc.log.count('not sent to') == 1, otelc.log
        assert otelc.stop() == 0


def what_is_rejected_in_part_is_told(t):
    backend = t.otlp_backend()
    backend.always(Answer(200, rejected=2, message='no room for two'))
    otelc = _start(t, _to(backend, interval=100))
    otelc.wait_log('not sent to .*no room for two')
    assert 'dropped' not in otelc.log, otelc.log


@each_workers
def a_reload_adds_changes_and_removes_readers(t):
    first, second, text = t.otlp_backend(), t.otlp_backend(http=True), config(t.jaeger())
    otelc = _start(t, _to(first, interval=100), text=text)
    _wait_more(first)
    _reload(otelc, _with(text, _to(first, interval=100), _to(second, interval=100)))
    _wait_more(first, 2)
    _wait_more(second, 2)
    _reload(otelc, _with(text, _to(second, ', headers: {X-Key: new}', 100)))
    until(lambda: second.delivered[-1].headers.get('x-key') == 'new')
    before = first.requests
    _wait_more(second, 5)
    assert first.requests == before
    broken = _with(text, _reader('ftp://x'))
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(broken)
    otelc.signal(signal.SIGHUP)
    otelc.wait_log('nothing has changed')
    _wait_more(second, 2)
    _reload(otelc, text.replace('service:\n', 'service:\n  telemetry: {metrics: {level: none}}\n'))
    before = second.requests
    time.sleep(0.5)
    assert second.requests == before
    assert otelc.stop() == 0, otelc.log


def a_reload_that_fails_leaves_the_reader_as_it_is(t):
    backend, text = t.otlp_backend(), config(t.jaeger())
    otelc = _start(t, _to(backend, interval=100), text=text)
    port = otelc.address[1]
    zipkin = f'zipkin: {{endpoint: "127.0.0.1:{port}"}}'
    taken = text.replace('receivers:\n', f'receivers:\n  {zipkin}\n')
    taken = taken.replace('receivers: [otlp]', 'receivers: [otlp, zipkin]')
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(_with(taken, _to(backend, interval=200)))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log('nothing has changed')
    _wait_more(backend, 5)
    assert otelc.stop() == 0, otelc.log


def sending_to_itself_does_not_grow(t):
    text = config(t.jaeger()).replace('grpc: {endpoint: "127.0.0.1:0"}',
                                      'grpc: {endpoint: "127.0.0.1:%d"}')
    text = text.replace('exporters:\n', 'exporters:\n  debug: {}\n')
    text += '    metrics: {receivers: [otlp], exporters: [debug]}\n'
    with t.otlp_backend(up=False)._bind(0) as place:  # a port that nobody else has meanwhile
        port = place.getsockname()[1]
    otelc = _start(t, _reader(f'http://127.0.0.1:{port}', interval=100), text=text % port)
    otelc.wait_log(r'"data points": \d+', count=10)
    counts = [int(count) for count in re.findall(r'"data points": (\d+)', otelc.log)]
    assert counts[9] == counts[5] and len(counts) < 200, counts
    assert otelc.stop() == 0, otelc.log


def what_sends_them_is_not_among_them(t):
    for backend in _both(t):
        otelc = _start(t, _to(backend, interval=100), level='detailed')
        t.grpc(otelc).export_ok(otlp.simple(1, count=5))
        until(lambda: backend.delivered and _sent(backend.delivered[-1]) == 5)
        points = _points(_wait_more(backend, 3))
        keys = [dict(key[1:]) for key in points]
        assert {key.get('exporter') for key in keys} == {None, 'jaeger'}, keys
        assert str(backend.port) not in {key.get('server.port') for key in keys}, keys
        names = {key[0] for key in points}
        assert 'http.client.request.duration' in names, names  # the exporter's
        assert 'rpc.client.call.duration' not in names, names
        assert otelc.stop() == 0


def the_console_has_a_line_for_each_point(t):
    otelc = _start(t, '{periodic: {interval: 100, exporter: {console: {}}}}')
    t.grpc(otelc).export_ok(otlp.simple(1, count=5))
    until(lambda: re.search('^otelcol_exporter_sent_spans{exporter=jaeger,.*} 5$', otelc.out, re.M),
          what=lambda: otelc.out)
    assert "\ttelemetry/metrics\totelc's own metrics: " in otelc.out, otelc.out
    assert otelc.stop() == 0


def pulled_and_sent_are_the_same(t):
    backend = t.otlp_backend()
    otelc = _start(t, '{pull: {exporter: {prometheus: {host: 127.0.0.2, port: 0}}}}',
                   _to(backend, interval=100))
    t.grpc(otelc).export_ok(otlp.simple(1, count=5))
    until(lambda: backend.delivered and _sent(backend.delivered[-1]) == 5)
    client = t.http(otelc, otelc.addresses('telemetry/metrics')[-1])
    client.raw(client.head('GET', '/metrics', content_type=None))
    page = client.reply().body.decode()
    pulled = {line.split()[2] for line in page.splitlines() if line.startswith('# TYPE')}
    sent = {item['spanId'] for item in _wait_more(backend).spans}
    assert pulled == sent | {'target_info'}, pulled ^ sent
    assert otelc.stop() == 0, otelc.log


def wrong_settings_are_told(t):
    def validate(reader):
        return t.validate(_with(config(t.jaeger()), reader))
    for exporter, told in (
            ('{}', 'wants otlp'),
            ('{otlp: {}, console: {}}', 'a reader for each'),
            ('{otlp: {protocol: udp}}', 'http/protobuf'),
            ('{otlp: {endpoint: "ftp://x"}}', 'ftp://x'),
            ('{otlp: {endpoint: "https://x", certificate: /none}}', '/none'),
            ('{otlp: {headers_list: x}}', 'name=value'),
            ('{otlp: {timeout: 5s}}', 'timeout'),
            ('{otlp: {endpont: x}}', 'endpoint')):
        code, err = validate(f'{{periodic: {{exporter: {exporter}}}}}')
        assert code == 1 and told in err, (exporter, code, err)
    code, err = validate('{periodic: {interval: 10, exporter: {console: {}}}}')
    assert code == 1 and 'interval' in err and '100' in err, err
    code, err = validate('{pull: {exporter: {prometheus: {}}}, periodic: {exporter: {otlp: {}}}}')
    assert code == 1 and 'a reader for each' in err, err


def the_example_is_fine(t):
    path = os.path.join(os.path.dirname(__file__), '../../config/metrics-otlp.yaml')
    code, _, err = t.run('validate', '--strict', '--config', path)
    assert code == 0, err

"""The exporters otlp and otlphttp: all signals, to backends of our own and to another collector."""
import ssl

from harness import otlp
from harness import protobuf as pb
from harness.backend import Answer
from harness.case import RETRY, config, each_workers
from harness.certificates import Authority

INTERNAL, RESOURCE_EXHAUSTED, UNAVAILABLE = 13, 8, 14
PATHS = {'traces': '/v1/traces', 'metrics': '/v1/metrics', 'logs': '/v1/logs'}
LIMIT = 4 << 20


def _to(backend, more='compression: none', queue='{}'):
    """{id: settings} of the exporter for a backend."""
    name = 'otlphttp' if 'Http' in type(backend).__name__ else 'otlp'
    return {name: f'{{{backend.settings}, {more}, sending_queue: {queue}, '
                  f'retry_on_failure: {RETRY}}}'}


def _all_signals(backend, more):
    """A configuration in which every signal goes to the backend."""
    (id, settings), = _to(backend, more).items()
    pipelines = ''.join(f'    {signal}: {{receivers: [otlp], processors: [batch], '
                        f'exporters: [{id}]}}\n' for signal in PATHS)
    return ('receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\n'
            'processors: {batch: {timeout: 10ms}}\n'
            f'exporters:\n  {id}: {settings}\nservice:\n  pipelines:\n{pipelines}')


def _requests(n):
    """A request of each signal, with one item that tells n."""
    metric = pb.text(1, f'metric-{n}') + pb.text(5, pb.text(1, pb.fixed64(3, 1)))
    record = pb.text(5, otlp.value(f'record-{n}'))
    return {'traces': otlp.simple(n), 'metrics': otlp.request(otlp.resource_spans([metric])),
            'logs': otlp.request(otlp.resource_spans([record]))}


def _both(t, **more):
    return t.otlp_backend(**more), t.otlp_backend(http=True, **more)


@each_workers
def all_signals_arrive_once(t):
    for backend in _both(t):
        otelc = t.collector(_all_signals(backend, 'compression: none'))
        client = t.http(otelc)
        for n in range(20):
            for signal, request in _requests(n).items():
                assert client.post(request, path=PATHS[signal]).status == 200
        backend.wait_spans(60)
        assert set(backend.ids().values()) == {1} and len(backend.ids()) == 60
        assert {one.process for one in backend.delivered} == set(PATHS)
        assert otelc.stop() == 0


def every_compression_is_understood(t):
    for backend in _both(t):
        http = 'Http' in type(backend).__name__
        for name, used in (('gzip', 'gzip'), ('zstd', 'zstd'), ('snappy', 'gzip'), ('none', None),
                           ('deflate', 'deflate' if http else 'gzip')):
            before = len(backend.delivered)
            otelc = t.collector(_all_signals(backend, f'compression: {name}'))
            for signal, request in _requests(1).items():
                assert t.http(otelc).post(request, path=PATHS[signal]).status == 200
            backend.wait_spans(before + 3)
            for one in backend.delivered[before:]:
                field = 'content-encoding' if http else 'grpc-encoding'
                assert one.headers.get(field) == used, one.headers
            assert ('gzip is used' in otelc.log) == (name == 'snappy' or used != name == 'deflate')
            assert otelc.stop() == 0


def json_arrives(t):
    backend = t.otlp_backend(http=True)
    otelc = t.collector(config(exporters=_to(backend, 'encoding: json')))
    t.grpc(otelc).export_ok(otlp.simple(1, count=100, attrs={'s': 'x', 'i': -5, 'l': [1.5, None]}))
    backend.wait_spans(100)
    assert len(backend.ids()) == 100


def what_came_is_what_goes_out(t):
    item = otlp.span(7, more=pb.text(1999, 'of a later version'))
    group = otlp.resource_spans([item], more_scope=pb.text(77, 'so is this'))
    for backend in _both(t):
        otelc = t.collector(config(batch=None, exporters=_to(backend)))
        t.grpc(otelc).export_ok(otlp.request(group))
        (_, span), = backend.wait_spans(1)
        assert span['bytes'] == item
        assert backend.sizes[-1] - len(otlp.request(group)) in (0, 5), backend.sizes


def requests_keep_below_the_usual_limit(t):
    for backend in _both(t):
        backend.size_max = LIMIT
        otelc = t.collector(config(batch='{timeout: 1s, send_batch_size: 1000000}',
                                   exporters=_to(backend), grpc='max_recv_msg_size_mib: 16'))
        client = t.grpc(otelc)
        for n in range(3):
            client.export_ok(otlp.simple(n * 1000, count=40, attrs={'text': 'x' * 90000}))
        client.export_ok(otlp.simple(9000, count=120, attrs={'text': 'x' * 90000}))
        backend.wait_spans(240)
        assert set(backend.ids().values()) == {1} and len(backend.ids()) == 240
        assert max(backend.sizes) <= 4_000_005 and len(backend.delivered) == len(backend.sizes)


def a_lower_limit_is_met_by_halves(t):
    for backend in _both(t):
        backend.size_max = 20000
        otelc = t.collector(config(exporters=_to(backend)))
        t.grpc(otelc).export_ok(otlp.simple(0, count=64, attrs={'text': 'x' * 2000}))
        backend.wait_spans(64)
        assert len(backend.ids()) == 64 and set(backend.ids().values()) == {1}
        otelc.wait_log('sent again in halves')
        t.grpc(otelc).export_ok(otlp.simple(100, attrs={'text': 'x' * 20000}))
        otelc.wait_log(r'Dropping data\. 1 items')


def what_is_rejected_in_part_is_not_sent_again(t):
    for backend in _both(t):
        for more in ('compression: gzip', 'encoding: json'):
            if more == 'encoding: json' and 'Grpc' in type(backend).__name__:
                continue
            before = backend.requests
            backend.next(Answer(200, rejected=3, message='no room for three'))
            otelc = t.collector(config(exporters=_to(backend, more)))
            t.grpc(otelc).export_ok(otlp.simple(1, count=10))
            otelc.wait_log(r'Dropping data\. 3 items: .*no room for three')
            t.grpc(otelc).export_ok(otlp.simple(50))
            backend.wait_requests(before + 2)
            assert otelc.stop() == 0
            assert backend.requests == before + 2


@each_workers
def what_is_busy_is_tried_again(t):
    for backend in _both(t):
        grpc = 'Grpc' in type(backend).__name__
        for status in (UNAVAILABLE, RESOURCE_EXHAUSTED) if grpc else (429, 502, 503, 504):
            before = len(backend.delivered)
            backend.next(Answer(status), Answer(Answer.CLOSE), Answer(Answer.RESET), Answer(status))
            otelc = t.collector(config(exporters=_to(backend)))
            t.grpc(otelc).export_ok(otlp.simple(status))
            backend.wait_spans(before + 1)
            assert otelc.stop() == 0


def what_is_refused_is_dropped(t):
    for backend in _both(t):
        grpc = 'Grpc' in type(backend).__name__
        for status in (INTERNAL, 2, 3) if grpc else (400, 404, 500):
            backend.next(Answer(status, message='not this'))
            otelc = t.collector(config(exporters=_to(backend)))
            t.grpc(otelc).export_ok(otlp.simple(1, count=4))
            otelc.wait_log(r'Dropping data\. 4 items: .*not this')
            assert otelc.stop() == 0
        assert backend.count() == 0


def the_peers_delay_is_kept(t):
    delay = pb.text(1, pb.integer(1, 1))
    info = pb.text(1, 'type.googleapis.com/google.rpc.RetryInfo') + pb.text(2, delay)
    for backend in _both(t):
        if 'Grpc' in type(backend).__name__:
            backend.next(Answer(UNAVAILABLE, details=pb.integer(1, 14) + pb.text(3, info)))
        else:
            backend.next(Answer(503, retry_after=1))
        otelc = t.collector(config(exporters=_to(backend)))
        t.grpc(otelc).export_ok(otlp.simple(1))
        backend.wait_spans(1)
        assert backend.times[1] - backend.times[0] >= 0.99
        assert otelc.stop() == 0


@each_workers
def a_backend_that_comes_later_gets_everything(t):
    for backend in _both(t, up=False):
        otelc = t.collector(config(exporters=_to(backend)))
        client = t.grpc(otelc)
        for n in range(20):
            client.export_ok(otlp.simple(n))
        otelc.wait_log('cannot connect')
        backend.up()
        backend.wait_spans(20)
        assert len(backend.ids()) == 20 and set(backend.ids().values()) == {1}
        assert otelc.stop() == 0


@each_workers
def what_is_held_is_sent_before_the_end(t):
    for backend in _both(t):
        backend.hold()
        otelc = t.collector(config(exporters=_to(backend)))
        client = t.grpc(otelc)
        for n in range(20):
            client.export_ok(otlp.simple(n))
        backend.release()
        assert otelc.stop() == 0
        assert len(backend.ids()) == 20 and set(backend.ids().values()) == {1}


@each_workers
def a_queue_on_the_disk_survives_a_kill(t):
    for backend in _both(t):
        refusal = UNAVAILABLE if 'Grpc' in type(backend).__name__ else 503
        backend.always(Answer(refusal))
        folder = f'{t.directory}/queue-{refusal}'
        text = config(exporters=_to(backend, queue='{storage: file_storage}'))
        text = (f'extensions:\n  file_storage: {{directory: "{folder}", create_directory: true}}\n'
                + text.replace('service:', 'service:\n  extensions: [file_storage]', 1))
        otelc = t.collector(text)
        client = t.grpc(otelc)
        for n in range(20):
            client.export_ok(otlp.simple(n))
        otelc.kill()
        t.collectors.remove(otelc)
        backend.always()
        again = t.collector(text)
        backend.wait_spans(20)
        assert len(backend.ids()) == 20
        assert again.stop() == 0


@each_workers
def by_tls(t):
    authority = Authority(t.directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue())
    context.set_alpn_protocols(['h2', 'http/1.1'])
    for backend in _both(t, tls=context):
        otelc = t.collector(config(exporters=_to(backend, f'tls: {{ca_file: "{authority.file}"}}')))
        t.grpc(otelc).export_ok(otlp.simple(1, count=10))
        backend.wait_spans(10)
        assert 'with TLS' in otelc.log
        assert otelc.stop() == 0
        stranger = t.collector(config(exporters=_to(backend)))
        t.grpc(stranger).export_ok(otlp.simple(1))
        stranger.wait_log('a certificate that this machine does not trust')


@each_workers
def from_collector_to_collector(t):
    jaeger = t.jaeger()
    last = t.collector(config(jaeger))
    address = '%s:%d' % last.address  # for gRPC and HTTP
    ways = [('otlp', 'compression: gzip'), ('otlp_grpc', 'compression: zstd'),
            ('otlphttp', 'compression: none'), ('otlp_http', 'compression: zstd'),
            ('otlphttp', 'encoding: json')]
    for n, (name, more) in enumerate(ways):
        first = t.collector(config(exporters={name: f'{{endpoint: "http://{address}", {more}}}'}))
        t.grpc(first).export_ok(otlp.simple(n * 100, count=100))
        jaeger.wait_spans(n * 100 + 100)
        assert first.stop() == 0
    assert set(jaeger.ids().values()) == {1} and len(jaeger.ids()) == 500


def headers_go_along(t):
    for backend in _both(t):
        otelc = t.collector(config(exporters=_to(
            backend, 'headers: {authorization: "Bearer abc", X-Scope-OrgID: shop}')))
        t.grpc(otelc).export_ok(otlp.simple(1))
        backend.wait_spans(1)
        headers = backend.delivered[0].headers
        assert headers['authorization'] == 'Bearer abc' and headers['x-scope-orgid'] == 'shop'


def the_other_port_is_told(t):
    authority = Authority(t.directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue())
    context.set_alpn_protocols(['h2', 'http/1.1'])
    grpc, http = (backend.address for backend in _both(t))
    tls = t.otlp_backend(tls=context).address, t.otlp_backend(http=True, tls=context).address
    trust = f', tls: {{ca_file: "{authority.file}"}}'
    other = 'the other port'  # for sure, or in question where the peer was too quick
    cases = [('otlp', f'http://{http}', '', other), ('otlphttp', f'http://{grpc}', '', other),
             ('otlp', f'https://{grpc}', trust, 'does not speak TLS'),
             ('otlphttp', f'https://{http}', trust, 'does not speak TLS'),
             ('otlp', f'http://{tls[0]}', '', 'one that wants TLS'),
             ('otlphttp', f'http://{tls[1]}', '', 'wants TLS')]
    for name, endpoint, more, wanted in cases:
        otelc = t.collector(config(exporters={name: f'{{endpoint: "{endpoint}"{more}}}'}))
        t.grpc(otelc).export_ok(otlp.simple(1))
        line = otelc.wait_log(r'^.*(Will retry the request|Dropping data).*$').group()
        assert wanted in line, line
        otelc.kill()
        t.collectors.remove(otelc)

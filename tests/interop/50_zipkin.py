"""The exporter zipkin to a real Zipkin: what its API shows is what was sent, in both formats."""
from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers

from tools import Zipkin

START_US = otlp.START_NS // 1000


def _request(n):
    """The trace number n: a client's span with all that there is, and a plain one below it."""
    event = pb.fixed64(1, otlp.START_NS + 1000) + pb.text(2, 'tea') + otlp.attributes(3, {'k': 'v'})
    link = pb.text(1, otlp.trace_id(999)) + pb.text(2, otlp.span_id(9))
    status = pb.text(2, 'went wrong') + pb.integer(3, 2)
    more = pb.integer(6, 3) + pb.text(11, event) + pb.text(13, link) + pb.text(15, status)
    attrs = {'peer.service': 'db', 'net.peer.ip': '10.0.0.1', 'net.peer.port': 5432,
             'net.host.ip': '2001:db8::1', 'net.host.port': 80, 'text': 'grüße "x"', 'i': -5, 'd': 0.5,
             'b': True, 'l': [1, 'x'], 'm': {'k': None}, 'bytes': b'\x00\xff', 'host.name': 'own'}
    trace = otlp.trace_id(n)
    spans = [otlp.span(1, trace=trace, attrs=attrs, more=more, name='get'),
             otlp.span(2, trace=trace, parent=otlp.span_id(1), duration_ns=1,
                       more=pb.integer(6, 1))]
    return otlp.request(otlp.resource_spans(spans, 'shop', {'host.name': 'h1'}))


def _expected(n):
    trace = otlp.trace_id(n).hex()
    scope = {'otel.scope.name': 'lib', 'otel.library.name': 'lib'}
    return [
        {'traceId': trace, 'id': otlp.span_id(1).hex(), 'kind': 'CLIENT', 'name': 'get',
         'timestamp': START_US, 'duration': 3,
         'localEndpoint': {'serviceName': 'shop', 'ipv6': '2001:db8::1', 'port': 80},
         'remoteEndpoint': {'serviceName': 'db', 'ipv4': '10.0.0.1', 'port': 5432},
         'annotations': [{'timestamp': START_US + 1, 'value': '"tea": {"k":"v"}'}],
         'tags': {**scope, 'host.name': 'own', 'text': 'grüße "x"', 'i': '-5', 'd': '0.5',
                  'b': 'true', 'l': '[1,"x"]', 'm': '{"k":null}', 'bytes': 'AP8=',
                  'otel.status_code': 'ERROR', 'error': 'went wrong',
                  'otlp.link.0': f'{otlp.trace_id(999).hex()}|{otlp.span_id(9).hex()}||{{}}|0'}},
        {'traceId': trace, 'parentId': otlp.span_id(1).hex(), 'id': otlp.span_id(2).hex(),
         'name': 'op', 'timestamp': START_US, 'duration': 1,
         'localEndpoint': {'serviceName': 'shop'},
         'tags': {**scope, 'host.name': 'h1', 'span.kind': 'internal'}}]


@each_workers
def what_zipkin_shows_is_what_was_sent(t):
    zipkin = Zipkin(t)
    ways = [(form, compression) for form in ('json', 'proto') for compression in ('none', 'gzip')]
    for n, (form, compression) in enumerate(ways, 1):
        otelc = t.collector(config(exporters={
            'zipkin': f'{{endpoint: "{zipkin.url}", format: {form}, compression: {compression}}}'}))
        t.grpc(otelc).export_ok(_request(n))
        shown = zipkin.wait_spans(otlp.trace_id(n).hex(), 2)
        assert shown == _expected(n), (form, compression, shown)
        assert otelc.stop() == 0


def large_batches_are_taken(t):
    zipkin = Zipkin(t)
    for n, form in enumerate(('json', 'proto'), 1):
        otelc = t.collector(config(
            exporters={'zipkin': f'{{endpoint: "{zipkin.url}", format: {form}}}'},
            batch='{timeout: 500ms, send_batch_size: 100000}'))
        client = t.grpc(otelc)
        pad = otlp.attributes(9, {'pad': 'x' * 10000})
        for first in range(0, 1200, 300):
            spans = [otlp.span(i, trace=otlp.trace_id(n), more=pad)
                     for i in range(first, first + 300)]
            client.export_ok(otlp.request(otlp.resource_spans(spans, 'large')))
        assert len(zipkin.wait_spans(otlp.trace_id(n).hex(), 1200)) == 1200
        assert otelc.stop() == 0
        assert 'halves' not in otelc.log and 'dropped' not in otelc.log


def a_path_that_is_wrong_is_told(t):
    zipkin = Zipkin(t)
    for path, told in (('/api/v2/span', '404 .Zipkin.s path is /api/v2/spans'),
                       ('/zipkin/', 'web page|Zipkin.s path is')):
        otelc = t.collector(config(exporters={
            'zipkin': f'{{endpoint: "http://{zipkin.address}{path}"}}'}))
        t.grpc(otelc).export_ok(_request(1))
        otelc.wait_log(told)
        otelc.kill()
        t.collectors.remove(otelc)

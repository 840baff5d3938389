"""The zipkin exporter, to a Zipkin of our own that can misbehave."""
import ssl

from harness import otlp
from harness import protobuf as pb
from harness.backend import Answer
from harness.case import RETRY, config, each_workers
from harness.certificates import Authority

FORMATS = ('json', 'proto')


def _config(zipkin, more='format: json', **others):
    return config(exporters={'zipkin': f'{{endpoint: "{zipkin.url}", {more}, '
                                       f'retry_on_failure: {RETRY}}}'}, **others)


def _request():
    event = pb.fixed64(1, otlp.START_NS + 1000) + pb.text(2, 'tea') + otlp.attributes(3, {'k': 'v'})
    link = pb.text(1, otlp.trace_id(9)) + pb.text(2, otlp.span_id(9))
    status = pb.text(2, 'went wrong') + pb.integer(3, 2)
    more = pb.text(11, event) + pb.text(13, link) + pb.text(15, status)
    attrs = {'peer.service': 'db', 'net.peer.ip': '10.0.0.1', 'net.peer.port': 5432,
             'text': 'grüße "x"', 'i': -5, 'd': 0.5, 'b': True, 'l': [1, 'x'], 'host.name': 'own'}
    span = otlp.span(1, parent=otlp.span_id(9), attrs=attrs, more=more)
    return otlp.request(otlp.resource_spans([span], 'shop', {'host.name': 'h1', 'pid': 7}))


WANTED = {
    'traceId': otlp.trace_id(1).hex(), 'id': otlp.span_id(1).hex(),
    'spanId': otlp.span_id(1).hex(), 'parentId': otlp.span_id(9).hex(), 'kind': 'SERVER',
    'name': 'op', 'timestamp': otlp.START_NS // 1000, 'duration': 3,
    'localEndpoint': {'serviceName': 'shop'},
    'remoteEndpoint': {'serviceName': 'db', 'ipv4': '10.0.0.1', 'port': 5432},
    'annotations': [{'timestamp': otlp.START_NS // 1000 + 1, 'value': '"tea": {"k":"v"}'}],
    'tags': {'host.name': 'own', 'pid': '7', 'otel.scope.name': 'lib', 'otel.library.name': 'lib',
             'text': 'grüße "x"', 'i': '-5', 'd': '0.5', 'b': 'true', 'l': '[1,"x"]',
             'otel.status_code': 'ERROR', 'error': 'went wrong',
             'otlp.link.0': f'{otlp.trace_id(9).hex()}|{otlp.span_id(9).hex()}||{{}}|0'}}


@each_workers
def both_formats_say_the_same(t):
    for form in FORMATS:
        for compression in ('none', 'gzip', 'zstd'):
            zipkin = t.zipkin()
            otelc = t.collector(_config(zipkin, f'format: {form}, compression: {compression}'))
            t.grpc(otelc).export_ok(_request())
            (kind, span), = zipkin.wait_spans(1)
            assert kind == ('application/json' if form == 'json' else 'application/x-protobuf')
            assert span == WANTED, span
            assert otelc.stop() == 0


def a_resource_without_a_name_gets_the_default(t):
    for more, name in (('format: json', '<missing service name>'),
                       ('default_service_name: nobody', 'nobody')):
        zipkin = t.zipkin()
        otelc = t.collector(_config(zipkin, more))
        t.grpc(otelc).export_ok(otlp.simple(1, service=None))
        (_, span), = zipkin.wait_spans(1)
        assert span['localEndpoint'] == {'serviceName': name}
        assert otelc.stop() == 0


def what_is_busy_is_tried_again(t):
    for form in FORMATS:
        zipkin = t.zipkin()
        zipkin.next(Answer(503), Answer(429), Answer(Answer.RESET), Answer(Answer.CLOSE),
                    Answer(500, message='<html>busy'))
        otelc = t.collector(_config(zipkin, f'format: {form}'))
        t.grpc(otelc).export_ok(otlp.simple(1, count=10))
        zipkin.wait_spans(10)
        assert set(zipkin.ids().values()) == {1}
        assert otelc.stop() == 0


def large_batches_and_low_limits(t):
    for form in FORMATS:
        zipkin = t.zipkin()
        zipkin.size_max = 300_000
        otelc = t.collector(_config(zipkin, f'format: {form}',
                                    batch='{timeout: 300ms, send_batch_size: 100000}'))
        client = t.grpc(otelc)
        for first in range(0, 2000, 500):
            client.export_ok(otlp.simple(first, count=500, attrs={'text': 'x' * 1000}))
        zipkin.wait_spans(2000)
        assert set(zipkin.ids().values()) == {1} and len(zipkin.ids()) == 2000
        assert max(zipkin.sizes) < 1_100_000
        otelc.wait_log('sent again in halves')
        assert otelc.stop() == 0


def what_is_wrong_is_told(t):
    zipkin = t.zipkin()
    otelc = t.collector(_config(zipkin))
    for n, (answer, told) in enumerate((
            (Answer(400, message='Malformed reading List<Span> from json'),
             r'Dropping data\. 1 items: Zipkin answers 400: Malformed reading'),
            (Answer(404), r'Zipkin answers 404 \(Zipkin\'s path is /api/v2/spans'),
            (Answer(302), 'redirects are not followed'),
            (Answer(403, message='<!DOCTYPE html>'), 'with a web page'),
            (Answer(401), 'Authorization'))):
        zipkin.next(answer)
        t.grpc(otelc).export_ok(otlp.simple(n))
        otelc.wait_log(told)
    assert otelc.stop() == 0


def tls_and_headers(t):
    authority = Authority(t.directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue())
    zipkin = t.zipkin(tls=context)
    otelc = t.collector(_config(zipkin, f'tls: {{ca_file: "{authority.file}"}}, '
                                        'headers: {X-Scope: tenant}'))
    t.grpc(otelc).export_ok(otlp.simple(1))
    zipkin.wait_spans(1)
    assert zipkin.delivered[0].headers['x-scope'] == 'tenant'
    assert otelc.stop() == 0


def the_example_validates(t):
    code, out, err = t.run('validate', '--config', t.path('config', 'zipkin.yaml'))
    assert (code, out, err) == (0, '', ''), (code, out, err)


def a_wrong_endpoint_is_told_before_it_starts(t):
    for endpoint, told in (('zipkin', 'has no port; Zipkin'), ('""', 'has no host')):
        code, err = t.validate(config(exporters={'zipkin': f'{{endpoint: {endpoint}}}'}))
        assert code == 1 and told in err, (code, err)

"""The exporter zipkin to a real Zipkin: what its API shows is what was sent, in both formats.

The receiver between py_zipkin and a real Zipkin: nobody can see that it is there.
"""
import json
import os
import subprocess

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers

from tools import HERE, Zipkin, environment, tool

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


def _to_zipkin(zipkin, more=''):
    return ('receivers: {zipkin: {endpoint: "127.0.0.1:0"}}\n'
            f'exporters: {{zipkin: {{endpoint: "{zipkin.url}"{more}}}}}\n'
            'service: {pipelines: {traces: {receivers: [zipkin], exporters: [zipkin]}}}\n')


def _send_with_py_zipkin(t, address, encoding, trace_id):
    run = subprocess.run(
        [tool(t, 'python/ready') and tool(t, 'python/bin/python'),
         os.path.join(HERE, 'python', 'zipkin_send.py'), address[0], str(address[1]), encoding,
         trace_id], timeout=60, capture_output=True, text=True, check=False, env=environment())
    assert (run.returncode, run.stderr) == (0, ''), run


def _without_chance(spans):
    """Without times and ids, of which each run has others."""
    shown = []
    for span in spans:
        span = {**span, 'traceId': len(span['traceId']), 'id': span.get('parentId', 'root')}
        span.update({name: span[name] > 0 for name in ('timestamp', 'duration') if name in span})
        if span.get('localEndpoint') == {'serviceName': '<missing service name>'}:
            del span['localEndpoint']  # OTLP's have one always
        span['annotations'] = [one['value'] for one in span.get('annotations', [])]
        span['tags'] = {k: v for k, v in span.get('tags', {}).items() if k != 'otel.status_code'}
        shown.append(span)
    return sorted(shown, key=lambda span: span['name'])


@each_workers
def what_py_zipkin_sends_is_shown_as_where_it_sends_to_zipkin(t):
    zipkin = Zipkin(t)
    otelc = t.collector(_to_zipkin(zipkin))
    ways = [('127.0.0.1', zipkin.port), otelc.addresses('receivers/zipkin')[0]]
    for n, encoding in enumerate(('V1_JSON', 'V2_JSON', 'V2_PROTO3'), 1):
        shown = []
        for way, address in enumerate(ways):
            trace_id = f'463ac35c9f6413ad48485a3953bb{n:02x}{way:02x}'
            _send_with_py_zipkin(t, address, encoding, trace_id)
            shown.append(_without_chance(zipkin.wait_spans(trace_id, 3)))
        assert shown[0] == shown[1], (encoding, shown)
    assert otelc.stop() == 0


def a_trace_of_zipkins_is_shown_the_same(t):
    zipkin = Zipkin(t)
    otelc = t.collector(_to_zipkin(zipkin, ', format: proto'))
    for way, trace in enumerate(('463ac35c9f6413ad48485a3953bb6124', '48485a3953bb6125')):
        spans = [{'traceId': trace, 'id': f'{n:016x}', 'name': f'op-{n}', 'kind': kind,
                  'timestamp': START_US, 'duration': 7, 'shared': kind == 'SERVER',
                  'localEndpoint': {'serviceName': f'service-{n % 3}', 'ipv4': '10.0.0.1',
                                    'ipv6': '2001:db8::1', 'port': n},
                  'remoteEndpoint': {'serviceName': 'db', 'port': n},
                  'annotations': [{'timestamp': START_US + 1, 'value': 'tea'}],
                  'tags': {'n': str(n), 'k': 'grüße'}}
                 for n, kind in enumerate(('CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'), 1)]
        direct = json.dumps(spans).encode()
        through = direct.replace(trace.encode(), trace.replace('bb61', 'bb71').encode())
        assert zipkin.post(direct) == 202
        reply = t.http(None, address=otelc.addresses('receivers/zipkin')[0]).post(
            through, path='/api/v2/spans', content_type='application/json')
        assert reply.status == 202, (way, reply)
        expected = json.loads(json.dumps(zipkin.wait_spans(trace, 4)).replace('bb61', 'bb71'))
        assert zipkin.wait_spans(trace.replace('bb61', 'bb71'), 4) == expected
    assert otelc.stop() == 0

"""The exporters otlp and otlphttp to the OTLP ports of a real Jaeger, 4317 and 4318.

It shows the same as where a client sends the same request to it directly.
"""
from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers

from tools import Jaeger


def _request(n, service, count=3):
    """The trace number n."""
    event = pb.fixed64(1, otlp.START_NS) + pb.text(2, 'an event') + otlp.attributes(3, {'k': 'v'})
    link = pb.text(1, otlp.trace_id(999)) + pb.text(2, otlp.span_id(9))
    status = pb.text(2, 'went wrong') + pb.integer(3, 2)
    more = pb.text(11, event) + pb.text(13, link) + pb.text(15, status)
    attrs = {'text': 'grüße', 'int': -5, 'double': 0.5, 'bool': True, 'list': [1, 'x'],
             'map': {'k': None}, 'bytes': b'\x00\xff'}
    spans = [otlp.span(i, trace=otlp.trace_id(n), attrs=attrs, more=more, name=f'op-{i}',
                       parent=otlp.span_id(0) if i else b'') for i in range(count)]
    return otlp.request(otlp.resource_spans(spans, service, {'host.name': 'h1'}))


def _shown(jaeger, n, service, count=3):
    """What it has of the trace, without the number."""
    spans = jaeger.wait_spans(service, count)
    assert len(spans) == count
    own, text = otlp.trace_id(n).hex(), []
    for process, span in spans:
        process['serviceName'] = 'shop'
        text.append(repr((process, span)).replace(own, 'N'))
    return sorted(text)


@each_workers
def what_jaeger_shows_is_what_was_sent(t):
    jaeger = Jaeger(t)
    host, port = jaeger.otlp['grpc'].rsplit(':', 1)
    t.grpc(None, address=(host, int(port))).export_ok(_request(1, 'direct'))
    expected = _shown(jaeger, 1, 'direct')
    ways = [(name, protocol, compression) for name, protocol in (('otlp', 'grpc'),
                                                                 ('otlphttp', 'http'))
            for compression in ('gzip', 'zstd', 'none')]
    for n, (name, protocol, compression) in enumerate(ways, 2):
        settings = (f'{{endpoint: "http://{jaeger.otlp[protocol]}", compression: {compression}'
                    f'{", encoding: json" if n == 7 else ""}}}')
        otelc = t.collector(config(exporters={name: settings}))
        t.grpc(otelc).export_ok(_request(n, f'way-{n}'))
        assert _shown(jaeger, n, f'way-{n}') == expected, (name, compression)
        assert otelc.stop() == 0


def large_batches_keep_below_its_limit(t):
    jaeger = Jaeger(t)
    settings = f'{{endpoint: "http://{jaeger.otlp["grpc"]}", compression: none}}'
    otelc = t.collector(config(exporters={'otlp': settings},
                               batch='{timeout: 500ms, send_batch_size: 100000}'))
    client = t.grpc(otelc)
    pad = otlp.attributes(9, {'pad': 'x' * 10000})
    for first in range(0, 1200, 300):
        spans = [otlp.span(i, trace=otlp.trace_id(1), more=pad) for i in range(first, first + 300)]
        client.export_ok(otlp.request(otlp.resource_spans(spans, 'large')))
    assert len(jaeger.wait_spans('large', 1200)) == 1200
    assert otelc.stop() == 0
    assert 'halves' not in otelc.log and 'dropped' not in otelc.log


def the_other_port_of_jaeger_is_told(t):
    jaeger = Jaeger(t)
    for name, protocol in (('otlp', 'http'), ('otlphttp', 'grpc')):
        otelc = t.collector(config(
            exporters={name: f'{{endpoint: "http://{jaeger.otlp[protocol]}"}}'}))
        t.grpc(otelc).export_ok(_request(1, 'lost'))
        otelc.wait_log('that is the other port')
        otelc.kill()
        t.collectors.remove(otelc)

"""The connector span_metrics: spans of all workers become metrics, through reloads and to the end."""
import os
import re
import signal
import struct

from harness import otlp
from harness import protobuf as pb
from harness.case import RETRY, each_workers, exporter
from harness.wait import until

IN_FORCE = r'The new configuration is in force\.'
CALLS, DURATION = 'traces.span.metrics.calls', 'traces.span.metrics.duration'


def _config(backend, settings='', batch='10ms', to=None):
    to = to or f'otlp: {{{backend.settings}, compression: none, retry_on_failure: {RETRY}}}'
    return '\n'.join([
        'receivers:', '  otlp:', '    protocols: {grpc: {endpoint: "127.0.0.1:0"}}',
        'processors:', f'  batch: {{timeout: {batch}}}',
        'connectors:', f'  spanmetrics: {{{settings}}}',
        'exporters:', f'  {to}',
        'service:', '  pipelines:',
        '    traces: {receivers: [otlp], exporters: [spanmetrics]}',
        '    metrics: {receivers: [spanmetrics], processors: [batch], '
        f'exporters: [{to.split(":", maxsplit=1)[0]}]}}', ''])


def _attributes(messages):
    found = {}
    for message in messages:
        attribute = pb.read(message)
        value = pb.read(pb.last(attribute, 2, b''))
        found[pb.last(attribute, 1, b'').decode()] = pb.last(value, 1, b'').decode()
    return found


def _points(backend):
    """[(metric, span.name, calls or count, sum)] in the order in which they came."""
    points = []
    for delivered in list(backend.delivered):
        for item in delivered.spans:
            metric = pb.read(item['bytes'])
            is_sum = 7 in metric
            for message in pb.read(metric[7 if is_sum else 9][0]).get(1, []):
                point = pb.read(message)
                name = _attributes(point[7 if is_sum else 9]).get('span.name')
                if is_sum:
                    points.append((item['spanId'], name, pb.last(point, 6, 0), 0))
                else:
                    total, = struct.unpack('<d', struct.pack('<Q', pb.last(point, 5, 0)))
                    points.append((item['spanId'], name, pb.last(point, 4, 0), total))
    return points


def _last(backend, metric, name='op'):
    values = [point[2:] for point in _points(backend) if point[:2] == (metric, name)]
    return values[-1] if values else (0, 0)


def _sum(backend, metric, name='op'):
    return sum(point[2] for point in _points(backend) if point[:2] == (metric, name))


def _send(t, otelc, first, connections=10, each=5, **more):
    """By connections of their own, which come to different workers."""
    for n in range(connections):
        client = t.grpc(otelc)
        client.export_ok(otlp.simple(first + n * each, count=each, **more))
        client.close()
    return connections * each


def _reload(otelc, text):
    with open(otelc.path + '.new', 'w', encoding='utf-8') as file:
        file.write(text)
    os.replace(otelc.path + '.new', otelc.path)
    count = len(re.findall(IN_FORCE, otelc.log))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(IN_FORCE, count=count + 1)


@each_workers
def the_end_flushes_what_all_workers_have_counted(t):
    backend = t.otlp_backend()
    otelc = t.collector(_config(backend, 'metrics_flush_interval: 1h'))
    _send(t, otelc, 0, duration_ns=3000000)
    _send(t, otelc, 100, name='slow', duration_ns=5000000000)
    assert not backend.delivered
    assert otelc.stop() == 0, otelc.log
    assert sorted(_points(backend)) == [
        (CALLS, 'op', 50, 0), (CALLS, 'slow', 50, 0),
        (DURATION, 'op', 50, 150.0), (DURATION, 'slow', 50, 250000.0)]


@each_workers
def cumulative_values_grow(t):
    backend = t.otlp_backend()
    otelc = t.collector(_config(backend, 'metrics_flush_interval: 50ms'))
    sent = 0
    for _ in range(3):
        sent += _send(t, otelc, sent, connections=3)
        until(lambda: _last(backend, CALLS)[0] == sent, 20)  # pylint: disable=cell-var-from-loop
    values = [point[2] for point in _points(backend) if point[0] == CALLS]
    assert values == sorted(values)
    assert otelc.stop() == 0, otelc.log


@each_workers
def the_parts_of_delta_are_the_whole(t):
    backend = t.otlp_backend(up=False)
    otelc = t.collector(_config(
        backend, 'metrics_flush_interval: 20ms, '
                 'aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA'))
    sent = _send(t, otelc, 0)
    backend.up()
    for n in range(5):
        sent += _send(t, otelc, 1000 * (n + 1), connections=4)
    assert otelc.stop() == 0, otelc.log
    assert _sum(backend, CALLS) == _sum(backend, DURATION) == sent


@each_workers
def a_reload_goes_on_counting(t):
    backend = t.otlp_backend()
    otelc = t.collector(_config(backend, 'metrics_flush_interval: 50ms'))
    sent = _send(t, otelc, 0)
    until(lambda: _last(backend, CALLS)[0] == sent, 20)
    _reload(otelc, _config(backend, 'metrics_flush_interval: 50ms', batch='20ms'))
    sent += _send(t, otelc, 1000)
    until(lambda: _last(backend, CALLS)[0] == sent, 20)
    assert otelc.stop() == 0, otelc.log


@each_workers
def a_reload_with_other_settings_flushes_the_old_ones(t):
    backend = t.otlp_backend()
    delta = 'metrics_flush_interval: 1h, aggregation_temporality: delta'
    otelc = t.collector(_config(backend, delta))
    sent = _send(t, otelc, 0)
    _reload(otelc, _config(backend, delta + ', histogram: {disable: true}'))
    until(lambda: _sum(backend, CALLS) == sent, 20)
    sent += _send(t, otelc, 1000)
    assert otelc.stop() == 0, otelc.log
    assert _sum(backend, CALLS) == sent
    assert _sum(backend, DURATION) == 50


@each_workers
def prometheus_shows_them(t):
    otelc = t.collector(_config(
        None, 'metrics_flush_interval: 50ms',
        to='prometheus: {endpoint: "127.0.0.1:0", transport: tcp4}'))
    sent = _send(t, otelc, 0, duration_ns=3000000)
    wanted = {f'traces_span_metrics_calls_total{{}} {sent}',
              f'traces_span_metrics_duration_milliseconds_count{{}} {sent}',
              f'traces_span_metrics_duration_milliseconds_bucket{{le="4"}} {sent}',
              'traces_span_metrics_duration_milliseconds_bucket{le="2"} 0'}

    def lines():
        client = t.http(otelc, otelc.addresses('exporters/prometheus')[0])
        client.raw(client.head('GET', '/metrics', content_type=None))
        page = client.reply().body.decode()
        client.close()
        return {re.sub(r'\{.*?(le="[^"]*")?\}', lambda m: f'{{{m[1] or ""}}}', line)
                for line in page.splitlines()}
    until(lambda: wanted <= lines(), 20, lambda: str(lines()))
    assert otelc.stop() == 0, otelc.log


def spans_beyond_the_limit_are_counted_together(t):
    backend = t.otlp_backend()
    otelc = t.collector(_config(backend, 'metrics_flush_interval: 1h, '
                                         'aggregation_cardinality_limit: 10'))
    client = t.grpc(otelc)
    for n in range(50):
        client.export_ok(otlp.simple(n, name=f'op {n}'))
    assert otelc.stop() == 0, otelc.log
    assert _sum(backend, CALLS, None) == _sum(backend, DURATION, None) == 40
    assert sum(point[2] for point in _points(backend) if point[0] == CALLS) == 50
    assert 'otel.metric.overflow=true' in otelc.log


def _old(jaeger, backend, processor, processors='batch, spanmetrics, attributes'):
    """The processor of old versions, which a pipeline of metrics had to keep the exporter for."""
    return '\n'.join([
        'receivers:', '  otlp:', '    protocols: {grpc: {endpoint: "127.0.0.1:0"}}',
        '  otlp/spanmetrics:', '    protocols: {grpc: {endpoint: "127.0.0.2:0"}}',
        'processors:', '  batch: {timeout: 10ms}', f'  spanmetrics: {processor}',
        '  attributes: {actions: [{key: late, value: added, action: insert}]}',
        'exporters:', f'  jaeger: {exporter(jaeger)}',
        f'  otlp: {{{backend.settings}, compression: none}}',
        'service:', '  pipelines:',
        f'    traces: {{receivers: [otlp], processors: [{processors}], exporters: [jaeger]}}',
        '    metrics: {receivers: [otlp/spanmetrics], exporters: [otlp]}', ''])


@each_workers
def the_old_processor_works(t):
    """Its metrics are of the spans as they are in its place, the traces go on as before."""
    jaeger, backend = t.jaeger(), t.otlp_backend()
    otelc = t.collector(_old(
        jaeger, backend, '{metrics_exporter: otlp, latency_histogram_buckets: [1ms, 1s], '
                         'dimensions: [{name: late, default: none}], dimensions_cache_size: 10}'))
    sent = _send(t, otelc, 0, duration_ns=3000000)
    jaeger.wait_spans(sent)
    assert otelc.stop() == 0, otelc.log
    assert sorted(_points(backend)) == [('calls', 'op', sent, 0), ('duration', 'op', sent, 150.0)]
    assert all(b'none' in item['bytes'] for one in backend.delivered for item in one.spans)
    assert 'works as the connector that took its place, in front of otlp' in otelc.log


def the_old_processor_is_checked(t):
    jaeger, backend = t.jaeger(up=False), t.otlp_backend(up=False)
    for processor, told in (
            ('{}', 'processors.spanmetrics: wants metrics_exporter'),
            ('{metrics_exporter: nowhere}', 'nowhere'),
            ('{metrics_exporter: jaeger}', 'the jaeger exporter does not take metrics'),
            ('{metrics_exporter: otlp, latency_histogram_buckets: [2s, 1s]}',
             'write the buckets in ascending order'),
            ('{metrics_exporter: otlp, latency: 1}', 'unknown key')):
        code, err = t.validate(_old(jaeger, backend, processor))
        assert code == 1 and told in err, err
    both = _old(jaeger, backend, '{metrics_exporter: otlp}') + 'connectors: {spanmetrics: }\n'
    code, err = t.validate(both)
    assert code == 1 and 'processors.spanmetrics: is a connector now, which is there, too' in err, err
    for processors in ('spanmetrics', 'spanmetrics, batch', 'batch, spanmetrics'):
        code, err = t.validate(_old(jaeger, backend, '{metrics_exporter: otlp}', processors))
        assert code == 0, err


def validate_tells_what_is_wrong(t):
    backend = t.otlp_backend(up=False)
    for settings, told in (
            ('histogram: {explicit: {buckets: [2s, 1s]}}', 'write the buckets in ascending order'),
            ('dimensions: [{name: a}, {name: a}]', 'has the dimension a already'),
            ('dimensions: [{default: a}]', 'a dimension needs a name'),
            ('events: {enabled: true}', 'wants dimensions')):
        code, err = t.validate(_config(backend, settings))
        assert code == 1 and told in err, err

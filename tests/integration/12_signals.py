"""Metrics and logs: pipelines of their own, over gRPC and HTTP, beside traces."""
import json
import re

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers
from harness.grpc_client import frame

UNIMPLEMENTED = 12
PROTOBUF = 'application/x-protobuf'
METHODS = {'traces': otlp.EXPORT,
           'metrics': '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
           'logs': '/opentelemetry.proto.collector.logs.v1.LogsService/Export'}
GAUGE, SUM = 5, 7


def _point(value, **attrs):
    """A NumberDataPoint."""
    number = pb.double(4, value) if isinstance(value, float) else pb.fixed64(6, value)
    return otlp.attributes(7, attrs) + pb.fixed64(3, otlp.START_NS) + number


def _metric(name, points, kind=GAUGE):
    data = b''.join(pb.text(1, point) for point in points)
    return pb.text(1, name) + pb.text(3, 'By') + pb.text(kind, data)


def _record(body, severity=9, trace=b'', span=b'', **attrs):
    """A LogRecord."""
    out = pb.fixed64(1, otlp.START_NS) + pb.integer(2, severity) + pb.text(5, otlp.value(body))
    return out + otlp.attributes(6, attrs) + pb.text(9, trace) + pb.text(10, span)


def _request(items, service='shop'):
    """The three signals' requests are built the same way."""
    return otlp.request(otlp.resource_spans(items, service))


def _config(metrics='[debug]', logs='[debug]', verbosity='normal', batch='{timeout: 10ms}',
            http='', traces='[nop]'):
    """None for no pipeline of a signal."""
    lines = ['receivers:', '  otlp:', '    protocols:',
             f'      http: {{endpoint: "127.0.0.1:0"{http}}}',
             'processors:', f'  batch: {batch}', 'exporters:', '  nop:',
             f'  debug: {{verbosity: {verbosity}, sampling_initial: 1000}}',
             '  prometheusremotewrite: {endpoint: "127.0.0.1:0"}', 'service:', '  pipelines:']
    for signal, exporters in (('traces', traces), ('metrics', metrics), ('logs', logs)):
        if exporters:
            lines.append(f'    {signal}: {{receivers: [otlp], processors: [batch], '
                         f'exporters: {exporters}}}')
    return '\n'.join(lines) + '\n'


def _post(client, signal, request):
    return client.post(request, path=f'/v1/{signal}')


METRICS = _request([_metric('memory', [_point(7, k='a'), _point(2.5, k='b')]),
                    _metric('requests', [_point(3)], SUM)])
LOGS = _request([_record('hello', n=1), _record('bye\x1b', 17)])


@each_workers
def metrics_and_logs_go_through_grpc_and_http(t):
    otelc = t.collector(_config())
    grpc, http = t.grpc(otelc), t.http(otelc)
    for signal, request in (('metrics', METRICS), ('logs', LOGS), ('traces', otlp.simple(1))):
        reply = grpc.export_ok(request, path=METHODS[signal])
        assert reply.response == b'', reply
        grpc.export_ok(request, path=METHODS[signal], compress=True)
        reply = _post(http, signal, request)
        assert (reply.status, reply.body) == (200, b''), (signal, reply)
        assert reply.headers['content-type'] == PROTOBUF, reply
    assert otelc.stop() == 0
    assert otelc.log.count('memory{k=a} 7\n') == 3, otelc.log
    assert otelc.log.count('memory{k=b} 2.5\n') == 3, otelc.log
    assert otelc.log.count('requests{} 3\n') == 3, otelc.log
    assert otelc.log.count('Info hello n=1\n') == 3, otelc.log
    assert otelc.log.count('Error bye\\x1b\n') == 3, otelc.log
    lines = re.findall(r'Metrics \{"resource metrics": \d+, "metrics": (\d+), "data points": (\d+)',
                       otelc.log)
    assert sum(int(m) for m, _ in lines) == 6 and sum(int(p) for _, p in lines) == 9, lines
    records = re.findall(r'Logs \{"resource logs": \d+, "log records": (\d+)\}', otelc.log)
    assert sum(int(n) for n in records) == 6, records


def detailed_tells_everything(t):
    otelc = t.collector(_config(verbosity='detailed'))
    http = t.http(otelc)
    _post(http, 'metrics', METRICS)
    _post(http, 'logs', LOGS)
    assert otelc.stop() == 0
    for text in ('ResourceMetrics #0', '-> Name: memory', '-> Unit: By', '-> DataType: Gauge',
                 '-> DataType: Sum', 'Value: 2.5', 'ResourceLog #0', 'Body           : Str(hello)',
                 'Severity number: Error(17)', '-> n: Int(1)'):
        assert text in otelc.log, (text, otelc.log)


def traces_reach_jaeger_beside_the_others(t):
    jaeger = t.jaeger()
    text = config(jaeger, exporters=None)
    text = text.replace('exporters:\n', 'exporters:\n  debug: {verbosity: normal}\n', 1)
    text += '    metrics: {receivers: [otlp], processors: [batch], exporters: [debug]}\n'
    text += '    logs: {receivers: [otlp], exporters: [debug]}\n'
    otelc = t.collector(text)
    grpc = t.grpc(otelc)
    streams = []
    for n in range(1, 11):  # all at once, on one connection
        for signal, request in (('traces', otlp.simple(n)), ('metrics', METRICS), ('logs', LOGS)):
            stream = grpc.start(METHODS[signal])
            grpc.send(stream, frame(request))
            streams.append(stream)
    assert all(grpc.reply(stream).status == 0 for stream in streams)
    jaeger.wait_spans(10)
    assert otelc.stop() == 0
    assert set(jaeger.ids().values()) == {1} and len(jaeger.ids()) == 10


def data_points_fill_a_batch_and_metrics_are_not_cut(t):
    otelc = t.collector(_config(batch='{timeout: 1h, send_batch_size: 10, '
                                      'send_batch_max_size: 10}', verbosity='basic'))
    grpc = t.grpc(otelc)

    def sizes():
        return [(int(m), int(p)) for m, p in
                re.findall(r'"metrics": (\d+), "data points": (\d+)\}', otelc.log)]
    metrics = [_metric(f'm{n}', [_point(n)] * points)
               for n, points in enumerate((4, 4, 4, 0, 25, 0, 2))]
    grpc.export_ok(_request(metrics), path=METHODS['metrics'])
    otelc.wait_log('"data points": 25')
    assert sizes() == [(2, 8), (2, 4), (2, 25)], sizes()  # what has no points goes along
    assert otelc.stop() == 0
    assert sizes()[3:] == [(1, 2)], sizes()


def log_records_fill_a_batch(t):
    otelc = t.collector(_config(batch='{timeout: 1h, send_batch_size: 3}', verbosity='basic'))
    grpc = t.grpc(otelc)
    grpc.export_ok(LOGS, path=METHODS['logs'])
    grpc.export_ok(LOGS, path=METHODS['logs'])
    otelc.wait_log(r'Logs \{"resource logs": 1, "log records": 4\}')
    grpc.export_ok(LOGS, path=METHODS['logs'])
    assert otelc.stop() == 0
    assert '"log records": 2}' in otelc.log, otelc.log


def ids_of_a_wrong_length_are_a_partial_success(t):
    otelc = t.collector(_config(verbosity='basic', batch='{timeout: 0s}'))
    grpc = t.grpc(otelc)
    logs = _request([_record('a', trace=otlp.trace_id(1), span=otlp.span_id(1)),
                     _record('b', trace=b'short'), _record('c', span=bytes(8))])
    count, why = otlp.rejected(grpc.export_ok(logs, path=METHODS['logs']).response)
    assert count == 1 and 'trace_id' in why, (count, why)
    exemplar = pb.text(5, pb.text(5, b'short'))
    metrics = _request([_metric('a', [_point(1) + exemplar, _point(2)]), _metric('b', [_point(3)])])
    count, why = otlp.rejected(grpc.export_ok(metrics, path=METHODS['metrics']).response)
    assert count == 2 and 'exemplar' in why, (count, why)
    otelc.wait_log('"log records": 2}')
    otelc.wait_log('"metrics": 1, "data points": 1}')


def json_brings_all_signals(t):
    otelc = t.collector(_config(logs='[debug, prometheusremotewrite]', batch='{timeout: 0s}'))
    http = t.http(otelc)

    def post(signal, tree):
        reply = http.post(json.dumps(tree).encode(), path=f'/v1/{signal}',
                          content_type='application/json')
        assert reply.status == 200, reply
        return json.loads(reply.body)
    point = {'asInt': '7', 'attributes': [{'key': 'k', 'value': {'stringValue': 'a'}}]}
    wrong = {'asDouble': 1, 'exemplars': [{'traceId': '0102'}]}
    metrics = [{'name': 'memory', 'gauge': {'dataPoints': [point]}},
               {'name': 'bad', 'gauge': {'dataPoints': [wrong, wrong]}}]
    answer = post('metrics', {'resourceMetrics': [{'scopeMetrics': [{'metrics': metrics}]}]})
    assert answer['partialSuccess']['rejectedDataPoints'] == '2', answer
    otelc.wait_log('^memory.k=a. 7$')
    records = [{'body': {'stringValue': 'hello'}}]
    answer = post('logs', {'resourceLogs': [{'scopeLogs': [{'logRecords': records}]}]})
    assert answer['partialSuccess']['rejectedLogRecords'] == '1', answer
    assert 'logs are not served' in answer['partialSuccess']['errorMessage'], answer


def malformed_ones_are_told_by_their_name(t):
    otelc = t.collector(_config())
    grpc, http = t.grpc(otelc), t.http(otelc)
    for signal, name in (('metrics', 'ExportMetricsServiceRequest'),
                         ('logs', 'ExportLogsServiceRequest')):
        reply = grpc.export(b'\x0a\x05', path=METHODS[signal])
        assert reply.status == 3 and name in reply.message, reply
        reply = _post(http, signal, b'\x0a\x05')
        assert reply.status == 400 and name.encode() in reply.body, reply
        assert grpc.export_ok(b'', path=METHODS[signal]).response == b''


@each_workers
def what_is_not_served_is_told_to_the_client(t):
    otelc = t.collector(_config(metrics='[debug, prometheusremotewrite]', logs=None))
    warning = otelc.wait_log('pipelines.metrics: .*').group(0)
    assert 'exporter prometheusremotewrite' in warning and otelc.log.count('does not have') == 1, otelc.log
    grpc, http = t.grpc(otelc), t.http(otelc)
    for _ in range(3):
        count, why = otlp.rejected(grpc.export_ok(METRICS, path=METHODS['metrics']).response)
        assert count == 3 and 'metrics are not served by this collector' in why, (count, why)
        assert 'prometheusremotewrite' in why, why
    reply = _post(http, 'metrics', METRICS)
    assert reply.status == 200 and otlp.rejected(reply.body)[0] == 3, reply
    assert grpc.export(b'\x0a\x05', path=METHODS['metrics']).status == 3
    reply = grpc.export(LOGS, path=METHODS['logs'])  # no pipeline at all
    assert reply.status == UNIMPLEMENTED and 'no pipeline takes logs' in reply.message, reply
    reply = _post(t.http(otelc), 'logs', LOGS)
    assert reply.status == 404 and b'no pipeline takes logs' in reply.body, reply
    assert otelc.stop() == 0  # from here on all of the log has been read
    lines = otelc.log.count('drops the data points that clients send: metrics are not served')
    assert 1 <= lines <= t.workers, otelc.log
    dropped = re.findall(r'dropped (\d+) data points: metrics are not served', otelc.log)
    assert sum(map(int, dropped)) == 12, otelc.log
    assert 'Metrics {' not in otelc.log, otelc.log


def a_receiver_of_no_other_pipeline_tells_it_too(t):
    text = _config(metrics=None).replace(
        'receivers:\n',
        'receivers:\n  otlp/metrics: {protocols: {grpc: {endpoint: "127.0.0.2:0"}}}\n', 1)
    text += '    metrics: {receivers: [otlp/metrics], exporters: [prometheusremotewrite]}\n'
    otelc = t.collector(text)
    grpc = t.grpc(otelc, otelc.addresses('receivers/otlp/metrics')[0])
    count, why = otlp.rejected(grpc.export_ok(METRICS, path=METHODS['metrics']).response)
    assert count == 3 and 'does not have the exporter prometheusremotewrite' in why, (count, why)
    reply = grpc.export(otlp.simple(1))
    assert reply.status == UNIMPLEMENTED and 'no pipeline takes traces' in reply.message, reply
    t.grpc(otelc).export_ok(otlp.simple(1))
    assert otelc.stop() == 0
    assert 'dropped 3 data points: metrics are not served' in otelc.log, otelc.log


def the_paths_are_settings(t):
    paths = ', metrics_url_path: in/metrics, logs_url_path: /in/logs'
    otelc = t.collector(_config(http=paths, batch='{timeout: 0s}'))
    http = t.http(otelc)
    assert http.post(METRICS, path='/in/metrics').status == 200
    assert http.post(LOGS, path='/in/logs').status == 200
    otelc.wait_log('memory')
    otelc.wait_log('hello')
    reply = http.post(METRICS, path='/v1/metrics')
    assert reply.status == 404 and b'no pipeline' not in reply.body, reply
    code, err = t.validate(_config(http=', logs_url_path: /v1/metrics'))
    assert code == 1 and 'logs_url_path: /v1/metrics is the path of metrics already' in err, err


def metrics_and_logs_need_no_traces(t):
    otelc = t.collector(_config(traces=None, batch='{timeout: 0s}'))
    grpc = t.grpc(otelc)
    grpc.export_ok(METRICS, path=METHODS['metrics'])
    otelc.wait_log('memory')
    reply = grpc.export(otlp.simple(1))
    assert reply.status == UNIMPLEMENTED and 'no pipeline takes traces' in reply.message, reply


def jaeger_takes_no_metrics(t):
    text = _config(metrics='[jaeger]').replace('exporters:\n', 'exporters:\n'
                                               '  jaeger: {endpoint: "jaeger:14250"}\n', 1)
    code, err = t.validate(text)
    assert code == 1 and 'the jaeger exporter does not take metrics, only traces' in err, err


def health_knows_the_services(t):
    otelc = t.collector(_config(logs=None))
    grpc = t.grpc(otelc)
    for signal, status in (('metrics', 0), ('logs', 5)):
        service = METHODS[signal].strip('/').partition('/')[0]
        assert grpc.export(pb.text(1, service), path=otlp.HEALTH).status == status

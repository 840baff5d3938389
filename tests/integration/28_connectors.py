"""Connectors: pipelines that feed others, through reloads and to the end, lose nothing."""
import os
import re
import signal
import subprocess
import threading

from harness import otlp
from harness.case import each_workers, exporter
from harness.flood import Flood
from harness.wait import until

IN_FORCE = r'The new configuration is in force\.'


def _config(pipelines, exporters, connectors=('forward',), storage=None):
    """Pipelines by their ids. There are batch, batch/slow (which holds what it has for an hour) and
    batch/single (which lets each span go by itself)."""
    lines = ['receivers:', '  otlp:', '    protocols:', '      grpc: {endpoint: "127.0.0.1:0"}',
             '      http: {endpoint: "127.0.0.1:0"}', 'processors:', '  batch: {timeout: 10ms}',
             '  batch/slow: {timeout: 1h}',
             '  batch/single: {timeout: 10ms, send_batch_size: 1, send_batch_max_size: 1}',
             'connectors:', *(f'  {id}:' for id in connectors),
             'exporters:', *(f'  {id}: {settings}' for id, settings in exporters.items())]
    if storage:
        lines += ['extensions:', f'  file_storage: {{directory: "{storage}", create_directory: true}}']
    lines += ['service:', *(['  extensions: [file_storage]'] if storage else []), '  pipelines:',
              *(f'    {id}: {{{lists}}}' for id, lists in pipelines.items())]
    return '\n'.join(lines) + '\n'


def _reload(otelc, text):
    with open(otelc.path + '.new', 'w', encoding='utf-8') as file:
        file.write(text)
    os.replace(otelc.path + '.new', otelc.path)
    count = len(re.findall(IN_FORCE, otelc.log))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(IN_FORCE, count=count + 1)


def _ids(numbers):
    return {otlp.span_id(n).hex() for n in numbers}


def _has_once(jaeger, wanted, timeout_s=30):
    until(lambda: wanted <= set(jaeger.ids()), timeout_s,
          lambda: f'{len(wanted - set(jaeger.ids()))} of {len(wanted)} spans are missing')
    assert set(jaeger.ids()) == wanted
    twice = sum(n > 1 for n in jaeger.ids().values())
    assert twice == 0, f'{twice} of {len(wanted)} came twice'


IN_OUT = {'traces/in': 'receivers: [otlp], exporters: [forward]',
          'traces/out': 'receivers: [forward], processors: [batch], exporters: [jaeger]'}

CHAIN = ('forward/1', 'forward/2', 'forward/3')
CHAIN_PIPELINES = {
    'traces/d': 'receivers: [forward/3], processors: [batch], exporters: [jaeger]',
    'traces/b': 'receivers: [forward/1], processors: [batch], exporters: [forward/2]',
    'traces/a': 'receivers: [otlp], processors: [batch], exporters: [forward/1]',
    'traces/c': 'receivers: [forward/2], processors: [batch], exporters: [forward/3]',
}


@each_workers
def each_pipeline_has_processors_of_its_own(t):
    jaeger, other = t.jaeger(), t.jaeger()
    otelc = t.collector(_config({
        'traces/in': 'receivers: [otlp], processors: [batch/single], exporters: [jaeger, forward]',
        'traces/slow': 'receivers: [forward], processors: [batch/slow], exporters: [jaeger/2]',
    }, {'jaeger': exporter(jaeger), 'jaeger/2': exporter(other)}))
    client = t.grpc(otelc)
    for n in range(0, 20, 4):
        client.export_ok(otlp.simple(n, count=4))
    _has_once(jaeger, _ids(range(20)))
    assert jaeger.requests == 20
    assert other.requests == 0
    assert otelc.stop() == 0
    _has_once(other, _ids(range(20)))
    assert other.requests == 1


@each_workers
def all_signals_go_on(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config({
        **IN_OUT,
        'metrics': 'receivers: [otlp], exporters: [forward]',
        'metrics/out': 'receivers: [forward], exporters: [debug]',
        'logs': 'receivers: [otlp], exporters: [forward]',
        'logs/out': 'receivers: [forward], exporters: [debug]',
    }, {'jaeger': exporter(jaeger), 'debug': '{}'}))
    http = t.http(otelc)
    http.post_ok(otlp.simple(1))
    metric = (b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":'
              b'[{"asInt":"1"}]}}]}]}]}')
    log = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"l"}}]}]}]}'
    for path, body in (('/v1/metrics', metric), ('/v1/logs', log)):
        reply = http.post(body, path=path, content_type='application/json')
        assert reply.status == 200, reply
    _has_once(jaeger, _ids([1]))
    otelc.wait_log('"data points": 1')
    otelc.wait_log('"log records": 1')
    assert otelc.stop() == 0


@each_workers
def several_in_a_chain_lose_nothing_at_the_end(t):
    """In the file they stand in no order."""
    jaeger = t.jaeger(counting=True)
    otelc = t.collector(_config(CHAIN_PIPELINES, {'jaeger': exporter(jaeger)}, CHAIN))
    flood = Flood(spans=10, connections=8)
    thread = threading.Thread(target=flood.run, args=(otelc.address,))
    thread.start()
    until(lambda: flood.count() > 5000, 60)
    assert otelc.stop() == 0, otelc.log
    thread.join(70)
    missing = flood.acknowledged() - set(jaeger.ids())
    assert not missing, f'{len(missing)} of {flood.count()} spans are lost'
    assert max(jaeger.ids().values()) == 1


@each_workers
def a_backend_that_is_down_pushes_back_through_all_pipelines(t):
    jaeger = t.jaeger(up=False)
    pipelines = {id: lists.replace('batch', 'batch/single') for id, lists in CHAIN_PIPELINES.items()}
    otelc = t.collector(_config(pipelines, {
        'jaeger': exporter(jaeger, queue='{queue_size: 4, num_consumers: 1}')}, CHAIN))
    client = t.grpc(otelc)
    accepted, number = set(), 0
    while len(accepted) == number:
        if client.export(otlp.simple(number)).status == 0:
            accepted.add(number)
        number += 1
        assert number < 1000, 'it never refuses'
    jaeger.up()
    _has_once(jaeger, _ids(accepted))
    assert otelc.stop() == 0


@each_workers
def reloads_under_load_lose_nothing(t):
    jaeger = t.jaeger(counting=True)
    exporters = {'jaeger': exporter(jaeger)}
    ways = [
        _config(IN_OUT, exporters),
        _config({**IN_OUT, 'traces/out': 'receivers: [forward], exporters: [jaeger]'}, exporters),
        _config(CHAIN_PIPELINES, exporters, CHAIN),
        _config({'traces': 'receivers: [otlp], processors: [batch], exporters: [jaeger]'}, exporters),
        _config({'traces/in': 'receivers: [otlp], processors: [batch], exporters: [forward/new]',
                 'traces/out': 'receivers: [forward/new], exporters: [jaeger]'}, exporters,
                ('forward/new',)),
    ]
    otelc = t.collector(ways[0])
    flood = Flood(spans=10, connections=8)
    stops = threading.Event()
    thread = threading.Thread(target=flood.run, args=(otelc.address, 80, stops.is_set))
    thread.start()
    try:
        for way in ways[1:] + ways[:3]:
            before = flood.count()
            until(lambda: flood.count() > before + 500, 60)  # pylint: disable=cell-var-from-loop
            _reload(otelc, way)
        stops.set()
        thread.join(90)
    finally:
        stops.set()
    assert otelc.stop() == 0, otelc.log
    missing = flood.acknowledged() - set(jaeger.ids())
    assert not missing, f'{len(missing)} of {flood.count()} spans are lost'
    assert max(jaeger.ids().values()) == 1


@each_workers
def storage_behind_a_connector_counts(t):
    """What was acknowledged is on disk, though the exporter that asks for it is two pipelines away."""
    jaeger = t.jaeger(up=False)

    def text(batch):
        return _config({
            'traces': f'receivers: [otlp], processors: [{batch}], exporters: [forward/1]',
            'traces/b': 'receivers: [forward/1], exporters: [forward/2]',
            'traces/c': 'receivers: [forward/2], exporters: [jaeger]',
        }, {'jaeger': exporter(jaeger, queue='{storage: file_storage}')},
            ('forward/1', 'forward/2'), storage=os.path.join(t.directory, 'queue'))
    otelc = t.collector(text('batch/slow'))
    client = t.grpc(otelc)
    for n in range(10):
        client.export_ok(otlp.simple(n))
    otelc.process.kill()
    otelc.process.wait()
    t.collectors.remove(otelc)
    jaeger.up()
    t.collector(text('batch'))
    _has_once(jaeger, _ids(range(10)))


def validate_tells_what_a_connector_misses(t):
    exporters = {'debug': '{}'}
    half = {'traces': 'receivers: [otlp], exporters: [forward]'}
    cycle = {'traces': 'receivers: [otlp, forward], exporters: [debug, forward]'}
    for pipelines, told in ((half, 'is no receiver of a traces pipeline'),
                            (cycle, 'connectors form a cycle: traces -> forward -> traces')):
        path = os.path.join(t.directory, 'config.yaml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(_config(pipelines, exporters))
        run = subprocess.run([t.binary, 'validate', '--config', path], capture_output=True,
                             text=True, check=False)
        assert run.returncode == 1 and told in run.stderr + run.stdout, run

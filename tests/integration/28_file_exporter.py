"""The file exporter: what lies in its files, and that nothing is lost on the way there."""
import glob
import json
import os
import signal

from harness import otlp
from harness import protobuf as pb
from harness.case import each_workers
from harness.wait import until

PATHS = {'traces': '/v1/traces', 'metrics': '/v1/metrics', 'logs': '/v1/logs'}
KEYS = {'traces': 'resourceSpans', 'metrics': 'resourceMetrics', 'logs': 'resourceLogs'}


def config(settings, id='file', more='', batch=False):
    """All signals to one file exporter."""
    processors = 'processors: [batch], ' if batch else ''
    pipelines = ''.join(f'    {signal}: {{receivers: [otlp], {processors}exporters: [{id}]}}\n'
                        for signal in PATHS)
    return ('receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\n'
            'processors: {batch: {timeout: 10ms}}\n'
            f'exporters:\n  {id}: {{{settings}}}\n{more}service:\n  pipelines:\n{pipelines}')


def requests(n):
    """A request of each signal, with one item that tells n."""
    metric = pb.text(1, f'metric-{n}') + pb.text(5, pb.text(1, pb.fixed64(3, 1)))
    record = pb.fixed64(1, otlp.START_NS) + pb.text(5, otlp.value(f'record-{n}'))
    return {'traces': otlp.simple(n), 'metrics': otlp.request(otlp.resource_spans([metric])),
            'logs': otlp.request(otlp.resource_spans([record]))}


def send(t, otelc, n, count=1, **more):
    assert t.http(otelc).post(otlp.simple(n, count=count, **more), path='/v1/traces').status == 200


def lines(t, name):
    with open(os.path.join(t.directory, name), encoding='utf-8') as file:
        text = file.read()
    assert text == '' or text.endswith('\n'), text[-200:]
    return [json.loads(line) for line in text.splitlines()]


def spans(objects):
    return [span for one in objects for resource in one['resourceSpans']
            for scope in resource['scopeSpans'] for span in scope['spans']]


@each_workers
def all_signals_become_lines(t):
    otelc = t.collector(config('path: out.json'))
    for signal_name, request in requests(7).items():
        assert t.http(otelc).post(request, path=PATHS[signal_name]).status == 200
    assert otelc.stop() == 0, otelc.log
    objects = lines(t, 'out.json')
    assert [list(one) for one in objects] == [[key] for key in KEYS.values()], objects
    (span,) = spans(objects[:1])
    assert span['traceId'] == otlp.trace_id(7).hex() and span['spanId'] == otlp.span_id(7).hex()
    assert os.stat(os.path.join(t.directory, 'out.json')).st_mode & 0o777 == 0o600


def it_is_written_while_otelc_runs(t):
    otelc = t.collector(config('path: out.json, flush_interval: 20ms'))
    send(t, otelc, 1, count=3)
    until(lambda: len(lines(t, 'out.json')) == 1, 10, lambda: otelc.log)
    assert len(spans(lines(t, 'out.json'))) == 3


@each_workers
def files_are_rotated_and_old_ones_deleted(t):
    otelc = t.collector(config('path: sub/dir/out.json, create_directory: true, '
                               'flush_interval: 0s, rotation: {max_megabytes: 1, max_backups: 2}'))
    for n in range(30):  # a connection each
        send(t, otelc, n * 10, count=10, attrs={'text': 'x' * 20000})
    assert otelc.stop() == 0, otelc.log
    files = sorted(glob.glob(os.path.join(t.directory, 'sub/dir/*')))
    assert len(files) == 3, files
    for file in files:
        assert 0 < os.path.getsize(file) <= 1 << 20
        assert lines(t, file)


def append_goes_on_and_else_it_begins_anew(t):
    for more, wanted in (('', 1), (', append: true', 2), ('', 1)):
        otelc = t.collector(config('path: out.json' + more))
        send(t, otelc, 1)
        assert otelc.stop() == 0
        assert len(lines(t, 'out.json')) == wanted


def a_value_of_the_resource_names_the_file(t):
    otelc = t.collector(config('path: "by/*.json", create_directory: true, group_by: '
                               '{enabled: true, resource_attribute: service.name, '
                               'max_open_files: 2}'))
    for n, name in enumerate(('shop', 'cart', '../evil', 'shop', 'mail')):
        request = otlp.request(otlp.resource_spans([otlp.span(n)], name))
        assert t.http(otelc).post(request, path='/v1/traces').status == 200
    assert otelc.stop() == 0, otelc.log
    assert sorted(os.listdir(os.path.join(t.directory, 'by'))) == [
        '_._evil.json', 'cart.json', 'mail.json', 'shop.json']
    assert len(spans(lines(t, 'by/shop.json'))) == 2


@each_workers
def a_reload_keeps_the_file_or_goes_on_in_it(t):
    text = config('path: out.json')
    otelc = t.collector(text)
    for n, more in enumerate(('', '\n', ', flush_interval: 50ms')):
        send(t, otelc, n)
        with open(otelc.path, 'w', encoding='utf-8') as file:
            file.write(config('path: out.json' + more))
        otelc.signal(signal.SIGHUP)
        otelc.wait_log('The new configuration is in force', count=n + 1)
    send(t, otelc, 3)
    assert otelc.stop() == 0, otelc.log
    assert len(spans(lines(t, 'out.json'))) == 4


def a_file_that_somebody_moves_away_is_made_anew(t):
    otelc = t.collector(config('path: out.json, flush_interval: 0s'))
    send(t, otelc, 1)
    until(lambda: lines(t, 'out.json'), 10, lambda: otelc.log)
    os.rename(os.path.join(t.directory, 'out.json'), os.path.join(t.directory, 'old.json'))
    send(t, otelc, 2)
    assert otelc.stop() == 0, otelc.log
    assert len(lines(t, 'out.json')) == len(lines(t, 'old.json')) == 1


def a_full_disk_refuses_for_now(t):
    otelc = t.collector(config('path: /dev/full, flush_interval: 0s'))
    send(t, otelc, 1)
    otelc.wait_log('No space left on device; it is tried again every second.*make room')
    answer = t.http(otelc).post(otlp.simple(2), path='/v1/traces')
    assert answer.status == 503, answer
    otelc.signal(signal.SIGTERM)
    assert otelc.wait_exit() == 3 and '1 items were acknowledged' in otelc.log, otelc.log


def two_exporters_do_not_share_a_file(t):
    otelc = t.collector(config('path: out.json, flush_interval: 0s', more='  file/2: {path: '
                               'out.json, flush_interval: 0s}\n')
                        .replace('exporters: [file]', 'exporters: [file, file/2]'))
    send(t, otelc, 1)
    otelc.wait_log('each needs a file of its own')


def what_is_wrong_is_told_by_validate(t):
    for settings, told in (('', 'path is missing: write path: '),
                           ('path: 5, format: xml', 'json'),
                           ('path: "x*.json", group_by: {enabled: maybe}', 'enabled'),
                           ('path: x, rotation: {max_megabyte: 3}', 'max_megabytes')):
        code, err = t.validate(config(settings))
        assert code == 1 and told in err, err
    otelc = t.collector(config('path: missing/out.json'), wait_ready=False)
    assert otelc.wait_exit() == 3 and 'set create_directory: true' in otelc.log, otelc.log


def the_example_works(t):
    otelc = t.collector(args=['--config', t.path('config', 'file.yaml'),
                              '--set', 'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
                              '--set', 'receivers.otlp.protocols.http.endpoint=127.0.0.1:0'])
    send(t, otelc, 1)
    assert otelc.stop() == 0
    assert len(lines(t, 'telemetry/otel.json')) == 1

"""otelc replay: what the file exporter wrote arrives, as it was; what is damaged is told."""
import glob
import os
import signal
import time

from harness import otlp
from harness import protobuf as pb
from harness.backend import Answer
from harness.case import each_workers
from harness.wait import until

PATHS = {'traces': '/v1/traces', 'metrics': '/v1/metrics', 'logs': '/v1/logs'}
FORMS = ('format: json', 'format: proto', 'format: json, compression: zstd',
         'format: proto, compression: zstd')
NOW_S = 10


def _items(n):
    """An item of each signal that tells n, as bytes."""
    return {'traces': otlp.span(n, attrs={'s': 'x', 'i': -5, 'l': [1.5, 'y']}),
            'metrics': pb.text(1, f'metric-{n}') + pb.text(5, pb.text(1, pb.fixed64(3, 1))),
            'logs': pb.fixed64(1, otlp.START_NS) + pb.text(5, otlp.value(f'record-{n}'))}


def _record(t, settings, count, name='out'):
    """Writes count items of each signal; returns the files, and what must come out."""
    pipelines = ''.join(f'    {signal_name}: {{receivers: [otlp], exporters: [file]}}\n'
                        for signal_name in PATHS)
    otelc = t.collector('receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\n'
                        f'exporters: {{file: {{path: {name}, {settings}}}}}\n'
                        f'service:\n  pipelines:\n{pipelines}')
    client, wanted = t.http(otelc), {}
    for n in range(count):
        for signal_name, item in _items(n).items():
            request = otlp.request(otlp.resource_spans([item]))
            assert client.post(request, path=PATHS[signal_name]).status == 200
            wanted[signal_name, n] = item
    assert otelc.stop() == 0, otelc.log
    return sorted(glob.glob(os.path.join(t.directory, name + '*'))), wanted


def _replay(t, files, to, *more):
    return t.run('replay', *files, '--to', to, *more, env={'OTELC_SANDBOX': 'kill'})


def _to(backend):
    return ('http://' if 'Http' in type(backend).__name__ else '') + backend.address


@each_workers
def every_form_comes_back_as_it_was(t):
    for form in FORMS:
        files, wanted = _record(t, form, 20)
        for backend in (t.otlp_backend(), t.otlp_backend(http=True)):
            code, out, err = _replay(t, files, _to(backend))
            assert code == 0 and 'otelc:' not in err, err
            assert out == 'sent 20 spans, 20 data points, 20 log records in 60 requests\n', out
            got = sorted(span['bytes'] for one in backend.delivered for span in one.spans)
            if form.startswith('format: proto'):
                assert got == sorted(wanted.values())
            assert set(backend.ids().values()) == {1} and len(backend.ids()) == 60
        for file in files:
            os.unlink(file)


def several_files_are_sent_one_after_the_other(t):
    files, wanted = _record(t, 'rotation: {max_megabytes: 1}, flush_interval: 0s', 5)
    more, _ = _record(t, 'format: proto', 5, name='proto')
    backend = t.otlp_backend()
    code, out, err = _replay(t, files + more, _to(backend))
    assert code == 0, err
    assert set(backend.ids().values()) == {2} and len(backend.ids()) == len(wanted)


def damage_is_told_and_the_rest_is_sent(t):
    files, _ = _record(t, 'format: json', 3)
    with open(files[0], 'rb') as file:
        lines = file.read().splitlines()
    lines[4:4] = [b'{"resourceSpans": [{', b'not JSON', b'{"other": 1}']
    path = t.file('damaged.json', b'\n'.join(lines))
    backend = t.otlp_backend(http=True)
    code, out, err = _replay(t, [path], _to(backend))
    assert code == 3 and 'skipped: 3 damaged or foreign parts' in out, out
    for number, text in ((5, 'expected'), (6, 'no object of JSON'), (7, 'none of resourceSpans')):
        assert any(f'damaged.json:{number}: ' in line and (text in line or number == 5)
                   for line in err.splitlines()), err
    assert len(backend.ids()) == 9
    files, _ = _record(t, 'format: proto', 3, name='proto')
    with open(files[0], 'rb') as file:
        content = bytearray(file.read())
    content[1] ^= 0xff
    code, out, err = _replay(t, [t.file('damaged.bin', bytes(content)), t.path('README.md'),
                                 'missing.json', t.directory], _to(backend))
    assert code == 3 and 'sent 2 spans, 3 data points, 3 log records in 8 requests' in out, out
    for text in ('damaged.bin: byte 0: ', 'README.md: byte 0: it has neither lines',
                 'missing.json: cannot be read: No such file', 'it is no regular file'):
        assert text in err, err


def what_the_peer_refuses_is_told(t):
    files, _ = _record(t, 'format: json', 2)
    backend = t.otlp_backend(http=True)
    backend.next(Answer(503), Answer(400, message='bad \x1b[2J\u009bday\nforged'))
    code, out, err = _replay(t, files, _to(backend))
    assert code == 3 and 'refused, in whole or in part: 1 ' in out, out + err
    assert 'in 5 requests' in out and 'was not delivered' in err and '400' in err, out + err
    assert r'bad \x1b[2J\xc2\x9bday\x0aforged' in err, err  # it is a terminal that shows it
    down = t.otlp_backend(up=False)
    code, out, err = _replay(t, files, _to(down), '--set',
                             'exporters.otlp/replay.retry_on_failure.max_elapsed_time=1s')
    assert code == 3 and 'sent 0 spans in 0 requests' in out, out


def the_rate_is_kept(t):
    files, _ = _record(t, 'format: json', 20)
    backend = t.otlp_backend()
    begin = time.monotonic()
    code, _, err = _replay(t, files, _to(backend), '--rate', '60')
    assert code == 0, err
    assert 0.9 < time.monotonic() - begin < NOW_S


def _latest_s(backend):
    ends = [pb.last(pb.read(span['bytes']), 8, b'') for one in backend.delivered
            if 'trace' in one.process.lower() for span in one.spans]
    return max(end if isinstance(end, int) else int.from_bytes(end, 'little')
               for end in ends) / 1e9


def times_can_be_moved_to_now(t):
    files, _ = _record(t, 'format: json', 3)
    backend = t.otlp_backend()
    code, _, err = _replay(t, files, _to(backend), '--retime')
    assert code == 0, err
    assert abs(_latest_s(backend) - time.time()) < NOW_S + 60


def a_file_that_does_not_fit_into_the_memory_does_not_stop_the_clock(t):
    files, _ = _record(t, 'format: json', 3)
    large = t.file('large.json', b'{"resourceSpans":[]' + b' ' * (20 << 20) + b'}\n')
    backend = t.otlp_backend()
    code, _, err = _replay(t, [large, *files], _to(backend), '--retime', '--memory-limit', '16')
    assert code == 3 and 'does not fit into the memory' in err, err
    assert abs(_latest_s(backend) - time.time()) < NOW_S + 60


def a_signal_ends_it(t):
    files, _ = _record(t, 'format: json', 20)
    backend = t.otlp_backend()
    replay = t.collector(args=['replay', *files, '--to', _to(backend), '--rate', '2'],
                         workers=None, wait_ready=False)
    until(lambda: backend.requests > 0, 10, lambda: replay.log)
    replay.signal(signal.SIGINT)
    assert replay.wait_exit() == 3 and 'interrupted' in replay.out, replay.out + replay.log


def who_looks_for_the_receiver_finds_replay(t):
    for name in ('otlp_json_file', 'otlpjsonfile'):
        code, err = t.validate(f'receivers: {{{name}: {{include: [x]}}}}\nexporters: {{nop: }}\n'
                               'service: {pipelines: {traces: {receivers: '
                               f'[{name}], exporters: [nop]}}}}}}\n')
        assert code == 1 and 'otelc replay FILE --to ENDPOINT' in err, err


def the_command_line_is_checked(t):
    for words, told in ((['replay'], 'wants files and --to'), (['replay', 'x'], 'and --to'),
                        (['replay', '--to', 'x'], 'wants files'),
                        (['replay', 'x', '--to', 'h:4317', '--rate', '0'], '--rate wants')):
        code, _, err = t.run(*words)
        assert code == 2 and told in err, err
    for to, told in (('http://', 'endpoint'), ('ftp://host', 'endpoint'), ("a'b$c", 'endpoint')):
        code, _, err = t.run('replay', 'x', '--to', to)
        assert code == 1 and told in err, (to, err)

"""service.telemetry.logs: where the program's own log goes, and in which form."""
import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import threading

from harness import otlp
from harness.backend import Answer
from harness.case import config, exporter
from harness.wait import until

READY = 'Everything is ready. Begin running and processing data.'
IN_FORCE = 'The new configuration is in force.'
KEYS = ['level', 'ts', 'caller', 'msg']


def _config(jaeger, logs):
    return config(jaeger).replace(
        'service:\n', f'service:\n  telemetry: {{metrics: {{level: none}}, logs: {{{logs}}}}}\n', 1)


def _lines(text):
    return [json.loads(line) for line in text.splitlines()]


def _read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def _start(t, text, **options):
    """A collector whose log may be elsewhere than in stderr."""
    return t.collector(text, wait_ready=False, **options)


def _write(otelc, text):
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text)


def json_lines_have_the_official_keys(t):
    otelc = t.collector(_config(t.jaeger(), 'encoding: json, initial_fields: {env: test, n: 7}'))
    assert otelc.stop() == 0
    lines = _lines(otelc.log)
    for line in lines:
        assert list(line)[:7] == [*KEYS, 'env', 'n', 'resource'], line
        assert line['level'] in ('debug', 'info', 'warn', 'error'), line
        assert re.fullmatch(r'\d{4}(-\d\d){2}T\d\d(:\d\d){2}\.\d{3}Z', line['ts']), line
        assert (line['env'], line['n']) == ('test', 7), line
        assert line['resource']['service.name'] == 'otelc', line
        assert sorted(line['resource']) == [
            'service.instance.id', 'service.name', 'service.version'], line
    messages = [line['msg'] for line in lines]
    assert READY in messages, messages
    assert any(m.startswith('Starting shutdown...') for m in messages), messages
    assert any(m.startswith('Shutdown complete.') for m in messages), messages
    listening = next(line for line in lines if line['msg'].startswith('listening on'))
    assert listening['caller'] == 'receivers/otlp', listening
    assert listening['otelcol.component.id'] == 'otlp', listening
    assert listening['otelcol.component.kind'] == 'receiver', listening


def what_is_told_of_the_configuration_is_json_as_well(t):
    text = _config(t.jaeger(), 'encoding: json').replace('exporters:\n', 'exporters:\n  mystery:\n')
    otelc = t.collector(text)
    assert otelc.stop() == 0
    told = [line for line in _lines(otelc.log) if 'mystery' in line['msg']]
    assert len(told) == 1 and told[0]['level'] == 'warn', otelc.log


def keys_can_be_left_out(t):
    otelc = t.collector(_config(
        t.jaeger(), 'encoding: json, disable_caller: true, disable_zap_resource: true, '
        'development: true, disable_stacktrace: true'))
    assert otelc.stop() == 0
    assert {key for line in _lines(otelc.log) for key in line} <= {
        'level', 'ts', 'msg', 'otelcol.component.id', 'otelcol.component.kind'}, otelc.log


def debug_output_stays_in_its_line_of_json(t):
    text = _config(t.jaeger(), 'encoding: json')
    text = re.sub(r'exporters: \[.*?\]', 'exporters: [debug]', text)
    text = text.replace('exporters:\n', 'exporters:\n  debug: {verbosity: detailed}\n', 1)
    otelc = t.collector(text)
    host, port = re.search(r'listening on ([0-9.]+):(\d+)', otelc.log).groups()
    t.grpc(otelc, (host, int(port))).export_ok(otlp.simple(1))
    otelc.wait_log('Span #0')
    assert otelc.stop() == 0
    assert any('\n' in line['msg'] for line in _lines(otelc.log)), otelc.log


def files_are_written_and_opened_anew(t):
    path, moved = os.path.join(t.directory, 'otelc.log'), os.path.join(t.directory, 'otelc.log.1')
    logs = f'output_paths: [stdout, {path}]'
    otelc = _start(t, _config(t.jaeger(), logs))
    until(lambda: READY in otelc.out)
    until(lambda: READY in _read(path))
    assert otelc.log == '', otelc.log
    os.rename(path, moved)
    otelc.signal(signal.SIGHUP)
    until(lambda: os.path.exists(path) and IN_FORCE in _read(path))
    assert READY in _read(moved) and READY not in _read(path)
    assert os.stat(path).st_mode & 0o077 == 0

    # Also where the new configuration is not valid.
    os.rename(path, moved)
    _write(otelc, 'receivers: {}')
    otelc.signal(signal.SIGHUP)
    until(lambda: os.path.exists(path) and 'nothing has changed' in _read(path))
    assert otelc.stop() == 0
    assert 'Shutdown complete.' in _read(path) and 'Shutdown complete.' in otelc.out


def a_reload_takes_new_settings(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger, 'level: info'))
    _write(otelc, _config(jaeger, 'level: info, encoding: json, initial_fields: {a: 1}'))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(re.escape(IN_FORCE))
    assert _lines(otelc.log.splitlines()[-1])[0]['a'] == 1, otelc.log
    _write(otelc, _config(jaeger, 'level: info, output_paths: [/nowhere/x.log]'))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log('nothing has changed')
    last = _lines(otelc.log.splitlines()[-1])[0]
    assert last['level'] == 'error' and 'output_paths: cannot write to /nowhere/x.log' in last['msg']
    _write(otelc, _config(jaeger, 'level: error'))
    otelc.signal(signal.SIGHUP)
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    assert otelc.stop() == 0
    assert 'Shutdown complete.' not in otelc.log, otelc.log


def what_cannot_be_opened_ends_the_start(t):
    otelc = _start(t, _config(t.jaeger(), 'output_paths: [/nowhere/x.log]'))
    assert otelc.wait_exit() == 3, otelc.log
    assert ('cannot start: service.telemetry.logs: output_paths: cannot write to /nowhere/x.log: '
            'No such file or directory: make its folder') in otelc.log, otelc.log
    code, _, err = t.run('validate', '--config', 'yaml:' + _config(
        t.jaeger(), "output_paths: ['syslog://here'], initial_fields: [a]"))
    assert code == 1, err
    assert "output_paths: cannot be syslog://here: write stdout, stderr, or a file's path" in err
    assert 'initial_fields: wants a map' in err, err


def processors_are_told_to_be_without_effect(t):
    code, _, err = t.run('validate', '--config', 'yaml:' + _config(
        t.jaeger(), 'processors: [{batch: {exporter: {otlp: {endpoint: x}}}}]'))
    assert code == 0 and 'warning: service.telemetry.logs.processors: has no effect' in err, err


def a_terminal_gets_colours_and_others_do_not(t):
    jaeger = t.jaeger()
    text = config(jaeger).replace('service:\n', 'service:\n  telemetry: {metrics: {level: none}}\n')
    for env, coloured in (({'TERM': 'xterm', 'NO_COLOR': ''}, True),
                          ({'TERM': 'xterm', 'NO_COLOR': '1'}, False)):
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [t.binary, '--config', 'yaml:' + text], stdin=slave, stdout=slave, stderr=slave,
            env={**os.environ, **env}, start_new_session=True)
        os.close(slave)
        shown = bytearray()

        def read(master=master, shown=shown):
            try:
                while data := os.read(master, 4096):
                    shown.extend(data)
            except OSError:
                pass
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        until(lambda shown=shown: READY.encode() in shown)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, shown
        reader.join(5)
        os.close(master)
        assert (b'\x1b[' in shown) == coloured, shown
    otelc = t.collector(_config(jaeger, 'level: info'))
    assert otelc.stop() == 0 and '\x1b' not in otelc.log


def a_log_that_nobody_reads_stops_no_data(t):
    jaeger = t.jaeger()
    here, there = os.pipe()
    fcntl.fcntl(there, fcntl.F_SETPIPE_SZ, 4096)
    path = os.path.join(t.directory, 'config.yaml')
    faults = os.path.join(t.directory, 'faults.log')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(_config(jaeger, f'level: debug, error_output_paths: [{faults}], '
                           'sampling: {enabled: false}'))
    process = subprocess.Popen([t.binary, '--config', path, '--workers', '1'],
                               stdin=subprocess.DEVNULL, stderr=there, cwd=t.directory)
    os.close(there)
    try:
        text = ''
        while READY not in text:
            text += os.read(here, 4096).decode()
        address = re.search(r'receivers/otlp\tlistening on ([0-9.]+):(\d+)', text)
        client = t.grpc(None, (address[1], int(address[2])))
        for _ in range(300):  # a line for each: the pipe is full soon
            client.call(b'\xff\xff\xff')
        client.export_ok(otlp.simple(1))
        jaeger.wait_spans(1)
        until(lambda: 'cannot write to stderr: it is full, as nobody reads it' in _read(faults))
        text = ''
        while 'lines were lost here' not in text:
            text += os.read(here, 65536).decode()
            client.call(b'\xff\xff\xff')
        process.send_signal(signal.SIGTERM)
        while data := os.read(here, 65536):
            text += data.decode()
        assert process.wait(20) == 0, text
        assert 'Shutdown complete.' in text, text
        for line in text.splitlines():
            assert re.match(r'\d{4}-\d\d-\d\dT', line), line
    finally:
        process.kill()
        process.wait()
        os.close(here)


def what_people_alert_on_has_the_official_words(t):
    """docs/logs.md lists them."""
    down, refuses = t.jaeger(up=False), t.jaeger()
    refuses.always(Answer(400))
    queue = '{queue_size: 1, num_consumers: 1}'
    otelc = t.collector(config(batch=None, exporters={
        'jaeger/down': exporter(down, queue), 'jaeger/refuses': exporter(refuses)}))
    client = t.grpc(otelc)
    for n in range(1, 20):
        if client.export(otlp.simple(n)).status != 0:
            break
    otelc.wait_log(r'\twarn\texporters/jaeger/down\tExporting failed\. Will retry the request '
                   r'after interval\. In [0-9.]+ s: .*\(held: \d+ items? in \d+ batch(es)?\)')
    otelc.wait_log(r'\twarn\texporters/jaeger/down\tExporting failed\. Rejecting data\. 1 items: ')
    otelc.wait_log(r'\terror\texporters/jaeger/refuses\tExporting failed\. Dropping data\. 1 items')
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(r'\tReceived signal from OS: hangup')
    otelc.wait_log(r'\tConfig updated\. ' + IN_FORCE)
    otelc.stop()
    with open(t.path('docs', 'logs.md'), encoding='utf-8') as file:
        words = re.findall(r'^\| `([^`]+)` \|', file.read(), re.M)
    assert len(words) >= 8, words
    for word in words:
        assert word in otelc.log or word == 'Partial success response', (word, otelc.log)


def the_example_and_the_page_are_valid(t):
    with open(t.path('config', 'logs.yaml'), encoding='utf-8') as file:
        text = re.sub(r'(grpc|http):\n', r'\1: {endpoint: "127.0.0.1:0"}\n', file.read())
    otelc = t.collector(text)
    assert otelc.stop() == 0
    assert _lines(otelc.log) == _lines(_read(os.path.join(t.directory, 'otelc.log')))
    with open(t.path('docs', 'logs.md'), encoding='utf-8') as file:
        page = file.read()
    block = re.search(r'```yaml\nservice:\n(.*?)```', page, re.S).group(1)
    text = config(t.jaeger()).replace('service:\n', f'service:\n{block}', 1)
    assert t.run('validate', '--config', 'yaml:' + text) == (0, '', '')
    assert list(json.loads(re.search(r'```json\n(.*?)```', page, re.S).group(1)))[:4] == KEYS

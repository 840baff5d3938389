"""docs/migrating.md and docs/troubleshooting.md say what is so: each example is given to the
binary, and what the page shows below it is what it says."""
import os
import re
import subprocess

BASE = """\
receivers: {otlp: {protocols: {grpc: , http: }}}
processors: {batch: }
exporters: {jaeger: {endpoint: "jaeger:14250", tls: {insecure: true}}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [jaeger]}
"""
# What an example defines and does not use, or the base where an example has other pipelines.
UNUSED = r'^.*: (no pipeline uses it|is not on): add it to .*, or take it out\n'


def _sections(t, page='migrating'):
    """{title: [(language, text), ...]}"""
    with open(t.path('docs', f'{page}.md'), encoding='utf-8') as file:
        parts = re.split(r'^## (.*)\n', file.read(), flags=re.M)[1:]
    return {title: re.findall(r'^```(\w+)\n(.*?)^```$', text, re.M | re.S)
            for title, text in zip(parts[::2], parts[1::2])}


def _validate(t, example):
    """(exit code, what it says) of the example, over a file as the page describes it."""
    files = [t.file('base.yaml', BASE), t.file('otel.yaml', example)]
    code, out, err = t.run('validate', '--config', files[0], '--config', files[1])
    assert out == '', out
    return code, re.sub(UNUSED, '', err.replace(t.directory + '/', ''), flags=re.M)


def _told(t, blocks, code):
    """Goes through pairs of YAML and what is said of it; returns how many there were."""
    for (yaml, example), (text, said) in zip(blocks[::2], blocks[1::2]):
        assert (yaml, text) == ('yaml', 'text'), example
        assert _validate(t, example) == (code, said), (example, _validate(t, example), said)
    return len(blocks) // 2


def nothing_is_said_of_what_runs_as_it_is(t):
    blocks = _sections(t)['What runs as it is']
    assert len(blocks) >= 3, blocks
    for _, example in blocks:
        assert _validate(t, example) == (0, ''), (example, _validate(t, example))


def each_note_is_what_is_said(t):
    sections = _sections(t)
    assert _told(t, sections['What runs, with a note'], 0) >= 10
    assert all('note: ' in line or 'warning: ' in line for language, said in sections['What runs, with a note']
               if language == 'text' for line in said.splitlines())
    assert _told(t, sections['What is left out, with a warning'], 0) >= 2


def each_error_is_mended_by_one_edit(t):
    blocks = _sections(t)['What needs an edit']
    assert len(blocks) % 3 == 0 and len(blocks) >= 8 * 3, len(blocks)
    for before, said, after in zip(blocks[::3], blocks[1::3], blocks[2::3]):
        assert [language for language, _ in (before, said, after)] == ['yaml', 'text', 'yaml']
        assert _validate(t, before[1]) == (1, said[1]), (before, _validate(t, before[1]))
        assert _validate(t, after[1]) == (0, ''), (after, _validate(t, after[1]))


def _run(t, command, ports):
    """What a command of the page says; ports: those of the page, and where they are here."""
    for port, address in ports.items():
        command = command.replace(port, address)
    path = f'{os.path.dirname(os.path.abspath(t.binary))}:{os.environ["PATH"]}'
    done = subprocess.run(['sh', '-e'], input=command, cwd=t.root, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=30,
                          env={**os.environ, 'no_proxy': '*', 'PATH': path})
    assert done.returncode == 0, (command, done)
    return '\n'.join(line.rstrip() for line in done.stdout.splitlines()).rstrip()


def each_command_of_troubleshooting_gets_its_answer(t):
    args = ['--config', t.path('config', 'zpages.yaml')]
    for key, address in (('receivers.otlp.protocols.grpc', '127.0.0.2'),
                         ('receivers.otlp.protocols.http', '127.0.0.1'),
                         ('extensions.zpages', '127.0.0.3')):
        args += ['--set', f'{key}.endpoint={address}:0']
    otelc = t.collector(args=args)
    http = dict(otelc.addresses())['127.0.0.1']
    page = dict(otelc.addresses('extensions/zpages'))['127.0.0.3']
    ports = {'localhost:4318': f'127.0.0.1:{http}', 'localhost:55679': f'127.0.0.3:{page}'}
    tried = 0
    for title, blocks in _sections(t, 'troubleshooting').items():
        for (shell, command), (text, answer) in zip(blocks[::2], blocks[1::2]):
            assert (shell, text) == ('sh', 'text'), title
            told = _run(t, command, ports)
            assert told == answer.rstrip(), (title, told)
            tried += 1
    assert tried >= 9, tried
    assert otelc.stop() == 0, otelc.log


def the_first_example_of_troubleshooting_is_right(t):
    with open(t.path('docs', 'troubleshooting.md'), encoding='utf-8') as file:
        example = re.search(r'^```yaml\n(.*?)^```$', file.read(), re.M | re.S).group(1)
    assert _validate(t, example) == (0, '')

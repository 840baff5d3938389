"""The commands of docs/otlp-http.md, each with the answer that the page shows."""
import os
import re
import shutil
import subprocess

from harness import otlp
from harness.certificates import Authority

ADDRESS = 'localhost:4318'


def _sections(t):
    """[(title, {language: [block, ...]}), ...]"""
    with open(t.path('docs', 'otlp-http.md'), encoding='utf-8') as file:
        parts = re.split(r'^## (.*)\n', file.read(), flags=re.M)[1:]
    sections = []
    for title, text in zip(parts[::2], parts[1::2]):
        blocks = {'yaml': [], 'sh': [], 'text': [], 'js': []}  # js: tests/interop has it
        for language, block in re.findall(r'^```(\w+)\n(.*?)^```$', text, re.M | re.S):
            blocks[language].append(block)
        assert len(blocks['sh']) == len(blocks['text']) > 0, title
        sections.append((title, blocks))
    return sections


def _prepare(t):
    """The files that the page takes for granted."""
    t.file('trace.pb', otlp.simple(1))
    authority = Authority(t.directory)
    for made, name in zip(authority.issue(), ('server.pem', 'server.key')):
        shutil.copy(made, os.path.join(t.directory, name))


def _start(t, added):
    """What the page says, on other ports: (the collector, host:port of OTLP/HTTP)"""
    files = [t.path('config', 'quickstart.yaml')]
    files += [t.file(f'added-{n}.yaml', text) for n, text in enumerate(added)]
    args = [arg for file in files for arg in ('--config', file)]
    args += ['--set', 'exporters.viewer.endpoint=127.0.0.3:0']
    for protocol, endpoint in (('grpc', '127.0.0.2:0'), ('http', '127.0.0.1:0')):
        args += ['--set', f'receivers.otlp.protocols.{protocol}.endpoint={endpoint}']
    otelc = t.collector(args=args)
    port = dict(otelc.addresses())['127.0.0.1']
    return otelc, f'127.0.0.1:{port}'


def _run(t, command, address):
    """(exit code, what it said without blanks at the ends of lines)"""
    assert ADDRESS in command, command
    done = subprocess.run(['sh', '-e'], input=command.replace(ADDRESS, address), cwd=t.directory,
                          env={**os.environ, 'no_proxy': '*'}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=30)
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return done.returncode, '\n'.join(lines).rstrip()


def every_command_gets_the_answer_that_the_page_shows(t):
    _prepare(t)
    for title, blocks in _sections(t):
        otelc, address = _start(t, blocks['yaml'])
        for command, answer in zip(blocks['sh'], blocks['text']):
            told = _run(t, command, address)
            assert told == (0, answer.rstrip()), (title, command, told)
        assert otelc.stop() == 0, title
        shown = re.findall(r'^(?:(?:hello|op) [0-9a-f]{32} |visits\{\} 7$|Info hello$)',
                           otelc.out + otelc.log, re.M)
        wanted = sum(re.match(r'HTTP/\S+ 200', answer) is not None and 'rejected' not in answer
                     for answer in blocks['text'])
        assert len(shown) == wanted, (title, shown)


def the_page_has_what_people_look_for(t):
    commands = '\n'.join(block for _, blocks in _sections(t) for block in blocks['sh'])
    for part in ('/v1/metrics', '/v1/logs', 'application/json', 'application/x-protobuf', 'Content-Encoding: gzip',
                 '--cacert', '--user', 'Authorization: Bearer', 'Origin: '):
        assert part in commands, part

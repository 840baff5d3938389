"""The commands of docs/otlp-http.md, each with the answer that the page shows."""
import os
import re
import shutil
import subprocess

from harness import otlp
from harness.case import config
from harness.certificates import Authority

ADDRESS = 'localhost:4318'
HTTP = '      http: {endpoint: "127.0.0.1:0"}\n'


def _sections(t):
    """[(title, {language: [block, ...]}), ...]"""
    with open(t.path('docs', 'otlp-http.md'), encoding='utf-8') as file:
        parts = re.split(r'^## (.*)\n', file.read(), flags=re.M)[1:]
    sections = []
    for title, text in zip(parts[::2], parts[1::2]):
        blocks = {'yaml': [], 'sh': [], 'text': []}
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


def _start(t, jaeger, added):
    """A collector with the YAML of a section added; its OTLP/HTTP address."""
    grpc = re.compile(r'^ +grpc: .*\n', re.M)
    more = [arg for n, text in enumerate(added)
            for arg in ('--config', t.file(f'added-{n}.yaml', text))]
    otelc = t.collector(grpc.sub(HTTP, config(jaeger)), args=more)
    host, port = otelc.address
    return otelc, f'{host}:{port}'


def every_command_gets_the_answer_that_the_page_shows(t):
    jaeger = t.jaeger()
    spans = 0
    _prepare(t)
    for title, blocks in _sections(t):
        otelc, address = _start(t, jaeger, blocks['yaml'])
        for command, answer in zip(blocks['sh'], blocks['text']):
            assert ADDRESS in command, (title, command)
            done = subprocess.run(['sh', '-e'], input=command.replace(ADDRESS, address),
                                  cwd=t.directory, capture_output=True, text=True, check=False,
                                  timeout=30)
            told = re.sub(r' +$', '', done.stdout.replace('\r', ''), flags=re.M).rstrip('\n')
            assert (done.returncode, told) == (0, answer.rstrip('\n')), (title, command, done)
            spans += ' 200' in answer
        assert otelc.stop() == 0, otelc.log
    jaeger.wait_spans(spans)


def the_page_has_what_people_look_for(t):
    commands = '\n'.join(block for _, blocks in _sections(t) for block in blocks['sh'])
    for part in ('application/json', 'application/x-protobuf', 'Content-Encoding: gzip',
                 '--cacert', '--user', 'Authorization: Bearer'):
        assert part in commands, part

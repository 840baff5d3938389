"""What editors make of `otelc schema`: by the language server that they use for YAML."""
import glob
import os

from yaml_server import YamlServer

HEAD = """\
receivers:
  otlp:
    protocols:
      grpc:
exporters:
  jaeger:
"""


def _server(t):
    code, out, err = t.run('schema')
    assert code == 0 and err == '', (code, err)
    return YamlServer(t, t.file('schema.json', out))


def keys_are_completed(t):
    server = _server(t)
    server.open(HEAD + '    \n')
    keys = server.completion(7, 4)
    assert {'endpoint', 'tls', 'timeout', 'headers', 'sending_queue'} <= set(keys), keys
    assert 'of each try' in str(keys['timeout']), keys['timeout']
    assert 'ca_file' not in keys, 'an old key is offered'
    server.open(HEAD + '    tls:\n      \n')
    assert {'ca_file', 'insecure'} <= set(server.completion(8, 6))
    server.open('exporters:\n  \n')
    assert {'otlp', 'debug', 'zipkin'} <= set(server.completion(2, 2))


def keys_of_a_component_with_a_name_are_completed(t):
    server = _server(t)
    server.open('exporters:\n  jaeger/far:\n    \n')
    assert 'endpoint' in server.completion(3, 4)


def words_of_a_choice_are_completed(t):
    server = _server(t)
    server.open('exporters:\n  debug:\n    verbosity: \n')
    assert {'basic', 'normal', 'detailed'} <= set(server.completion(3, 15))


def a_key_under_the_mouse_is_explained(t):
    server = _server(t)
    server.open(HEAD + '    timeout: 5s\n')
    assert 'of each try' in server.hover(7, 6), server.hover(7, 6)
    assert 'gRPC' in server.hover(4, 8), server.hover(4, 8)


def what_is_wrong_is_marked(t):
    server = _server(t)
    for line, word in (('    endpont: jaeger:14250', 'endpont'),
                       ('    timeout: 5', 'maximum'), ('    timeout: soon', 'pattern'),
                       ('    tls: {insecure: "yes"}', 'pattern'),
                       ('    sending_queue: {queue_size: many}', 'pattern'),
                       ('    url: jaeger:14250', 'write it as endpoint')):
        problems = server.open(HEAD + line + '\n')
        assert [at for at, _ in problems] == [7], (line, problems)
        assert word in problems[0][1], (line, problems)


def what_is_right_is_not(t):
    server = _server(t)
    files = glob.glob(t.path('config', '*.yaml'))
    assert files
    for path in files:
        with open(path, encoding='utf-8') as file:
            assert server.open(file.read()) == [], os.path.basename(path)
    for line in ('    timeout: ${env:TIMEOUT}', '    sending_queue: {queue_size: "${env:SIZE:-10}"}',
                 '    tls: ${file:tls.yaml}', '    headers: {a: b}', '    headers: [{name: a, value: b}]'):
        assert server.open(HEAD + line + '\n') == [], line

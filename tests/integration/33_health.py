"""The health_check extension: who asks is told whether data are taken. And `otelc health`."""
import json
import os
import re
import signal
import socket

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers
from harness.grpc_client import NOT_SERVING, SERVICE_UNKNOWN, SERVING
from harness.wait import until

IN_FORCE = 'The new configuration is in force.'
WHERE = 'extensions/health_check'
HERE = 'endpoint: "127.0.0.1:0", transport: tcp4'  # so that the port is not the receiver's
GONE = {'status': 'Server not available', 'upSince': '0001-01-01T00:00:00Z', 'uptime': ''}


def _config(jaeger, settings='', more='', name='health_check'):
    text = config(jaeger).replace('service:\n', f'service:\n  extensions: [{name}]\n{more}', 1)
    return f'extensions: {{{name}: {{{settings or HERE}}}}}\n' + text


def _ask(t, otelc, path='/', method='GET', where=WHERE, **fields):
    client = t.http(otelc, otelc.addresses(where)[-1])
    client.raw(client.head(method, path, content_type=None, **fields))
    return client


def _get(t, otelc, path='/', method='GET', where=WHERE, **fields):
    return _ask(t, otelc, path, method, where, **fields).reply()


def _url(otelc, path='/', where=WHERE):
    return 'http://%s:%s%s' % (*otelc.addresses(where)[-1], path)


def _reload(otelc, text):
    count = otelc.log.count(IN_FORCE)
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text)
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(re.escape(IN_FORCE), count=count + 1)


@each_workers
def it_is_available_when_all_has_started(t):
    otelc = t.collector(_config(t.jaeger()))
    assert len(otelc.addresses(WHERE)) == 1, otelc.log
    reply = _get(t, otelc)
    assert reply.status == 200 and reply.headers['content-type'] == 'application/json', reply
    body = json.loads(reply.body)
    assert list(body) == ['status', 'upSince', 'uptime'], body
    assert body['status'] == 'Server available', body
    assert re.fullmatch(r'\d{4}(-\d\d){2}T\d\d(:\d\d){2}(\.\d+)?Z', body['upSince']), body
    assert re.fullmatch(r'([\d.]+(h|m|s|ms|µs))+', body['uptime']), body
    assert json.loads(_get(t, otelc, '/any/where?x=y').body)['upSince'] == body['upSince']
    assert otelc.stop() == 0, otelc.log


def head_has_no_body_and_post_is_refused(t):
    otelc = t.collector(_config(t.jaeger()))
    client = _ask(t, otelc, method='HEAD', connection='close')
    head = client.stream.read()
    assert head.startswith(b'HTTP/1.1 200') and head.endswith(b'\r\n\r\n'), head
    assert _get(t, otelc, method='POST', content_length=0).status == 405


def the_path_alone_answers(t):
    otelc = t.collector(_config(t.jaeger(), f'{HERE}, path: /health'))
    assert _get(t, otelc, '/health').status == 200
    for path in ('/', '/health/', '/healthy'):
        reply = _get(t, otelc, path)
        assert reply.status == 404 and b'health has another path' in reply.body, reply


def the_body_can_be_set(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger, f'{HERE}, response_body: {{healthy: fine, unhealthy: no}}'))
    reply = _get(t, otelc)
    assert reply.status == 200 and reply.body == b'fine', reply
    jaeger.hold()
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    otelc.signal(signal.SIGTERM)
    until(lambda: _get(t, otelc).status == 503)
    assert _get(t, otelc).body == b'no'
    jaeger.release()
    assert otelc.wait_exit() == 0


@each_workers
def a_shutdown_is_told_while_data_are_delivered(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger))
    kept = _ask(t, otelc)
    assert kept.reply().status == 200
    jaeger.hold()
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    otelc.signal(signal.SIGTERM)
    until(lambda: _get(t, otelc).status == 503)
    kept.raw(kept.head('GET', '/', content_type=None))
    reply = kept.reply()
    assert reply.status == 503 and json.loads(reply.body) == GONE, reply
    jaeger.release()
    assert otelc.wait_exit() == 0, otelc.log
    assert len(jaeger.ids()) == 1


@each_workers
def a_reload_keeps_it(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger))
    since = json.loads(_get(t, otelc).body)['upSince']
    _reload(otelc, _config(jaeger).replace('timeout: 20ms', 'timeout: 21ms'))
    assert len(otelc.addresses(WHERE)) == 1
    assert json.loads(_get(t, otelc).body)['upSince'] == since
    _reload(otelc, _config(jaeger, f'{HERE}, path: /other'))
    for _ in range(5):
        assert _get(t, otelc).status == 404
        assert json.loads(_get(t, otelc, '/other').body)['upSince'] == since
    _reload(otelc, config(jaeger))
    def is_gone():
        try:
            socket.create_connection(otelc.addresses(WHERE)[-1], timeout=1).close()
            return False
        except OSError:
            return True
    until(is_gone)
    assert otelc.stop() == 0, otelc.log


def it_answers_when_no_more_connections_are_taken(t):
    text = _config(t.jaeger(), more='  max_connections: 4\n')
    otelc = t.collector(text)
    idle = [t.keep(connection, connection.close) for connection in
            [socket.create_connection(otelc.address, timeout=20) for _ in range(6)]]
    otelc.wait_log('too many connections')
    for _ in range(5):
        reply = _get(t, otelc, connection='close')
        assert reply.status == 200, reply
    assert len(idle) == 6 and otelc.stop() == 0, otelc.log


def version_2_has_its_own_keys_and_answers(t):
    otelc = t.collector(_config(t.jaeger(), f'use_v2: true, http: {{{HERE}}}', name='healthcheckv2'))
    where = 'extensions/healthcheckv2'
    body = json.loads(_get(t, otelc, '/status', where=where).body)
    assert list(body) == ['start_time', 'healthy', 'status', 'status_time'], body
    assert body['healthy'] is True and body['status'] == 'StatusOK', body
    assert _get(t, otelc, '/', where=where).status == 404


def _check(t, otelc, service=''):
    """What Check says, on a connection of its own."""
    reply = t.grpc(otelc, otelc.addresses(WHERE)[-1]).export(
        pb.text(1, service) if service else b'', path=otlp.HEALTH)
    return pb.read(reply.response)[1][0] if reply.status == 0 else -reply.status


@each_workers
def version_2_serves_grpc(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger, f'use_v2: true, grpc: {{{HERE}}}'))
    assert len(otelc.addresses(WHERE)) == 1, otelc.log
    assert _check(t, otelc) == SERVING and _check(t, otelc, 'nobody') == -5
    watches = [t.grpc(otelc, otelc.addresses(WHERE)[-1]).watch() for _ in range(5)]
    assert [watch.next() for watch in watches] == [SERVING] * 5
    stranger = watches[0].client.watch('nobody')
    assert stranger.next() == SERVICE_UNKNOWN
    jaeger.hold()
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    watches.pop().client.vanish()
    otelc.signal(signal.SIGTERM)
    assert [watch.next() for watch in watches] == [NOT_SERVING] * 4
    assert _check(t, otelc) == NOT_SERVING
    assert t.grpc(otelc, otelc.addresses(WHERE)[-1]).watch().next() == NOT_SERVING
    jaeger.release()
    assert otelc.wait_exit() == 0, otelc.log
    assert len(jaeger.ids()) == 1


def one_port_may_serve_both(t):
    otelc = t.collector(_config(t.jaeger(), f'grpc: {{{HERE}}}, http: {{{HERE}}}'))
    assert _check(t, otelc) == SERVING
    assert _get(t, otelc, '/status').status == 200
    assert _get(t, otelc, '/').status == 404


def without_the_block_nothing_is_served_by_grpc(t):
    otelc = t.collector(_config(t.jaeger(), f'{HERE}, path: /health'))
    reply = t.grpc(otelc, otelc.addresses(WHERE)[-1]).export(b'', path=otlp.HEALTH)
    assert reply.status == 12 and 'add the block grpc' in reply.message, reply
    otelc = t.collector(_config(t.jaeger(), f'grpc: {{{HERE}}}'))
    assert _get(t, otelc, '/status').status == 404


@each_workers
def a_reload_ends_what_is_watched(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger, f'grpc: {{{HERE}}}'))
    watch = t.grpc(otelc, otelc.addresses(WHERE)[-1]).watch()
    assert watch.next() == SERVING
    _reload(otelc, _config(jaeger, f'grpc: {{{HERE}, max_concurrent_streams: 7}}'))
    assert watch.next() is None and watch.reply.status == 14, watch.reply
    assert _check(t, otelc) == SERVING
    assert otelc.stop() == 0, otelc.log


@each_workers
def who_watches_a_receiver_is_told_of_its_end(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    name = 'opentelemetry.proto.collector.trace.v1.TraceService'
    watches = [t.grpc(otelc).watch(service) for service in ('', name, 'nobody')]
    assert [watch.next() for watch in watches] == [SERVING, SERVING, SERVICE_UNKNOWN]
    otelc.signal(signal.SIGTERM)
    assert [watch.next() for watch in watches] == [NOT_SERVING, NOT_SERVING, None]
    assert all(watch.client.reply(watch.stream).status == 14 for watch in watches)
    assert otelc.wait_exit() == 0, otelc.log


def of_those_who_watch_there_are_not_too_many(t):
    otelc = t.collector(config(t.jaeger()))
    clients = [t.grpc(otelc) for _ in range(8)]
    watches = [client.watch() for client in clients for _ in range(125)]
    assert all(watch.next() == SERVING for watch in watches)
    reply = t.grpc(otelc).export(b'', path='/grpc.health.v1.Health/Watch')
    assert reply.status == 12 and 'call Check' in reply.message, reply
    clients[0].vanish()
    until(lambda: t.grpc(otelc).watch().next() == SERVING)
    reply = t.grpc(otelc).export(pb.text(1, 'x' * 129), path='/grpc.health.v1.Health/Watch')
    assert reply.status == 3 and 'too long' in reply.message, reply
    assert otelc.stop() == 0, otelc.log


def two_cannot_listen_at_one_place(t):
    code, err = t.validate(_config(t.jaeger(), 'endpoint: "0.0.0.0:4319"').replace(
        '"127.0.0.1:0"', '"127.0.0.1:4319"'))
    assert code == 1 and 'listens where receivers/otlp does (port 4319)' in err, err
    text = _config(t.jaeger(), 'endpoint: "a:1"').replace(
        'extensions: {', 'extensions: {health_check/2: {endpoint: "a:1"}, ').replace(
            '[health_check]', '[health_check, health_check/2]')
    code, err = t.validate(text)
    assert code == 1 and 'listens where extensions/health_check does (port 1)' in err, err


def the_examples_are_fine(t):
    root = os.path.join(os.path.dirname(__file__), '../..')
    for name in ('config/health.yaml', 'config/health-grpc.yaml', 'docker/default-config.yaml'):
        code, _, err = t.run('validate', '--strict', '--config', os.path.join(root, name))
        assert code == 0, err


def the_command_tells_by_its_exit_code(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger, f'{HERE}, path: /health'))
    assert t.run('health', '--url', _url(otelc, '/health')) == (0, '', '')
    code, out, err = t.run('health', '--url', _url(otelc))
    assert code == 1 and out == '' and err.endswith('answers 404\n') and err.count('\n') == 1, err
    jaeger.hold()
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    otelc.signal(signal.SIGTERM)
    until(lambda: 'answers 503' in t.run('health', '--url', _url(otelc, '/health'))[2])
    jaeger.release()
    assert otelc.wait_exit() == 0
    code, _, err = t.run('health', '--url', _url(otelc, '/health'))
    assert code == 1 and 'cannot connect: Connection refused' in err, err
    assert t.run('health', '--if-served', '--url', _url(otelc, '/health')) == (0, '', '')


def the_command_waits_no_longer_than_it_was_told(t):
    silent = socket.create_server(('127.0.0.1', 0))
    t.keep(silent, silent.close)
    port = silent.getsockname()[1]
    for option in ((), ('--if-served',)):
        code, _, err = t.run('health', '--timeout', '100ms', *option, '--url',
                             f'http://127.0.0.1:{port}')
        assert code == 1 and 'no answer in 100 ms' in err, err


def the_command_does_not_take_anything_for_an_answer(t):
    for answer in (b'', b'HTTP/1.1 2', b'SSH-2.0-OpenSSH_9.2\r\n', b'HTTP/1.1 2x0 OK\r\n\r\n',
                   b'HTTP/1.1 999 OK\r\n\r\n'):
        server = socket.create_server(('127.0.0.1', 0))
        server.settimeout(20)
        port = server.getsockname()[1]
        probe = t.collector(None, args=('health', '--url', f'http://127.0.0.1:{port}'),
                            workers=None, wait_ready=False)
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        assert probe.wait_exit() == 1 and 'does not speak HTTP' in probe.log, (answer, probe.log)
        connection.close()
        server.close()


def wrong_urls_are_told(t):
    for url in ('localhost:13133', 'https://localhost', 'http://', 'http://:1', 'http://a:0',
                'http://a:99999', 'http://[::1', 'http://[::1]x:1', 'http://[]:1', 'http://a b/',
                'http://a/\r\nx: y', 'http://u@a/', 'http://' + 'a' * 300, ''):
        code, _, err = t.run('health', '--url', url)
        assert code == 1 and 'is not of the form http://HOST:PORT/PATH' in err, (url, code, err)
    code, _, err = t.run('health', '--url', 'http://nowhere.invalid/')
    assert code == 1 and 'cannot look up nowhere.invalid' in err, err
    code, _, err = t.run('health', '--timeout', 'soon')
    assert code == 2 and '--timeout wants a duration' in err, err

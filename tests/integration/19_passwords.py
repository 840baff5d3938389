"""Passwords whose hash is slow on purpose: bcrypt. Nobody waits for somebody else's."""
import base64
import select
import socket

from harness import otlp
from harness.case import config, each_workers
from harness.grpc_client import frame

SLOW = '$$2y$$12$$abcdefghijklmnopqrstuuT1Iwu6o8Wx7BoOyIMHfgVJq6JO/IJhW'  # 250 ms
FAST = '$$2y$$08$$abcdefghijklmnopqrstuuKxCcvB7KZ7.BpDoK0bh6qM7Dl1/xiJa'  # 16 ms
LARGE = otlp.request(otlp.resource_spans(
    [otlp.span(n, name='x' * 1000) for n in range(1, 3001)], 'shop'))  # of 3,000 spans


def _start(t, hash):
    """(Jaeger, collector): users u0 to u9 have the password "secret"."""
    jaeger = t.jaeger()
    users = '\n'.join(f'        u{n}:{hash}' for n in range(10))
    head = f'extensions:\n  basicauth:\n    htpasswd:\n      inline: |\n{users}\n'
    text = config(jaeger, grpc='auth: {authenticator: basicauth}')
    return jaeger, t.collector(
        head + text.replace('service:\n', 'service:\n  extensions: [basicauth]\n'))


def _basic(user, password='secret'):
    return 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()


def _field(user, password='secret'):
    return [('authorization', _basic(user, password))]


def a_first_request_may_be_large(t):
    jaeger, otelc = _start(t, SLOW)
    assert t.http(otelc).post(LARGE, authorization=_basic('u0')).status == 200
    t.grpc(otelc).export_ok(LARGE, more=_field('u1'))
    client = t.grpc(otelc)
    stream = client.start(more=_field('u2'))
    client.send(stream, frame(LARGE))  # no more than a window's worth before the verdict
    assert client.reply(stream).status == 0
    for user, status in (('u3', 401), ('eve', 401)):
        client = t.http(otelc)
        try:
            reply = client.post(LARGE, authorization=_basic(user, 'hidden'))
        except OSError:  # it closes while we send
            reply = client.reply()
        assert reply is None or reply.status == status, reply
        assert t.grpc(otelc).export(LARGE, more=_field(user, 'hidden')).status == 16
    jaeger.wait_spans(9000)
    assert 'hidden' not in otelc.log and 'secret' not in otelc.log


def the_body_is_asked_for_when_the_password_was_right(t):
    jaeger, otelc = _start(t, SLOW)
    body = otlp.simple(1)
    client = t.http(otelc)
    client.raw(client.head(content_length=len(body), expect='100-continue',
                           authorization=_basic('u0')))
    assert client.reply().status == 100
    client.raw(body)
    assert client.reply().status == 200
    jaeger.wait_spans(1)
    client = t.http(otelc)
    client.raw(client.head(content_length=len(body), expect='100-continue',
                           authorization=_basic('u1', 'wrong')))
    assert client.reply().status == 401 and client.at_end()


def requests_in_a_row_keep_their_order(t):
    jaeger, otelc = _start(t, SLOW)
    client = t.http(otelc)
    all = b''
    for n, (user, password) in enumerate((('u0', 'secret'), ('u1', 'wrong'), ('u0', 'secret'),
                                          ('u2', 'secret'), ('eve', 'secret'))):
        body = otlp.simple(n)
        all += client.head(content_length=len(body),
                           authorization=_basic(user, password)).encode() + body
    client.raw(all)
    assert [client.reply().status for _ in range(5)] == [200, 401, 200, 200, 401]
    client = t.grpc(otelc)
    streams = [client.start(more=_field(user, password)) for user, password in
               (('u3', 'secret'), ('u4', 'wrong'), ('u3', 'secret'))]
    for n, stream in enumerate(streams):
        client.send(stream, frame(otlp.simple(10 + n)))
    assert [client.reply(stream).status for stream in streams] == [0, 16, 0]
    jaeger.wait_spans(5)


@each_workers
def others_do_not_wait(t):
    jaeger, otelc = _start(t, SLOW)
    known = t.grpc(otelc)
    known.export_ok(otlp.simple(1), more=_field('u0'))
    guesses = [t.http(otelc) for _ in range(4)]
    for n, client in enumerate(guesses):
        client.raw(client.head(content_length=0, authorization=_basic('u1', f'guess{n}')))
    for n in range(2, 12):
        known.export_ok(otlp.simple(n), more=_field('u0'))
    if t.workers == 1:
        assert not select.select([guesses[-1].socket], [], [], 0)[0], 'a guess was quicker'
    for client in guesses:
        assert client.reply().status in (401, 503)
    jaeger.wait_spans(11)


def who_guesses_is_told_to_come_again(t):
    jaeger, otelc = _start(t, FAST)
    known = t.http(otelc)
    assert known.post(otlp.simple(1), authorization=_basic('u0')).status == 200
    found = {401: 0, 503: 0}
    guess = t.http(otelc)
    for n in range(60):
        reply = guess.post(b'', authorization=_basic('u1', f'guess{n}'))
        found[reply.status] += 1
        if reply.status == 503:
            assert reply.headers['retry-after'] == '1', reply
            assert b'the credentials cannot be checked now' in reply.body, reply
    assert found[401] >= 9 and found[503] >= 20, found
    reply = t.grpc(otelc).export(b'', more=_field('u1', 'another'))
    assert reply.status in (14, 16), reply
    # Who is known goes in, and who comes from elsewhere.
    assert known.post(otlp.simple(2), authorization=_basic('u0')).status == 200
    with socket.create_connection(otelc.address, 20, source_address=('127.0.0.3', 0)) as other:
        other.sendall(known.head(content_length=0, authorization=_basic('u2')).encode())
        assert other.recv(100).startswith(b'HTTP/1.1 200')
    jaeger.wait_spans(2)


def the_same_wrong_password_is_never_busy(t):
    _, otelc = _start(t, FAST)
    client = t.http(otelc)
    for _ in range(60):
        assert client.post(b'', authorization=_basic('u0', 'wrong')).status == 401


def clients_that_vanish_and_an_end_meanwhile(t):
    jaeger, otelc = _start(t, SLOW)
    for n in range(3):
        client = t.grpc(otelc)
        client.send(client.start(more=_field(f'u{n}')), frame(LARGE)[:100000], end=False)
        client.vanish()
        with socket.create_connection(otelc.address) as http:
            http.sendall(t.http(otelc).head(content_length=100, authorization=_basic(f'u{n}'))
                         .encode())
    last = t.http(otelc)
    assert last.post(otlp.simple(1), authorization=_basic('u0')).status == 200
    jaeger.wait_spans(1)
    waiting = t.http(otelc)
    body = otlp.simple(2)
    waiting.raw(waiting.head(content_length=len(body), authorization=_basic('u5')).encode() + body)
    assert otelc.stop() == 0
    reply = waiting.reply()
    assert reply is None or reply.status == 200, reply

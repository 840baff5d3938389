"""OTLP over HTTP/1.1: good requests, wrong ones, and bytes that are not HTTP at all."""
import gzip

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers

LIMIT = 'max_request_body_size: 1048576'


def _start(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    return jaeger, otelc, t.http(otelc)


def _still_good(t, jaeger, otelc):
    t.http(otelc).post_ok(otlp.simple(7777))
    jaeger.wait_spans(1)
    assert set(jaeger.ids()) == {otlp.span_id(7777).hex()}, jaeger.ids()
    assert otelc.is_alive()


@each_workers
def requests_on_a_kept_connection(t):
    jaeger, _, client = _start(t)
    for n in range(1, 11):
        reply = client.post_ok(otlp.simple(n))
        assert reply.body == b'' and reply.headers['content-type'] == 'application/x-protobuf'
    jaeger.wait_spans(10)


def the_type_may_be_written_in_other_ways(t):
    jaeger, _, client = _start(t)
    for kind in ('Application/X-Protobuf', 'application/x-protobuf; charset=utf-8'):
        reply = client.post(otlp.simple(1), content_type=kind)
        assert reply.status == 200, (kind, reply)
    assert client.post(otlp.simple(1), path='/v1/traces?a=b').status == 200
    jaeger.wait_spans(3)


def gzip_bodies(t):
    jaeger, _, client = _start(t)
    for name in ('gzip', 'GZIP', 'x-gzip'):
        body = gzip.compress(otlp.simple(1, count=10))
        assert client.post(body, content_encoding=name).status == 200
    assert client.post(otlp.simple(1), content_encoding='identity').status == 200
    jaeger.wait_spans(31)


def chunked_bodies_in_any_pieces(t):
    jaeger, _, client = _start(t)
    body = otlp.simple(1)
    for size in (1, 7, len(body)):
        client.raw(client.head(transfer_encoding='chunked'))
        for at in range(0, len(body), size):
            piece = body[at:at + size]
            client.raw(f'{len(piece):X};x=y\r\n'.encode() + piece + b'\r\n')
        client.raw(b'0\r\nx-trailer: 1\r\n\r\n')
        assert client.reply().status == 200
    jaeger.wait_spans(3)


def a_request_byte_by_byte(t):
    jaeger, _, client = _start(t)
    body = otlp.simple(1)
    for byte in client.head(content_length=len(body)).encode() + body:
        client.raw(bytes([byte]))
    assert client.reply().status == 200
    jaeger.wait_spans(1)


def pipelined_requests_are_answered_in_order(t):
    jaeger, _, client = _start(t)
    good, bad = otlp.simple(1), b'\x0a\x7f\x00'
    data = b''
    for body in (good, bad, good, bad, good):
        data += client.head(content_length=len(body)).encode() + body
    client.raw(data)
    assert [client.reply().status for _ in range(5)] == [200, 400, 200, 400, 200]
    jaeger.wait_spans(3)


def a_client_that_wants_to_be_asked_is_asked(t):
    jaeger, _, client = _start(t)
    body = otlp.simple(1)
    client.raw(client.head(content_length=len(body), expect='100-continue'))
    assert client.reply().status == 100
    client.raw(body)
    assert client.reply().status == 200
    jaeger.wait_spans(1)


def errors_are_a_status_message(t):
    jaeger, otelc, client = _start(t)
    for body, more in ((b'\x0a\x7f\x00', {}), (b'not gzip', {'content_encoding': 'gzip'}),
                       (gzip.compress(otlp.simple(1))[:-9], {'content_encoding': 'gzip'})):
        reply = client.post(body, **more)
        assert reply.status == 400, reply
        assert reply.headers['content-type'] == 'application/x-protobuf', reply
        status = pb.read(reply.body)
        assert status[1] == [3] and len(status[2][0]) > 5, reply
    _still_good(t, jaeger, otelc)


def requests_that_are_wrong(t):
    jaeger, otelc, _ = _start(t)
    good = otlp.simple(1)
    for name, more, wanted in (
            ('GET', {'method': 'GET'}, {405}),
            ('PUT', {'method': 'PUT'}, {405}),
            ('another path', {'path': '/v1/trace'}, {404}),
            ('a trailing slash', {'path': '/v1/traces/'}, {404}),
            ('metrics', {'path': '/v1/metrics'}, {404}),
            ('no type', {'content_type': None}, {415}),
            ('text', {'content_type': 'text/plain'}, {415}),
            ('unknown encoding', {'content_encoding': 'br'}, {400, 415}),
            ('two encodings', {'content_encoding': 'gzip, gzip'}, {400, 415})):
        client = t.http(otelc)
        reply = client.post(good, **more)
        assert reply.status in wanted, (name, reply)
        if reply.status == 405:
            assert 'POST' in reply.headers.get('allow', ''), reply
    _still_good(t, jaeger, otelc)


def bodies_at_the_limit_and_over_it(t):
    jaeger = t.jaeger()
    text = config(jaeger).replace('      grpc:', f'      http: {{endpoint: "127.0.0.1:0", {LIMIT}}}'
                                  '\n      grpc:').replace('      grpc: {endpoint: "127.0.0.1:0"}\n',
                                                           '')
    otelc = t.collector(text)
    def padded(size):
        bare = otlp.simple(7777) + pb.text(4000, b'')
        return otlp.simple(7777) + pb.text(4000, bytes(size - len(bare) - 2))
    for size, wanted in (((1 << 20) - 1, 200), (1 << 20, 200), ((1 << 20) + 1, 413)):
        for pack, more in ((bytes, {}), (gzip.compress, {'content_encoding': 'gzip'})):
            reply = t.http(otelc).post(pack(padded(size)), **more)
            assert reply.status == wanted, (size, more, reply)
    client = t.http(otelc)  # refused before the body is sent, and not asked for it
    client.raw(client.head(content_length=1 << 40, expect='100-continue'))
    assert client.reply().status == 413
    client = t.http(otelc)
    client.raw(client.head(transfer_encoding='chunked').encode() + b'7fffffffffffffff\r\n'
               + bytes((1 << 20) + 1))
    assert client.reply().status == 413
    bomb = gzip.compress(bytes(200 << 20), 9)
    assert t.http(otelc).post(bomb, content_encoding='gzip').status == 413
    _still_good(t, jaeger, otelc)


# What a proxy in front might read differently: each is 400 and the end of the connection, and what
# would be a second request behind it is not served (RFC 9112, 6.3 and 11.2).
SMUGGLED = {
    'length and chunked': 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    'two lengths': 'Content-Length: 5\r\nContent-Length: 6\r\n',
    'a list of lengths': 'Content-Length: 5, 5\r\n',
    'a signed length': 'Content-Length: +5\r\n',
    'an odd length': 'Content-Length: 5x\r\n',
    'a length that overflows': 'Content-Length: 99999999999999999999999\r\n',
    'chunked twice': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    'identity, chunked': 'Transfer-Encoding: identity, chunked\r\n',
    'gzip, chunked': 'Transfer-Encoding: gzip, chunked\r\n',
    'chunked, identity': 'Transfer-Encoding: chunked, identity\r\n',
    'xchunked': 'Transfer-Encoding: xchunked\r\n',
    'a folded line': 'Content-Length: 5\r\nX-A: b\r\n c\r\n',
    'a space before the colon': 'Content-Length : 5\r\n',
    'a space before the name': 'X-A: b\r\n Content-Length: 5\r\n',
    'an empty name': ': x\r\nContent-Length: 5\r\n',
    'a bare CR': 'X-A: b\rContent-Length: 5\r\n',
    'NUL': 'X-A: b\0c\r\nContent-Length: 5\r\n',
    'two hosts': 'Host: other\r\nContent-Length: 5\r\n',
}


def requests_that_hide_another_one(t):
    jaeger, otelc, _ = _start(t)
    for name, lines in SMUGGLED.items():
        client = t.http(otelc)
        hidden = client.head(content_length=0)
        client.raw(client.head()[:-2] + lines + '\r\n0\r\n\r\n' + hidden)
        reply = client.reply()
        assert reply is not None and reply.status == 400, (name, reply)
        assert client.at_end(), f'{name}: the connection goes on'
    _still_good(t, jaeger, otelc)


def request_lines_that_are_wrong(t):
    jaeger, otelc, _ = _start(t)
    host = 'Host: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n'
    for head, wanted in (
            ('POST /v1/traces HTTP/1.1\r\nContent-Length: 0\r\n\r\n', {400}),  # no Host
            ('POST  /v1/traces HTTP/1.1\r\n' + host, {400}),
            ('POST /v1/traces HTTP/2.0\r\n' + host, {400, 505}),
            ('POST /v1/traces HTTP/0.9\r\n' + host, {400, 505}),
            ('POST /v1/traces\r\n' + host, {400}),
            ('HELLO\r\n\r\n', {400}),
            ('POST /v1/tra\1ces HTTP/1.1\r\n' + host, {400}),
            ('CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', {400, 405}),
            ('POST /v1/traces HTTP/1.0\r\nTransfer-Encoding: chunked\r\n' + host, {400})):
        client = t.http(otelc)
        client.raw(head)
        reply = client.reply()
        assert reply is not None and reply.status in wanted, (head, reply)
        assert client.at_end(), head
    _still_good(t, jaeger, otelc)


def headers_at_their_limits(t):
    jaeger, otelc, _ = _start(t)
    for more, wanted in (
            ({'path': '/v1/traces?' + 'q' * 7000}, 200),
            ({'path': '/v1/traces?' + 'q' * 9000}, 414),
            ({'x_big': 'v' * 15_000}, 200),
            ({f'x_{n}': 'v' * 9000 for n in range(4)}, 431),
            ({f'x_{n}': 'v' for n in range(100)}, 200),
            ({f'x_{n}': 'v' for n in range(200)}, 431)):
        client = t.http(otelc)
        reply = client.post(b'', **more)
        assert reply is not None and reply.status == wanted, (list(more)[:3], wanted, reply)
    client = t.http(otelc)
    client.raw(client.head()[:-2] + 'x-a: ')
    for _ in range(100):  # a header without end
        client.raw('v' * 1000)
    assert client.reply().status == 431
    assert client.at_end()
    _still_good(t, jaeger, otelc)


def an_upgrade_is_not_followed(t):
    jaeger, _, client = _start(t)
    reply = client.post(otlp.simple(1), connection='upgrade', upgrade='h2c')
    assert reply.status == 200, reply
    assert client.post(otlp.simple(1)).status == 200
    jaeger.wait_spans(2)


def connection_close_is_obeyed(t):
    jaeger, _, client = _start(t)
    assert client.post(otlp.simple(1), connection='close').status == 200
    assert client.at_end()
    jaeger.wait_spans(1)


def a_client_that_vanishes_in_its_body(t):
    jaeger, otelc, _ = _start(t)
    for body in (b'', otlp.simple(1)[:-1]):
        client = t.http(otelc)
        client.raw(client.head(content_length=5000).encode() + body)
        client.close()
    _still_good(t, jaeger, otelc)

"""A Jaeger that answers what none would: nothing is lost, nothing grows, the log stays short."""
import contextlib
import itertools
import os
import socket
import struct

from harness import otlp
from harness.backend import Vanish
from harness.case import RETRY, config
from harness.jaeger import FakeJaegerGrpc, FakeJaegerHttp
from harness.wait import until

KEPT_KIB = 20 << 10    # the allocator keeps 16 MiB for what comes next: M_TRIM_THRESHOLD
AGAIN, DONE, DROPPED = 'is sent again', 'is delivered', 'is dropped'


class _Mischief:
    """Mixed into a Jaeger: what comes in place of the next answers."""
    def __init__(self, *args):
        self.mischief = []     # of each: a function of the connection, or pieces of bytes
        super().__init__(*args)

    def take_mischief(self):
        with self.changed:
            return self.mischief.pop(0) if self.mischief else None

    def forget_connections(self):
        """The next request comes on a new one."""
        with self.changed:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the collector was first
                    connection.shutdown(socket.SHUT_RDWR)


class _BadHttp(_Mischief, FakeJaegerHttp):
    def _talk(self, connection):
        pieces = self.take_mischief()
        if pieces is None:
            super()._talk(connection)
            return
        stream = connection.makefile('rb')
        stream.readline()
        headers = dict(line.decode().rstrip().lower().split(': ', 1)
                       for line in itertools.takewhile(bytes.strip, stream))
        self._body(stream, headers)
        for piece in pieces:
            connection.sendall(piece)
        raise Vanish


class _BadGrpc(_Mischief, FakeJaegerGrpc):
    def _answer(self, connection, http2, stream, headers, body):
        act = self.take_mischief()
        if act is None:
            super()._answer(connection, http2, stream, headers, body)
        else:
            act(connection, http2, stream)


def _check(t, jaeger, cases):
    """cases: name -> (mischief, what is to become of the batch)."""
    t.keep(jaeger, jaeger.stop)
    otelc = t.collector(config(jaeger, batch=None, timeout='10s', retry=RETRY))
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1000))
    jaeger.wait_spans(1)
    before = otelc.status('VmRSS')
    wanted, after = {otlp.span_id(1000).hex()}, 1000
    for n, (name, (mischief, outcome)) in enumerate(cases.items()):
        jaeger.forget_connections()
        lines = len(otelc.log.splitlines())
        jaeger.mischief = [mischief]
        client.export_ok(otlp.simple(n))
        until(lambda: not jaeger.mischief, what=f'{name}: no request')
        if outcome == AGAIN:
            wanted.add(otlp.span_id(n).hex())
            until(lambda: set(jaeger.ids()) >= wanted, what=f'{name}: it was not sent again')
        elif outcome == DROPPED:
            until(lambda: len(otelc.log.splitlines()) > lines, what=f'{name}: nothing is logged')
        after += 1             # one behind it shows that it is over with the one before
        client.export_ok(otlp.simple(after))
        wanted.add(otlp.span_id(after).hex())
        until(lambda: set(jaeger.ids()) >= wanted, what=f'{name}: nothing is sent any more')
        assert set(jaeger.ids()) == wanted, (name, 'it was sent again')
        assert len(otelc.log.splitlines()) < lines + 10, (name, otelc.log)
        assert t.is_sanitized or otelc.status('VmHWM') < before + KEPT_KIB, \
            (name, before, otelc.status('VmHWM'))
    jaeger.check()
    assert not [c for c in otelc.log if c < ' ' and c not in '\t\n'], 'a raw byte of the peer'
    assert max(map(len, otelc.log.splitlines())) < 2000
    assert otelc.stop() == 0, otelc.log


def _endless(head, piece):
    """Some 32 MiB, more than anybody should read."""
    return itertools.chain([head], itertools.repeat(piece * (1 + 65536 // len(piece)), 512))


def answers_over_http(t):
    ok = b'HTTP/1.1 202 Accepted\r\n'
    _check(t, _BadHttp(), {
        'headers without end': (_endless(ok, b'X-A: b\r\n'), AGAIN),
        'a header without end': (_endless(ok + b'X-A: ', b'b'), AGAIN),
        'a status line without end': (_endless(b'HTTP/1.1 200 ', b'b'), AGAIN),
        'a body without end': (_endless(ok + b'\r\n', b'b'), DONE),
        'a body of an error, without end':
            (_endless(b'HTTP/1.1 503 X\r\n\r\n', b'b\x1b[31m\r\n'), AGAIN),
        'a body of a refusal, without end':
            (_endless(b'HTTP/1.1 400 X\r\n\r\n', b'b\x1b[31m\0'), DROPPED),
        'chunks without end':
            (_endless(ok + b'Transfer-Encoding: chunked\r\n\r\n', b'1\r\nb\r\n'), DONE),
        'a chunk size without end':
            (_endless(ok + b'Transfer-Encoding: chunked\r\n\r\n', b'1'), AGAIN),
        'trailers without end':
            (_endless(ok + b'Transfer-Encoding: chunked\r\n\r\n0\r\n', b'A: b\r\n'), AGAIN),
        'interim answers without end': (_endless(b'', b'HTTP/1.1 103 X\r\nA: b\r\n\r\n'), AGAIN),
        'noise': ([os.urandom(100_000)], AGAIN),
        'HTTP/2': (_endless(b'', struct.pack('>I', 0)[1:] + struct.pack('>BBI', 4, 0, 0)), AGAIN),
        'a length that is too long': ([ok + b'Content-Length: 1000\r\n\r\nshort'], AGAIN),
        'a length that is too short': ([ok + b'Content-Length: 1\r\n\r\nlonger'], DONE),
        'a length that is none': ([ok + b'Content-Length: -1\r\n\r\n'], AGAIN),
        'two lengths': ([ok + b'Content-Length: 0\r\nContent-Length: 5\r\n\r\n'], AGAIN),
        'no answer': ([], AGAIN),
        'half a status line': ([b'HTTP/1.1 2'], AGAIN),
        'half a head': ([ok + b'Content-'], DONE),  # it has said that it took it
        'a status of four digits': ([b'HTTP/1.1 2020 X\r\n\r\n'], AGAIN),
        'a status of 0': ([b'HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n'], AGAIN),
        'a redirect': ([b'HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\n'
                        b'Content-Length: 0\r\n\r\n'], DROPPED),
    })


def _raw(*pieces):
    """Bytes in place of frames of the library."""
    def act(connection, http2, _):
        connection.sendall(http2.data_to_send())
        for piece in pieces:
            for part in piece if not isinstance(piece, bytes) else [piece]:
                connection.sendall(part)
        raise Vanish
    return act


def _frame(kind, flags=0, stream=0, payload=b''):
    return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload


def _library(*steps):
    """Steps: functions of the library's connection and the stream."""
    def act(connection, http2, stream):
        for step in steps:
            step(http2, stream)
        connection.sendall(http2.data_to_send())
    return act


HEAD = [(':status', '200'), ('content-type', 'application/grpc')]


def _head(*more, end=False, head=HEAD):
    return lambda http2, stream: http2.send_headers(stream, head + list(more), end_stream=end)


def _data(data, end=False):
    return lambda http2, stream: http2.send_data(stream, data, end_stream=end)


def answers_over_grpc(t):
    def endless_data(connection, http2, stream):
        http2.send_headers(stream, HEAD)
        connection.sendall(http2.data_to_send())
        frame = _frame(0, 0, stream, bytes(16384))
        for _ in range(2000):
            connection.sendall(frame)

    def endless_headers(connection, http2, stream):
        connection.sendall(http2.data_to_send() + _frame(1, 0, stream, b'\x88'))
        frame = _frame(9, 0, stream, b'\0\1a\1b' * 4000)
        for _ in range(2000):
            connection.sendall(frame)

    def goaway(connection, http2, _):
        http2.close_connection(11, b'too_many_pings', 0)
        connection.sendall(http2.data_to_send())
        raise Vanish

    def trailers(status, message=''):
        return _library(_head(), _data(bytes(5)), lambda http2, stream: http2.send_headers(
            stream, [('grpc-status', status), ('grpc-message', message)], end_stream=True))

    _check(t, _BadGrpc(), {
        'no trailers': (_library(_head(), _data(bytes(5), end=True)), AGAIN),
        'no message and no trailers': (_library(_head(end=True)), AGAIN),
        'a message without end': (endless_data, AGAIN),
        'headers without end': (endless_headers, AGAIN),
        'half a message': (_library(_head(), _data(struct.pack('>BI', 0, 100) + b'x'),
                                    lambda h, s: h.reset_stream(s, 2)), AGAIN),
        'a status that is no number': (trailers('fine'), AGAIN),
        'a status that nobody knows': (trailers('999'), AGAIN),
        'an empty status': (trailers(''), AGAIN),
        'a message of 20 KB': (trailers('14', '%1B%0A' * 3000), AGAIN),
        'a bad request': (trailers('3', 'no'), DROPPED),
        'an error page': (_library(_head(('x', 'y'), end=True, head=[
            (':status', '502'), ('content-type', 'text/html')])), AGAIN),
        'a reset': (_library(lambda h, s: h.reset_stream(s, 7)), AGAIN),
        'another reset': (_library(lambda h, s: h.reset_stream(s, 8)), AGAIN),
        'GOAWAY': (goaway, AGAIN),
        'the end': (_raw(), AGAIN),
        'noise': (_raw(os.urandom(100_000)), AGAIN),
        'HTTP/1.1': (_raw(b'HTTP/1.1 400 Bad Request\r\n\r\n'), AGAIN),
        'PINGs without end':
            (_raw(itertools.repeat(_frame(6, 0, 0, bytes(8)) * 1000, 1000)), AGAIN),
        'SETTINGS without end': (_raw(itertools.repeat(_frame(4) * 1000, 1000)), AGAIN),
        'empty DATA without end': (_raw(itertools.repeat(_frame(0, 0, 1) * 1000, 1000)), AGAIN),
        'a frame of 16 MiB': (_raw(b'\xff\xff\xff\0\0\0\0\0\1' + bytes(100_000)), AGAIN),
    })

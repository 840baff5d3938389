"""A Jaeger that answers what none would: nothing is lost, nothing grows, the log stays short.

And backends by gRPC that read slowly, or stand behind a proxy: each span comes once.
"""
import contextlib
import itertools
import os
import socket
import ssl
import struct
import threading
import time

import h2.settings

from harness import otlp
from harness.backend import Vanish
from harness.case import RETRY, config
from harness.certificates import Authority
from harness.jaeger import FakeJaegerGrpc, FakeJaegerHttp
from harness.otlp_backend import FakeOtlpGrpc
from harness.wait import until

KEPT_KIB = 20 << 10    # the allocator keeps 16 MiB for what comes next: M_TRIM_THRESHOLD
AGAIN, DONE, DROPPED = 'is sent again', 'is delivered', 'is dropped'
EITHER = 'is delivered, or sent again where the connection broke before that was read'


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
    wanted, perhaps, after = {otlp.span_id(1000).hex()}, set(), 1000
    for n, (name, (mischief, outcome)) in enumerate(cases.items()):
        jaeger.forget_connections()
        lines = len(otelc.log.splitlines())
        jaeger.mischief = [mischief]
        client.export_ok(otlp.simple(n))
        until(lambda: not jaeger.mischief, what=f'{name}: no request')
        if outcome == AGAIN:
            wanted.add(otlp.span_id(n).hex())
            until(lambda: set(jaeger.ids()) >= wanted, what=f'{name}: it was not sent again')
        elif outcome == EITHER:
            perhaps.add(otlp.span_id(n).hex())
        elif outcome == DROPPED:
            until(lambda: len(otelc.log.splitlines()) > lines, what=f'{name}: nothing is logged')
        after += 1             # one behind it shows that it is over with the one before
        client.export_ok(otlp.simple(after))
        wanted.add(otlp.span_id(after).hex())
        until(lambda: set(jaeger.ids()) >= wanted, what=f'{name}: nothing is sent any more')
        assert set(jaeger.ids()) - perhaps == wanted, (name, 'it was sent again')
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
        'half a head': ([ok + b'Content-'], EITHER),  # it has said that it took it
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


# ---- what reads slowly ----

class _Slow:
    """Mixed into a backend: lets a client send as much as it likes, takes little at a time."""
    PIECE, PAUSE_S = 30_000, 0.001

    @staticmethod
    def _bind(port):
        listener = FakeJaegerGrpc._bind(port)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        return listener

    @staticmethod
    def _begin(http2):
        http2.initiate_connection()
        http2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 30})
        http2.increment_flow_control_window(1 << 30)

    @classmethod
    def _receive(cls, connection):
        time.sleep(cls.PAUSE_S)
        return connection.recv(cls.PIECE)


class _SlowJaeger(_Slow, FakeJaegerGrpc):
    pass


class _SlowOtlp(_Slow, FakeOtlpGrpc):
    pass


class _Proxy:
    """Takes CONNECT; what it tells the client it tells in pieces."""
    def __init__(self):
        self.asked = []
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self._listener.getsockname()[1]}'
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            head += client.recv(1)
        method, target, _ = head.split(b' ', 2)
        self.asked.append((method.decode(), target.decode()))
        host, port = target.decode().split(':')
        server = socket.create_connection((host, int(port)))
        client.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(20_000):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


REQUESTS, SPANS = 10, 40       # a request has 3.6 MB


def _each_arrives_once(t, kind, secure, proxied=False):
    tls, settings = None, 'tls: {insecure: true}'
    if secure:
        authority = Authority(t.directory, f'ca-{kind.__name__}')
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*authority.issue())
        tls.set_alpn_protocols(['h2'])
        settings = f'tls: {{ca_file: "{authority.file}"}}'
    backend = kind(tls=tls)
    t.keep(backend, backend.stop)
    env = {}
    if proxied:
        proxy = _Proxy()
        t.keep(proxy, proxy.stop)
        env = {'https_proxy' if secure else 'http_proxy': proxy.url, 'no_proxy': ''}
    name = 'jaeger' if isinstance(backend, FakeJaegerGrpc) else 'otlp'
    more = '' if name == 'jaeger' else ', compression: none'
    exporter = (f'{{endpoint: "{backend.address}", {settings}, timeout: 60s{more}, '
                f'retry_on_failure: {RETRY}}}')
    otelc = t.collector(config(batch=None, grpc='max_recv_msg_size_mib: 16',
                               exporters={name: exporter}), env=env)
    client = t.grpc(otelc)
    for n in range(REQUESTS):
        client.export_ok(otlp.simple(n * SPANS, count=SPANS, attrs={'text': f'{n:x}' * 90_000}))
    backend.wait_spans(REQUESTS * SPANS, timeout_s=60)
    assert otelc.stop() == 0, otelc.log
    backend.check()
    assert set(backend.ids().values()) == {1} and len(backend.ids()) == REQUESTS * SPANS
    assert 'drop' not in otelc.log and 'again' not in otelc.log, otelc.log
    if proxied:
        assert proxy.asked and set(proxy.asked) == {('CONNECT', backend.address)}, proxy.asked


def an_otlp_backend_that_reads_slowly_gets_each_span_once(t):
    _each_arrives_once(t, _SlowOtlp, secure=False)


def an_otlp_backend_that_reads_slowly_by_tls_gets_each_span_once(t):
    _each_arrives_once(t, _SlowOtlp, secure=True)


def a_jaeger_that_reads_slowly_gets_each_span_once(t):
    _each_arrives_once(t, _SlowJaeger, secure=False)


def a_jaeger_that_reads_slowly_by_tls_gets_each_span_once(t):
    _each_arrives_once(t, _SlowJaeger, secure=True)


def through_a_proxy_each_span_comes_once(t):
    _each_arrives_once(t, _SlowOtlp, secure=False, proxied=True)
    _each_arrives_once(t, FakeJaegerGrpc, secure=False, proxied=True)


def through_a_proxy_by_tls_each_span_comes_once(t):
    _each_arrives_once(t, FakeOtlpGrpc, secure=True, proxied=True)
    _each_arrives_once(t, _SlowJaeger, secure=True, proxied=True)

"""Many apps at once: HTTP connections that send numbered spans as fast as they are answered, and
remember which ones were acknowledged.
"""
import selectors
import socket
import struct
import time

from . import otlp

REFUSED_PAUSE_S = 0.02


class _Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.first = None     # of the request under way
        self.output, self.input = b'', b''
        self.rests_until = 0


class Flood:
    """flood.run(address, 1.5) sends for so long, or until every connection is lost."""

    def __init__(self, spans=20, connections=16, first=0, attrs=None):
        self.spans, self.connections = spans, connections
        self.next = first          # the number of the next request's first span
        self.requests = []         # first numbers of those that were acknowledged
        self.refused = 0
        self.retry_after = None    # of the last one that was refused
        self._body = bytearray(otlp.simple(0, count=spans, attrs=attrs))
        self._places = [[self._find(id(n)) for n in range(spans)]
                        for id in (otlp.trace_id, otlp.span_id)]

    def _find(self, id):
        """Where the last eight bytes of an id stand: they tell the number."""
        return self._body.index(id) + len(id) - 8

    def _request(self, first):
        body = bytearray(self._body)
        for i in range(self.spans):
            struct.pack_into('>Q', body, self._places[0][i], first + i)
            body[self._places[1][i]:self._places[1][i] + 8] = otlp.span_id(first + i)
        return (f'POST /v1/traces HTTP/1.1\r\nhost: flood\r\ncontent-type: application/x-protobuf'
                f'\r\ncontent-length: {len(body)}\r\n\r\n').encode() + body

    def count(self):
        """Acknowledged spans."""
        return len(self.requests) * self.spans

    def acknowledged(self):
        """Their ids, as Jaeger counts them."""
        return {otlp.span_id(n).hex() for first in self.requests
                for n in range(first, first + self.spans)}

    def run(self, address, for_s=60, enough=lambda: False):
        """The connections are closed then: what was not answered is not counted."""
        selector = selectors.DefaultSelector()
        try:
            for _ in range(self.connections):
                connection = _Connection(address)
                selector.register(connection.socket, selectors.EVENT_WRITE, connection)
        except OSError:
            pass
        deadline = time.monotonic() + for_s
        while selector.get_map() and time.monotonic() < deadline and not enough():
            for key, _ in selector.select(0.01):
                try:
                    self._step(selector, key.data)
                except OSError:
                    selector.unregister(key.data.socket)
                    key.data.socket.close()
        for key in list(selector.get_map().values()):
            key.data.socket.close()
        selector.close()

    def _step(self, selector, c):
        if c.first is None:
            if c.rests_until > time.monotonic():
                return
            c.first = self.next
            self.next += self.spans
            c.output = self._request(c.first)
        if c.output:
            c.output = c.output[c.socket.send(c.output):]
            if not c.output:
                selector.modify(c.socket, selectors.EVENT_READ, c)
            return
        data = c.socket.recv(65536)
        if not data:
            raise ConnectionResetError
        c.input += data
        head, end, rest = c.input.partition(b'\r\n\r\n')
        headers = dict(line.lower().split(b': ', 1) for line in head.split(b'\r\n')[1:])
        if not end or len(rest) < int(headers.get(b'content-length', 0)):
            return
        self._answered(c, int(c.input.split()[1]), headers)
        c.first, c.input = None, b''
        selector.modify(c.socket, selectors.EVENT_WRITE, c)

    def _answered(self, c, status, headers):
        if status == 200:
            self.requests.append(c.first)
            return
        assert status == 503, status
        self.refused += 1
        self.retry_after = int(headers[b'retry-after'])
        c.rests_until = time.monotonic() + REFUSED_PAUSE_S

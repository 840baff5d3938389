"""A Jaeger collector for tests: Thrift over HTTP, or protobuf over gRPC, on a port of its own.

It keeps every span that it has answered well, and does as it is told for the next requests:

    jaeger.next(Answer(503, retry_after=1), Answer(503))    then as always
    jaeger.always(Answer(429))                              until always() is called again
    jaeger.hold()                                           answers wait for release()
    jaeger.down(), jaeger.up()                              connections are refused meanwhile

A request that is not exactly what Jaeger's protocol wants ends the test: jaeger.problems.
"""
import collections
import re
import socket
import struct
import threading
import time

import h2.config
import h2.connection
import h2.events

from . import protobuf as pb
from . import thrift
from .wait import until


class Answer:
    # In place of a status. HANG: none ever comes; CLOSE and RESET: the connection ends in its
    # place; IN_BODY: as soon as a part of the request is there; IN_ANSWER: in the middle of a good
    # one, the spans are kept.
    HANG, CLOSE, RESET, IN_BODY, IN_ANSWER = 'hang', 'close', 'reset', 'in body', 'in answer'

    def __init__(self, status=202, retry_after=None, delay_s=0, message=''):
        self.status, self.retry_after, self.delay_s = status, retry_after, delay_s
        self.message = message  # of gRPC


Delivered = collections.namedtuple('Delivered', 'process spans peer headers')  # one request


class Vanish(Exception):
    """The connection ends here."""


class FakeJaeger:
    def __init__(self, up=True, tls=None):
        """tls: an ssl.SSLContext of a server."""
        self.tls = tls
        self.delivered = []       # Delivered of each request that was answered well
        self.times = []           # when each request came, also those answered with an error
        self.size_max = None      # of a request, in bytes; what is larger is refused
        self.connections = 0
        self.problems = []
        self.changed = threading.Condition()
        self._next, self._always, self._held = [], None, False
        self._stopped = False
        self._open = set()
        # Bound and never listening: while it is down, nobody else gets the port.
        self._place = self._bind(0)
        self.port = self._place.getsockname()[1]
        self.address = f'127.0.0.1:{self.port}'
        self._listener = None
        if up:
            self.up()

    @staticmethod
    def _bind(port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('127.0.0.1', port))
        return listener

    def up(self):
        self._listener = self._bind(self.port)
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def down(self):
        """Refuses connections from now on, and resets those that there are."""
        with self.changed:
            listener, self._listener = self._listener, None
            if listener:
                listener.shutdown(socket.SHUT_RDWR)  # accept() returns
                listener.close()
            for connection in self._open:
                self._reset(connection)

    def stop(self):
        with self.changed:
            self._stopped = True
            self.changed.notify_all()
        self.down()
        self._place.close()

    # ---- what it shall do ----

    def next(self, *answers):
        with self.changed:
            self._next += answers

    def always(self, answer=None):
        """None: as usual again."""
        with self.changed:
            self._always = answer

    def hold(self):
        with self.changed:
            self._held = True

    def release(self):
        with self.changed:
            self._held = False
            self.changed.notify_all()

    # ---- what it has seen ----

    @property
    def requests(self):
        return len(self.times)

    @property
    def open_connections(self):
        with self.changed:
            return len(self._open)

    def spans(self):
        """All spans, each with its process: [(process, span)]."""
        with self.changed:
            return [(one.process, span) for one in self.delivered for span in one.spans]

    def ids(self):
        """How often each span id has come."""
        return collections.Counter(span['spanId'] for _, span in self.spans())

    def count(self):
        with self.changed:
            return sum(len(one.spans) for one in self.delivered)

    def wait_spans(self, count, timeout_s=20):
        until(lambda: self.problems or self.count() >= count, timeout_s,
              lambda: f'{self.count()} of {count} spans came to Jaeger')
        self.check()
        return self.spans()

    def wait_requests(self, count, timeout_s=20):
        until(lambda: self.requests >= count, timeout_s,
              lambda: f'{self.requests} of {count} requests came to Jaeger')

    def check(self):
        assert not self.problems, self.problems

    # ---- inside ----

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.changed:
                self.connections += 1
                self._open.add(connection)
                if listener is not self._listener:
                    self._reset(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.tls:
                with self.changed:
                    self._open.discard(connection)
                connection = self.tls.wrap_socket(connection, server_side=True)
                with self.changed:
                    self._open.add(connection)
            self._talk(connection)
        except (OSError, Vanish):
            pass
        except Exception as problem:  # of the reader: what came was wrong
            self.problems.append(repr(problem))
        with self.changed:
            self._open.discard(connection)
            connection.close()

    def _in_body(self, connection):
        """Ends the connection where that is what comes next, while the body is being received."""
        with self.changed:
            answer = self._next[0] if self._next else self._always or Answer()
            if answer.status != Answer.IN_BODY:
                return
            if self._next:
                self._next.pop(0)
            self.times.append(time.monotonic())
        self._vanish(connection, Answer.RESET)

    def _take_request(self, process, spans, peer, headers, size):
        """Counts the request and gives the answer, when its time has come."""
        with self.changed:
            self.times.append(time.monotonic())
            if self.size_max is not None and size > self.size_max:
                return self.TOO_LARGE
            answer = self._next.pop(0) if self._next else self._always or Answer()
            if answer.status == Answer.HANG:
                self.changed.wait_for(lambda: self._stopped)
            self.changed.wait_for(lambda: self._stopped or not self._held)
            if self._stopped:
                raise Vanish
        if answer.delay_s:
            time.sleep(answer.delay_s)
        if answer.status in (0, 200, 202, Answer.IN_ANSWER):
            with self.changed:
                self.delivered.append(Delivered(process, spans, peer, headers))
                self.changed.notify_all()
        return answer

    @staticmethod
    def _reset(connection):
        """Its thread finds the end, and closes it."""
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            connection.shutdown(socket.SHUT_RD)
        except OSError:
            pass

    @classmethod
    def _vanish(cls, connection, how):
        if how in (Answer.RESET, Answer.IN_BODY, Answer.IN_ANSWER):
            cls._reset(connection)
        raise Vanish


class FakeJaegerHttp(FakeJaeger):
    """POST /api/traces of a Jaeger 1.76; keeps connections, as OpenTelemetry's receiver may."""

    TOO_LARGE = Answer(413)

    read = staticmethod(thrift.read_batch)

    @property
    def url(self):
        return f'http{"s" if self.tls else ""}://{self.address}/api/traces'

    def _talk(self, connection):
        stream = connection.makefile('rb')
        while line := stream.readline():
            method, path, version = line.decode().split()
            headers = {}
            while (line := stream.readline().decode().rstrip('\r\n')) != '':
                name, value = line.split(':', 1)
                headers[name.lower()] = value.strip()
            if headers.get('expect') == '100-continue':
                connection.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
            stream.peek(1)  # a part of the body
            self._in_body(connection)
            body = self._body(stream, headers)
            if (method, path, version) != ('POST', '/api/traces', 'HTTP/1.1'):
                raise ValueError(f'{method} {path} {version}')
            if headers.get('content-type') not in ('application/x-thrift',
                                                   'application/vnd.apache.thrift.binary'):
                raise ValueError(f'content type {headers.get("content-type")}')
            process, spans = self.read(body)
            answer = self._take_request(process, spans, connection.getpeername(), headers,
                                        len(body))
            if answer.status == Answer.IN_ANSWER:
                connection.sendall(b'HTTP/1.1 202 X\r\nContent-Le')
            if isinstance(answer.status, str):
                self._vanish(connection, answer.status)
            retry = f'Retry-After: {answer.retry_after}\r\n' if answer.retry_after else ''
            connection.sendall(f'HTTP/1.1 {answer.status} X\r\n{retry}Content-Length: 0\r\n\r\n'
                               .encode())

    @staticmethod
    def _body(stream, headers):
        if headers.get('transfer-encoding') != 'chunked':
            length = int(headers['content-length'])
            body = stream.read(length)
            if len(body) < length:
                raise Vanish
            return body
        body = bytearray()
        while line := stream.readline():
            if (size := int(line, 16)) == 0:
                stream.readline()
                return bytes(body)
            body += stream.read(size)
            stream.readline()
        raise Vanish  # in the middle of it: a killed collector


class CountingJaeger(FakeJaegerHttp):
    """For many spans: sees nothing but their ids. ids() tells how often each has come."""

    # traceIdLow, traceIdHigh and spanId, one behind the other: i64 is type 10
    ID = re.compile(b'\x0a\0\1.{8}\x0a\0\2.{8}\x0a\0\3(.{8})', re.S)

    @classmethod
    def read(cls, body):
        return None, cls.ID.findall(body)

    def ids(self):
        with self.changed:
            counts = collections.Counter(id for one in self.delivered for id in one.spans)
        return {id.hex(): n for id, n in counts.items()}


class FakeJaegerGrpc(FakeJaeger):
    """jaeger.api_v2.CollectorService/PostSpans over HTTP/2."""

    PATH = '/jaeger.api_v2.CollectorService/PostSpans'
    TOO_LARGE = Answer(8, message='grpc: received message larger than max (2 vs. 1)')

    def _talk(self, connection):
        http2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding='utf-8'))
        http2.initiate_connection()
        connection.sendall(http2.data_to_send())
        requests = {}
        while data := connection.recv(65536):
            for event in http2.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    requests[event.stream_id] = (dict(event.headers), bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    self._in_body(connection)
                    requests[event.stream_id][1].extend(event.data)
                    http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamReset):
                    requests.pop(event.stream_id, None)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = requests.pop(event.stream_id)
                    connection.sendall(http2.data_to_send())
                    self._answer(connection, http2, event.stream_id, headers, bytes(body))
            connection.sendall(http2.data_to_send())

    def _answer(self, connection, http2, stream, headers, body):
        for name, wanted in ((':method', 'POST'), (':path', self.PATH), ('te', 'trailers'),
                             ('content-type', 'application/grpc')):
            if not headers.get(name, '').startswith(wanted):
                raise ValueError(f'{name}: {headers.get(name)}')
        if body[:1] != b'\0' or struct.unpack('>I', body[1:5])[0] != len(body) - 5:
            raise ValueError(f'framing {body[:5].hex()} of {len(body)} bytes')
        for process, spans in read_post_spans(body[5:]):
            answer = self._take_request(process, spans, connection.getpeername(), headers,
                                        len(body))
        reply = [(':status', '200'), ('content-type', 'application/grpc')]
        if answer.status == Answer.IN_ANSWER:
            http2.send_headers(stream, reply)
            connection.sendall(http2.data_to_send())
        if isinstance(answer.status, str):
            self._vanish(connection, answer.status)
        status = 0 if answer.status in (0, 200, 202) else answer.status
        trailers = [('grpc-status', str(status))]
        if status != 0:
            http2.send_headers(stream, reply + trailers + [('grpc-message', answer.message)],
                               end_stream=True)
            return
        http2.send_headers(stream, reply)
        http2.send_data(stream, bytes(5))
        http2.send_headers(stream, trailers, end_stream=True)


# ---- api_v2 from protobuf, in the same form as Thrift's; it has no parentSpanId ----

def _tag(message):
    fields = pb.read(message)
    kind = ('STRING', 'BOOL', 'LONG', 'DOUBLE', 'BINARY')[pb.last(fields, 2, 0)]
    number = {'STRING': 3, 'BOOL': 4, 'LONG': 5, 'DOUBLE': 6, 'BINARY': 7}[kind]
    if set(fields) - {1, 2, number}:
        raise ValueError(f'tag of type {kind} with fields {set(fields)}')
    value = pb.last(fields, number, b'' if kind in ('STRING', 'BINARY') else 0)
    if kind == 'BOOL':
        value = bool(value)
    elif kind == 'LONG':
        value = pb.signed(value)
    elif kind == 'DOUBLE':
        value = struct.unpack('<d', struct.pack('<Q', value))[0]
    return thrift.canonical_tag(pb.last(fields, 1, b''), kind, value)


def _us(message):
    """Timestamp or Duration, in µs, cut toward zero (a time before 1970: toward its past)."""
    fields = pb.read(message)
    ns = pb.signed(pb.last(fields, 1, 0)) * 10**9 + pb.signed(pb.last(fields, 2, 0), 32)
    return ns // 1000 if ns >= 0 else -(-ns // 1000)


def _id(fields, number, length):
    value = pb.last(fields, number, b'')
    if len(value) != length:
        raise ValueError(f'an id of {len(value)} bytes')
    return value.hex()


def _span(message):
    fields = pb.read(message)
    logs = [pb.read(log) for log in fields.get(9, [])]
    references = [pb.read(reference) for reference in fields.get(4, [])]
    return {
        'traceId': _id(fields, 1, 16),
        'spanId': _id(fields, 2, 8),
        'operationName': pb.last(fields, 3, b'').decode(),
        'references': [[('CHILD_OF', 'FOLLOWS_FROM')[pb.last(r, 3, 0)], _id(r, 1, 16),
                        _id(r, 2, 8)] for r in references],
        'flags': pb.last(fields, 5, 0),
        'startTime': _us(pb.last(fields, 6, b'')),
        'duration': _us(pb.last(fields, 7, b'')),
        'tags': [_tag(tag) for tag in fields.get(8, [])],
        'logs': [{'timestamp': _us(pb.last(log, 1, b'')),
                  'fields': [_tag(tag) for tag in log.get(2, [])]} for log in logs],
    }


def _process(message):
    fields = pb.read(message)
    return {'serviceName': pb.last(fields, 1, b'').decode(),
            'tags': [_tag(tag) for tag in fields.get(2, [])]}


def read_post_spans(message):
    """[(process, spans)], one for each request: spans have no process of their own here."""
    batch = pb.read(pb.last(pb.read(message), 1, b''))
    spans = [pb.read(span) for span in batch.get(1, [])]
    if any(10 in span for span in spans):
        raise ValueError('a span with its own process')
    return [(_process(pb.last(batch, 2, b'')), [_span(span) for span in batch.get(1, [])])]

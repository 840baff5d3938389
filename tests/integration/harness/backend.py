"""Servers that take spans for tests, each on a port of its own: what Jaeger's and OTLP's share.

One keeps every span that it has answered well, and does as it is told for the next requests:

    backend.next(Answer(503, retry_after=1), Answer(503))    then as always
    backend.always(Answer(429))                              until always() is called again
    backend.hold()                                           answers wait for release()
    backend.down(), backend.up()                             connections are refused meanwhile

A request that is not exactly what the protocol wants ends the test: backend.problems.
"""
import base64
import collections
import socket
import struct
import threading
import time

import h2.config
import h2.connection
import h2.events

from .wait import until


class Answer:
    # In place of a status. HANG: none ever comes; CLOSE and RESET: the connection ends in its
    # place; IN_BODY: as soon as a part of the request is there; IN_ANSWER: in the middle of a good
    # one, the spans are kept.
    HANG, CLOSE, RESET, IN_BODY, IN_ANSWER = 'hang', 'close', 'reset', 'in body', 'in answer'

    def __init__(self, status=202, retry_after=None, delay_s=0, message='', rejected=0, details=b''):
        self.status, self.retry_after, self.delay_s = status, retry_after, delay_s
        self.message, self.details = message, details  # of gRPC: its words, a google.rpc.Status
        self.rejected = rejected  # of OTLP: so many are not taken, for what `message` says


Delivered = collections.namedtuple('Delivered', 'process spans peer headers')  # one request


class Vanish(Exception):
    """The connection ends here."""


class Backend:
    """What both protocols have in common; a class of a protocol has _talk(), one of a format has

        read_request(path, headers, body)   [(process, spans)] of it; raises where it is wrong
        good_body(answer, headers)          what a good answer has in it
        TOO_LARGE                           the answer to what is
    """

    def __init__(self, up=True, tls=None):
        """tls: an ssl.SSLContext of a server."""
        self.tls = tls
        self.delivered = []       # Delivered of each request that was answered well
        self.sizes = []           # of each request, as it came
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
              lambda: f'{self.count()} of {count} spans came to the backend')
        self.check()
        return self.spans()

    def wait_requests(self, count, timeout_s=20):
        until(lambda: self.requests >= count, timeout_s,
              lambda: f'{self.requests} of {count} requests came to the backend')

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

    def _take_request(self, groups, peer, headers, size):
        """Counts the request and gives the answer, when its time has come."""
        with self.changed:
            self.times.append(time.monotonic())
            self.sizes.append(size)
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
                self.delivered += [Delivered(process, spans, peer, headers)
                                   for process, spans in groups]
                self.changed.notify_all()
        return answer

    def good_body(self, answer, headers):
        return b''

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


class HttpBackend(Backend):
    """Takes POSTs by HTTP/1.1, on connections that are kept."""

    TOO_LARGE = Answer(413)

    def _talk(self, connection):
        stream = connection.makefile('rb')
        while line := stream.readline():
            if not line.endswith(b'HTTP/1.1\r\n'):  # HTTP/2, TLS: it is the wrong port
                connection.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n'
                                   b'Connection: close\r\n\r\n400 Bad Request')
                raise Vanish
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
            if (method, version) != ('POST', 'HTTP/1.1'):
                raise ValueError(f'{method} {path} {version}')
            groups = self.read_request(path, headers, body)
            answer = self._take_request(groups, connection.getpeername(), headers, len(body))
            if answer.status == Answer.IN_ANSWER:
                connection.sendall(b'HTTP/1.1 202 X\r\nContent-Le')
            if isinstance(answer.status, str):
                self._vanish(connection, answer.status)
            retry = f'Retry-After: {answer.retry_after}\r\n' if answer.retry_after else ''
            reply = (self.good_body(answer, headers) if answer.status // 100 == 2
                     else answer.message.encode())
            connection.sendall(f'HTTP/1.1 {answer.status} X\r\n{retry}'
                               f'Content-Length: {len(reply)}\r\n\r\n'.encode() + reply)

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


class GrpcBackend(Backend):
    """Takes unary calls over HTTP/2."""

    TOO_LARGE = Answer(8, message='grpc: received message larger than max (2 vs. 1)')

    def _talk(self, connection):
        http2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding='utf-8'))
        self._begin(http2)
        connection.sendall(http2.data_to_send())
        requests, first = {}, True
        while data := self._receive(connection):
            if first and not data.startswith(b'PRI'):  # HTTP/1, TLS: it is the wrong port
                raise Vanish
            first = False
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

    @staticmethod
    def _begin(http2):
        http2.initiate_connection()

    @staticmethod
    def _receive(connection):
        return connection.recv(65536)

    def _answer(self, connection, http2, stream, headers, body):
        for name, wanted in ((':method', 'POST'), ('te', 'trailers'),
                             ('content-type', 'application/grpc')):
            if not headers.get(name, '').startswith(wanted):
                raise ValueError(f'{name}: {headers.get(name)}')
        if body[0] != ('grpc-encoding' in headers) or \
                struct.unpack('>I', body[1:5])[0] != len(body) - 5:
            raise ValueError(f'framing {body[:5].hex()} of {len(body)} bytes')
        groups = self.read_request(headers[':path'], headers, body[5:])
        answer = self._take_request(groups, connection.getpeername(), headers, len(body))
        reply = [(':status', '200'), ('content-type', 'application/grpc')]
        if answer.status == Answer.IN_ANSWER:
            http2.send_headers(stream, reply)
            connection.sendall(http2.data_to_send())
        if isinstance(answer.status, str):
            self._vanish(connection, answer.status)
        status = 0 if answer.status in (0, 200, 202) else answer.status
        trailers = [('grpc-status', str(status))]
        if status != 0:
            if answer.details:
                trailers.append(('grpc-status-details-bin',
                                 base64.b64encode(answer.details).decode()))
            http2.send_headers(stream, reply + trailers + [('grpc-message', answer.message)],
                               end_stream=True)
            return
        http2.send_headers(stream, reply)
        message = self.good_body(answer, headers)
        http2.send_data(stream, struct.pack('>BI', 0, len(message)) + message)
        http2.send_headers(stream, trailers, end_stream=True)

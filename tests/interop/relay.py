"""Stands between an SDK and otelc and tells what the SDK has sent, and how."""
import socket
import threading

import h2.config
import h2.connection
import h2.events

CONTENT_TYPES = {'grpc': 'application/grpc', 'http/protobuf': 'application/x-protobuf',
                 'http/json': 'application/json'}


def _requests_http1(sent):
    """(method, header fields) of each; bodies before the last one have a Content-Length."""
    while sent:
        head, _, sent = sent.partition(b'\r\n\r\n')
        line, *fields = head.decode().split('\r\n')
        fields = (field.split(':', 1) for field in fields)
        headers = {name.lower(): value.strip() for name, value in fields}
        yield line.split()[0], headers
        sent = sent[int(headers.get('content-length', 0)):]


def _headers_http2(sent):
    connection = h2.connection.H2Connection(h2.config.H2Configuration(
        client_side=False, header_encoding='utf-8'))
    connection.initiate_connection()
    for event in connection.receive_data(sent):
        if isinstance(event, h2.events.RequestReceived):
            return dict(event.headers)
    raise AssertionError('no request')


class Relay:
    """Listens at address and passes all on to the target, and back."""

    def __init__(self, t, target):
        self._target, self._sent = target, []  # a bytearray of each connection
        self._listener = socket.create_server(('127.0.0.1', 0))
        t.keep(self._listener, self._listener.close)
        self.address = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            sent = bytearray()
            self._sent.append(sent)
            for pair in ((client, server, sent), (server, client, bytearray())):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    @staticmethod
    def _pass(source, sink, seen):
        try:
            while data := source.recv(65536):
                seen.extend(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # the other side is gone
            pass

    def check(self, protocol, compression):
        """The first request of each connection was sent in this way and in no other that works as
        well."""
        assert any(self._sent)
        for sent in map(bytes, filter(None, self._sent)):
            if protocol == 'grpc':
                headers, encoding = _headers_http2(sent), 'grpc-encoding'
            else:
                (_, headers), encoding = next(_requests_http1(sent)), 'content-encoding'
            assert headers['content-type'] == CONTENT_TYPES[protocol], headers
            assert headers.get(encoding, 'identity') == (compression or 'identity'), headers

    def requests(self):
        """(method, header fields) of each that came by HTTP/1.1, one connection after the other."""
        return [request for sent in self._sent for request in _requests_http1(bytes(sent))]

"""A gRPC client that can also do everything wrong: cut frames anywhere, lie in headers, hold back
window, vanish. One connection, used by one thread.
"""
import base64
import gzip
import socket
import ssl
import struct
import time
from urllib.parse import unquote

import h2.config
import h2.connection
import h2.events
import h2.settings

from . import otlp
from . import protobuf as pb
from .http_client import connect


class Reply:
    def __init__(self):
        self.headers, self.trailers = {}, {}
        self.body = b''
        self.reset = None   # error code of RST_STREAM
        self.ended = False  # END_STREAM, RST_STREAM, or the end of the connection
        self.lost = False   # the connection ended first
        self.goaway = None  # error code of the GOAWAY that came before

    @property
    def http_status(self):
        return int(self.headers.get(':status', 0))

    @property
    def status(self):
        """grpc-status; None where there is none."""
        value = self.trailers.get('grpc-status', self.headers.get('grpc-status'))
        return None if value is None else int(value)

    @property
    def message(self):
        return unquote(self.trailers.get('grpc-message', self.headers.get('grpc-message', '')))

    @property
    def retry_delay_s(self):
        encoded = self.trailers.get('grpc-status-details-bin',
                                    self.headers.get('grpc-status-details-bin'))
        if encoded is None:
            return None
        return otlp.retry_delay_s(base64.b64decode(encoded + '=' * (-len(encoded) % 4)))

    @property
    def response(self):
        """The one message of the answer."""
        flag, length = struct.unpack('>BI', self.body[:5])
        assert flag == 0 and length == len(self.body) - 5, self.body[:5].hex()
        return self.body[5:]

    def __repr__(self):
        return (f'Reply(http {self.http_status}, grpc {self.status} "{self.message}", '
                f'reset {self.reset}, lost {self.lost}, goaway {self.goaway})')


class Connection(h2.connection.H2Connection):
    """h2 takes nothing more after GOAWAY; a server may still answer what it has (RFC 9113, 6.8)."""

    def _receive_goaway_frame(self, frame):
        event = h2.events.ConnectionTerminated()
        event.error_code, event.last_stream_id = frame.error_code, frame.last_stream_id
        return [], [event]


def frame(message, flag=0):
    return struct.pack('>BI', flag, len(message)) + message


class GrpcClient:
    def __init__(self, address, window=None, auto_window=True, timeout_s=20, tls=None):
        """window: SETTINGS_INITIAL_WINDOW_SIZE; auto_window: gives back what was read; tls: an
        ssl.SSLContext."""
        self.socket, self.authority = connect(address, timeout_s, tls)
        self.timeout_s = timeout_s
        self.auto_window = auto_window
        self.replies = {}
        self.goaway = None     # error code
        self.closed = False
        self.pings = 0         # answered
        self.settings = None   # of the peer
        self.http2 = Connection(h2.config.H2Configuration(
            header_encoding='utf-8', validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.http2.initiate_connection()
        if window is not None:
            self.http2.update_settings(
                {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def close(self):
        self.socket.close()

    def vanish(self):
        """Ends the connection with a reset, as a machine does that crashes."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()

    # ---- the pieces ----

    def flush(self):
        self.raw(self.http2.data_to_send())

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self._lost()

    def headers(self, path=otlp.EXPORT, encoding=None, replace=(), more=()):
        """The usual ones; a value None in replace leaves a header out."""
        fields = {':method': 'POST', ':scheme': 'http', ':path': path,
                  ':authority': self.authority, 'te': 'trailers',
                  'content-type': 'application/grpc', 'user-agent': 'test'}
        if encoding:
            fields['grpc-encoding'] = encoding
        fields.update(dict(replace))
        return [(k, v) for k, v in fields.items() if v is not None] + list(more)

    def start(self, path=otlp.EXPORT, end=False, **headers):
        """Opens a stream with its HEADERS; the stream's id."""
        stream = self.http2.get_next_available_stream_id()
        self.replies[stream] = Reply()
        self.http2.send_headers(stream, self.headers(path, **headers), end_stream=end)
        self.flush()
        return stream

    def send(self, stream, data, end=True, chunk=None):
        """Sends within the windows; chunk: the largest DATA frame. Stops when the stream ends."""
        reply = self.replies[stream]
        at = 0
        while at < len(data) and not reply.ended:
            room = min(self.http2.local_flow_control_window(stream),
                       self.http2.max_outbound_frame_size, chunk or len(data), len(data) - at)
            if room <= 0:
                self.flush()
                self.receive()
                continue
            last = end and at + room == len(data)
            self.http2.send_data(stream, data[at:at + room], end_stream=last)
            at += room
            if chunk or at % (1 << 20) < room:
                self.flush()
                self.receive(block=False)
        if end and not data and not reply.ended:
            self.http2.end_stream(stream)
        elif end and at < len(data) and reply.reset is None and not reply.lost:
            self.http2.end_stream(stream)  # answered before all was sent: it is given up
        self.flush()

    def receive(self, block=True):
        """Reads once; False when nothing was there. Fails after timeout_s."""
        self.socket.settimeout(self.timeout_s if block else 0)
        try:
            data = self.socket.recv(1 << 16)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return False
        except TimeoutError:
            raise AssertionError('no answer from the collector') from None
        except ConnectionResetError:
            data = b''
        finally:
            if self.socket.fileno() >= 0:
                self.socket.settimeout(self.timeout_s)
        if not data:
            self._lost()
            return False
        for event in self.http2.receive_data(data):
            self._on(event)
        self.flush()
        return True

    def _lost(self):
        self.closed = True
        for reply in self.replies.values():
            if not reply.ended:
                reply.ended = reply.lost = True
                reply.goaway = self.goaway

    def _on(self, event):
        reply = self.replies.get(getattr(event, 'stream_id', None), Reply())
        if isinstance(event, h2.events.ResponseReceived):
            reply.headers = dict(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            reply.trailers = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            reply.body += event.data
            if self.auto_window and event.flow_controlled_length:
                self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            reply.ended = True
        elif isinstance(event, h2.events.StreamReset):
            reply.reset, reply.ended = event.error_code, True
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event.error_code
            for stream, other in self.replies.items():
                if stream > event.last_stream_id and not other.ended:
                    other.ended = other.lost = True
                    other.goaway = event.error_code
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self.settings = dict(self.http2.remote_settings)
        elif isinstance(event, h2.events.PingAckReceived):
            self.pings += 1

    def wait(self, done):
        deadline = time.monotonic() + self.timeout_s
        while not done():
            assert not self.closed, 'the collector closed the connection'
            assert time.monotonic() < deadline, 'the state did not come'
            self.receive()

    def reply(self, stream):
        reply = self.replies[stream]
        while not reply.ended:
            self.receive()
        return reply

    def ping(self):
        """A round trip: all that was sent before has been seen by the collector."""
        wanted = self.pings + 1
        self.http2.ping(b'deadline')
        self.flush()
        self.wait(lambda: self.pings >= wanted)

    # ---- a whole call ----

    def call(self, body, path=otlp.EXPORT, chunk=None, **headers):
        """Sends bytes as they are, the framing included."""
        stream = self.start(path, **headers)
        self.send(stream, body, chunk=chunk)
        return self.reply(stream)

    def export(self, request, compress=False, **more):
        if compress:
            return self.call(frame(gzip.compress(request), 1), encoding='gzip', **more)
        return self.call(frame(request), **more)

    def watch(self, service=''):
        """grpc.health.v1's Watch."""
        return Watch(self, service)

    def export_ok(self, request, **more):
        reply = self.export(request, **more)
        assert reply.status == 0, reply
        return reply


SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3  # of grpc.health.v1


class Watch:
    def __init__(self, client, service):
        self.client = client
        self.stream = client.start('/grpc.health.v1.Health/Watch')
        self.read = 0  # bytes of the answer
        client.send(self.stream, frame(pb.text(1, service) if service else b''))

    @property
    def reply(self):
        return self.client.replies[self.stream]

    def next(self):
        """The status that comes next; None: nothing more comes."""
        while not self.reply.ended and len(self.reply.body) == self.read:
            self.client.receive()
        if len(self.reply.body) == self.read:
            return None
        flag, length = struct.unpack('>BI', self.reply.body[self.read:self.read + 5])
        message = self.reply.body[self.read + 5:self.read + 5 + length]
        self.read += 5 + length
        assert flag == 0 and len(message) == length, self.reply
        return pb.read(message)[1][0]

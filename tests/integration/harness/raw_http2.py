"""HTTP/2 without a library, for frames that none would send. RFC 9113; header blocks: RFC 7541."""
import select
import socket
import struct
import time

from . import otlp

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM = 1
END_HEADERS, PADDED = 4, 8
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, REFUSED_STREAM, ENHANCE_YOUR_CALM = \
    0, 1, 3, 5, 7, 11
PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'


def frame(kind, flags=0, stream=0, payload=b''):
    return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload


def number(value, bits=7, first=0):
    """An integer behind the bits that tell what it is."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = bytearray([first | most])
    value -= most
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(name, value, first=b'\0'):
    """A literal one; first: b'\\0' not indexed, b'\\x40' indexed."""
    name, value = name.encode(), value if isinstance(value, bytes) else value.encode()
    return first + number(len(name)) + name + number(len(value)) + value


def request(path=otlp.EXPORT, method='POST', kind='application/grpc', more=b''):
    """A header block."""
    return (field(':method', method) + field(':scheme', 'http') + field(':path', path)
            + field(':authority', 'x') + field('content-type', kind) + more)


class RawHttp2:
    def __init__(self, connection, settings=b''):
        """connection: a socket, owned by its giver."""
        self.socket = connection
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 256 << 10)
        self.goaway = None     # the error code of the last
        self.closed = False
        self.frames = []       # (kind, flags, stream, payload), the first few thousand
        self._input = b''
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    @property
    def ended(self):
        """It has told its reason, or closed."""
        return self.closed or self.goaway not in (None, NO_ERROR)

    def _read(self):
        try:
            data = self.socket.recv(1 << 18)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionError:
            data = b''
        if not data:
            self.closed = True
        self._input += data
        while len(self._input) >= 9:
            length = int.from_bytes(self._input[:3], 'big')
            if len(self._input) < 9 + length:
                break
            kind, flags, stream = struct.unpack('>BBI', self._input[3:9])
            payload = self._input[9:9 + length]
            self._input = self._input[9 + length:]
            if kind == GOAWAY:
                self.goaway = struct.unpack('>I', payload[4:8])[0]
            if len(self.frames) < 5000:
                self.frames.append((kind, flags, stream, payload))

    def send(self, data, reads=True, patience_s=20):
        """Sends, and reads what comes meanwhile; False where the connection ends, or (without
        reading) where the peer takes nothing more for patience_s."""
        data = memoryview(data)
        deadline = time.monotonic() + patience_s
        while data and not self.ended:
            ready, room, _ = select.select([self.socket] if reads else [], [self.socket], [],
                                           max(0, deadline - time.monotonic()))
            if not ready and not room:
                return False
            if ready:
                self._read()
            if not room:
                continue
            try:
                sent = self.socket.send(data)
            except (BlockingIOError, InterruptedError):
                continue
            except ConnectionError:
                self._read()
                self.closed = True
                break
            data = data[sent:]
            deadline = time.monotonic() + patience_s
        return not self.ended

    def wait(self, done, timeout_s=20, what='the frame did not come'):
        deadline = time.monotonic() + timeout_s
        while not done():
            assert not self.closed, 'the connection has ended'
            assert time.monotonic() < deadline, what
            select.select([self.socket], [], [], 0.1)
            self._read()

    def wait_end(self, timeout_s=20):
        self.wait(lambda: self.ended, timeout_s, 'the connection goes on')

    def count(self, kind):
        return sum(frame[0] == kind for frame in self.frames)

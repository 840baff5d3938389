"""HTTP/1.1 on a bare socket: sends any bytes, reads answers properly."""
import socket


def connect(address, timeout_s, tls):
    """A socket, and the name of the host: address is (host, port) or the path of a unix socket."""
    if isinstance(address, str):
        unix = socket.socket(socket.AF_UNIX)
        unix.settimeout(timeout_s)
        unix.connect(address)
        return unix, 'localhost'
    tcp = socket.create_connection(address, timeout=timeout_s)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls:
        tcp = tls.wrap_socket(tcp, server_hostname=address[0])
    return tcp, f'{address[0]}:{address[1]}'


class HttpReply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f'HttpReply({self.status}, {self.headers}, {self.body[:200]!r})'


class HttpClient:
    def __init__(self, address, timeout_s=20, tls=None):
        """tls: an ssl.SSLContext."""
        self.socket, self.host = connect(address, timeout_s, tls)
        self.stream = self.socket.makefile('rb')

    def close(self):
        self.stream.close()
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode('latin-1'))

    def head(self, method='POST', path='/v1/traces', more=(), **fields):
        """The header block; Python names of headers: content_type. None leaves one out."""
        headers = {'host': self.host, 'content_type': 'application/x-protobuf', **fields}
        lines = [f'{method} {path} HTTP/1.1']
        lines += [f'{k.replace("_", "-")}: {v}' for k, v in headers.items() if v is not None]
        return '\r\n'.join([*lines, *more]) + '\r\n\r\n'

    def post(self, body, **more):
        self.raw(self.head(content_length=len(body), **more).encode() + body)
        return self.reply()

    def post_ok(self, request):
        reply = self.post(request)
        assert reply.status == 200, reply
        return reply

    def reply(self):
        """The next answer; None where the connection has ended."""
        try:
            line = self.stream.readline()
        except ConnectionResetError:
            return None
        if not line:
            return None
        status = int(line.split()[1])
        headers = {}
        while (line := self.stream.readline().decode('latin-1').rstrip('\r\n')) != '':
            name, value = line.split(':', 1)
            headers[name.lower()] = value.strip()
        if status == 100:
            return HttpReply(status, headers, b'')
        if headers.get('transfer-encoding') == 'chunked':
            body = b''
            while size := int(self.stream.readline(), 16):
                body += self.stream.read(size)
                self.stream.readline()
            self.stream.readline()
        else:
            body = self.stream.read(int(headers.get('content-length', 0)))
        return HttpReply(status, headers, body)

    def at_end(self):
        """Waits for the collector to close; True when it did, False where more bytes came."""
        try:
            return self.stream.read(1) == b''
        except ConnectionResetError:
            return True



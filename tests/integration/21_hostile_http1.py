"""HTTP/1.1 peers that are slow on purpose, or never come to an end."""
import itertools
import select
import socket
import time

from harness import otlp
from harness.attack import Fortress
from harness.case import config

MIB = 1 << 20
SECOND_S = 20    # until what takes some hundred ms is over on a busy machine


def _fortress(t, keys):
    return Fortress(t, lambda jaeger: config(jaeger).replace(
        'grpc: {endpoint: "127.0.0.1:0"}', f'http: {{endpoint: "127.0.0.1:0", {keys}}}'))


def _head(more='', path='/v1/traces'):
    return (f'POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n'
            f'{more}').encode()


def _drip(sockets, data, timeout_s=SECOND_S):
    """Sends to all a byte now and then, for ever; what each has answered when it was closed."""
    answers = {one: b'' for one in sockets}
    open_ones, data = set(sockets), itertools.cycle(data)
    deadline = time.monotonic() + timeout_s
    while open_ones:
        assert time.monotonic() < deadline, f'{len(open_ones)} connections are still open'
        byte = bytes([next(data)])
        for one in open_ones:
            try:
                one.sendall(byte)
            except ConnectionError:
                pass  # its answer is still to be read
        ready, _, _ = select.select(list(open_ones), [], [], 0.02)
        for one in ready:
            try:
                got = one.recv(65536)
            except ConnectionError:
                got = b''
            answers[one] += got
            if not got:
                open_ones.discard(one)
    return list(answers.values())


def heads_that_come_byte_by_byte(t):
    fortress = _fortress(t, 'read_header_timeout: 300ms')
    for first, drip in ((b'', _head('X-A: ' + 'v' * 20000)), (_head(), b'x-a: b\r\n'),
                        (b'', b'\r\n'), (b'PRI', b'x')):
        with fortress.attack() as attack:
            sockets = [attack.connect() for _ in range(50)]
            for one in sockets:
                one.sendall(first)
            for answer in _drip(sockets, drip):
                assert answer[:12] in (b'HTTP/1.1 408', b'HTTP/1.1 400'), (drip, answer)


def bodies_that_come_byte_by_byte(t):
    fortress = _fortress(t, 'read_timeout: 400ms')
    for more, drip in (('Content-Length: 100000\r\n\r\n', b'x'),
                       ('Transfer-Encoding: chunked\r\n\r\n', b'1\r\nx\r\n'),
                       ('Transfer-Encoding: chunked\r\n\r\n100000;', b'x'),
                       ('Transfer-Encoding: chunked\r\n\r\n0\r\n', b'a:b\r\n'),
                       ('Content-Length: 100000\r\nContent-Encoding: gzip\r\n\r\n', b'\x1f')):
        with fortress.attack() as attack:
            sockets = [attack.connect() for _ in range(20)]
            for one in sockets:
                one.sendall(_head(more))
            for answer in _drip(sockets, drip):
                assert answer[:12] in (b'HTTP/1.1 408', b'HTTP/1.1 400'), (more, answer)


def connections_without_a_request_end(t):
    fortress = _fortress(t, 'read_header_timeout: 300ms, idle_timeout: 300ms')
    with fortress.attack() as attack:
        groups = {what: [attack.connect() for _ in range(200)]
                  for what in ('nothing', 'one byte', 'no head', 'a request')}
        body = otlp.simple(1)
        for one in groups['one byte']:
            one.sendall(b'P')
        for one in groups['no head']:
            one.sendall(b'G')
        for one in groups['a request']:
            one.sendall(_head(f'Content-Length: {len(body)}\r\n\r\n') + body)
        fortress.serves()
        since = time.monotonic()
        for what in ('a request', 'no head', 'one byte', 'nothing'):  # the sooner ones first
            for one in groups[what]:
                one.settimeout(30)
                while one.recv(65536):
                    pass
        assert time.monotonic() - since > 5  # first bytes have 10 s


def bodies_of_clients_that_send_no_more(t):
    fortress = _fortress(t, 'read_timeout: 0s')
    body = otlp.simple(1)
    for data, wanted in ((_head('Content-Length: 5000\r\n\r\n') + body, b''),
                         (_head('Content-Length: 5000\r\n')[:-2], b''),
                         (_head('Transfer-Encoding: chunked\r\n\r\n5\r\nab'), b''),
                         (_head(f'Content-Length: {len(body)}\r\n\r\n') + body, b'HTTP/1.1 200')):
        with fortress.attack() as attack:
            for _ in range(20):
                one = attack.connect()
                one.sendall(data)
                one.shutdown(socket.SHUT_WR)
                answer = b''
                while got := one.recv(65536):
                    answer += got
                assert answer[:12] == wanted, answer


def requests_whose_answers_nobody_reads(t):
    fortress = _fortress(t, '')
    body = otlp.simple(1)
    with fortress.attack() as attack:
        for request in (_head('Content-Length: 0\r\n\r\n', '/nope') * 200,
                        (_head(f'Content-Length: {len(body)}\r\n\r\n') + body) * 100):
            one = attack.connect()
            one.settimeout(1)
            try:
                for _ in range(64 * MIB // len(request)):
                    one.sendall(request)
            except (TimeoutError, ConnectionError):
                pass  # it takes no more, or has closed after 10,000


def a_connection_has_so_many_requests(t):
    fortress = _fortress(t, '')
    with fortress.attack() as attack:
        one = attack.connect()
        request = _head('Content-Length: 0\r\n\r\n')
        data, answers = b'', 0
        one.setblocking(False)
        pending = memoryview(request * 10_001)
        while True:
            select.select([one], [one] if pending else [], [], 20)
            try:
                pending = pending[one.send(pending):]
            except (BlockingIOError, ConnectionError):
                pass
            try:
                got = one.recv(1 << 18)
            except BlockingIOError:
                continue
            except ConnectionError:
                break
            if not got:
                break
            data = data[-20:] + got
            answers += data.count(b'HTTP/1.1 200') - data[:20].count(b'HTTP/1.1 200')
        assert 9_990 <= answers <= 10_000, answers


def chunks_that_are_mostly_not_payload(t):
    fortress = _fortress(t, '')
    chunked = _head('Transfer-Encoding: chunked\r\n\r\n')
    for name, pieces in {
            'an extension without end': itertools.chain([b'1;x='], itertools.repeat(b'v' * 1000)),
            'extensions': itertools.chain([b'1'], itertools.repeat(b';x=' + b'v' * 100)),
            'a size without end': itertools.repeat(b'0' * 1000),
            'trailers without end':
                itertools.chain([b'0\r\n'], itertools.repeat(b'a: b\r\n' * 100)),
            'a trailer without end': itertools.chain([b'0\r\na: '], itertools.repeat(b'b' * 1000)),
            'a long extension for each byte': itertools.repeat(
                b'1;' + b'v' * 300 + b'\r\nx\r\n')}.items():
        with fortress.attack(peak_kib=16 << 10) as attack:
            one = attack.connect()
            try:
                one.sendall(chunked)
                for piece in itertools.islice(pieces, 1000):
                    one.sendall(piece)
            except ConnectionError:
                pass
            try:
                answer = one.recv(65536)
            except ConnectionError:
                answer = b'HTTP/1.1 400'  # lost in a reset
            assert answer.startswith(b'HTTP/1.1 400'), (name, answer)
    with fortress.attack() as attack:  # small chunks are just slow
        body = otlp.simple(1, name='n' * 100_000)
        one = attack.connect()
        one.sendall(chunked + b''.join(b'1\r\n%c\r\n' % byte for byte in body) + b'0\r\n\r\n')
        assert one.recv(65536).startswith(b'HTTP/1.1 200')


def bodies_that_are_announced_and_never_come(t):
    fortress = _fortress(t, '')
    for more in (f'Content-Length: {64 * MIB}\r\n\r\n',
                 'Transfer-Encoding: chunked\r\n\r\n3ffffff\r\n',
                 f'Content-Encoding: gzip\r\nContent-Length: {64 * MIB}\r\n\r\n'):
        with fortress.attack() as attack:
            for _ in range(700):
                attack.connect().sendall(_head(more) + b'x')

"""HTTP/2 peers that mean harm: each is cut off, and good clients notice nothing."""
import itertools
import struct

from harness import otlp
from harness.attack import Fortress
from harness.case import config
from harness.raw_http2 import (
    CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, PADDED,
    PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, RawHttp2, field, frame, number, request)

MIB = 1 << 20


def _open(stream, more=b'', flags=END_HEADERS):
    return frame(HEADERS, flags, stream, request(more=more))


def _u32(value):
    return struct.pack('>I', value)


def _for_each_stream(make):
    """Pieces of 50 streams each."""
    for first in itertools.count(1, 100):
        yield b''.join(make(stream) for stream in range(first, first + 100, 2))


def _again(piece, head=b''):
    """The piece again and again, in some 16 KiB."""
    yield head
    while True:
        yield piece * (1 + (16 << 10) // len(piece))


def _cut_off(attack, pieces, name, most=24 * MIB):
    """Sends until the connection ends, which it has to before so many bytes."""
    peer = RawHttp2(attack.connect())
    sent = 0
    for piece in pieces:
        if not peer.send(piece):
            break
        sent += len(piece)
        assert sent < most, f'{name}: {sent} bytes were taken'
    peer.wait_end()
    return peer


# ---- resets, the peer's and those that it makes us send (CVE-2023-44487, CVE-2025-8671) ----

RESETS = {
    'rapid resets': lambda s: _open(s) + frame(RST_STREAM, 0, s, _u32(8)),
    'resets of whole requests':
        lambda s: (_open(s) + frame(DATA, END_STREAM, s, bytes(5))
                   + frame(RST_STREAM, 0, s, _u32(8))),
    'a window that overflows': lambda s: _open(s) + frame(WINDOW_UPDATE, 0, s, _u32(0x7FFFFFFF)),
    'a window of 0 more': lambda s: _open(s) + frame(WINDOW_UPDATE, 0, s, _u32(0)),
    'DATA behind the end':
        lambda s: _open(s, flags=END_HEADERS | END_STREAM) + frame(DATA, 0, s, b'x'),
    'HEADERS behind the end':
        lambda s: _open(s, flags=END_HEADERS | END_STREAM) + _open(s),
    'a stream that depends on itself': lambda s: _open(s) + frame(PRIORITY, 0, s, _u32(s) + b'\0'),
    'a length that is not true': lambda s: _open(s, field('content-length', '1'),
                                                 END_HEADERS | END_STREAM),
    'a field in capitals': lambda s: _open(s, field('X-A', 'b')),
    'a field of HTTP/1.1': lambda s: _open(s, field('connection', 'close')),
    'no path': lambda s: frame(HEADERS, END_HEADERS, s, field(':method', 'POST')),
    'PRIORITY of 4 bytes': lambda s: _open(s) + frame(PRIORITY, 0, s, bytes(4)),
}


def resets_are_cut_off(t):
    fortress = Fortress(t)
    for name, make in RESETS.items():
        with fortress.attack() as attack:
            _cut_off(attack, _for_each_stream(make), name, MIB)


# ---- limits, to the last one and beyond it ----

def _fields(count):
    return b''.join(field(f'x-{n}', '') for n in range(count))


def _blocks(pieces, block):
    """A header block in HEADERS and so many CONTINUATION."""
    return frame(HEADERS, END_STREAM, 1, block) + b''.join(
        frame(CONTINUATION, END_HEADERS if n == pieces - 1 else 0, 1) for n in range(pieces))


def limits_are_reached_and_not_passed(t):
    """Each of a pair: bytes, and whether an answer comes."""
    fortress = Fortress(t)
    whole = END_HEADERS | END_STREAM
    entry = struct.pack('>HI', 4, 65535)
    for name, good, bad in (
            ('bytes of a frame', _open(1) + frame(DATA, END_STREAM, 1, bytes(16384)),
             _open(1) + frame(DATA, END_STREAM, 1, bytes(16385))),
            ('entries of SETTINGS', frame(SETTINGS, 0, 0, entry * 32) + _open(1, flags=whole),
             frame(SETTINGS, 0, 0, entry * 33) + _open(1, flags=whole)),
            ('CONTINUATION frames', _blocks(8, request()), _blocks(9, request())),
            ('the table of fields', frame(HEADERS, whole, 1, number(4096, 5, 0x20) + request()),
             frame(HEADERS, whole, 1, number(4097, 5, 0x20) + request())),
            ('fields', frame(HEADERS, whole, 1, request() + _fields(127)),
             frame(HEADERS, whole, 1, request() + _fields(128)))):  # with its content-type
        for data, is_good in ((good, True), (bad, False)):
            with fortress.attack() as attack:
                peer = RawHttp2(attack.connect())
                peer.send(data)
                peer.wait(lambda: peer.ended or peer.count(HEADERS) + peer.count(RST_STREAM) > 0)
                answer = b''.join(f[3] for f in peer.frames if f[0] == HEADERS)
                assert (bool(answer) and b'431' not in answer) == is_good, (name, is_good, answer)


# ---- frames without use ----

FLOODS = {
    'SETTINGS': _again(frame(SETTINGS, 0, 0, struct.pack('>HI', 4, 65535))),
    'empty SETTINGS': _again(frame(SETTINGS)),
    'window settings up and down': _again(
        frame(SETTINGS, 0, 0, struct.pack('>HI', 4, 1)) + frame(SETTINGS, 0, 0,
                                                                struct.pack('>HI', 4, 0x7FFFFFFF)),
        b''.join(_open(s) for s in range(1, 201, 2))),
    'PING': _again(frame(PING, 0, 0, bytes(8))),
    'answers to PINGs': _again(frame(PING, 1, 0, bytes(8))),
    'empty DATA': _again(frame(DATA, 0, 1), _open(1)),
    'DATA of nothing but padding': _again(frame(DATA, PADDED, 1, b'\xff' + bytes(255)), _open(1)),
    'PRIORITY': _again(frame(PRIORITY, 0, 1, bytes(5)), _open(1)),
    'PRIORITY of streams that are not': _for_each_stream(
        lambda s: frame(PRIORITY, 0, s, _u32(s + 2) + b'\0')),
    'window for a stream': _again(frame(WINDOW_UPDATE, 0, 1, _u32(1)), _open(1)),
    'window for the connection': _again(frame(WINDOW_UPDATE, 0, 0, _u32(1))),
    'unknown frames, empty': _again(frame(0xAB)),
    'unknown frames, long': _again(frame(0xAB, 0, 1, bytes(16384)), _open(1)),
    'ALTSVC and ORIGIN': _again(frame(10, 0, 0, bytes(2)) + frame(12)),
    'GOAWAY': _again(frame(GOAWAY, 0, 0, bytes(8))),
    'RST_STREAM of streams that are not': _again(frame(RST_STREAM, 0, 1, _u32(8))),
    'empty CONTINUATION': _again(frame(CONTINUATION, 0, 1), frame(HEADERS, 0, 1, request())),
    'CONTINUATION of nothing': _again(frame(CONTINUATION, 0, 1)),
    'a frame of 16 MiB': _again(b'\xff\xff\xff\0\0\0\0\0\1', _open(1)),
    'SETTINGS of many entries': _again(frame(SETTINGS, 0, 0, struct.pack('>HI', 4, 1) * 2000)),
}


def floods_of_frames_without_use_are_cut_off(t):
    fortress = Fortress(t)
    for name, pieces in FLOODS.items():
        with fortress.attack() as attack:
            _cut_off(attack, pieces, name)


def floods_of_a_peer_that_reads_nothing(t):
    fortress = Fortress(t)
    for name, pieces in {
            'SETTINGS': _again(frame(SETTINGS)), 'PING': _again(frame(PING, 0, 0, bytes(8))),
            'rapid resets': _for_each_stream(RESETS['rapid resets'])}.items():
        with fortress.attack() as attack:
            peer = RawHttp2(attack.connect())
            for piece in itertools.islice(pieces, 100):
                peer.send(piece, reads=False)
            peer.wait_end()
            assert peer.goaway == ENHANCE_YOUR_CALM, (name, peer.goaway)
    with fortress.attack() as attack:  # answers fill what the kernel keeps, then nothing is read
        peer = RawHttp2(attack.connect())
        ask = _for_each_stream(lambda s: frame(HEADERS, END_HEADERS | END_STREAM, s,
                                               request('/x', kind='text/plain')))
        sent = 0
        for piece in ask:
            if not peer.send(piece, reads=False, patience_s=1):
                break
            sent += len(piece)
            assert sent < 200 * MIB, f'{sent} bytes were taken'


# ---- header bombs ----

def header_bombs_are_defused(t):
    fortress = Fortress(t)
    bombs = {
        # one field of 4,000 bytes in the table, then one byte for each time that it comes again
        'references': request(more=field('x', b'v' * 3900, b'\x40')) + b'\xbe' * 11000,
        'a million small fields': request() + field('x', '') * 3000,
        'empty ones': request() + field('', '') * 3000,
        'a table that changes its size': b'\x20\x3f\xe1\x1f' * 4000 + request(),
        'a table larger than allowed': number(1 << 20, 5, 0x20) + request(),
        'a number without end': b'\xff' * 10000,
        'a text longer than its block': b'\x00\x7f\xff\xff\xff\x7f' + b'x' * 1000,
        'an entry that is not': request() + b'\xff\x80\x01',
        'bad Huffman': request() + b'\x00\x01x' + number(200, 7, 0x80) + b'\xff' * 200,
    }
    for name, block in bombs.items():
        with fortress.attack(peak_kib=16 << 10) as attack:
            peer = RawHttp2(attack.connect())
            for stream in range(1, 201, 2):
                if not peer.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, block)):
                    break
            peer.wait(lambda: peer.ended or peer.count(HEADERS) + peer.count(RST_STREAM) > 0,
                      what=name)
            if name == 'a million small fields' and not peer.ended:  # each is refused by itself
                assert b'431' in next(f[3] for f in peer.frames if f[0] == HEADERS), peer.frames


def header_blocks_in_many_pieces_are_cut_off(t):
    fortress = Fortress(t)
    for piece in (field('x', b'v' * 100), b'', b'\0'):
        with fortress.attack() as attack:
            _cut_off(attack, _again(frame(CONTINUATION, 0, 1, piece),
                                    frame(HEADERS, 0, 1, request())), piece, MIB)


# ---- streams that never end, windows that never open ----

def half_bodies_cost_what_has_come(t):
    fortress = Fortress(t)
    for length in (64 * MIB, 100_000):
        with fortress.attack(peak_kib=128 << 10) as attack:
            for _ in range(8):
                peer = RawHttp2(attack.connect())
                for stream in range(1, 257, 2):  # 128 at a time
                    assert peer.send(_open(stream) + frame(
                        DATA, 0, stream, struct.pack('>BI', 0, length) + bytes(1000)))


def heads_without_an_end_are_given_up(t):
    fortress = Fortress(t, lambda jaeger: config(jaeger).replace(
        'grpc: {endpoint: "127.0.0.1:0"}',
        'http: {endpoint: "127.0.0.1:0", read_header_timeout: 300ms}'))
    with fortress.attack() as attack:
        peers = [RawHttp2(attack.connect()) for _ in range(20)]
        for peer in peers:
            peer.send(frame(HEADERS, 0, 1, request()))
        for peer in peers:
            peer.wait_end()
            assert peer.goaway == ENHANCE_YOUR_CALM, peer.goaway


def answers_that_nobody_takes_are_few(t):
    fortress = Fortress(t, lambda jaeger: config(jaeger).replace(
        'grpc: {endpoint: "127.0.0.1:0"}',
        'http: {endpoint: "127.0.0.1:0", write_timeout: 500ms}'))
    good = struct.pack('>BI', 0, len(otlp.simple(1))) + otlp.simple(1)
    with fortress.attack() as attack:
        peer = RawHttp2(attack.connect(), struct.pack('>HI', 4, 0))  # a window of nothing
        for stream in range(1, 257, 2):
            assert peer.send(_open(stream) + frame(DATA, END_STREAM, stream, good))
        peer.wait(lambda: peer.count(RST_STREAM) == 128)
        assert not peer.ended and peer.count(DATA) == 0

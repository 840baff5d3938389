"""Small requests that become large: what they may cost is bounded, and then it is given back."""
import gzip
import struct
import subprocess
import zlib

from harness import otlp
from harness import protobuf as pb
from harness.attack import Fortress
from harness.case import config
from harness.grpc_client import frame

MIB = 1 << 20
LIMIT = 64 * MIB                    # of a message, decompressed
PEAK_KIB = (LIMIT >> 10) + (40 << 10)
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, INTERNAL = 3, 8, 13


def _zstd(data, *options):
    return subprocess.run(['zstd', '-q', '-c', *options], input=data, capture_output=True,
                          check=True).stdout


def _bombs():
    """name -> (encoding, bytes): what comes out is larger than the limit, or never ends."""
    zeros = bytes(96 * MIB)
    deflated = zlib.compress(zeros, 9)
    block = gzip.compress(zeros, 9)
    return {
        'gzip, 1000:1': ('gzip', block),
        'gzip, many members': ('gzip', gzip.compress(bytes(MIB), 9) * 65),
        'gzip that lies about its size': ('gzip', block[:-4] + struct.pack('<I', 5)),
        'gzip that promises 4 GiB': ('gzip', block[:-4] + b'\xff' * 4),
        'deflate': ('deflate', deflated),
        'raw deflate': ('deflate', deflated[2:-4]),
        'zstd, 10,000:1': ('zstd', _zstd(zeros, '-3')),
        'zstd that tells no size': ('zstd', _zstd(zeros, '-3', '--no-content-size')),
        'zstd, many frames': ('zstd', _zstd(bytes(MIB), '-3') * 65),
        'zstd with a window of 128 MiB': ('zstd', _zstd(zeros, '-3', '--long=27')),
    }


def decompression_bombs_stay_within_the_limit(t):
    fortress = Fortress(t)
    for name, (encoding, bomb) in _bombs().items():
        assert len(bomb) < 4 * MIB, (name, len(bomb))
        with fortress.attack(peak_kib=PEAK_KIB) as attack:
            reply = attack.http().post(bomb, content_encoding=encoding)
            assert reply.status in (400, 413), (name, reply)
            if encoding == 'deflate':
                continue
            reply = attack.grpc().call(frame(bomb, 1), encoding=encoding)
            assert reply.status in (RESOURCE_EXHAUSTED, INTERNAL), (name, reply)


def compressed_nothing_again_and_again(t):
    fortress = Fortress(t)
    skippable = struct.pack('<II', 0x184D2A50, 0)
    for encoding, data in (('gzip', gzip.compress(b'') * 100_000),
                           ('zstd', _zstd(b'') * 100_000),
                           ('zstd', skippable * 200_000),
                           ('gzip', gzip.compress(gzip.compress(bytes(64 * MIB)))),
                           ('gzip', b'\x1f\x8b\x08\x08' + bytes(6) + b'n' * MIB),
                           ('gzip', b'\x1f\x8b\x08\x04' + bytes(6) + b'\xff\xff' + b'x' * 70000),
                           ('deflate', b'\x78\x9c' + b'\0\0\0\xff\xff' * 200_000)):
        with fortress.attack(peak_kib=PEAK_KIB) as attack:
            ticks = fortress.otelc.cpu_ticks()
            reply = attack.http().post(data, content_encoding=encoding)
            assert reply.status in (200, 400, 413), (encoding, reply)
            ticks = fortress.otelc.cpu_ticks() - ticks
            assert ticks < 200 or t.is_sanitized, f'{ticks} ticks for {len(data)} bytes'


def _post_json(attack, text):
    return attack.http().post(text.encode(), content_type='application/json')


def json_that_nests_without_end(t):
    fortress = Fortress(t)
    value = '{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":%s}]}}]}'
    for text in ('[' * MIB, '{"a":' * MIB, '{"resourceSpans":' + '[' * MIB,
                 '{"x":' + '[' * 100_000 + ']' * 100_000 + '}',
                 value % ('{"arrayValue":{"values":[' * 100_000 + ']}}' * 100_000),
                 value % ('{"kvlistValue":{"values":[{"key":"k","value":' * 50_000
                          + '{}' + '}]}}' * 50_000),
                 '{"resourceSpans":' * 100_000):
        with fortress.attack(peak_kib=32 << 10) as attack:
            reply = _post_json(attack, text)
            assert reply.status == 400, (text[:60], reply)


def json_that_is_wide(t):
    """Many small things, and few bytes for each of them."""
    fortress = Fortress(t, lambda _: config(exporters={'nop': ''}))
    for text in ('{"resourceSpans":[' + '{},' * MIB + '{}]}',
                 '{"resourceSpans":[{"scopeSpans":[' + '{},' * MIB + '{}]}]}',
                 '{"resourceSpans":[{"scopeSpans":[{"spans":[' + '{},' * MIB + '{}]}]}]}',
                 '{' + '"a":1,' * MIB + '"b":1}',
                 '{"resourceSpans":[],' * 1 + '"resourceSpans":[],' * 200_000 + '"b":1}',
                 '{"x":"' + '\\u0000' * MIB + '"}', ' ' * (4 * MIB) + '{}',
                 '{"x":' + '9' * MIB + '}', '{"x":1e' + '9' * MIB + '}'):
        with fortress.attack() as attack:
            reply = _post_json(attack, text)
            assert reply.status in (200, 400, 413), (text[:60], reply)


def protobuf_of_many_empty_things(t):
    fortress = Fortress(t, lambda _: config(exporters={'nop': ''}))
    groups = {
        'spans': otlp.request(otlp.resource_spans([b''] * 1_000_000)),
        'scopes': pb.text(1, pb.text(2, b'') * 1_500_000),
        'resources': pb.text(1, b'') * 1_500_000,
        'attributes': otlp.request(otlp.resource_spans(
            [otlp.span(1, more=pb.text(9, b'') * 1_500_000)])),
        'events': otlp.request(otlp.resource_spans(
            [otlp.span(1, more=pb.text(11, b'') * 1_500_000)])),
        'links': otlp.request(otlp.resource_spans(
            [otlp.span(1, more=pb.text(13, b'') * 1_500_000)])),
        'elements': otlp.request(otlp.resource_spans(
            [otlp.span(1, more=pb.text(9, pb.text(1, 'k') + pb.text(2, pb.text(
                5, pb.text(1, b'') * 1_500_000))))])),
        'names': otlp.request(otlp.resource_spans(
            [otlp.span(1, more=pb.text(5, 'n') * 1_000_000)])),
        'unknown fields': pb.integer(4000, 1) * 1_000_000,
        'groups': pb.key(4000, 3) * 1_500_000,
    }
    for name, request in groups.items():
        with fortress.attack(peak_kib=48 << 10) as attack:
            reply = attack.grpc().export(request)
            assert reply.status in (0, INVALID_ARGUMENT, RESOURCE_EXHAUSTED), (name, reply)

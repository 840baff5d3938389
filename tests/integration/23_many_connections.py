"""As many connections as may be, and more; descriptors that run out; what an idle one costs."""
import resource
import select
import socket
import time

from harness import otlp
from harness.case import Skip, config
from harness.raw_http2 import PREFACE, SETTINGS, frame
from harness.wait import until

SPARE = 64             # descriptors that are kept for other things than connections
PAUSED_TICKS = 10      # of 100 in a second that it may use while it takes no connections


def _fill(otelc, count):
    """Connections that say nothing, one after the other."""
    out = []
    for _ in range(count):
        out.append(socket.create_connection(otelc.address, timeout=20))
    return out


def _is_served(client, timeout_s=20):
    """Whether a request that is sent now is answered, or None comes in this time."""
    body = otlp.simple(7777)
    client.raw(client.head(content_length=len(body)).encode() + body)
    ready, _, _ = select.select([client.socket], [], [], timeout_s)
    return bool(ready) and client.reply().status == 200


def _ticks_of_a_second(otelc):
    before = otelc.cpu_ticks()
    time.sleep(1)
    return otelc.cpu_ticks() - before


def _the_limit_holds(t, otelc, limit):
    """One less than the limit is taken, so is the limit; the one beyond waits."""
    base = otelc.descriptors()
    idle = _fill(otelc, limit - 2)
    until(lambda: otelc.descriptors() >= base + limit - 2)
    good = t.http(otelc)
    assert _is_served(good)           # limit - 1
    last = t.http(otelc)
    assert _is_served(last)           # limit
    more = [t.http(otelc) for _ in range(5)]
    assert not _is_served(more[0], 0.7)
    otelc.wait_log('too many connections: new ones wait until others are closed')
    ticks = _ticks_of_a_second(otelc)
    assert ticks <= PAUSED_TICKS or t.is_sanitized, f'{ticks} ticks while accept is paused'
    assert _is_served(good) and _is_served(last)
    assert not select.select([one.socket for one in more], [], [], 0)[0]
    for one in more[:1] + more[2:]:
        one.close()
    idle.pop().close()                # there is room for one
    assert _is_served(more[1])
    for one in idle:
        one.close()
    assert _is_served(t.http(otelc))
    assert otelc.log.count('too many connections') < 20


def the_limit_of_connections_holds(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger).replace('service:\n', 'service:\n  max_connections: 40\n'))
    _the_limit_holds(t, otelc, 40)
    assert 'closed (raise service.max_connections)' in otelc.log, otelc.log
    assert otelc.stop() == 0


def the_limit_of_open_files_is_kept_clear_of(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    _, hard = resource.prlimit(otelc.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(otelc.process.pid, resource.RLIMIT_NOFILE, (SPARE + 30, hard))
    _the_limit_holds(t, otelc, 30)
    assert 'closed (allow more open files' in otelc.log, otelc.log
    jaeger.wait_spans(5)              # it still has descriptors to send with
    assert otelc.stop() == 0


def without_any_descriptor_nothing_spins(t):
    """Fewer than are kept free: other things than connections have taken them."""
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    good = t.http(otelc)
    assert _is_served(good)
    _, hard = resource.prlimit(otelc.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(otelc.process.pid, resource.RLIMIT_NOFILE, (otelc.descriptors(), hard))
    others = _fill(otelc, 20)
    ticks = _ticks_of_a_second(otelc)
    assert ticks <= PAUSED_TICKS or t.is_sanitized, f'{ticks} ticks'
    assert _is_served(good)
    resource.prlimit(otelc.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
    assert _is_served(t.http(otelc))
    for one in others:
        one.close()
    assert otelc.stop() == 0


def _room_for(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 200:
        raise Skip(f'the limit of open files is {hard}')
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def ten_thousand_idle_connections(t):
    count = 500 if t.is_sanitized else 10_000
    _room_for(count)
    otelc = t.collector(config(t.jaeger()), workers=2)
    first = t.grpc(otelc)
    first.export_ok(otlp.simple(1))
    first.close()
    before, base = otelc.status('VmRSS'), otelc.descriptors()
    head = b'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n'
    body = otlp.simple(2)
    sizes = {}
    sockets = []
    for name, hello, answer in (
            ('HTTP/1.1', head + b'Content-Length: %d\r\n\r\n' % len(body) + body, b'HTTP/1.1 200'),
            ('HTTP/2', PREFACE + frame(SETTINGS) + frame(SETTINGS, 1), b'')):
        mine = []
        for n in range(count // 2):
            one = socket.create_connection(otelc.address, 20, (f'127.0.0.{2 + n % 4}', 0))
            one.sendall(hello)
            mine.append(one)
        for one in mine:              # each has been answered: all that it needs is there
            assert one.recv(65536).startswith(answer)
        rss = otelc.status('VmRSS')
        sizes[name] = (rss - before) / len(mine)
        before = rss
        sockets += mine
    assert otelc.descriptors() >= base + count
    ticks = _ticks_of_a_second(otelc)
    since = time.monotonic()
    for one in sockets[:2]:
        one.close()
    t.grpc(otelc).export_ok(otlp.simple(3))
    assert time.monotonic() - since < 10
    print(f'KiB of memory for an idle connection: {sizes}; {ticks} ticks of CPU a second for all')
    assert t.is_sanitized or max(sizes.values()) < 20, sizes

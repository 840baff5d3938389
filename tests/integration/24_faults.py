"""Faults of the backend, of the clients and of the machine, under load: every span that was
acknowledged is delivered, and no other. Each test prints how many came more than once.
"""
import os
import resource
import signal
import socket
import subprocess
import threading
import time

from harness import otlp
from harness.case import Skip, config, each_workers, exporter
from harness.grpc_client import frame
from harness.jaeger import Answer
from harness.load import Load
from harness.names import NOERROR, NXDOMAIN, SERVFAIL, SILENT, Names
from harness.wait import until

# How long a fault lasts; 60 and more in a soak.
FAULT_S = float(os.environ.get('OTELC_FAULT_SECONDS', 3))
UNAVAILABLE = 14
AT_ONCE = '{timeout: 0s}'


def _start(t, jaeger, args=(), **more):
    return t.collector(config(jaeger, **more), args=args)


def _loaded(t, otelc, **more):
    load = Load(lambda: otelc.address, **more)
    t.keep(load, load.stop)
    until(lambda: load.problems or load.count() > 500)
    return load


def _ended(otelc, load, *jaegers, twice_most=None):
    """All is delivered; a span comes twice only where the fault leaves no other way."""
    load.end()
    figures = []
    for jaeger in jaegers:
        twice = load.wait_delivered(jaeger)
        figures.append(f'{twice} came more than once')
        assert twice_most is None or twice <= twice_most, twice
    print(f'{load.count()} spans were acknowledged, {", ".join(figures)}; {load.refused} requests '
          f'were refused, {load.lost} had no answer')
    assert otelc.stop() == 0


def _goes_through(t, fault, twice_most=None, **more):
    """fault(jaeger, otelc) ends with all in order again."""
    jaeger = t.jaeger(counting=True)
    otelc = _start(t, jaeger, **more)
    load = _loaded(t, otelc)
    fault(jaeger, otelc)
    count = load.count()
    until(lambda: load.problems or load.count() > count + 500)
    _ended(otelc, load, jaeger, twice_most=twice_most)


# ---- the backend ----

@each_workers
def refused_connections(t):
    def fault(jaeger, _):
        jaeger.down()
        time.sleep(FAULT_S)
        jaeger.up()
    _goes_through(t, fault)


@each_workers
def connections_that_are_accepted_and_never_answered(t):
    def fault(jaeger, _):
        requests = jaeger.requests
        jaeger.always(Answer(Answer.HANG))
        jaeger.wait_requests(requests + 12)  # of 10 at a time: some were given up
        time.sleep(FAULT_S / 3)
        jaeger.always()
    _goes_through(t, fault, timeout='300ms', twice_most=0)


@each_workers
def slow_answers(t):
    def fault(jaeger, _):
        jaeger.always(Answer(delay_s=0.3))
        time.sleep(FAULT_S)
        jaeger.always()
    _goes_through(t, fault, twice_most=0)


def answers_that_come_after_the_timeout(t):
    """Jaeger has them then, and gets them again: at least once, not exactly once."""
    def fault(jaeger, _):
        jaeger.always(Answer(delay_s=0.4))
        time.sleep(FAULT_S / 2)
        jaeger.always()
    _goes_through(t, fault, timeout='200ms')


def _resets(t, kind, twice_most):
    def fault(jaeger, _):
        end = time.monotonic() + FAULT_S / 2
        while time.monotonic() < end:
            jaeger.next(Answer(kind))
            time.sleep(0.05)
    _goes_through(t, fault, twice_most=twice_most)


@each_workers
def resets_in_mid_body(t):
    _resets(t, Answer.IN_BODY, 0)


@each_workers
def resets_in_mid_answer(t):
    _resets(t, Answer.IN_ANSWER, None)


@each_workers
def a_storm_of_503(t):
    def fault(jaeger, _):
        jaeger.always(Answer(503))
        time.sleep(FAULT_S)
        jaeger.always()
    _goes_through(t, fault, twice_most=0)


@each_workers
def a_storm_of_unavailable_over_grpc(t):
    jaeger = t.jaeger(grpc=True)
    otelc = _start(t, jaeger)
    load = _loaded(t, otelc, sizes=((20, {}),))
    jaeger.always(Answer(UNAVAILABLE, message='busy'))
    time.sleep(FAULT_S / 2)
    jaeger.next(*(Answer(kind) for kind in (Answer.IN_BODY, Answer.RESET, Answer.CLOSE)))
    jaeger.always()
    _ended(otelc, load, jaeger)


def no_try_comes_before_retry_after(t):
    """The batches that were told so wait; the ones that were not are tried."""
    jaeger = t.jaeger()
    otelc = _start(t, jaeger, batch=AT_ONCE)
    client = t.grpc(otelc)
    for turn, status in enumerate((429, 503)):
        jaeger.next(Answer(status, retry_after=2))
        client.export_ok(otlp.simple(10 * turn))
        jaeger.wait_requests(3 * turn + 1)
        client.export_ok(otlp.simple(10 * turn + 1))
        jaeger.wait_requests(3 * turn + 3)
        told, _, again = jaeger.times[3 * turn:]
        assert again - told > 1.99, jaeger.times
    assert len(jaeger.ids()) == 4 and set(jaeger.ids().values()) == {1}, jaeger.ids()
    assert otelc.stop() == 0


def names_that_do_not_resolve_for_a_while(t):
    names = Names(t)
    jaeger = t.jaeger(counting=True)
    text = config(jaeger, timeout='2s').replace(jaeger.address, f'jaeger.test:{jaeger.port}')
    otelc = t.collector(text, prefix=names.prefix)
    load = _loaded(t, otelc)
    for answer in (SERVFAIL, NXDOMAIN, SILENT):
        names.answer, asked = answer, names.questions
        until(lambda: names.questions >= asked + 4)
    assert jaeger.requests == 0
    otelc.wait_log(r'^.*\twarn\texporters/jaeger\t.*jaeger\.test.*$')
    names.answer = NOERROR
    _ended(otelc, load, jaeger, twice_most=0)


@each_workers
def one_of_two_exporters_is_down(t):
    """The other goes on until the memory for the first is used up; then clients are pushed back."""
    good, bad = t.jaeger(counting=True), t.jaeger(counting=True)
    otelc = t.collector(config(exporters={
        'jaeger/good': exporter(good),
        'jaeger/bad': exporter(bad, queue='{sizer: items, queue_size: 5000}')}),
                        args=['--memory-limit', '32'])
    load = _loaded(t, otelc, pause_s=0)
    bad.down()
    held = load.count() + 20000
    until(lambda: load.problems or load.count() > held)
    good.wait_spans(held)  # while the other is down
    until(lambda: load.problems or load.refused > 50)

    def is_stalled():
        before = load.count()
        time.sleep(0.3)
        return load.count() == before
    until(is_stalled, what='nothing pushes back')
    count = load.count()
    bad.up()
    until(lambda: load.problems or load.count() > count + 5000)
    _ended(otelc, load, good, bad)
    assert set(good.ids().values()) == {1}


@each_workers
def a_backend_slower_than_the_load(t):
    """What is delivered in a second does not get less, and memory does not grow."""
    jaeger = t.jaeger(counting=True)
    jaeger.always(Answer(delay_s=0.1))
    otelc = _start(t, jaeger, args=['--memory-limit', '32'],
                   queue='{num_consumers: 2, sizer: items, queue_size: 4000}',
                   batch='{timeout: 20ms, send_batch_size: 100, send_batch_max_size: 100}')
    at_start_mib = otelc.status('VmRSS') / 1024
    load = Load(lambda: otelc.address, sizes=((20, {'text': 'x' * 1000}), (50, {'text': 'y' * 1000})),
                pause_s=0)
    t.keep(load, load.stop)
    until(lambda: load.problems or load.refused > 20)
    rates = []
    for _ in range(4):
        count, began = jaeger.count(), time.monotonic()
        time.sleep(max(1, FAULT_S / 2))
        rates.append((jaeger.count() - count) / (time.monotonic() - began))
    refused = load.refused
    peak_mib = otelc.status('VmHWM') / 1024
    assert refused > 50, refused
    # Two at a time, 100 in each, 0.1 s: 2000/s at most; half of it where all apps have one worker.
    # The rest is for a machine that does other things.
    assert t.is_sanitized or sum(rates[2:]) > 0.5 * sum(rates[:2]) > 500, rates
    assert t.is_sanitized or peak_mib < at_start_mib + 32 + 24, peak_mib
    print(f'{min(rates):.0f} to {max(rates):.0f} spans/s, RSS {peak_mib:.1f} MiB at most')
    jaeger.always()
    _ended(otelc, load, jaeger, twice_most=0)


# ---- the clients ----

@each_workers
def clients_that_vanish_in_mid_request(t):
    def fault(_, otelc):
        before = otelc.descriptors()
        body = frame(otlp.simple(1 << 50, count=50))
        for n in range(60):
            if n % 2:
                client = t.grpc(otelc)
                client.send(client.start(), body[:100 + 30 * n], end=False)
                client.vanish()
            else:
                client = t.http(otelc)
                client.raw(client.head(content_length=len(body)).encode() + body[:100 + 30 * n])
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
                client.close()
        until(lambda: otelc.descriptors() < before + 12)  # the load's own may come and go
    _goes_through(t, fault, twice_most=0)


def clients_that_vanish_before_the_answer(t):
    """What was whole is delivered, though nobody was there to hear it: not lost, not twice."""
    jaeger = t.jaeger()
    otelc = _start(t, jaeger)
    for n in range(50):
        client = t.grpc(otelc)
        client.send(client.start(), frame(otlp.simple(n)))
        client.vanish()
    t.grpc(otelc).export_ok(otlp.simple(1000))
    jaeger.wait_spans(1)
    assert otelc.stop() == 0
    ids = jaeger.ids()
    assert otlp.span_id(1000).hex() in ids and set(ids.values()) == {1}, ids


# ---- the machine ----

def descriptors_run_out_for_the_exporter(t):
    def fault(jaeger, otelc):
        pid = otelc.process.pid
        jaeger.down()
        otelc.wait_log('connection refused')
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        highest = max(int(fd) for fd in os.listdir(f'/proc/{pid}/fd'))
        for fd in range(highest + 1):  # whatever is closed from now on can be had again
            if not os.path.exists(f'/proc/{pid}/fd/{fd}'):
                highest = min(highest, fd)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest, usual[1]))
        jaeger.up()
        requests = jaeger.requests
        time.sleep(FAULT_S / 2)
        print(f'{jaeger.requests - requests} requests came meanwhile')
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
        until(lambda: jaeger.requests > requests)
    _goes_through(t, fault)


def _clock(t):
    """What makes a collector see another time of the day: (environment, set(seconds ahead))."""
    if t.is_sanitized:
        raise Skip('a sanitizer wants to be the first library')
    library, ahead = os.path.join(t.directory, 'clock.so'), t.file('ahead', bytes(8))
    subprocess.run([os.environ.get('CC', 'cc'), '-shared', '-fPIC', '-O2', '-o', library,
                    t.path('tests', 'integration', 'harness', 'clock.c')], check=True)

    def jump(seconds):
        with open(ahead, 'r+b') as file:
            file.write(seconds.to_bytes(8, 'little', signed=True))
    return {'LD_PRELOAD': library, 'TEST_CLOCK': ahead}, jump


@each_workers
def the_clock_jumps(t):
    """By days, both ways, while spans are retried: no timer cares, and nothing is closed."""
    environment, jump = _clock(t)
    jaeger = t.jaeger(counting=True)
    otelc = t.collector(config(jaeger), env=environment)
    load = _loaded(t, otelc)
    jaeger.always(Answer(503))
    today = otelc.log[:10]
    for days in (3, -3, 400, -400, 0):
        jump(days * 86400)
        time.sleep(FAULT_S / 6)
        jaeger.always()
        count = jaeger.count()
        until(lambda: jaeger.count() > count)
        jaeger.always(Answer(503))
    jaeger.always()
    assert any(not line.startswith(today) for line in otelc.log.splitlines()), 'it did not jump'
    assert load.lost == 0, 'connections were closed'
    _ended(otelc, load, jaeger, twice_most=0)


@each_workers
def it_is_stopped_for_a_while(t):
    def fault(_, otelc):
        for seconds in (FAULT_S / 3, FAULT_S):
            otelc.signal(signal.SIGSTOP)
            time.sleep(seconds)
            otelc.signal(signal.SIGCONT)
            time.sleep(0.2)
    _goes_through(t, fault, twice_most=0)


# ---- the end ----

@each_workers
def sigterm_under_load_while_jaeger_is_slow(t):
    """Within the deadline all goes out, at the pace that Jaeger has."""
    jaeger = t.jaeger(counting=True)
    jaeger.always(Answer(delay_s=0.1))
    otelc = _start(t, jaeger, queue='{queue_size: 40, num_consumers: 4}',
                   batch='{timeout: 50ms, send_batch_size: 100, send_batch_max_size: 100}')
    load = _loaded(t, otelc, pause_s=0)
    until(lambda: load.problems or load.refused > 20)  # the queue is full
    began = time.monotonic()
    assert otelc.stop() == 0
    print(f'ended after {time.monotonic() - began:.1f} s')
    load.stop()
    assert not load.problems, load.problems
    assert load.check(jaeger.ids()) == 0


def sigterm_under_load_with_a_queue_on_disk(t):
    """What cannot go out by the deadline is there at the next start."""
    jaeger = t.jaeger(counting=True)
    jaeger.always(Answer(delay_s=0.5))
    text = config(jaeger, queue='{num_consumers: 2, storage: file_storage}').replace(
        'service:\n', f'extensions:\n  file_storage: {{directory: "{t.directory}/queue", '
                      'create_directory: true}\nservice:\n  extensions: [file_storage]\n')
    otelc = t.collector(text, args=['--shutdown-timeout', '500ms'])
    load = _loaded(t, otelc, pause_s=0)
    until(lambda: load.problems or load.count() > 20000)
    code = otelc.stop()
    assert code == 0, f'{code}: all is on disk'
    load.stop()
    assert not load.problems, load.problems
    assert load.missing(jaeger.ids()), 'it was too fast for this test'
    jaeger.always()
    otelc = t.collector(text)
    print(f'{load.count()} spans, {load.wait_delivered(jaeger)} came more than once')
    assert otelc.stop() == 0

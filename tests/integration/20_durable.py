"""sending_queue.storage: what was acknowledged is on disk, and is delivered whatever happens."""
import ctypes
import glob
import os
import random
import signal
import subprocess

from harness import otlp
from harness.case import Skip, config, each_workers
from harness.flood import Flood
from harness.jaeger import Answer
from harness.wait import until

UNAVAILABLE = 14
CLONE_NEWNS = 0x20000


def _config(t, jaeger, storage='', directory=None, queue='{storage: file_storage}', **more):
    directory = directory or os.path.join(t.directory, 'queue')
    return config(jaeger, queue=queue, **more).replace(
        'service:\n', f'extensions:\n  file_storage: {{directory: "{directory}", '
                      f'create_directory: true{storage}}}\n'
                      'service:\n  extensions: [file_storage]\n')


def _delivered(jaeger, flood, timeout_s=40):
    """Waits until all that was acknowledged has come; how many spans came more than once."""
    wanted = flood.acknowledged()

    def missing():
        return wanted - set(jaeger.ids())
    until(lambda: jaeger.count() >= len(wanted) and not missing(), timeout_s,
          lambda: f'{len(missing())} of {len(wanted)} acknowledged spans are lost')
    return sum(n > 1 for n in jaeger.ids().values())


def _files(t, suffix, directory='queue'):
    return sorted(glob.glob(os.path.join(t.directory, directory, f'*.{suffix}')))


def _ends_with_nothing_on_disk(t, jaeger, otelc, text):
    """Requests may be left whose clients were gone before the answer: the next start sends them."""
    for _ in range(10):
        assert otelc.stop() == 0
        if not _files(t, 'seg'):
            return
        before = jaeger.count()
        otelc = t.collector(text)
        until(lambda: jaeger.count() > before, 40, 'nothing of what is on disk is sent')
    raise AssertionError('something is still to be sent')


# ---- kill -9 ----

def _killed_in_a_loop(t, storage='', up=True):
    noise = random.Random(5)
    jaeger = t.jaeger(counting=True, up=up)
    text = _config(t, jaeger, storage)
    flood = Flood(spans=20, connections=8)
    for _ in range(10 if t.is_sanitized else 50):
        otelc = t.collector(text)
        flood.run(otelc.address, noise.uniform(0, 0.15))
        if noise.random() < 0.5:  # else it is idle, or only sends
            flood.run(otelc.address, noise.uniform(0.01, 0.1))
        otelc.process.kill()
        otelc.process.wait()
    assert len(flood.requests) > 50, len(flood.requests)
    if not up:
        jaeger.up()
    otelc = t.collector(text)
    twice = _delivered(jaeger, flood)
    print(f'{flood.count()} spans were acknowledged, {twice} came more than once')
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)
    t.collectors.clear()  # they died, as they should
    assert not _files(t, 'bad'), 'something is damaged'


@each_workers
def killed_at_any_moment_nothing_is_lost(t):
    _killed_in_a_loop(t)


@each_workers
def killed_while_jaeger_is_down_nothing_is_lost(t):
    _killed_in_a_loop(t, up=False)


def killed_without_fsync_nothing_is_lost(t):
    _killed_in_a_loop(t, ', fsync: false')


# ---- much ----

@each_workers
def a_jaeger_that_is_down_fills_the_disk_and_not_the_memory(t):
    jaeger = t.jaeger(counting=True, up=False)
    text = _config(t, jaeger, queue='{storage: file_storage, queue_size: 2}')
    otelc = t.collector(text)
    flood = Flood(spans=20, attrs={'text': 'x' * 10000})
    flood.run(otelc.address, enough=lambda: len(flood.requests) >= 1000)
    assert flood.count() >= 20000 and flood.refused == 0, (flood.count(), flood.refused)
    size = sum(os.path.getsize(path) for path in _files(t, 'seg')) >> 20
    assert size > 190, size
    peak = otelc.status('VmHWM') >> 10
    print(f'{size} MiB on disk, {peak} MiB of memory at the most')
    if not t.is_sanitized:
        assert peak < 60 + 40 * t.workers, peak
    jaeger.up()
    _delivered(jaeger, flood)
    assert set(jaeger.ids().values()) == {1}
    if not t.is_sanitized:
        assert otelc.status('VmHWM') >> 10 < 60 + 40 * t.workers, otelc.status('VmHWM')
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)


@each_workers
def a_million_spans_are_replayed_while_new_ones_come(t):
    spans = 100_000 if t.is_sanitized else 1_000_000
    jaeger = t.jaeger(counting=True, up=False)
    text = _config(t, jaeger)
    otelc = t.collector(text)
    flood = Flood(spans=100, connections=32)
    flood.run(otelc.address, enough=lambda: flood.count() >= spans)
    assert flood.count() >= spans, (flood.count(), flood.refused)
    otelc.process.kill()
    otelc.process.wait()
    t.collectors.clear()
    jaeger.up()
    otelc = t.collector(text)
    flood.run(otelc.address, enough=lambda: flood.count() >= spans * 1.1)
    twice = _delivered(jaeger, flood, 60)
    peak = otelc.status('VmHWM') >> 10
    print(f'{flood.count()} spans, {twice} came more than once, {peak} MiB of memory at the most')
    if not t.is_sanitized:
        assert peak < 60 + 40 * t.workers, peak
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)


# ---- a disk without room ----

def _refused(t, otelc):
    """Both protocols say that it may be tried again."""
    reply = t.grpc(otelc).export(otlp.simple(1 << 40))
    assert reply.status == UNAVAILABLE and reply.retry_delay_s > 0, reply
    reply = t.http(otelc).post(otlp.simple(1 << 40))
    assert reply.status == 503 and int(reply.headers['retry-after']) > 0, reply


def _small_disk(t, size):
    """A file system of the test's own; its path."""
    path = os.path.join(t.directory, 'small')
    os.mkdir(path)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise Skip(f'no mounts here: {os.strerror(ctypes.get_errno())}')
    for command in (['mount', '--make-rprivate', '/'],
                    ['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', path]):
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode != 0:
            raise Skip('no mounts here')
    t.keep(path, lambda: subprocess.run(['umount', '-l', path], check=False))
    return path


def a_full_disk_refuses_and_goes_on(t):
    path = _small_disk(t, '8m')
    jaeger = t.jaeger(counting=True, up=False)
    otelc = t.collector(_config(t, jaeger, directory=os.path.join(path, 'queue')))
    flood = Flood(spans=20, attrs={'text': 'x' * 1000})
    flood.run(otelc.address, enough=lambda: flood.refused > 50)
    assert flood.count() > 1000 and flood.retry_after > 0
    _refused(t, otelc)
    otelc.wait_log('cannot be written: .*clients are refused')
    # Somebody else takes the rest: marks cannot be written, what is stored flows all the same.
    with open(os.path.join(path, 'other'), 'wb', buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    jaeger.up()
    _delivered(jaeger, flood)
    assert otelc.is_alive()
    os.unlink(os.path.join(path, 'other'))
    before = len(flood.requests)
    flood.run(otelc.address, enough=lambda: len(flood.requests) >= before + 20)
    assert len(flood.requests) >= before + 20
    _delivered(jaeger, flood)
    assert set(jaeger.ids().values()) == {1}
    assert otelc.stop() == 0


@each_workers
def max_size_refuses_until_there_is_room(t):
    jaeger = t.jaeger(counting=True, up=False)
    text = _config(t, jaeger, ', max_size: 2000000')
    otelc = t.collector(text)
    flood = Flood(spans=20, attrs={'text': 'x' * 1000})
    flood.run(otelc.address, enough=lambda: flood.refused > 50)
    assert flood.count() > 1000 and flood.retry_after > 0
    assert sum(os.path.getsize(path) for path in _files(t, 'seg')) <= 2000000
    until(lambda: t.grpc(otelc).export(otlp.simple(1 << 40)).status == UNAVAILABLE)
    jaeger.up()
    before = flood.count()
    _delivered(jaeger, flood)
    flood.run(otelc.address, enough=lambda: flood.count() >= before + 5000)
    assert flood.count() >= before + 5000, (before, flood.count(), flood.refused)
    _delivered(jaeger, flood)
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)


# ---- damage ----

def a_damaged_file_costs_what_is_damaged(t):
    jaeger = t.jaeger(counting=True, up=False)
    text = _config(t, jaeger)
    otelc = t.collector(text)
    flood = Flood(spans=20)
    flood.run(otelc.address, enough=lambda: len(flood.requests) >= 300)
    otelc.process.kill()
    otelc.process.wait()
    t.collectors.clear()
    path, = _files(t, 'seg')
    size = os.path.getsize(path)
    with open(path, 'r+b') as file:
        for at in (size // 3, size // 2):
            file.seek(at)
            file.write(b'\xff\0\xff')
        file.truncate(size - 100)
    jaeger.up()
    otelc = t.collector(text)
    otelc.wait_log(r'\twarn\t.*is damaged at byte')
    lost = 3 * flood.spans
    jaeger.wait_spans(flood.count() - lost)
    more = Flood(spans=1, first=1 << 40)
    more.run(otelc.address, enough=lambda: len(more.requests) >= 10)
    _delivered(jaeger, more)
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)
    assert 0 < len(flood.acknowledged() - set(jaeger.ids())) <= lost  # the last may be another's
    assert len(_files(t, 'bad')) == 1


# ---- the directory ----

def a_second_process_is_refused(t):
    text = _config(t, t.jaeger())
    first = t.collector(text)
    second = t.collector(text, wait_ready=False)
    assert second.wait_exit() == 3
    line = second.wait_log('cannot start: extensions/file_storage: .*').group(0)
    assert 'another process' in line and str(first.process.pid) in line, line
    assert first.is_alive() and first.stop() == 0
    assert t.collector(text).stop() == 0


def a_directory_that_is_missing_is_told(t):
    path = os.path.join(t.directory, 'nowhere')
    text = _config(t, t.jaeger(), directory=path)
    otelc = t.collector(text.replace('create_directory: true', 'create_directory: false'),
                        wait_ready=False)
    assert otelc.wait_exit() == 3
    assert f'the directory {path} must exist' in otelc.log, otelc.log
    assert 'create_directory: true' in otelc.log, otelc.log
    assert t.collector(text).stop() == 0
    assert os.stat(path).st_mode & 0o777 == 0o700  # 0750, less the umask


def validate_finds_what_is_no_storage(t):
    text = _config(t, t.jaeger())
    assert t.validate(text)[0] == 0
    for before, after, problem in (
            ('extensions: [file_storage]', 'extensions: []', 'add it to service.extensions'),
            ('{storage: file_storage}', '{storage: file_storage/2}', 'file_storage/2'),
            ('{storage: file_storage}', '{storage: basicauth}', 'basicauth is no storage')):
        wrong = text.replace(before, after).replace(
            'extensions:\n  file', 'extensions:\n  basicauth: {client_auth: {username: a, '
                                   'password: b}}\n  file').replace(
            'extensions: [file_storage]', 'extensions: [file_storage, basicauth]')
        code, log = t.validate(wrong)
        assert code != 0 and problem in log, (after, log)


# ---- the end ----

@each_workers
def stopped_under_load_with_jaeger_dead_nothing_is_lost(t):
    jaeger = t.jaeger(counting=True, up=False)
    text = _config(t, jaeger)
    otelc = t.collector(text, args=['--shutdown-timeout', '1s'])
    flood = Flood(spans=20)
    flood.run(otelc.address, 0.3)
    stopped = []

    def stop_in_between():
        if len(flood.requests) > 500 and not stopped:
            otelc.signal(signal.SIGTERM)
            stopped.append(True)
        return False
    flood.run(otelc.address, 30, stop_in_between)  # ends when the connections do
    assert stopped and otelc.wait_exit() == 0
    assert 'stay on disk for the next start' in otelc.log, otelc.log
    jaeger.up()
    otelc = t.collector(text)
    _delivered(jaeger, flood)
    assert set(jaeger.ids().values()) == {1}
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)


@each_workers
def with_a_jaeger_that_hangs_too(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(Answer.HANG))
    text = _config(t, jaeger, batch='{timeout: 0s}')
    otelc = t.collector(text, args=['--shutdown-timeout', '300ms'])
    t.grpc(otelc).export_ok(otlp.simple(0, count=10))
    jaeger.wait_requests(1)
    assert otelc.stop() == 0
    jaeger.always()
    otelc = t.collector(text)
    jaeger.wait_spans(10)
    assert otelc.stop() == 0 and len(jaeger.ids()) == 10


@each_workers
def what_is_delivered_at_the_end_does_not_come_again(t):
    jaeger = t.jaeger()
    text = _config(t, jaeger, batch='{timeout: 1h}')
    otelc = t.collector(text)
    t.grpc(otelc).export_ok(otlp.simple(0, count=10))
    assert jaeger.count() == 0 and otelc.stop() == 0 and jaeger.count() == 10
    assert 'stay on disk' not in otelc.log, otelc.log
    assert t.collector(text).stop() == 0 and jaeger.count() == 10


def a_reload_under_load_loses_nothing(t):
    jaeger = t.jaeger(counting=True)
    text = _config(t, jaeger)
    otelc = t.collector(text)
    flood = Flood(spans=20)
    for turn in range(6):
        with open(otelc.path, 'w', encoding='utf-8') as file:
            file.write(text.replace('timeout: 20ms', f'timeout: {10 + turn}ms'))
        otelc.signal(signal.SIGHUP)
        before = flood.count()
        flood.run(otelc.address, enough=lambda: flood.count() > before + 1000)
        otelc.wait_log('The new configuration is in force', count=turn + 1)
    _delivered(jaeger, flood)
    assert set(jaeger.ids().values()) == {1} and flood.refused == 0
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)


def metadata_comes_back(t):
    jaeger = t.jaeger(up=False)
    text = _config(t, jaeger, grpc='include_metadata: true',
                   batch='{timeout: 10ms, metadata_keys: [x-tenant]}')
    otelc = t.collector(text, args=['--shutdown-timeout', '100ms'])
    client = t.grpc(otelc)
    for n in range(6):
        client.export_ok(otlp.simple(n), more=[('x-tenant', 'ab'[n % 2])])
    assert otelc.stop() == 0
    jaeger.up()
    otelc = t.collector(text)
    jaeger.wait_spans(6)
    parts = sorted(sorted(span['spanId'] for span in one.spans) for one in jaeger.delivered)
    wanted = [[otlp.span_id(n).hex() for n in (first, first + 2, first + 4)] for first in (0, 1)]
    assert all(any(set(part) <= set(want) for want in wanted) for part in parts), parts
    assert otelc.stop() == 0


@each_workers
def who_blocks_on_overflow_is_answered_from_the_disk(t):
    jaeger = t.jaeger(counting=True, up=False)
    text = _config(t, jaeger, batch=None, queue='{storage: file_storage, queue_size: 4, '
                                                'block_on_overflow: true}')
    otelc = t.collector(text, args=['--shutdown-timeout', '200ms'])
    flood = Flood(spans=5)
    flood.run(otelc.address, enough=lambda: len(flood.requests) > 200)
    assert otelc.stop() == 0
    jaeger.up()
    otelc = t.collector(text)
    flood.run(otelc.address, enough=lambda: len(flood.requests) > 400)
    _delivered(jaeger, flood)
    _ends_with_nothing_on_disk(t, jaeger, otelc, text)

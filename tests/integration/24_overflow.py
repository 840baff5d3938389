"""Several exporters, one of which is dead: the others get everything at once, it gets everything when
it is back, and nothing is lost.
"""
import glob
import os
import signal
import time

from harness.case import config, each_workers, exporter
from harness.flood import Flood
from harness.wait import until

SMALL = 'queue_size: 2, num_consumers: 1'
SMALL_BATCHES = '{timeout: 10ms, send_batch_max_size: 500, send_batch_size: 500}'
STORED = '{storage: file_storage}'


def _delivered(jaeger, flood, timeout_s=40):
    """Waits until all that was acknowledged has come; how many spans came more than once."""
    wanted = flood.acknowledged()

    def missing():
        return wanted - set(jaeger.ids())
    until(lambda: jaeger.count() >= len(wanted) and not missing(), timeout_s,
          lambda: f'{len(missing())} of {len(wanted)} acknowledged spans are lost')
    return sum(n > 1 for n in jaeger.ids().values())


def _two(good_jaeger, dead_jaeger, queue='{%s}' % SMALL, good='{}', **more):
    """queue: of the dead one; good: of the other one."""
    return config(exporters={'jaeger/good': exporter(good_jaeger, queue=good),
                             'jaeger/dead': exporter(dead_jaeger, queue=queue)}, **more)


def _pipelines(text):
    """The same with a pipeline for each exporter, both at the one receiver."""
    head, line = text.rstrip().rsplit('\n', 1)
    return '\n'.join([head] + [line.replace('[jaeger/good, jaeger/dead]', f'[jaeger/{one}]')
                               .replace('traces:', f'traces/{one}:')
                               for one in ('good', 'dead')]) + '\n'


# ---- in memory ----

def _in_memory(t, text, good, dead):
    otelc = t.collector(text)
    flood = Flood(spans=100)
    flood.run(otelc.address, enough=lambda: flood.count() >= 50000)
    assert flood.count() >= 50000 and flood.refused == 0, (flood.count(), flood.refused)
    assert _delivered(good, flood) == 0
    otelc.wait_log(r'\twarn\t\S+\tcannot keep up: \d+ spans wait in memory for it')
    assert dead.count() == 0
    dead.up()
    began = time.monotonic()
    assert _delivered(dead, flood) == 0
    print(f'{flood.count()} spans, all at the other one after {time.monotonic() - began:.1f} s')
    assert otelc.stop() == 0
    assert set(good.ids().values()) == set(dead.ids().values()) == {1}


@each_workers
def one_of_two_exporters_is_dead_from_the_start(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    _in_memory(t, _two(good, dead, batch=SMALL_BATCHES), good, dead)


@each_workers
def one_of_two_pipelines_of_a_receiver_is_dead(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    _in_memory(t, _pipelines(_two(good, dead, batch=SMALL_BATCHES)), good, dead)


def a_full_queue_of_a_dead_one_does_not_slow_the_other(t):
    """More waits for it than makes receivers rest: the other goes on as fast as before."""
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    otelc = t.collector(_two(good, dead, queue='{queue_size: 100000}'),
                        args=['--memory-limit', '400'])
    flood = Flood(spans=20, attrs={'text': 'x' * 1000})
    flood.run(otelc.address, enough=lambda: flood.count() >= 20000)
    otelc.wait_log('exporters/jaeger/dead.*Will retry the request')
    before, began = flood.count(), time.monotonic()
    flood.run(otelc.address, enough=lambda: flood.count() >= before + 20000)
    assert flood.count() >= before + 20000 and flood.refused == 0
    print(f'{20000 / (time.monotonic() - began):.0f} spans/s beside 20 MB that wait')
    _delivered(good, flood)
    dead.up()
    _delivered(dead, flood)
    assert otelc.stop() == 0


# ---- on disk ----

def _durable(t, text, storage=''):
    return text.replace(
        'service:\n', f'extensions:\n  file_storage: {{directory: "{t.directory}/queue", '
                      f'create_directory: true{storage}}}\n'
                      'service:\n  extensions: [file_storage]\n')


def _files(t, lane):
    """Segments with what waits for one exporter only, or for all of a receiver's."""
    names = glob.glob(os.path.join(t.directory, 'queue', '*.seg'))
    return [name for name in names if (name.count('.') - t.directory.count('.') > 1) == lane]


def _ends_with_nothing_on_disk(t, otelc):
    """Also what came last of all, and was not acknowledged any more, gets to all exporters."""
    until(lambda: not _files(t, lane=True) and not _files(t, lane=False))
    assert otelc.stop() == 0
    assert not _files(t, lane=True) and not _files(t, lane=False)


def _mib(files):
    return sum(os.path.getsize(path) for path in files) >> 20


def _memory_holds(t, otelc, budget_mib):
    peak = otelc.status('VmHWM') >> 10
    print(f'{peak} MiB of memory at the most, with a budget of {budget_mib}')
    if not t.is_sanitized:
        assert peak < budget_mib + 40, peak  # as where sizes are mixed: malloc keeps some


def _all_goes_on(t, text, good, dead, budget_mib=64):
    """More data than memory could hold: the other is never held up, the dead one gets all."""
    otelc = t.collector(text, args=['--memory-limit', str(budget_mib)])
    flood = Flood(spans=20, attrs={'text': 'x' * 10000})
    requests = 200 if t.is_sanitized else 800
    flood.run(otelc.address, enough=lambda: len(flood.requests) >= requests)
    # With so little memory a client may be told to come again, seldom; the others are never stuck.
    assert len(flood.requests) >= requests and flood.refused < requests / 20, \
        (flood.count(), flood.refused)
    assert _delivered(good, flood) == 0
    assert dead.count() == 0
    until(lambda: _mib(_files(t, lane=True)) >= requests / 5 - 40)
    otelc.wait_log(r'\twarn\texporters/jaeger/dead\tcannot keep up: .* waits on disk')
    _memory_holds(t, otelc, budget_mib)
    return otelc, flood


@each_workers
def a_dead_exporter_fills_the_disk_and_holds_nobody_up(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    otelc, flood = _all_goes_on(t, _durable(t, _two(good, dead, queue=STORED)), good, dead)
    began = time.monotonic()
    dead.up()
    assert _delivered(dead, flood) == 0
    print(f'{flood.count()} spans came to it in {time.monotonic() - began:.1f} s')
    otelc.wait_log('keeps up again')
    before = flood.count()
    flood.run(otelc.address, enough=lambda: flood.count() >= before + 1000)
    assert _delivered(good, flood) == _delivered(dead, flood) == 0
    _memory_holds(t, otelc, 64)
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def of_two_pipelines_a_dead_one_holds_nobody_up(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    text = _durable(t, _pipelines(_two(good, dead, queue=STORED)))
    otelc, flood = _all_goes_on(t, text, good, dead)
    dead.up()
    assert _delivered(dead, flood) == 0 and _delivered(good, flood) == 0
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def another_receiver_of_the_same_storage_goes_on(t):
    """Each has a pipeline of its own; what they share is the journal."""
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    text = _durable(t, _pipelines(_two(good, dead, queue=STORED, good=STORED)))
    text = text.replace('processors:\n', '  otlp/2: {protocols: {grpc: {endpoint: "127.0.0.2:0"}}}'
                                          '\nprocessors:\n')
    text = text.replace('traces/dead: {receivers: [otlp]', 'traces/dead: {receivers: [otlp/2]')
    otelc = t.collector(text, args=['--memory-limit', '64'])
    to_dead = Flood(spans=20, attrs={'text': 'x' * 10000})
    to_dead.run(otelc.addresses('receivers/otlp/2')[0],
                enough=lambda: len(to_dead.requests) >= 300)
    assert len(to_dead.requests) >= 300 and to_dead.refused < 15
    to_good = Flood(spans=20, first=1 << 30, attrs={'text': 'x' * 10000})
    to_good.run(otelc.address, enough=lambda: len(to_good.requests) >= 300)
    assert _delivered(good, to_good) == 0 and to_good.refused < 15
    dead.up()
    assert _delivered(dead, to_dead) == 0
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def killed_in_the_middle_each_gets_its_own(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    text = _durable(t, _two(good, dead, queue=STORED))
    otelc, flood = _all_goes_on(t, text, good, dead)
    for _ in range(3):
        otelc.process.kill()
        otelc.process.wait()
        otelc = t.collector(text, args=['--memory-limit', '64'])
        before = flood.count()
        flood.run(otelc.address, enough=lambda: flood.count() >= before + 500)
    t.collectors[:] = [otelc]
    _delivered(good, flood)
    dead.up()
    twice_dead, twice = _delivered(dead, flood), _delivered(good, flood)
    print(f'of {flood.count()} spans {twice} came to the good one more than once, '
          f'{twice_dead} to the dead one')
    assert twice <= 2500 * t.workers, twice  # what the dead one has in memory, a few MiB
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def stopped_and_started_each_gets_its_own(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    text = _durable(t, _two(good, dead, queue=STORED))
    otelc, flood = _all_goes_on(t, text, good, dead)
    otelc.signal(signal.SIGTERM)
    assert otelc.wait_exit() == 0
    dead.up()
    otelc = t.collector(text)
    _delivered(dead, flood)
    assert otelc.stop() == 0
    assert set(dead.ids().values()) == {1}
    assert not _files(t, lane=True) and not _files(t, lane=False)


@each_workers
def a_lane_without_its_exporter_waits_for_it(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    text = _durable(t, _two(good, dead, queue=STORED))
    otelc, flood = _all_goes_on(t, text, good, dead)
    otelc.process.kill()
    otelc.process.wait()
    t.collectors.clear()  # it died, as it should
    alone = _durable(t, config(exporters={'jaeger/good': exporter(
        good, queue=STORED)}))
    otelc = t.collector(alone)
    otelc.wait_log(r'\twarn\textensions/file_storage\twhat waits for exporters/jaeger/dead stays')
    assert otelc.stop() == 0
    assert _mib(_files(t, lane=True)) > 0
    before = dead.count()
    dead.up()
    alone = alone.replace('jaeger/good', 'jaeger/dead').replace(good.url, dead.url)
    otelc = t.collector(alone)  # it has no others beside it now
    until(lambda: dead.count() > before + flood.count() / 2 and not _files(t, lane=True), 40)
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def a_reload_gives_the_lane_to_the_heir(t):
    good, dead, new = (t.jaeger(counting=True), t.jaeger(counting=True, up=False),
                       t.jaeger(counting=True))
    text = _durable(t, _two(good, dead, queue=STORED))
    otelc, flood = _all_goes_on(t, text, good, dead)
    for turn, after in enumerate((text.replace('timeout: 20ms', 'timeout: 30ms'),
                                  _durable(t, _two(good, new, queue=STORED)))):
        with open(otelc.path, 'w', encoding='utf-8') as file:
            file.write(after)
        otelc.signal(signal.SIGHUP)
        otelc.wait_log('The new configuration is in force', count=turn + 1)
        before = flood.count()
        flood.run(otelc.address, enough=lambda: flood.count() >= before + 1000)
    assert _delivered(new, flood) == _delivered(good, flood) == 0
    assert dead.count() == 0 and flood.refused == 0
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def a_full_disk_refuses_and_loses_nothing(t):
    """What was acknowledged comes to the other one all the same, as there is room for that."""
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    otelc = t.collector(_durable(t, _two(good, dead, queue=STORED), ', max_size: 40000000'),
                        args=['--memory-limit', '128'])
    flood = Flood(spans=20, attrs={'text': 'x' * 10000})
    flood.run(otelc.address, enough=lambda: flood.refused > 100)
    assert flood.refused > 100 and flood.count() > 1000
    _delivered(good, flood)
    print(f'{flood.count()} spans until it was full')
    dead.up()
    before = flood.count()
    flood.run(otelc.address, enough=lambda: flood.count() >= before + 2000)
    assert flood.count() >= before + 2000, (before, flood.count(), flood.refused)
    assert _delivered(dead, flood) == _delivered(good, flood) == 0
    _ends_with_nothing_on_disk(t, otelc)


@each_workers
def three_exporters_two_of_them_dead(t):
    good, dead, gone = (t.jaeger(counting=True), t.jaeger(counting=True, up=False),
                        t.jaeger(counting=True, up=False))
    text = _durable(t, config(exporters={
        'jaeger/good': exporter(good), 'jaeger/dead': exporter(dead, queue=STORED),
        'jaeger/gone': exporter(gone, queue=STORED)}))
    otelc, flood = _all_goes_on(t, text, good, dead)
    gone.up()
    assert _delivered(gone, flood) == 0
    dead.up()
    assert _delivered(dead, flood) == 0
    _ends_with_nothing_on_disk(t, otelc)

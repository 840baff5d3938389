"""Several exporters, one of which is dead: the others get everything at once, it gets everything when
it is back, and nothing is lost.
"""
import time

from harness.case import config, each_workers, exporter
from harness.flood import Flood
from harness.wait import until

SMALL = 'queue_size: 2, num_consumers: 1'


def _delivered(jaeger, flood, timeout_s=40):
    """Waits until all that was acknowledged has come; how many spans came more than once."""
    wanted = flood.acknowledged()

    def missing():
        return wanted - set(jaeger.ids())
    until(lambda: jaeger.count() >= len(wanted) and not missing(), timeout_s,
          lambda: f'{len(missing())} of {len(wanted)} acknowledged spans are lost')
    return sum(n > 1 for n in jaeger.ids().values())


def _two(t, good, dead, queue='{%s}' % SMALL, **more):
    return config(exporters={'jaeger/good': exporter(good),
                             'jaeger/dead': exporter(dead, queue=queue)}, **more)


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
    _in_memory(t, _two(t, good, dead, batch='{timeout: 10ms, send_batch_max_size: 500, '
                                            'send_batch_size: 500}'), good, dead)


@each_workers
def one_of_two_pipelines_of_a_receiver_is_dead(t):
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    _in_memory(t, _pipelines(_two(t, good, dead)), good, dead)


def a_full_queue_of_a_dead_one_does_not_slow_the_other(t):
    """More waits for it than makes receivers rest: the other goes on as fast as before."""
    good, dead = t.jaeger(counting=True), t.jaeger(counting=True, up=False)
    otelc = t.collector(_two(t, good, dead, queue='{queue_size: 100000}'),
                        args=['--memory-limit', '400'])
    flood = Flood(spans=20, attrs={'text': 'x' * 1000})
    flood.run(otelc.address, enough=lambda: flood.count() >= 20000)
    otelc.wait_log('exporters/jaeger/dead.*trying again')
    before, began = flood.count(), time.monotonic()
    flood.run(otelc.address, enough=lambda: flood.count() >= before + 20000)
    assert flood.count() >= before + 20000 and flood.refused == 0
    print(f'{20000 / (time.monotonic() - began):.0f} spans/s beside 20 MB that wait')
    _delivered(good, flood)
    dead.up()
    _delivered(dead, flood)
    assert otelc.stop() == 0

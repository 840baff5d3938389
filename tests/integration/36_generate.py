"""otelc generate: traces of a made-up shop, so that there is something to look at."""
import re
import signal
import socket
import time

from harness.case import config, each_workers
from harness.wait import until

ENV = {'OTELC_SANDBOX': 'kill'}


def _generate(t, *args):
    return t.run('generate', *args, env=ENV)



def _at(otelc):
    return '%s:%d' % otelc.address


def _count(out):
    found = re.search(r'^acknowledged: (\d+) spans in (\d+) requests?$', out, re.M)
    assert found, out
    return int(found[1]), int(found[2])


@each_workers
def a_shop_is_seen(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    code, out, err = _generate(t, '--to', _at(otelc), '--traces', '40', '--rate', '100000',
                               '--seed', '5')
    assert code == 0 and err == '', (code, out, err)
    assert out.startswith(f'sending to {_at(otelc)}: 40 traces at 100000 spans/s (--seed 5)\n'), out
    spans, requests = _count(out)
    assert requests == 40 and spans > 400, out
    assert 'look for the service frontend' in out, out
    jaeger.wait_spans(spans)
    services = {process['serviceName'] for process, _ in jaeger.spans()}
    assert {'frontend', 'cart', 'checkout', 'payment'} <= services, services
    assert otelc.stop() == 0


def both_protocols_are_spoken(t):
    for args in (('--protocol', 'http'), ('--protocol', 'grpc'), ()):
        jaeger = t.jaeger()
        otelc = t.collector(config(jaeger))
        to = _at(otelc)
        code, out, err = _generate(t, '--to', to, '--traces', '2', *args)
        assert code == 0, (out, err)
        assert f'sending to {"http://" if "http" in args else ""}{to}:' in out, out
        jaeger.wait_spans(_count(out)[0])
        assert otelc.stop() == 0


def the_same_seed_sends_the_same(t):
    seen = []
    for _ in range(2):
        jaeger = t.jaeger()
        otelc = t.collector(config(jaeger))
        code, out, _ = _generate(t, '--to', _at(otelc), '--traces', '5', '--seed', '77')
        assert code == 0
        jaeger.wait_spans(_count(out)[0])
        seen.append(sorted(jaeger.ids()))
        assert otelc.stop() == 0
    assert seen[0] == seen[1] and seen[0]


def time_and_rate_are_kept(t):
    otelc = t.collector(config(t.jaeger()))
    code, out, err = _generate(t, '--to', _at(otelc), '--duration', '1s', '--rate', '200')
    assert code == 0, (out, err)
    assert 'for 1.0 s' in out, out
    assert 100 <= _count(out)[0] <= 400, out
    assert otelc.stop() == 0


def who_is_not_there_is_told(t):
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        to = '127.0.0.1:%d' % unused.getsockname()[1]
        code, out, err = _generate(t, '--to', to)
    assert code == 3, (out, err)
    assert f'nothing at {to} takes the spans: ' in err and 'refused' in err, err
    assert 'otelc --config' in err and 'acknowledged' not in out, (out, err)
    assert len(err.splitlines()) == 4, err


def wrong_options_are_told(t):
    for args, told in ((('--services', '13'), '--services wants a number from 1 to 12: 13'),
                       (('--errors', '200'), '--errors wants a percentage'),
                       (('--protocol', 'udp'), '--protocol wants grpc or http: udp'),
                       (('--traces', '0'), '--traces wants a number of traces: 0'),
                       (('--duration', '5'), '--duration wants a duration such as 30s: 5'),
                       (('--seed', '-1'), '--seed wants a number: -1'),
                       (('--rate', 'x'), '--rate wants a number of spans'),
                       (('--speed', '5'), 'unknown option: --speed'),
                       (('here',), 'unknown command: here')):
        code, _, err = _generate(t, *args)
        assert code == 2 and told in err, (args, code, err)
    code, _, err = _generate(t, '--to', 'ftp://here')
    assert code == 1 and 'endpoint' in err, (code, err)


def the_page_tells_each_option(t):
    with open(t.path('docs', 'generate.md'), encoding='utf-8') as file:
        page = file.read()
    code, out, _ = t.run('--help')
    options = set(re.findall(r'^  --(\S+) .*of generate:', out, re.M)) | {'to', 'rate'}
    assert options == set(re.findall(r'^\| `--(\w+) ', page, re.M)), options
    assert code == 0


def a_signal_ends_it_with_what_was_taken(t):
    otelc = t.collector(config(t.jaeger()))
    command = t.collector(args=('generate', '--to', _at(otelc), '--duration', '60s'), env=ENV,
                          workers=None, wait_ready=False)
    otelc.wait_log('Everything is ready')
    until(lambda: 'sending to' in command.out)
    time.sleep(0.3)
    command.signal(signal.SIGINT)
    assert command.wait_exit() == 0, (command.out, command.log)
    assert _count(command.out)[0] > 0 and 'interrupted' in command.out, command.out
    assert otelc.stop() == 0


def what_a_signal_cuts_off_is_not_told_as_refused(t):
    backend = t.otlp_backend()
    backend.hold()
    command = t.collector(args=('generate', '--to', backend.address, '--duration', '60s'),
                          env=ENV, workers=None, wait_ready=False)
    until(lambda: backend.requests > 0, 10, lambda: command.log)
    command.signal(signal.SIGINT)
    assert command.wait_exit() == 3 and 'interrupted' in command.out, (command.out, command.log)
    assert command.log == '' and 'not taken' not in command.out, (command.out, command.log)
    backend.release()

"""The debug exporter, nop, and several exporters at once."""
import os
import re

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers, exporter


def _debug(t, id, settings, request):
    otelc = t.collector(config(batch=None, exporters={id: settings}))
    t.grpc(otelc).export_ok(request)
    assert otelc.stop() == 0
    return otelc.out + otelc.log


REQUEST = otlp.request(otlp.resource_spans(
    [otlp.span(1, name='first', parent=otlp.span_id(9), attrs={
        's': 'text', 'i': -5, 'd': 0.5, 'b': True, 'l': [1, 'x'], 'm': {'k': 'v'}, 'n': None},
        more=pb.text(11, pb.fixed64(1, otlp.START_NS) + pb.text(2, 'event-one'))
        + pb.text(13, pb.text(1, otlp.trace_id(8)) + pb.text(2, otlp.span_id(8)))
        + pb.text(15, pb.text(2, 'went wrong') + pb.integer(3, 2))),
     otlp.span(2, name='second')], 'shop', {'host.name': 'h1'}))


def basic_counts(t):
    for id, settings in (('debug', ''), ('debug', '{verbosity: basic}'), ('debug/x', '{}'),
                         ('logging', ''), ('logging', '{loglevel: warn}')):
        log = _debug(t, id, settings, REQUEST)
        line = next(line for line in log.splitlines() if 'Traces' in line)
        assert re.search(r'resource spans\W+1\b', line) and re.search(r'\bspans\W+2\b', line), line
        assert 'first' not in log


def normal_has_a_line_for_each_span(t):
    for id, settings in (('debug', '{verbosity: normal}'), ('logging', '{loglevel: info}')):
        log = _debug(t, id, settings, REQUEST)
        for name, n in (('first', 1), ('second', 2)):
            line = next((line for line in log.splitlines() if name in line), None)
            assert line and otlp.trace_id(n).hex() in line and otlp.span_id(n).hex() in line, log
        assert 's=text' in log and 'i=-5' in log, log


def detailed_has_everything(t):
    for id, settings in (('debug', '{verbosity: detailed}'), ('logging', '{logLevel: DEBUG}')):
        log = _debug(t, id, settings, REQUEST)
        for wanted in (r'Resource attributes:', r'-> host\.name: Str\(h1\)', r'ScopeSpans #0',
                       r'Span #0', r'Span #1', rf'Trace ID\s*: {otlp.trace_id(1).hex()}',
                       rf'Parent ID\s*: {otlp.span_id(9).hex()}', rf'ID\s*: {otlp.span_id(1).hex()}',
                       r'Name\s*: first', r'Kind\s*: Server', r'Start time\s*: ', r'End time\s*: ',
                       r'Status code\s*: Error', r'Status message\s*: went wrong',
                       r'-> s: Str\(text\)', r'-> i: Int\(-5\)', r'-> d: Double\(0\.5\)',
                       r'-> b: Bool\(true\)', r'-> l: Slice\(.*\)', r'-> m: Map\(.*\)',
                       r'-> n: Empty\(\)', r'event-one', otlp.span_id(8).hex()):
            assert re.search(wanted, log), (wanted, log)


def it_can_write_to_places_of_its_own(t):
    for settings in ('use_internal_logger: false', 'use_internal_logger: false, '
                     'output_paths: [stdout, debug.txt]'):
        otelc = t.collector(config(batch=None, exporters={
            'debug': f'{{verbosity: detailed, {settings}}}'}))
        t.grpc(otelc).export_ok(REQUEST)
        assert otelc.stop() == 0
        assert 'Span #1' in otelc.out and 'Span #' not in otelc.log, otelc.log
    with open(os.path.join(t.directory, 'debug.txt'), encoding='utf-8') as file:
        lines = file.read().splitlines()
    times = re.compile(r'^20\S+Z\t')  # each place has its own
    assert [times.sub('', line) for line in lines] == \
        [times.sub('', line) for line in otelc.out.splitlines()]
    code, err = t.validate(config(exporters={'debug': '{output_paths: [stdout]}'}))
    assert code == 0 and 'write use_internal_logger: false' in err, err


def text_of_spans_cannot_forge_the_output(t):
    evil = 'x\n2026-01-01T00:00:00.000Z\terror\tforged\tline\x1b[31m'
    log = _debug(t, 'debug', '{verbosity: detailed}',
                 otlp.simple(1, name=evil, attrs={evil: evil}, resource={evil: evil}))
    assert '\x1b' not in log and not re.search(r'^2026-01-01', log, re.M), log


@each_workers
def nop_takes_everything(t):
    otelc = t.collector(config(exporters={'nop': ''}))
    t.grpc(otelc).export_ok(otlp.simple(1, count=1000))
    assert otelc.stop() == 0


@each_workers
def two_jaegers_get_each_span_once(t):
    one, two = t.jaeger(), t.jaeger(grpc=True)
    otelc = t.collector(config(exporters={'jaeger/1': exporter(one), 'jaeger/2': exporter(two)}))
    client = t.grpc(otelc)
    for n in range(20):
        client.export_ok(otlp.simple(n))
    for jaeger in (one, two):
        jaeger.wait_spans(20)
        assert len(jaeger.ids()) == 20 and set(jaeger.ids().values()) == {1}
    assert otelc.stop() == 0


@each_workers
def one_that_is_down_does_not_hold_up_the_other(t):
    good, down = t.jaeger(), t.jaeger(up=False)
    otelc = t.collector(config(exporters={'jaeger/good': exporter(good),
                                          'jaeger/down': exporter(down)}))
    client = t.grpc(otelc)
    for n in range(20):
        client.export_ok(otlp.simple(n))
    good.wait_spans(20)
    down.up()
    down.wait_spans(20)
    for jaeger in (good, down):
        assert len(jaeger.ids()) == 20 and set(jaeger.ids().values()) == {1}
    assert otelc.stop() == 0


def one_receiver_serves_two_pipelines(t):
    one, two = t.jaeger(), t.jaeger()
    text = config(exporters={'jaeger/1': exporter(one), 'jaeger/2': exporter(two)})
    text = re.sub(r'    traces: .*\n',
                  '    traces/a: {receivers: [otlp], processors: [batch], exporters: [jaeger/1]}\n'
                  '    traces/b: {receivers: [otlp], exporters: [jaeger/2]}\n', text)
    t.grpc(t.collector(text)).export_ok(otlp.simple(1, count=10))
    for jaeger in (one, two):
        jaeger.wait_spans(10)

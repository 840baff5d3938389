"""Sampling processors: whose spans stay, through the binary."""
from harness import otlp
from harness import protobuf as pb
from harness.case import each_workers


def _text(processors, backend):
    return '\n'.join([
        'receivers:', '  otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}',
        'processors:', *(f'  {id}: {settings}' for id, settings in processors.items()),
        'exporters:', f'  otlp: {{{backend.settings}, compression: none}}' if backend else
        '  otlp: {endpoint: "127.0.0.1:1"}', 'service:', '  pipelines:',
        f'    traces: {{receivers: [otlp], processors: [{", ".join(processors)}], '
        'exporters: [otlp]}']) + '\n'


def _spans(backend):
    return [span for one in backend.delivered for span in one.spans]


def _names(backend):
    return sorted(span['name'] for span in _spans(backend))


def _fnv(seed, trace):
    value = 2166136261
    for byte in seed.to_bytes(4, 'little') + trace:
        value = (value ^ byte) * 16777619 % 2**32
    return value


def _state(span):
    return pb.last(pb.read(span['bytes']), 3, b'').decode()


@each_workers
def a_percentage_of_the_traces_stays(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'probabilistic_sampler':
                               '{sampling_percentage: 15, hash_seed: 22}'}, backend))
    for first in range(0, 400, 100):
        assert t.http(otelc).post(otlp.simple(first, count=100)).status == 200
    buckets = {n: _fnv(22, otlp.trace_id(n)) % 16384 for n in range(400)}
    wanted = [n for n, bucket in buckets.items() if bucket < 2457]
    backend.wait_spans(len(wanted))
    assert otelc.stop() == 0
    assert sorted(int.from_bytes(pb.last(pb.read(span['bytes']), 1, b'')[8:], 'big')
                  for span in _spans(backend)) == wanted
    for span in _spans(backend):
        n = int.from_bytes(pb.last(pb.read(span['bytes']), 1, b'')[8:], 'big')
        ot = dict(pair.split(':') for pair in _state(span).removeprefix('ot=').split(';'))
        assert int(ot['rv'], 16) >> 42 == 16383 - buckets[n]
        assert ot['th'] == f'{(16384 - 2457) << 42:014x}'.rstrip('0')


@each_workers
def proportional_goes_on_from_the_threshold_that_came(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'probabilistic_sampler':
                               '{sampling_percentage: 50, mode: proportional}'}, backend))
    spans = [otlp.span(n, trace=bytes(9) + n.to_bytes(7, 'big'), more=pb.text(3, state))
             for n, state in ((0xc0000000000000, 'ot=th:8,v=1'), (0xb0000000000000, 'ot=th:8'),
                              (0x80000000000001, ''), (0x7fffffffffffff, ''))]
    assert t.http(otelc).post(otlp.request(otlp.resource_spans(spans))).status == 200
    backend.wait_spans(2)
    assert otelc.stop() == 0
    assert sorted(map(_state, _spans(backend))) == ['ot=th:8', 'ot=th:c,v=1']


def the_attribute_sampling_priority_overrides(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'probabilistic_sampler': '{sampling_percentage: 0}'}, backend))
    spans = [otlp.span(n, name=str(value), attrs={'sampling.priority': value})
             for n, value in enumerate((0, 1, '2', -1))]
    assert t.http(otelc).post(otlp.request(otlp.resource_spans(spans))).status == 200
    backend.wait_spans(2)
    assert otelc.stop() == 0
    assert sorted(span['name'] for span in _spans(backend)) == ['1', '2']
    assert 'drops all spans' in otelc.log


def what_is_wrong_is_told_at_its_place(t):
    for id, settings, told in (
            ('probabilistic_sampler', '{sampling_percentage: -1}', 'sampling_percentage'),
            ('probabilistic_sampler', '{sampling_percentage: .nan}', 'sampling_percentage'),
            ('probabilistic_sampler', '{mode: half}', 'must be hash_seed, proportional or'),
            ('probabilistic_sampler', '{sampling_precision: 15}', 'sampling_precision')):
        code, err = t.validate(_text({id: settings}, None))
        assert code == 1 and told in err and f'processors.{id}' in err, (settings, err)

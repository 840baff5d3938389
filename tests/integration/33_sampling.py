"""Sampling processors: whose spans stay, through the binary."""
import os
import signal
import threading

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers
from harness.flood import Flood
from harness.wait import until


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


def log_records_are_sampled_by_an_attribute(t):
    backend = t.otlp_backend()
    text = _text({'probabilistic_sampler': '{sampling_percentage: 30, hash_seed: 7, '
                  'attribute_source: record, from_attribute: user}'}, backend)
    otelc = t.collector(text.replace('traces:', 'logs:'))
    users = [f'user-{n}' for n in range(200)]
    records = [pb.integer(2, 9) + otlp.attributes(6, {'user': user}) for user in users]
    records.append(pb.integer(2, 9))
    request = otlp.request(otlp.resource_spans(records))
    assert t.http(otelc).post(request, path='/v1/logs').status == 200
    wanted = {user: _fnv(7, user.encode()) % 16384 for user in users}
    wanted = {user: bucket for user, bucket in wanted.items() if bucket < 4915}
    backend.wait_spans(len(wanted))
    assert otelc.stop() == 0
    for span, user in zip(_spans(backend), wanted):
        assert otlp.attributes(6, {'user': user}) in span['bytes']
        threshold = f'{(16384 - 4915) << 42:014x}'.rstrip('0')
        assert otlp.attributes(6, {'sampling.threshold': threshold}) in span['bytes']
    assert len(_spans(backend)) == len(wanted)
    assert 'it has nothing that decides' in otelc.log


def the_attribute_sampling_priority_overrides(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'probabilistic_sampler': '{sampling_percentage: 0}'}, backend))
    spans = [otlp.span(n, name=str(value), attrs={'sampling.priority': value})
             for n, value in enumerate((0, 1, '2', -1))]
    assert t.http(otelc).post(otlp.request(otlp.resource_spans(spans))).status == 200
    backend.wait_spans(2)
    assert otelc.stop() == 0
    assert sorted(span['name'] for span in _spans(backend)) == ['1', '2']
    assert '0 drops all' in otelc.log


ERROR = pb.text(15, pb.integer(3, 2))
ERRORS = '{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}'


def _trace(n):
    return otlp.trace_id(0x9e3779b97f4a7c15 * n % 2**64)


def _send(t, otelc, spans):
    """spans: (number, trace, more of the span), each by a connection of its own."""
    for n, trace, more in spans:
        span = otlp.span(n, name=f'{trace}.{n}', trace=_trace(trace), more=more)
        assert t.http(otelc).post(otlp.request(otlp.resource_spans([span]))).status == 200


@each_workers
def spans_of_a_trace_meet_and_late_ones_follow(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'tail_sampling':
                               f'{{decision_wait: 2s, policies: [{ERRORS}]}}'}, backend))
    _send(t, otelc, [(part * 10 + trace, trace, ERROR if part == trace % 4 else b'')
                     for part in range(3) for trace in range(10)])
    wanted = [f'{trace}.{part * 10 + trace}' for part in range(3) for trace in range(10)
              if trace % 4 != 3]
    backend.wait_spans(len(wanted))
    assert _names(backend) == sorted(wanted)
    _send(t, otelc, [(100, 0, b''), (101, 3, ERROR), (102, 1, b'')])
    backend.wait_spans(len(wanted) + 2)
    assert otelc.stop() == 0
    assert _names(backend) == sorted(wanted + ['0.100', '1.102'])


@each_workers
def the_end_decides_what_waits(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'tail_sampling':
                               f'{{decision_wait: 1h, policies: [{ERRORS}]}}'}, backend))
    _send(t, otelc, [(n, n % 6, ERROR if n in (1, 10) else b'') for n in range(12)])
    assert otelc.stop() == 0
    assert _names(backend) == sorted(['1.1', '1.7', '4.4', '4.10'])


@each_workers
def where_too_many_wait_the_oldest_is_decided_early(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'tail_sampling': '{decision_wait: 1h, num_traces: 10, policies: '
                               '[{name: all, type: always_sample}]}'}, backend))
    for first in range(0, 200, 20):
        spans = [otlp.span(n, trace=_trace(n)) for n in range(first, first + 20)]
        assert t.http(otelc).post(otlp.request(otlp.resource_spans(spans))).status == 200
    backend.wait_spans(190)
    otelc.wait_log('decided a trace early')
    assert otelc.stop() == 0
    assert len({span['spanId'] for span in _spans(backend)}) == len(_spans(backend)) == 200


@each_workers
def what_was_dropped_does_not_come_again_from_disk(t):
    backend = t.otlp_backend()
    text = _text({'tail_sampling': f'{{decision_wait: 2s, policies: [{ERRORS}]}}'}, backend)
    text = text.replace('compression: none', 'compression: none, '
                        'sending_queue: {storage: file_storage}')
    text = text.replace('service:', 'extensions:\n  file_storage: '
                        f'{{directory: "{t.directory}/queue", create_directory: true}}\n'
                        'service:\n  extensions: [file_storage]')
    otelc = t.collector(text)
    _send(t, otelc, [(n, n % 6, ERROR if n in (1, 10) else b'') for n in range(12)])
    backend.wait_spans(4)
    assert otelc.stop() == 0
    otelc = t.collector(text)
    _send(t, otelc, [(20, 20, ERROR)])
    backend.wait_spans(5)
    assert otelc.stop() == 0
    assert _names(backend) == sorted(['1.1', '1.7', '4.4', '4.10', '20.20'])


@each_workers
def groups_of_spans_go_on_together(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text({'groupbytrace': '{wait_duration: 2s}'}, backend))
    _send(t, otelc, [(part * 10 + trace, trace, b'') for part in range(3) for trace in range(10)])
    backend.wait_spans(30)
    assert otelc.stop() == 0
    for one in backend.delivered:
        traces = [span['traceId'] for span in one.spans]
        for trace in set(traces):
            first = traces.index(trace)
            assert traces[first:first + 3] == [trace] * 3, traces


@each_workers
def nothing_is_lost_under_load_through_reloads_and_to_the_end(t):
    jaeger = t.jaeger(counting=True)

    def text(wait):
        return config(jaeger).replace('processors: [batch]', 'processors: [groupbytrace, batch]') \
            .replace('processors:\n', 'processors:\n  groupbytrace: '
                     f'{{wait_duration: {wait}, num_traces: 1000}}\n', 1)
    otelc = t.collector(text('100ms'))
    flood = Flood(spans=10, connections=8)
    thread = threading.Thread(target=flood.run, args=(otelc.address,))
    thread.start()
    for count, wait in enumerate(('1h', '200ms'), 1):
        before = flood.count()
        until(lambda: flood.count() > before + 5000, 60)  # pylint: disable=cell-var-from-loop
        with open(otelc.path + '.new', 'w', encoding='utf-8') as file:
            file.write(text(wait))
        os.replace(otelc.path + '.new', otelc.path)
        otelc.signal(signal.SIGHUP)
        otelc.wait_log(r'The new configuration is in force\.', count=count)
    before = flood.count()
    until(lambda: flood.count() > before + 5000, 60)
    assert otelc.stop() == 0, otelc.log
    thread.join(70)
    missing = flood.acknowledged() - set(jaeger.ids())
    assert not missing, f'{len(missing)} of {flood.count()} spans are lost'
    assert max(jaeger.ids().values()) == 1


def old_files_start(t):
    """As they stand in files that people have."""
    code, err = t.validate(_text({'tail_sampling': '''
    decision_wait: 10s
    num_traces: 100
    expected_new_traces_per_sec: 10
    policies:
      [
          {name: p1, type: always_sample},
          {name: p2, type: latency, latency: {threshold_ms: 5000, upper_threshold_ms: 10000}},
          {name: p3, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50,
           max_value: 100}},
          {name: p4, type: probabilistic, probabilistic: {sampling_percentage: 10}},
          {name: p5, type: status_code, status_code: {status_codes: [ERROR, UNSET]}},
          {name: p6, type: string_attribute, string_attribute: {key: key2, values: [value1, val*],
           enabled_regex_matching: true, cache_max_size: 10}},
          {name: p7, type: rate_limiting, rate_limiting: {spans_per_second: 35}},
          {name: p8, type: string_attribute, string_attribute: {key: url.path,
           values: [/health, /metrics], enabled_regex_matching: true, invert_match: true}},
          {name: p9, type: span_count, span_count: {min_spans: 2, max_spans: 20}},
          {name: p10, type: trace_state, trace_state: {key: key3, values: [value1, value2]}},
          {name: p11, type: boolean_attribute, boolean_attribute: {key: key4, value: true}},
          {name: p12, type: ottl_condition, ottl_condition: {error_mode: ignore,
           span: ['attributes["a"] == "b"', 'attributes["c"] != "d"'],
           spanevent: ['name != "e"', 'attributes["f"] != "g"']}},
          {name: p13, type: and, and: {and_sub_policy: [
           {name: s1, type: numeric_attribute, numeric_attribute: {key: k, min_value: 50,
            max_value: 100}},
           {name: s2, type: string_attribute, string_attribute: {key: k, values: [a, b]}}]}},
          {name: p14, type: composite, composite: {max_total_spans_per_second: 1000,
           policy_order: [s1, s2, s3], composite_sub_policy: [
           {name: s1, type: numeric_attribute, numeric_attribute: {key: k, min_value: 50}},
           {name: s2, type: string_attribute, string_attribute: {key: k, values: [a, b]}},
           {name: s3, type: always_sample}],
           rate_allocation: [{policy: s1, percent: 50}, {policy: s2, percent: 25}]}},
      ]'''}, None))
    assert code == 0, err


def what_is_wrong_is_told_at_its_place(t):
    for id, settings, told in (
            ('probabilistic_sampler', '{sampling_percentage: -1}', 'sampling_percentage'),
            ('probabilistic_sampler', '{sampling_percentage: .nan}', 'sampling_percentage'),
            ('probabilistic_sampler', '{mode: half}', 'must be hash_seed, proportional or'),
            ('probabilistic_sampler', '{sampling_precision: 15}', 'sampling_precision'),
            ('tail_sampling', '{decision_wait: 5s}', 'policies are missing'),
            ('tail_sampling', '{policies: [{name: a, type: ottl_condition, ottl_condition: '
             "{span: ['nam == 1']}}]}", 'policies[0].ottl_condition.span[0]: at character'),
            ('tail_sampling', '{num_traces: 0, policies: [{name: a, type: always_sample}]}',
             'num_traces'),
            ('groupbytrace', '{store_on_disk: true}', 'store_on_disk: is not supported'),
            ('groupbytrace', '{discard_orphans: true}', 'discard_orphans: is not supported')):
        code, err = t.validate(_text({id: settings}, None))
        assert code == 1 and told in err and f'processors.{id}' in err, (settings, err)

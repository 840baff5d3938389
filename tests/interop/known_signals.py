"""The known metrics and logs (known.json), as the debug exporter must show them."""
import datetime
import itertools
import json

import debug_text
from known import FROM_SDK, KNOWN

SCOPE = ' '.join(KNOWN['scope'])
KINDS = {
    'counter': {'DataType': 'Sum', 'IsMonotonic': 'true'},
    'up-down counter': {'DataType': 'Sum', 'IsMonotonic': 'false'},
    'gauge': {'DataType': 'Gauge'},
    'histogram': {'DataType': 'Histogram'},
    'exponential histogram': {'DataType': 'ExponentialHistogram'},
}
SEVERITIES = ('Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal')


def _typed(kind, value):
    if kind.endswith('[]'):
        return f'Slice({json.dumps(value, ensure_ascii=False, separators=(",", ":"))})'
    name = {'string': 'Str', 'bool': 'Bool', 'int': 'Int', 'double': 'Double'}[kind]
    return f'{name}({str(value).lower() if kind == "bool" else value})'


def _attributes(thing, member='attributes'):
    return {key: _typed(kind, value) for key, kind, value in thing.get(member, [])}


def _resource(service):
    return {**_attributes(KNOWN, 'resource'), 'service.name': _typed('string', service)}


def _number(value, metric):
    if metric['type'] != 'double':
        return str(value)
    text = f'{value:.15g}'
    return text if float(text) == value else f'{value:.17g}'


# ---- metrics ----

def _buckets(values, bounds):
    edges = [float('-inf'), *bounds, float('inf')]
    return [sum(low < value <= high for value in values)
            for low, high in itertools.pairwise(edges)]


def _value(metric, values):
    """What a data point has in place of the values that were recorded."""
    if metric['kind'] == 'gauge':
        return {'Value': _number(values[-1], metric)}
    if 'histogram' not in metric['kind']:
        return {'Value': _number(sum(values), metric)}
    return {'Count': str(len(values)), 'Sum': _number(sum(values), metric),
            'Min': _number(min(values), metric), 'Max': _number(max(values), metric)}


def _point(metric, attributes, records, trace_id):
    values = [one['value'] for one in records]
    bounds = metric.get('bounds', [])
    return {
        'attributes': attributes, **_value(metric, values), 'bounds': bounds,
        'buckets': _buckets(values, bounds) if bounds else [],
        'values': sorted(values) if metric['kind'] == 'exponential histogram' else [],
        'exemplars': [{'Trace ID': trace_id, 'Span ID': one['span'],
                       'Value': _number(one['value'], metric)} for one in records if 'span' in one],
    }


def _metric(metric, trace_id, has_exemplars):
    points = {}
    for one in metric['records']:
        attributes = _attributes(one)
        points.setdefault(repr(attributes), (attributes, []))[1].append(one)
    points = [_point(metric, *point, trace_id) for point in points.values()]
    for point in points:
        point['exemplars'] = point['exemplars'] if has_exemplars else []
    temporality = {} if metric['kind'] == 'gauge' else {'AggregationTemporality': 'Cumulative'}
    return {'Name': metric['name'], 'Description': metric.get('description', ''),
            'Unit': metric.get('unit', ''), **KINDS[metric['kind']], **temporality,
            'points': points}


def _check_ranges(point, values):
    """Each bucket of an exponential histogram has those values that lie in it."""
    almost = 1e-6  # bounds are written with so many digits
    assert sum(count for _, _, count in point['ranges']) == len(values), point
    for low, high, count in point['ranges']:
        inside = sum(low - almost <= value <= high + almost for value in values)
        assert count == inside, (low, high, count, values)


def _compare_point(got, wanted):
    if wanted['values']:
        _check_ranges(got, wanted['values'])
    for exemplar in got['exemplars']:
        assert not exemplar.pop('Timestamp').startswith('1970'), got
    for key in wanted.keys() - {'values'}:
        assert got.get(key) == wanted[key], f'{key}\ngot    {got}\nwanted {wanted}'


def _of_scope(items, service):
    """Those of the app, not of the SDK itself; all have the known resource."""
    for resource, scope, item in items:
        resource = {key: value for key, value in resource.items() if not key.startswith(FROM_SDK)}
        assert resource == _resource(service), resource
        if scope == SCOPE:
            yield item


def _pair_up(got, wanted, order):
    """Those that belong together; SDKs keep no order."""
    got, wanted = sorted(got, key=order), sorted(wanted, key=order)
    assert list(map(order, got)) == list(map(order, wanted)), f'got    {got}\nwanted {wanted}'
    return zip(got, wanted)


def compare_metrics(log, service, trace_id, has_exemplars):
    """Each metric is in the log once, with all of its data points."""
    wanted = [_metric(one, trace_id, has_exemplars) for one in KNOWN['metrics']]
    got = list(_of_scope(debug_text.metrics(log), service))
    for one, expected in _pair_up(got, wanted, lambda metric: metric['Name']):
        points = _pair_up(one.pop('points'), expected.pop('points'),
                          lambda point: sorted(point['attributes'].items()))
        assert one == expected, f'got    {one}\nwanted {expected}'
        for point, expected_point in points:
            _compare_point(point, expected_point)


# ---- logs ----

def _time(time):
    date = datetime.datetime.fromtimestamp(time[0], datetime.timezone.utc)
    return f'{date:%Y-%m-%d %H:%M:%S}.{time[1]:09} +0000 UTC'


def _record(one, trace_id):
    number, text = one['severity']
    event = {'Event name': one['event']} if 'event' in one else {}
    return {'Time': _time(one['time']), 'Severity text': text,
            'Severity number': f'{SEVERITIES[(number - 1) // 4]}({number})', **event,
            'Body': _typed(*one['body']), 'Trace ID': trace_id if 'span' in one else '',
            'Span ID': one.get('span', ''), 'Flags': str(int('span' in one)),
            'attributes': _attributes(one)}


def compare_logs(log, service, trace_id):
    """Each record is in the log once, as it was emitted."""
    wanted = [_record(one, trace_id) for one in KNOWN['logs']]
    got = list(_of_scope(debug_text.log_records(log), service))
    for one, expected in _pair_up(got, wanted, lambda record: record['Time']):
        assert not one.pop('Observed time').startswith('1970'), one
        assert one == expected, f'got    {one}\nwanted {expected}'

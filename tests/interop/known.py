"""The known trace (known.json), as Jaeger must get it, in the form of the fake Jaegers' spans.

What is expected is said here in plain steps and not by the vectors' rules in general: the trace has
no repeated keys, no odd ids, and only whole microseconds where it matters.
"""
import json

from tools import KNOWN_FILE

with open(KNOWN_FILE, encoding='utf-8') as file:
    KNOWN = json.load(file)

# The lowest of a span's flags, which not all SDKs send.
SAMPLED = {'browser': 1, 'go': 1, 'java': 1, 'java-jdk': 1, 'node': 1, 'python': 0}
FROM_SDK = ('telemetry.sdk.', 'service.instance.id')  # tags that it adds by itself


def _tag(attribute, language):
    key, kind, value = attribute
    if kind.endswith('[]'):
        if language.startswith('java'):  # its SDK sends an empty string as a value without a type
            value = [None if one == '' else one for one in value]
        return [key, 'STRING', json.dumps(value, ensure_ascii=False, separators=(',', ':'))]
    if kind == 'int':
        return [key, 'LONG', str(value)]
    return [key, kind.upper(), value]


def _tags(attributes, language):
    return [_tag(attribute, language) for attribute in attributes]


def _us(time):
    return time[0] * 1000000 + time[1] // 1000


def _expected_span(one, trace_id, language):
    tags = [['otel.scope.name', 'STRING', KNOWN['scope'][0]],
            ['otel.scope.version', 'STRING', KNOWN['scope'][1]]]
    tags += _tags(one.get('attributes', []), language)
    tags.append(['span.kind', 'STRING', one['kind']])
    if 'status' in one:
        code, description = one['status']
        tags.append(['otel.status_code', 'STRING', code.upper()])
        if code == 'error':
            tags.append(['error', 'BOOL', True])
        if description:
            tags.append(['otel.status_description', 'STRING', description])
    if 'tracestate' in one:
        tags.append(['w3c.tracestate', 'STRING', one['tracestate']])
    parent = one.get('parent') or one.get('remote_parent')
    references = [['CHILD_OF', trace_id, parent]] if parent else []
    references += [['FOLLOWS_FROM', link.get('trace', trace_id), link['id']]
                   for link in one.get('links', [])]
    near = [reference[2] for reference in references if reference[1] == trace_id]
    (start_s, start_ns), (end_s, end_ns) = one['start'], one['end']
    return {'traceId': trace_id, 'spanId': one['id'], 'operationName': one['name'],
            'parentSpanId': near[0] if near else '0' * 16, 'references': references,
            'flags': SAMPLED[language], 'startTime': _us(one['start']),
            'duration': ((end_s - start_s) * 10**9 + end_ns - start_ns) // 1000, 'tags': tags,
            'logs': [{'timestamp': _us(event['time']),
                      'fields': [['event', 'STRING', event['name']],
                                 *_tags(event['attributes'], language)]}
                     for event in one.get('events', [])]}


def expected(language, service, trace_id):
    process = {'serviceName': service, 'tags': _tags(KNOWN['resource'], language)}
    return [(process, _expected_span(one, trace_id, language)) for one in KNOWN['spans']]


def _plain(thing):
    """Lists of tags in one order: SDKs and Jaeger keep none."""
    if isinstance(thing, dict):
        return {key: sorted(value, key=repr) if key in ('tags', 'fields') else _plain(value)
                for key, value in thing.items()}
    if isinstance(thing, list):
        return [_plain(one) for one in thing]
    return thing


def compare(got, wanted, without=()):
    """Span by span; without: members that the way here does not carry."""
    got = sorted(got, key=lambda pair: pair[1]['spanId'])
    assert len(got) == len(wanted), f'{len(got)} spans, not {len(wanted)}: {got}'
    for (process, span), (wanted_process, wanted_span) in zip(got, wanted):
        process = {**process, 'tags': [tag for tag in process['tags']
                                       if not tag[0].startswith(FROM_SDK)]}
        wanted_span = {key: value for key, value in wanted_span.items() if key not in without}
        for what, want in ((process, wanted_process), (span, wanted_span)):
            what, want = _plain(what), _plain(want)
            for key in want.keys() | what.keys():
                assert what.get(key) == want.get(key), (
                    f'{wanted_span["operationName"]}: {key}\n'
                    f'got    {what.get(key)}\nwanted {want.get(key)}')

"""Reads what the debug exporter writes where it is detailed."""
import re

_LINE_OF_LOG = re.compile(r'\d{4}-\d\d-\d\dT')
_RESOURCE = re.compile(r'Resource(Spans|Metrics|Log) #\d+$')
_SCOPE = 'InstrumentationScope '


def _split(lines, pattern):
    """(the lines before the first that matches, [the lines behind each])"""
    parts = [[]]
    for line in lines:
        if re.match(pattern, line):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts[0], parts[1:]


def _items(log, word):
    """(attributes of the resource, "scope version", lines) of each Metric or LogRecord."""
    resource, scope, items, into = [], '', [], None
    for line in log.splitlines():
        if _RESOURCE.match(line):
            resource = into = []
        elif line.startswith(_SCOPE):
            scope, into = line.removeprefix(_SCOPE), None
        elif re.match(rf'{word} #\d+$', line):
            into = []
            items.append((resource, scope, into))
        elif _LINE_OF_LOG.match(line):
            into = None
        elif into is not None:
            into.append(line)
    return [(_attributes(resource), scope, lines) for resource, scope, lines in items]


def _pairs(lines, pattern):
    return dict(match.groups() for match in (re.match(pattern, line) for line in lines) if match)


def _attributes(lines):
    """{key: "Str(value)"}, of other things that are written as these too."""
    return _pairs(lines, r' +-> (.+?): (.*)')


def _point(lines):
    lines, exemplars = _split(lines, r'Exemplar #\d+$')
    return {
        'attributes': _attributes(lines),
        **_pairs(lines, r'(Value|Count|Sum|Min|Max): (.*)'),
        'bounds': [float(bound) for bound in
                   _pairs(lines, r'ExplicitBounds #(\d+): (.*)').values()],
        'buckets': [int(count) for count in
                    _pairs(lines, r'Buckets #(\d+), Count: (.*)').values()],
        'ranges': [(float(low), float(high), int(count)) for low, high, count in
                   re.findall(r'Bucket [\[(](\S+), (\S+)[])], Count: (\d+)', '\n'.join(lines))],
        'exemplars': [_attributes(lines) for lines in exemplars],
    }


def metrics(log):
    """(attributes of the resource, scope, {"Name": ..., "points": [...]}) of each metric."""
    for resource, scope, lines in _items(log, 'Metric'):
        lines, points = _split(lines, r'\w+DataPoints #\d+$')
        yield resource, scope, {**_attributes(lines), 'points': [_point(one) for one in points]}


def log_records(log):
    """(attributes of the resource, scope, {"Body": ..., "attributes": {...}}) of each record."""
    for resource, scope, lines in _items(log, 'LogRecord'):
        yield resource, scope, {**_pairs(lines, r'    (\S.*?) *: (.*)'),
                                'attributes': _attributes(lines)}

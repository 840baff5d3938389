"""Reads Jaeger's Thrift Batch in the binary protocol, to the last byte, and is strict about it:
every field has the type that the IDL gives it, required ones are there, nothing follows.

Spans come out in the canonical form of tests/data: dicts with traceId, tags as [key, type, value].
"""
import struct

BOOL, DOUBLE, I32, I64, STRING, STRUCT, LIST = 2, 4, 8, 10, 11, 12, 15

TAG = {1: ('key', STRING), 2: ('vType', I32), 3: ('vStr', STRING), 4: ('vDouble', DOUBLE),
       5: ('vBool', BOOL), 6: ('vLong', I64), 7: ('vBinary', STRING)}
LOG = {1: ('timestamp', I64), 2: ('fields', LIST, TAG)}
REFERENCE = {1: ('refType', I32), 2: ('traceIdLow', I64), 3: ('traceIdHigh', I64),
             4: ('spanId', I64)}
SPAN = {1: ('traceIdLow', I64), 2: ('traceIdHigh', I64), 3: ('spanId', I64),
        4: ('parentSpanId', I64), 5: ('operationName', STRING), 6: ('references', LIST, REFERENCE),
        7: ('flags', I32), 8: ('startTime', I64), 9: ('duration', I64), 10: ('tags', LIST, TAG),
        11: ('logs', LIST, LOG)}
PROCESS = {1: ('serviceName', STRING), 2: ('tags', LIST, TAG)}
BATCH = {1: ('process', STRUCT, PROCESS), 2: ('spans', LIST, SPAN), 3: ('seqNo', I64)}
REQUIRED = {id(TAG): ('key', 'vType'), id(LOG): ('timestamp', 'fields'),
            id(REFERENCE): ('refType', 'traceIdLow', 'traceIdHigh', 'spanId'),
            id(SPAN): ('traceIdLow', 'traceIdHigh', 'spanId', 'parentSpanId', 'operationName',
                       'flags', 'startTime', 'duration'),
            id(PROCESS): ('serviceName',), id(BATCH): ('process', 'spans')}


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise ValueError(f'{count} bytes wanted at {self.at} of {len(self.data)}')
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self, kind, inner):
        if kind == BOOL:
            byte = self.number('>b')
            if byte not in (0, 1):
                raise ValueError(f'bool {byte}')
            return bool(byte)
        if kind == STRING:
            return self.take(self.number('>i'))
        if kind == LIST:
            if self.number('>b') != STRUCT:
                raise ValueError('a list of something else than structs')
            return [self.struct(inner) for _ in range(self.number('>i'))]
        if kind == STRUCT:
            return self.struct(inner)
        return self.number({DOUBLE: '>d', I32: '>i', I64: '>q'}[kind])

    def struct(self, fields):
        out = {}
        while (kind := self.number('>b')) != 0:
            number = self.number('>h')
            if number not in fields or fields[number][1] != kind:
                raise ValueError(f'field {number} of type {kind} at {self.at}')
            name, _, *inner = fields[number]
            if name in out:
                raise ValueError(f'field {name} twice')
            out[name] = self.value(kind, *inner or [None])
        for name in REQUIRED[id(fields)]:
            if name not in out:
                raise ValueError(f'no {name}')
        return out


def tag(raw):
    name = ('STRING', 'DOUBLE', 'BOOL', 'LONG', 'BINARY')[raw['vType']]
    member = {'STRING': 'vStr', 'DOUBLE': 'vDouble', 'BOOL': 'vBool', 'LONG': 'vLong',
              'BINARY': 'vBinary'}[name]
    values = [m for m in raw if m not in ('key', 'vType')]
    if values != [member] and not (name == 'BINARY' and not values):
        raise ValueError(f'tag of type {name} with {values}')
    return canonical_tag(raw['key'], name, raw.get(member, b''))


def canonical_tag(key, name, value):
    if name == 'STRING':
        value = value.decode()
    elif name == 'LONG':
        value = str(value)
    elif name == 'BINARY':
        value = value.hex()
    return [key.decode(), name, value]


def hex_id(*parts):
    return struct.pack(f'>{len(parts)}q', *parts).hex()


def span(raw):
    return {
        'traceId': hex_id(raw['traceIdHigh'], raw['traceIdLow']),
        'spanId': hex_id(raw['spanId']),
        'parentSpanId': hex_id(raw['parentSpanId']),
        'operationName': raw['operationName'].decode(),
        'references': [[('CHILD_OF', 'FOLLOWS_FROM')[r['refType']],
                        hex_id(r['traceIdHigh'], r['traceIdLow']), hex_id(r['spanId'])]
                       for r in raw.get('references', [])],
        'flags': raw['flags'],
        'startTime': raw['startTime'],
        'duration': raw['duration'],
        'tags': [tag(t) for t in raw.get('tags', [])],
        'logs': [{'timestamp': log['timestamp'], 'fields': [tag(t) for t in log['fields']]}
                 for log in raw.get('logs', [])],
    }


def read_batch(body):
    """(process, spans) of the body of a POST to /api/traces; ValueError where it is not one."""
    reader = Reader(body)
    raw = reader.struct(BATCH)
    if reader.at != len(body):
        raise ValueError(f'{len(body) - reader.at} bytes after the batch')
    process = {'serviceName': raw['process']['serviceName'].decode(),
               'tags': [tag(t) for t in raw['process'].get('tags', [])]}
    return process, [span(s) for s in raw['spans']]

"""The tests' own tools: the fake Jaegers read known bytes, and the clients understand them."""
import struct

from harness import otlp, thrift
from harness import protobuf as pb
from harness.grpc_client import GrpcClient, frame
from harness.http_client import HttpClient
from harness.jaeger import Answer, FakeJaegerGrpc, read_post_spans

BATCH = bytes.fromhex(
    '0c00010b000100000003737663000f00020c000000010a000101020304050607080a000211121314151617180a0003'
    'ffffffffffffffff0a000400000000000000000b0005000000026f70080007000000010a000800060a24181e40010a'
    '000900000000000000030f000a0c000000060b00010000000173080002000000000b00030000000176000b00010000'
    '000164080002000000010400043ff8000000000000000b000100000001740800020000000202000501000b00010000'
    '0001660800020000000202000500000b0001000000016c080002000000030a0006fffffffffffffffe000b00010000'
    '000162080002000000040b000700000002dead000000')
POST_SPANS = bytes.fromhex(
    '0a6a0a610a100102030405060708090a0b0c0d0e0f10120811121314151617181a026f70221c0a1001020304050607'
    '08090a0b0c0d0e0f101208212223242526272828013209'
    '0880e2cfaa0610cf0f3a0310b81742060a016b1a017642070a01621001200112050a03737663')


def the_thrift_reader_reads_each_type(t):
    process, spans = thrift.read_batch(BATCH)
    assert process == {'serviceName': 'svc', 'tags': []}, process
    assert spans == [{
        'traceId': '11121314151617180102030405060708', 'spanId': 'f' * 16,
        'parentSpanId': '0' * 16, 'operationName': 'op', 'references': [], 'flags': 1,
        'startTime': 1700000000000001, 'duration': 3, 'logs': [],
        'tags': [['s', 'STRING', 'v'], ['d', 'DOUBLE', 1.5], ['t', 'BOOL', True],
                 ['f', 'BOOL', False], ['l', 'LONG', '-2'], ['b', 'BINARY', 'dead']]}], spans


def the_thrift_reader_is_strict(t):
    for wrong in (BATCH[:-1], BATCH + b'\0', BATCH.replace(b'\x0b\x00\x01', b'\x0b\x00\x09', 1),
                  BATCH.replace(b'\x0f\x00\x02\x0c\x00\x00\x00\x01', b'\x0f\x00\x02\x0c\x7f\0\0\1')):
        try:
            thrift.read_batch(wrong)
        except ValueError:
            continue
        raise AssertionError(f'read {wrong.hex()}')


def the_protobuf_reader_reads_a_post(t):
    (process, spans), = read_post_spans(POST_SPANS)
    assert process == {'serviceName': 'svc', 'tags': []}, process
    trace = '0102030405060708090a0b0c0d0e0f10'
    assert spans == [{
        'traceId': trace, 'spanId': '1112131415161718', 'operationName': 'op',
        'references': [['CHILD_OF', trace, '2122232425262728']], 'flags': 1,
        'startTime': 1700000000000001, 'duration': 3, 'logs': [],
        'tags': [['k', 'STRING', 'v'], ['b', 'BOOL', True]]}], spans


def json_becomes_the_same_bytes(t):
    span = {'traceId': otlp.trace_id(1).hex(), 'spanId': otlp.span_id(1).hex(), 'name': 'op',
            'kind': 2, 'startTimeUnixNano': str(otlp.START_NS),
            'endTimeUnixNano': otlp.START_NS + 3000, 'unknown': {'x': [1]},
            'attributes': [{'key': 'n', 'value': {'intValue': '-5'}},
                           {'key': 'l', 'value': {'arrayValue': {'values': [{}]}}}]}
    tree = {'resourceSpans': [{
        'resource': {'attributes': [{'key': 'service.name', 'value': {'stringValue': 'shop'}}]},
        'scopeSpans': [{'scope': {'name': 'lib'}, 'spans': [span]}]}]}
    assert otlp.from_json(tree) == otlp.simple(1, attrs={'n': -5, 'l': [None]})


def http_goes_through_the_fake_jaeger(t):
    jaeger = t.jaeger()
    jaeger.next(Answer(503, retry_after=7), Answer())
    client = HttpClient(('127.0.0.1', jaeger.port))
    first = client.post(BATCH, path='/api/traces', content_type='application/x-thrift')
    assert (first.status, first.headers['retry-after']) == (503, '7'), first
    chunks = f'{len(BATCH):x}\r\n'.encode() + BATCH + b'\r\n0\r\n\r\n'
    client.raw(client.head(path='/api/traces', content_type='application/x-thrift',
                           transfer_encoding='chunked').encode() + chunks)
    assert client.reply().status == 202
    assert (jaeger.requests, jaeger.connections) == (2, 1)
    assert jaeger.ids() == {'f' * 16: 1}
    jaeger.next(Answer(Answer.RESET))
    assert client.post(BATCH, path='/api/traces', content_type='application/x-thrift') is None
    client.close()


def grpc_goes_through_the_fake_jaeger(t):
    jaeger = t.jaeger(grpc=True)
    jaeger.next(Answer(14, message='busy'))
    client = GrpcClient(('127.0.0.1', jaeger.port))
    assert client.call(frame(POST_SPANS), FakeJaegerGrpc.PATH).status == 14
    reply = client.call(frame(POST_SPANS), FakeJaegerGrpc.PATH, chunk=7)
    assert (reply.status, reply.response) == (0, b''), reply
    assert jaeger.ids() == {'1112131415161718': 1}
    big = frame(pb.text(1, pb.text(1, POST_SPANS[4:101]) * 2000))
    assert client.call(big, FakeJaegerGrpc.PATH).status == 0
    client.close()


def retry_info_is_read(t):
    status = bytes.fromhex('080e1204') + b'busy' + bytes.fromhex('1a300a28') \
        + b'type.googleapis.com/google.rpc.RetryInfo' + bytes.fromhex('12040a020805')
    assert otlp.retry_delay_s(status) == 5
    assert otlp.retry_delay_s(struct.pack('2b', 8, 14)) is None

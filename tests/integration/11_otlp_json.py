"""OTLP as JSON over HTTP: good requests in all their forms, wrong ones, and the answers."""
import gzip
import json

from harness import otlp
from harness.case import config
from harness.wait import until

NESTING = 320


def _span(n, **more):
    return {'traceId': otlp.trace_id(n).hex(), 'spanId': otlp.span_id(n).hex(), 'name': 'op',
            'startTimeUnixNano': str(otlp.START_NS), 'endTimeUnixNano': str(otlp.START_NS + 3000),
            **more}


def _request(*spans):
    return json.dumps({'resourceSpans': [{'scopeSpans': [{'spans': spans}]}]})


def _start(t, **more):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, **more))
    client = t.http(otelc)

    def post(body, content_type='application/json', **fields):
        body = body if isinstance(body, bytes) else body.encode()
        reply = client.post(body, content_type=content_type, **fields)
        return reply, (json.loads(reply.body) if reply.body else None)
    return jaeger, otelc, post


def an_answer_is_json_as_well(t):
    jaeger, _, post = _start(t)
    for kind in ('application/json', 'Application/JSON; charset=utf-8'):
        reply, answer = post(_request(_span(1)), kind)
        assert reply.status == 200 and answer == {}, reply
        assert reply.headers['content-type'] == 'application/json', reply
    jaeger.wait_spans(2)


def compressed_json(t):
    jaeger, _, post = _start(t)
    reply, _ = post(gzip.compress(_request(_span(1)).encode()), content_encoding='gzip')
    assert reply.status == 200, reply
    jaeger.wait_spans(1)


def empty_requests(t):
    _, _, post = _start(t)
    for body in ('{}', ' null\n', '{"resourceSpans":[]}', '{"what":{"is":["this"]}}'):
        reply, answer = post(body)
        assert reply.status == 200 and answer == {}, (body, reply)


def spans_with_wrong_ids_are_left_out(t):
    jaeger, _, post = _start(t)
    bad = [_span(n, **{key: value}) for n, (key, value) in enumerate((
        ('traceId', '00' * 16), ('traceId', ''), ('traceId', None), ('spanId', '01' * 7),
        ('spanId', '0' * 17), ('parentSpanId', 'ab')))]
    reply, answer = post(_request(*bad, _span(77)))
    assert reply.status == 200, reply
    partial = answer['partialSuccess']
    assert partial['rejectedSpans'] == str(len(bad)) and 'trace_id' in partial['errorMessage']
    jaeger.wait_spans(1)
    assert set(jaeger.ids()) == {otlp.span_id(77).hex()}


def what_is_wrong_is_named_with_its_path(t):
    jaeger, otelc, post = _start(t)
    deep = _request(_span(1)).replace('"op"', '"op","x":' + '[' * NESTING + ']' * NESTING)
    for body, word in (
            ('', 'empty'), ('[]', 'object'), ('\ufeff{}', 'object'), ('{', 'ends'),
            ('{"resourceSpans":[],}', 'comma'), ('{} x', 'follows'), ('{"a":\'b\'}', 'number'),
            (b'{"a":"\x01"}', 'control'), ('[' * 100000, 'object'), ('{"a":' * 100000, 'deep'),
            (deep, 'deep'),
            (_request(_span(1), _span(2, traceId='x' * 32)), 'resourceSpans[0].scopeSpans[0].spans[1]'
             '.traceId: not hex digits'),
            (_request(_span(1, kind='SERVER')), 'spans[0].kind: '),
            (_request(_span(1, endTimeUnixNano='18446744073709551616')), '.endTimeUnixNano: '),
            (_request(_span(1, attributes=[{'key': 'a', 'value': {'intValue': 0.5}}])),
             'attributes[0].value.intValue: a number is not whole')):
        reply, answer = post(body)
        assert reply.status == 400 and answer['code'] == 3 and word in answer['message'], (body[:80],
                                                                                        reply)
        assert reply.headers['content-type'] == 'application/json'
        assert len(reply.body) < 500 and 'xxx' not in answer['message']
    reply, _ = post(_request(_span(7)))
    assert reply.status == 200
    jaeger.wait_spans(1)
    assert otelc.is_alive()


def text_that_is_not_unicode_is_mended(t):
    jaeger, _, post = _start(t)
    body = _request(_span(1, name='WHICH')).encode()
    post(body.replace(b'WHICH', b'a\xff\\ud800\\ud83d\\ude00b'))
    (_, span), = jaeger.wait_spans(1)
    assert span['operationName'] == 'a\ufffd\ufffd\U0001f600b', span


def errors_before_the_handler_are_json_too(t):
    _, _, post = _start(t)
    reply, answer = post('{}', content_encoding='br')
    assert reply.headers['content-type'] == 'application/json' and answer['message'], reply


def overload_tells_when_to_try_again(t):
    jaeger, _, post = _start(t, batch=None, queue='{queue_size: 1}', retry='{initial_interval: 10s}')
    jaeger.hold()
    def full():
        reply, answer = post(_request(_span(1)))
        return (reply, answer) if reply.status == 503 else None
    reply, answer = until(full, what='no refusal')
    assert answer['code'] == 14 and answer['message'], answer
    detail, = answer['details']
    assert detail['@type'] == 'type.googleapis.com/google.rpc.RetryInfo'
    assert 0 < float(detail['retryDelay'].removesuffix('s')) <= int(reply.headers['retry-after'])
    jaeger.release()

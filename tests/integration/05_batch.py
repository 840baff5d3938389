"""The batch processor: when it sends, how it joins and splits. One connection, so one worker."""
from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers


def _sizes(jaeger):
    return [len(one.spans) for one in jaeger.delivered]


@each_workers
def the_timeout_sends(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch='{timeout: 50ms}')))
    for n in range(1, 4):
        client.export_ok(otlp.simple(n))
        jaeger.wait_spans(n)


def reaching_the_size_sends(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch='{timeout: 1h, send_batch_size: 10}')))
    for n in range(30):
        client.export_ok(otlp.simple(n))
    jaeger.wait_spans(30)
    assert sorted(_sizes(jaeger)) == [10, 10, 10], _sizes(jaeger)
    # A batch over the size goes as it is: nothing has set a largest one.
    client.export_ok(otlp.simple(100, count=4))
    client.export_ok(otlp.simple(200, count=21))
    jaeger.wait_spans(55)
    assert sorted(_sizes(jaeger)) == [10, 10, 10, 25], _sizes(jaeger)


def the_largest_size_splits(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h, send_batch_size: 10, '
                                             'send_batch_max_size: 10}'))
    t.grpc(otelc).export_ok(otlp.simple(1, count=25))
    jaeger.wait_spans(20)
    assert _sizes(jaeger) == [10, 10], _sizes(jaeger)
    assert otelc.stop() == 0
    assert sorted(_sizes(jaeger)) == [5, 10, 10], _sizes(jaeger)
    assert set(jaeger.ids().values()) == {1} and len(jaeger.ids()) == 25


@each_workers
def splitting_keeps_resource_and_scope(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h, send_batch_size: 7, '
                                             'send_batch_max_size: 7}'))
    wanted = {}
    groups = []
    for service in ('one', 'two', 'three'):
        scopes = b''
        for scope in ('a', 'b'):
            numbers = range(len(wanted), len(wanted) + 9)
            wanted.update({otlp.span_id(n).hex(): (service, scope) for n in numbers})
            scopes += pb.text(2, pb.text(1, pb.text(1, scope))
                              + b''.join(pb.text(2, otlp.span(n)) for n in numbers))
        groups.append(pb.text(1, otlp.attributes(1, {'service.name': service, 'k': 1})) + scopes)
    t.grpc(otelc).export_ok(otlp.request(*groups))
    assert otelc.stop() == 0
    assert max(_sizes(jaeger)) <= 7, _sizes(jaeger)
    seen = {}
    for process, span in jaeger.wait_spans(54):
        assert process['tags'] == [['k', 'LONG', '1']], process
        seen[span['spanId']] = (process['serviceName'], span['tags'][0][2])
    assert seen == wanted


def timeout_0_sends_at_once(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch='{timeout: 0s, send_batch_size: 1000}')))
    for n in range(5):
        client.export_ok(otlp.simple(10 * n, count=n + 1))
    jaeger.wait_spans(15)
    assert sorted(_sizes(jaeger)) == [1, 2, 3, 4, 5], _sizes(jaeger)


def the_stop_flushes(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h}'), workers=2)
    for n in range(8):  # spread over both workers
        t.grpc(otelc).export_ok(otlp.simple(100 * n, count=10))
    assert jaeger.requests == 0
    assert otelc.stop() == 0
    assert len(jaeger.ids()) == 80


def one_resource_of_many_requests_is_one_post(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h}'))
    client = t.grpc(otelc)
    for n in range(40):
        client.export_ok(otlp.simple(n, resource={'host': 'a', 'n': 5}))
    assert otelc.stop() == 0
    assert _sizes(jaeger) == [40], _sizes(jaeger)


def several_resources_are_several_posts(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h}'))
    client = t.grpc(otelc)
    for n in range(5):
        client.export_ok(otlp.request(
            otlp.resource_spans([otlp.span(10 * n)], 'one'),
            otlp.resource_spans([otlp.span(10 * n + 1)], 'two'),
            otlp.resource_spans([otlp.span(10 * n + 2)], 'one', {'host': 'x'}),
            otlp.resource_spans([otlp.span(10 * n + 3)], 'one')))
    assert otelc.stop() == 0
    seen = sorted((one.process['serviceName'], len(one.process['tags']), len(one.spans))
                  for one in jaeger.delivered)
    assert seen == [('one', 0, 10), ('one', 1, 5), ('two', 0, 5)], seen


def without_the_processor_each_request_is_a_post(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=None)))
    for n in range(5):
        client.export_ok(otlp.simple(n))
    jaeger.wait_spans(5)
    assert _sizes(jaeger) == [1] * 5

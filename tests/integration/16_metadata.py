"""Header fields of requests: include_metadata of the receiver, metadata_keys of the batch processor.
Spans of one resource that are in one batch are one POST, so POSTs tell batches apart."""
from harness import otlp
from harness.case import config, each_workers

INCLUDE = 'include_metadata: true'


def _config(jaeger, batch, grpc=INCLUDE, http=INCLUDE):
    text = config(jaeger, batch=f'{{timeout: 1h, metadata_keys: [X-Tenant], {batch}}}', grpc=grpc)
    http = '{endpoint: "127.0.0.1:0"' + (f', {http}}}' if http else '}')
    return text.replace('      grpc: ', f'      http: {http}\n      grpc: ')


def _batches(jaeger):
    """The numbers of the spans of each POST."""
    number = {otlp.span_id(n).hex(): n for n in range(100)}
    return sorted(sorted(number[span['spanId']] for span in one.spans) for one in jaeger.delivered)


def _grpc_sender(t, otelc):
    client = t.grpc(otelc)

    def send(n, *tenants):
        reply = client.export(otlp.simple(n), more=[('x-tenant', tenant) for tenant in tenants])
        return reply.status, reply.message
    return send


def _http_sender(t, otelc):
    client = t.http(otelc)

    def send(n, *tenants):
        reply = client.post(otlp.simple(n), more=[f'X-Tenant: {tenant}' for tenant in tenants])
        return reply.status, reply.body
    return send


SENDERS = ((_grpc_sender, 0), (_http_sender, 200))


@each_workers
def each_tenant_has_its_batches(t):
    for make_sender, ok in SENDERS:
        jaeger = t.jaeger()
        otelc = t.collector(_config(jaeger, 'send_batch_size: 3'))
        send = make_sender(t, otelc)
        for n in range(6):
            assert send(n, 'ab'[n % 2])[0] == ok
        jaeger.wait_spans(6)
        assert _batches(jaeger) == [[0, 2, 4], [1, 3, 5]], _batches(jaeger)
        assert otelc.stop() == 0


def no_tenant_an_empty_one_and_two_are_different(t):
    for make_sender, ok in SENDERS:
        jaeger = t.jaeger()
        otelc = t.collector(_config(jaeger, 'send_batch_size: 1000'))
        send = make_sender(t, otelc)
        for n, tenants in enumerate([(), ('',), ('a', 'b'), ('b', 'a')] * 2):
            assert send(n, *tenants)[0] == ok
        assert otelc.stop() == 0
        assert _batches(jaeger) == [[0, 4], [1, 5], [2, 6], [3, 7]], _batches(jaeger)


def without_include_metadata_there_is_one_batch(t):
    for grpc, http, apart in ((INCLUDE, '', _grpc_sender), ('', INCLUDE, _http_sender),
                              ('', '', None)):
        for make_sender, ok in SENDERS:
            jaeger = t.jaeger()
            otelc = t.collector(_config(jaeger, 'send_batch_size: 1000', grpc, http))
            send = make_sender(t, otelc)
            for n in range(4):
                assert send(n, 'ab'[n % 2])[0] == ok
            assert otelc.stop() == 0
            wanted = [[0, 2], [1, 3]] if make_sender is apart else [[0, 1, 2, 3]]
            assert _batches(jaeger) == wanted, _batches(jaeger)


def a_tenant_too_many_is_told_so(t):
    why = 'too many batcher metadata-value combinations'
    for make_sender, ok in SENDERS:
        jaeger = t.jaeger()
        otelc = t.collector(_config(jaeger, 'metadata_cardinality_limit: 2'), workers=1)
        send = make_sender(t, otelc)
        assert send(0, 'a')[0] == send(1, 'b')[0] == ok
        refused, text = send(2, 'c')
        assert refused in (13, 500) and why in str(text), (refused, text)
        assert send(3, 'a')[0] == ok
        assert otelc.stop() == 0
        assert _batches(jaeger) == [[0, 3], [1]], _batches(jaeger)


def secrets_are_not_logged(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(jaeger, 'metadata_cardinality_limit: 1'), workers=1)
    send = _grpc_sender(t, otelc)
    assert send(0, 'hush-hush')[0] == 0
    assert send(1, 'hush-hush-too')[0] == 13
    assert otelc.stop() == 0
    assert 'hush' not in otelc.log, otelc.log


def a_key_that_stands_twice_is_an_error(t):
    code, err = t.validate(_config(t.jaeger(), 'send_batch_size: 3')
                           .replace('[X-Tenant]', '[X-Tenant, x-tenant]'))
    assert code == 1, code
    assert 'processors.batch.metadata_keys: x-tenant stands here twice' in err, err

"""Traces of a shop, as it could be one: for pictures, and for tests of what shows traces."""
import struct

from harness import otlp
from harness import protobuf as pb

MS = 1_000_000
KINDS = {'internal': 1, 'server': 2, 'client': 3, 'producer': 4, 'consumer': 5}
SCOPES = {'server': 'http.server', 'client': 'http.client', 'producer': 'kafka',
          'consumer': 'kafka', 'internal': 'app'}


class Span:
    """at, took: ms after the parent's start."""

    def __init__(self, service, name, kind, at, took, *below, attrs=None, events=(), error='',
                 link=b''):
        self.service, self.name, self.kind = service, name, kind
        self.at, self.took, self.below = at, took, below
        self.attrs, self.events, self.error, self.link = attrs or {}, events, error, link


def _http(method, route, code=200):
    return {'http.request.method': method, 'http.route': route, 'http.response.status_code': code,
            'server.address': 'shop.example.com', 'url.scheme': 'https'}


def _sql(text, rows):
    return {'db.system': 'postgresql', 'db.namespace': 'shop', 'db.query.text': text,
            'db.response.returned_rows': rows}


def _call(service, method, at, took, *below, error='', attrs=None):
    """A client's span in the service before, and the server's below it."""
    rpc = {'rpc.system': 'grpc', 'rpc.service': f'shop.{service}', 'rpc.method': method}
    return (service, method, at, took, below, error, {**rpc, **(attrs or {})})


def _calls(caller, *calls):
    for service, method, at, took, below, error, attrs in calls:
        yield Span(caller, f'{service}/{method}', 'client', at, took,
                   Span(service, f'{service}/{method}', 'server', took * 0.06, took * 0.88, *below,
                        attrs=attrs, error=error), attrs=attrs, error=error)


def checkout(order, slow=1.0, error=''):
    """Some forty spans of ten services."""
    catalog = [_call('product-catalog', 'GetProduct', 2 + 21 * n, 18 * slow, Span(
        'product-catalog', 'SELECT shop.products', 'client', 3, 11 * slow,
        attrs=_sql('SELECT * FROM products WHERE id = $1', 1))) for n in range(3)]
    charge = Span('payment', 'charge card', 'internal', 8, 108 * slow, Span(
        'payment', 'POST', 'client', 9, 88 * slow, error=error,
        attrs={**_http('POST', '/v1/charges', 503 if error else 201),
               'server.address': 'bank.example.com'},
        events=[(40, 'retry', {'attempt': 1, 'reason': 'connection reset by peer'})]),
        attrs={'payment.amount': 129.9, 'payment.currency': 'EUR', 'card.type': 'debit'},
        error=error, events=[(101 * slow, 'exception', {
            'exception.type': 'BankUnavailable', 'exception.message': error,
            'exception.stacktrace': 'BankUnavailable: ' + error + '\n    at charge (card.js:88)\n'
                                    '    at pay (index.js:41)'})] if error else ())
    prepare = Span('checkout', 'prepare order', 'internal', 6, 112 * slow, *_calls(
        'checkout',
        _call('cart', 'GetCart', 3, 22 * slow, Span(
            'cart', 'HGETALL', 'client', 5, 9 * slow,
            attrs={'db.system': 'redis', 'db.query.text': 'HGETALL cart:4711'})),
        *[(service, method, at + 27, took, below, problem, attrs)
          for service, method, at, took, below, problem, attrs in catalog],
        _call('currency', 'Convert', 92, 8 * slow),
        _call('shipping', 'GetQuote', 60, 46 * slow, Span(
            'shipping', 'POST /getquote', 'client', 6, 31 * slow, Span(
                'quote', 'POST /getquote', 'server', 3, 24 * slow,
                attrs=_http('POST', '/getquote')), attrs=_http('POST', '/getquote')))))
    place = Span(
        'checkout', 'checkout/PlaceOrder', 'server', 7, 318 * slow, prepare,
        *_calls('checkout', _call('payment', 'Charge', 124, 142 * slow, charge, error=error)),
        *([] if error else [
            *_calls('checkout', _call('shipping', 'ShipOrder', 270, 18 * slow),
                    _call('email', 'SendOrderConfirmation', 290, 20 * slow, Span(
                        'email', 'render template', 'internal', 4, 9 * slow))),
            Span('checkout', 'orders publish', 'producer', 306, 7, Span(
                'accounting', 'orders process', 'consumer', 12, 58 * slow, Span(
                    'accounting', 'INSERT shop.orders', 'client', 9, 35 * slow,
                    attrs=_sql('INSERT INTO orders VALUES ($1, $2, $3)', 1))),
                attrs={'messaging.system': 'kafka', 'messaging.destination.name': 'orders'})]),
        attrs={'rpc.system': 'grpc', 'rpc.method': 'PlaceOrder', 'app.order.id': order,
               'app.order.items': 3, 'app.user.tier': 'gold'}, error=error,
        events=[(5, 'order received', {'items': 3}), (266, 'charged', {'amount': 129.9})])
    return Span('frontend', 'POST /api/checkout', 'server', 0, 336 * slow,
                Span('frontend', 'checkout/PlaceOrder', 'client', 4, 326 * slow, place),
                attrs={**_http('POST', '/api/checkout', 500 if error else 200),
                       'user_agent.original': 'Mozilla/5.0', 'client.address': '192.0.2.17'},
                error=error)


def browse(slow=1.0):
    return Span('frontend', 'GET /api/products', 'server', 0, 31 * slow, *_calls(
        'frontend', _call('product-catalog', 'ListProducts', 2, 24 * slow, Span(
            'product-catalog', 'SELECT shop.products', 'client', 3, 14 * slow,
            attrs=_sql('SELECT * FROM products', 10)))), attrs=_http('GET', '/api/products'))


def cart(slow=1.0):
    return Span('frontend', 'GET /api/cart', 'server', 0, 12 * slow, *_calls(
        'frontend', _call('cart', 'GetCart', 1, 9 * slow, Span(
            'cart', 'HGETALL', 'client', 2, 4 * slow, attrs={'db.system': 'redis'}))),
        attrs=_http('GET', '/api/cart'))


def _event(start_ns, at, name, attrs):
    return pb.text(11, pb.fixed64(1, start_ns + int(at * MS)) + pb.text(2, name)
                   + otlp.attributes(3, attrs))


def _resource(service):
    return {'service.namespace': 'shop', 'service.version': '2.4.1',
            'service.instance.id': f'{service}-7d9f6c-x2x1z', 'host.name': f'node-{len(service)}',
            'telemetry.sdk.name': 'opentelemetry', 'telemetry.sdk.language': 'go'}


def request(root, trace, start_ns):
    """An ExportTraceServiceRequest of all its spans. trace: a number; its id has it."""
    trace_id, groups, last = struct.pack('>QQ', 0x4BF92F3577B34DA6, trace), {}, 0
    waiting = [(root, start_ns, b'')]
    while waiting:
        span, before, parent = waiting.pop()
        start, last = before + int(span.at * MS), last + 1
        span_id = struct.pack('>Q', trace << 16 | last)
        more = b''.join(_event(start, *event) for event in span.events)
        if span.link:
            more += pb.text(13, span.link)
        if span.error:
            more += pb.text(15, pb.text(2, span.error) + pb.integer(3, 2))
        made = pb.text(1, trace_id) + pb.text(2, span_id) + (pb.text(4, parent) if parent else b'')
        made += pb.text(5, span.name) + pb.integer(6, KINDS[span.kind])
        made += pb.fixed64(7, start) + pb.fixed64(8, start + int(span.took * MS))
        groups.setdefault((span.service, SCOPES[span.kind]), []).append(
            made + otlp.attributes(9, span.attrs) + more)
        waiting += [(below, start, span_id) for below in reversed(span.below)]
    return otlp.request(*[otlp.resource_spans(spans, service, _resource(service), scope)
                          for (service, scope), spans in groups.items()])


def link(trace, span):
    """To a span of another trace that request() has made."""
    return pb.text(1, struct.pack('>QQ', 0x4BF92F3577B34DA6, trace)) \
        + pb.text(2, struct.pack('>Q', trace << 16 | span))

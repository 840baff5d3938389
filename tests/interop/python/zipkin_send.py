"""Sends a trace with py_zipkin: zipkin_send.py HOST PORT ENCODING TRACE_ID

ENCODING: V1_JSON, V2_JSON, V2_PROTO3. A server's span, with a client's and a plain one in it.
"""
import sys

from py_zipkin import Encoding, Kind
from py_zipkin.transport import SimpleHTTPTransport
from py_zipkin.zipkin import ZipkinAttrs, zipkin_span

host, port, encoding, trace_id = sys.argv[1:]
attrs = ZipkinAttrs(trace_id=trace_id, span_id='00000000000000aa', parent_span_id=None,
                    flags='0', is_sampled=True)
common = {'service_name': 'shop', 'host': '10.0.0.1', 'port': 80}

with zipkin_span(span_name='get', kind=Kind.SERVER, zipkin_attrs=attrs,
                 transport_handler=SimpleHTTPTransport(host, int(port)),
                 encoding=Encoding[encoding], binary_annotations={'http.path': '/grüße'}, **common):
    with zipkin_span(span_name='select', kind=Kind.CLIENT, **common) as client:
        client.add_sa_binary_annotation(5432, 'db', '10.0.0.2')
        client.add_annotation('rows are there')
        client.update_binary_annotations({'rows': '17', 'error': 'too slow'})
    with zipkin_span(span_name='render', **common):
        pass

"""HTTP/2 by the letter: h2spec's sections generic and http2. `make interop-tools` builds it."""
import os
import subprocess
import xml.etree.ElementTree

from harness.case import Skip, config

TWO_PROTOCOLS = 'the port serves HTTP/1.1 too, so this is answered as HTTP/1.1: with 400, and closed'
FORGOTTEN = ('closed streams are forgotten, so that they cost no memory; what comes for them is '
             'ignored, as RFC 9113 5.1 asks after a RST_STREAM, and counted against the flood limits')
REFUSED = ('h2spec sends no content-type, so the request is refused at its head and the stream '
           'closed before the wrong frame comes, which is then ignored as above')

# What may fail, and why.
EXCEPTIONS = {
    'http2/3.5: Sends invalid connection preface': TWO_PROTOCOLS,
    'http2/5.1: closed: Sends a DATA frame after sending RST_STREAM frame': FORGOTTEN,
    'http2/5.1: closed: Sends a HEADERS frame after sending RST_STREAM frame': FORGOTTEN,
    'http2/5.1: closed: Sends a DATA frame': FORGOTTEN,
    'http2/5.1: closed: Sends a HEADERS frame': FORGOTTEN,
    'http2/5.1.1: Sends stream identifier that is numerically smaller than previous': FORGOTTEN,
    'http2/6.1: Sends a DATA frame on the stream that is not in "open" or "half-closed (local)" '
    'state': REFUSED,
    'http2/6.1: Sends a DATA frame with invalid pad length': REFUSED,
    'http2/6.9: Sends a WINDOW_UPDATE frame with a flow control window increment of 0 on a stream':
        REFUSED,
    'http2/8.1: Sends a second HEADERS frame without the END_STREAM flag': REFUSED,
}


def h2spec_passes(t):
    h2spec = t.path('build', 'tools', 'h2spec')
    if not os.access(h2spec, os.X_OK):
        raise Skip('build/tools/h2spec is not there: make interop-tools')
    otelc = t.collector(config(t.jaeger()))
    host, port = otelc.address
    report = os.path.join(t.directory, 'h2spec.xml')
    output = subprocess.run([h2spec, '-h', host, '-p', str(port), '-o', '1', '-j', report,
                             '-P', '/v1/traces', 'generic', 'http2'], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    failed, total = set(), 0
    for case in xml.etree.ElementTree.parse(report).iter('testcase'):
        total += 1
        if case.find('failure') is not None or case.find('error') is not None:
            failed.add(f'{case.get("package")}: {case.get("classname")}')
    assert total > 130, output
    unexpected = failed - set(EXCEPTIONS)
    assert not unexpected, (unexpected, output[output.find('Failures:'):])
    assert otelc.stop() == 0

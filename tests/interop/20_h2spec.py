"""HTTP/2 by the letter: h2spec's sections generic and http2."""
import collections
import os
import subprocess
import xml.etree.ElementTree

from harness.case import config

from tools import environment, tool

TWO_PROTOCOLS = 'the port serves HTTP/1.1 too, so this is answered as HTTP/1.1: with 400, and closed'
# What fails, and why.
EXCEPTIONS = {
    'http2/3.5/2': TWO_PROTOCOLS,  # an invalid preface
}


def _h2spec(t, address, *cases):
    """Runs h2spec; the cases that fail, how many there were, and its output.

    Its requests have no content-type: they are refused at their head, but their streams stay open
    until it ends them, so a wrong frame that comes later is still seen.
    """
    report = os.path.join(t.directory, 'h2spec.xml')
    output = subprocess.run([tool(t, 'h2spec'), '-h', address[0], '-p', str(address[1]), '-o',
                             '1', '-j', report, '-P', '/v1/traces', *cases],
                            env=environment(), check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT).stdout.decode()
    failed, numbers = set(), collections.Counter()
    for case in xml.etree.ElementTree.parse(report).iter('testcase'):
        section = case.get('package')
        numbers[section] += 1
        if case.find('failure') is not None or case.find('error') is not None:
            failed.add(f'{section}/{numbers[section]}')
    return failed, sum(numbers.values()), output[output.find('Failures:'):]


def h2spec_passes(t):
    otelc = t.collector(config(t.jaeger()))
    failed, total, output = _h2spec(t, otelc.address, 'generic', 'http2')
    assert total > 130, output
    assert failed <= set(EXCEPTIONS), output
    assert otelc.stop() == 0

"""HTTP/2 by the letter: h2spec's sections generic and http2. `make interop-tools` builds it."""
import os
import subprocess
import xml.etree.ElementTree

from harness.case import Skip, config

EXCEPTIONS = {
    # "section: description": why we differ
}


def h2spec_passes(t):
    h2spec = t.path('build', 'tools', 'h2spec')
    if not os.access(h2spec, os.X_OK):
        raise Skip('build/tools/h2spec is not there: make interop-tools')
    otelc = t.collector(config(t.jaeger()))
    host, port = otelc.address
    report = os.path.join(t.directory, 'h2spec.xml')
    output = subprocess.run([h2spec, '-h', host, '-p', str(port), '-o', '5', '-j', report,
                             '-P', '/v1/traces', 'generic', 'http2'], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
    failed, total = [], 0
    for case in xml.etree.ElementTree.parse(report).iter('testcase'):
        total += 1
        name = f'{case.get("package")}: {case.get("classname")}'
        if case.find('failure') is not None or case.find('error') is not None:
            failed.append(name)
    assert total > 130, output
    assert set(failed) == set(EXCEPTIONS), (set(failed) ^ set(EXCEPTIONS), output)
    assert otelc.stop() == 0

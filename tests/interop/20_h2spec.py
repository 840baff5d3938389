"""h2spec, the conformance tests for HTTP/2, against the OTLP receiver."""
import os
import subprocess
import xml.etree.ElementTree as ElementTree

from harness.case import config, each_workers

from tools import HERE, environment, tool


def _exceptions(section):
    """{case: reason} of h2spec-exceptions."""
    with open(os.path.join(HERE, 'h2spec-exceptions'), encoding='utf-8') as file:
        lines = [line.strip().split(' | ') for line in file
                 if line.strip() and not line.startswith('#')]
    return {(package, name): reason for package, name, reason in lines
            if package.split('/')[0] == section}


def _run(t, section):
    h2spec = tool(t, 'h2spec')
    otelc = t.collector(config(t.jaeger(up=False)))
    host, port = otelc.address
    report = os.path.join(t.directory, 'junit.xml')
    run = subprocess.run(
        [h2spec, section, '-h', host, '-p', str(port), '-j', report],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    cases = {(case.get('package'), case.get('classname')): case
             for case in ElementTree.parse(report).iter('testcase')}
    assert cases, run.stdout
    failed = {key for key, case in cases.items()
              if case.find('failure') is not None or case.find('error') is not None}
    excepted = _exceptions(section)
    assert failed <= excepted.keys(), f'{failed - excepted.keys()}\n{run.stdout}'
    assert excepted.keys() <= failed, f'not needed any more: {excepted.keys() - failed}'
    assert otelc.stop() == 0, otelc.log


@each_workers
def generic(t):
    _run(t, 'generic')


@each_workers
def http2(t):
    _run(t, 'http2')

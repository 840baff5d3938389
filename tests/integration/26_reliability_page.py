"""docs/reliability.md says what is so: each test that it names is there."""
import os
import re

from harness.case import config


def _page(t):
    with open(t.path('docs', 'reliability.md'), encoding='utf-8') as file:
        return file.read()


def _has(t, stem, name):
    for path, pattern in ((('tests', 'integration', stem + '.py'), rf'^def {name}\(t\):'),
                          (('tests', 'unit', stem + '.c'), rf'^START_TEST\({name}\)')):
        if os.path.exists(t.path(*path)):
            with open(t.path(*path), encoding='utf-8') as file:
                return re.search(pattern, file.read(), re.M) is not None
    return False


def every_fault_has_its_tests(t):
    section = re.search(r'^## Faults\n(.*?)^## ', _page(t), re.M | re.S).group(1)
    rows = [line.strip('|').split('|') for line in section.splitlines() if line.startswith('| ')][2:]
    assert len(rows) > 25, len(rows)
    for fault, promise, tests, _ in rows:
        assert promise.strip(), fault
        names = re.findall(r'`(\w+): (\w+)`', tests)
        assert names, f'nothing holds: {fault}'
        for stem, name in names:
            assert _has(t, stem, name), f'no test {stem}: {name}'


def its_example_is_a_good_configuration(t):
    example = re.search(r'```yaml\n(.*?)```', _page(t), re.S).group(1)
    pipelines = 'pipelines: {traces: {receivers: [otlp], exporters: [jaeger]}}'
    text = 'receivers: {otlp: {protocols: {grpc: }}}\n' + example.replace('...', pipelines)
    code, err = t.validate(text)
    assert code == 0, err
    code, err = t.validate(config(t.jaeger(), queue='{wait_for_result: true, storage: x}'))
    assert code == 1 and 'wait_for_result' in err, err

"""SECURITY.md says what is so: its tests exist, its limits are those of the program."""
import ast
import glob
import re

UNITS = {'': 1, 'KiB': 1 << 10, 'MiB': 1 << 20, 's': 1000}


def _section(t, title):
    with open(t.path('SECURITY.md'), encoding='utf-8') as file:
        return re.search(rf'^## {title}\n(.*?)(^## |\Z)', file.read(), re.M | re.S).group(1)


def _rows(section):
    lines = [line for line in section.splitlines() if line.startswith('| ')]
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in lines[2:]]


def _text(*patterns):
    text = ''
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)):
            with open(path, encoding='utf-8') as file:
                text += file.read()
    return text


def every_promise_has_its_tests(t):
    tests = _text(t.path('tests', 'integration', '*.py'), t.path('tests', 'docker', '*.py'),
                  t.path('tests', 'unit', 'test_*.c'))
    there = set(re.findall(r'^(?:def |START_TEST\()(\w+)\(?t?\)', tests, re.M))
    rows = _rows(_section(t, 'Promises'))
    assert len(rows) > 10, rows
    for promise, held_by in rows:
        names = [name for name in re.findall(r'`([^`]+)`', held_by) if '/' not in name]
        assert names, f'nothing holds: {promise}'
        for name in names:
            assert name in there, f'no test {name}'


def _amount(text):
    number, unit = re.fullmatch(r'(\d+) ?(\w*)', text).groups()
    return int(number) * UNITS[unit]


def _numbers(source, name):
    """What a constant stands for, wherever it is defined; shifts and products are worked out."""
    for value in re.findall(rf'\b{name} = ([^,;}}/]+)', source):
        value = value.strip()
        if re.fullmatch(r'[\d <*]+', value):
            code = compile(ast.parse(value, mode='eval'), name, 'eval')
            yield eval(code, {})  # pylint: disable=eval-used


def _defaults(reference, key):
    return set(re.findall(rf'^\| `(?:\w+\.)*{key}` \| [^|]* \| `([^`]*)`', reference, re.M))


def every_limit_is_the_programs_own(t):
    source = _text(t.path('src', '*', '*.[ch]'))
    reference = _text(t.path('docs', 'configuration.md'))
    service = _text(t.path('src', 'service', 'service_settings.c'))
    for what, value, name in _rows(_section(t, 'Limits')):
        name = name.strip('`')
        if not value:
            assert name + '(' in source, name
        elif name.isupper():
            assert _amount(value) in list(_numbers(source, name)), f'{what}: {name}'
        else:
            known = _defaults(reference, name) or set(
                re.findall(rf'"{name}", "([^"]+)"', service))
            wanted = {value, value.replace(' ', '')}
            if value.endswith('MiB'):
                wanted = {value.split()[0], str(_amount(value))}
            assert wanted & known, f'{what}: {name} is {known}'

"""Configurations as they stand in public places: tests/data/ages/X.yaml, and beside it X.expected
with what is told of it; bad_* are errors."""
import os

AGES = os.path.normpath(os.path.join(os.path.dirname(__file__), '..', 'data', 'ages'))


def _files():
    names = sorted(name[:-5] for name in os.listdir(AGES) if name.endswith('.yaml'))
    assert names
    return names


def _validate(t, name, *options):
    code, out, err = t.run('validate', *options, '--config', f'{AGES}/{name}.yaml')
    assert out == '', (name, out)
    return code, err.replace(AGES + '/', '')


def each_file_is_told_what_is_expected(t):
    for name in _files():
        expected = os.path.join(AGES, name + '.expected')
        code, err = _validate(t, name)
        told = open(expected).read() if os.path.exists(expected) else ''
        assert code == (1 if name.startswith('bad_') else 0), (name, code, err)
        assert err == told, f'{name} tells\n{err}not\n{told}'


def strict_accepts_only_what_nothing_is_told_of(t):
    for name in _files():
        told = os.path.exists(os.path.join(AGES, name + '.expected'))
        code, err = _validate(t, name, '--strict')
        assert code == (1 if told else 0), (name, code, err)

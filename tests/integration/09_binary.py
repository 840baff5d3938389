"""How the program was linked and compiled, and what it costs when it does nothing."""
import re
import subprocess

from harness import otlp
from harness.case import Skip, config


def _tool(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


def it_is_hardened(t):
    if t.is_sanitized:
        raise Skip('a sanitizer build')
    segments = _tool('readelf', '-lW', t.binary)
    dynamic = _tool('readelf', '-dW', t.binary)
    symbols = _tool('nm', '-D', t.binary)
    assert 'Elf file type is DYN' in segments and 'PIE' in dynamic, 'not a PIE'
    assert 'GNU_RELRO' in segments and re.search(r'BIND_NOW|\bNOW\b', dynamic), 'no full RELRO'
    assert re.search(r'GNU_STACK\s.*\sRW\s', segments), 'an executable stack'
    assert not re.search(r'LOAD.*\sRWE\s', segments), 'a segment to write and to execute'
    assert not re.search(r'R(UN)?PATH', dynamic), 'a search path for libraries'
    assert '__stack_chk_fail' in symbols, 'no stack protector'
    assert re.search(r'__\w+_chk\b(?<!stack_chk)', symbols), 'nothing fortified'


def it_is_small_when_idle(t):
    if t.is_sanitized:
        raise Skip('a sanitizer build')
    otelc = t.collector(config(t.jaeger()))
    t.grpc(otelc).export_ok(otlp.simple(1))
    assert otelc.status('VmHWM') < 20_000, otelc.status('VmHWM')

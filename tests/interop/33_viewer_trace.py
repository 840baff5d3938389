"""An open trace in a real browser: it fills as spans arrive, and says all that is known of a span."""
import time

from harness import otlp
from harness import protobuf as pb

from viewer_stage import SCHEMES, TABLES, Stage, check_axe

ID = otlp.trace_id(7).hex()
MS = 1_000_000
ROWS = 'Number(document.querySelector("[role=treegrid]")?.getAttribute("aria-rowcount")) - 1'
NAMES = "[...document.querySelectorAll('.row .operation')].map((one) => one.textContent)"
TICKS = "[...document.querySelectorAll('.tick')].map((one) => one.textContent)"
LIVE = "document.querySelector('.trace-head .live').getAttribute('aria-pressed') === 'true'"


def _span(n, parent=None, at_ms=0, took_ms=10, name=None, **more):
    return otlp.span(n, name or f'step {n}', trace=otlp.trace_id(7),
                     parent=b'' if parent is None else otlp.span_id(parent),
                     start_ns=otlp.START_NS + at_ms * MS, duration_ns=took_ms * MS, **more)


def _send(stage, *spans, service='shop'):
    stage.send(otlp.request(otlp.resource_spans(spans, service)))


def _see_rows(browser, count):
    browser.see(f'{ROWS} === {count}', f'{count} rows')


def an_open_trace_fills_as_spans_arrive(t):
    stage = Stage(t)
    browser = stage.browser
    _send(stage, _span(1, took_ms=100), _span(2, 1, 10), _span(3, 2, 12, 2), _span(4, 1, 40),
          _span(5, 4, 42, 2))
    stage.open_trace(ID)
    _see_rows(browser, 5)
    assert browser.run(LIVE)
    # One subtree is collapsed, a span of the other one is picked, a part is zoomed to.
    browser.press('ArrowDown', 'ArrowLeft', 'ArrowDown', 'ArrowDown', 'Enter')
    stage.see_cursor('step 5')
    browser.see("document.querySelector('.details h2')?.textContent === 'shop step 5'")
    browser.press('Escape', 'f')
    _see_rows(browser, 4)
    browser.see(f"{TICKS}[0].startsWith('42')")
    before = browser.run(TICKS)
    browser.run("document.querySelectorAll('.details details')[1].open = false")
    _send(stage, _span(6, 2, 13, 1), _span(7, 4, 41, 20), _span(8, 1, 60, 2))
    _see_rows(browser, 6)
    assert browser.run(NAMES) == ['step 1', 'step 2', 'step 4', 'step 7', 'step 5', 'step 8']
    assert browser.run(TICKS) == before
    stage.see_cursor('step 5')
    assert browser.run("document.querySelector('.details h2').textContent") == 'shop step 5'
    assert browser.run("document.querySelectorAll('.details details')[1].open") is False
    assert browser.run("document.activeElement.getAttribute('role')") == 'treegrid'
    assert '8 spans' in browser.run("document.querySelector('.about').textContent")
    # One that begins before all others moves them; what is looked at stays.
    _send(stage, _span(9, None, -50, 200, name='first'), service='gate')
    _see_rows(browser, 7)
    browser.see(f"{TICKS}[0].startsWith('92')", 'the same part')
    stage.see_cursor('step 5')
    browser.press('0')
    _send(stage, _span(10, 9, 160, 20))
    _see_rows(browser, 8)
    browser.see(f"{TICKS}.at(-1) === '200ms'", 'all of it')
    browser.press('Escape')
    browser.see("document.querySelector('.details') === null")
    browser.press('/')
    browser.type('step 1')
    browser.see("document.querySelector('.toolbar .count').textContent === '1 of 2'")
    _send(stage, _span(11, 1, 70, 2))
    browser.see("document.querySelector('.toolbar .count').textContent === '1 of 3'")
    assert browser.run("document.activeElement.type") == 'search'
    stage.check_clean()


def an_open_trace_rests_when_nothing_comes(t):
    stage = Stage(t)
    browser = stage.browser
    _send(stage, _span(1, took_ms=100))
    stage.open_trace(ID)
    assert browser.run(LIVE)
    browser.run("window.late = 0; const now = performance.now.bind(performance);"
                "performance.now = () => now() + late; late = 60_000")
    browser.see(f'!({LIVE})', 'rest')
    asked = "performance.getEntriesByType('resource')" \
            ".filter((one) => one.name.includes('/summary?')).length"
    before = browser.run(asked)
    _send(stage, _span(2, 1))
    time.sleep(1.5)  # long enough for one more question
    assert browser.run(asked) == before and browser.run(ROWS) == 1
    browser.press('l')
    _see_rows(browser, 2)
    assert browser.run(LIVE)
    browser.press('l')
    browser.see(f'!({LIVE})')
    stage.check_clean()


def a_trace_opens_when_it_comes(t):
    stage = Stage(t)
    browser = stage.browser
    stage.open(f'/trace/{ID}?span={otlp.span_id(2).hex()}')
    browser.see("document.querySelector('.empty h1')?.textContent === 'This trace is not here'")
    _send(stage, _span(1, took_ms=100), _span(2, 1))
    _see_rows(browser, 2)
    stage.see_cursor('step 2')
    stage.check_clean()


def a_span_tells_all_that_otlp_has_of_it(t):
    stage = Stage(t)
    browser = stage.browser
    link = (pb.text(1, otlp.trace_id(7)) + pb.text(2, otlp.span_id(2)) + pb.text(3, 'link=1')
            + otlp.attributes(4, {'why': 'retry', 'n': 2**60, 'list': [1, 'x']})
            + pb.integer(5, 4))
    event = pb.fixed64(1, otlp.START_NS) + pb.text(2, 'went') + pb.integer(4, 5)
    scope = pb.text(1, 'lib') + pb.text(2, '2.0') + otlp.attributes(3, {'scoped': True}) \
        + pb.integer(4, 1)
    span = _span(1, more=pb.text(3, 'a=b,c=d') + pb.integer(10, 3) + pb.text(11, event)
                 + pb.integer(12, 1) + pb.text(13, link) + pb.integer(14, 2))
    # Another one of its id, of which other things are told.
    other = _span(1, at_ms=20, name='twin', more=pb.text(11, event))
    resource = pb.text(1, otlp.attributes(1, {'service.name': 'shop'}) + pb.integer(2, 7))
    stage.send(pb.text(1, resource + pb.text(2, pb.text(1, scope) + pb.text(2, span)
                                             + pb.text(2, _span(2, 1, 5)) + pb.text(2, other)
                                             + pb.text(3, 'http://schema'))))
    stage.open_trace(ID)
    browser.press('Home', 'Enter')
    tables = browser.see(f"(({{Links}}, tables) => Links?.length && tables)(({TABLES}), {TABLES})")
    assert tables['Links'] == [['why', 'retry'], ['n', str(2**60)], ['list', '[\n  1,\n  "x"\n]']]
    assert dict(tables['Scope']) == {'name': 'lib', 'version': '2.0', 'scoped': 'true',
                                     'schema URL': 'http://schema', 'dropped': '1 attribute'}
    assert ['dropped', '7 attributes'] in tables['Resource'], tables
    facts = browser.run("Object.fromEntries([...document.querySelectorAll('.facts div')]"
                        ".map(({children: [name, value]}) => [name.textContent, value.textContent]))")
    assert facts['Trace state'] == 'a=b,c=d', facts
    assert facts['Dropped'] == '3 attributes, 1 event, 2 links', facts
    text = browser.run("document.querySelector('.details').textContent")
    assert 'trace state link=1' in text and '4 attributes dropped' in text, text
    assert '5 attributes dropped' in text and 'otel.dropped' not in text, text
    for scheme in SCHEMES:
        browser.look(scheme)
        check_axe(t, browser, scheme)
    stage.click('.details li a')
    stage.see_cursor('step 2')
    browser.run("[...document.querySelectorAll('.row')]"
                ".find((one) => one.textContent.includes('twin')).click()")
    browser.see("document.querySelector('.details h2').textContent.includes('twin') && "
                "document.querySelector('.details').textContent.includes('schema')")
    assert 'Links' not in browser.run(TABLES)
    stage.check_clean()


def clocks_that_are_years_apart_hold_nothing_up(t):
    stage = Stage(t)
    browser = stage.browser
    far = otlp.span(2, 'far', trace=otlp.trace_id(7), parent=otlp.span_id(1), start_ns=0,
                    duration_ns=1000)
    _send(stage, far, _span(1, took_ms=0), _span(3, 1, took_ms=0))
    stage.open_trace(ID)
    browser.press('End', 'f', '+', '+')
    browser.see(f'{TICKS}.length > 0', 'marks')
    browser.press('Home', 'f', '0')
    browser.see(f'{TICKS}.length > 1', 'marks')
    stage.check_clean()


def twelve_services_have_twelve_colours(t):
    stage = Stage(t)
    browser = stage.browser
    for n in range(40):  # so that each colour is wanted by several
        stage.send(otlp.simple(100 + n, service=f'other-{n}'))
    stage.send(otlp.request(*[
        otlp.resource_spans([_span(n, n - 1 if n > 1 else None, n)], f'service-{n}')
        for n in range(1, 13)]))
    colours = "[...new Set([...document.querySelectorAll('.legend .dot')]" \
              ".map((one) => getComputedStyle(one).backgroundColor))].length"
    for scheme in SCHEMES:
        browser.look(scheme)
        stage.open_trace(ID)
        _see_rows(browser, 12)
        assert browser.run(colours) == 12, scheme
    stage.check_clean()

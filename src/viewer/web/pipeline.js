// The pipeline's own page: asks the server every two seconds and shows what has changed.

import { element } from './dom.js';
import { drawGraph } from './pipeline_graph.js';
import { countsOf } from './pipeline_numbers.js';
import { adviceOf, clientsOf, componentsOf, configOf, factsOf, refusedOf, stagesOf, warningsOf } from './pipeline_parts.js';

const PERIOD_MS = 2000;

// Title, what makes it; all but the first ones can be folded.
const SECTIONS = [
    ['Do my spans arrive?', adviceOf], ['The way', drawGraph], ['Stages', stagesOf],
    ['Refused', refusedOf], ['Warnings and errors', warningsOf], ['Clients', clientsOf],
    ['Components', componentsOf], ['Configuration', configOf],
];

async function ask() {
    const answer = await fetch('/api/otelc/overview', { headers: { Accept: 'application/json' } })
        .catch(() => { throw new Error('otelc does not answer. Is it running?'); });
    if (!answer.ok)
        throw new Error(`otelc answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
    const overview = await answer.json();
    overview.counts = countsOf(overview);
    return overview;
}

// The style of this page alone: the others do not need it.
function addStyle() {
    if (!document.querySelector('link[href="/pipeline.css"]'))
        document.head.append(element('link', { rel: 'stylesheet', href: '/pipeline.css' }));
}

function makeSection(title) {
    const id = `pipeline-${title.toLowerCase().replace(/\W+/g, '-')}`;
    const body = element('div', { class: 'body' });
    return { body, section: element('section', { 'aria-labelledby': id }, element('h2', { id }, title), body) };
}

// What is inside stays as it is where it would look the same, so that nobody's selection goes.
function renew(body, made) {
    const scrolled = body.firstElementChild?.scrollLeft ?? 0;
    if (body.firstElementChild?.isEqualNode(made))
        return;
    const focused = body.contains(document.activeElement) && document.activeElement === body.firstElementChild;
    body.replaceChildren(made);
    made.scrollLeft = scrolled;
    if (focused)
        made.focus({ preventScroll: true });
}

// Shows the page below root; gives what ends it.
export function show(root) {
    const sections = SECTIONS.map(([title]) => makeSection(title));
    const facts = element('div', { class: 'body' });
    const told = element('p', { class: 'told', role: 'status' });
    const pause = element('button', { type: 'button', 'aria-pressed': 'false', on: { click: () => {
        paused = !paused;
        pause.setAttribute('aria-pressed', String(paused));
    } } }, 'Pause');
    const page = element('div', { class: 'pipeline' },
        element('header', {}, element('h1', {}, 'Pipelines'), pause, told), facts,
        sections.map(({ section }) => section));
    let paused = false;
    let over = false;
    let before = null;
    let timer = 0;

    function take(now) {
        told.textContent = '';
        renew(facts, factsOf(now));
        SECTIONS.forEach(([, make], i) => renew(sections[i].body, make(now, before)));
        before = now;
    }

    async function turn() {
        if (!paused && !document.hidden) {
            try {
                const now = await ask();
                if (!over)
                    take(now);
            } catch (problem) {
                told.textContent = problem.message;
            }
        }
        if (!over)
            timer = setTimeout(turn, PERIOD_MS);
    }

    document.title = 'Pipelines – otelc';
    addStyle();
    root.replaceChildren(page);
    turn();
    return () => {
        over = true;
        clearTimeout(timer);
    };
}

// What is above the waterfall: what the trace is, what may be done with it, whose spans it has.

import * as api from './api.js';
import { element } from './dom.js';
import { clock, count, day, duration } from './format.js';
import { copy } from './toast.js';

const SERVICES_SHOWN = 14;

const button = (text, click, more = {}) =>
    element('button', { type: 'button', on: { click }, ...more }, text);

function facts(trace) {
    const orphans = trace.spans.filter((span) => span.isOrphan).length;
    return element('p', { class: 'about' },
        element('b', { class: 'took' }, duration(trace.duration)),
        element('span', {}, count(trace.spans.length, 'span')),
        element('span', {}, `${trace.depth} deep`),
        trace.errors > 0 && element('span', { class: 'error' }, count(trace.errors, 'error')),
        orphans > 0 && element('span', { title: 'They may still be on their way; or they were ' +
            'sampled out, or sent elsewhere.' }, `${count(orphans, 'parent')} not here`),
        element('time', {}, `${day(trace.start)} ${clock(trace.start)}`),
        element('code', { class: 'id' }, trace.id));
}

function actions(trace, live, toggle) {
    const link = new URL(`/trace/${trace.id}`, location.origin).href;
    const file = (text, format) => element('a', { class: 'button', download: '',
        href: api.download(trace.id, format) }, text);
    return element('div', { class: 'actions' },
        button([element('i', { 'aria-hidden': 'true' }), 'Live'], toggle, { class: 'live',
            'aria-pressed': String(live), title: 'Show spans as they arrive (l)' }),
        button('Copy link', () => copy(link, 'link to this trace')),
        file('OTLP JSON', 'otlp'), file('Jaeger JSON', 'jaeger'));
}

// find(text): marks what has it.
function legend(trace, find) {
    const shown = trace.services.slice(0, SERVICES_SHOWN).map((service) => element('li', {},
        button([element('i', { class: 'dot', vars: trace.palette.colourOf(service.name) }), service.name, ' ',
            element('b', {}, service.spans.toLocaleString('en'))],
        () => find(service.name), { class: 'chip', title: 'Find its spans' })));
    if (trace.services.length > SERVICES_SHOWN)
        shown.push(element('li', { class: 'chip' },
            `and ${count(trace.services.length - SERVICES_SHOWN, 'more service')}`));
    return element('ul', { class: 'legend', 'aria-label': 'Services' }, shown);
}

// isLive: spans are shown as they arrive, until toggle().
export function traceHead(trace, { isLive, toggle, find }) {
    const root = trace.spans[0];
    return element('header', { class: 'trace-head' },
        element('h1', {}, element('i', { class: 'dot', vars: trace.palette.colourOf(root.service) }),
            element('span', { class: 'service' }, root.service), ' ', root.operation),
        actions(trace, isLive, toggle), facts(trace), legend(trace, find));
}

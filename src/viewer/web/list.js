// The list of traces that were found: each is a link, with its duration as a bar.

import { colourOf } from './colours.js';
import { element } from './dom.js';
import { ago, clock, count, day, duration } from './format.js';

const SERVICES_SHOWN = 6;

const dot = (service) => element('i', { class: 'dot', vars: colourOf(service) });

function chips(services) {
    const shown = services.slice(0, SERVICES_SHOWN).map((service) => element('span',
        { class: 'chip' }, dot(service.name), service.name, ' ',
        element('b', {}, String(service.spans))));
    if (services.length > SERVICES_SHOWN)
        shown.push(element('span', { class: 'chip' }, `+${services.length - SERVICES_SHOWN}`));
    return shown;
}

function item(trace) {
    const when = element('time', { title: `${day(trace.start)} ${clock(trace.start)}` });
    const bar = element('i', { class: 'length', 'aria-hidden': 'true' });
    const link = element('a', { href: `/trace/${trace.traceID}`, class: 'found' },
        element('span', { class: 'what' },
            dot(trace.service), element('b', {}, trace.service), ' ',
            trace.operation || '(no name)'),
        element('span', { class: 'numbers' },
            trace.errors > 0 && element('span', { class: 'error' }, count(trace.errors, 'error')),
            element('span', {}, count(trace.spans, 'span')),
            trace.leftOut > 0 && element('span', { title: 'There was no room for them' },
                `${trace.leftOut.toLocaleString('en')} left out`), when,
            element('b', { class: 'took' }, duration(trace.duration))),
        element('span', { class: 'services' }, chips(trace.services)), bar);
    return { seq: trace.seq, trace, when, bar, row: element('li', {}, link), link };
}

export const ORDERS = {
    newest: ['newest first', () => 0], // as they come
    longest: ['longest first', (one, other) => other.duration - one.duration],
    spans: ['most spans first', (one, other) => other.spans - one.spans],
    errors: ['most errors first', (one, other) => other.errors - one.errors],
};

export class List {
    element = element('ol', { class: 'list', on: { keydown: (event) => this.#onKey(event) } });
    #items = new Map(); // by trace id

    // Rows of traces that have not changed stay as they are, with the focus that they may have.
    show(traces) {
        const longest = traces.reduce((most, trace) => Math.max(most, trace.duration), 1);
        const before = this.#items;
        let last = null;

        this.#items = new Map();
        for (const trace of traces) {
            const known = before.get(trace.traceID);
            const one = known?.seq === trace.seq ? known : item(trace);
            this.#items.set(trace.traceID, one);
            one.bar.style.width = `${Math.max(trace.duration / longest * 100, 0.2)}%`;
            if (known && known !== one)
                this.#replace(known, one);
            const next = last ? last.nextSibling : this.element.firstChild;
            if (next !== one.row)
                this.element.insertBefore(one.row, next);
            last = one.row;
        }
        for (const [id, one] of before)
            if (!this.#items.has(id))
                one.row.remove();
        this.tick();
    }

    #replace(known, one) {
        const hasFocus = known.row.contains(document.activeElement);
        known.row.replaceWith(one.row);
        if (hasFocus)
            one.link.focus();
    }

    // Says anew how long ago they were.
    tick() {
        const now = Date.now() * 1e3;
        for (const { trace, when } of this.#items.values())
            when.textContent = ago(trace.start, now);
    }

    focus() {
        this.element.querySelector('a')?.focus();
    }

    #onKey(event) {
        const row = event.target.closest('li');
        const next = { ArrowDown: row?.nextSibling, ArrowUp: row?.previousSibling,
            Home: this.element.firstChild, End: this.element.lastChild }[event.key];
        if (!next || event.ctrlKey || event.metaKey || event.altKey)
            return;
        event.preventDefault();
        next.querySelector('a').focus();
    }
}

// Above the waterfall: find in the trace, collapse, critical path, zoom.

import { element } from './dom.js';
import { find } from './find.js';

const FIND_AFTER_MS = 120; // since the last letter

export class Toolbar {
    element;
    #waterfall;
    #input = element('input', {
        type: 'search', placeholder: 'Find in this trace', 'aria-label': 'Find in this trace',
        'data-find': true, autocomplete: 'off', spellcheck: 'false',
        on: { input: () => this.#soon(), keydown: (event) => this.#key(event) } });
    #count = element('span', { class: 'count', role: 'status' });
    #path;
    #nextError;
    #matches = [];
    #at = -1;
    #timer;

    constructor(waterfall) {
        this.#waterfall = waterfall;
        const button = (text, label, click) => element('button',
            { type: 'button', 'aria-label': label, title: label, on: { click } }, text);
        this.#path = element('button', {
            type: 'button', class: 'path-switch', 'aria-pressed': 'true',
            title: 'Show what the duration is made of (p)',
            on: { click: () => this.togglePath() },
        }, element('i', { 'aria-hidden': 'true' }), 'Critical path');
        this.#nextError = button('Next error', 'Next error (e)', () => waterfall.nextError());
        this.element = element('div', {
            class: 'toolbar', role: 'toolbar', 'aria-label': 'Waterfall',
        },
            this.#input, this.#count,
            button('↑', 'Match before', () => this.step(-1)),
            button('↓', 'Next match', () => this.step(1)),
            element('span', { class: 'space' }),
            this.#nextError,
            this.#path,
            button('Collapse', 'Collapse all', () => waterfall.foldAll()),
            button('Expand', 'Expand all', () => waterfall.unfoldAll()),
            button('−', 'Zoom out (-)', () => waterfall.zoom(0.5)),
            button('+', 'Zoom in (+)', () => waterfall.zoom(2)),
            button('All', 'All of the trace (0)', () => waterfall.showAll()));
        this.update();
    }

    // The trace of the waterfall is another one.
    update() {
        this.#nextError.hidden = this.#waterfall.trace.errors === 0;
        if (!this.isFinding)
            return;
        this.#mark();
        this.#at = this.#matches.indexOf(this.#waterfall.cursor);
        this.#say();
    }

    togglePath() {
        this.#waterfall.togglePath();
        this.#path.setAttribute('aria-pressed', String(this.#waterfall.showsPath));
    }

    // Is something looked for?
    get isFinding() {
        return this.#input.value !== '';
    }

    find(text) {
        this.#input.value = text;
        this.#look();
    }

    #soon() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#look(), FIND_AFTER_MS);
    }

    #look() {
        clearTimeout(this.#timer);
        this.#mark();
        this.#at = -1;
        this.#say();
        if (this.#matches.length)
            this.step(1);
    }

    #mark() {
        this.#matches = find(this.#waterfall.trace.spans, this.#input.value);
        this.#waterfall.setMatches(this.#matches);
    }

    #say() {
        const number = this.#matches.length.toLocaleString('en');
        this.#count.textContent = !this.isFinding ? ''
            : this.#at < 0 ? `${number} found` : `${this.#at + 1} of ${number}`;
    }

    step(by) {
        const { length } = this.#matches;
        if (!length)
            return;
        this.#at = (this.#at + by + length) % length;
        this.#waterfall.select(this.#matches[this.#at]);
        this.#say();
    }

    #key(event) {
        if (event.key === 'Enter') {
            event.preventDefault();
            this.step(event.shiftKey ? -1 : 1);
        } else if (event.key === 'Escape') {
            event.preventDefault();
            event.stopPropagation();
            this.find('');
            this.#waterfall.element.focus();
        } else if (event.key === 'ArrowDown') {
            event.preventDefault();
            this.#waterfall.element.focus();
        }
    }
}

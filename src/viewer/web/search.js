// The search: the form, and what it finds as points and as a list.

import * as empty from './empty.js';
import { element, isTyping, onceAFrame } from './dom.js';
import { Feed } from './feed.js';
import { SearchForm } from './form.js';
import { clock, count, day } from './format.js';
import { List, ORDERS } from './list.js';
import { addressOf, isNarrow, queryOf } from './query.js';
import { go } from './router.js';
import { scatter } from './scatter.js';

const TICK_MS = 5000;

class Search {
    #root;
    #query;
    #form;
    #feed;
    #found = null; // {traces, held} or {problem}
    #order = 'newest';
    #list = new List();
    #points = element('div', { class: 'points' });
    #status = element('p', { class: 'status', role: 'status' });
    #results = element('div', { class: 'results' });
    #size = new ResizeObserver(onceAFrame(() => this.#drawPoints()));
    #timer = setInterval(() => this.#list.tick(), TICK_MS);
    #hint = null; // on what to do while there are no traces
    #isPicking = () => false;
    #onKey = (event) => this.#key(event);

    constructor(root, url) {
        this.#root = root;
        this.#query = queryOf(url.searchParams);
        if (url.pathname === '/')
            this.#query.live = true;
        this.#form = new SearchForm(this.#query, (query) =>
            go(addressOf({ ...query, live: this.#query.live })));
        root.append(
            element('aside', {}, element('h1', { class: 'unseen' }, 'Traces'), this.#form.element),
            element('section', { class: 'found-side', 'aria-label': 'Found traces' },
                this.#bar(), this.#points, this.#results));
        this.#form.continue();
        this.#size.observe(this.#points);
        document.addEventListener('keydown', this.#onKey);
        this.#feed = new Feed(this.#query, (found) => this.#take(found));
    }

    end() {
        this.#feed.end();
        this.#size.disconnect();
        clearInterval(this.#timer);
        document.removeEventListener('keydown', this.#onKey);
    }

    #bar() {
        const order = element('select', { 'aria-label': 'Order', on: { change: () => {
            this.#order = order.value;
            this.#show();
        } } }, Object.entries(ORDERS).map(([name, [text]]) =>
            element('option', { value: name }, text)));
        return element('div', { class: 'bar' }, this.#status, this.#range(), order,
            element('button', {
                type: 'button', class: 'live', 'aria-pressed': String(this.#query.live),
                title: 'Show traces as they arrive (l)', on: { click: () => this.#toggleLive() },
            }, element('i', { 'aria-hidden': 'true' }), 'Live'));
    }

    // Of an address that names a time from and to.
    #range() {
        const { start, end } = this.#query;
        if (!start && !end)
            return null;
        const at = (text) => Number(text) > 0 ? `${day(Number(text))} ${clock(Number(text))}` : '…';
        return element('a', { class: 'chip', title: 'Show other times too',
            href: addressOf({ ...this.#query, start: '', end: '' }) },
        `${at(start)} – ${at(end)} ✕`);
    }

    #toggleLive() {
        go(addressOf({ ...this.#query, live: !this.#query.live }), { replace: true });
    }

    #key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey)
            return;
        if (event.key === 'ArrowDown' && !event.target.closest('.list, select, dialog'))
            this.#list.focus();
        else if (event.key === 'l' && !isTyping(event))
            this.#toggleLive();
        else
            return;
        event.preventDefault();
    }

    #take(found) {
        if (found.problem && found.problem.message === this.#found?.problem?.message)
            return;
        if (!found.problem && this.#found?.held === 0 && found.held > 0)
            this.#form.refresh();
        this.#found = found;
        this.#show();
    }

    #show() {
        const { traces = [], held, problem } = this.#found ?? {};
        if (!this.#found)
            return;
        this.#status.textContent = problem ? '' : count(traces.length, 'trace') +
            (held > traces.length ? ` of ${held.toLocaleString('en')}` : '');
        this.#list.show([...traces].sort(ORDERS[this.#order][1]));
        if (traces.length)
            this.#put(this.#list.element);
        else if (problem)
            this.#put(empty.failed(problem, () => go(location.pathname + location.search,
                { replace: true })));
        else
            this.#put(held && isNarrow(this.#query) ? empty.noneSuch(held)
                : this.#noTraces());
        this.#drawPoints();
    }

    // Made once, as it is asked for with each answer.
    #noTraces() {
        this.#hint ??= empty.noTraces();
        return this.#hint;
    }

    #put(content) {
        if (this.#results.firstChild !== content)
            this.#results.replaceChildren(content);
    }

    #pick(from, to) {
        go(addressOf({ ...this.#query, lookback: '', start: String(from), end: String(to),
            live: false }));
    }

    #drawPoints() {
        const traces = this.#found?.traces ?? [];
        const width = this.#points.clientWidth;
        this.#points.hidden = !traces.length;
        if (this.#isPicking())
            return;
        if (!traces.length || width === 0) {
            this.#points.replaceChildren();
            return;
        }
        const { picture, isPicking } = scatter(traces, width, (from, to) => this.#pick(from, to));
        this.#isPicking = isPicking;
        this.#points.replaceChildren(picture);
    }
}

export function showSearch(root, url) {
    document.title = 'Traces – otelc';
    const search = new Search(root, url);
    return () => search.end();
}

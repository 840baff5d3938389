// A trace as a waterfall: a tree of rows of which only those in sight are in the page, so that
// 10,000 of them are no more work than forty.

import { ticks } from './axis.js';
import { criticalPath } from './critical_path.js';
import { element, onceAFrame } from './dom.js';
import { duration } from './format.js';
import { row } from './rows.js';
import { splitter } from './splitter.js';
import { childrenOf, rowsOf } from './trace.js';
import { waterfallKey } from './waterfall_keys.js';
import { moved, within, zoomed } from './zoom.js';

const ROW = 26;    // px, as in app.css
const HEADER = 28;
const BEYOND = 6;  // rows above and below what is seen
const FAR = 3 * ROW;
const TICK = 110;  // px between two marks, at least
const COLLAPSE_FROM = 2;

export class Waterfall {
    trace;
    part;
    cursor = 0;
    rows;
    element;
    #view;
    #told; // {onCursor(index), onOpen(index), onZoom(part)}
    #body = element('div', { role: 'rowgroup', class: 'rows' });
    #axis = element('div', { role: 'columnheader', class: 'timeline axis' });
    #lines = element('div', { class: 'lines', 'aria-hidden': 'true' });
    #made = new Map(); // rows by index
    #isPainted = false;
    #paint = onceAFrame(() => this.#draw());
    #size = new ResizeObserver(() => this.#resized());

    constructor(trace, told) {
        this.trace = trace;
        this.#told = told;
        this.part = within(trace.duration, 0, trace.duration);
        this.#view = { trace, path: criticalPath(trace.spans), showsPath: true, part: this.part,
            width: 1000, collapsed: new Set(), matches: new Set() };
        this.rows = rowsOf(trace.spans, this.#view.collapsed);
        this.element = element('div', {
            role: 'treegrid', tabindex: 0, class: 'waterfall', 'aria-label': 'Spans',
            on: {
                scroll: this.#paint,
                keydown: (event) => waterfallKey(this, event),
                click: (event) => this.#clicked(event),
                wheel: (event) => this.#wheel(event),
            },
        },
        element('div', { role: 'rowgroup', class: 'head' },
            element('div', { role: 'row', 'aria-rowindex': 1 },
                element('div', { role: 'columnheader', class: 'name' }, 'Service and operation'),
                this.#axis)),
        this.#body);
        this.element.querySelector('.head .name').append(
            splitter(this.element, () => this.#resized()));
        this.#size.observe(this.element);
        this.#relaid();
    }

    end() {
        this.#size.disconnect();
    }

    // The same trace, with more spans. What is collapsed, the cursor, the zoom, and the row at the
    // top stay what they are.
    update(trace) {
        const old = this.trace;
        const indexes = new Map(trace.spans.map((span, index) => [span.key, index]));
        const now = (index) => indexes.get(old.spans[index].key);
        const { scrollTop } = this.element;
        const top = now(this.rows[Math.min(Math.floor(scrollTop / ROW), this.rows.length - 1)]);
        const isWhole = this.part.to - this.part.from >= old.duration;
        const later = old.start - trace.start;

        this.trace = this.#view.trace = trace;
        this.#view.path = criticalPath(trace.spans);
        this.#view.collapsed = new Set([...this.#view.collapsed].map(now)
            .filter((index) => index !== undefined));
        this.#view.matches = new Set();
        this.cursor = now(this.cursor) ?? 0;
        this.part = this.#view.part = isWhole ? within(trace.duration, 0, trace.duration)
            : within(trace.duration, this.part.from + later, this.part.to + later);
        this.#relaid();
        if (scrollTop > 0 && top !== undefined)
            this.element.scrollTop = this.rows.indexOf(top) * ROW + scrollTop % ROW;
    }

    // ---- what is shown ----

    #resized() {
        this.#view.width = Math.max(this.#axis.clientWidth, 1);
        this.#anew();
    }

    // All rows have changed.
    #anew() {
        this.#made.clear();
        this.#drawAxis();
        this.#paint();
    }

    // Other rows are there.
    #relaid() {
        this.rows = rowsOf(this.trace.spans, this.#view.collapsed);
        this.#body.style.height = `${this.rows.length * ROW}px`;
        this.element.setAttribute('aria-rowcount', this.rows.length + 1);
        this.#anew();
    }

    #drawAxis() {
        const { from, to } = this.part;
        const marks = ticks(from, to, Math.max(2, Math.floor(this.#view.width / TICK)));
        const at = (made, time) => {
            made.style.left = `${(time - from) / (to - from) * 100}%`;
            return made;
        };
        this.#axis.replaceChildren(
            element('span', { class: 'unseen' }, 'Time, from the start on: '),
            ...marks.map((time) => at(element('span', { class: 'tick' }, duration(time)), time)));
        this.#lines.replaceChildren(...marks.map((time) => at(element('i'), time)));
    }

    #draw() {
        const seen = Math.ceil(this.element.clientHeight / ROW);
        const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - BEYOND);
        const shown = this.rows.slice(first, first + seen + 2 * BEYOND);
        const made = new Map();

        shown.forEach((index, offset) => {
            const one = this.#made.get(index) ?? row(this.#view, index, first + offset);
            one.style.top = `${(first + offset) * ROW}px`;
            one.classList.toggle('cursor', index === this.cursor);
            one.setAttribute('aria-selected', String(index === this.cursor));
            made.set(index, one);
        });
        this.#made = made;
        this.#body.replaceChildren(this.#lines, ...made.values());
        if (made.has(this.cursor))
            this.element.setAttribute('aria-activedescendant', `span-${this.cursor}`);
        else
            this.element.removeAttribute('aria-activedescendant');
        this.#tellPainted();
    }

    // Once, in the frame behind the first, for those who measure.
    #tellPainted() {
        if (!this.#isPainted)
            requestAnimationFrame(() => performance.mark('otelc-waterfall'));
        this.#isPainted = true;
    }

    // Scrolls no further than needed; what is far goes to the middle.
    #reveal() {
        const top = this.rows.indexOf(this.cursor) * ROW;
        const height = this.element.clientHeight - HEADER;
        const above = this.element.scrollTop - top;
        const below = top + ROW - height - this.element.scrollTop;

        if (Math.max(above, below) > FAR)
            this.element.scrollTop = top - (height - ROW) / 2;
        else if (above > 0)
            this.element.scrollTop = top;
        else if (below > 0)
            this.element.scrollTop += below;
    }

    // ---- the cursor ----

    // Makes the span seen, whatever is collapsed above it.
    select(index) {
        let isHidden = false;
        for (let at = this.trace.spans[index].parent; at >= 0; at = this.trace.spans[at].parent)
            isHidden = this.#view.collapsed.delete(at) || isHidden;
        this.cursor = index;
        if (isHidden)
            this.#relaid();
        this.#reveal();
        this.#paint();
        this.#told.onCursor(index);
    }

    open() {
        this.#told.onOpen(this.cursor);
    }

    // by: rows down.
    step(by) {
        const at = this.rows.indexOf(this.cursor) + by;
        this.select(this.rows[Math.min(Math.max(at, 0), this.rows.length - 1)]);
    }

    page() {
        return Math.max(1, Math.floor((this.element.clientHeight - HEADER) / ROW) - 1);
    }

    #clicked(event) {
        const made = event.target.closest('.row');
        if (!made)
            return;
        const index = Number(made.dataset.index);
        if (event.target.closest('.fold')) {
            this.cursor = index;
            this.fold(index);
            this.#told.onCursor(index);
            return;
        }
        this.select(index);
        this.open();
    }

    // ---- the tree ----

    isFolded(index) {
        return this.#view.collapsed.has(index);
    }

    // Collapses it, or expands it.
    fold(index) {
        if (this.trace.spans[index].size === 1)
            return;
        if (!this.#view.collapsed.delete(index))
            this.#view.collapsed.add(index);
        this.#relaid();
        this.#reveal();
    }

    foldAll() {
        this.trace.spans.forEach((span, index) => {
            if (span.size > 1 && span.depth + 1 >= COLLAPSE_FROM)
                this.#view.collapsed.add(index);
        });
        this.#keepCursor();
    }

    unfoldAll() {
        this.#view.collapsed.clear();
        this.#keepCursor();
    }

    // The cursor goes to what is left of the branch that it is on.
    #keepCursor() {
        const { spans } = this.trace;
        for (let at = spans[this.cursor].parent; at >= 0; at = spans[at].parent)
            if (this.#view.collapsed.has(at))
                this.cursor = at;
        this.#relaid();
        this.#reveal();
        this.#told.onCursor(this.cursor);
    }

    firstChild(index) {
        return childrenOf(this.trace.spans, index).next().value;
    }

    // ---- find, errors, critical path ----

    setMatches(indexes) {
        this.#view.matches = new Set(indexes);
        this.#anew();
    }

    nextError() {
        const { spans } = this.trace;
        for (let step = 1; step <= spans.length; step++) {
            const index = (this.cursor + step) % spans.length;
            if (spans[index].error)
                return this.select(index);
        }
    }

    get showsPath() {
        return this.#view.showsPath;
    }

    togglePath() {
        this.#view.showsPath = !this.#view.showsPath;
        this.#anew();
    }

    // ---- zoom ----

    show(part) {
        this.part = this.#view.part = within(this.trace.duration, part.from, part.to);
        this.#anew();
        this.#told.onZoom(this.part);
    }

    showAll() {
        this.show({ from: 0, to: this.trace.duration });
    }

    zoom(factor, at) {
        this.show(zoomed(this.part, this.trace.duration, factor, at));
    }

    move(share) {
        this.show(moved(this.part, this.trace.duration, share));
    }

    // The span with a little of what is around it.
    showSpan(index) {
        const { start, end, duration: length } = this.trace.spans[index];
        this.show({ from: start - length * 0.05, to: end + length * 0.05 });
    }

    #wheel(event) {
        const place = this.#axis.getBoundingClientRect();
        if (event.ctrlKey || event.metaKey) {
            const share = (event.clientX - place.left) / place.width;
            event.preventDefault();
            this.zoom(event.deltaY < 0 ? 1.25 : 0.8,
                this.part.from + share * (this.part.to - this.part.from));
        } else if (event.shiftKey && event.deltaY) {
            event.preventDefault();
            this.move(event.deltaY > 0 ? 0.1 : -0.1);
        }
    }
}

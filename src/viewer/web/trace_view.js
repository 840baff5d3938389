// A trace: its head, the small map of it, the waterfall, and beside that the span that is picked.

import * as api from './api.js';
import * as empty from './empty.js';
import { settled, tracePalette } from './colours.js';
import { details } from './details.js';
import { element, isTyping, replace } from './dom.js';
import { Minimap } from './minimap.js';
import { extrasOf } from './otlp.js';
import { back, go, note } from './router.js';
import { Toolbar } from './toolbar.js';
import { indexOf, traceOf } from './trace.js';
import { traceHead } from './trace_head.js';
import { Watch } from './watch.js';
import { Waterfall } from './waterfall.js';

const EXTRAS_AFTER_MS = 100; // that a span is looked at
const EXTRAS_KEPT = 200;     // spans

class TraceView {
    #trace;
    #watch;
    #head;
    #waterfall;
    #minimap;
    #toolbar;
    #panes = element('div', { class: 'panes' });
    #details = null;
    #shown = ''; // the key of the span that the details are of
    #extras = new Map(); // by key, as a span does not change
    #timer;
    #onKey = (event) => this.#key(event);

    constructor(root, trace, watch, spanId) {
        this.#trace = trace;
        this.#watch = watch;
        this.#waterfall = new Waterfall(trace, {
            onCursor: (index) => this.#details && this.#show(index),
            onOpen: (index) => { this.#show(index); this.#details.focus(); },
            onZoom: (part) => this.#minimap.show(part),
        });
        this.#minimap = new Minimap(this.#waterfall);
        this.#toolbar = new Toolbar(this.#waterfall);
        this.#head = this.#makeHead();
        this.#panes.append(this.#waterfall.element);
        root.append(this.#head, this.#minimap.element, this.#toolbar.element, this.#panes);
        document.addEventListener('keydown', this.#onKey);
        this.#begin(spanId);
    }

    end() {
        clearTimeout(this.#timer);
        document.removeEventListener('keydown', this.#onKey);
        this.#waterfall.end();
        this.#minimap.end();
    }

    // The same trace, with more spans.
    update(trace) {
        this.#trace = trace;
        this.#waterfall.update(trace);
        this.#minimap.update();
        this.#toolbar.update();
        this.showHead();
        if (this.#details)
            this.#draw();
    }

    showHead() {
        this.#head = replace(this.#head, this.#makeHead());
    }

    #makeHead() {
        return traceHead(this.#trace, {
            isLive: this.#watch.isOn,
            toggle: () => this.#toggleLive(),
            find: (text) => this.#toolbar.find(text),
        });
    }

    #toggleLive() {
        if (this.#watch.isOn)
            this.#watch.stop();
        else
            this.#watch.start();
    }

    #begin(spanId) {
        const index = this.#trace.spans.findIndex((span) => span.id === spanId);
        this.#waterfall.element.focus({ preventScroll: true });
        if (index < 0)
            return;
        this.#show(index);
        this.#waterfall.select(index);
    }

    // ---- the span's details ----

    #show(index) {
        const span = this.#trace.spans[index];
        const { key, id } = span;
        const isAnother = key !== this.#shown;
        this.#shown = key;
        this.#draw();
        if (isAnother)
            this.#fromTheTop();
        note(`/trace/${this.#trace.id}?span=${id}`);
        clearTimeout(this.#timer);
        if (!this.#extras.has(key))
            this.#timer = setTimeout(() => this.#ask(span), EXTRAS_AFTER_MS);
    }

    #draw() {
        const made = details(this.#trace, Math.max(indexOf(this.#trace, this.#shown), 0),
            this.#extras.get(this.#shown) ?? null, {
                onPick: (key) => this.#waterfall.select(indexOf(this.#trace, key)),
                onClose: () => this.#close(),
            });
        if (this.#details)
            this.#details = replace(this.#details, made);
        else
            this.#panes.append(this.#details = made);
    }

    // Of another span.
    #fromTheTop() {
        this.#details.scrollTop = 0;
        if (this.#details.contains(document.activeElement))
            this.#details.focus();
    }

    // For what Jaeger's JSON does not have of the span. Without an answer it is not shown.
    async #ask({ id, nth, key }) {
        const json = await api.spans(this.#trace.id, id).catch(() => null);
        const extras = json && extrasOf(json, nth);
        if (!extras)
            return;
        if (this.#extras.size >= EXTRAS_KEPT)
            this.#extras.clear();
        this.#extras.set(key, extras);
        if (this.#details && this.#shown === key)
            this.#draw();
    }

    #close() {
        this.#details.remove();
        this.#details = null;
        this.#waterfall.element.focus();
        note(`/trace/${this.#trace.id}`);
    }

    // ---- keys that do not need the waterfall's focus ----

    #escape() {
        if (this.#details?.contains(document.activeElement))
            this.#waterfall.element.focus();
        else if (this.#details)
            this.#close();
        else if (this.#toolbar.isFinding)
            this.#toolbar.find('');
        else
            back();
    }

    #key(event) {
        const keys = {
            '+': () => this.#waterfall.zoom(2), '=': () => this.#waterfall.zoom(2),
            '-': () => this.#waterfall.zoom(0.5), 0: () => this.#waterfall.showAll(),
            e: () => this.#waterfall.nextError(), p: () => this.#toolbar.togglePath(),
            l: () => this.#toggleLive(),
            n: () => this.#toolbar.step(1), N: () => this.#toolbar.step(-1),
            Escape: () => this.#escape(),
        };
        if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey ||
            document.querySelector('dialog[open]') || !Object.hasOwn(keys, event.key))
            return;
        event.preventDefault();
        keys[event.key]();
    }
}

// Of the address; one that cannot be decoded is no id either.
function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

export function showTrace(root, url, id) {
    const palette = tracePalette();
    let view = null;
    let told = '';
    let isOver = false;

    const nameOf = ({ spans: [first] }) => `${first.service}: ${first.operation} – otelc`;
    const onTrace = (json) => {
        const trace = { ...traceOf(json), palette };
        trace.spans.forEach((span) => palette.place(span.service)); // from the first on
        document.title = nameOf(trace);
        if (view) {
            view.update(trace);
            return;
        }
        root.replaceChildren();
        view = new TraceView(root, trace, watch, url.searchParams.get('span'));
    };
    const onProblem = (problem) => {
        if (view || told === problem.message)
            return;
        told = problem.message;
        root.replaceChildren(problem.status === 404 || problem.status === 400
            ? empty.noSuchTrace(id)
            : empty.failed(problem, () => go(url.pathname + url.search, { replace: true })));
    };
    const watch = new Watch(decoded(id), { onTrace, onProblem, onSwitch: () => view?.showHead() });

    document.title = 'Trace – otelc';
    settled().then(() => isOver || watch.start());
    return () => {
        isOver = true;
        watch.end();
        view?.end();
    };
}

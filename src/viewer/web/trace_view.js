// A trace: its head, the small map of it, the waterfall, and beside that the span that is picked.

import * as api from './api.js';
import * as empty from './empty.js';
import { settled } from './colours.js';
import { details } from './details.js';
import { element, isTyping } from './dom.js';
import { Minimap } from './minimap.js';
import { back, go, note } from './router.js';
import { Toolbar } from './toolbar.js';
import { traceOf } from './trace.js';
import { traceHead } from './trace_head.js';
import { Waterfall } from './waterfall.js';

class TraceView {
    #trace;
    #waterfall;
    #minimap;
    #toolbar;
    #panes = element('div', { class: 'panes' });
    #details = null;
    #onKey = (event) => this.#key(event);

    constructor(root, trace, spanId) {
        this.#trace = trace;
        this.#waterfall = new Waterfall(trace, {
            onCursor: (index) => this.#details && this.#show(index),
            onOpen: (index) => { this.#show(index); this.#details.focus(); },
            onZoom: (part) => this.#minimap.show(part),
        });
        this.#minimap = new Minimap(this.#waterfall);
        this.#toolbar = new Toolbar(this.#waterfall);
        this.#panes.append(this.#waterfall.element);
        root.append(
            traceHead(trace, {
                reload: () => go(location.pathname + location.search, { replace: true }),
                find: (text) => this.#toolbar.find(text),
            }),
            this.#minimap.element, this.#toolbar.element, this.#panes);
        document.addEventListener('keydown', this.#onKey);
        this.#begin(spanId);
    }

    end() {
        document.removeEventListener('keydown', this.#onKey);
        this.#waterfall.end();
        this.#minimap.end();
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
        const made = details(this.#trace, index, {
            onPick: (other) => this.#waterfall.select(other),
            onClose: () => this.#close(),
        });
        const hadFocus = this.#details?.contains(document.activeElement);
        if (this.#details)
            this.#details.replaceWith(made);
        else
            this.#panes.append(made);
        this.#details = made;
        if (hadFocus)
            made.focus();
        note(`/trace/${this.#trace.id}?span=${this.#trace.spans[index].id}`);
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

export function showTrace(root, url, id) {
    let view = null;
    let isOver = false;

    async function load() {
        document.title = 'Trace – otelc';
        try {
            const [json] = await Promise.all([api.trace(decodeURIComponent(id)), settled()]);
            const trace = traceOf(json);
            if (isOver)
                return;
            if (!trace.spans.length)
                throw Object.assign(new Error('The trace has no spans.'), { status: 404 });
            document.title = `${trace.spans[0].service}: ${trace.spans[0].operation} – otelc`;
            view = new TraceView(root, trace, url.searchParams.get('span'));
        } catch (problem) {
            if (isOver)
                return;
            root.replaceChildren(problem.status === 404 || problem.status === 400
                ? empty.noSuchTrace(id)
                : empty.failed(problem, () => go(url.pathname + url.search, { replace: true })));
        }
    }

    load();
    return () => {
        isOver = true;
        view?.end();
    };
}

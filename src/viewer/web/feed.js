// The traces that a search finds, asked for once or, live, again and again: then only for what has
// changed since the answer before.

import * as api from './api.js';
import { settled } from './colours.js';
import { whenSeen } from './dom.js';
import { requestOf } from './query.js';

const EVERY_MS = 1000;

const now = () => Date.now() * 1e3;

const newestFirst = (one, other) =>
    other.start - one.start || (one.traceID < other.traceID ? -1 : 1);

export class Feed {
    #query;
    #onChange;
    #traces = new Map();
    #store = '';
    #seq = 0;
    #held = 0;
    #isTold = false; // of what there is
    #timer;
    #isOver = false;

    // onChange({traces, held}) or onChange({problem})
    constructor(query, onChange) {
        this.#query = query;
        this.#onChange = onChange;
        this.#ask();
    }

    end() {
        this.#isOver = true;
        clearTimeout(this.#timer);
    }

    async #ask() {
        try {
            const [answer] = await Promise.all([
                api.summary(requestOf(this.#query, now(), this.#seq)), settled()]);
            if (this.#isOver)
                return;
            this.#take(answer);
        } catch (problem) {
            if (this.#isOver)
                return;
            this.#onChange({ problem });
            this.#forget();
        }
        if (this.#query.live)
            this.#timer = setTimeout(() => whenSeen(() => this.#isOver || this.#ask()), EVERY_MS);
    }

    #forget() {
        this.#traces.clear();
        this.#seq = 0;
        this.#isTold = false;
    }

    #take({ store, seq, held, traces }) {
        const isOther = this.#seq > 0 && store !== this.#store;
        this.#store = store;
        if (isOther) { // otelc has been started again: all of it the next time
            this.#forget();
            return;
        }
        for (const trace of traces)
            this.#traces.set(trace.traceID, trace);
        this.#seq = seq;
        if (this.#isTold && !traces.length && held === this.#held)
            return;
        this.#isTold = true;
        this.#held = held;
        const list = [...this.#traces.values()].sort(newestFirst);
        for (const old of list.splice(this.#query.limit))
            this.#traces.delete(old.traceID);
        this.#onChange({ traces: list, held });
    }
}

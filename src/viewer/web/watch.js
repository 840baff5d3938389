// Looks after one trace: gets it, and again when it has changed, until nothing has come for a while.

import * as api from './api.js';
import { whenSeen } from './dom.js';

const EVERY_MS = 1000;
const QUIET_MS = 30_000;
const REST = 10; // times as long as it took to get and to show it

export class Watch {
    isOn = false;
    #id;
    #told;
    #store = '';
    #seq = 0;      // of the last answer
    #had = '';     // what the trace had then
    #changed = 0;  // when something came last; performance.now()
    #rest = EVERY_MS;
    #timer;
    #isOver = false;

    // told: {onTrace(json), onProblem(problem), onSwitch()}; onSwitch: isOn has changed.
    constructor(id, told) {
        this.#id = id;
        this.#told = told;
    }

    start() {
        this.#changed = performance.now();
        if (this.isOn)
            return;
        this.#switch(true);
        this.#look();
    }

    stop() {
        clearTimeout(this.#timer);
        this.#switch(false);
    }

    end() {
        this.#isOver = true;
        clearTimeout(this.#timer);
    }

    #switch(isOn) {
        if (this.isOn === isOn)
            return;
        this.isOn = isOn;
        this.#told.onSwitch();
    }

    async #look() {
        try {
            const answer = await api.summaryOf(this.#id, this.#seq);
            if (this.#isOver || !this.isOn)
                return;
            if (await this.#isNew(answer))
                this.#changed = performance.now();
        } catch (problem) {
            if (this.#isOver)
                return;
            this.#told.onProblem(problem);
            if (problem.status === 400) // no such id will ever come
                this.stop();
        }
        if (this.#isOver || !this.isOn)
            return;
        if (performance.now() - this.#changed > QUIET_MS)
            this.stop();
        else
            this.#timer = setTimeout(() => whenSeen(() => this.isOn && this.#look()), this.#rest);
    }

    // Gets the trace where it is another than before.
    async #isNew({ store, seq, traces: [trace] }) {
        const has = trace ? `${trace.spans} ${trace.leftOut}` : this.#had;
        const isOther = this.#seq > 0 && store !== this.#store; // otelc has been started again
        this.#seq = isOther ? 0 : seq;
        this.#store = store;
        if (!has)
            throw api.notFound();
        if (has === this.#had)
            return false;
        const begun = performance.now();
        const json = await api.trace(this.#id);
        if (this.#isOver)
            return false;
        this.#had = has;
        this.#told.onTrace(json);
        this.#rest = Math.max(EVERY_MS, (performance.now() - begun) * REST);
        return true;
    }
}

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
    #turn = 0;     // of the question that counts; one that was stopped meanwhile does not

    // told: {onTrace(json), onProblem(problem), onSwitch()}; onSwitch: isOn has changed.
    constructor(id, told) {
        this.#id = id;
        this.#told = told;
    }

    start() {
        this.#changed = performance.now();
        if (this.isOn)
            return;
        this.isOn = true;
        this.#told.onSwitch();
        this.#look();
    }

    stop() {
        this.end();
        this.#told.onSwitch();
    }

    // The same, and nobody is told any more.
    end() {
        this.#turn++;
        clearTimeout(this.#timer);
        this.isOn = false;
    }

    async #look() {
        const turn = ++this.#turn;
        try {
            const answer = await api.summaryOf(this.#id, this.#seq);
            if (turn !== this.#turn)
                return;
            await this.#take(answer, turn);
        } catch (problem) {
            if (turn !== this.#turn)
                return;
            this.#told.onProblem(problem);
            if (problem.status === 400) // no such id will ever come
                this.stop();
        }
        if (turn === this.#turn)
            this.#lookAgain(turn);
    }

    #lookAgain(turn) {
        if (performance.now() - this.#changed > QUIET_MS)
            this.stop();
        else
            this.#timer = setTimeout(() =>
                whenSeen(() => turn === this.#turn && this.#look()), this.#rest);
    }

    // Gets the trace where it is another than before.
    async #take({ store, seq, traces: [trace] }, turn) {
        const isOther = this.#seq > 0 && store !== this.#store; // otelc has been started again
        const has = trace ? `${trace.spans} ${trace.leftOut}` : this.#had;
        if (!has)
            throw api.notFound();
        if (has !== this.#had) {
            const begun = performance.now();
            const json = await api.trace(this.#id);
            if (turn !== this.#turn)
                return;
            this.#had = has;
            this.#told.onTrace(json);
            this.#changed = performance.now();
            this.#rest = Math.max(EVERY_MS, (this.#changed - begun) * REST);
        }
        this.#store = store;
        this.#seq = isOther ? 0 : seq;
    }
}

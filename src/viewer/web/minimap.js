// All of the trace, small, with the part that is looked at: dragging on it picks another.

import { element, onceAFrame } from './dom.js';
import { isDark, onTheme } from './theme.js';

const HEIGHT = 54;   // px, as in app.css
const DRAG_FROM = 4; // px; less is a click

export class Minimap {
    element;
    #trace;
    #waterfall;
    #canvas = element('canvas');
    #before = element('i', { class: 'shade' });
    #after = element('i', { class: 'shade after' });
    #picked = element('i', { class: 'picked', hidden: true });
    #from = null; // px, where a drag has begun
    #paint = onceAFrame(() => this.#draw());
    #size = new ResizeObserver(this.#paint);
    #endTheme = onTheme(this.#paint);

    // For eyes and mice only; there are keys and buttons that do the same.
    constructor(waterfall) {
        this.#trace = waterfall.trace;
        this.#waterfall = waterfall;
        this.element = element('div', {
            class: 'minimap', 'aria-hidden': 'true',
            title: 'Drag to zoom, double click for all of it',
            on: {
                pointerdown: (event) => this.#begin(event),
                pointermove: (event) => this.#drag(event),
                pointerup: (event) => this.#end(event),
                pointercancel: () => this.#cancel(),
                dblclick: () => waterfall.showAll(),
            },
        }, this.#canvas, this.#before, this.#after, this.#picked);
        this.#size.observe(this.element);
        this.show(waterfall.part);
    }

    end() {
        this.#size.disconnect();
        this.#endTheme();
    }

    // The trace of the waterfall is another one.
    update() {
        this.#trace = this.#waterfall.trace;
        this.show(this.#waterfall.part);
        this.#paint();
    }

    show({ from, to }) {
        const whole = Math.max(this.#trace.duration, 1);
        this.#before.style.width = `${from / whole * 100}%`;
        this.#after.style.width = `${(1 - to / whole) * 100}%`;
    }

    #draw() {
        const { spans, duration } = this.#trace;
        const scale = devicePixelRatio || 1;
        const width = this.element.clientWidth;
        const context = this.#canvas.getContext('2d');
        const high = Math.max(HEIGHT / spans.length, 1 / scale);
        const theme = isDark() ? 'dark' : 'light';
        const colours = new Map(this.#trace.services.map(({ name }) =>
            [name, this.#trace.palette.colourOf(name)[theme]]));

        this.#canvas.width = width * scale;
        this.#canvas.height = HEIGHT * scale;
        context.scale(scale, scale);
        spans.forEach((span, index) => {
            context.fillStyle = colours.get(span.service);
            context.fillRect(span.start / Math.max(duration, 1) * width,
                index / spans.length * HEIGHT,
                Math.max(span.duration / Math.max(duration, 1) * width, 1),
                Math.min(high * 0.8 || high, 4));
        });
    }

    // ---- dragging ----

    #at(event) {
        const { left, width } = this.element.getBoundingClientRect();
        return Math.min(Math.max(event.clientX - left, 0), width);
    }

    #time(px) {
        return px / this.element.clientWidth * this.#trace.duration;
    }

    #begin(event) {
        if (event.button !== 0)
            return;
        this.element.setPointerCapture(event.pointerId);
        this.#from = this.#at(event);
    }

    #drag(event) {
        if (this.#from === null)
            return;
        const to = this.#at(event);
        this.#picked.hidden = false;
        this.#picked.style.left = `${Math.min(this.#from, to)}px`;
        this.#picked.style.width = `${Math.abs(to - this.#from)}px`;
    }

    #end(event) {
        if (this.#from === null)
            return;
        const [from, to] = [this.#from, this.#at(event)].sort((one, other) => one - other);
        this.#cancel();
        if (to - from >= DRAG_FROM) {
            this.#waterfall.show({ from: this.#time(from), to: this.#time(to) });
        } else { // a click: what is shown moves there
            const { from: start, to: end } = this.#waterfall.part;
            const half = (end - start) / 2;
            this.#waterfall.show({ from: this.#time(to) - half, to: this.#time(to) + half });
        }
    }

    #cancel() {
        this.#from = null;
        this.#picked.hidden = true;
    }
}

// The traces as points: when they started, and how long they took, on a scale of powers of ten.

import { clockTicks, decades } from './axis.js';
import { colourOf } from './colours.js';
import { svg } from './dom.js';
import { clock, count, duration } from './format.js';
import { pickable } from './pick.js';
import { go } from './router.js';

const HEIGHT = 150;
const LEFT = 52;
const RIGHT = 14;
const TOP = 10;
const BOTTOM = 22;

function extent(values) {
    let least = Infinity;
    let most = -Infinity;
    for (const value of values) {
        least = Math.min(least, value);
        most = Math.max(most, value);
    }
    return [least, most];
}

// Gives the place of a time and of a duration, and the time of a place.
function scales(traces, width) {
    let [from, to] = extent(traces.map((trace) => trace.start));
    const [least, most] = extent(traces.map((trace) => trace.duration));
    const marks = decades(least, most);
    const low = Math.log10(marks[0]);
    const high = Math.log10(marks.at(-1));

    if (to - from < 2000) { // one moment
        from -= 1e6;
        to += 1e6;
    }
    return {
        from, to, marks,
        x: (time) => LEFT + (time - from) / (to - from) * (width - LEFT - RIGHT),
        time: (x) => from + (x - LEFT) / (width - LEFT - RIGHT) * (to - from),
        y: (took) => HEIGHT - BOTTOM -
            (Math.log10(Math.max(took, 1)) - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
    };
}

const label = (x, y, anchor, text) => svg('text', { x, y, 'text-anchor': anchor }, text);

function axes({ from, to, marks, x, y }, width) {
    const offset = -new Date(from / 1e3).getTimezoneOffset() * 60e6;
    const isFine = to - from < 10e6;
    const every = Math.ceil(marks.length / 5);
    const lines = marks.filter((_, index) => index % every === 0).map((took) => [
        svg('line', { x1: LEFT, x2: width - RIGHT, y1: y(took), y2: y(took) }),
        label(LEFT - 8, y(took) + 4, 'end', duration(took))]);
    const times = clockTicks(from, to, Math.max(2, Math.floor(width / 130)), offset).map((time) =>
        label(x(time), HEIGHT - 6, 'middle', isFine ? clock(time) : clock(time).slice(0, 8)));
    return [...lines.flat(), ...times];
}

// Grows with the spans, by area.
const radius = (spans) => Math.min(3.5 + Math.sqrt(spans) / 4, 11);

function point(trace, { x, y }) {
    const title = `${trace.service}: ${trace.operation}\n${duration(trace.duration)}, ` +
        `${count(trace.spans, 'span')}${trace.errors ? `, ${count(trace.errors, 'error')}` : ''}`;
    return svg('circle', {
        cx: x(trace.start), cy: y(trace.duration), r: radius(trace.spans),
        class: trace.errors ? 'point error' : 'point', vars: colourOf(trace.service),
        on: { click: () => go(`/trace/${trace.traceID}`) },
    }, svg('title', {}, title));
}

function words(traces) {
    const [from, to] = extent(traces.map((trace) => trace.start));
    const [least, most] = extent(traces.map((trace) => trace.duration));
    return `Durations of ${count(traces.length, 'trace')} from ${clock(from)} to ${clock(to)}: ` +
        `${duration(least)} to ${duration(most)}`;
}

// The list below has the same, for those who do not see it or use no mouse. onPick(from, to): a
// part of the time was picked. Gives the picture, and whether something is being picked.
export function scatter(traces, width, onPick) {
    const scale = scales(traces, width);
    const picture = svg('svg', { class: 'scatter', role: 'img', 'aria-label': words(traces), width,
        height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` },
    ...axes(scale, width), ...[...traces].reverse().map((trace) => point(trace, scale)));
    const isPicking = pickable(picture, HEIGHT - BOTTOM, (left, right) =>
        onPick(Math.floor(scale.time(left)), Math.ceil(scale.time(right))));
    return { picture, isPicking };
}

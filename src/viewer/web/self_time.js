// When a span does something itself: none of its children runs then.

import { childrenOf } from './trace.js';

// [{start, end}], in order.
export function selfTimes(spans, index) {
    const span = spans[index];
    const times = [];
    let at = span.start;

    for (const child of childrenOf(spans, index)) { // in the order of their start
        if (spans[child].start > at)
            times.push({ start: at, end: Math.min(spans[child].start, span.end) });
        at = Math.max(at, spans[child].end);
        if (at >= span.end)
            return times;
    }
    if (at < span.end)
        times.push({ start: at, end: span.end });
    return times;
}

export const total = (times) => times.reduce((sum, time) => sum + time.end - time.start, 0);

// The same with what lies nearer than gap put together, so that no more is drawn than is seen.
export function joined(times, gap) {
    const result = [];
    for (const time of times) {
        const last = result.at(-1);
        if (last && time.start - last.end < gap)
            last.end = time.end;
        else
            result.push({ ...time });
    }
    return result;
}

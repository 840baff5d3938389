// What a trace's duration is made of, read from its end: while a span waits for the child that ends
// last, that child is what takes the time, and before it the child that had ended last before.
//
//     parent  ■■■■              ■■■       ■■   ■ on the path
//     a           ■■■■■■■■■■■■■■
//     b            ────────                    b does not delay anything
//     c                            ■■■■■■■

import { childrenOf } from './trace.js';

// The children that count, with what of them lies in from..to, the last to end first.
function waitedFor(spans, indexes, from, to) {
    const inside = [];
    for (const index of indexes) {
        const start = Math.max(spans[index].start, from);
        const end = Math.min(spans[index].end, to);
        if (end > start)
            inside.push({ index, start, end });
    }
    return inside.sort((one, other) => other.end - one.end || one.start - other.start);
}

function* roots(spans) {
    for (let index = 0; index < spans.length; index += spans[index].size)
        yield index;
}

// [[{start, end}]] by span: when it is on the path. Several roots count as children of the trace.
export function criticalPath(spans) {
    const path = spans.map(() => []);
    const to = spans.reduce((most, span) => Math.max(most, span.end), 0);
    const open = [{ index: -1, start: 0, end: to }];

    while (open.length) {
        const { index, start, end } = open.pop();
        const below = index < 0 ? roots(spans) : childrenOf(spans, index);
        let at = end;
        for (const child of waitedFor(spans, below, start, end)) {
            if (child.end > at) // something that ended later was waited for then
                continue;
            if (index >= 0 && child.end < at)
                path[index].push({ start: child.end, end: at });
            open.push(child);
            at = child.start;
        }
        if (index >= 0 && at > start)
            path[index].push({ start, end: at });
        if (index >= 0)
            path[index].reverse();
    }
    return path;
}

// One row of the waterfall: the span's name, nested, and its time as a bar.
//
//     ▾ ● frontend GET /cart  3ms   ▓▓▓░░░░░░░░░░▓▓▓▓░░░░▓▓ 120ms
//                                   ───          ──────────
//     ▓ it does something itself   ░ its children do   ── on the critical path   | an event

import { element } from './dom.js';
import { duration } from './format.js';
import { joined, selfTimes } from './self_time.js';

const EVENTS_SHOWN = 30;

// Marks of start..end within what is shown; null where nothing of it is.
function mark(name, start, end, { from, to }, content) {
    if (end < from || start > to)
        return null;
    const length = to - from;
    const left = (Math.max(start, from - length / 50) - from) / length;
    const right = (Math.min(end, to + length / 50) - from) / length;
    const made = element('i', { class: name }, content);
    made.style.left = `${left * 100}%`;
    made.style.width = `${(right - left) * 100}%`;
    return made;
}

// Beside the bar, where app.css leaves room for it even at the end.
function took(span, { from, to }) {
    const length = to - from;
    const right = (span.end - from) / length;
    const made = element('span', { class: 'took' }, duration(span.duration));
    if (span.end < from)
        made.classList.add('before');
    else if (span.start > to)
        made.classList.add('after');
    else if (right > 1)
        made.classList.add('inside');
    else
        made.style.left = `calc(${right * 100}% + 6px)`;
    return made;
}

function eventMarks(trace, span, part) {
    return (span.raw.logs ?? []).slice(0, EVENTS_SHOWN).map((log) => {
        const at = Number(log.timestamp) - trace.start;
        return mark('event', at, at, part);
    });
}

function timeline(view, index) {
    const { trace, part, width } = view;
    const span = trace.spans[index];
    const gap = (part.to - part.from) / width * 2; // two pixels
    const marks = (name, times) => joined(times, gap)
        .map((time) => mark(name, time.start, time.end, part));
    return element('div', { role: 'gridcell', class: 'timeline',
        vars: trace.palette.colourOf(span.service) },
        mark('span', span.start, span.end, part),
        marks('self', selfTimes(trace.spans, index)),
        view.showsPath && marks('path', view.path[index]),
        eventMarks(trace, span, part),
        took(span, part),
        element('span', { class: 'unseen' }, `, from ${duration(span.start)} on`));
}

function name(view, index) {
    const { spans, palette } = view.trace;
    const span = spans[index];
    const above = spans[span.parent];
    const isSame = above?.service === span.service;
    const hidden = view.collapsed.has(index) ? span.size - 1 : 0;
    return element('div', { role: 'gridcell', class: 'name', vars: { depth: span.depth } },
        element('i', { class: 'nest', 'aria-hidden': 'true' }),
        element('i', { class: span.size > 1 ? 'fold' : 'leaf', 'aria-hidden': 'true' }),
        element('i', { class: 'dot', vars: palette.colourOf(span.service) }),
        element('b', { class: isSame ? 'service unseen' : 'service' }, span.service), ' ',
        element('span', { class: 'operation' }, span.operation),
        hidden > 0 && element('span', { class: 'hidden-count' }, `+${hidden.toLocaleString('en')}`),
        span.error && element('span', { class: 'error' }, 'error'));
}

// view: {trace, path, showsPath, part, width, collapsed, matches}; number: of the row, from 0.
export function row(view, index, number) {
    const span = view.trace.spans[index];
    const made = element('div', {
        role: 'row', id: `span-${index}`, class: view.matches.has(index) ? 'row match' : 'row',
        'aria-level': span.depth + 1, 'aria-rowindex': number + 2,
        'aria-expanded': span.size > 1 ? String(!view.collapsed.has(index)) : null,
    }, name(view, index), timeline(view, index));
    made.dataset.index = index;
    return made;
}

// All that is known of one span.

import { element } from './dom.js';
import { clock, count, day, duration } from './format.js';
import { droppedText } from './otlp.js';
import { ANY, addressOf } from './query.js';
import { selfTimes, total } from './self_time.js';
import { copy } from './toast.js';

// Made of the span's own fields, which are shown above or below.
const MADE = /^otel\.(scope\.|library\.|status_|dropped_)|^(span\.kind|w3c\.tracestate)$/;
const INDENT = 2;

// JSON in a value is laid out; anything else is what it is.
function valueText({ value, type }) {
    const text = String(value);
    if (type !== 'string' || !/^\s*[[{]/.test(text))
        return text;
    try {
        return JSON.stringify(JSON.parse(text), null, INDENT);
    } catch {
        return text;
    }
}

const searchLink = (tag, service) => element('a', {
    class: 'seek', title: 'Search for it', 'aria-label': `Search for ${tag.key}`,
    href: addressOf({ ...ANY, service, tags: { [tag.key]: String(tag.value) } }) }, '⌕');

// service: to search for a value in; without it there is no link for that.
function table(tags, service) {
    return element('table', {}, element('tbody', {}, tags.map((tag) => element('tr', {},
        element('th', { scope: 'row' }, tag.key),
        element('td', { class: `value ${/^\w+$/.test(tag.type ?? '') ? tag.type : ''}` },
            valueText(tag)),
        service != null && element('td', { class: 'go' }, searchLink(tag, service))))));
}

const section = (title, number, ...content) => element('details', { open: true },
    element('summary', {}, title,
        number != null && element('span', { class: 'n' }, String(number))),
    content);

const fact = (name, ...content) => content.some((one) => one || one === 0) &&
    element('div', {}, element('dt', {}, name), element('dd', {}, content));

const said = (span, key) => span.raw.tags?.find((tag) => tag.key === key)?.value;

function status(span) {
    const code = span.error ? 'error' : said(span, 'otel.status_code')?.toLowerCase() ?? '';
    const message = said(span, 'otel.status_description');
    return code || message ? element('span', { class: span.error ? 'error' : '' },
        [code, message].filter(Boolean).join(': ')) : null;
}

function dropped(span) {
    const number = (what) => Number(said(span, `otel.dropped_${what}s_count`)) || 0;
    return droppedText({ attribute: number('attribute'), event: number('event'),
        link: number('link') });
}

// A link to a span of this trace: the waterfall goes there.
const nearLink = (trace, index, onPick) => element('a', {
    href: `/trace/${trace.id}?span=${trace.spans[index].id}`,
    on: { click: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey)
            return;
        event.preventDefault();
        onPick(trace.spans[index].key);
    } },
}, `${trace.spans[index].service}: ${trace.spans[index].operation}`);

function parent(trace, span, onPick) {
    if (span.parent >= 0)
        return nearLink(trace, span.parent, onPick);
    if (!span.parentId)
        return 'none: a root';
    return `${span.parentId}, which ${span.isOrphan ? 'is not here' : 'is below it'}`;
}

function facts(trace, index, onPick) {
    const span = trace.spans[index];
    return element('dl', { class: 'facts' },
        fact('Duration', duration(span.duration)),
        fact('Self time', duration(total(selfTimes(trace.spans, index)))),
        fact('Starts', `${duration(span.start)} in, ${clock(trace.start + span.start)}`),
        fact('Kind', span.kind),
        fact('Status', status(span)),
        fact('Parent', parent(trace, span, onPick)),
        fact('Below', span.size > 1 && count(span.size - 1, 'span')),
        fact('Dropped', dropped(span)),
        fact('Span id', element('code', {}, span.id)),
        fact('Trace state', said(span, 'w3c.tracestate') &&
            element('code', {}, said(span, 'w3c.tracestate'))));
}

const lost = (number) => number > 0 &&
    element('p', {}, element('small', {}, `${droppedText({ attribute: number })} dropped`));

function eventOf(trace, span, log, droppedNumber = 0) {
    const fields = log.fields ?? [];
    const named = fields.find((field) => field.key === 'event');
    const rest = fields.filter((field) => field !== named);
    const at = Number(log.timestamp) - trace.start;
    return element('li', {},
        element('h3', {}, named ? String(named.value) : 'event', ' ',
            element('time', { title: `${day(trace.start + at)} ${clock(trace.start + at)}` },
                `${duration(at - span.start)} in`)),
        rest.length > 0 && table(rest), lost(droppedNumber));
}

const longId = (id) => id.padStart(32, '0');

function linkOf(trace, link, onPick) {
    const near = longId(link.traceID) === longId(trace.id)
        ? trace.spans.findIndex((span) => span.id === link.spanID) : -1;
    return element('li', {}, near >= 0 ? nearLink(trace, near, onPick)
        : element('a', { href: `/trace/${link.traceID}?span=${link.spanID}` },
            `${link.traceID} / ${link.spanID}`),
    link.refType && [' ', element('small', {},
        link.refType === 'CHILD_OF' ? 'child of' : 'follows from')],
    link.state && element('p', {}, element('small', {}, 'trace state '),
        element('code', {}, link.state)),
    link.tags?.length > 0 && table(link.tags), lost(link.dropped));
}

function scopeTags(tags) {
    return tags.filter((tag) => /^otel\.(scope|library)\./.test(tag.key)).map((tag) =>
        ({ ...tag, key: tag.key.replace(/^otel\.(scope|library)\./, '') }));
}

// Of a scope or a resource, beyond its attributes.
const rest = ({ schemaUrl, dropped: number } = {}) => [
    schemaUrl && { key: 'schema URL', value: schemaUrl },
    number > 0 && { key: 'dropped', value: droppedText({ attribute: number }) },
].filter(Boolean);

// extras: of otlp.js; null while they are not known.
function sections(trace, span, extras, onPick) {
    const tags = span.raw.tags ?? [];
    const own = tags.filter((tag) => !MADE.test(tag.key));
    const logs = span.raw.logs ?? [];
    const scopes = [...scopeTags(tags), ...(extras?.scope.tags ?? []), ...rest(extras?.scope)];
    const links = extras?.links ?? span.links;
    const resource = span.process?.tags ?? [];
    const warnings = span.raw.warnings ?? [];
    return [
        warnings.length && section('Warnings', warnings.length,
            element('ul', { class: 'plain' }, warnings.map((text) => element('li', {}, text)))),
        section('Attributes', own.length, own.length > 0 && table(own, span.service)),
        logs.length && section('Events', logs.length,
            element('ol', { class: 'plain' }, logs.map((log, index) =>
                eventOf(trace, span, log, extras?.events[index])))),
        links.length && section('Links', links.length, element('ul', { class: 'plain' },
            links.map((link) => linkOf(trace, link, onPick)))),
        scopes.length && section('Scope', null, table(scopes)),
        section('Resource', resource.length + 1, table([
            { key: 'service.name', type: 'string', value: span.service }, ...resource,
            ...rest(extras?.resource)])),
    ].filter(Boolean);
}

// onPick(key): of a span that is linked; onClose(): by its button.
export function details(trace, index, extras, { onPick, onClose }) {
    const span = trace.spans[index];
    const link = new URL(`/trace/${trace.id}?span=${span.id}`, location.origin).href;
    return element('aside', { class: 'details', 'aria-label': 'Span', tabindex: -1 },
        element('header', {},
            element('h2', {}, element('i', { class: 'dot', vars: trace.palette.colourOf(span.service) }),
                element('span', { class: 'service' }, span.service), ' ',
                span.operation),
            element('button', { type: 'button',
                on: { click: () => copy(link, 'link to this span') } }, 'Copy link'),
            element('button', { type: 'button', class: 'icon', 'aria-label': 'Close the span',
                on: { click: onClose } }, '✕')),
        facts(trace, index, onPick), ...sections(trace, span, extras, onPick));
}

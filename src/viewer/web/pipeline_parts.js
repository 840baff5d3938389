// The parts of the page besides the graph: each makes one section out of the server's answer.

import { element } from './dom.js';
import { advise, remedyOf } from './pipeline_advice.js';
import { brief, byPipeline, bytes, growth, idOf, kindOf, number, rate, uptime } from './pipeline_numbers.js';

const SIGNS = { good: '✓', note: 'i', bad: '!' };
const NAMES = { good: 'fine', note: 'note', bad: 'problem' };

const clock = (unixMs) => new Date(unixMs).toLocaleTimeString('en-GB');
const time = (unixMs) => element('time', { datetime: new Date(unixMs).toISOString() }, clock(unixMs));

function table(caption, heads, rows, none) {
    if (rows.length === 0)
        return element('p', { class: 'none' }, none);
    return element('div', { class: 'wide', tabindex: 0, role: 'group', 'aria-label': caption },
        element('table', {},
            element('caption', {}, caption),
            element('thead', {}, element('tr', {}, heads.map((head) => element('th', { scope: 'col' }, head)))),
            element('tbody', {}, rows.map((row) => element('tr', {}, row.map((cell, i) =>
                element(i ? 'td' : 'th', i ? {} : { scope: 'row' }, cell ?? '')))))));
}

export function adviceOf(now, before) {
    return element('ol', { class: 'advice' }, advise(now, before).map(({ state, text, fix, unixMs }) =>
        element('li', { class: state },
            element('span', { class: 'sign', role: 'img', 'aria-label': NAMES[state] }, SIGNS[state]),
            element('div', {},
                element('p', {}, text, unixMs ? [' (', time(unixMs), ')'] : null),
                fix ? element('p', { class: 'fix' }, fix) : null))));
}

export function factsOf(now) {
    const { used, limit } = now.memory;
    const share = limit > 0 ? used / limit : 0;
    const fact = (name, ...value) => element('div', {}, element('dt', {}, name), element('dd', {}, value));
    return element('dl', { class: 'facts' },
        fact('State', now.phase),
        fact('Uptime', uptime(now.nowUnixMs - now.startUnixMs)),
        fact('Configuration since', time(now.configUnixMs)),
        fact('Workers', String(now.workers)),
        fact('Version', now.version),
        fact('Memory of data', `${bytes(used)} of ${bytes(limit)}`,
            element('meter', { min: 0, max: 1, high: 0.8, value: share, 'aria-label': 'memory budget used' })));
}

const STAGES = [
    ['came in', ['incoming', 'accepted']], ['passed on', ['sent', 'outgoing']], ['waiting', ['queue']],
    ['refused', ['refused', 'enqueue_failed']], ['failed', ['failed', 'send_failed']],
    ['dropped', ['dropped']], ['retried', ['retried']],
];

// Of several counters the first that there is.
const firstOf = (now, where, whats, signal) =>
    whats.map((what) => number(now.counts, where, what, signal)).find((value) => value !== undefined);

// One row: what it counts, in the order of STAGES, and how much passes in a second.
function stageOf(now, before, pipeline, where) {
    const speed = rate(now, before, where, pipeline.signal);
    return [STAGES.map(([, whats]) => firstOf(now, where, whats, pipeline.signal)), speed];
}

// The same for a connector, in a pipeline that feeds it (isBehind), or that it feeds.
function connectorStageOf(now, before, { id }, where, isBehind) {
    const what = isBehind ? 'incoming' : 'outgoing';
    const read = (counts) => byPipeline(counts, where, what, id);
    return [STAGES.map(([, whats]) => whats.includes(what) ? read(now.counts) : undefined), growth(now, before, read)];
}

function rowOf(now, before, pipeline, where, isBehind) {
    const [counts, speed] = kindOf(where) === 'connectors'
        ? connectorStageOf(now, before, pipeline, where, isBehind) : stageOf(now, before, pipeline, where);
    return [`${pipeline.id}: ${kindOf(where).slice(0, -1)} ${idOf(where)}`, ...counts.map(brief), brief(speed)];
}

export function stagesOf(now, before) {
    const rows = now.pipelines.filter((pipeline) => !pipeline.notServed).flatMap((pipeline) => [
        ...[...pipeline.receivers, ...pipeline.processors].map((where) => rowOf(now, before, pipeline, where, false)),
        ...pipeline.exporters.map((where) => rowOf(now, before, pipeline, where, true)),
    ]);
    return table('Each item, counted at each stage', ['Stage', ...STAGES.map(([name]) => name), 'in a second'],
        rows, 'No pipeline runs.');
}

export const refusedOf = (now) => table('The last refusals',
    ['When', 'Where', 'What', 'From', 'Times', 'Why', 'What to do'],
    now.refused.map((refused) => [time(refused.unixMs), refused.where, refused.what,
        refused.agent ? `${refused.peer} (${refused.agent})` : refused.peer, brief(refused.times),
        refused.why, remedyOf(refused.why)]),
    'Nothing was refused.');

export const warningsOf = (now) => table('The last warnings and errors', ['When', 'Level', 'Where', 'What', 'Times'],
    now.warnings.map((line) => [time(line.unixMs), line.level, line.where, line.text, brief(line.times)]),
    'No warnings.');

export const clientsOf = (now) => table('Clients by what they call themselves (user-agent)',
    ['Client', 'Connections', 'Requests', 'Last seen', 'At'],
    now.clients.map((client) => [client.agent || '(tells no name)', brief(client.connections),
        brief(client.requests), time(client.seenUnixMs), client.where]),
    'No client has come yet.');

export const componentsOf = (now) => table('Components', ['Component', 'Listens on', 'What it does'],
    now.components.filter(({ used }) => used).map(({ where, endpoints, help }) => [where, endpoints.join(', '), help]),
    'There are none.');

export const configOf = (now) => element('div', {},
    element('p', {}, `Read from ${now.files.join(', ') || 'the command line'}.`),
    now.config ? element('pre', { tabindex: 0, role: 'group', 'aria-label': 'the configuration in force' }, now.config) : null);

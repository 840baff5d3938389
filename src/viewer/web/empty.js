// What is shown where nothing is, with what to do about it.

import * as api from './api.js';
import { element } from './dom.js';
import { appEndpoint, generator } from './endpoint.js';
import { copy } from './toast.js';

const command = (text) => element('div', { class: 'command' },
    element('code', {}, text),
    element('button', { type: 'button', on: { click: () => copy(text, text) } }, 'Copy'));

const howToSend = (endpoint) => [
    element('h2', {}, 'No traces yet'),
    element('p', {}, 'They show up here as soon as they arrive. Point an app with an ' +
        'OpenTelemetry SDK at this collector:'),
    command(`OTEL_EXPORTER_OTLP_ENDPOINT=http://${endpoint.host}:${endpoint.port} ` +
        'OTEL_EXPORTER_OTLP_PROTOCOL=grpc your-app'),
    element('p', {}, 'The same port takes http/protobuf and http/json. ' +
        'Without an app at hand, let otelc make some traces:'),
    command(generator(endpoint)),
    element('p', {}, 'An app sends, and still there is nothing? ',
        element('a', { href: '/pipeline' }, 'The pipeline’s page'),
        ' counts spans at each stage, with what was refused and why.')];

// No trace has come yet. It says where to send to as soon as that is known.
export function noTraces() {
    const made = element('section', { class: 'empty' }, howToSend(appEndpoint()));
    api.overview().then((overview) =>
        made.replaceChildren(...howToSend(appEndpoint(overview, location.hostname))), () => {});
    return made;
}

// Traces are there, but not such.
export const noneSuch = (held) => element('section', { class: 'empty' },
    element('h2', {}, 'No trace matches'),
    element('p', {}, `${held.toLocaleString('en')} ${held === 1 ? 'trace is' : 'traces are'} ` +
        'held. Leave out a condition.'),
    element('p', {}, element('a', { class: 'button', href: '/' }, 'Show all')));

export const noSuchTrace = (id) => element('section', { class: 'empty' },
    element('h1', {}, 'This trace is not here'),
    element('p', {}, 'The viewer keeps the last traces in memory: this one may not have arrived ' +
        'yet (it opens here when it does), or it had to make room for newer ones (max_memory_mib and max_traces of the viewer ' +
        'say how many are kept), or otelc has been started anew.'),
    element('p', {}, element('code', {}, id)),
    element('p', {}, element('a', { class: 'button', href: '/' }, 'All traces')));

export const failed = (problem, again) => element('section', { class: 'empty', role: 'alert' },
    element('h2', {}, 'That did not work'),
    element('p', {}, problem.message),
    element('button', { type: 'button', class: 'button', on: { click: again } }, 'Try again'));

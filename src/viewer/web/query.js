// What is searched for: as the form has it, as the address has it, as the API wants it.

import { readDuration } from './format.js';

const LOOKBACK = { '5m': 300e6, '15m': 900e6, '1h': 3600e6, '6h': 21600e6, '24h': 86400e6 };
const TEXTS = ['service', 'operation', 'minDuration', 'maxDuration', 'start', 'end'];
const LIMITS = [20, 50, 200, 1000];

export { LIMITS };

export const ANY = Object.freeze({
    service: '', operation: '', tags: {}, minDuration: '', maxDuration: '', error: false,
    lookback: '', start: '', end: '', limit: 50, live: false,
});

function tagsOf(text) {
    try {
        const tags = JSON.parse(text);
        return tags && typeof tags === 'object' && !Array.isArray(tags) ? tags : {};
    } catch {
        return {};
    }
}

// Of an address's parameters; what is not as it should be counts as not given.
export function queryOf(parameters) {
    const query = { ...ANY };
    for (const name of TEXTS)
        query[name] = parameters.get(name) ?? '';
    query.tags = tagsOf(parameters.get('tags') ?? '{}');
    query.error = parameters.get('error') === 'true';
    query.live = parameters.get('live') === 'true';
    if (Object.hasOwn(LOOKBACK, parameters.get('lookback') ?? ''))
        query.lookback = parameters.get('lookback');
    if (LIMITS.includes(Number(parameters.get('limit'))))
        query.limit = Number(parameters.get('limit'));
    return query;
}

function parametersOf(query, names) {
    const parameters = new URLSearchParams();
    for (const name of names)
        if (query[name])
            parameters.set(name, query[name]);
    if (Object.keys(query.tags).length)
        parameters.set('tags', JSON.stringify(query.tags));
    return parameters;
}

// The address of a search, to be shared.
export function addressOf(query) {
    const parameters = parametersOf(query, [...TEXTS, 'lookback', 'error', 'live']);
    if (query.limit !== ANY.limit)
        parameters.set('limit', query.limit);
    const text = parameters.toString();
    return text ? `/search?${text}` : '/search';
}

// What is asked of the server; now: in µs; after: only what has changed since then.
export function requestOf(query, now, after = 0) {
    const parameters = parametersOf(query, [...TEXTS, 'error']);
    if (query.lookback && !query.start)
        parameters.set('start', Math.round(now - LOOKBACK[query.lookback]));
    parameters.set('limit', query.limit);
    if (after)
        parameters.set('after', after);
    return parameters;
}

// Does it narrow what is shown?
export const isNarrow = (query) =>
    parametersOf(query, [...TEXTS, 'lookback', 'error']).toString() !== '';

// What is wrong with a duration, told to the one who typed it; '' where nothing is.
export function durationProblem(text) {
    if (!text || readDuration(text) >= 0)
        return '';
    return 'write a number and a unit: 200us, 1.5ms, 2s, 1m30s';
}

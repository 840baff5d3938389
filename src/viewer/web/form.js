// The form that a search is made with.

import * as api from './api.js';
import { element } from './dom.js';
import { ANY, LIMITS, durationProblem } from './query.js';
import { readTags, writeTags } from './tags.js';

const LOOKBACKS = [['', 'any time'], ['5m', 'last 5 minutes'], ['15m', 'last 15 minutes'],
    ['1h', 'last hour'], ['6h', 'last 6 hours'], ['24h', 'last day']];

// The field that was used last: the form of the search that it makes continues there.
let usedField = '';

const option = (value, text, selected) =>
    element('option', { value, selected: value === selected }, text);

const field = (label, control, hint) => element('label', { class: 'field' },
    element('span', {}, label), control, hint && element('small', {}, hint));

// A select that has one more choice than the names, for none of them; chosen may be unknown yet.
function fill(select, names, chosen, all) {
    const known = chosen && !names.includes(chosen) ? [...names, chosen] : names;
    select.replaceChildren(option('', all, chosen),
        ...[...known].sort().map((name) => option(name, name, chosen)));
}

export class SearchForm {
    element;
    #query;
    #onSearch;
    #fields;

    // onSearch(query): when it is sent, or one of its choices changes.
    constructor(query, onSearch) {
        this.#query = query;
        this.#onSearch = onSearch;
        this.#fields = this.#makeFields(query);
        this.element = this.#makeForm(query);
        this.#fillServices();
        this.#fillOperations(query.service, query.operation);
    }

    #makeFields(query) {
        const text = (name, placeholder, more = {}) => element('input', {
            type: 'text', name, placeholder, value: query[name], autocomplete: 'off',
            spellcheck: 'false', ...more });
        return {
            service: element('select', { name: 'service' }),
            operation: element('select', { name: 'operation' }),
            tags: text('tags', 'http.route="/cart" error=true',
                { value: writeTags(query.tags), 'data-find': true }),
            minDuration: text('minDuration', '10ms'),
            maxDuration: text('maxDuration', '1.5s'),
            error: element('input', { type: 'checkbox', name: 'error', checked: query.error }),
            lookback: element('select', { name: 'lookback' },
                LOOKBACKS.map(([value, name]) => option(value, name, query.lookback))),
            limit: element('select', { name: 'limit' }, LIMITS.map((limit) =>
                option(String(limit), String(limit), String(query.limit)))),
        };
    }

    #makeForm() {
        const fields = this.#fields;
        const clear = element('a', { class: 'button', href: '/' }, 'Clear');
        return element('form', {
            class: 'search', role: 'search', 'aria-label': 'Search traces',
            on: {
                submit: (event) => { event.preventDefault(); this.#send(); },
                change: (event) => this.#changed(event.target),
                input: (event) => event.target.setCustomValidity?.(''),
            },
        },
        field('Service', fields.service),
        field('Operation', fields.operation),
        field('Tags', fields.tags, 'key=value, all of them in one span'),
        element('div', { class: 'pair' },
            field('Min duration', fields.minDuration), field('Max duration', fields.maxDuration)),
        element('label', { class: 'check' }, fields.error, 'Only with errors'),
        element('div', { class: 'pair' },
            field('Time', fields.lookback), field('At most', fields.limit)),
        element('div', { class: 'pair' },
            element('button', { type: 'submit', class: 'button primary' }, 'Search'), clear));
    }

    async #fillServices() {
        fill(this.#fields.service, [], this.#query.service, 'all services');
        const names = await api.services().catch(() => []);
        fill(this.#fields.service, names, this.#fields.service.value, 'all services');
    }

    async #fillOperations(service, chosen) {
        const select = this.#fields.operation;
        fill(select, [], chosen, 'all operations');
        select.disabled = !service;
        const names = service ? await api.operations(service).catch(() => []) : [];
        if (this.#fields.service.value === service)
            fill(select, names, select.value, 'all operations');
    }

    // Choices are looked at while they are made; what is typed is sent by Enter.
    #changed(target) {
        if (target === this.#fields.service)
            this.#fillOperations(target.value, '');
        if (target.matches('select, [type=checkbox]'))
            this.#send();
    }

    #isValid(tags) {
        const { minDuration, maxDuration } = this.#fields;
        for (const one of [minDuration, maxDuration])
            one.setCustomValidity(durationProblem(one.value.trim()));
        this.#fields.tags.setCustomValidity(
            tags ? '' : 'write key=value, with quotes around what has spaces: name="a b"');
        return this.element.reportValidity();
    }

    // To be called once the form is in the page.
    continue() {
        this.#fields[usedField]?.focus();
        usedField = '';
    }

    // Asked again while it is open, as services come.
    refresh() {
        this.#fillServices();
    }

    #send() {
        const fields = this.#fields;
        const tags = readTags(fields.tags.value);
        if (!this.#isValid(tags))
            return;
        const query = { ...ANY, tags, error: fields.error.checked,
            limit: Number(fields.limit.value) };
        for (const name of ['service', 'operation', 'minDuration', 'maxDuration', 'lookback'])
            query[name] = fields[name].value.trim();
        if (this.element.contains(document.activeElement))
            usedField = document.activeElement.name;
        this.#onSearch(query);
    }
}

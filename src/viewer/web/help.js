// The keys, in a dialog.

import { element } from './dom.js';

const KEYS = [
    ['Everywhere', [
        ['/', 'find: the form’s tags, or text in the trace'],
        ['?', 'these keys'],
        ['Esc', 'close, clear, back to the list'],
    ]],
    ['List of traces', [
        ['↑ ↓', 'the trace above, below'],
        ['Enter', 'open it'],
        ['l', 'live on and off'],
    ]],
    ['A trace', [
        ['↑ ↓', 'the span above, below (also Page Up, Page Down, Home, End)'],
        ['→ ←', 'expand or to the first child; collapse or to the parent'],
        ['Enter', 'the span’s details'],
        ['+ − 0', 'zoom in, out, all of it'],
        ['Shift ← →', 'move the zoomed part'],
        ['f', 'zoom to the span'],
        ['n N', 'the next match, the one before'],
        ['e', 'the next error'],
        ['p', 'critical path on and off'],
        ['l', 'live on and off'],
    ]],
];

const rows = (keys) => keys.map(([key, text]) =>
    [element('dt', {}, element('kbd', {}, key)), element('dd', {}, text)]).flat();

function dialog() {
    const close = element('button', { type: 'button', class: 'icon', 'aria-label': 'Close' }, '✕');
    const made = element('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
        element('header', {}, element('h2', { id: 'help-title' }, 'Keys'), close),
        KEYS.map(([title, keys]) => [element('h3', {}, title), element('dl', {}, rows(keys))])
            .flat());
    close.addEventListener('click', () => made.close());
    made.addEventListener('close', () => made.remove());
    made.addEventListener('click', (event) => {
        if (event.target === made) // beside it
            made.close();
    });
    return made;
}

export function showHelp() {
    if (document.querySelector('dialog.help'))
        return;
    const made = dialog();
    document.body.append(made);
    made.showModal();
}

export const helpButton = () => element('button', {
    type: 'button', class: 'icon', 'aria-label': 'Keys', title: 'Keys (?)', on: { click: showHelp },
}, '?');

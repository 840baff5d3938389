// Light or dark: as the system has it, or as the switch says, which the browser remembers.

import { element } from './dom.js';

const KEY = 'otelc-theme';
const NAMES = { auto: 'as the system', light: 'light', dark: 'dark' };
const SIGNS = { auto: '◐', light: '☀', dark: '☾' };

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

function kept() {
    try {
        const theme = localStorage.getItem(KEY);
        return Object.hasOwn(NAMES, theme) ? theme : 'auto';
    } catch { // no storage for this page
        return 'auto';
    }
}

let theme = kept();

const changed = () => listeners.forEach((listener) => listener());

function set(next) {
    theme = next;
    document.documentElement.dataset.theme = theme;
    try {
        localStorage.setItem(KEY, theme);
    } catch {
        // It holds for this page then.
    }
    changed();
}

export const isDark = () => theme === 'auto' ? system.matches : theme === 'dark';

// Calls it whenever that changes; gives what ends it.
export function onTheme(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

export function themeSwitch() {
    const sign = element('span', { 'aria-hidden': 'true' });
    const button = element('button', { type: 'button', class: 'icon', on: { click: () => {
        const names = Object.keys(NAMES);
        set(names[(names.indexOf(theme) + 1) % names.length]);
        show();
    } } }, sign);
    const show = () => {
        sign.textContent = SIGNS[theme];
        button.setAttribute('aria-label', `Colours: ${NAMES[theme]}`);
        button.title = `Colours: ${NAMES[theme]}`;
    };
    show();
    return button;
}

document.documentElement.dataset.theme = theme;
system.addEventListener('change', changed);

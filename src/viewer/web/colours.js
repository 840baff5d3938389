// A colour for each service, the same wherever it is shown. In a trace, where they stand side by
// side, those that would have the same one get others.

import * as api from './api.js';
import { Palette } from './palette.js';

const all = new Palette();

// Gives places to all services in the order of the alphabet, so that they do not depend on which is
// shown first. Without an answer they do.
async function settle() {
    for (const name of (await api.services()).sort())
        all.place(name);
}

const settling = settle().catch(() => {});

// To be awaited before the first colour is asked for.
export const settled = () => settling;

export const colourOf = (name) => all.colourOf(name);

export const tracePalette = () => new Palette((name) => all.place(name));

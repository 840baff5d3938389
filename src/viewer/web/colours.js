// A colour for each service: the same wherever it is shown, and of no two the same while there are
// few. A name picks its place by its hash; where that is taken, by the next that is free.

import * as api from './api.js';

const HUES = 12;
const SHADES = 2;
const PLACES = HUES * SHADES;

const places = new Map(); // by name
const taken = new Set();

function hash(name) {
    let sum = 2166136261;
    for (let index = 0; index < name.length; index++)
        sum = Math.imul(sum ^ name.charCodeAt(index), 16777619);
    return sum >>> 0;
}

function placeOf(name) {
    let place = hash(name) % PLACES;
    while (taken.has(place) && taken.size < PLACES)
        place = (place + 7) % PLACES; // 7: prime to PLACES, and far from the neighbour's colour
    taken.add(place);
    return place;
}

function shade(name) {
    if (!places.has(name))
        places.set(name, placeOf(name));
    const place = places.get(name);
    return { hue: (place % HUES) * (360 / HUES) + 15, deep: place >= HUES };
}

// Gives places to all services in the order of the alphabet, so that they do not depend on which is
// shown first. Without an answer they do.
async function settle() {
    for (const name of (await api.services()).sort())
        shade(name);
}

const settling = settle().catch(() => {});

// To be awaited before the first colour is asked for.
export const settled = () => settling;

// The variables that app.css makes the colour of.
export function colourOf(name) {
    const { hue, deep } = shade(name);
    return { hue, deep: deep ? 1 : 0 };
}

// The same as app.css has it, for a canvas.
export function paint(name, isDark) {
    const { hue, deep } = shade(name);
    const light = isDark ? 0.74 - (deep ? 0.16 : 0) : 0.66 - (deep ? 0.16 : 0);
    return `oklch(${light} ${isDark ? 0.12 : 0.14} ${hue})`;
}

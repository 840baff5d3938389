// Colours for services, by name: of no two the same hue while they are twelve at most, of no two
// the same colour up to twenty-four.

const HUES = 12;
const PLACES = 2 * HUES; // the second half is deeper
const STEP = 5;          // prime to HUES: from a hue that is taken to one that is far from it

// Lightness in a light and in a dark theme. Every other hue is a bit deeper, which tells neighbours
// apart.
const LIGHT = { lightness: 0.62, chroma: 0.14, odd: 0.06, deep: 0.14 };
const DARK = { lightness: 0.77, chroma: 0.12, odd: 0.06, deep: 0.13 };

export function hash(name) {
    let sum = 2166136261;
    for (let index = 0; index < name.length; index++)
        sum = Math.imul(sum ^ name.charCodeAt(index), 16777619);
    return sum >>> 0;
}

function paint(place, { lightness, chroma, odd, deep }) {
    const made = lightness - (place % 2 ? odd : 0) - (place >= HUES ? deep : 0);
    return `oklch(${made.toFixed(2)} ${chroma} ${(place % HUES) * (360 / HUES) + 15})`;
}

export class Palette {
    #wish;
    #places = new Map(); // by name

    // wish(name): the place that it has where that is free; its hash, in the lighter half.
    constructor(wish = (name) => hash(name) % HUES) {
        this.#wish = wish;
    }

    place(name) {
        if (!this.#places.has(name))
            this.#places.set(name, this.#free(this.#wish(name)));
        return this.#places.get(name);
    }

    // {light, dark}: as variables of CSS, of which app.css makes the colour.
    colourOf(name) {
        const place = this.place(name);
        return { light: paint(place, LIGHT), dark: paint(place, DARK) };
    }

    #free(wish) {
        const taken = new Set(this.#places.values());
        const hues = new Set([...taken].map((place) => place % HUES));
        for (let step = 0, hue = wish % HUES; step < HUES; step++, hue = (hue + STEP) % HUES)
            if (!hues.has(hue))
                return hue + (wish - wish % HUES);
        for (let step = 0, place = wish; step < PLACES; step++, place = (place + STEP) % PLACES)
            if (!taken.has(place))
                return place;
        return wish;
    }
}

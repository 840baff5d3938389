// The part of a trace that is looked at: {from, to} in 0..whole.

const LEAST = 1; // µs

export function within(whole, from, to) {
    const length = Math.min(Math.max(to - from, LEAST), Math.max(whole, LEAST));
    const start = Math.min(Math.max(from, 0), Math.max(whole, LEAST) - length);
    return { from: start, to: start + length };
}

// factor: above 1 shows less; what is at `at` stays where it is.
export function zoomed(part, whole, factor, at = (part.from + part.to) / 2) {
    return within(whole, at - (at - part.from) / factor, at + (part.to - at) / factor);
}

// share: of what is shown; below 0 to the left.
export function moved(part, whole, share) {
    const by = (part.to - part.from) * share;
    return within(whole, part.from + by, part.to + by);
}

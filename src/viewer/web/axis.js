// Where the marks of an axis are.

// Those steps of 1, 2 or 5 times a power of ten that give at most so many marks in from..to.
export function ticks(from, to, most) {
    const least = (to - from) / most;
    if (!(least > 0))
        return [from];
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= least * 0.999999);
    const marks = [];
    const first = Math.ceil(from / step);
    // Far from zero a number may be the same as the next one: no more marks than there can be.
    for (let count = 0; count <= most && (first + count) * step <= to; count++)
        marks.push((first + count) * step);
    return marks;
}

const SECOND = 1e6;
const CLOCK_STEPS = [0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
    7200, 10800, 21600, 43200, 86400].map((seconds) => seconds * SECOND);

// Marks of the time of day, in µs; offset: what local time is ahead of UTC.
export function clockTicks(from, to, most, offset = 0) {
    const least = (to - from) / most;
    const step = CLOCK_STEPS.find((one) => one >= least) ??
        86400 * SECOND * Math.ceil(least / (86400 * SECOND));
    const marks = [];
    for (let index = Math.ceil((from + offset) / step); index * step - offset <= to; index++)
        marks.push(index * step - offset);
    return marks;
}

// 1, 10, 100... with one mark beyond either end, so that all of least..most lies between two.
export function decades(least, most) {
    const marks = [];
    const last = Math.ceil(Math.log10(Math.max(most, 1)) + 1e-9);
    for (let power = Math.floor(Math.log10(Math.max(least, 1))); power <= last; power++)
        marks.push(10 ** power);
    return marks;
}

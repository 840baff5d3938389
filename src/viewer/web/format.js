// How times, durations and counts are written, and how durations are read. All times are in µs.

const UNITS = { us: 1, µs: 1, μs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 };

// Three digits that matter, without zeros at the end.
const short = (number) => String(Number(number.toPrecision(3)));

// "0", "850µs", "12.3ms", "1.5s", "2m 5s", "3h 20m".
export function duration(us) {
    if (us < 0)
        return `−${duration(-us)}`;
    if (us < 999.5)
        return us ? `${short(us)}µs` : '0';
    if (us < 999.5e3)
        return `${short(us / 1e3)}ms`;
    if (us < 59.95e6)
        return `${short(us / 1e6)}s`;
    const seconds = Math.round(us / 1e6);
    if (seconds < 3600)
        return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
    const minutes = Math.round(seconds / 60);
    return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

// µs of "1.5s", "200us", "1m30s"; NaN where it is nothing of the kind.
export function readDuration(text) {
    const part = /(\d+(?:\.\d+)?)\s*(us|µs|μs|ms|s|m|h)\s*/gy;
    let total = 0;
    let end = 0;

    for (let match; (match = part.exec(text)); end = part.lastIndex)
        total += Number(match[1]) * UNITS[match[2]];
    return end > 0 && end === text.length ? total : NaN;
}

const two = (number) => String(number).padStart(2, '0');

// The time of day, with milliseconds.
export function clock(us) {
    const at = new Date(us / 1e3);
    return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` +
        `.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

export function day(us) {
    const at = new Date(us / 1e3);
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

// How long ago that was: "now", "12s ago", "3h ago", and from two days on the date.
export function ago(us, now) {
    const seconds = (now - us) / 1e6;
    if (seconds < 1.5)
        return seconds < -1.5 ? 'in the future' : 'now';
    if (seconds < 100)
        return `${Math.round(seconds)}s ago`;
    if (seconds < 6000)
        return `${Math.round(seconds / 60)}m ago`;
    return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)}h ago` : day(us);
}

// "1 span", "12,345 spans".
export function count(number, noun) {
    return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

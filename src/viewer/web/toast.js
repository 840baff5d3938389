// A short word on what was done, which goes away by itself; and copying, which needs one.

const SHOWN_MS = 2500;

let timer;

export function toast(text) {
    const place = document.getElementById('toast');
    place.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => { place.textContent = ''; }, SHOWN_MS);
}

// Where the page came by plain HTTP from another machine there is no clipboard but this one.
function copySelected(text) {
    const field = document.createElement('textarea');
    const before = document.activeElement;
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    before?.focus();
    return done;
}

export async function copy(text, what) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        toast(copySelected(text) ? `Copied: ${what}` : 'The browser does not let this page copy');
        return;
    }
    toast(`Copied: ${what}`);
}

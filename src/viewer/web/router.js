// Which view the address names. Links of the page are followed without loading it anew.

let shown = () => {};

// The address tells what is shown already.
export const note = (path) => history.replaceState(history.state, '', path);

// path: of this site. Where replace is given, going back does not lead to what was there before.
export function go(path, { replace = false } = {}) {
    if (replace)
        note(path);
    else
        history.pushState({ hasBefore: true }, '', path);
    shown();
}

// To the view before; to the search where that was not a view of this page.
export function back() {
    if (history.state?.hasBefore)
        history.back();
    else
        go('/');
}

function onClick(event) {
    const link = event.target.closest?.('a[href]');
    if (!link || link.target || link.hasAttribute('download') || event.button !== 0 ||
        event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
        return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname.startsWith('/api/') ||
        link.getAttribute('href').startsWith('#'))
        return;
    event.preventDefault();
    go(url.pathname + url.search);
}

// show(url) is called for the address as it is now, and whenever it changes.
export function route(show) {
    shown = () => show(new URL(location.href));
    document.addEventListener('click', onClick);
    addEventListener('popstate', shown);
    shown();
}

// The tags of the search form: http.method=GET error=true "a key"="a value".

const PART = /\s*("(?:[^"\\]|\\.)*"|[^\s="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s"]+)(?=\s|$)\s*/gy;

const plain = (word) => word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;

const quoted = (word, bare) => bare.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`;

// {key: value}; null where the text is none.
export function readTags(text) {
    const tags = Object.create(null);
    let end = 0;

    PART.lastIndex = 0;
    for (let match; (match = PART.exec(text)); end = PART.lastIndex)
        tags[plain(match[1])] = plain(match[2]);
    return text.slice(end).trim() ? null : tags;
}

export function writeTags(tags) {
    return Object.entries(tags).map(([key, value]) =>
        `${quoted(key, /^[^\s="]+$/)}=${quoted(String(value), /^[^\s"]+$/)}`).join(' ');
}

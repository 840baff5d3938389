#!/usr/bin/env python3
"""Makes what the C tests read from the vectors, so that they need no JSON parser.

    NAME.otlp.json    a request, written by hand     ->  NAME.otlp.pb     the same in protobuf
    NAME.jaeger.json  what Jaeger gets, by batches   ->  NAME.jaeger.txt  a block of lines per span

The results are kept in git; run this after changing a vector. Form of the text: tests/unit/spans_text.h.
"""
import base64
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "vectors"


# ---- protobuf ----

def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def text(number, value):
    return message(number, value.encode()) if value else b""


def integer(number, value):
    return varint(number << 3) + varint(int(value)) if int(value) else b""


def fixed64(number, value):
    return varint(number << 3 | 1) + struct.pack("<Q", int(value)) if int(value) else b""


def fixed32(number, value):
    return varint(number << 3 | 5) + struct.pack("<I", int(value)) if int(value) else b""


def hex_id(number, value):
    return message(number, bytes.fromhex(value)) if value else b""


# ---- OTLP ----

def any_value(value):
    """The members of AnyValue are a oneof: what is set is written, also when it is zero."""
    if "stringValue" in value:
        return message(1, value["stringValue"].encode())
    if "boolValue" in value:
        return b"\x10" + varint(value["boolValue"])
    if "intValue" in value:
        return b"\x18" + varint(int(value["intValue"]))
    if "doubleValue" in value:
        return b"\x21" + struct.pack("<d", float(value["doubleValue"]))
    if "arrayValue" in value:
        return message(5, b"".join(message(1, any_value(v or {}))
                                   for v in value["arrayValue"].get("values", [])))
    if "kvlistValue" in value:
        return message(6, attributes(1, value["kvlistValue"], "values"))
    if "bytesValue" in value:
        return message(7, base64.b64decode(value["bytesValue"]))
    return b""


def attributes(number, owner, name="attributes"):
    out = b""
    for pair in owner.get(name, []):
        body = text(1, pair.get("key", ""))
        if pair.get("value") is not None:
            body += message(2, any_value(pair["value"]))
        out += message(number, body)
    return out


def event(e):
    return (fixed64(1, e.get("timeUnixNano", 0)) + text(2, e.get("name")) + attributes(3, e) +
            integer(4, e.get("droppedAttributesCount", 0)))


def link(l):
    return (hex_id(1, l.get("traceId")) + hex_id(2, l.get("spanId")) +
            text(3, l.get("traceState")) + attributes(4, l) +
            integer(5, l.get("droppedAttributesCount", 0)) + fixed32(6, l.get("flags", 0)))


def span(s):
    out = (hex_id(1, s.get("traceId")) + hex_id(2, s.get("spanId")) +
           text(3, s.get("traceState")) + hex_id(4, s.get("parentSpanId")) +
           text(5, s.get("name")) + integer(6, s.get("kind", 0)) +
           fixed64(7, s.get("startTimeUnixNano", 0)) + fixed64(8, s.get("endTimeUnixNano", 0)) +
           attributes(9, s) + integer(10, s.get("droppedAttributesCount", 0)))
    out += b"".join(message(11, event(e)) for e in s.get("events", []))
    out += integer(12, s.get("droppedEventsCount", 0))
    out += b"".join(message(13, link(l)) for l in s.get("links", []))
    out += integer(14, s.get("droppedLinksCount", 0))
    if "status" in s:
        status = s["status"]
        out += message(15, text(2, status.get("message")) + integer(3, status.get("code", 0)))
    return out + fixed32(16, s.get("flags", 0))


def scope_spans(s):
    out = b""
    if "scope" in s:
        scope = s["scope"]
        out += message(1, text(1, scope.get("name")) + text(2, scope.get("version")) +
                       attributes(3, scope) + integer(4, scope.get("droppedAttributesCount", 0)))
    out += b"".join(message(2, span(x)) for x in s.get("spans", []))
    return out + text(3, s.get("schemaUrl"))


def resource_spans(r):
    out = b""
    if "resource" in r:
        resource = r["resource"]
        out += message(1, attributes(1, resource) +
                       integer(2, resource.get("droppedAttributesCount", 0)))
    out += b"".join(message(2, scope_spans(s)) for s in r.get("scopeSpans", []))
    return out + text(3, r.get("schemaUrl"))


def request(r):
    return b"".join(message(1, resource_spans(x)) for x in r.get("resourceSpans", []))


# ---- the text ----

def quoted(value):
    return '"' + "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\x{b:02x}"
                         for b in value.encode()) + '"'


def tag_line(word, tag):
    key, kind, value = tag
    if kind == "STRING":
        value = quoted(value)
    elif kind == "BOOL":
        value = "true" if value else "false"
    elif kind == "DOUBLE" and value != "NaN":
        value = struct.pack(">d", float(value)).hex()
    return f"{word} {quoted(key)} {kind} {value}"


def block(batch, s):
    lines = [f"service {quoted(batch['serviceName'])}"]
    lines += [tag_line("process", t) for t in batch["tags"]]
    lines += [f"span {s['traceId']} {s['spanId']}", f"parent {s['parentSpanId']}",
              f"name {quoted(s['operationName'])}"]
    lines += [f"reference {' '.join(r)}" for r in s["references"]]
    lines += [f"flags {s['flags']}", f"start {s['startTime']}", f"duration {s['duration']}"]
    lines += [tag_line("tag", t) for t in s["tags"]]
    for log in s["logs"]:
        lines.append(f"log {log['timestamp']}")
        lines += [tag_line("field", t) for t in log["fields"]]
    return "\n".join(lines) + "\n\n"


def main():
    for path in sorted(HERE.glob("*.otlp.json")):
        made = path.with_suffix(".pb")
        made.write_bytes(request(json.loads(path.read_text())))
    for path in sorted(HERE.glob("*.jaeger.json")):
        batches = json.loads(path.read_text())
        path.with_suffix(".txt").write_text(
            "".join(block(b, s) for b in batches for s in b["spans"]))


if __name__ == "__main__":
    main()

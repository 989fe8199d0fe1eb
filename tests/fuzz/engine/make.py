#!/usr/bin/env python3
"""What the target `engine` puts together: commands as the schemas have them, and events of old journals, about the same few
people, phones and trips. tests/fuzz/run.sh runs it."""
import json, pathlib, random, re, sqlite3

here = pathlib.Path(__file__).parent
top = here.parents[2]
random.seed(20261122)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
EACH = 10


def put_in(value, personal):
    """Facts with their personal parts, as they travel."""
    if isinstance(value, dict):
        if list(value) == ["$personal"]:
            return {"$personal": personal[value["$personal"]]}
        return {key: put_in(part, personal) for key, part in value.items()}
    return [put_in(part, personal) for part in value] if isinstance(value, list) else value


events, kinds = [], {}
for file in sorted((top / "tests/old-journals").glob("*.jsonl")):
    events += [event for event in map(json.loads, file.read_text().splitlines()) if len(json.dumps(event)) < 8000]
for file in sorted((top / "tests/old-journals").glob("*.backup")):
    rows = sqlite3.connect(f"file:{file}?mode=ro", uri=True).execute(
        "SELECT service, kind, facts, personal FROM entry WHERE kind NOT LIKE '$%' ORDER BY service, seq"
    )
    for service, kind, facts, personal in rows:
        so = kinds.setdefault((service, kind), set())
        parts = json.loads(personal[32:]) if personal else []
        data = json.dumps(put_in(json.loads(facts), parts), separators=(",", ":"), sort_keys=True)
        shape = UUID.sub("", data)
        if len(so) < EACH and shape not in so and len(data) < 8000:
            so.add(shape)
            events.append({"service": service, "kind": kind, "data": json.loads(data)})

# Whom commands are about: whoever the events are about, by the name of the field.
named = {}
for event in events:
    def note(value):
        if isinstance(value, dict):
            for key, part in value.items():
                if isinstance(part, str) and UUID.fullmatch(part):
                    named.setdefault(key, []).append(part)
                note(part)
        elif isinstance(value, list):
            for part in value:
                note(part)
    note(event["data"])
everybody = sorted({one for some in named.values() for one in some})


def made(schema, defs, field="", depth=0):
    if schema is True or schema == {}:
        return None
    if "$ref" in schema:
        return made(defs[schema["$ref"].split("/")[-1]], defs, field, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return random.choice(schema["enum"])
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            options = schema[choice]
            if depth > 8:
                options = [one for one in options if one.get("type") == "null"] or options
            return made(random.choice(options), defs, field, depth + 1)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = random.choice(kind)
    if kind == "object" or "properties" in schema:
        required = schema.get("required", [])
        wanted = [(k, v) for k, v in schema.get("properties", {}).items() if k in required or random.random() < 0.6]
        return {k: made(v, defs, k, depth + 1) for k, v in wanted}
    if kind == "array":
        count = random.randint(schema.get("minItems", 0), max(schema.get("minItems", 0), 2))
        return [made(schema.get("items", {}), defs, field, depth + 1) for _ in range(count)]
    if kind == "integer" or kind == "number":
        low, high = schema.get("minimum", 0), schema.get("maximum", 100)
        return random.choice([low, high, random.randint(int(low), int(min(high, low + 60)))])
    if kind == "boolean":
        return random.random() < 0.5
    if kind == "null":
        return None
    return text(schema, field)


def text(schema, field):
    form, pattern = schema.get("format", ""), schema.get("pattern", "")
    about = schema.get("description", "")
    if form == "uuid":
        return random.choice(named.get(field, everybody))
    if form == "date-time":
        return f"2026-11-{random.randint(18, 24)}T{random.randint(6, 20):02}:{random.choice([0, 15, 30, 45]):02}:00Z"
    if form == "date":
        return f"2026-11-{random.randint(16, 28)}"
    if "E.164" in about or "number" in field:
        return random.choice(["+447700900101", "+447700900102", "+441632960000", "+447700900123"])
    if "AssetTag" in about or field == "tag":
        return random.choice(["WM-001", "WM-002", "WM-009", "BP-001"])
    if "^(person" in pattern:
        return f"person:{random.choice(named['person'])}"
    if "2}:" in pattern or "HH:MM" in about:
        return random.choice(["08:30", "16:00", "23:59"])
    if "cron" in about.lower() or "schedule" in field:
        return random.choice(["0 0 9 * * *", "0 */30 * * * *", "0 10 9 * * MON-FRI"])
    if "0-9a-f" in pattern or "hash" in about.lower():
        return "".join(random.choice("0123456789abcdef") for _ in range(64))
    return random.choice(["Year 6", "Ines Okafor", "office", "A reason", "x"])[: schema.get("maxLength", 99)]


commands = []
for file in sorted((top / "proto/schemas/v1").glob("*.commands.schema.json")):
    schema = json.loads(file.read_text())
    defs = schema.get("$defs", {})
    service = file.name.split(".")[0]
    variants = schema.get("oneOf") or schema.get("anyOf")
    for variant in variants:
        kind, fields = variant["title"], variant["properties"]["data"]
        for _ in range(EACH):
            commands.append({"service": service, "kind": kind, "data": made(fields, defs)})

for name, lines in (("commands", commands), ("events", events)):
    text_of = (json.dumps(line, separators=(",", ":"), ensure_ascii=False) for line in lines)
    (here / f"{name}.jsonl").write_text("\n".join(text_of) + "\n")
    print(name, len(lines))

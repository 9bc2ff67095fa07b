#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is the OpenAPI document what may be called, and do replies keep to it?

openapi.py table DOCUMENT            it has the rows of call-table.c and nothing else, each
                                     as its interface file has it; prints how many
openapi.py replies DOCUMENT METHOD   each line of standard input is a reply, of which the
                                     document knows all members; prints how many
openapi.py answer DOCUMENT METHOD STATUS   the same of one answer with this status
"""
import glob
import json
import os
import re
import sys

import jsonschema

import contract

CALLS = os.path.join(contract.ROOT, "daemon/certprov-web/calls/call-table.c")
ROW = re.compile(r'^\t\{(TRUST|ADMIN|IDENTITY)\("(\w+)"\), ACCESS_(\w+), CALL_(\w+)', re.M)
ERROR = re.compile(r'(?:WEB "|io\.certprov\.web\.)([A-Z][A-Za-z]*)')
OTHERS = {"/session", "/openapi.json"}
PLAIN = {"bool": {"type": "boolean"}, "int": {"type": "integer", "format": "int64"}, "float": {"type": "number"},
         "string": {"type": "string"}, "object": {"type": "object"}}


def rows():
    with open(CALLS, encoding="utf-8") as f:
        for interface, method, role, replies in ROW.findall(f.read()):
            yield "io.certprov.%s.%s" % (interface.lower(), method), role.lower(), replies


def walk(value):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


def resolve(document, place):
    assert place.startswith("#/"), place
    for name in place[2:].split("/"):
        document = document[name]
    return document


# --- the same schemas, made from the interface files by another parser ---


def schema_of(kind, interface):
    if isinstance(kind, str):
        return PLAIN.get(kind) or {"$ref": "#/components/schemas/%s.%s" % (interface, kind)}
    word, parts = kind
    if word == "[]":
        return {"type": "array", "items": schema_of(parts, interface)}
    if word == "map":
        return {"type": "object", "additionalProperties": schema_of(parts, interface)}
    if word == "enum":
        return {"type": "string", "enum": parts}
    assert word == "struct", word
    made = {"type": "object", "properties": {n: schema_of(k[1] if k[0] == "?" else k, interface) for n, k in parts.items()}}
    required = [n for n, k in parts.items() if k[0] != "?"]
    return {**made, "required": required} if required else made


def without_descriptions(schema):
    bare = {k: v for k, v in schema.items() if k != "description"}
    for name in ("items", "additionalProperties"):
        if isinstance(bare.get(name), dict):
            bare[name] = without_descriptions(bare[name])
    if "properties" in bare:
        bare["properties"] = {n: without_descriptions(s) for n, s in bare["properties"].items()}
    return bare


def same(found, wanted, what):
    if without_descriptions(found) != wanted:
        raise ValueError("%s: not as its interface has it: %s" % (what, json.dumps(found)))


# --- the document ---


def check_row(operation, method, role, replies):
    interface, kinds = contract.find(method, "methods")
    content = operation["responses"]["200"]["content"]
    same(operation["requestBody"]["content"]["application/json"]["schema"],
         {**schema_of(kinds[0], interface.name), "additionalProperties": False}, method)
    for kind, member, there in (("application/json", "schema", replies in ("ONE", "EITHER")),
                                ("text/event-stream", "x-event-schema", replies != "ONE")):
        if (kind in content) != there:
            raise ValueError("%s: %s %s" % (method, kind, "is missing" if there else "has no place there"))
        if there:
            same(content[kind][member], schema_of(kinds[1], interface.name), method)
    if operation["x-role"] != role:
        raise ValueError("%s: is for %s" % (method, operation["x-role"]))
    if operation["security"] != [{"session": [], "token": []} if role == "change" else {"session": []}]:
        raise ValueError("%s: wrong security" % method)
    if operation["tags"] != [interface.name] or operation["operationId"] != method:
        raise ValueError("%s: wrong names" % method)


def check_types(document):
    schemas = document["components"]["schemas"]
    for interface in contract.INTERFACES.values():
        if not interface.name.startswith("io.certprov.") or interface.name == "io.certprov.fetch":
            continue
        for name, kind in {**interface.types, **interface.errors}.items():
            same(schemas[interface.name + "." + name], schema_of(kind, interface.name), name)


def check_errors(document):
    """All that the sources have, and no others."""
    responses = document["components"]["responses"].values()
    told = {name for r in responses for name in r.get("x-errors", ())}
    wanted = {error for i in contract.INTERFACES.values() for error in [i.name + "." + name for name in i.errors]
              if i.name != "io.certprov.fetch"} | {contract.SYSTEM}
    for path in glob.glob(os.path.join(contract.ROOT, "daemon/certprov-web/**/*.c"), recursive=True):
        with open(path, encoding="utf-8") as f:
            wanted |= {"io.certprov.web." + name for name in ERROR.findall(f.read())}
    if told != wanted:
        raise ValueError("errors of the sources and of the document differ: %s" % sorted(told ^ wanted))


def check_table(document):
    table = list(rows())
    paths = {"/call/" + method for method, _, _ in table}
    if set(document["paths"]) != paths | OTHERS:
        raise ValueError("more or less than the table: %s" % sorted(set(document["paths"]) ^ (paths | OTHERS)))
    for method, role, replies in table:
        if list(document["paths"]["/call/" + method]) != ["post"]:
            raise ValueError("%s: not a POST" % method)
        check_row(document["paths"]["/call/" + method]["post"], method, role, replies)
    check_types(document)
    check_errors(document)
    for value in walk(document):
        if isinstance(value, dict) and "$ref" in value:
            resolve(document, value["$ref"])
        for name in ("schema", "x-event-schema"):
            if isinstance(value, dict) and name in value:
                jsonschema.Draft202012Validator.check_schema(value[name])
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    if not table:
        raise ValueError("the table is empty")
    print(len(table))


# --- replies ---


def close(document):
    """Members that no schema has are faults from now on."""
    for value in list(walk(document)):
        if isinstance(value, dict) and value.get("type") == "object" and "properties" in value:
            value.setdefault("additionalProperties", False)


def validator(document, schema):
    close(document)
    return jsonschema.Draft202012Validator(
        schema, resolver=jsonschema.RefResolver("", document), format_checker=jsonschema.FormatChecker())


def check_replies(document, method):
    content = document["paths"]["/call/" + method]["post"]["responses"]["200"]["content"]
    kind = content.get("application/json") or content["text/event-stream"]
    check = validator(document, kind.get("schema") if "application/json" in content else kind["x-event-schema"])
    lines = [line for line in sys.stdin.read().splitlines() if line]
    for line in lines:
        check.validate(json.loads(line))
    print(len(lines))


def check_answer(document, path, verb, status):
    """What is an error has to be one that the document says this status has."""
    response = document["paths"][path][verb]["responses"][status]
    response = resolve(document, response["$ref"]) if "$ref" in response else response
    answer = json.load(sys.stdin)
    validator(document, response["content"]["application/json"]["schema"]).validate(answer)
    if "x-errors" in response and answer["error"] not in response["x-errors"]:
        raise ValueError("%s is not told of status %s" % (answer["error"], status))
    print(answer.get("error", status))


def main(what, path, *arguments):
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    try:
        {"table": check_table, "replies": check_replies, "answer": check_answer}[what](document, *arguments)
    except (ValueError, KeyError, jsonschema.ValidationError, jsonschema.SchemaError) as e:
        print("openapi: %s: %s" % (type(e).__name__, e))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Validates JSON documents against a JSON Schema, a line each: validate.py SCHEMA FILE...

The schema lets later releases add fields. Those of this release are all in it, so here an unknown one is a fault too.
"""

import json
import sys

import jsonschema


def close(node):
    """Lets every object that names properties have no others. Conditions and their branches name only what they are about."""
    if isinstance(node, list):
        for item in node:
            close(item)
    elif isinstance(node, dict):
        for key, item in node.items():
            if key != "allOf":
                close(item)
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False


def main(schema_path, *paths):
    with open(schema_path, encoding="ascii") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    close(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in paths:
        name = path.rsplit("/", 1)[-1].removesuffix(".json")
        with open(path, encoding="utf-8") as file:
            faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(json.load(file))]
        print(f"not ok schema: {name}: {'; '.join(faults)[:500]}" if faults else f"ok schema: {name}")


main(*sys.argv[1:])

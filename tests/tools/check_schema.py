"""check_schema.py SCHEMA VALID... --invalid INVALID...: validates JSON and YAML files against a JSON Schema with the
jsonschema package. Exit code 77: a package is missing."""
import json
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"needs python3-jsonschema and python3-yaml: {missing}")
    sys.exit(77)

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wanted = True
failed = False
for path in sys.argv[2:]:
    if path == "--invalid":
        wanted = False
        continue
    with open(path, encoding="utf-8") as file:
        value = yaml.safe_load(file) if path.endswith(".yaml") else json.load(file)
    errors = list(validator.iter_errors(value))
    if wanted != (not errors):
        failed = True
        print(f"{path}: {'has errors' if errors else 'should not be valid'}")
        for error in errors[:5]:
            print("  at", "/".join(map(str, error.absolute_path)), ":", error.message[:200])
sys.exit(1 if failed else 0)

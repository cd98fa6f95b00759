"""check_schema.py SCHEMA VALID... --invalid INVALID...: validates JSON files against a JSON Schema with the jsonschema
package. Exit code 77: the package is missing."""
import json
import sys

try:
    import jsonschema
except ImportError as missing:
    print(f"needs python3-jsonschema: {missing}")
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
    errors = list(validator.iter_errors(json.load(open(path))))
    if wanted != (not errors):
        failed = True
        print(f"{path}: {'has errors' if errors else 'should not be valid'}")
        for error in errors[:5]:
            print("  at", "/".join(map(str, error.absolute_path)), ":", error.message[:200])
sys.exit(1 if failed else 0)

#include "report/json.h"

namespace cascade {

std::string_view report_json_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "cascade report",
  "description": "What one study measured. Definitions of the metrics: docs/reference/metrics.md.",
  "type": "object",
  "required": ["schema", "scenario", "question", "seed", "replicates", "truth_at", "build", "validity", "findings", "expectations", "variants"],
  "additionalProperties": false,
  "properties": {
    "schema": {"const": "cascade-report/1"},
    "scenario": {"type": "string"},
    "question": {"type": "string"},
    "seed": {"type": "integer", "minimum": 0},
    "replicates": {"type": "integer", "minimum": 1},
    "truth_at": {"description": "the k of the metrics @k", "type": "array", "items": {"type": "integer", "minimum": 1}},
    "build": {"description": "version, commit, compiler and build type", "type": "string"},
    "validity": {
      "description": "checks on the world itself",
      "type": "object",
      "required": ["figures", "warnings"],
      "additionalProperties": false,
      "properties": {
        "figures": {"type": "object", "additionalProperties": {"$ref": "#/$defs/estimate"}},
        "warnings": {"type": "array", "items": {"type": "string"}}
      }
    },
    "findings": {
      "description": "sentences that the figures bear out",
      "type": "array",
      "items": {
        "type": "object",
        "required": ["kind", "text"],
        "additionalProperties": false,
        "properties": {"kind": {"type": "string"}, "text": {"type": "string"}}
      }
    },
    "expectations": {
      "description": "the lines of expect: in the scenario, and whether the figures bear them out",
      "type": "array",
      "items": {
        "type": "object",
        "required": ["holds", "text", "detail"],
        "additionalProperties": false,
        "properties": {"holds": {"type": "boolean"}, "text": {"type": "string"}, "detail": {"type": "string"}}
      }
    },
    "variants": {
      "description": "the first is the baseline",
      "type": "array",
      "minItems": 1,
      "items": {"$ref": "#/$defs/variant"}
    }
  },
  "$defs": {
    "number": {"description": "null: does not apply", "type": ["number", "null"]},
    "estimate": {
      "type": "object",
      "required": ["mean", "ci95", "n"],
      "additionalProperties": false,
      "properties": {
        "mean": {"$ref": "#/$defs/number"},
        "ci95": {
          "description": "95 % interval of the mean, lower and upper end",
          "type": "array",
          "items": {"$ref": "#/$defs/number"},
          "minItems": 2,
          "maxItems": 2
        },
        "n": {"description": "independent values behind it; 0: does not apply", "type": "integer", "minimum": 0}
      }
    },
    "metric": {
      "type": "object",
      "required": ["mean", "ci95", "n", "rerun_sd", "by_replicate"],
      "additionalProperties": false,
      "properties": {
        "mean": {"$ref": "#/$defs/number"},
        "ci95": {"$ref": "#/$defs/estimate/properties/ci95"},
        "n": {"$ref": "#/$defs/estimate/properties/n"},
        "rerun_sd": {
          "description": "standard deviation over re-runs: same data, other initialisation; null: not measured",
          "type": ["number", "null"],
          "minimum": 0
        },
        "by_replicate": {
          "description": "the value in each replicate, in the same order in every variant",
          "type": "array",
          "items": {"$ref": "#/$defs/number"}
        }
      }
    },
    "metrics": {"type": "object", "additionalProperties": {"$ref": "#/$defs/metric"}},
    "work": {
      "description": "counted, never timed; mean a request",
      "type": "object",
      "required": ["items_scored", "flops", "bytes_read"],
      "additionalProperties": false,
      "properties": {
        "items_scored": {"$ref": "#/$defs/number"},
        "flops": {"$ref": "#/$defs/number"},
        "bytes_read": {"$ref": "#/$defs/number"}
      }
    },
    "budget": {
      "description": "empty: none given",
      "type": "object",
      "dependentRequired": {"unit": ["limit", "enforced", "used", "utilisation", "cut"]},
      "additionalProperties": false,
      "properties": {
        "unit": {"enum": ["flops", "us"]},
        "limit": {"type": "number", "minimum": 0},
        "enforced": {"type": "boolean"},
        "used": {"$ref": "#/$defs/number"},
        "utilisation": {"description": "used / limit", "$ref": "#/$defs/number"},
        "cut": {"description": "candidates a request left unscored", "$ref": "#/$defs/number"}
      }
    },
    "model": {
      "type": "object",
      "required": ["name", "kind", "facts"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "kind": {"type": "string"},
        "facts": {"type": "object", "additionalProperties": {"$ref": "#/$defs/number"}}
      }
    },
    "stage": {
      "type": "object",
      "required": ["name", "kind", "model", "quota", "in", "out", "metrics", "work", "index_build", "cost", "budget", "arms"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "kind": {"type": "string"},
        "model": {"description": "empty: the stage has none", "type": "string"},
        "quota": {"$ref": "#/$defs/number"},
        "in": {"$ref": "#/$defs/number"},
        "out": {"$ref": "#/$defs/number"},
        "metrics": {"$ref": "#/$defs/metrics"},
        "work": {"$ref": "#/$defs/work"},
        "index_build": {"$ref": "#/$defs/work"},
        "cost": {
          "type": "object",
          "required": ["latency_us", "compute_us"],
          "additionalProperties": false,
          "properties": {"latency_us": {"$ref": "#/$defs/number"}, "compute_us": {"$ref": "#/$defs/number"}}
        },
        "budget": {"$ref": "#/$defs/budget"},
        "arms": {
          "description": "the same funnel with this stage replaced by a control",
          "type": "object",
          "additionalProperties": {"$ref": "#/$defs/metrics"}
        }
      }
    },
    "variant": {
      "type": "object",
      "required": ["name", "settings", "models", "stages", "outcome", "budget"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "settings": {
          "description": "path of the resolved scenario: value",
          "type": "object",
          "additionalProperties": {"type": "string"}
        },
        "models": {"type": "array", "items": {"$ref": "#/$defs/model"}},
        "stages": {"type": "array", "items": {"$ref": "#/$defs/stage"}},
        "outcome": {"$ref": "#/$defs/metrics"},
        "budget": {"$ref": "#/$defs/budget"}
      }
    }
  }
}
)json";
}

}  // namespace cascade

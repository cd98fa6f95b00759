#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "config/fields.h"

namespace cascade::config {

/// Parameters of one kind of model or stage.
class Parameters {
 public:
  virtual ~Parameters() = default;
  virtual void fields(FieldVisitor& v) = 0;
  virtual std::unique_ptr<Parameters> clone() const = 0;
};

/// Gives a plain struct with fields() the interface above.
template <class Struct>
class ParametersOf final : public Parameters {
 public:
  Struct value;
  void fields(FieldVisitor& v) override { value.fields(v); }
  std::unique_ptr<Parameters> clone() const override { return std::make_unique<ParametersOf>(*this); }
};

/// The typed parameters inside; a wrong type is our own fault.
template <class Struct>
const Struct& parameters_as(const Parameters& p) {
  const auto* typed = dynamic_cast<const ParametersOf<Struct>*>(&p);
  CASCADE_CHECK(typed != nullptr, "parameters of another kind");
  return typed->value;
}

/// Name -> summary, parameters and maker of every implementation of one interface: an explicit list, from which
/// `list`, `describe`, the JSON Schema and docs/reference come.
template <class Maker>
struct CatalogEntry {
  std::string name;     ///< as scenarios write it after `kind:`
  std::string summary;  ///< one sentence
  std::string source;   ///< paper or "ours"
  std::function<std::unique_ptr<Parameters>()> make_parameters;
  Maker maker;
};

template <class Maker>
class Catalog {
 public:
  explicit Catalog(std::vector<CatalogEntry<Maker>> entries) : entries_(std::move(entries)) {}
  const std::vector<CatalogEntry<Maker>>& entries() const { return entries_; }
  const CatalogEntry<Maker>* find(std::string_view name) const {
    for (const auto& entry : entries_)
      if (entry.name == name) return &entry;
    return nullptr;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : entries_) all.push_back(entry.name);
    return all;
  }

 private:
  std::vector<CatalogEntry<Maker>> entries_;
};

/// `kind` and the parameters of that kind: what a scenario says of one model or stage.
struct KindSpec {
  std::string kind;
  std::unique_ptr<Parameters> parameters;

  KindSpec() = default;
  KindSpec(const KindSpec& other)
      : kind(other.kind),
        parameters(other.parameters ? other.parameters->clone() : nullptr),
        made_for_(other.made_for_) {}
  KindSpec(KindSpec&&) = default;
  KindSpec& operator=(KindSpec other) {
    kind = std::move(other.kind);
    parameters = std::move(other.parameters);
    made_for_ = std::move(other.made_for_);
    return *this;
  }

  template <class Maker>
  void fields(FieldVisitor& v, const Catalog<Maker>& catalog, std::string_view doc) {
    std::vector<Alternative> alternatives;
    for (const auto& entry : catalog.entries())
      alternatives.push_back({entry.name, entry.summary, [this, &entry](FieldVisitor& visitor) {
                                if (visitor.describes()) {
                                  entry.make_parameters()->fields(visitor);
                                  return;
                                }
                                if (!parameters || made_for_ != entry.name) {
                                  parameters = entry.make_parameters();
                                  made_for_ = entry.name;
                                }
                                parameters->fields(visitor);
                              }});
    v.one_of("kind", kind, alternatives, doc);
  }

 private:
  std::string made_for_;  ///< the kind that `parameters` belong to
};

}  // namespace cascade::config

#include "engine/days.h"

namespace cascade {

void DaysParams::fields(config::FieldVisitor& v) {
  v.field("served", served, "days served after those of `logs`", config::between(1, 1000));
  v.field("requests", requests, "requests served, measured and logged a day", config::between(1, 1e7));
  v.field("chunks", chunks, "equal parts of a day, by hour: an on-line model goes over to a new version after each",
          config::between(1, 24));
  v.field("explore", explore, "share of the page's places that go to items by chance", config::between(0, 1));
  v.field("test_requests", test_requests,
          "requests a day with pages by popularity and by chance, the same for all variants, on which scorers are "
          "tested and never trained",
          config::between(1, 1e7));
}

}  // namespace cascade

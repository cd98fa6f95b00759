#include "base/half.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "base/half_product.h"
#include "base/rng.h"

namespace cascade {
namespace {

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

}  // namespace

TEST_CASE("halves by hand: ties to even, the ends of the range, numbers below it") {
  const auto f16 = [](float x) { return from_half(HalfKind::f16, to_half(HalfKind::f16, x)); };
  const auto bf16 = [](float x) { return from_half(HalfKind::bf16, to_half(HalfKind::bf16, x)); };
  CHECK(to_half(HalfKind::f16, 1.0f) == 0x3c00);
  CHECK(to_half(HalfKind::f16, -2.0f) == 0xc000);
  CHECK(to_half(HalfKind::bf16, 1.0f) == 0x3f80);
  // Ten bits after the point: between 2048 and 4096 the even numbers are left, and half way goes to a multiple of 4.
  CHECK(f16(2049) == 2048);
  CHECK(f16(2051) == 2052);
  CHECK(f16(2049.5f) == 2050);
  CHECK(f16(65504) == 65504);
  CHECK(f16(65519) == 65504);
  CHECK(std::isinf(f16(65520)));
  CHECK(f16(-70000) == -std::numeric_limits<float>::infinity());
  const float unit = std::ldexp(1.0f, -24);  // the least number above zero
  CHECK(f16(unit) == unit);
  CHECK(f16(0.5f * unit) == 0);
  CHECK(f16(1.5f * unit) == 2 * unit);
  CHECK(bits(f16(-1e-30f)) == bits(-0.0f));
  CHECK(std::isnan(f16(std::nanf(""))));
  // Seven bits after the point.
  CHECK(bf16(257) == 256);
  CHECK(bf16(259) == 260);
  CHECK(bf16(1e38f) == Approx(1e38f).epsilon(0.004));
  CHECK(std::isinf(bf16(std::numeric_limits<float>::max())));
  CHECK(std::isnan(bf16(std::nanf(""))));
}

TEST_CASE("every half is what it is converted to and back") {
  for (const HalfKind kind : {HalfKind::f16, HalfKind::bf16}) {
    std::size_t wrong = 0;
    for (std::uint32_t half = 0; half < 0x10000; ++half) {
      const float x = from_half(kind, static_cast<std::uint16_t>(half));
      if (std::isnan(x)) continue;
      if (to_half(kind, x) != half) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("the CPU's conversions have the portable bits") {
  std::vector<float> x;
  for (std::uint64_t pattern = 0; pattern < (std::uint64_t{1} << 32); pattern += 10007)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
  for (const std::uint32_t exponent : {0x387u, 0x388u, 0x477u, 0x330u, 0x3f8u})  // where f16's ranges meet
    for (std::uint32_t k = 0; k < 0x2000; ++k) x.push_back(std::bit_cast<float>((exponent << 20) + k * 0x7f));
  std::vector<std::uint16_t> halves(x.size());
  std::vector<float> back(x.size());
  for (const HalfKind kind : {HalfKind::f16, HalfKind::bf16}) {
    to_half(kind, x.data(), x.size(), halves.data());
    from_half(kind, halves.data(), halves.size(), back.data());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (halves[i] != to_half(kind, x[i]) || bits(back[i]) != bits(from_half(kind, halves[i]))) ++wrong;
    CHECK(wrong == 0);
    std::vector<float> rounded = x;
    round_to_half(kind, rounded.data(), rounded.size());
    wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (bits(rounded[i]) != bits(back[i])) ++wrong;
    CHECK(wrong == 0);
  }
}

TEST_CASE("a product with halves is the product of floats with what they hold, bit for bit") {
  Rng rng(1, Stream::test);
  for (const HalfKind kind : {HalfKind::f16, HalfKind::bf16}) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{32}, std::size_t{77}}) {
      const std::size_t m = 19;
      const std::size_t k = 41;
      std::vector<float> a(m * k);
      std::vector<float> b(k * n);
      std::vector<float> bias(n);
      for (std::vector<float>* values : {&a, &b, &bias})
        for (float& value : *values) value = static_cast<float>(rng.uniform(-2, 2));
      std::vector<float> halves(m * n, 1.0f);
      std::vector<float> floats(m * n, 1.0f);
      const HalfMatrix packed = HalfMatrix::pack(kind, b.data(), k, n, n);
      CHECK(packed.bytes() == 2 * k * ((n + 31) / 32 * 32));
      multiply(a.data(), m, k, packed, halves.data(), n, {bias.data(), true, true});
      round_to_half(kind, b.data(), b.size());
      multiply(a.data(), m, k, PackedMatrix::pack(b.data(), k, n, n), floats.data(), n, {bias.data(), true, true});
      for (std::size_t i = 0; i < halves.size(); ++i) REQUIRE(bits(halves[i]) == bits(floats[i]));
    }
  }
}

}  // namespace cascade

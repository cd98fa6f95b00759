#include "report/html_sections.h"

namespace cascade {

// Colours: every text has a contrast of at least 4.5 with what is behind it, every line and bar at least 3, in both
// schemes (tests/tools/check_page.py measures it). Neither text nor pictures rely on colour alone.
std::string_view html_style() {
  return R"css(:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #ffffff; --ink: #1b2430; --dim: #5a6675; --edge: #d5dae1; --grid: #e6e9ee;
  --accent: #1f5fa8; --on: #ffffff; --neck: #d3e2f4; --good: #1c7a45; --bad: #b3261e; --warn: #8a5a00;
  --left: #2b8a57; --lost: #dd7d74; --cost: #c4791a;
  --s0: #1f5fa8; --s1: #b5520a; --s2: #2b7d4f; --s3: #8a3f91; --s4: #7d6500; --s5: #b0274f; --s6: #0e7c86; --s7: #5b5fc7;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --back: #12161c; --card: #1a2028; --ink: #e4e9f0; --dim: #a3aebb; --edge: #36404d; --grid: #2a323d;
    --accent: #6aa8ec; --on: #0b1017; --neck: #24405f; --good: #62c88d; --bad: #f28b82; --warn: #e3b04b;
    --left: #3f9f6c; --lost: #b9554d; --cost: #d8973f;
    --s0: #6aa8ec; --s1: #f0995a; --s2: #62c88d; --s3: #d394da; --s4: #d6bd4c; --s5: #f2839f; --s6: #55c1cb; --s7: #a3a6f5;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 1280px; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 .6rem; font-size: 1.15rem; }
.question { margin: .3rem 0; font-size: 1.1rem; }
.note { margin: .2rem 0 .6rem; color: var(--dim); font-size: .87rem; white-space: pre-wrap; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .8rem 0 0; padding: 0; list-style: none; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, th:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
section { margin: 1.2rem 0 0; padding: 1rem 1.2rem; background: var(--card); border: 1px solid var(--edge);
  border-radius: 8px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 540px), 1fr)); gap: 1rem 1.6rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: .2rem; overflow-wrap: anywhere; }
svg { display: block; max-width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; white-space: nowrap; color: var(--dim); padding-bottom: .3rem; }
th code { white-space: nowrap; overflow-wrap: normal; }
th, td { padding: .28rem .7rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
td { white-space: nowrap; }
thead th { color: var(--dim); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
td:last-child, th:last-child { padding-right: 0; }
#expectations td:last-child { white-space: normal; min-width: 22rem; }
th[aria-sort="ascending"]::after { content: " ↑"; }
th[aria-sort="descending"]::after { content: " ↓"; }
table.sort.on thead th { cursor: pointer; }
td div { line-height: 1.35; }
td svg { display: inline-block; vertical-align: middle; }
abbr { text-decoration: underline dotted; text-underline-offset: 3px; cursor: help; }
code { font: .95em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
details { margin: .6rem 0 0; }
summary { cursor: pointer; color: var(--accent); }
details .scroll, details .figures { margin-top: .6rem; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin: 0 0 0 1.2rem; max-width: 75ch; }
.findings { margin: 0; padding: 0; list-style: none; max-width: 90ch; }
.findings li { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid var(--accent); }
.findings li.warning { border-color: var(--warn); }
.kind { color: var(--dim); font-size: .8rem; }
.warning { color: var(--warn); }
.bar { display: inline-block; height: .7em; background: var(--accent); }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
svg text { font-size: 12px; fill: var(--ink); font-variant-numeric: tabular-nums; }
svg text.small { font-size: 11px; fill: var(--dim); }
svg text.dim { fill: var(--dim); } svg text.bad { fill: var(--bad); } svg text.strong { font-weight: 600; }
svg text.on { fill: var(--on); } svg text.mid { text-anchor: middle; } svg text.end { text-anchor: end; }
.level { fill: var(--accent); } .neck { fill: var(--neck); } .left { fill: var(--left); } .lost { fill: var(--lost); }
.gain { fill: var(--left); } .empty { fill: none; stroke: var(--edge); } .cost { fill: var(--cost); }
.whisker { stroke: var(--ink); stroke-width: 1.5; }
.whisker.good { stroke: var(--good); } .whisker.bad { stroke: var(--bad); } .whisker.warn { stroke: var(--warn); }
.dot { fill: var(--dim); stroke: var(--card); }
.dot.good { fill: var(--good); } .dot.bad { fill: var(--bad); } .dot.warn { fill: var(--warn); }
.grid { stroke: var(--grid); } .tick { stroke: var(--dim); } .link { stroke: var(--dim); stroke-dasharray: 2 2; }
.zero { stroke: var(--dim); } .here { stroke: var(--accent); stroke-width: 2; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 3; }
.room { stroke: var(--good); stroke-width: 3; } .floor { stroke: var(--edge); stroke-width: 3; }
.oracle { fill: var(--good); } .random { fill: var(--card); stroke: var(--dim); stroke-width: 2; }
.curve { fill: none; stroke-width: 2; } .band { opacity: .16; stroke: none; }
.part.s0, .dot.s0, .band.s0 { fill: var(--s0); } .curve.s0, .whisker.s0 { stroke: var(--s0); }
.part.s1, .dot.s1, .band.s1 { fill: var(--s1); } .curve.s1, .whisker.s1 { stroke: var(--s1); }
.part.s2, .dot.s2, .band.s2 { fill: var(--s2); } .curve.s2, .whisker.s2 { stroke: var(--s2); }
.part.s3, .dot.s3, .band.s3 { fill: var(--s3); } .curve.s3, .whisker.s3 { stroke: var(--s3); }
.part.s4, .dot.s4, .band.s4 { fill: var(--s4); } .curve.s4, .whisker.s4 { stroke: var(--s4); }
.part.s5, .dot.s5, .band.s5 { fill: var(--s5); } .curve.s5, .whisker.s5 { stroke: var(--s5); }
.part.s6, .dot.s6, .band.s6 { fill: var(--s6); } .curve.s6, .whisker.s6 { stroke: var(--s6); }
.part.s7, .dot.s7, .band.s7 { fill: var(--s7); } .curve.s7, .whisker.s7 { stroke: var(--s7); }
.curve.s1 { stroke-dasharray: 7 3; } .curve.s2 { stroke-dasharray: 2 3; } .curve.s3 { stroke-dasharray: 8 3 2 3; }
.curve.s5 { stroke-dasharray: 7 3; } .curve.s6 { stroke-dasharray: 2 3; } .curve.s7 { stroke-dasharray: 8 3 2 3; }
.part { stroke: var(--card); }
@media print {
  body { max-width: none; padding: 0; font-size: 11px; background: none; }
  section { border: 0; padding: 0; }
  nav { display: none; }
  figure, tr, li { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";
}

std::string_view html_script() {
  return R"js(document.querySelectorAll('table.sort').forEach(function (table) {
  table.classList.add('on');
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const key = function (row, column) {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text.replace('\u2212', '-'));
    const unit = /^[-\u2212]?[0-9.]+([kMGTP])/.exec(text);
    return isNaN(number) ? text : number * (unit ? {k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15}[unit[1]] : 1);
  };
  heads.forEach(function (head, column) {
    const sort = function () {
      const sign = head.getAttribute('aria-sort') === 'descending' ? 1 : -1;
      heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', sign === 1 ? 'ascending' : 'descending');
      Array.from(body.rows).sort(function (a, b) {
        const x = key(a, column), y = key(b, column);
        if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
        return x === y ? 0 : sign * (x > y ? 1 : -1);
      }).forEach(function (row) { body.appendChild(row); });
    };
    head.tabIndex = 0;
    head.addEventListener('click', sort);
    head.addEventListener('keydown', function (event) { if (event.key === 'Enter') sort(); });
  });
});
window.addEventListener('beforeprint', function () {
  document.querySelectorAll('details').forEach(function (part) { part.open = true; });
});
)js";
}

}  // namespace cascade

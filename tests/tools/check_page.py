"""Reads a page that report.html is, as strict XML, and prints what is wrong with it: references to anything outside,
pictures without words, heads out of order, rows of another width, ids given twice, and colours too near each other.
Usage: check_page.py PAGE. Nothing printed and status 0: nothing is wrong."""

import re
import sys
import xml.etree.ElementTree as ElementTree

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour):
    def linear(channel):
        share = int(channel, 16) / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b):
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_colours(style):
    for number, block in enumerate(re.findall(r":root \{(.*?)\}", style, re.S)):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        wanted = [(text, behind, 4.5) for text in ("ink", "dim", "accent", "good", "bad", "warn")
                  for behind in ("card", "back")]
        wanted.append(("on", "accent", 4.5))
        wanted += [(f"s{n}", "card", 3) for n in range(8)]
        wanted += [(part, "card", 3) for part in ("left", "cost")]
        for text, behind, least in wanted:
            found = contrast(colours[text], colours[behind])
            if found < least:
                yield f"scheme {number}: contrast of --{text} on --{behind} is {found:.2f}, below {least}"


def check_table(table):
    columns = len(table.findall(f"{XHTML}thead/{XHTML}tr/{XHTML}th"))
    if table.find(f"{XHTML}caption") is None:
        yield "a table has no caption"
    for row in table.findall(f"{XHTML}tbody/{XHTML}tr"):
        if len(row) != columns:
            yield f"a row has {len(row)} cells of {columns}"
        if row[0].get("scope") != "row":
            yield "a row has no head"


def check(text):
    try:
        page = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return [f"not well-formed: {error}"]
    faults = []
    if page.tag != XHTML + "html" or not page.get("lang"):
        faults.append("the page has no html element with a language")
    seen = set()
    for element in page.iter():
        for name, value in element.attrib.items():
            if name in ("src", "href", "{http://www.w3.org/1999/xlink}href") and not value.startswith("#"):
                faults.append(f"a reference to the outside: {value}")
            if name.startswith("on"):
                faults.append(f"a script in an attribute: {name}")
            if name == "id":
                if value in seen:
                    faults.append(f"two elements have the id {value}")
                seen.add(value)
        if element.tag == SVG + "svg" and (element.get("role") != "img" or not element.get("aria-label")):
            faults.append("a picture has no words")
        if element.tag == XHTML + "table":
            faults += check_table(element)
    for link in page.iter(XHTML + "a"):
        if link.get("href")[1:] not in seen:
            faults.append(f"a link to nowhere: {link.get('href')}")
    style = page.find(f"{XHTML}head/{XHTML}style").text
    if re.search(r"url\(|@import|https?:", style):
        faults.append("the style sheet refers to the outside")
    return faults + list(check_colours(style))


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as page:
        faults = check(page.read())
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLockFile } from "../../../schema/files/lock-file.ts";
import { writePins } from "../../../schema/files/pins-writer.ts";
import { takePlainPins } from "../../../schema/files/plain-pins.ts";
import { sourceText } from "../../../schema/files/source-text.ts";
import { yamlLocated } from "../../../schema/files/yaml-located.ts";
import { parseYaml } from "../../../schema/files/yaml-source.ts";

const HEX = "ab".repeat(32);
const USER = 'version: 1\nname: x\napt:\n  packages:\n    curl: "*"\n';
/** One that writers put in quotes, for it looks like a number. */
const ODD = `0b${"1".repeat(62)}`;
const sections = (names: readonly string[]) => ({
  apt: Object.fromEntries(
    names.map((name) => [
      name,
      { version: "1:2.0-1~x+b1", sha256: name === "libstdc++6" ? ODD : HEX, from: "debian", auto: true },
    ]),
  ),
});
const indexes = {
  "debian/bookworm/main": { release: HEX, packages: HEX },
  "debian/bookworm/main@0123456789ab": { release: HEX, packages: HEX },
  "Odd One/x": { release: HEX, signature: HEX, packages: HEX },
};
const NAMES = ["0ad", "curl", "libc6:i386", "libstdc++6", "null", "x11.y-z", "yes"];

/** What the real YAML parser says of the whole text: each document's value, and where each of its names stands. */
function byYaml(text: string) {
  const { documents, problems } = parseYaml(sourceText("omg.lock", text));
  return {
    problems,
    pins: documents
      .filter(({ value }) => "pins" in value)
      .map((document) => {
        const apt = Object.keys((document.value.apt ?? {}) as object);
        return [
          JSON.parse(JSON.stringify(document.value)),
          apt.map((name) => [name, yamlLocated(document).keyOffset(["apt", name])]).sort(),
        ];
      }),
  };
}

function byLines(text: string) {
  const { pins, problems } = parseLockFile("omg.lock", text);
  return {
    problems,
    pins: pins.map(({ data, located }) => {
      const apt = Object.keys(data.apt ?? {});
      return [JSON.parse(JSON.stringify(data)), apt.map((name) => [name, located.keyOffset(["apt", name])]).sort()];
    }),
  };
}

describe("pins on lines of their own", () => {
  it("are taken out as omg writes them, and read as YAML reads them", () => {
    const text = writePins(
      writePins(USER, "debian-12-amd64", { indexes, sections: sections(NAMES) }),
      "debian-13-arm64",
      {
        indexes: {},
        sections: sections(["a1", "b2", "c3"]),
      },
    );
    // The first of each section stays, so that it remains a map.
    expect(takePlainPins(text).pins.map(({ name }) => name)).toEqual([...NAMES.slice(1), "b2", "c3"]);
    expect(takePlainPins(text).rest).toHaveLength(text.length);
    expect(byLines(text)).toEqual(byYaml(text));
    expect(byLines(text).pins.map(([, places]) => (places as unknown[]).length)).toEqual([NAMES.length, 3]);
  });

  it("may have comments between them", () => {
    const text = writePins(USER, "debian-12-amd64", { indexes, sections: sections(NAMES) });
    const commented = `${text.replace("\n  curl", "\n# why\n\n  curl").replace("\npins:", "\n# ours\npins:")}# the end\n`;
    expect(takePlainPins(commented).pins).toHaveLength(NAMES.length - 1);
    expect(byLines(commented)).toEqual(byYaml(commented));
  });

  const good = writePins(USER, "debian-12-amd64", { indexes, sections: sections(NAMES) });
  const line = `  curl: { version: "1:2.0-1~x+b1", sha256: ${HEX}, from: debian, auto: true }`;

  it.each([
    ["a name twice", good.replace(line, `${line}\n${line}`)],
    ["another key", good.replace(line, `${line.slice(0, -2)}, more: 1 }`)],
    ["a number for a source", good.replace(line, line.replace("debian", "12"))],
    ["nothing for a source", good.replace(line, line.replace("debian", "null"))],
    ["a hash that is a number", good.replace(line, line.replace(HEX, "1".repeat(64)))],
    ["a hash that is a number with an exponent", good.replace(line, line.replace(HEX, `${"1".repeat(60)}e123`))],
    ["a version without quotes", good.replace(line, line.replaceAll('"', ""))],
    ["a comment behind", good.replace(line, `${line} # why`)],
    ["a comment that is none", good.replace("pins: debian", "pins: |\n# debian")],
    ["deeper", good.replace(line, `  ${line}`)],
    ["an anchor", good.replace(line, line.replace("curl: {", "curl: &a {"))],
    ["the section as a text", good.replace("\napt:\n  0ad", "\napt: |\n  0ad")],
    ["an open quote before", good.replace("pins: debian", "pins: 'debian").replace(line, `${line}'`)],
    ["an open map before", good.replace("indexes: {", "indexes: { {")],
    ["a directive", `%YAML 1.2\n---\n${good}`],
    ["carriage returns", good.replaceAll("\n", "\r\n")],
    ["the end of the document in the middle", good.replace(line, `${line}\n...`)],
    ["another section in between", good.replace(line, `runtimes:\n${line}`)],
  ])("with %s are left to the YAML parser", (_, text) => {
    expect(text).not.toBe(good);
    const lines = byLines(text);
    expect(takePlainPins(text).pins.map(({ name }) => name)).not.toContain("libstdc++6");
    if (lines.problems.length === 0) expect(lines).toEqual(byYaml(text));
    else expect(byYaml(text).problems.length + lines.problems.length).toBeGreaterThan(0);
  });

  it("mean the same after any small harm to the text", () => {
    const harm = fc.record({
      at: fc.nat(good.length),
      cut: fc.nat(3),
      put: fc.constantFrom("", "\n", "'", '"', "{", "}", ":", "#", "- ", "---\n", "a", "1", ",", "&", "|"),
    });
    fc.assert(
      fc.property(fc.array(harm, { minLength: 1, maxLength: 3 }), (harms) => {
        const text = harms.reduce((now, { at, cut, put }) => now.slice(0, at) + put + now.slice(at + cut), good);
        const [lines, yaml] = [byLines(text), byYaml(text)];
        // Whatever YAML refuses is refused; the schema may refuse more.
        if (yaml.problems.length > 0) expect(lines.problems.length).toBeGreaterThan(0);
        if (lines.problems.length === 0) expect(lines).toEqual(yaml);
      }),
      { numRuns: 1500 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidFile } from "../../../schema/files/diagnostics.ts";
import { asLockName, newLock } from "../../../schema/files/new-lock.ts";
import { writePins } from "../../../schema/files/pins-writer.ts";
import type { PinEntry, PlatformPins } from "../../../schema/model/lock.ts";
import { load } from "./locks.ts";

const HASH = "8f1c".repeat(16);
const PINS: PlatformPins = {
  indexes: { debian: { release: HASH, packages: HASH } },
  sections: {
    shell: {},
    runtimes: { node: { version: "20.19.5", url: "https://nodejs.example/v20.tar.xz", sha256: HASH, auto: false } },
    apt: {
      ripgrep: { version: "13.0.0-4+b2", sha256: HASH, from: "debian", auto: false },
      "libcurl4:i386": { version: "7.88.1-10+deb12u14", sha256: HASH, from: "debian", auto: true },
      "2048": { version: "1.0", auto: false },
    },
  },
};
const WRITTEN = `pins: debian-12-amd64
indexes: { debian: { release: ${HASH}, packages: ${HASH} } }
apt:
  "2048": { version: "1.0" }
  libcurl4:i386: { version: "7.88.1-10+deb12u14", sha256: ${HASH}, from: debian, auto: true }
  ripgrep: { version: "13.0.0-4+b2", sha256: ${HASH}, from: debian }
runtimes:
  node: { version: "20.19.5", url: "https://nodejs.example/v20.tar.xz", sha256: ${HASH} }
`;
const NO_PINS: PlatformPins = { indexes: {}, sections: {} };

describe("writePins", () => {
  const write = (text: string) => writePins(text, "debian-12-amd64", PINS);

  test("appends the document that the design shows", () => {
    expect(write("version: 1\nname: a   # mine\n")).toBe(`version: 1\nname: a   # mine\n---\n${WRITTEN}`);
  });

  test("ends an unfinished line first", () => {
    expect(write("version: 1\nname: a")).toBe(`version: 1\nname: a\n---\n${WRITTEN}`);
  });

  test("begins a file of its own without a marker", () => {
    expect(write("")).toBe(WRITTEN);
    expect(writePins(write(""), "arch-x86_64", NO_PINS)).toBe(`${WRITTEN}---\npins: arch-x86_64\n`);
  });

  test.each([
    [
      "in the middle",
      "a: 1\n---\npins: debian-12-amd64\napt: {}\n\n# about the next\n---\npins: x\n",
      `a: 1\n---\n${WRITTEN}\n# about the next\n---\npins: x\n`,
    ],
    [
      "with comments before it",
      "a: 1\n--- # pins\n# by omg\npins: debian-12-amd64\n",
      `a: 1\n--- # pins\n# by omg\n${WRITTEN}`,
    ],
    ["as the first", "# top\npins: debian-12-amd64\n---\na: 1\n", `# top\n${WRITTEN}---\na: 1\n`],
    ["on the marker's line", "a: 1\n--- { pins: debian-12-amd64 }\n---\nb: 1\n", `a: 1\n---\n${WRITTEN}---\nb: 1\n`],
    [
      "after a document end",
      "a: 1\n...\npins: debian-12-amd64\n...\n---\nb: 1\n",
      `a: 1\n...\n${WRITTEN}...\n---\nb: 1\n`,
    ],
    ["without a line end", "a: 1\n---\npins: debian-12-amd64", `a: 1\n---\n${WRITTEN}`],
    [
      "after text that looks like it",
      "a: |\n  ---\n  pins: debian-12-amd64\n---\npins: debian-12-amd64\n",
      `a: |\n  ---\n  pins: debian-12-amd64\n---\n${WRITTEN}`,
    ],
    ["with CRLF", "a: 1\r\n---\r\npins: debian-12-amd64\r\n", `a: 1\r\n---\r\n${WRITTEN.replaceAll("\n", "\r\n")}`],
    ["after a byte order mark", "\ufeffpins: debian-12-amd64\n", `\ufeff${WRITTEN}`],
  ])("replaces the document %s", (_, before, after) => {
    expect(write(before)).toBe(after);
  });

  test("refuses what it cannot read", () => {
    expect(() => write("a: [\n")).toThrow(InvalidFile);
    expect(() => write("a: &x 1\n")).toThrow(InvalidFile);
  });
});

const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,8}[a-z0-9+.](:[a-z0-9]{2,6})?$/);
const version = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,12}$/);
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const origin = fc.stringMatching(/^[A-Za-z0-9][ -~]{0,12}$/);
const entry: fc.Arbitrary<PinEntry> = fc
  .record({ version, auto: fc.constant(true), sha256: hex, from: origin }, { requiredKeys: ["version", "auto"] })
  .map((pin) => ({ ...pin }));
const pins: fc.Arbitrary<PlatformPins> = fc.record({
  indexes: fc.dictionary(
    origin,
    fc.record({ release: hex, signature: hex, packages: hex }, { requiredKeys: ["release", "packages"] }),
    { maxKeys: 3 },
  ),
  sections: fc.record({ apt: fc.dictionary(name, entry, { maxKeys: 8 }) }),
});
// Documents as people write them: comments, blank lines, block text, odd spacing.
const documentText = fc
  .array(
    fc.constantFrom(
      "# note\n",
      "\n",
      "env: {}\n",
      "apt:   { packages:   {} }  # odd\n",
      "aliases:\n  x: |\n    # no comment\n\n    --- b\n",
    ),
    { maxLength: 5, minLength: 1 },
  )
  .map((lines) => [...new Set(lines)].join(""));
const lockText = fc
  .record({
    rest: fc.array(documentText, { maxLength: 3 }),
    other: fc.boolean(),
    end: fc.constantFrom("", "\n", "# end\n", "...\n"),
  })
  .map(
    ({ rest, other, end }) =>
      ["version: 1\nname: a\n", ...rest, ...(other ? ['pins: other-1\napt: { zz: { version: "1" } }\n'] : [])].join(
        "---\n",
      ) + end,
  );

describe("properties of writePins", () => {
  test("what was written is read", () => {
    fc.assert(
      fc.property(lockText, pins, (text, wanted) => {
        const lock = load(writePins(text, "debian-12-amd64", wanted));
        expect(lock.pinned).toBe(true);
        expect(lock.indexes).toEqual(wanted.indexes);
        expect(lock.pins.apt ?? {}).toEqual(wanted.sections.apt);
      }),
    );
  });

  test("twice is once, and all other bytes stay", () => {
    fc.assert(
      fc.property(lockText, pins, pins, (text, first, second) => {
        const once = writePins(text, "debian-12-amd64", first);
        expect(writePins(once, "debian-12-amd64", first)).toBe(once);
        expect(once.startsWith(text)).toBe(true);
        expect(writePins(once, "debian-12-amd64", second)).toBe(writePins(text, "debian-12-amd64", second));
        const two = writePins(once, "arch-x86_64", second);
        expect(two.startsWith(once)).toBe(true);
        expect(writePins(two, "debian-12-amd64", second).endsWith(two.slice(once.length))).toBe(true);
      }),
    );
  });

  test("one entry more is one line more", () => {
    fc.assert(
      fc.property(pins, name, entry, (wanted, added, pin) => {
        const { apt = {} } = wanted.sections;
        fc.pre(!(added in apt) && Object.keys(apt).length > 0);
        const before = writePins("", "x-1", wanted).split("\n");
        const after = writePins("", "x-1", { ...wanted, sections: { apt: { ...apt, [added]: pin } } }).split("\n");
        expect(after.length).toBe(before.length + 1);
        expect(after.filter((line) => !before.includes(line))).toHaveLength(1);
      }),
    );
  });
});

describe("newLock", () => {
  test("writes the user's document", () => {
    const sections = {
      apt: { zsh: { version: "*" }, curl: { version: "7.*", hold: true }, "2048": { version: "*", from: "games" } },
      shell: {},
      pacman: {},
      runtimes: { node: { version: "20" } },
    };
    const text = newLock({ name: "web-team", sections });
    expect(text).toBe(`version: 1
name: web-team
apt:
  packages:
    "2048": { version: "*", from: games }
    curl: { version: "7.*", hold: true }
    zsh: "*"
runtimes:
  node: "20"
`);
    expect(load(text).packages.apt?.packages.curl).toEqual({ presence: "present", version: "7.*", hold: true });
  });

  test("has no section for a provider without packages", () => {
    expect(() => newLock({ name: "a", sections: { shell: { A: { version: "*" } } } })).toThrow(RangeError);
  });

  test("every name becomes one that is read", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(load(newLock({ name: text, sections: {} })).name).toBe(asLockName(text));
      }),
    );
    expect(load(newLock({ name: "12", sections: {} })).name).toBe("12");
  });
});

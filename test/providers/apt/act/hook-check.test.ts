import fc from "fast-check";
import { expect, test } from "vitest";
import type { Expectations } from "../../../../providers/apt/act/expectations.ts";
import { differences, parseAnnouncement } from "../../../../providers/apt/act/hook-check.ts";

const EXPECTED: Expectations = {
  install: [
    { name: "new", arch: "all", from: null, to: "1.0", sha256: "hash of /new.deb" },
    { name: "lib", arch: "amd64", from: "1.0", to: "1.1", sha256: "hash of /lib.deb" },
    { name: "lib", arch: "i386", from: "1.0", to: "1.1", sha256: "hash of /lib32.deb" },
  ],
  remove: [{ name: "old", from: "3" }, { name: "residue" }],
  configure: [{ name: "waiting", arch: "all", version: "2" }],
};

const LINES = [
  "old 3 all none > - - none **REMOVE**",
  "residue 4 amd64 none > - - none **REMOVE**",
  "new - - none < 1.0 all none /new.deb",
  "lib 1.0 amd64 same < 1.1 amd64 same /lib.deb",
  "lib 1.0 i386 same < 1.1 i386 same /lib32.deb",
  "new - - none < 1.0 all none **CONFIGURE**",
  "lib 1.0 amd64 same < 1.1 amd64 same **CONFIGURE**",
  "lib 1.0 i386 same < 1.1 i386 same **CONFIGURE**",
];

const announce = (lines: readonly string[]) =>
  `VERSION 3\nAPT::Architecture=amd64\nDir=/\n\n${lines.map((line) => `${line}\n`).join("")}`;
const check = (lines: readonly string[]) => {
  const announced = parseAnnouncement(announce(lines));
  return announced === undefined ? ["not understood"] : differences(EXPECTED, announced, (path) => `hash of ${path}`);
};
const kinds = (lines: readonly string[]) => check(lines).map((found) => (typeof found === "string" ? found : found.in));

test("what was planned passes, in any order", () => {
  fc.assert(fc.property(fc.shuffledSubarray(LINES, { minLength: LINES.length }), (lines) => check(lines).length === 0));
});

test("every single difference in what dpkg would do is found", () => {
  const mutations: readonly [RegExp, string][] = [
    [/^new/, "other"],
    [/ 1\.0 all/, " 1.2 all"],
    [/- - none </, "0.9 all none <"],
    [/\/new\.deb$/, "/evil.deb"],
    [/^lib 1\.0 amd64/, "lib 0.9 amd64"],
    [/^old 3/, "old 4"],
    [/^old/, "vital"],
    [/1\.1 i386/, "1.1 armhf"],
  ];
  for (const [pattern, replacement] of mutations) {
    const at = LINES.findIndex((line) => pattern.test(line));
    const changed = LINES.map((line, index) => (index === at ? line.replace(pattern, replacement) : line));
    expect(changed, String(pattern)).not.toEqual(LINES);
    expect(check(changed), String(pattern)).not.toEqual([]);
  }
});

test("leaving out any package, or announcing any more, is found", () => {
  const acts = LINES.filter((line) => !line.endsWith("**CONFIGURE**"));
  for (const left of acts) expect(check(LINES.filter((line) => line !== left)), left).not.toEqual([]);
  for (const extra of [
    "more - - none < 1 all none /more.deb",
    "bash 5 amd64 none > - - none **REMOVE**",
    "stuck 1 all none = 1 all none **CONFIGURE**",
    "waiting 3 all none = 3 all none **CONFIGURE**",
    "waiting 2 amd64 none = 2 amd64 none **CONFIGURE**",
    "waiting 2 all none = 2 all none /waiting.deb",
  ]) {
    expect(kinds([...LINES, extra]), extra).toEqual(["changes"]);
  }
  expect(check([...LINES, "old 3 all none > - - none **REMOVE**"])).toHaveLength(1);
});

test("what is not the third version of the protocol is not understood", () => {
  expect(parseAnnouncement("/var/cache/apt/archives/a.deb\n")).toBeUndefined();
  expect(parseAnnouncement("VERSION 2\nDir=/\n\n")).toBeUndefined();
  expect(parseAnnouncement("VERSION 3\nDir=/\n")).toBeUndefined();
  expect(parseAnnouncement(announce(["too few fields"]))).toBeUndefined();
  expect(parseAnnouncement(announce([]).replace("APT::Architecture=amd64\n", ""))).toBeUndefined();
  expect(parseAnnouncement(announce([]))).toEqual({ native: "amd64", lines: [] });
});

test("nothing announced is not what was planned", () => {
  expect(check([])).toHaveLength(EXPECTED.install.length + EXPECTED.remove.length);
});

test("what waited to be configured before may be finished on the way", () => {
  expect(check([...LINES, "waiting 2 all none = 2 all none **CONFIGURE**"])).toEqual([]);
});

test("a removal means the machine's own architecture, not another one's package of the same name and version", () => {
  const other = LINES.map((line) => line.replace("old 3 all", "old 3 i386"));
  expect(kinds(other)).toEqual(["changes", "changes"]);
  expect(check(LINES.map((line) => line.replace("old 3 all", "old 3 amd64")))).toEqual([]);
});

test("other bytes are told from other changes", () => {
  expect(kinds(LINES.map((line) => line.replace("all none /new.deb", "all none /evil.deb")))).toEqual(["bytes"]);
  expect(kinds(LINES.map((line) => line.replace("old 3", "old 4")))).toEqual(["changes", "changes"]);
});

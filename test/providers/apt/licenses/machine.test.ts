import { execFileSync } from "node:child_process";
import parse from "spdx-expression-parse";
import { describe, expect, it } from "vitest";
import { createAptProvider } from "../../../../providers/apt/index.ts";
import { needs } from "../../../support/needs.ts";

/** Of the installed packages, the share in percent whose license can be told on any Debian that people use. */
const LEAST_KNOWN = 95;

describe.runIf(needs("dpkg"))("the copyright files of this machine", async () => {
  const apt = createAptProvider({ env: {}, node: process.execPath, hook: "/nowhere" });
  const format = `\${db:Status-Abbrev}\${Package}\n`;
  const names = execFileSync("dpkg-query", ["-W", "-f", format], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => (line.startsWith("ii ") ? [line.slice(3)] : []));
  const found = (await apt.licenses?.(names)) ?? new Map();

  it(`tell the license of ${LEAST_KNOWN} % of what is installed, each as an expression that another parser reads`, () => {
    expect([...found.keys()]).toEqual([...new Set(names)]);
    const told = [...found.values()].flatMap(({ expression }) => expression ?? []);
    for (const expression of told) expect(() => parse(expression)).not.toThrow();
    expect((100 * told.length) / found.size).toBeGreaterThanOrEqual(LEAST_KNOWN);
  });

  // Facts that one can look up: https://metadata.ftp-master.debian.org/changelogs/
  it.each([
    ["dpkg", /\bGPL-2\.0-or-later\b/],
    ["bash", /\bGPL-3\.0-or-later\b/],
    ["libc6", /\bLGPL-2\.1-or-later\b/],
    ["perl-base", /Artistic-1\.0-Perl OR GPL-1\.0-or-later|GPL-1\.0-or-later OR /],
    ["zlib1g", /\bZlib\b/],
    ["tzdata", /^LicenseRef-Debian-public-domain$/],
  ])("%s is under %s", (name, expected) => {
    if (!names.includes(name)) return expect(found.has(name)).toBe(false);
    expect(found.get(name)?.expression).toMatch(expected);
  });
});

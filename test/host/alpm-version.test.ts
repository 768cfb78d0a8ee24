import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answersAlpmRequest, compareAlpmVersions } from "../../host/alpm-version.ts";
import { needs } from "../support/needs.ts";

/** Versions as they stand in Arch's repositories, and the corners of the order. */
// biome-ignore format: a list to be read by kind
const VERSIONS = [
  "1", "1.0", "1.0-1", "1.0-2", "1.0.0", "1.0.1", "1.0a", "1.0rc1", "1.0.rc1", "1.0-0.1", "1.0-1.1", "1.0-10", "1.00", "1.010",
  "1..0", "1.", "1.-1", "1_0", "1+0", ".1", "a", "1.a", "1a", "1a1", "1.1a", "1.1b", "1.1.a", "0:1.0", "1:1.0", "2:0.1", ":1", "1:",
  "0", "00", "000", "", "-", "1-", "r123.abcdef0-1", "r1234.abcdef0-1", "20240101-1", "2.40+r16+gaa533d58ff-2", "6.17.8.arch1-1",
  "6.17.8.arch1-2", "6.17.arch1-1", "1:1.3.1-2", "5.3.008-1", "5.3.8-1", "2024e-2", "3.49.1-1", "1.0.r5.g1234567-1", "1.0.1.r5.g1234567-1",
  "4.4.36-1", "9e-1", "9f-1", "1.2.3alpha-1", "1.2.3beta-1", "1.2.3-1", "99999999999999999999-1", "99999999999999999998-1", "1~1", "1^1",
];

describe.runIf(needs("pacman-package-manager"))("the order of pacman's versions", () => {
  const vercmp = (pairs: readonly (readonly [string, string])[]): number[] => {
    const script = 'while IFS="\t" read -r a b; do vercmp "$a" "$b"; done';
    const input = pairs.map((pair) => `${pair.join("\t")}\n`).join("");
    const said = execFileSync("/bin/bash", ["-c", script], { input, encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });
    return said.trim().split("\n").map(Number);
  };
  const compareAll = (pairs: readonly (readonly [string, string])[]) => {
    const theirs = vercmp(pairs);
    const ours = pairs.map(([a, b]) => Math.sign(compareAlpmVersions(a, b)));
    const different = pairs.filter((_, index) => Math.sign(theirs[index] ?? 2) !== ours[index]);
    expect(different).toEqual([]);
  };

  it("is that of the real vercmp for every pair of known versions", () => {
    // vercmp takes no empty word for a version.
    const known = VERSIONS.filter((version) => version !== "");
    compareAll(known.flatMap((a) => known.map((b) => [a, b] as const)));
  });

  it("is that of the real vercmp for versions that nobody thought of", () => {
    const piece = fc.constantFrom(..."0012789aAbzZ..-_:+~^", "10", "007", "rc", "r12", "12345678901234567890");
    const word = fc.array(piece, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(""));
    const version = word.filter((text) => !text.startsWith("-")); // vercmp would take it for an option
    compareAll(fc.sample(fc.tuple(version, version), { numRuns: 3000, seed: Date.now() }));
  });
});

describe("a request for a version of pacman's", () => {
  it.each([
    ["1:2.3.4-1", "*", true],
    ["1:2.3.4-1", "2.3.*", true],
    ["1:2.3.4-1", "1:2.3.4-1", true],
    ["1:2.3.4-1", "2.3.4-1", false],
    ["2.31-1", "2.3.*", false],
  ])("%s answers %s: %s", (version, request, answer) => {
    expect(answersAlpmRequest(version, request)).toBe(answer);
  });
});

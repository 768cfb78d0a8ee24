import { expect, it } from "vitest";
import { type Expected, faultOf } from "../../daemon/source/statement.ts";
import type { Release } from "../../schema/wire/release-schema.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];
const STATEMENT: Release = {
  repository: "https://git.example.org/x.git",
  channel: "main",
  commit: A,
  version: 5,
  expires: "2026-12-01T00:00:00+01:00",
};
const EXPECTED: Expected = {
  repository: "https://git.example.org/x.git",
  channel: "main",
  now: new Date("2026-11-30T22:59:59Z"),
};
const code = (expected: Partial<Expected>, statement: Partial<Release> = {}) =>
  faultOf({ ...STATEMENT, ...statement }, { ...EXPECTED, ...expected })?.code;

it("a release counts for its channel, until its end, and only forward", () => {
  expect(code({})).toBeUndefined();
  expect(code({}, { channel: "next" })).toBe("release-of-another");
  expect(code({}, { repository: "https://git.example.org/y.git" })).toBe("release-of-another");
  expect(code({ now: new Date("2026-11-30T23:00:00Z") })).toBe("release-expired");
  expect(code({ before: { version: 4, commit: B } })).toBeUndefined();
  expect(code({ before: { version: 5, commit: A } })).toBeUndefined();
  expect(code({ before: { version: 5, commit: B } })).toBe("release-older");
  expect(code({ before: { version: 6, commit: A } })).toBe("release-older");
});

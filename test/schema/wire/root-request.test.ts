import { describe, expect, it } from "vitest";
import { RootRequest } from "../../../schema/wire/root-request.ts";

const digest = "a".repeat(64);
const wanted = {
  provider: "apt",
  name: "curl",
  presence: "present",
  request: "7.*",
  from: "debian",
  attributes: { hold: true },
  marks: { auto: false },
  pin: { version: "7.88.1-10", sha256: digest, from: "debian" },
};
const desired = {
  provider: "apt",
  wanted: [wanted],
  unmanaged: { mode: "report", foreign: "report", ignore: ["linux-image-*"] },
  silent: false,
  notes: ["a note"],
};
const request = {
  version: 1,
  verb: "apply",
  goal: { type: "lock" },
  lock: { name: "web-team", repository: "https://git.example.org/web/env" },
  lockDigest: digest,
  commit: "b".repeat(40),
  desired: [desired],
  allowDowngrades: false,
  expected: digest,
};

const accepts = (value: unknown) => RootRequest.safeParse(value).success;
const withWanted = (parts: object) => ({ ...request, desired: [{ ...desired, wanted: [{ ...wanted, ...parts }] }] });

describe("a request to omg-root", () => {
  it("is taken as it is", () => {
    expect(RootRequest.parse(request)).toEqual(request);
  });

  it.each([
    ["another attribute", withWanted({ attributes: { value: "x" } })],
    ["an attribute that is no switch", withWanted({ attributes: { hold: "yes" } })],
    ["another mark", withWanted({ marks: { essential: true } })],
    ["a provider twice", { ...request, desired: [desired, desired] }],
    ["no digest", { ...request, lockDigest: "" }],
    ["a line break in the lock's name", { ...request, lock: { ...request.lock, name: "a\nb" } }],
    ["an escape in the repository", { ...request, lock: { ...request.lock, repository: "\u001b[2J" } }],
    ["a control character in a source", withWanted({ from: "debian\u0085" })],
    ["a control character in a pin's source", withWanted({ pin: { ...wanted.pin, from: "a\u0000" } })],
    ["a control character in a note", { ...request, desired: [{ ...desired, notes: ["\u0007"] }] }],
  ])("with %s is refused", (_what, value) => {
    expect(accepts(value)).toBe(false);
  });
});

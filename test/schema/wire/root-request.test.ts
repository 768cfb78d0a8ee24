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

const source = {
  provider: "sources",
  name: "third",
  presence: "present",
  attributes: {
    types: "deb",
    uris: "https://deb.example.org/debian",
    suites: "stable",
    components: "main",
    architectures: "",
    key: "/usr/share/keyrings/third.gpg",
  },
};

const accepts = (value: unknown) => RootRequest.safeParse(value).success;
const withSource = (parts: object, attributes: object = {}) => ({
  ...request,
  desired: [
    {
      ...desired,
      provider: "sources",
      wanted: [{ ...source, ...parts, attributes: { ...source.attributes, ...attributes } }],
    },
  ],
});
const withWanted = (parts: object) => ({ ...request, desired: [{ ...desired, wanted: [{ ...wanted, ...parts }] }] });

describe("a request to omg-root", () => {
  it("is taken as it is", () => {
    expect(RootRequest.parse(request)).toEqual(request);
  });

  it("may name bundles of provenance by hash, a few for each artifact, and nothing else of them", () => {
    expect(accepts({ ...request, bundles: { [digest]: [digest] } })).toBe(true);
    for (const bundles of [
      { [digest]: ["/etc/shadow"] },
      { "/etc/shadow": [digest] },
      { [digest]: Array.from({ length: 33 }, () => digest) },
      { [digest]: digest },
      [digest],
    ])
      expect(accepts({ ...request, bundles })).toBe(false);
  });

  it("may ask for sources, in words that a lock may use", () => {
    expect(accepts(withSource({}))).toBe(true);
    expect(accepts(withSource({}, { key: "", uris: "file:/srv/a file:/srv/b", architectures: "amd64 i386" }))).toBe(
      true,
    );
  });

  it.each([
    ["a source that trusts itself", withSource({}, { trusted: "yes" })],
    ["a source of a package's attributes", withSource({ provider: "apt" })],
    ["a package of a source's provider", withWanted({ provider: "sources" })],
    ["a source without an address", withSource({}, { uris: "" })],
    ["a source of two lines", withSource({}, { suites: "stable\nTrusted: yes" })],
    ["a source's name with a slash", withSource({ name: "../third" })],
    ["a source's name with a dot", withSource({ name: "third.list" })],
    ["a source that runs a program", withSource({}, { uris: "ssh://-oProxyCommand=x/debian" })],
    ["a password", withSource({}, { uris: "https://me:secret@deb.example.org/" })],
    ["a keyring elsewhere", withSource({}, { key: "/tmp/x.gpg" })],
    ["a keyring that leads elsewhere", withSource({}, { key: "/usr/share/keyrings/../../x.gpg" })],
    [
      "a key that is none",
      withSource({}, { key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n" }),
    ],
    ["a source to remove", withSource({ presence: "absent" })],
    ["a pin of a source", withSource({ pin: { version: "1" } })],
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

  it("has a refresh of the lists that says nothing else", () => {
    expect(accepts({ version: 1, verb: "refresh" })).toBe(true);
    expect(accepts({ version: 1, verb: "refresh", sources: ["https://deb.example.org"] })).toBe(false);
  });
});

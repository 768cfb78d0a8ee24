import fc from "fast-check";
import { PackageURL } from "packageurl-js";
import { describe, expect, it } from "vitest";
import { purlOf } from "../../host/purl.ts";
import { uuidOf } from "../../host/uuid.ts";

describe("purlOf", () => {
  it.each([
    [
      "libstdc++6",
      "1:12.2.0-14+deb12u1~x",
      "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bdeb12u1~x?arch=amd64&distro=debian-12",
    ],
    ["a", "1^2", "pkg:deb/debian/a@1%5E2?arch=amd64&distro=debian-12"],
  ])("%s %s", (name, version, expected) => {
    const qualifiers = { distro: "debian-12", arch: "amd64", none: "" };
    expect(purlOf({ type: "deb", namespace: "debian", name, version, qualifiers })).toBe(expected);
  });

  it("is read by another implementation as what it was made from", () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,20}$/);
    const version = fc.stringMatching(/^[0-9][A-Za-z0-9.+~:^_!'()*-]{0,20}$/);
    fc.assert(
      fc.property(word, version, word, (name, given, arch) => {
        const read = PackageURL.fromString(
          purlOf({ type: "deb", namespace: "debian", name, version: given, qualifiers: { arch } }),
        );
        expect([read.type, read.namespace, read.name, read.version, read.qualifiers?.arch]).toEqual([
          "deb",
          "debian",
          name,
          given,
          arch,
        ]);
      }),
    );
  });
});

it("uuidOf gives the example of RFC 9562, appendix A.4", () => {
  expect(uuidOf("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
    "2ed6657d-e927-568b-95e1-2665a8aea6a2",
  );
});

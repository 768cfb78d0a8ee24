import { PackageURL } from "packageurl-js";
import { describe, expect, it, test } from "vitest";
import { advisoryOf, alpmPurl } from "../../../providers/pacman/identity.ts";
import { findingOf } from "../../../providers/pacman/licenses.ts";

describe("what a package of pacman is called elsewhere", () => {
  const found = { name: "openssl", version: "1:3.4.0-1", arch: "x86_64" };
  it("Arch's tracker lists what is Arch's own: by the repository, or by who built it", () => {
    const listed = { ecosystem: "Arch", name: "openssl", version: "1:3.4.0-1" };
    for (const repository of ["core", "extra", "multilib", "core-testing", "testing"])
      expect(advisoryOf(found, repository)).toEqual(listed);
    expect(advisoryOf({ ...found, packager: "Jane Doe (jane) <jane@archlinux.org>" })).toEqual(listed);
    for (const repository of ["", "chaotic-aur", "core-mine", "my-extra"])
      expect(advisoryOf({ ...found, packager: "Unknown Packager" }, repository)).toBeUndefined();
    for (const packager of ["x <x@archlinux.org.evil.test>", "x <x@notarchlinux.org>"])
      expect(advisoryOf({ ...found, packager })).toBeUndefined();
  });

  it("has a package URL that the specification's own parser takes", () => {
    const purl = alpmPurl({ ...found, name: "lib32-C++", version: "1:2.0+3-1" }, "arch");
    const { type, namespace, name, version, qualifiers } = PackageURL.fromString(purl);
    expect([type, namespace, name, version]).toEqual(["alpm", "arch", "lib32-c++", "1:2.0+3-1"]);
    expect(qualifiers).toEqual({ arch: "x86_64" });
  });
});

test.each<[readonly string[], string | undefined]>([
  [["MIT"], "MIT"],
  [
    ["GPL-3.0-or-later WITH GCC-exception-3.1", "LGPL-2.1-or-later"],
    "GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-2.1-or-later",
  ],
  [["MIT OR Apache-2.0", "Zlib"], "(MIT OR Apache-2.0) AND Zlib"],
  [["MIT OR Apache-2.0"], "MIT OR Apache-2.0"],
  [["GPL2", "custom:my thing", "GPL2"], "GPL-2.0-only AND LicenseRef-Arch-custom-my-thing"],
  [["LicenseRef-Vim"], "LicenseRef-Vim"],
  [["constructor"], "LicenseRef-Arch-constructor"],
  [["MIT AND ("], "LicenseRef-Arch-MIT-AND"],
  [["", " "], undefined],
  [[], undefined],
])("licenses %j are %s", (values, expression) => {
  expect(findingOf(values, "here").expression).toBe(expression);
});

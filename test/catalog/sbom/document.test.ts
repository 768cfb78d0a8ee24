import spdxIds from "spdx-license-ids/index.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import type { Listed } from "../../../catalog/sbom/component.ts";
import { type Bill, billOfMaterials } from "../../../catalog/sbom/document.ts";
import type { InventoryItem } from "../../../schema/model/inventory.ts";
import type { LicenseFinding } from "../../../schema/model/license.ts";
import { strictFault } from "../../support/cyclonedx.ts";

function item(name: string, parts: Partial<InventoryItem> = {}): InventoryItem {
  return {
    name,
    version: "1:1.0+b1",
    arch: "amd64",
    section: "misc",
    summary: `${name} itself`,
    source: { name: `${name}-src`, version: "1.0" },
    requested: false,
    held: false,
    stays: false,
    needs: [],
    ...parts,
  };
}

function listed(name: string, parts: Partial<Listed> = {}, about: Partial<InventoryItem> = {}): Listed {
  return { address: `apt.${name}`, provider: "apt", item: item(name, about), ...parts };
}

const license = (expression: string, basis: LicenseFinding["basis"] = "stated") => ({
  license: { expression, basis, detail: "" },
});
const depends = (...met: string[]) => ({ kind: "Depends", strict: true, text: met.join(" | "), met });

const PACKAGES: readonly Listed[] = [
  listed(
    "curl",
    { ...license("MIT"), hash: { sha256: "ab".repeat(32), from: "record" }, origin: "debian" },
    {
      requested: true,
      purl: "pkg:deb/debian/curl@1:1.0%2Bb1?arch=amd64&distro=debian-12",
      supplier: '"Jane Doe" <jane@example.org>',
      homepage: "https://example.org/curl?a b",
      needs: [
        depends("libc6", "libc6:i386"),
        { ...depends("extra"), strict: false, kind: "Recommends" },
        depends("curl"),
      ],
    },
  ),
  listed("libc6", license("(MIT OR ISC) AND LicenseRef-Debian-x", "text"), { supplier: "GNU Libc Maintainers" }),
  listed("libc6:i386", { license: { basis: "unknown", detail: "none" } }, { homepage: "not an address", arch: "i386" }),
  listed("extra", license("GPL-3.0-or-later WITH GCC-exception-3.1"), { supplier: "Odd <not an address>" }),
];
const BILL: Bill = {
  spec: "1.6",
  version: "0.1.0",
  host: { id: "debian", versionId: "12", arch: "amd64" },
  packages: PACKAGES,
  lock: { name: "lab", digest: "cd".repeat(32) },
  time: "2026-11-25T12:00:00Z",
  vulnerabilities: {
    lists: [{ from: "https://osv.example/all.zip", date: "2026-11-24T00:00:00Z" }],
    unknown: new Map([["apt.libc6:i386", "There is no database."]]),
    found: new Map([
      ["apt.libc6", [{ id: "CVE-2026-1", aliases: ["DSA-1-1"], severity: "high", score: 7.5, fixed: "1.1" }]],
      [
        "apt.curl",
        [
          { id: "CVE-2026-1", aliases: ["DSA-1-1"], severity: "high", score: 7.5, fixed: "1.2" },
          { id: "AVG-9", aliases: [], severity: "unknown" },
        ],
      ],
      ["apt.extra", []],
    ]),
  },
};

interface Parsed {
  readonly serialNumber: string;
  readonly metadata: Record<string, unknown>;
  readonly components: readonly Record<string, unknown>[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  readonly vulnerabilities: unknown;
}
const made = (bill: Partial<Bill> = {}) => JSON.parse(billOfMaterials({ ...BILL, ...bill })) as Parsed;

describe("a bill of materials", () => {
  it.each(["1.5", "1.6"] as const)(
    "is valid under the strict schema of CycloneDX %s, whatever is known",
    async (spec) => {
      expect(await strictFault(JSON.stringify(made({ spec })), spec)).toBeNull();
      const { lock: _, time: __, vulnerabilities: ___, ...bare } = BILL;
      const least = billOfMaterials({ ...bare, spec, host: { id: "arch", arch: "x86_64" }, packages: [] });
      expect(await strictFault(least, spec)).toBeNull();
    },
  );

  it("can name every license of SPDX's list by its id", async () => {
    const all = spdxIds.map((id, index) => listed(`p${index}`, license(id)));
    for (const spec of ["1.5", "1.6"] as const)
      expect(await strictFault(JSON.stringify(made({ spec, packages: all })), spec)).toBeNull();
  });

  it("the schema is one that says no", async () => {
    const wrong = {
      ...made(),
      components: [{ type: "library", name: "x", hashes: [{ alg: "SHA-256", content: "zz" }] }],
    };
    expect(await strictFault(JSON.stringify(wrong), "1.6")).not.toBeNull();
  });

  it("lists what each package is, and nothing that is not known", () => {
    expect(made().components.map((each) => each["bom-ref"])).toEqual([
      "apt.curl",
      "apt.extra",
      "apt.libc6",
      "apt.libc6:i386",
    ]);
    expect(made().components[0]).toEqual({
      type: "library",
      "bom-ref": "apt.curl",
      supplier: { name: "Jane Doe", contact: [{ email: "jane@example.org" }] },
      name: "curl",
      version: "1:1.0+b1",
      description: "curl itself",
      hashes: [{ alg: "SHA-256", content: "ab".repeat(32) }],
      licenses: [{ license: { id: "MIT", acknowledgement: "declared" } }],
      purl: "pkg:deb/debian/curl@1:1.0%2Bb1?arch=amd64&distro=debian-12",
      externalReferences: [{ type: "website", url: "https://example.org/curl?a%20b" }],
      properties: [
        { name: "omg:arch", value: "amd64" },
        { name: "omg:hash:from", value: "record" },
        { name: "omg:license:from", value: "stated" },
        { name: "omg:origin", value: "debian" },
        { name: "omg:requested", value: "true" },
        { name: "omg:section", value: "misc" },
        { name: "omg:source:name", value: "curl-src" },
        { name: "omg:source:version", value: "1.0" },
      ],
    });
    const [, extra, libc, foreign] = made().components;
    expect(extra).toMatchObject({
      supplier: { name: "Odd <not an address>" },
      licenses: [{ expression: "GPL-3.0-or-later WITH GCC-exception-3.1", acknowledgement: "declared" }],
    });
    expect(libc?.licenses).toEqual([
      { expression: "(MIT OR ISC) AND LicenseRef-Debian-x", acknowledgement: "concluded" },
    ]);
    expect(foreign).toMatchObject({ name: "libc6" });
    for (const absent of ["licenses", "hashes", "externalReferences", "supplier"])
      expect(foreign).not.toHaveProperty(absent);
  });

  it("says what needs what: from what was asked for to what nothing can be without", () => {
    expect(made().dependencies).toEqual([
      { ref: "host", dependsOn: ["apt.curl"] },
      { ref: "apt.curl", dependsOn: ["apt.libc6", "apt.libc6:i386"] },
      { ref: "apt.extra" },
      { ref: "apt.libc6" },
      { ref: "apt.libc6:i386" },
    ]);
  });

  it("names each vulnerability once, with all that it affects", () => {
    expect(made().vulnerabilities).toEqual([
      {
        id: "AVG-9",
        source: { url: "https://security.archlinux.org/AVG-9" },
        ratings: [{ severity: "unknown" }],
        affects: [{ ref: "apt.curl" }],
      },
      {
        id: "CVE-2026-1",
        source: { url: "https://osv.dev/vulnerability/CVE-2026-1" },
        references: [{ id: "DSA-1-1", source: { url: "https://osv.dev/vulnerability/DSA-1-1" } }],
        ratings: [{ score: 7.5, severity: "high" }],
        recommendation: "Fixed in 1.1, 1.2.",
        affects: [{ ref: "apt.curl" }, { ref: "apt.libc6" }],
      },
    ]);
  });

  it("says which lists were asked, and of what nothing could be found out", () => {
    const [, , , foreign] = made().components;
    expect(foreign?.properties).toContainEqual({ name: "omg:vulnerabilities:unknown", value: "There is no database." });
    expect(made().metadata.properties).toContainEqual({
      name: "omg:vulnerabilities:list",
      value: "https://osv.example/all.zip 2026-11-24T00:00:00Z",
    });
  });

  it("is the same for the same content in any order, and has another serial number for any other", () => {
    const text = JSON.stringify(made());
    expect(JSON.stringify(made({ packages: PACKAGES.toReversed() }))).toBe(text);
    const others: readonly Partial<Bill>[] = [
      { spec: "1.5" },
      { time: "2026-11-25T12:00:01Z" },
      { version: "0.1.1" },
      { packages: PACKAGES.slice(1) },
      { host: { id: "debian", versionId: "13", arch: "amd64" } },
    ];
    const serials = [{}, ...others].map((bill) => made(bill).serialNumber);
    expect(new Set(serials).size).toBe(serials.length);
    expect(serials[0]).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

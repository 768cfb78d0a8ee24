import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PackageURL } from "packageurl-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianRecord, writeOsvDump } from "../support/advisory-dumps.ts";
import { strictFault } from "../support/cyclonedx.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, OMG, type OmgLab } from "../support/omg-lab.ts";

interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp?: string; readonly properties?: readonly { name: string; value: string }[] };
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly hashes?: readonly { readonly content: string }[];
    readonly licenses?: readonly unknown[];
    readonly properties: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

describe.runIf(needs("dpkg"))("omg audit sbom, of this machine", () => {
  let folder: string;
  let text: string;
  let bom: Bom;
  const ask = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const own = {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      OMG_CACHE_DIR: join(folder, "cache"),
      OMG_DATA_DIR: folder,
    };
    const ran = spawnSync(process.execPath, [OMG, "audit", "sbom", ...args], {
      cwd: folder,
      env: { ...own, ...env },
      encoding: "utf8",
      maxBuffer: 1 << 27,
    });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-sbom-"));
    text = ask([]).out;
    bom = JSON.parse(text) as Bom;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Fields of what is installed, with tabs between them. */
  const query = (...fields: readonly string[]) =>
    execFileSync(
      "dpkg-query",
      ["-W", "-f", `${["db:Status-Abbrev", ...fields].map((each) => `\${${each}}`).join("\t")}\n`],
      {
        encoding: "utf8",
      },
    )
      .split("\n")
      .flatMap((line) => (/^[a-z]i /.test(line) ? [line.slice(4)] : []));

  it("is valid under the strict schema, in both versions", async () => {
    expect(await strictFault(text, "1.6")).toBeNull();
    expect(await strictFault(ask(["--format", "cyclonedx-1.5"]).out, "1.5")).toBeNull();
  });

  it("has exactly the packages that dpkg-query has, in their versions and architectures", () => {
    const own = bom.components.map(({ name, version, purl }) => {
      const read = PackageURL.fromString(purl);
      expect([read.type, read.name, read.version]).toEqual(["deb", name, version]);
      return [name, version, read.qualifiers?.arch].join("\t");
    });
    expect(own.toSorted()).toEqual(query("Package", "Version", "Architecture").toSorted());
  });

  it("has the purls in the form that another implementation gives them", () => {
    // Which leaves a plus as it is in versions, where the specification encodes it.
    const theirs = (purl: string) => PackageURL.fromString(purl).toString().replaceAll("+", "%2B");
    for (const { purl } of bom.components) expect(theirs(purl)).toBe(purl);
  });

  it("is the same, byte for byte, from kept answers and from none, and with SOURCE_DATE_EPOCH bears that time", () => {
    expect(ask([]).out === text).toBe(true);
    expect(ask([], { OMG_CACHE_DIR: join(folder, "other") }).out === text).toBe(true);
    expect(bom.metadata.timestamp).toBeUndefined();
    const timed = JSON.parse(ask([], { SOURCE_DATE_EPOCH: "1700000000" }).out) as Bom;
    expect(timed.metadata.timestamp).toBe("2023-11-14T22:13:20Z");
    expect(ask([], { SOURCE_DATE_EPOCH: "yesterday" })).toMatchObject({ code: 1 });
  });

  it("has the dependencies that dpkg's own Depends has, of every package that has no choice of them", () => {
    const installed = new Set(query("Package"));
    const refs = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn ?? []]));
    let compared = 0;
    for (const line of query("binary:Package", "Pre-Depends", "Depends")) {
      const [name = "", ...lists] = line.split("\t");
      const list = lists.join(",");
      const plain = list.split(",").map((each) => each.trim().replace(/[ (:].*$/, ""));
      const wanted = [...new Set(plain)].filter((each) => each !== "" && installed.has(each));
      if (list.includes("|") || wanted.length === 0) continue;
      const own = refs.get(`apt.${name.replace(/:amd64$/, "")}`) ?? [];
      const bare = own.map((ref) => ref.replace(/^apt\./, "").replace(/:.*$/, ""));
      expect(bare, name).toEqual(expect.arrayContaining(wanted.filter((each) => each !== name.replace(/:.*$/, ""))));
      compared++;
    }
    expect(compared).toBeGreaterThan(installed.size / 4);
  });

  it("goes to a file that is asked for, and says what it wrote", () => {
    const ran = ask(["--output", "out/sbom.json"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(`Wrote ${join(folder, "out/sbom.json")}: ${bom.components.length} components`);
    expect(readFileSync(join(folder, "out/sbom.json"), "utf8") === text).toBe(true);
    expect(JSON.parse(ask(["--output", "out/sbom.json", "--json"]).out)).toMatchObject({
      components: bom.components.length,
    });
  });
});

describe.runIf(needs("apt-utils", "gpg", "root"))("omg audit sbom, of what omg installed", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
  });
  afterAll(() => lab.dispose());
  const bomOf = async () => JSON.parse((await lab.expect(0, "audit", "sbom")).stdout) as Bom;
  const component = ({ components }: Bom, ref: string) => components.find((each) => each["bom-ref"] === ref);
  const property = (bom: Bom, ref: string, name: string) =>
    component(bom, ref)?.properties.find((each) => each.name === name)?.value;

  it("has the hashes of what omg verified, of what the lock pins, and no others", async () => {
    await lab.apt.aptOk("install", "omg-script=1.0");
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "apply", "--yes");
    const before = await bomOf();
    expect(component(before, "apt.omg-app")?.hashes).toEqual([
      { alg: "SHA-256", content: lab.apt.repo.deb("omg-app", "2.0").sha256 },
    ]);
    expect(property(before, "apt.omg-app", "omg:hash:from")).toBe("record");
    expect(property(before, "apt.omg-app", "omg:origin")).toBe("omg");
    expect(component(before, "apt.omg-script")).not.toHaveProperty("hashes");

    await lab.expect(0, "env", "capture", "--force");
    const after = await bomOf();
    expect(component(after, "apt.omg-script")?.hashes).toEqual([
      { alg: "SHA-256", content: lab.apt.repo.deb("omg-script", "1.0").sha256 },
    ]);
    expect(property(after, "apt.omg-script", "omg:hash:from")).toBe("pin");
    expect(after.metadata.properties).toEqual([
      { name: "omg:lock:name", value: expect.any(String) },
      { name: "omg:lock:sha256", value: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect(await strictFault(JSON.stringify(after), "1.6")).toBeNull();
  });

  it("has the known vulnerabilities with --vulns, and says of what nothing is known", async () => {
    const without = await lab.expect(0, "audit", "sbom", "--vulns");
    expect(JSON.parse(without.stdout)).toMatchObject({ vulnerabilities: [] });
    expect(without.stderr).toMatch(/nothing could be found out about vulnerabilities/);
    expect(property(JSON.parse(without.stdout), "apt.omg-script", "omg:vulnerabilities:unknown")).toMatch(
      /no database/,
    );

    const modified = new Date(Date.now() - 3_600_000).toISOString();
    writeOsvDump(join(lab.project, "all.zip"), [
      { ...debianRecord("CVE-2026-1001", "omg-script", "1.1", { urgency: "high" }), modified },
      { ...debianRecord("CVE-2026-1002", "omg-app", "1.0", { urgency: "low" }), modified },
    ]);
    await lab.expect(0, "audit", "update", "--from", "all.zip");
    const { stdout } = await lab.expect(0, "audit", "sbom", "--vulns");
    const bom = JSON.parse(stdout) as Bom & { vulnerabilities: unknown };
    expect(bom.vulnerabilities).toMatchObject([
      { id: "CVE-2026-1001", recommendation: "Fixed in 1.1.", affects: [{ ref: "apt.omg-script" }] },
    ]);
    expect(bom.metadata.properties?.map(({ name }) => name)).toContain("omg:vulnerabilities:list");
    expect(property(bom, "apt.omg-app", "omg:vulnerabilities:unknown")).toBeUndefined();
    expect(await strictFault(stdout, "1.6")).toBeNull();
    expect((await lab.expect(0, "audit", "sbom", "--vulns")).stdout).toBe(stdout);
    expect(await bomOf()).not.toHaveProperty("vulnerabilities");
  });
});

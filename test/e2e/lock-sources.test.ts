import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, type OmgLab } from "../support/omg-lab.ts";
import { createThirdParty, type ThirdParty } from "../support/third-party.ts";

// Pins from sources that the machine does not have yet: what `omg lock` finds is what the apply installs.
describe.runIf(needs("apt-utils", "gpg", "root"))("pins from a source that is to come", () => {
  let lab: OmgLab;
  let third: ThirdParty;
  beforeAll(async () => {
    lab = await createOmgLab({ packages: [{ name: "omg-base", version: "1.0" }] });
    third = await createThirdParty(join(lab.apt.folder, "third"));
    await third.publish([{ name: "omg-tool", version: "1", fields: { Depends: "omg-base" } }]);
    configure("policy.toml", `version = 1\n[sources]\nallow = ["${third.uri}*"]\n`);
  }, 60_000);
  afterAll(async () => {
    await third?.dispose();
    await lab?.dispose();
  });

  const configure = (name: string, text: string) => {
    const folder = lab.env.OMG_CONFIG_DIR ?? "";
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const want = (apt: object) => lab.writeLock(`version: 1\nname: lab\napt: ${JSON.stringify(apt)}\n`);
  const source = () => ({ uris: third.uri, suites: "stable", components: "main", "signed-by": third.keys[0] });
  const machine = () =>
    ["etc/apt/sources.list.d", "var/lib/apt/lists"].flatMap((name) => readdirSync(join(lab.apt.root, name))).join();

  it("are found before it is there, proved, and installed with it", async () => {
    const before = machine();
    want({ sources: { third: source() }, packages: { "omg-tool": "*" } });
    await lab.expect(0, "lock");
    expect(machine()).toBe(before);
    expect(lab.readLock()).toMatch(/omg-tool: \{ version: "1", sha256: [0-9a-f]{64}, from: third \}/);
    const packages = /third\/stable\/main: \{ release: \w+, packages: (\w{2})(\w+) \}/.exec(lab.readLock());
    const kept = join(lab.env.OMG_DATA_DIR ?? "", "store/sha256", packages?.[1] ?? "", packages?.[2] ?? "");
    expect(readFileSync(kept, "utf8")).toContain("Package: omg-tool");
    await lab.expect(0, "apply", "--yes", "--locked");
    expect((await lab.apt.installed()).get("omg-tool")?.version).toBe("1");
    expect(existsSync(join(lab.apt.root, "etc/apt/sources.list.d/omg-third.sources"))).toBe(true);
    await lab.expect(0, "check", "--locked");
  });

  it("come from what the lock has in place of what is there under its name", async () => {
    const other = await createThirdParty(join(lab.apt.folder, "other"));
    await other.publish([{ name: "omg-tool", version: "2" }]);
    want({
      sources: { third: { ...source(), uris: other.uri, "signed-by": other.keys[0] } },
      packages: { "omg-tool": "*" },
    });
    lab.writeLock(lab.readLock().replace('"omg-tool":"*"', '"omg-tool":"2"'));
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(/omg-tool: \{ version: "2"/);
    await other.dispose();
  });

  it("are of a snapshot's time with one, where its archive is known", async () => {
    want({ snapshot: "2026-01-02", sources: { third: source() }, packages: { "omg-tool": "*" } });
    expect((await lab.expect(1, "lock")).stderr).toContain(third.uri);
    configure("config.toml", "[apt]\nsnapshots = { omg = false, third = false }\n");
    await lab.expect(0, "lock");
    await lab.expect(0, "check", "--locked");
  });
});

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const HERE = needs("apt-utils", "gpg", "root");

// What people leave out, pin, save or edit meanwhile, with the real apt in an isolated root.
describe.runIf(HERE)("what was chosen", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
  });
  afterAll(() => lab.dispose());

  it("never reads as in sync when nothing of it can be looked at", async () => {
    lab.writeLock('version: 1\nname: lab\nruntimes: { zig: "0.14" }\n');
    expect((await lab.expect(2, "check", "--only", "runtimes")).stdout).toContain("Not in sync");
    await lab.expect(0, "check", "--skip", "runtimes");
    lab.writeLock(lockOf({}));
    expect((await lab.expect(3, "plan", "--only", "pacman")).stderr).toContain("manages nothing on this machine");
  });

  it("with --locked is never more than what is pinned, dependencies included", async () => {
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "lock");
    await lab.expect(0, "plan", "--locked");
    const pinned = lab.readLock();
    lab.writeLock(pinned.replace(/^.*auto: true.*\n/gm, ""));
    const before = lab.apt.snapshot();
    for (const command of [["apply", "--yes"], ["apply", "--dry-run"], ["plan"]]) {
      const { stderr } = await lab.expect(3, ...command, "--locked");
      expect(stderr).toContain("apt.omg-lib: 1.1");
    }
    expect(lab.apt.snapshot()).toBe(before);
    lab.writeLock(pinned);
  });

  it("as a saved plan holds after its artifacts were fetched", async () => {
    const file = join(lab.project, "saved.plan");
    await lab.expect(0, "plan", "--out", file);
    const run = await lab.omg(["apply", file], { env: { OMG_FAILPOINT: "log.before-append" } });
    expect(run.signal).toBe("SIGKILL");
    await lab.expect(0, "apply", file);
    await lab.expect(0, "check");
  });

  it("as a way back is open whatever lies in the folder", async () => {
    lab.writeLock("version: 1\nname: lab\napt: [\n");
    const { stderr } = await lab.expect(0, "rollback", "--yes");
    expect(stderr).toContain("left out of account");
    expect((await lab.apt.installed()).get("omg-lib")).toBeUndefined();
  });

  it("by an edit while pins are looked for is never written over", async () => {
    const dpkg = join(lab.apt.folder, "dpkg");
    const path = join(lab.project, "omg.lock");
    writeFileSync(dpkg, `#!/bin/sh\necho '# a word meanwhile' >> ${path}\nexec dpkg "$@"\n`);
    chmodSync(dpkg, 0o755);
    const conf = readFileSync(lab.apt.aptConf, "utf8");
    // apt asks dpkg for what the configuration does not say, and dpkg is slow today.
    writeFileSync(lab.apt.aptConf, `${conf}\n#clear APT::Architectures;\nDir::Bin::dpkg "${dpkg}";\n`);
    lab.writeLock(lockOf({ "omg-epoch": "*" }));
    const { stderr } = await lab.expect(1, "lock");
    expect(stderr).toContain("was changed while its pins were looked for");
    expect(lab.readLock()).toMatch(/omg-epoch": "\*"\n# a word meanwhile\n/);
    expect(lab.readLock()).not.toContain("pins:");
  });
});

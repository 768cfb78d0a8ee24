import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, type OmgLab } from "../support/omg-lab.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";

const LOCK = `version: 1
name: both
apt:
  packages:
    omg-app: "*"
pacman:
  packages:
    omg-app: "*"
    omg-ga: "*"
`;

// The same omg.lock on a machine with apt and on one with pacman: each takes its own section, and leaves the other's pins.
describe.runIf(needs("apt-utils", ...PACMAN_NEEDS))("one lock for Debian and Arch", () => {
  let debian: OmgLab;
  let arch: PacmanOmgLab;
  beforeAll(async () => {
    [debian, arch] = await Promise.all([createOmgLab(), createPacmanOmgLab()]);
  });
  afterAll(() => Promise.all([debian.dispose(), arch.dispose()]));

  const carry = (text: string, to: { readonly project: string }) => writeFileSync(join(to.project, "omg.lock"), text);

  it("is pinned on each for itself, and applied on both", async () => {
    debian.writeLock(LOCK);
    await debian.expect(0, "lock");
    carry(debian.readLock(), arch);
    await arch.expect(0, "lock");
    const pinned = arch.readLock();
    expect(pinned.startsWith(LOCK)).toBe(true);
    carry(pinned, debian);
    await debian.expect(0, "lock");
    expect(debian.readLock()).toBe(pinned);

    const applied = await debian.expect(0, "apply", "--yes");
    expect(`${applied.stdout}${applied.stderr}`).not.toContain("omg-ga");
    await arch.expect(0, "apply", "--yes");
    expect((await debian.apt.installed()).get("omg-app")?.status).toBe("ii");
    expect(Object.keys(await arch.pacman.installed("-e"))).toEqual(["omg-app", "omg-ga"]);
    await debian.expect(0, "check");
    await arch.expect(0, "check");
  });

  it("changes on one where only its own section changes", async () => {
    carry(arch.readLock().replace('    omg-ga: "*"\n', ""), arch);
    await arch.expect(0, "lock");
    carry(arch.readLock(), debian);
    await debian.expect(0, "check");
    await arch.expect(0, "apply", "--yes");
    expect(Object.keys(await arch.pacman.installed("-e"))).toEqual(["omg-app"]);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUR_NEEDS, pkgbuild } from "../support/aur-lab.ts";
import { type AurOmgLab, createAurOmgLab } from "../support/aur-omg-lab.ts";
import { needs } from "../support/needs.ts";
import { onTerminal } from "../support/on-terminal.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";

// The whole way with the real git, makepkg, bubblewrap and pacman; only the AUR's server is the tests' own.
describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS))("from a recipe to an installed package", () => {
  let lab: AurOmgLab;
  let first: string;
  beforeAll(async () => {
    lab = await createAurOmgLab();
    first = lab.aur.publish("aur-one", { PKGBUILD: pkgbuild("aur-one", { depends: "(omg-lib)" }) });
  });
  afterAll(() => lab.dispose());

  it("pins nothing that nobody has accepted", async () => {
    lab.build({ "aur-one": "*" });
    const { stderr } = await lab.expect(9, "lock");
    expect(stderr).toContain(`Nobody has accepted commit ${first} of the AUR's aur-one`);
    expect(lab.readLock()).not.toContain("pins:");
    expect((await lab.expect(1, "apply", "--yes")).stderr).toContain("nobody has said from which commit");
  });

  it("builds a recipe that the lock names, installs it with what it needs, and then has nothing to do", async () => {
    lab.build({ "aur-one": { commit: first } });
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain(`aur-one: { version: "1.0-1", commit: ${first} }`);
    expect(await lab.plan()).toEqual(["install aur-one 1.0-1", "install omg-lib 1.0-1"]);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "aur-one": "1.0-1" });
    expect(await lab.pacman.installed("-d")).toEqual({ "omg-lib": "1.0-1" });
    expect(await lab.plan()).toEqual([]);
  });

  it("shows what changed upstream, and takes it only when somebody agrees", async () => {
    // A terminal would take what stands between for its title, and show nothing of it.
    const PKGBUILD = `${pkgbuild("aur-one", { pkgver: "2.0", depends: "(omg-lib)" })}# \u001b]0;in the title\u0007\n`;
    const second = lab.aur.publish("aur-one", { PKGBUILD });
    lab.build({ "aur-one": "*" });
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain(first);
    const { stderr } = await lab.expect(9, "update", "--no-apply", "--no-refresh", "--yes");
    expect(stderr).toContain(`Nobody has accepted commit ${second}`);
    expect(lab.readLock()).toContain(first);
    const { code, shown } = await onTerminal(lab, ["update", "--no-apply", "--no-refresh"], "y\n");
    expect(code, shown).toBe(0);
    expect(shown).toMatch(/-pkgver=1\.0[\s\S]*\+pkgver=2\.0[\s\S]*Build what this recipe says\?/);
    expect(shown).toContain("+# ^[]0;in the title^G");
    expect(lab.readLock()).toContain(`aur-one: { version: "2.0-1", commit: ${second} }`);
    expect(await lab.plan()).toEqual(["upgrade aur-one 2.0-1"]);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "aur-one": "2.0-1" });
    expect(readFileSync(join(lab.pacman.root, "usr/share/aur-one/version"), "utf8")).toBe("2.0\n");
    await lab.expect(0, "rollback", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "aur-one": "1.0-1" });
  });

  it("refuses a history that was rewritten", async () => {
    const PKGBUILD = pkgbuild("aur-one", { pkgver: "3.0" });
    lab.aur.rewrite("aur-one", { PKGBUILD });
    const { stderr } = await lab.expect(4, "update", "--no-apply", "--no-refresh");
    expect(stderr).toContain("somebody rewrote it");
    expect(lab.readLock()).toContain('aur-one: { version: "2.0-1"');
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUR_NEEDS, type AurLab, createAurLab, pkgbuild } from "../support/aur-lab.ts";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";

// The whole way with the real git, makepkg, bubblewrap and pacman; only the AUR's server is the tests' own.
describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS))("from a recipe to an installed package", () => {
  let aur: AurLab;
  let lab: PacmanOmgLab;
  beforeAll(async () => {
    [aur, lab] = await Promise.all([createAurLab(), createPacmanOmgLab()]);
    const config = join(lab.pacman.folder, "omg/config");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "config.toml"), `[aur]\naddress = "${aur.url}"\n`);
  });
  afterAll(() => Promise.all([aur.close(), lab.dispose()]));

  it("builds a pinned recipe, installs it, and then has nothing to do", async () => {
    const commit = aur.publish("aur-one", { PKGBUILD: pkgbuild("aur-one", { depends: "(omg-lib)" }) });
    lab.want({}, "", { "aur-one": { version: "*", commit } });
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain(`aur-one: { version: "1.0-1", commit: ${commit} }`);
    expect(await lab.plan()).toEqual(["install aur-one 1.0-1", "install omg-lib 1.0-1"]);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "aur-one": "1.0-1" });
    expect(await lab.pacman.installed("-d")).toEqual({ "omg-lib": "1.0-1" });
    expect(await lab.plan()).toEqual([]);
  });
});

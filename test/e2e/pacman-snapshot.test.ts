import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { NEXT } from "../support/pacman-universe.ts";

// An archive of days, laid out as Arch's is: one line of the lock moves everything to a day, forwards and back.
describe.runIf(needs(...PACMAN_NEEDS))("the repositories as they were on a day", () => {
  let lab: PacmanOmgLab;
  const keep = (day: string) =>
    cpSync(join(lab.pacman.repos.folder, "omgtest"), join(lab.pacman.folder, "archive", day, "omgtest/os/x86_64"), {
      recursive: true,
      dereference: true,
    });
  beforeAll(async () => {
    lab = await createPacmanOmgLab();
    keep("2026/11/20");
    await lab.pacman.offer(NEXT);
    keep("2026/11/21");
    mkdirSync(join(lab.pacman.folder, "omg/config"), { recursive: true });
    const archive = `file://${lab.pacman.folder}/archive/$date/$repo/os/$arch`;
    writeFileSync(join(lab.pacman.folder, "omg/config/config.toml"), `[pacman]\narchive = "${archive}"\n`);
    await lab.pacman.pacmanOk("-Syu", "omg-app");
  });
  afterAll(() => lab.dispose());

  it("decides alone which versions are pinned, older ones than installed too", async () => {
    lab.want({ "omg-app": "*", "omg-script": "*" }, "  snapshot: 2026-11-20\n");
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(/omg-app: .*"2\.0-1"/);
    expect(lab.readLock()).toMatch(/omg-lib: .*"1\.0-1".*auto: true/);
    expect(await lab.plan("--allow-downgrades")).toEqual([
      "downgrade omg-app 2.0-1",
      "downgrade omg-lib 1.0-1",
      "install omg-script 1.0-1",
    ]);
    await lab.expect(0, "apply", "--yes", "--allow-downgrades");
    expect(await lab.pacman.installed()).toEqual({
      "omg-app": "2.0-1",
      "omg-base": "1.0-1",
      "omg-lib": "1.0-1",
      "omg-script": "1.0-1",
    });
    await lab.expect(0, "check", "--locked");
  });

  it("moves everything with one line", async () => {
    lab.want({ "omg-app": "*", "omg-script": "*" }, "  snapshot: 2026-11-21\n");
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toMatchObject({
      "omg-app": "2.1-1",
      "omg-lib": "1.1-1",
      "omg-script": "1:0.9-1",
    });
  });

  it("says so where the archive has no such day, and where there is none", async () => {
    lab.want({ "omg-app": "*" }, "  snapshot: 2026-11-22\n");
    expect((await lab.expect(8, "lock")).stderr).toContain("2026-11-22");
    lab.want({ "omg-app": "*" }, "  snapshot: 2026-02-30\n");
    expect((await lab.expect(3, "lock")).stderr).toContain("no such day");
  });

  it("takes no database that a stranger signed", async () => {
    const { repos } = lab.pacman;
    await repos.publish("omgtest", { databaseKey: repos.gpg.makeKey("mallory", { at: new Date("2026-01-01") }) });
    keep("2026/11/23");
    lab.want({ "omg-app": "*" }, "  snapshot: 2026-11-23\n");
    await lab.expect(8, "lock");
    // Nor one that the first try left lying about.
    await lab.expect(8, "lock");
  });
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { NEXT, PACMAN_UNIVERSE } from "../support/pacman-universe.ts";

// The whole way with the real pacman in an isolated root. What is there is always asked of pacman itself.
describe.runIf(needs(...PACMAN_NEEDS))("from a lock to a changed Arch machine", () => {
  let lab: PacmanOmgLab;
  beforeAll(async () => {
    lab = await createPacmanOmgLab();
  });
  afterAll(() => lab.dispose());

  it("pins what is asked for and all that it needs, and plans it exactly", async () => {
    lab.want({ "omg-app": "*", "omg-ga": "*", "omg-script": "*" });
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(/omg-lib: .*"?1\.0-1"?, sha256: [0-9a-f]{64}, from: omgtest, auto: true/);
    expect(await lab.plan()).toEqual([
      "install omg-app 2.0-1",
      "install omg-base 1.0-1",
      "install omg-ga 1.0-1",
      "install omg-lib 1.0-1",
      "install omg-script 1.0-1",
    ]);
    expect(await lab.pacman.installed()).toEqual({});
  });

  it("applies it in one transaction, with the reasons set, and then has nothing to do", async () => {
    await lab.expect(0, "apply", "--yes");
    expect(Object.keys(await lab.pacman.installed("-e"))).toEqual(["omg-app", "omg-ga", "omg-script"]);
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-lib"]);
    expect(await lab.pacman.pacmanOk("-Qi", "omg-app")).toMatch(/Validated By +: Signature/);
    expect(readFileSync(join(lab.pacman.root, "var/log/omg-scripts"), "utf8")).toBe("post_install 1.0-1\n");
    const log = readFileSync(join(lab.pacman.root, "var/log/pacman.log"), "utf8");
    expect(log.match(/transaction started/g)).toHaveLength(1);
    expect(log.match(/running '00-omg-bytes.hook'/g)).toHaveLength(1);
    expect(await lab.plan()).toEqual([]);
    await lab.expect(0, "check", "--locked");
    await lab.expect(0, "apply", "--yes");
  });

  it("upgrades what `omg update` moved, keeps an edited file, and says what is beside it", async () => {
    writeFileSync(join(lab.pacman.root, "etc/omg-app.conf"), "mine\n");
    await lab.pacman.offer(NEXT);
    await lab.expect(0, "update", "--no-apply");
    expect(await lab.plan()).toEqual(["upgrade omg-app 2.1-1", "upgrade omg-lib 1.1-1", "upgrade omg-script 1:0.9-1"]);
    const { stdout } = await lab.expect(0, "apply", "--yes");
    expect(stdout).toContain("/etc/omg-app.conf.pacnew");
    expect(await lab.pacman.installed()).toMatchObject({
      "omg-app": "2.1-1",
      "omg-lib": "1.1-1",
      "omg-script": "1:0.9-1",
    });
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-lib"]);
    expect(readFileSync(join(lab.pacman.root, "etc/omg-app.conf"), "utf8")).toBe("mine\n");
    // pacman's own databases are as they were: newer ones without an upgrade make the next `pacman -S` a partial one.
    expect(await lab.pacman.pacmanOk("-Si", "omg-app")).toMatch(/Version +: 2\.0-1/);
    expect(await lab.plan()).toEqual([]);
  });

  it("goes back to an earlier generation, the very versions and reasons", async () => {
    await lab.expect(0, "rollback", "--yes");
    expect(await lab.pacman.installed()).toMatchObject({
      "omg-app": "2.0-1",
      "omg-lib": "1.0-1",
      "omg-script": "1.0-1",
    });
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-lib"]);
  });

  it("removes what left the lock, with what only that needed", async () => {
    lab.want({ "omg-ga": "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-ga": "1.0-1" });
    expect(existsSync(join(lab.pacman.root, "etc/omg-app.conf.pacsave"))).toBe(true);
  });

  it("keeps what the lock wants absent away, and purges what it wants purged", async () => {
    lab.want({ "omg-ga": "absent", "omg-base": "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
  });

  it("changes a reason alone", async () => {
    await lab.pacman.pacmanOk("-D", "--asdeps", "omg-base");
    await lab.expect(2, "check");
    expect(await lab.plan()).toEqual(["modify omg-base 1.0-1"]);
    await lab.expect(0, "apply", "--yes");
    expect(Object.keys(await lab.pacman.installed("-e"))).toEqual(["omg-base"]);
  });
});

describe.runIf(needs(...PACMAN_NEEDS))("a captured Arch machine", () => {
  it("comes back on an empty root with the same packages, versions and reasons", async () => {
    const here = await createPacmanOmgLab();
    const there = await createPacmanOmgLab();
    await here.pacman.pacmanOk("-S", "omg-app", "omg-needs-editor", "omg-gb", "omg-extra");
    await here.pacman.pacmanOk("-D", "--asdeps", "omg-extra");
    await here.expect(0, "env", "capture");
    await here.expect(0, "check", "--locked");
    // The packages are the same files; only the keys of the two labs differ.
    writeFileSync(join(there.project, "omg.lock"), here.readLock());
    await there.expect(0, "apply", "--yes");
    for (const filter of ["-e", "-d"])
      expect(await there.pacman.installed(filter)).toEqual(await here.pacman.installed(filter));
    await there.expect(0, "check", "--locked");
    await Promise.all([here.dispose(), there.dispose()]);
  });

  it("names foreign and unmanaged packages, and removes them where the lock says so", async () => {
    const lab = await createPacmanOmgLab();
    const foreign = PACMAN_UNIVERSE.find(({ name }) => name === "omg-foreign") ?? { name: "", version: "" };
    await lab.pacman.pacmanOk("-U", await lab.pacman.repos.copyTo(lab.pacman.folder, foreign));
    await lab.pacman.pacmanOk("-S", "omg-gb", "omg-base");
    lab.want({ "omg-base": "*" }, "  unmanaged: report\n");
    await lab.expect(0, "lock");
    const { omg } = JSON.parse((await lab.expect(0, "plan", "--json")).stdout);
    expect({ unmanaged: omg.unmanaged, foreign: omg.foreign }).toEqual({
      unmanaged: ["pacman.omg-foreign", "pacman.omg-gb"],
      foreign: ["pacman.omg-foreign"],
    });
    lab.want({ "omg-base": "*" }, "  unmanaged: remove\n  foreign: remove\n");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1" });
    await lab.dispose();
  });

  it("lets go of packages that no kept generation needs, which are no archives of ar(5)", async () => {
    const lab = await createPacmanOmgLab({ packages: [{ name: "omg-base", version: "1.0-1" }] });
    for (const packages of [{ "omg-base": "*" }, {}]) {
      lab.want(packages);
      await lab.expect(0, "lock");
      await lab.expect(0, "apply", "--yes");
    }
    const { sha256 } = await lab.pacman.repos.add({ name: "omg-base", version: "1.0-1" });
    const stored = join(lab.pacman.root, "var/lib/omg/store/sha256", sha256.slice(0, 2), sha256.slice(2));
    await lab.expect(0, "clean", "--yes");
    expect(existsSync(stored)).toBe(true);
    await lab.expect(0, "clean", "--keep-generations", "1", "--yes");
    expect(existsSync(stored)).toBe(false);
    await lab.dispose();
  });
});

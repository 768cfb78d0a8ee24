import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";
import { NEXT, PACMAN_UNIVERSE } from "../support/pacman-universe.ts";

// What pacman would ask a person, and what it answers by itself when nobody is there: all of it stands in the plan.
describe.runIf(needs(...PACMAN_NEEDS))("choices that pacman makes", () => {
  let lab: PacmanOmgLab;
  beforeEach(async () => {
    lab = await createPacmanOmgLab();
  });
  afterEach(() => lab.dispose());

  it("plans a removal that a conflict brings, with who brings it, and does exactly that", async () => {
    await lab.pacman.pacmanOk("-S", "omg-eda", "omg-needs-editor");
    lab.want({ "omg-edb": "*" });
    await lab.expect(0, "lock");
    expect(await lab.plan()).toEqual(["install omg-edb 1.0-1", "remove omg-eda"]);
    const { omg } = JSON.parse((await lab.expect(0, "plan", "--json")).stdout);
    expect(omg.steps.find(({ address }: { address: string }) => address === "pacman.omg-eda")).toMatchObject({
      cause: "conflict",
      because: "pacman.omg-edb",
    });
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-edb": "1.0-1", "omg-needs-editor": "1.0-1" });
  });

  it("refuses a lock whose packages cannot live with each other", async () => {
    lab.want({ "omg-app": "*", "omg-hates-app": "*" });
    const { stderr } = await lab.omg(["lock"]);
    expect(stderr).toContain("omg-hates-app");
    await lab.pacman.pacmanOk("-S", "omg-app");
    await lab.expect(1, "apply", "--yes");
    expect(await lab.pacman.installed("-e")).toEqual({ "omg-app": "2.0-1" });
  });

  it("says which of several providers pacman takes, and takes another where the lock names it", async () => {
    lab.want({ "omg-needs-editor": "*" });
    expect((await lab.expect(0, "lock")).stdout).toMatch(
      /omg-editor is provided by omg-eda, omg-edb; pacman takes omg-eda/,
    );
    expect(await lab.plan()).toEqual(["install omg-eda 1.0-1", "install omg-needs-editor 1.0-1"]);
    lab.want({ "omg-needs-editor": "*", "omg-edb": "*" });
    await lab.expect(0, "lock");
    expect(await lab.plan()).toEqual(["install omg-edb 1.0-1", "install omg-needs-editor 1.0-1"]);
  });

  it("puts a replacement in the place of what it replaces", async () => {
    await lab.pacman.pacmanOk("-S", "omg-old");
    lab.want({ "omg-old": "*" });
    await lab.expect(0, "lock");
    lab.pacman.repos.withdraw("omg-old");
    await lab.pacman.offer(NEXT);
    expect((await lab.expect(0, "update", "--no-apply")).stdout).toContain("omg-replaces replaces it");
    lab.want({ "omg-replaces": "*" });
    await lab.expect(0, "lock");
    expect(await lab.plan()).toEqual(["install omg-replaces 1.0-1", "remove omg-old"]);
    await lab.expect(0, "apply", "--yes");
    expect(await lab.pacman.installed()).toEqual({ "omg-replaces": "1.0-1" });
  });

  it("goes back to exact versions, coupled ones together, only where that is asked for", async () => {
    await lab.pacman.pacmanOk("-S", "omg-app");
    lab.want({ "omg-app": "*" });
    await lab.expect(0, "lock");
    const pinned = lab.readLock();
    await lab.pacman.offer(NEXT);
    await lab.pacman.pacmanOk("-Syu");
    expect(await lab.pacman.installed()).toMatchObject({ "omg-app": "2.1-1", "omg-lib": "1.1-1" });
    expect(await lab.plan()).toEqual([]); // newer than pinned is told, and left alone
    expect(await lab.plan("--allow-downgrades")).toEqual(["downgrade omg-app 2.0-1", "downgrade omg-lib 1.0-1"]);
    await lab.expect(0, "apply", "--yes", "--allow-downgrades");
    expect(await lab.pacman.installed()).toEqual({ "omg-app": "2.0-1", "omg-base": "1.0-1", "omg-lib": "1.0-1" });
    expect(Object.keys(await lab.pacman.installed("-d"))).toEqual(["omg-base", "omg-lib"]);
    expect(lab.readLock()).toBe(pinned);
  });

  it("leaves alone what IgnorePkg names, and never removes what HoldPkg names", async () => {
    lab.pacman.configure({ options: "IgnorePkg = omg-scr*\nHoldPkg = omg-base" });
    await lab.pacman.pacmanOk("-S", "omg-script", "omg-base");
    lab.want({ "omg-script": "*", "omg-base": "*" });
    await lab.expect(0, "lock");
    await lab.pacman.offer(NEXT);
    await lab.expect(0, "update", "--no-apply");
    expect((await lab.expect(1, "apply", "--yes")).stderr).toContain("IgnorePkg");
    lab.want({ "omg-base": "absent" });
    await lab.expect(0, "lock");
    expect((await lab.expect(4, "apply", "--yes")).stderr).toContain("HoldPkg");
    expect(await lab.pacman.installed()).toEqual({ "omg-base": "1.0-1", "omg-script": "1.0-1" });
  });

  it("refuses to remove what something else needs, and says what", async () => {
    await lab.pacman.pacmanOk("-S", "omg-app");
    lab.want({ "omg-lib": "absent" });
    expect((await lab.expect(1, "apply", "--yes")).stderr).toMatch(/omg-app/);
    expect(await lab.pacman.installed()).toHaveProperty("omg-lib");
  });

  it("answers names that nothing has, virtual ones, and dependencies that nobody can meet", async () => {
    lab.want({ "omg-ap": "*" });
    expect((await lab.expect(1, "lock")).stderr).toContain("omg-app");
    lab.want({ "omg-editor": "*" });
    expect((await lab.expect(1, "lock")).stderr).toMatch(/omg-eda, omg-edb/);
    lab.want({ "omg-group": "*" });
    expect((await lab.expect(1, "lock")).stderr).toContain("omg-group is a group: omg-ga, omg-gb");
    lab.want({ "omg-broken": "*" });
    expect((await lab.expect(1, "lock")).stderr).toContain("omg-lib>=9");
    lab.want({ "omg-app": "9.9-1" });
    expect((await lab.expect(1, "lock")).stderr).toContain("2.0-1 (omgtest)");
  });

  it("answers everyday questions: search, info, why, orphans, outdated, size", async () => {
    await lab.pacman.pacmanOk("-S", "omg-app", "omg-ga");
    await lab.pacman.pacmanOk("-D", "--asdeps", "omg-ga");
    await lab.pacman.offer([...NEXT, ...PACMAN_UNIVERSE.filter(({ name }) => name === "omg-base")]);
    await lab.pacman.pacmanOk("-Sy");
    expect((await lab.expect(0, "search", "omg-app")).stdout).toContain("2.1-1");
    expect((await lab.expect(0, "info", "omg-app")).stdout).toContain("omg-lib>=1.1");
    expect((await lab.expect(0, "why", "omg-lib")).stdout).toContain("omg-app");
    expect((await lab.expect(0, "orphans")).stdout).toContain("omg-ga");
    expect((await lab.omg(["outdated"])).stdout).toMatch(/omg-app +2\.0-1 +2\.1-1/);
    expect((await lab.expect(0, "size")).stdout).toContain("omg-app");
  });
});

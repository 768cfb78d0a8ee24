import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { needs } from "../../support/needs.ts";
import { runOmg } from "../../support/omg-lab.ts";
import { PACMAN_NEEDS } from "../../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../../support/pacman-omg-lab.ts";
import { createTeamLab, type Person, type TeamLab } from "../../support/team-lab.ts";

const HERE = needs(...GIT_NEEDS, ...PACMAN_NEEDS);
/** Of machines with another package manager: nothing here speaks for it. */
const APT = 'apt:\n  packages:\n    ripgrep: "*"\n';
const DEBIAN = `---
pins: debian-99-amd64
apt:
  ripgrep: { version: "13.0.0-4+b2", from: debian }
`;

let lab: TeamLab;
let arch: PacmanOmgLab;
let alice: Person;
beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab();
  arch = await createPacmanOmgLab();
  alice = lab.person("alice");
});
afterEach(async () => {
  await arch?.dispose();
  await lab?.close();
});

async function json(...args: readonly string[]) {
  const ran = await runOmg([...args, "--json"], alice.clone, { ...alice.env, ...arch.env }, {});
  if (ran.code === 0) return JSON.parse(ran.stdout);
  throw new Error(`${args.join(" ")} ended with ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
}

describe.runIf(HERE)("omg team push from a machine with pacman", () => {
  it("takes along what was removed and installed, and leaves what is apt's", async () => {
    alice.write({
      "omg.lock": `version: 1\nname: web-team\n${APT}pacman:\n  packages:\n    omg-app: "*"\n    omg-big: "*"\n`,
    });
    await json("lock");
    const trust = await lab.found(alice, `${alice.read("omg.lock")}${DEBIAN}`);
    await json("team", "join", lab.server.url, "--trust", trust, "--yes");
    expect(await json("team", "push", "--yes")).toMatchObject({ outcome: "nothing" });
    await arch.pacman.pacmanOk("-Rs", "--noconfirm", "omg-app");
    await arch.pacman.pacmanOk("-S", "--noconfirm", "omg-ga");
    const { changes } = await json("team", "push", "--yes");
    const requests = changes.filter(({ of }: { of: string }) => of === "request");
    expect(requests.map(({ name }: { name: string }) => name).sort()).toEqual([
      "pacman.packages.omg-app",
      "pacman.packages.omg-ga",
    ]);
    const lock = lab.server.git("-C", lab.server.bare, "show", "main:omg.lock");
    expect(lock).toContain(APT);
    expect(`${lock}\n`).toContain(DEBIAN);
    expect(lock).not.toMatch(/omg-app|omg-lib/);
  }, 240_000);
});

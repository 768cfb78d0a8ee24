import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import type { Said } from "../support/daemon-omg-lab.ts";
import type { FaultServer } from "../support/fault-server.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { NET_NEEDS } from "../support/net-lab.ts";
import { createTeamLab, type TeamLab, type TeamMachine } from "../support/team-lab.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, ...NET_NEEDS, "apt-utils");

let lab: TeamLab;
let [alice, bob, carol] = [] as unknown as [TeamMachine, TeamMachine, TeamMachine];
let mirrors: readonly FaultServer[];

beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab(["alice", "bob", "carol"]);
  [alice, bob, carol] = lab.machines as [TeamMachine, TeamMachine, TeamMachine];
  mirrors = [];
});
afterEach(() => lab?.close());

/** From now on the machine's packages lie on a server that its namespace does not reach, and its lists are fresh. */
async function mirrored(machine: TeamMachine): Promise<void> {
  mirrors = [...mirrors, await machine.omg.apt.serve()];
  await machine.omg.apt.aptOk("update");
}

const inForce = (commit: string) => (said: Said) =>
  said.about === "commit" && said.text === `${commit.slice(0, 12)} is in force`;

const isAboutPeers = ({ about }: Said) => about === "peers";

describe.runIf(HERE)("teammates on one network", () => {
  it("find each other within two seconds, and install from one another while the mirror is away", async () => {
    const commit = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const first = alice.start();
    await first.hears(inForce(commit));
    for (const machine of [bob, carol]) await mirrored(machine);
    const second = bob.start();
    await second.hears(inForce(commit));
    expect(await bob.installed()).toMatchObject({ "omg-app": "2.0", "omg-lib": "1.1", "omg-script": "1.0" });
    const third = carol.start();
    await third.hears(inForce(commit));
    expect(await carol.installed()).toEqual(await bob.installed());
    const packages = mirrors.flatMap(({ requests }) => requests).filter((path) => path.endsWith(".deb"));
    expect(packages).toEqual([]);
    await until(async () => (await alice.near()).length === 2);
    expect(await alice.near()).toEqual(["bob", "carol"]);
    expect(await carol.near()).toEqual(["alice", "bob"]);
    // One that goes says so, and one that comes is seen by all who are there, and sees them, within two seconds of announcing itself.
    await third.stop();
    await until(() => first.said.findLast(isAboutPeers)?.text === "1 near: bob");
    const again = carol.start();
    await again.hears(({ about, text }) => about === "peers" && text === "nobody is near");
    await until(() => first.said.findLast(isAboutPeers)?.text === "2 near: bob, carol", 2000);
    await until(() => again.said.findLast(isAboutPeers)?.text === "2 near: alice, bob", 2000);
  });
});

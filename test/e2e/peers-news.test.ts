import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { State } from "../../daemon/state.ts";
import { sha256 } from "../../host/digest.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { type GitOutside, openGitOutside } from "../support/git-outside.ts";
import { needs } from "../support/needs.ts";
import { NET_NEEDS } from "../support/net-lab.ts";
import { startTeller } from "../support/odd-peer.ts";
import { createPeersLab, type PeersLab, type TeamMachine } from "../support/peers-lab.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, ...NET_NEEDS);
/** Seconds. */
const POLL = 60;
const PEERS = '[peers]\ninterfaces = ["eth0"]\n';

let lab: PeersLab;
let outside: GitOutside;
afterEach(async () => {
  await lab?.close();
  outside?.close();
});

/** Machines that believe what is newest and apply nothing, with the git server on their network. */
async function team(names: readonly string[], poll = POLL): Promise<readonly TeamMachine[]> {
  lab = await createPeersLab(names);
  outside = await openGitOutside(lab.repo, lab.stranger().station);
  for (const machine of lab.machines) follow(machine, { poll });
  return lab.machines;
}

function follow(machine: TeamMachine, more: Readonly<Record<string, string | number>>): void {
  machine.configure(PEERS, { repository: outside.url, "roll-forward": "off", drift: "off", ...more });
}

function push(text: string, members: Readonly<Record<string, string>> = lab.keys): string {
  const listed = Object.entries(members).map(([name, key]) => `[members.${name}]\nkey = "${key}"\n`);
  const files = {
    "omg.lock": `version: 1\nname: team\naliases: { ll: ls -l }\n`,
    ".omg/members.toml": listed.join(""),
  };
  const commit = lab.repo.commit({ ...files, note: text }, lab.alice);
  lab.repo.push();
  return commit;
}

function stateOf(machine: TeamMachine): Partial<State> {
  try {
    return JSON.parse(readFileSync(machine.place("state", "daemon", "state.json"), "utf8")) as State;
  } catch {
    return {};
  }
}

const newestOf = (machine: TeamMachine) => stateOf(machine).newest?.commit;
const nearOf = (machine: TeamMachine) => stateOf(machine).peers?.near.length ?? 0;

describe.runIf(HERE)("machines of one network", () => {
  it("ask the git server once when something was pushed, and all have it", async () => {
    const machines = await team(["alice", "bob", "carol", "dave"]);
    push("1");
    for (const machine of machines) machine.start();
    await until(() => machines.every((machine) => nearOf(machine) === 3), 60_000);
    // In the middle of an interval nobody asks.
    await until(() => Math.floor((Date.now() / 1000) % POLL) === POLL / 2, 90_000);
    const asked = machines.map((machine) => stateOf(machine).contact);
    outside.askers.length = 0;
    const next = push("2");
    await until(() => machines.every((machine) => newestOf(machine) === next), 90_000);
    expect(new Set(outside.askers).size, outside.askers.join(" ")).toBe(1);
    // The others have heard of it from teammates alone, and do not take that for an answer of the repository.
    const answered = machines.filter((machine, index) => stateOf(machine).contact !== asked[index]);
    expect(answered).toHaveLength(1);
  });

  it("have what one of them has while the git server is away, and call the repository stale all the same", async () => {
    const [alice, bob] = (await team(["alice", "bob"])) as [TeamMachine, TeamMachine];
    const first = push("1");
    follow(bob, { poll: POLL, "max-age": 5 });
    const [omgd, before] = [alice.start(), bob.start()];
    await until(() => newestOf(alice) === first && newestOf(bob) === first, 60_000);
    await before.stop();
    const second = push("2");
    omgd.child.kill("SIGHUP");
    await until(() => newestOf(alice) === second);
    outside.stop();
    const again = bob.start();
    await until(() => newestOf(bob) === second, 60_000);
    await again.hears(({ about, text }) => about === "repository" && text.startsWith("stale: "));
  });

  it("are not kept from news by a member who says that it looked, and has nothing", async () => {
    const poll = 4;
    const [bob] = (await team(["bob"], poll)) as [TeamMachine];
    const { station, key } = lab.stranger();
    const first = push("1", { ...lab.keys, mallory: key.open });
    const channel = sha256(`${outside.url} branch main `).slice(0, 16);
    const { child, asked } = await startTeller(station, key, `${channel} ${first} 0`);
    try {
      bob.start();
      await until(() => nearOf(bob) === 1, 60_000);
      const since = Date.now();
      const next = push("2", { ...lab.keys, mallory: key.open });
      await until(() => newestOf(bob) === next, 12 * poll * 1000 + 10_000);
      // Where mallory's turn comes, bob leaves it to it.
      await until(() => Date.now() - since > 4 * poll * 1000);
      expect(outside.askers.length).toBeGreaterThan(0);
      expect(asked).toEqual([]);
    } finally {
      child.kill();
    }
  });

  it("ask the git server themselves where a member speaks of commits and sends others", async () => {
    const [bob] = (await team(["bob"], 86_400)) as [TeamMachine];
    const { station, key } = lab.stranger();
    const members = { ...lab.keys, mallory: key.open };
    const first = push("1", members);
    const channel = sha256(`${outside.url} branch main `).slice(0, 16);
    bob.start();
    await until(() => newestOf(bob) === first, 60_000);
    const next = push("2", members);
    const { child, asked } = await startTeller(station, key, `${channel} ${"0".repeat(40)} 0`);
    try {
      // The poll is a day away: what it spoke of has the server looked at.
      await until(() => newestOf(bob) === next, 60_000);
      expect(asked).toContain(`/1/commits/${first}`);
      expect(stateOf(bob).refused).toMatchObject([{ teammate: "mallory" }]);
    } finally {
      child.kill();
    }
  });
});

import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { listFolder } from "../../host/folder.ts";
import { ensureHostKey, type HostKey } from "../../team/host-key.ts";
import { inOrder } from "../../team/peers/rendezvous.ts";
import { type AptLabOptions, LAB_NEEDS } from "../support/apt-lab.ts";
import type { Omgd, Said } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { needs } from "../support/needs.ts";
import { NET_NEEDS } from "../support/net-lab.ts";
import { ask, type Lie, startLiar } from "../support/odd-peer.ts";
import { createPeersLab, type PeersLab, type TeamMachine } from "../support/peers-lab.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, ...NET_NEEDS, "apt-utils");

let lab: PeersLab;
afterEach(() => lab?.close());

/** Each of them with packages on a server that its namespace does not reach, and with fresh lists; the first has them in a folder. */
async function team(names: readonly string[], options: AptLabOptions = {}): Promise<readonly TeamMachine[]> {
  lab = await createPeersLab(names, options);
  for (const { omg } of lab.machines.slice(1)) {
    await omg.apt.serve();
    await omg.apt.aptOk("update");
  }
  return lab.machines;
}

const inForce = (commit: string) => (said: Said) =>
  said.about === "commit" && said.text === `${commit.slice(0, 12)} is in force`;
const isAboutPeers = ({ about }: Said) => about === "peers";
const peersOf = ({ said }: Omgd) => said.findLast(isAboutPeers)?.text;

describe.runIf(HERE)("teammates on one network", () => {
  it("find each other within two seconds, and install from one another while the mirror is away", async () => {
    const [alice, bob, carol] = (await team(["alice", "bob", "carol"])) as [TeamMachine, TeamMachine, TeamMachine];
    const commit = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const first = alice.start();
    await first.hears(inForce(commit));
    const second = bob.start();
    await second.hears(inForce(commit));
    expect(await bob.installed()).toMatchObject({ "omg-app": "2.0", "omg-lib": "1.1", "omg-script": "1.0" });
    // By hand, too, told by the omgd that runs beside it.
    carol.configure(undefined, { "roll-forward": "report" });
    const third = carol.start();
    await third.hears(({ about, text }) => about === "peers" && text === "2 near: alice, bob");
    const applied = await carol.run("apply", "--yes", "--lock", carol.place("state", "daemon", "current", "omg.lock"));
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stdout).toContain("5 artifacts came from teammates on this network.");
    expect(await carol.installed()).toEqual(await bob.installed());
    await until(() => peersOf(first) === "2 near: bob, carol");
    // One that goes says so, and one that comes is seen by all who are there, and sees them, within two seconds of announcing itself.
    await third.stop();
    await until(() => peersOf(first) === "1 near: bob");
    const again = carol.start();
    await again.hears(({ about, text }) => about === "peers" && text === "nobody is near");
    await until(() => peersOf(first) === "2 near: bob, carol", 2000);
    await until(() => peersOf(again) === "2 near: alice, bob", 2000);
  });

  it("bring a machine that never fetched a list to the same state, with its mirror away", async () => {
    const [alice, bob, carol] = (await team(["alice", "bob", "carol"])) as [TeamMachine, TeamMachine, TeamMachine];
    for (const machine of [bob, carol]) neverFetched(machine);
    const commit = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const first = alice.start();
    await first.hears(inForce(commit));
    const second = bob.start();
    await second.hears(inForce(commit));
    expect(await bob.installed()).toEqual(await alice.installed());
    expect(await bob.installed()).toMatchObject({ "omg-app": "2.0", "omg-lib": "1.1", "omg-script": "1.0" });
    const checked = await bob.run("check", "--locked", "--lock", bob.place("state", "daemon", "current", "omg.lock"));
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);

    // What bob has of it is enough for the next one.
    await first.stop();
    await until(() => peersOf(second) === "nobody is near");
    await carol.start().hears(inForce(commit));
    expect(await carol.installed()).toEqual(await bob.installed());
  });

  it("change nothing on such a machine by lists that were tampered with, or that another key signed", async () => {
    const [alice, bob, carol] = (await team(["alice", "bob", "carol"])) as [TeamMachine, TeamMachine, TeamMachine];
    for (const machine of [bob, carol]) neverFetched(machine);
    const gpg = new GpgHome();
    const stranger = gpg.makeKey("Stranger", { at: new Date("2020-01-01") });
    gpg.exportTo(join(carol.omg.apt.root, "etc/apt/keyrings/omg.gpg"), [stranger]);
    gpg.dispose();
    const { station } = lab.stranger();
    await lab.publish({ "omg-script": "1.0" });
    const [, release = "", listed = ""] =
      /release: ([0-9a-f]{64}), packages: ([0-9a-f]{64})/.exec(alice.omg.readLock()) ?? [];
    const liar = keyAskedFirst(alice, release);
    const members = { ...lab.keys, mallory: liar.open };
    const next = await lab.publish({ "omg-script": "1.0", "omg-base": "*" }, members);
    const first = alice.start();
    await first.hears(inForce(next));
    const [path, lists] = [objectOf(alice, listed), readFileSync(objectOf(alice, listed))];
    chmodSync(path, 0o644);
    writeFileSync(path, Buffer.concat([lists.subarray(0, -1), Buffer.from("!")]));
    const { child, asked } = await startLiar(station, liar, "other bytes");
    try {
      const second = bob.start();
      const refused = ({ about, text }: Said) => about === "newest" && text.includes("was not applied");
      expect((await second.hears(refused)).problem?.code).toBe("unresolvable");
      expect(asked[0]).toBe(`/1/sha256/${release}`);
      expect(await bob.installed()).toEqual({});
      // Once alice has the right ones again, it is applied beside the liar.
      writeFileSync(path, lists);
      second.child.kill("SIGHUP");
      await second.hears(inForce(next));
      expect(await bob.installed()).toEqual(await alice.installed());
      const third = carol.start();
      expect((await third.hears(refused)).problem?.code).toBe("refused");
      expect(await carol.installed()).toEqual({});
    } finally {
      child.kill();
    }
  });

  it("serve what the followed lock names and nothing else, and members only", async () => {
    const [alice, bob] = (await team(["alice", "bob"])) as [TeamMachine, TeamMachine];
    const named = await lab.publish({ "omg-script": "1.0" });
    const first = alice.start();
    await first.hears(inForce(named));
    await bob.start().hears(inForce(named));
    const place = bob.placeOf("alice");
    if (place === undefined) throw new Error("bob did not find alice");
    const deb = alice.omg.apt.repo.deb("omg-script", "1.0");
    const secret = Buffer.from("in the store, and in no lock");
    const path = objectOf(alice, sha256(secret));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, secret);
    const questions = [deb.sha256, sha256(secret), "0".repeat(64)].map((each) => `/1/sha256/${each}`);
    const { station, key } = lab.stranger();
    expect(ask(bob.station, place, bob.key, questions)).toEqual([`200 ${deb.size}`, "404 0", "404 0"]);
    expect(ask(station, place, key, questions)).toEqual(["cut off", "cut off", "cut off"]);
    expect(ask(station, place, undefined, questions)).toEqual(["cut off", "cut off", "cut off"]);

    // What a newer commit no longer names, and whom it no longer lists, is out with it.
    const next = await lab.publish({ "omg-epoch": "*" }, { alice: alice.key.open, bob: key.open });
    first.child.kill("SIGHUP");
    await first.hears(inForce(next));
    await until(() => ask(bob.station, place, bob.key, questions)[0] === "cut off");
    expect(ask(station, place, key, questions)).toEqual(["404 0", "404 0", "404 0"]);
  });

  it.each(["other bytes", "endless bytes", "slow bytes", "half, and then it leaves"] as const satisfies readonly Lie[])(
    "install the right bytes beside a member who sends %s",
    async (lie) => {
      const [alice, bob] = (await team(["alice", "bob"])) as [TeamMachine, TeamMachine];
      const { station } = lab.stranger();
      const liar = keyAskedFirst(alice, alice.omg.apt.repo.deb("omg-script", "1.0").sha256);
      const commit = await lab.publish({ "omg-script": "1.0", "omg-base": "*" }, { ...lab.keys, mallory: liar.open });
      await alice.start().hears(inForce(commit));
      const { child, asked } = await startLiar(station, liar, lie);
      try {
        await bob.start().hears(inForce(commit));
        expect(await bob.installed()).toMatchObject({ "omg-script": "1.0", "omg-base": "1.0" });
        expect(asked.length).toBeGreaterThan(0);
      } finally {
        child.kill();
      }
    },
  );

  it("go on from one another where a cable is pulled in the middle", async () => {
    const packages = [{ name: "omg-large", version: "1.0", filler: 8_000_000 }];
    const [alice, bob, carol] = (await team(["alice", "bob", "carol"], { packages })) as [
      TeamMachine,
      TeamMachine,
      TeamMachine,
    ];
    const commit = await lab.publish({ "omg-large": "1.0" });
    const { sha256: wanted } = alice.omg.apt.repo.deb("omg-large", "1.0");
    const slowly = '[peers]\ninterfaces = ["eth0"]\nbandwidth = 2000000\n';
    await alice.start().hears(inForce(commit));
    await carol.start().hears(inForce(commit));
    for (const machine of [alice, carol]) machine.configure(slowly);
    const omgd = bob.start();
    const incoming = bob.place("data", "store", "incoming");
    const came = () =>
      listFolder(incoming).some((name) => name.startsWith(wanted) && statSync(join(incoming, name)).size > 0);
    await until(came);
    const [first] = inOrder(
      [alice, carol].map(({ station, key }) => ({ station, key: key.open })),
      wanted,
    );
    first?.station.unplug();
    await omgd.hears(inForce(commit));
    expect(await bob.installed()).toEqual({ "omg-large": "1.0" });
  });

  it("tell one another of a newer commit, and are silent where it costs by volume", async () => {
    const [alice, bob] = (await team(["alice", "bob"])) as [TeamMachine, TeamMachine];
    const commit = await lab.publish({ "omg-script": "1.0" });
    const [first, second] = [alice.start(), bob.start()];
    for (const omgd of [first, second]) await omgd.hears(inForce(commit));
    await until(() => peersOf(first) === "1 near: bob");
    // Each asks the repository once a day; only alice is told to look.
    const next = await lab.publish({ "omg-script": "1.1" });
    first.child.kill("SIGHUP");
    await second.hears(inForce(next));
    expect(await bob.installed()).toEqual({ "omg-script": "1.1" });
    bob.configure('[peers]\ninterfaces = ["eth0", "wlan9"]\nmetered = true\n');
    await second.hears(
      ({ text }) =>
        text === "nobody is near; paused on eth0, wlan9, which costs by volume; wlan9 has no IPv4 address here",
    );
    await until(() => peersOf(first) === "nobody is near");
    bob.configure("");
    await second.hears(({ about, text }) => about === "peers" && text === "no longer looked for");
  });
});

/** Nothing of its sources is on its disk. */
function neverFetched({ omg: { apt } }: TeamMachine): void {
  rmSync(join(apt.root, "var/lib/apt/lists"), { recursive: true });
  mkdirSync(join(apt.root, "var/lib/apt/lists/partial"), { recursive: true });
}

/** Where a machine's own store has it. */
function objectOf({ place }: TeamMachine, digest: string): string {
  return place("data", "store", "sha256", digest.slice(0, 2), digest.slice(2));
}

/** A key of somebody who is asked for an artifact before that machine is. */
function keyAskedFirst({ key, place }: TeamMachine, artifact: string): HostKey {
  for (let number = 0; ; number++) {
    const other = ensureHostKey(place("data", `other-${number}`));
    if (inOrder([{ key: key.open }, { key: other.open }], artifact)[0]?.key === other.open) return other;
  }
}

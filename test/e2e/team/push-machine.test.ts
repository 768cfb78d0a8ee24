import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../support/apt-lab.ts";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { needs } from "../../support/needs.ts";
import { runOmg } from "../../support/omg-lab.ts";
import { createTeamLab, type Machine, nextTrust, type Person, type TeamLab } from "../../support/team-lab.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS);
/** Of a platform that nobody here has. */
const ELSEWHERE = `---
pins: debian-99-amd64
apt:
  omg-epoch: { version: "0.9", from: debian }
`;

/** A machine with a root of its own, and somebody who works at it. */
interface Desk {
  readonly apt: AptLab;
  readonly machine: Machine;
  readonly person: Person;
  /** omg in the person's clone, with what this machine has. */
  json(code: number, ...args: readonly string[]): Promise<Pushed>;
  installed(): Promise<readonly string[]>;
}

interface Pushed {
  readonly outcome: string;
  readonly changes: readonly { readonly name: string; readonly of: string; readonly after?: string }[];
  readonly notes: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

let lab: TeamLab;
let trust: string;
const desks: Desk[] = [];
let [one, two, three] = [] as unknown as [Desk, Desk, Desk];

beforeEach(async () => {
  if (!HERE) return;
  lab = await createTeamLab();
  const first = await deskOf("alice");
  await first.apt.aptOk("install", "--yes", "omg-app", "omg-script=1.0", "omg-big=1.0", "omg-epoch");
  const begun = (await first.json(0, "team", "init", "web-team", "--yes")) as unknown as {
    readonly fingerprint: string;
  };
  trust = begun.fingerprint;
  const captured = first.person.read("omg.lock").replace('omg-big: "*"', 'omg-big: "1.*"');
  first.person.publish({ "omg.lock": `${captured}${ELSEWHERE}` });
  [one, two, three] = [first, await deskOf("bob"), await deskOf("carol")];
  first.person.write({
    ".omg/trust/2.json": nextTrust(first.person.read(".omg/trust/1.json"), ({ keys, roles }) => {
      for (const { person } of [two, three]) {
        keys[person.fingerprint] = { owner: `${person.name}@omg.test`, ssh: person.key };
        roles.release.push(person.fingerprint);
      }
    }),
  });
  first.person.signTrust(2);
  first.person.publish();
  for (const { person, machine } of desks) {
    person.git("pull", "--quiet", "origin", "main");
    // By another address than the clone has.
    await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
  }
}, 120_000);
afterEach(async () => {
  for (const { apt } of desks.splice(0)) await apt.dispose();
  await lab?.close();
});

async function deskOf(name: string): Promise<Desk> {
  const apt = await createAptLab();
  // All of them have the first one's packages.
  if (desks[0] !== undefined) {
    for (const folder of ["etc/apt/keyrings", "etc/apt/sources.list.d"])
      cpSync(join(desks[0].apt.root, folder), join(apt.root, folder), { recursive: true });
    await apt.aptOk("update");
  }
  const machine = lab.machine(name, apt.env);
  const person = lab.person(name);
  const env = { ...person.env, ...machine.env };
  const desk: Desk = {
    apt,
    machine,
    person,
    json: async (code, ...args) => {
      const ran = await runOmg([...args, "--json"], person.clone, env, {});
      if (ran.code === code) return JSON.parse(ran.stdout);
      throw new Error(`${args.join(" ")} ended with ${ran.code}, not ${code}\n${ran.stdout}\n${ran.stderr}`);
    },
    installed: async () =>
      [...(await apt.installed())]
        .filter(([, { status }]) => status.endsWith("i"))
        .map(([key, { version }]) => `${key} ${version}`),
  };
  desks.push(desk);
  return desk;
}

const names = ({ changes }: Pushed, of = "request") =>
  changes.filter((change) => change.of === of).map(({ name }) => name);
const main = () => lab.server.git("-C", lab.server.bare, "show", "main:omg.lock");

describe.runIf(HERE)("omg team push from machines", () => {
  it("takes along what was installed, removed and upgraded by hand, and not what is only not applied yet", async () => {
    await one.apt.aptOk("install", "--yes", "omg-eda", "omg-script=1.1");
    await one.apt.aptOk("remove", "--yes", "--auto-remove", "omg-app");
    expect(await one.json(0, "team", "push", "--dry-run")).toMatchObject({ outcome: "shown" });
    expect(await one.json(9, "team", "push")).toMatchObject({ error: { code: "no-consent" } });
    expect(one.person.git("status", "--porcelain")).toBe("");
    const pushed = await one.json(0, "team", "push", "--yes");
    expect(names(pushed)).toEqual(expect.arrayContaining(["apt.packages.omg-eda", "apt.packages.omg-app"]));
    expect(names(pushed)).toHaveLength(2);
    expect(pushed.changes).toContainEqual(
      expect.objectContaining({
        name: expect.stringMatching(/ apt\.omg-script$/),
        after: expect.stringContaining('"1.1"'),
      }),
    );
    const lock = main();
    expect(`${lock}\n`).toContain(ELSEWHERE);
    expect(lock).not.toMatch(/omg-app|omg-lib|omg-extra/);

    // This one is behind: it has what the team took out, and lacks what is new.
    const before = await two.installed();
    expect(await two.json(0, "team", "push", "--yes")).toMatchObject({ outcome: "nothing", changes: [] });
    await two.apt.aptOk("remove", "--yes", "omg-big");
    expect(names(await two.json(0, "team", "push", "--yes"))).toEqual(["apt.packages.omg-big"]);
    expect(main()).toContain("omg-eda");
    expect(main()).not.toMatch(/omg-app|omg-big/);
    expect(two.person.git("status", "--porcelain")).toBe("");
    expect(before.length - 1).toBe((await two.installed()).length);

    await three.machine.json(0, "team", "pull", "--yes");
    const now = await three.installed();
    expect(now).toEqual(expect.arrayContaining(["omg-eda 1.0", "omg-script 1.1", "omg-epoch 1:0.5"]));
    expect(now.join()).not.toMatch(/omg-app|omg-big|omg-lib/);
    for (const desk of [one, two, three]) {
      await desk.machine.json(0, "team", "pull", "--yes");
      expect(await desk.json(0, "team", "push", "--yes")).toMatchObject({
        changes: [],
        notes: [],
        outcome: "nothing",
      });
    }
  }, 240_000);

  it("lets two at once take out and move different names, and names what both changed", async () => {
    await one.apt.aptOk("remove", "--yes", "omg-app");
    await two.apt.aptOk("install", "--yes", "omg-script=1.1");
    const both = await Promise.all([one, two].map((desk) => desk.json(0, "team", "push", "--yes")));
    expect(both.map(({ outcome }) => outcome)).toEqual(["pushed", "pushed"]);
    expect(main()).not.toContain("omg-app");
    expect(main()).toMatch(/omg-script: \{ version: "1\.1"/);
    // Gone here, and moved by the team since it was applied here.
    await three.apt.aptOk("remove", "--yes", "omg-script");
    const { outcome, notes } = await three.json(0, "team", "push", "--yes");
    expect(outcome).toBe("nothing");
    expect(notes.join()).toContain("omg-script is gone here and stays in the lock, which says otherwise");
  }, 240_000);

  it("leaves what other platforms pin, what the request rules out, and what no source lists", async () => {
    await one.apt.aptOk("remove", "--yes", "omg-epoch");
    await one.apt.addPackage({ name: "omg-big", version: "2.0" });
    await one.apt.publish();
    await one.apt.aptOk("update");
    await one.apt.aptOk("install", "--yes", "omg-big=2.0");
    const { outcome, notes } = await one.json(0, "team", "push", "--yes");
    expect(outcome).toBe("nothing");
    expect(notes.join("\n")).toContain(
      "omg-epoch is gone here and stays in the lock, which pins it for debian-99-amd64",
    );
    expect(notes.join("\n")).toContain("omg-big is 2.0 here, and its pin stays: the lock asks for 1.*");
    await one.apt.aptOk("install", "--yes", "--allow-downgrades", "omg-big=1.1");
    one.apt.withdraw("omg-big", "1.1");
    await one.apt.publish();
    await one.apt.aptOk("update");
    rmSync(one.machine.place("data", "store"), { recursive: true, force: true });
    const later = await one.json(0, "team", "push", "--yes");
    expect(later.notes.join("\n")).toContain("omg-big is 1.1 here, and its pin stays: no source lists that version");
  }, 240_000);

  it("takes nothing out where it cannot be told who did it", async () => {
    const audit = two.machine.place("data", "audit", "audit.jsonl");
    await two.apt.aptOk("remove", "--yes", "omg-app");
    const text = readFileSync(audit, "utf8");
    writeFileSync(audit, text.replace('"event":"apply.intent"', '"event":"apply.intenT"'));
    const told = await two.json(0, "team", "push", "--yes");
    expect(told.outcome).toBe("nothing");
    expect(told.notes.join()).toContain("What was changed here by hand cannot be told");
    writeFileSync(audit, text);
    expect(names(await two.json(0, "team", "push", "--dry-run"))).toEqual(["apt.packages.omg-app"]);
    // What dpkg knows is not to be read: then nothing is pushed at all.
    const status = join(two.apt.root, "var/lib/dpkg/status");
    const known = readFileSync(status);
    writeFileSync(status, "Package: omg-base\nno such line\n");
    expect((await two.json(1, "team", "push", "--yes")).error?.message).toContain("status");
    writeFileSync(status, known);
    // A machine where this lock was never applied lacks everything, and takes nothing out.
    const fresh = await deskOf("dora");
    const fourth = await fresh.json(0, "team", "push", "--yes");
    expect(fourth).toMatchObject({ outcome: "nothing", notes: [expect.stringContaining("was never applied")] });
  }, 240_000);
});

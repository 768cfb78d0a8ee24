import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GIT_NEEDS } from "../../support/git-lab.ts";
import { needs } from "../../support/needs.ts";
import { createTeamLab, type Machine, type Person, SHELL_LOCK, type TeamLab } from "../../support/team-lab.ts";
import { until } from "../../support/until.ts";

const HERE = needs(...GIT_NEEDS);
const NAMES = ["one", "two", "three"] as const;

let lab: TeamLab;
let alice: Person;
let machines: Readonly<Record<string, Machine>>;
let tomls: Readonly<Record<string, string>>;
let running: ReturnType<Machine["start"]>[] = [];

beforeEach(async () => {
  if (!HERE) return;
  running = [];
  lab = await createTeamLab();
  alice = lab.person("alice");
  const trust = await lab.found(alice);
  machines = Object.fromEntries(NAMES.map((name) => [name, lab.machine(name)]));
  const keys: Record<string, string> = {};
  for (const [name, machine] of Object.entries(machines)) {
    const { member } = await machine.json(0, "team", "join", lab.server.url, "--trust", trust, "--yes");
    keys[name] = `[members.${name}]\nkey = "${(member as { key: string }).key}"\n`;
    configure(machine);
  }
  tomls = keys;
  alice.publish({ ".omg/members.toml": Object.values(keys).join("\n") });
  await machines.three?.json(0, "team", "pull", "--yes");
});
afterEach(async () => {
  for (const omgd of running) await omgd.stop();
  await lab?.close();
});

function configure(machine: Machine, more = ""): void {
  const file = machine.place("config", "config.toml");
  const text = readFileSync(file, "utf8").replace(/^(?:poll|report).*\n/gm, "");
  writeFileSync(file, text.replace("[daemon]\n", `[daemon]\npoll = 1\nreport-interval = 1\n${more}`));
}

function start(name: string) {
  const omgd = (machines[name] as Machine).start();
  running.push(omgd);
  return omgd;
}

interface Seen {
  readonly commit: string;
  readonly strangers: number;
  readonly stale?: string;
  readonly members: readonly {
    readonly name: string;
    readonly state: string;
    readonly note?: { readonly commit: string };
  }[];
}

/** Asks until the answer is so; what it was last, where it never is. */
async function status(name: string, isSo: (seen: Seen) => boolean): Promise<Seen> {
  let seen: unknown;
  await until(async () => {
    seen = await (machines[name] as Machine).json(0, "team", "status");
    return isSo(seen as Seen);
  }, 40_000).catch((cause: unknown) => {
    throw new Error(`${JSON.stringify(seen, undefined, 1)}\n${running.map(({ said }) => said()).join("\n")}`, {
      cause,
    });
  });
  return seen as Seen;
}

const states = ({ members }: Seen) => Object.fromEntries(members.map(({ name, state }) => [name, state]));

describe.runIf(HERE)("how a team's machines are", () => {
  it("is known by their own signed notes; who is off is silent, and who is removed is none of them", async () => {
    start("one");
    start("two");
    const seen = await status("three", (now) => states(now).one === "in sync" && states(now).two === "in sync");
    expect(states(seen)).toEqual({ one: "in sync", two: "in sync", three: "silent" });
    expect(seen.strangers).toBe(0);
    const commit = alice.publish({ ".omg/members.toml": `${tomls.one}${tomls.three}` });
    await (machines.three as Machine).json(0, "team", "pull", "--yes");
    const later = await status("three", (now) => now.members.some(({ note }) => note?.commit === commit));
    expect(states(later)).toEqual({ one: "in sync", three: "silent" });
    expect(later.strangers).toBe(1);
    // Without the server what was heard before counts on.
    lab.server.answerWith(503);
    expect(await status("three", () => true)).toMatchObject({ stale: expect.any(String), members: later.members });
    const shown = await (machines.three as Machine).omg("team", "status");
    expect(shown.stdout).toContain("The notes are as of before");
  });

  it("takes no right to the branch, and one that is refused keeps nothing from being applied", async () => {
    const hook = join(lab.server.bare, "hooks", "update");
    const only = (pattern: string) => {
      writeFileSync(hook, `#!/bin/sh\ncase "$1" in ${pattern}) exit 0;; esac\nexit 1\n`);
      chmodSync(hook, 0o755);
    };
    only("refs/omg/members/*");
    start("one");
    await status("three", (now) => states(now).one === "in sync");
    only("refs/heads/main");
    const commit = alice.publish({ "omg.lock": `${SHELL_LOCK}  la: ls -a\n` });
    const two = start("two");
    await until(() => two.said().includes("the team is not told"), 40_000);
    await until(async () => {
      const { state } = await (machines.two as Machine).json(0, "daemon", "status");
      return (state as { in_force?: { commit: string } }).in_force?.commit === commit;
    }, 40_000);
  });

  it("goes into another repository where one is named, and a note that somebody else put there counts for nothing", async () => {
    const elsewhere = join(lab.server.folder, "served", "notes.git");
    lab.server.git("init", "--quiet", "--bare", elsewhere);
    lab.server.git("config", "--file", join(elsewhere, "config"), "http.receivepack", "true");
    const notes = lab.server.url.replace("repository.git", "notes.git");
    for (const name of NAMES) configure(machines[name] as Machine, `report = "${notes}"\n`);
    const one = start("one");
    await status("three", (now) => states(now).one === "in sync");
    const git = (...args: readonly string[]) => lab.server.git("-C", elsewhere, ...args);
    expect(lab.server.git("-C", lab.server.bare, "for-each-ref", "refs/omg")).toBe("");
    await one.stop();
    const [reference = ""] = git("for-each-ref", "--format=%(refname)").split("\n");
    const note = git("cat-file", "blob", reference);
    const put = (text: string) => {
      const file = join(lab.server.folder, "note");
      writeFileSync(file, text);
      git("update-ref", reference, git("hash-object", "-w", file));
    };
    put(note.replace('"in sync"', '"drifted"'));
    expect(states(await status("three", () => true)).one).toBe("not signed by it");
    put("x".repeat(10_000));
    expect(states(await status("three", () => true)).one).toBe("silent");
    // As it was: the word of the machine itself, until it ends.
    put(note);
    expect(states(await status("three", () => true)).one).toBe("in sync");
  });
});

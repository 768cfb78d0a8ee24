import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, type Omgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { generator, SEED } from "../support/random.ts";
import { until } from "../support/until.ts";
import { type Askers, openAskers } from "./questions.ts";

// Commits, drift and questions at random, also several at once, against one omgd that clients of its socket ask all the time. `npm test` takes
// a few of them and asks that nothing is missed, that answers are those of the command and that no descriptor stays open. `npm run soak` goes on
// for its time, and asks besides that memory stays flat and how soon things are noticed: that depends on the machine, so no test of the suite
// asks it, and here the limits (2 s from a push that is seen to its being applied, 1 s from a removal to its being seen) are for a machine on
// which `omg check` by itself takes half a second; a slower one has as much more.

const MINUTES = Number(process.env.OMG_SOAK_MINUTES ?? 0);
const FEW = 6;
const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils", "gcc", "libc6-dev");

/** What a commit may ask for; all of it is known to the repository of packages. */
const CHOICES = [
  { "omg-app": "2.1" },
  { "omg-app": "2.1", "omg-script": "1.1" },
  { "omg-app": "2.1", "omg-eda": "1.0" },
  { "omg-script": "1.1", "omg-epoch": "1:0.5" },
] as const;
const NAMES = new Set(CHOICES.flatMap((each) => Object.keys(each)));
/** What omgd is not asked: the command reads it. */
const COMMANDS = [["daemon", "status"], ["status"], ["explicit"], ["history"], ["audit", "verify"]] as const;

let lab: DaemonLab;
beforeAll(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterAll(() => lab?.close());

/** Milliseconds. */
const times: { readonly applied: number[]; readonly noticed: number[] } = { applied: [], noticed: [] };
/** How long `omg check` takes by itself. Milliseconds. */
const checks: number[] = [];
const USUAL_CHECK = 500;
const samples: { readonly megabytes: number; readonly descriptors: number }[] = [];

describe.runIf(HERE)(`omgd, ${MINUTES > 0 ? `for ${MINUTES} minutes` : "for a moment"} (OMG_SEED=${SEED})`, () => {
  it(
    "misses nothing of drift, commits and questions at random, and does not grow",
    async () => {
      const random = generator(SEED);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
      const end = Date.now() + MINUTES * 60_000;
      const omgd = lab.start();
      let wanted: Readonly<Record<string, string>> = await push(omgd, CHOICES[0]);
      const askers = await openAskers(lab, generator(SEED + 1));
      for (let count = 0; MINUTES > 0 ? Date.now() < end : count < FEW; count++) {
        await settled();
        if (MINUTES > 0) await timeCheck();
        const kind = pick(["commit", "drift", "question", "all"] as const);
        const asked =
          kind === "question" || kind === "all" ? ask(askers, pick(COMMANDS), kind === "question") : undefined;
        if (kind === "drift" || kind === "all") await removeByHand(omgd, pick(Object.keys(wanted)), kind === "drift");
        if (kind === "commit" || kind === "all") wanted = await push(omgd, pick(CHOICES));
        await until(async () => isAs(wanted), 120_000);
        await asked;
        samples.push(sampleOf(omgd));
      }
      await lab.look(omgd);
      await askers.ask(true);
      const asked = await askers.tally();
      await askers.end();
      expect(await isAs(wanted)).toBe(true);
      expect(omgd.stderr()).toBe("");
      expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
      judge(asked);
      expect(await omgd.stop()).toBe(143);
    },
    (MINUTES + 10) * 60_000,
  );
});

async function push<T extends Readonly<Record<string, string>>>(omgd: Omgd, packages: T): Promise<T> {
  const commit = (await lab.publish(packages)).slice(0, 12);
  omgd.child.kill("SIGHUP");
  const seen = await omgd.hears(({ about, text }) => about === "newest" && text.startsWith(commit));
  const applied = await omgd.hears(({ about, text }) => about === "commit" && text === `${commit} is in force`);
  times.applied.push(Date.parse(applied.time) - Date.parse(seen.time));
  return packages;
}

/** @param alone whether nothing else is under way, so that what omgd says next of the machine is about this */
async function removeByHand(omgd: Omgd, name: string, alone: boolean): Promise<void> {
  const status = join(lab.machine.apt.root, "var/lib/dpkg/status");
  const before = omgd.said.length;
  // While somebody else has dpkg's lock it says so.
  await until(async () => (await lab.machine.apt.dpkg("--remove", "--force-depends", name)).code === 0, 120_000);
  if (!alone) return;
  // dpkg writes it when it has removed the package, and again at its end; omgd writes it when it puts the package back.
  const removed = statSync(status).mtimeMs;
  await until(() => omgd.said.slice(before).some(({ text }) => text.startsWith("drifted")), 120_000);
  const said = omgd.said.slice(before).find(({ text }) => text.startsWith("drifted"));
  times.noticed.push(Math.max(0, Date.parse(said?.time ?? "") - removed));
}

async function timeCheck(): Promise<void> {
  const began = performance.now();
  await lab.follow.omg("check", "--locked", "--lock", lab.lock);
  checks.push(performance.now() - began);
}

/** Until omgd has seen that all is as it should be: what it says next is about what comes next. */
async function settled(): Promise<void> {
  await until(() => {
    const { doing, machine } = JSON.parse(readFileSync(lab.follow.place("state", "daemon", "state.json"), "utf8"));
    return doing === "waiting" && machine?.state === "in sync";
  }, 120_000);
}

async function ask(askers: Askers, words: readonly string[], isStill: boolean): Promise<void> {
  const [{ code, stderr }] = await Promise.all([lab.follow.omg(...words, "--json"), askers.ask(isStill)]);
  // 1: a question about the log comes in the middle of a line of it.
  expect([0, 1, 2, 5], stderr).toContain(code);
}

async function isAs(wanted: Readonly<Record<string, string>>): Promise<boolean> {
  const named = Object.entries(await lab.installed()).filter(([name]) => NAMES.has(name));
  return JSON.stringify(named.sort()) === JSON.stringify(Object.entries(wanted).sort());
}

function sampleOf({ child: { pid } }: Omgd): (typeof samples)[number] {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return { megabytes: Number(kilobytes) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

function judge(asked: Awaited<ReturnType<Askers["tally"]>>): void {
  const quarter = Math.ceil(samples.length / 4);
  // Not the first ones: a program that has just started grows to what it works with.
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const least = (list: typeof samples, what: keyof (typeof samples)[number]) =>
    Math.min(...list.map((each) => each[what]));
  const megabytesAt = (part: number) => Math.round(samples[Math.ceil(part * samples.length) - 1]?.megabytes ?? 0);
  const summary = {
    things: samples.length,
    appliedMs: median(times.applied),
    noticedMs: median(times.noticed),
    checkMs: median(checks),
    megabytes: [least(early, "megabytes"), least(late, "megabytes")].map(Math.round),
    course: Array.from({ length: 10 }, (_, tenth) => megabytesAt((tenth + 1) / 10)),
    descriptors: [least(early, "descriptors"), least(late, "descriptors")],
    asked,
  };
  if (MINUTES > 0) console.log(JSON.stringify(summary));
  expect(asked.stays).toBeGreaterThan(0);
  expect(asked.comeAndGo).toBeGreaterThan(0);
  // A child that runs has some for a moment: the fewest of several looks are those that stay.
  expect(least(late, "descriptors")).toBeLessThanOrEqual(least(early, "descriptors") + 3);
  if (MINUTES === 0) return;
  // Where the machine is too busy for omgd to answer in time, Node does.
  expect(asked.byOmgd).toBeGreaterThan(0);
  expect(least(late, "megabytes")).toBeLessThanOrEqual(1.1 * least(early, "megabytes") + 5);
  const slow = Math.max(1, summary.checkMs / USUAL_CHECK);
  expect(summary.appliedMs).toBeLessThanOrEqual(2000 * slow);
  expect(summary.noticedMs).toBeLessThanOrEqual(1000 * slow);
}

/** Of nothing: 0. */
function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
}

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOf } from "../../app/prepared/build.ts";
import { openPrepared } from "../../app/prepared/open.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { builderOf, createDaemonLab, type DaemonLab, type Omgd } from "../support/daemon-omg-lab.ts";
import { DIST } from "../support/fronts.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { runOmg } from "../support/omg-lab.ts";
import { connectTo } from "../support/omgd-client.ts";
import { generator, SEED } from "../support/random.ts";
import { until } from "../support/until.ts";

// kill -9 of omgd at random instants of its rounds. `npm test` takes a sample; `npm run torture -- daemon` all, or as many as OMG_TORTURE_KILLS says.
const ALL = process.env.OMG_TORTURE === "all";
const KILLS = Number(process.env.OMG_TORTURE_KILLS ?? (ALL ? 200 : 4));
const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

/** What a commit asks for, in turns: something comes, goes, and changes in each. */
const WANTED = [
  { "omg-app": "2.1", "omg-script": "1.1" },
  { "omg-app": "2.1", "omg-eda": "1.0" },
  { "omg-script": "1.1", "omg-epoch": "1:0.5" },
] as const;
const NAMES = new Set(WANTED.flatMap((each) => Object.keys(each)));

/** What an instant is a part of. */
const MOMENTS = ["a round", "a round", "the rest after it", "the work on answers"] as const;
/** How long that work takes of a repository as small as the lab's, about. Milliseconds. */
const ANSWERS = 400;

/** What omgd was at when it was killed; answers are worked out beside whatever else it does. */
const hit = { fetching: 0, checking: 0, applying: 0, answers: 0, idle: 0 };

let lab: DaemonLab;
let omgd: Omgd;
/** How long a round with an apply takes here. Milliseconds. */
let round = Number.POSITIVE_INFINITY;
/** What an omgd that was killed long ago had begun to write. */
let old: readonly string[];
beforeAll(async () => {
  if (!HERE) return;
  lab = await createDaemonLab();
  const folders = [lab.follow.place("state", "daemon"), lab.follow.place("cache", "prepared")];
  old = folders.map((folder) => join(folder, ".omg-0123456789abcdef.tmp"));
  for (const path of old) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "half of somethi");
    utimesSync(path, 1e9, 1e9);
  }
  omgd = lab.start();
  await inForce(await lab.publish(WANTED[2]));
  for (const wanted of WANTED.slice(1)) {
    const commit = await lab.publish(wanted);
    const began = performance.now();
    omgd.child.kill("SIGHUP");
    await inForce(commit);
    round = Math.min(round, performance.now() - began);
  }
});
afterAll(() => lab?.close());

describe.runIf(HERE)("omgd, killed at random instants", () => {
  const random = generator(SEED);
  // Rounds take most of the time; what follows them, and the short work on new answers, have to be met, too.
  const instants = Array.from({ length: KILLS }, (_, number) => ({
    number,
    part: Math.round(random() * 100) / 100,
    of: MOMENTS[number % MOMENTS.length] ?? "a round",
  }));

  it.each(instants)(
    `$number: at $part of $of (OMG_SEED=${SEED})`,
    async ({ number, part, of }) => {
      const wanted = WANTED[number % WANTED.length] ?? {};
      const commit = await lab.publish(wanted);
      omgd.child.kill("SIGHUP");
      if (of === "the rest after it") await inForce(commit);
      // It may have begun and ended between two looks: then it is killed all the same, and counts as what it was at.
      if (of === "the work on answers") await until(() => builderOf(omgd) !== undefined, 10_000).catch(() => undefined);
      await new Promise((done) => setTimeout(done, part * (of === "the work on answers" ? ANSWERS : round)));
      await kill();
      omgd = lab.start();
      await inForce(commit);
      const named = Object.entries(await lab.installed()).filter(([name]) => NAMES.has(name));
      expect(Object.fromEntries(named)).toEqual(wanted);
      const { stdout } = await lab.follow.omg("daemon", "status", "--json");
      expect(JSON.parse(stdout)).toMatchObject({ running: true, pid: omgd.child.pid });
      await answersAreTrue();
    },
    600_000,
  );

  it("leaves a log, a store and answers that are whole, and no more than a little that nobody needs", async () => {
    expect((await lab.follow.omg("audit", "verify")).code).toBe(0);
    expect(await omgd.stop()).toBe(143);
    expect(damaged()).toEqual([]);
    if (ALL) console.log(JSON.stringify({ round: Math.round(round), hit, litter: litter().length }));
    // What is a few minutes old may stay for the next omgd to take away.
    expect(litter().filter((path) => old.includes(path))).toEqual([]);
    expect(litter().length).toBeLessThanOrEqual(10);
    // Few say nothing of how often each is met.
    if (KILLS < 40) return;
    for (const phase of ["fetching", "applying", "answers", "idle"] as const)
      expect(hit[phase], phase).toBeGreaterThanOrEqual(KILLS / 40);
  });
});

function inForce(commit: string): Promise<unknown> {
  return omgd.hears(({ about, text }) => about === "commit" && text === `${commit.slice(0, 12)} is in force`);
}

/** With omgd goes whoever works out its answers: alone that would come to its end. An apply does. */
async function kill(): Promise<void> {
  const worker = builderOf(omgd);
  await omgd.stop("SIGKILL");
  const { doing } = JSON.parse(readFileSync(lab.follow.place("state", "daemon", "state.json"), "utf8"));
  if (worker !== undefined) hit.answers += 1;
  if (worker === undefined || doing !== "waiting") hit[(doing === "waiting" ? "idle" : doing) as keyof typeof hit] += 1;
  try {
    if (worker !== undefined) process.kill(worker, "SIGKILL");
  } catch {
    // it was just done
  }
}

/** What omgd says by its socket, and what lies there for the next one, is what the command finds out by itself. */
async function answersAreTrue(): Promise<void> {
  const path = lab.follow.place("runtime", "control.sock");
  await until(() => existsSync(path), 60_000);
  const asker = await connectTo(path);
  const document = async (...args: readonly string[]) =>
    JSON.parse((await runOmg([...args, "--json"], "/", lab.follow.env, {})).stdout);
  for (const [question, args] of [
    [{ ask: "explicit" }, ["explicit"]],
    [{ ask: "search", terms: ["omg"], limit: 25 }, ["search", "omg"]],
  ] as const) {
    let reply: Awaited<ReturnType<typeof asker.ask>> = {};
    await until(async () => {
      reply = await asker.ask(question);
      return reply.current === true;
    }, 60_000);
    expect(reply.answer).toEqual(await document(...args));
  }
  asker.close();
  const { env } = lab.follow;
  const who = { uid: 0, user: "root", home: env.HOME ?? "", elevated: false, env, cwd: "/" };
  const { signal } = new AbortController();
  const ctx = { ...who, now: () => new Date(), emit: () => undefined, signal, program: DIST };
  const kept = await openPrepared(ctx, buildOf(ctx));
  expect(kept?.search(["omg-app"], 1)?.hits).toHaveLength(1);
  expect(kept?.info(["omg-app", "omg-eda"])?.result.packages).toHaveLength(2);
  kept?.close();
}

/** Objects of the store that are not what their names say. */
function damaged(): readonly string[] {
  const all = filesIn(lab.follow.place("data")).filter((path) => /\/sha256\/[0-9a-f]{2}\/[0-9a-f]{62}$/.test(path));
  expect(all.length).toBeGreaterThan(0);
  return all.filter((path) => {
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
    return !path.endsWith(`${hash.slice(0, 2)}/${hash.slice(2)}`);
  });
}

/** What a program that was killed had begun to write, beside what it would have replaced. */
function litter(): readonly string[] {
  return filesIn(lab.follow.place()).filter((path) => /\.tmp$/.test(basename(path)));
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
}

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { IN_ONE_THREAD } from "../../app/prepared/child.ts";
import { frameOf, PROTOCOL } from "../../schema/wire/frames.ts";
import type { Packed } from "../../schema/wire/msgpack.ts";
import { connectTo } from "../../test/support/omgd-client.ts";
import { summary, type Timing } from "../measure.ts";
import {
  childrenOf,
  type Floor,
  memoryOf,
  type Paced,
  processorTime,
  type RunningOmgd,
  startFloor,
  startOmgd,
} from "../omgd.ts";
import { type Root, run } from "../root.ts";
import { debianMachine, type Table, type World } from "../world.ts";

/** Memory is given back some seconds after the last work: that is the end of it, and not idleness. */
const QUIET_MS = 40_000;
const IDLE_MS = 30_000;
/** Milliseconds between two looks at whether it is done. */
const LOOK_MS = 25;
const PACE_MS = 3;

/** What omgd costs on a Debian machine with 1,500 packages installed: nothing to do, and everything that it answers from made anew. */
export async function omgd(world: World): Promise<Table> {
  const root = debianMachine(world, "omgd", "plain");
  const isSmall = (name: string) => name.includes("security");
  const isLarge = (name: string) => !isSmall(name);
  const index = (change: Change) => indexed(world, root, change);
  const alone = { large: index(() => edit(root, isLarge)), all: index(() => forget(root)) };
  const running = await startOmgd(root, world.omg);
  let floor: Floor | undefined;
  try {
    floor = await startFloor(root.folder, join(import.meta.dirname, "../../bench/frame.c"));
    const rounds = (change: Change) => rebuilt(running, floor, world.rounds, change);
    const small = await rounds(() => edit(root, isSmall));
    const large = await rounds(() => edit(root, isLarge));
    const all = await rounds(() => forget(root));
    const asked = [...small.asked, ...large.asked, ...all.asked];
    const wide = await blockedBy(running, "a");
    const seldom = floor === undefined ? [] : await askedSeldom(running, floor);
    await pause(QUIET_MS);
    const used = processorTime(running.pid);
    await pause(IDLE_MS);
    const idle = (processorTime(running.pid) - used) / IDLE_MS;
    const { now, peak } = memoryOf(running.pid);
    const timings: readonly Timing[] = [
      { name: "the search's index alone, the largest list changed", ...summary(alone.large) },
      { name: "the search's index alone, everything read anew", ...summary(alone.all) },
      { name: "worked out anew, the smallest list changed", ...small.times },
      { name: "worked out anew, the largest list changed", ...large.times },
      { name: "worked out anew, everything read anew", ...all.times },
      ...meanwhile(asked),
      { name: "others' answers beside a search for a letter", ...summary(wide) },
      ...(seldom.length > 0 ? [{ name: "an answer after a while without a question", ...summary(seldom) }] : []),
      { name: "memory, idle", ...summary([now]), unit: "MB" },
      { name: "memory, at the most", ...summary([peak]), unit: "MB" },
      { name: "of one core, idle", ...summary([100 * idle]), unit: "%" },
    ];
    return { title: "omgd: 1500 packages installed, all of Debian known", unit: "ms", timings, against: "" };
  } finally {
    floor?.end();
    await running.end();
  }
}

/** Makes something ready, and returns what has omgd work everything out anew. */
type Change = () => () => void;
type Asked = Awaited<ReturnType<Paced["end"]>>;

/** Of each round how long the slowest answers took; what of that the machine itself did, the bare server and the counting beside them tell. */
function meanwhile(rounds: readonly Asked[]): readonly Timing[] {
  if (rounds.length === 0) return [{ name: "the slowest answer meanwhile", note: "no C compiler here" }];
  const at = (share: number) => (times: readonly number[]) =>
    times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0;
  return [
    { name: "the slowest tenth of the answers meanwhile", ...summary(rounds.map(({ answers }) => at(0.9)(answers))) },
    { name: "the slowest answer meanwhile", ...summary(rounds.map(({ answers }) => at(1)(answers))) },
    { name: "the most that omgd worked for one meanwhile", ...summary(rounds.map(({ worked }) => at(1)(worked))) },
    { name: "the slowest of the bare server meanwhile", ...summary(rounds.map(({ bare }) => at(1)(bare))) },
    { name: "the slowest of counting for 1.5 ms meanwhile", ...summary(rounds.map(({ counted }) => at(1)(counted))) },
    { name: "answers above 10 ms, of all of them", ...shareAbove(rounds.flatMap(({ answers }) => answers)) },
    { name: "counting above 10 ms, of all of it", ...shareAbove(rounds.flatMap(({ counted }) => counted)) },
  ];
}

/** Milliseconds in which each answer is to be there while the index is made. */
const AIM_MS = 10;

function shareAbove(times: readonly number[]): Omit<Timing, "name"> {
  return { ...summary([(100 * times.filter((each) => each > AIM_MS).length) / times.length]), unit: "%" };
}

/** How long the process takes that makes the search's index and nothing else, without an omgd. */
function indexed({ rounds, omg }: World, root: Root, change: Change): readonly number[] {
  return Array.from({ length: rounds }, () => {
    change()();
    const began = performance.now();
    run(root, process.execPath, [IN_ONE_THREAD, omg, "__prepare", "index"]);
    return performance.now() - began;
  });
}

interface Rebuilt {
  readonly times: ReturnType<typeof summary> & { readonly cpu: number };
  /** Of each round what was asked until it was done; none without a C compiler. */
  readonly asked: readonly Asked[];
}

/** How long the child takes once something changed, and what answers take until it is done. */
async function rebuilt(omgd: RunningOmgd, floor: Floor | undefined, rounds: number, change: Change): Promise<Rebuilt> {
  const times: number[] = [];
  const asked: Asked[] = [];
  // More than are asked in one round, so that nobody remembers what was said to one.
  const questions = Array.from({ length: 2000 }, (_, count) => search(`lib${count % 10}`, 20 + Math.floor(count / 10)));
  const { id: _, ...first } = search("lib0", 100);
  const sample = await omgd.client.ask(first);
  if (!("answer" in sample)) throw new Error(`omgd answered ${JSON.stringify(sample)}`);
  const bytes = frameOf(sample as Packed).length;
  const used = childrenOf(omgd.pid);
  for (let round = 0; round < rounds; round += 1) {
    const before = await indexOf(omgd);
    const put = change();
    const client = floor?.pacing(omgd.socket, questions, bytes);
    put();
    let now = before;
    for (; now.builds === before.builds || !(await isCurrent(omgd)); now = await indexOf(omgd)) await pause(LOOK_MS);
    times.push(now.lastMs);
    if (client !== undefined) asked.push(await client.end());
  }
  return { times: { ...summary(times), cpu: (childrenOf(omgd.pid) - used) / rounds }, asked };
}

function search(term: string, limit: number) {
  return { v: PROTOCOL, id: 1, ask: "search", terms: [term], limit };
}

/** Words that nobody asked for before. */
const WORDS = ["parser", "editor", "server", "mail", "image", "kernel", "browser"];
/** Milliseconds after which omgd gives memory back, where there is much of it. */
const WHILE_MS = 6500;

/** Milliseconds of one answer of twenty lines each time that nobody asked for a while. */
async function askedSeldom({ socket }: RunningOmgd, floor: Floor): Promise<readonly number[]> {
  const times: number[] = [];
  for (const word of WORDS) {
    await pause(WHILE_MS);
    const client = floor.pacing(socket, [search(word, 20)], 1);
    await pause(100);
    times.push((await client.end()).answers[0] ?? 0);
  }
  return times;
}

async function isCurrent({ client }: RunningOmgd): Promise<boolean> {
  return (await client.ask({ ask: "explicit" })).current === true;
}

async function indexOf({ client }: RunningOmgd): Promise<{ readonly builds: number; readonly lastMs: number }> {
  const { answer } = await client.ask({ ask: "cache-stats" });
  return (answer as { readonly index: { readonly builds: number; readonly lastMs: number } }).index;
}

/** Milliseconds that others wait for short answers while one client goes on searching for something that fits nearly everything. */
async function blockedBy({ client, socket }: RunningOmgd, term: string): Promise<readonly number[]> {
  const other = await connectTo(socket);
  let done = false;
  const searching = (async () => {
    while (!done) await other.ask({ ask: "search", terms: [term], limit: notAsked() });
  })();
  const times: number[] = [];
  for (let count = 0; count < 100; count += 1) {
    const asked = performance.now();
    await client.ask({ ask: "ping" });
    times.push(performance.now() - asked);
    await pause(PACE_MS);
  }
  done = true;
  await searching;
  other.close();
  return times;
}

let limits = 25;

/** A limit that makes a question another one, so that nobody remembers what was said to it. */
function notAsked(): number {
  limits = limits >= 124 ? 25 : limits + 1;
  return limits;
}

let edits = 0;

/** Has one package of each of these lists change, as a new version of it would. */
function edit(root: Root, isMeant: (name: string) => boolean): () => void {
  const lists = join(root.folder, "root/var/lib/apt/lists");
  const changed = readdirSync(lists).filter((each) => each.endsWith("_Packages") && isMeant(each));
  for (const name of changed) {
    edits += 1;
    const text = readFileSync(join(lists, name), "latin1");
    writeFileSync(join(lists, "partial", name), text.replace(/^(Version: [^\n+]*).*$/m, `$1+${edits}`), "latin1");
  }
  // As apt puts a new list in the place of an old one.
  return () => {
    for (const name of changed) renameSync(join(lists, "partial", name), join(lists, name));
  };
}

/** The same, and everything goes that earlier runs kept. */
function forget(root: Root): () => void {
  const put = edit(root, () => true);
  return () => {
    for (const name of ["lists", "prepared", "apt-catalog"])
      rmSync(join(root.env.OMG_CACHE_DIR ?? "", name), { recursive: true, force: true });
    put();
  };
}

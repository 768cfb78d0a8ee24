import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectTo } from "../../test/support/omgd-client.ts";
import { summary, type Timing } from "../measure.ts";
import { childrenOf, memoryOf, processorTime, type RunningOmgd, startOmgd } from "../omgd.ts";
import { type Root, run } from "../root.ts";
import { debianMachine, type Table, type World } from "../world.ts";

/** V8 goes through its memory once more some twenty seconds after the last work: that is the end of it, and not idleness. */
const QUIET_MS = 40_000;
const IDLE_MS = 30_000;
/** Milliseconds between questions while the index is made. */
const PACE_MS = 3;

/** What omgd costs on a Debian machine with 1,500 packages installed: nothing to do, and everything that it answers from made anew. */
export async function omgd(world: World): Promise<Table> {
  const root = debianMachine(world, "omgd", "plain");
  const isSmall = (name: string) => name.includes("security");
  const isLarge = (name: string) => !isSmall(name);
  const index = (change: () => void) => indexed(world, root, change);
  const alone = { large: index(() => edit(root, isLarge)), all: index(() => forget(root)) };
  const running = await startOmgd(root, world.omg);
  try {
    const small = await rebuilt(running, world.rounds, () => edit(root, isSmall));
    const large = await rebuilt(running, world.rounds, () => edit(root, isLarge));
    const all = await rebuilt(running, world.rounds, () => forget(root));
    const wide = await blockedBy(running, "a");
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
      { name: "the slowest tenth of the answers meanwhile", ...summary([...small.slow, ...large.slow, ...all.slow]) },
      { name: "the slowest answer meanwhile", ...summary([...small.slowest, ...large.slowest, ...all.slowest]) },
      { name: "others' answers beside a search for a letter", ...summary(wide) },
      { name: "memory, idle", ...summary([now]), unit: "MB" },
      { name: "memory, at the most", ...summary([peak]), unit: "MB" },
      { name: "of one core, idle", ...summary([100 * idle]), unit: "%" },
    ];
    return { title: "omgd: 1500 packages installed, all of Debian known", unit: "ms", timings, against: "" };
  } finally {
    await running.end();
  }
}

/** How long the child takes that makes the search's index and nothing else, without an omgd. */
function indexed({ rounds, omg }: World, root: Root, change: () => void): readonly number[] {
  return Array.from({ length: rounds }, () => {
    change();
    const began = performance.now();
    run(root, process.execPath, [omg, "__prepare", "index"]);
    return performance.now() - began;
  });
}

interface Rebuilt {
  readonly times: ReturnType<typeof summary> & { readonly cpu: number };
  /** Of each round, how long the slowest tenth of the answers took, in milliseconds. */
  readonly slow: readonly number[];
  /** And the slowest of them. */
  readonly slowest: readonly number[];
}

/** How long the child takes once something changed, and what answers take until it is done. */
async function rebuilt(omgd: RunningOmgd, rounds: number, change: () => void): Promise<Rebuilt> {
  const times: number[] = [];
  const [slow, slowest]: [number[], number[]] = [[], []];
  const used = childrenOf(omgd.pid);
  for (let round = 0; round < rounds; round += 1) {
    const before = await indexOf(omgd);
    change();
    const answers: number[] = [];
    let now = before;
    for (let count = 0; now.builds === before.builds || !(await isCurrent(omgd)); count += 1) {
      const asked = performance.now();
      await omgd.client.ask({ ask: "search", terms: [`lib${count % 10}`], limit: notAsked() });
      answers.push(performance.now() - asked);
      await pause(PACE_MS);
      now = await indexOf(omgd);
    }
    times.push(now.lastMs);
    slow.push(answers.toSorted((a, b) => a - b)[Math.floor(answers.length * 0.9)] ?? 0);
    slowest.push(Math.max(...answers));
  }
  return { times: { ...summary(times), cpu: (childrenOf(omgd.pid) - used) / rounds }, slow, slowest };
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

/** Changes one package of each of these lists, as a new version of it would. */
function edit(root: Root, isMeant: (name: string) => boolean): void {
  const lists = join(root.folder, "root/var/lib/apt/lists");
  for (const name of readdirSync(lists).filter((each) => each.endsWith("_Packages") && isMeant(each))) {
    edits += 1;
    const text = readFileSync(join(lists, name), "latin1");
    const next = join(lists, "partial", name);
    writeFileSync(next, text.replace(/^(Version: [^\n+]*).*$/m, `$1+${edits}`), "latin1");
    // As apt puts a new list in the place of an old one.
    renameSync(next, join(lists, name));
  }
}

/** Everything that earlier runs kept. */
function forget(root: Root): void {
  for (const name of ["lists", "prepared", "apt-catalog"])
    rmSync(join(root.env.OMG_CACHE_DIR ?? "", name), { recursive: true, force: true });
  edit(root, () => true);
}

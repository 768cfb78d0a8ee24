import { appendFileSync, existsSync, lstatSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OmgLab } from "../test/support/omg-lab.ts";
import { type Contender, measure, type Timing } from "./measure.ts";
import { closure, emptyRoot, type Listed, type Root, rootWith, run } from "./root.ts";
import type { Tools } from "./tools.ts";

/** What every row of the table is made from. */
export interface World {
  readonly folder: string;
  /** The lists of this machine's sources, and nothing installed. */
  readonly base: Root;
  readonly all: readonly Listed[];
  readonly tools: Tools;
  /** Path of the omg that is measured. */
  readonly omg: string;
  readonly rounds: number;
}

export interface Table {
  readonly title: string;
  readonly unit: "ms" | "MB";
  readonly timings: readonly Timing[];
  /** Name of the line that the others are divided by. */
  readonly against: string;
}

/** With their dependencies more than 1,500 packages: a workstation of somebody who could not decide. */
const WORKSTATION = ["gnome", "kde-standard", "xfce4", "libreoffice", "build-essential"];
const SERVER = ["openssh-server", "curl", "git"];

export const FLOOR: Contender = { name: "node -e 0", command: [process.execPath, "-e", "0"] };

/** A machine with the first `count` packages that Debian's base and a choice of others need, and the lock that captures it. */
export function captured(
  world: World,
  name: string,
  count: number,
): { readonly root: Root; readonly pins: readonly Listed[] } {
  const pins = machinePackages(world, count);
  return { root: machineOf(world, name, pins), pins };
}

/** The first `count` packages that apt would configure for such a machine: complete in their dependencies. */
export function machinePackages(world: World, count: number): readonly Listed[] {
  const base = world.all.filter(({ text }) => /^(Priority: (required|important)|Essential: yes)$/m.test(text));
  const wanted = [...new Set(base.map((each) => each.name)), ...(count > 200 ? WORKSTATION : SERVER)];
  return closure(world.base, wanted, world.all, count);
}

/** A machine with these packages, captured. What another one of them depends on counts as come along with it. */
export function machineOf(world: World, name: string, pins: readonly Listed[]): Root {
  const root = rootWith(world.base, join(world.folder, name), pins, needed(pins));
  run(root, "apt-cache", ["gencaches"]);
  run(root, process.execPath, [world.omg, "env", "capture"]);
  return root;
}

/** One in so many packages of `debianMachine` is older than what the lists have. */
const OLD = 100;
/** As images of containers have apt: it packs lists as it likes best, which is lz4, and keeps no cache of them. */
const CONTAINER = 'Acquire::GzipIndexes "true"; Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";\n';

/** A machine of 1,500 packages that no lock has a say about. */
export function debianMachine(world: World, name: string, kind: "plain" | "container"): Root {
  const pins = machinePackages(world, 1500).map((each, index) =>
    index % OLD === 0 ? { ...each, version: "0", text: each.text.replace(/^Version: .*$/m, "Version: 0") } : each,
  );
  const folder = join(world.folder, name);
  if (kind === "container")
    return rootWith(emptyRoot(`${folder}-base`, CONTAINER), folder, pins, needed(pins), CONTAINER);
  const root = rootWith(world.base, folder, pins, needed(pins));
  run(root, "apt-cache", ["gencaches"]);
  return root;
}

function needed(packages: readonly Listed[]): ReadonlySet<string> {
  const relations = packages.flatMap(({ text }) =>
    [...text.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)].map(([, list = ""]) => list),
  );
  return new Set(relations.flatMap((list) => list.split(/[,|]/).map((each) => each.trim().replace(/[ :(].*$/, ""))));
}

export function omg(world: World, name: string, args: readonly string[], more: Partial<Contender> = {}): Contender {
  return { name, command: [process.execPath, world.omg, ...args], ...more };
}

/** The same by the program that npm's link leads to, where it is native: it starts Node only for what it does not know. */
export function native(world: World, name: string, args: readonly string[], says: RegExp): Contender | string {
  const front = join(dirname(world.omg), "../dist/omg");
  const isNative = existsSync(front) && lstatSync(front).isFile();
  return isNative ? { name, command: [front, ...args], says } : name;
}

/** Where the commands of a lab run. */
export function rootOfLab(lab: OmgLab): Root {
  return { folder: lab.apt.folder, project: lab.project, lock: join(lab.project, "omg.lock"), env: lab.env };
}

let edits = 0;

/** Changes the bytes of the lock, and nothing that it says. */
export function edit(root: Root): void {
  edits += 1;
  appendFileSync(root.lock, `# edit ${edits}\n`);
}

/** Has the next run work out its answer, where an earlier one still stands. What else was kept stays. */
export function forgetAnswers({ env: { OMG_CACHE_DIR = "" } }: Root): void {
  rmSync(join(OMG_CACHE_DIR, "standing"), { recursive: true, force: true });
}

/** Measures what is here; the names of what is not get a line of their own. */
export async function lines(
  world: World,
  root: Root,
  contenders: readonly (Contender | string)[],
): Promise<readonly Timing[]> {
  const here = contenders.filter((each) => typeof each !== "string");
  const measured = await measure(root, here, world.rounds);
  const byName = new Map(measured.map((timing) => [timing.name, timing]));
  return contenders.map((each) =>
    typeof each === "string" ? { name: each, note: "not here" } : (byName.get(each.name) ?? { name: each.name }),
  );
}

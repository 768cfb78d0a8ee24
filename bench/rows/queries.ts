import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { archRoot, knownWith } from "../arch-root.ts";
import type { Contender } from "../measure.ts";
import { type Floor, publishStatus, type RunningOmgd, startFloor, startOmgd } from "../omgd.ts";
import { type Root, run } from "../root.ts";
import { debianMachine, forgetAnswers, lines, machinePackages, type Table, type World } from "../world.ts";

const PACMAN = "/usr/bin/pacman";
const WORD = "parser";
/** A rare term that is too short for what leaves most of the index out for longer ones. */
const SHORT = "jq";
const PACKAGE = "curl";
/** How often a line asks: a start of half a millisecond is measured by the hundred. */
const OFTEN = 100;

/** A question, as it is put to omg-fast and to the program of the system. */
interface Asked {
  readonly name: string;
  readonly args: readonly string[];
  /** The same question to the other program, and what of both answers has to be equal. */
  readonly other: readonly [string, ...string[]];
  readonly same: readonly [own: (text: string) => readonly string[], other: (text: string) => readonly string[]];
  /** Asks omg-fast for all that can be compared, where the line that is measured asks for less. */
  readonly whole?: readonly string[];
}

/** Questions to a Debian machine of 1,500 packages, with plain lists and a warm pkgcache, as an installer leaves it. */
export function queries(world: World): Promise<Table> {
  const root = debianMachine(world, "queries", "plain");
  return table(world, root, "Questions: Debian, plain lists and a warm pkgcache", APT);
}

/** The same in a container's image: lists packed by lz4, and no pkgcache. */
export function queriesContainer(world: World): Promise<Table> {
  const root = debianMachine(world, "queries-container", "container");
  return table(world, root, "Questions: Debian, a container's lz4 lists and no pkgcache", APT);
}

/** Questions to a machine of pacman's. */
export function queriesArch(world: World): Promise<Table> {
  const title = "Questions: pacman, 1500 packages installed, 15000 known";
  if (!existsSync(PACMAN))
    return Promise.resolve({ title, unit: "ms", timings: [{ name: "pacman", note: "not here" }], against: "" });
  const installed = machinePackages(world, 1500);
  const root = archRoot({
    folder: join(world.folder, "queries-arch"),
    known: knownWith(installed, world.all),
    installed,
  });
  return table(world, root, title, pacmansOf(root));
}

async function table(world: World, root: Root, title: string, questions: readonly Asked[]): Promise<Table> {
  const omgd = await startOmgd(root, world.omg);
  const floor = await startFloor(root.folder, join(import.meta.dirname, "../../bench/frame.c"));
  const fast = join(dirname(world.omg), "omg-fast");
  publishStatus(root, 0);
  const status = shell("omg-fast status", `${fast} status`, { against: "/bin/true", says: /./ });
  try {
    const asked: (Contender | string)[] = [];
    for (const question of questions) asked.push(...(await linesOf({ root, omgd, floor, fast }, question)));
    const timings = await lines(world, root, [shell("/bin/true", "/bin/true"), status, ...asked]);
    return { title, unit: "ms", timings, against: "/bin/true" };
  } finally {
    omgd.end();
    floor?.end();
  }
}

interface Scene {
  readonly root: Root;
  readonly omgd: RunningOmgd;
  readonly floor: Floor | undefined;
  readonly fast: string;
}

/** omg-fast asking again, and for the first time each time; the floor with as many bytes; and the other program. */
async function linesOf({ root, omgd, floor, fast }: Scene, asked: Asked): Promise<readonly (Contender | string)[]> {
  const { name, args, other, same, whole = args } = asked;
  const said = run(root, fast, whole);
  refuseOther(`omg-fast ${whole.join(" ")}`, same[0](said), same[1](run(root, other[0], other.slice(1))));
  // What Node answered meanwhile would be given again, without a question.
  forgetAnswers(root);
  const before = await answeredBy(omgd);
  const bytes = Buffer.byteLength(run(root, fast, args));
  if ((await answeredBy(omgd)) === before) throw new Error(`omgd did not answer omg-fast ${args.join(" ")}`);
  const command = `${fast} ${args.join(" ")}`;
  const against = `omg-fast ${name}`;
  const bare = `the bare client, ${name}: ${bytes} bytes`;
  return [
    shell(against, command, { against }),
    // Without a terminal the variable changes nothing but the words of the question.
    shell(`${against}, not asked before`, `COLUMNS=$((i + $$ * ${OFTEN})) ${command}`, { against }),
    floor === undefined ? bare : shell(bare, floor.asking(bytes), { against }),
    { name: basename(other), command: other, against },
  ];
}

/** Nothing is measured that says something else. */
function refuseOther(name: string, own: readonly string[], theirs: readonly string[]): void {
  const differing = [...own.filter((one) => !theirs.includes(one)), ...theirs.filter((one) => !own.includes(one))];
  if (own.length > 0 && differing.length === 0) return;
  throw new Error(`${name} says ${own.length} things, ${differing.length} otherwise: ${differing.slice(0, 10)}`);
}

function basename([file, ...args]: readonly [string, ...string[]]): string {
  return [file.replace(/.*\//, ""), ...args.filter((each) => !/^-o|^--|\//.test(each))].join(" ");
}

/** Answers that omgd gave to programs that passed a command on. */
async function answeredBy({ client }: RunningOmgd): Promise<number> {
  const { answer } = await client.ask({ ask: "cache-stats" });
  const { hits, misses } = answer as { readonly hits: number; readonly misses: number };
  return hits + misses;
}

/** The same command many times, one after the other. */
function shell(name: string, command: string, more: Partial<Contender> = {}): Contender {
  const script = `i=0; while [ $i -lt ${OFTEN} ]; do ${command} || exit 1; i=$((i + 1)); done`;
  return { name, command: ["sh", "-c", script], times: OFTEN, ...more };
}

const each = (text: string) => text.split("\n").filter((line) => line !== "");
const firstWords = (text: string) => each(text).map((line) => line.split(/[ /]/)[0] ?? "");

/** @param more of omg's options */
function aptSearch(word: string, ...more: readonly string[]): Asked {
  const args = ["search", word, ...more];
  return {
    name: args.join(" "),
    args,
    whole: ["search", word, "--names", "--limit", "100000"],
    other: ["apt-cache", "search", word],
    // apt looks in long descriptions too, where a list has them.
    same: [each, (text) => firstWords(text.replace(new RegExp(`^((?!${word}).)*$`, "gim"), ""))],
  };
}

const APT: readonly Asked[] = [
  aptSearch(WORD),
  aptSearch(SHORT, "--limit", "20"),
  {
    name: `info ${PACKAGE}`,
    args: ["info", PACKAGE],
    whole: ["info", PACKAGE, "--json"],
    other: ["apt-cache", "show", PACKAGE],
    same: [
      (text) => versionsIn(text).map(({ version }) => version),
      (text) => [...text.matchAll(/^Version: (.*)$/gm)].map(([, version = ""]) => version),
    ],
  },
  {
    name: "explicit",
    args: ["explicit"],
    whole: ["explicit", "--names"],
    other: ["apt-mark", "showmanual"],
    same: [each, each],
  },
  {
    name: "outdated",
    args: ["outdated"],
    whole: ["outdated", "--json"],
    other: ["apt", "list", "--upgradable"],
    same: [
      newerIn,
      (text) => each(text).flatMap((line) => /^([^/]+)\/\S+ (\S+) .*\[/.exec(line)?.slice(1, 3).join(" ") ?? []),
    ],
  },
];

function pacmansOf(root: Root): readonly Asked[] {
  const pacman = (...args: readonly string[]): readonly [string, ...string[]] => [
    PACMAN,
    `--config=${root.env.OMG_PACMAN_CONFIG}`,
    "--color=never",
    ...args,
  ];
  return [
    {
      name: `search ${WORD}`,
      args: ["search", WORD],
      whole: ["search", WORD, "--names", "--limit", "100000"],
      other: pacman("-Ss", WORD),
      same: [each, (text) => [...text.matchAll(/^[a-z]+\/(\S+) /gm)].map(([, name = ""]) => name)],
    },
    {
      name: `info ${PACKAGE}`,
      args: ["info", PACKAGE],
      whole: ["info", PACKAGE, "--json"],
      other: pacman("-Si", PACKAGE),
      same: [
        (text) => versionsIn(text).flatMap(({ version, origins }) => (origins.length === 0 ? [] : version)),
        (text) => [...text.matchAll(/^Version +: (.*)$/gm)].map(([, version = ""]) => version),
      ],
    },
    {
      name: "explicit",
      args: ["explicit"],
      whole: ["explicit", "--names"],
      other: pacman("-Qe"),
      same: [each, firstWords],
    },
    {
      name: "outdated",
      args: ["outdated"],
      whole: ["outdated", "--json"],
      other: pacman("-Qu"),
      same: [newerIn, (text) => each(text).map((line) => line.replace(/ \S+ -> /, " "))],
    },
  ];
}

interface Version {
  readonly version: string;
  readonly origins: readonly unknown[];
}

function versionsIn(text: string): readonly Version[] {
  return (
    JSON.parse(text) as { readonly packages: readonly { readonly versions: readonly Version[] }[] }
  ).packages.flatMap(({ versions }) => versions);
}

function newerIn(text: string): readonly string[] {
  const { packages } = JSON.parse(text) as { readonly packages: readonly { name: string; candidate: string }[] };
  return packages.map(({ name, candidate }) => `${name} ${candidate}`);
}

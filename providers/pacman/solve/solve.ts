import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tarOf } from "../../../host/tar-in-memory.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import { type LocalPackage, readLocal } from "../machine/local.ts";
import { answersAmong } from "../relations.ts";
import { infoFromDesc } from "../sync/pkginfo.ts";
import { explanationIn } from "./output.ts";
import type { Shadow } from "./shadow.ts";

/** What pacman is asked for. */
export interface Question {
  /** In the very version. */
  readonly install: readonly Artifact[];
  readonly remove: readonly string[];
  /** To be removed only where nothing else needs them. */
  readonly removeIfUnneeded: readonly string[];
}

/** What happens to one package. */
export interface Move {
  readonly name: string;
  /** Absent for what was not installed. */
  readonly from?: string;
  /** Absent for what is removed. */
  readonly to?: string;
  /** It goes because something that comes cannot live with it. */
  readonly conflict?: true;
}

export type Answer =
  | {
      readonly solved: true;
      readonly moves: readonly Move[];
      /** What comes, as it was found. */
      readonly incoming: readonly Artifact[];
      /** What will be installed then. */
      readonly after: ReadonlyMap<string, LocalPackage>;
      readonly notes: readonly string[];
    }
  /** In pacman's own words, one reason a line. */
  | { readonly solved: false; readonly explanation: readonly string[] };

type Find = (name: string, version: string) => Promise<Artifact | undefined>;

/**
 * pacman's exact answer, by doing it on a copy of its database: first its resolver says what has to come along, then packages
 * with nothing in them are installed in the place of the real ones, so that conflicts, replacements and refusals are pacman's
 * own, and then what has to go is removed.
 */
export async function solve(
  shadow: Shadow,
  before: ReadonlyMap<string, LocalPackage>,
  question: Question,
  find: Find,
): Promise<Answer> {
  const targets = await resolveTargets(shadow, question, find);
  if (!targets.solved) return targets;
  const came = await installEmpty(shadow, targets.incoming);
  if (came !== undefined) return { solved: false, explanation: came };
  const between = readLocal(shadow.database).packages;
  const kept = neededAmong(question.removeIfUnneeded, question.remove, between);
  const leaving = [...question.remove, ...question.removeIfUnneeded.filter((name) => !kept.has(name))];
  const rest = leaving.filter((name) => between.has(name));
  if (rest.length > 0) {
    const { code, stdout, stderr } = await shadow.pacman("--dbonly", "-R", "--", ...rest);
    if (code !== 0) return { solved: false, explanation: explanationIn(stdout, stderr) };
  }
  const after = readLocal(shadow.database).packages;
  return {
    solved: true,
    moves: movesBetween(before, after, targets.incoming, new Set(leaving)),
    incoming: targets.incoming,
    after,
    notes: [...kept].map((name) => `${name} left the lock, and stays because something else on this machine needs it`),
  };
}

type Targets =
  | { readonly solved: true; readonly incoming: readonly Artifact[] }
  | { readonly solved: false; readonly explanation: readonly string[] };

async function resolveTargets({ pacman, asked }: Shadow, { install }: Question, find: Find): Promise<Targets> {
  if (install.length === 0) return { solved: true, incoming: [] };
  const names = install.map(({ name }) => `${asked}/${name}`);
  const format = ["--print-format", "omg-target %n %v"];
  const { code, stdout, stderr } = await pacman("--ask", "4", "-Sp", ...format, "--", ...names);
  if (code !== 0) return { solved: false, explanation: explanationIn(stdout, stderr) };
  const incoming: Artifact[] = [];
  for (const [, name = "", version = ""] of stdout.matchAll(/^omg-target (\S+) (\S+)$/gm)) {
    const found = install.find((each) => each.name === name && each.version === version) ?? (await find(name, version));
    if (found === undefined)
      return {
        solved: false,
        explanation: [`${name} ${version} would come along, and no repository has a SHA-256 of it`],
      };
    incoming.push(found);
  }
  return { solved: true, incoming };
}

/** What pacman says against it; undefined where it did it. */
async function installEmpty(
  { folder, pacman }: Shadow,
  incoming: readonly Artifact[],
): Promise<readonly string[] | undefined> {
  if (incoming.length === 0) return undefined;
  const packages = join(folder, "packages");
  mkdirSync(packages);
  const files = incoming.map(({ control = "" }, index) => {
    const path = join(packages, `${index}.pkg.tar`);
    writeFileSync(path, tarOf({ ".PKGINFO": infoFromDesc(control) }));
    return path;
  });
  const { code, stdout, stderr } = await pacman("--dbonly", "--noscriptlet", "--ask", "4", "-U", "--", ...files);
  return code === 0 ? undefined : explanationIn(stdout, stderr);
}

/** Of the names that may go, those that something needs that stays. Pure. */
function neededAmong(
  loose: readonly string[],
  remove: readonly string[],
  installed: ReadonlyMap<string, LocalPackage>,
): ReadonlySet<string> {
  const leaving = new Set([...loose, ...remove]);
  const answers = answersAmong(installed.values());
  const kept = new Set<string>();
  const visit = (needing: LocalPackage): void => {
    for (const text of needing.depends) {
      const candidates = answers.to(text);
      if (candidates.some(({ name }) => !leaving.has(name))) continue;
      for (const found of candidates.filter(({ name }) => loose.includes(name) && !kept.has(name))) {
        kept.add(found.name);
        visit(found);
      }
    }
  };
  for (const found of installed.values()) if (!leaving.has(found.name)) visit(found);
  return kept;
}

function movesBetween(
  before: ReadonlyMap<string, LocalPackage>,
  after: ReadonlyMap<string, LocalPackage>,
  incoming: readonly Artifact[],
  asked: ReadonlySet<string>,
): readonly Move[] {
  const gone = [...before.values()].filter(({ name }) => !after.has(name));
  return [
    ...incoming.map(({ name, version }) => ({ name, to: version, ...fromOf(before.get(name)) })),
    ...gone.map(({ name, version }) => ({
      name,
      from: version,
      ...(asked.has(name) ? {} : { conflict: true as const }),
    })),
  ];
}

function fromOf(found: LocalPackage | undefined): { readonly from?: string } {
  return found === undefined ? {} : { from: found.version };
}

import { isDeepStrictEqual } from "node:util";
import { answersAlpmRequest } from "../../../host/alpm-version.ts";
import { OmgError } from "../../../schema/error.ts";
import type { BuilderPinning, BuilderPins } from "../../../schema/model/builder.ts";
import type { PinProposal } from "../../../schema/model/provider.ts";
import { toBuildAs } from "../found.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { Recipes } from "../recipes.ts";
import type { AurRecords } from "../records.ts";
import { type Listed, listedNames } from "../rpc.ts";
import type { AurOptions } from "../settings.ts";
import { pinnedSources } from "../sources/repositories.ts";
import { cycleAmong } from "./cycle.ts";
import { review } from "./review.ts";

export interface PinMeans {
  readonly options: AurOptions;
  readonly address: string;
  readonly arch: string;
  readonly recipes: Recipes;
  readonly records: AurRecords;
  /** Folder of the repositories that are sources. */
  readonly repositories: string;
}

/** A package that is to be pinned, and what asks for it. */
interface Open {
  readonly name: string;
  readonly auto: boolean;
}

/** A package with all that its pin says. */
interface Settled extends Open {
  readonly recipe: Recipe;
  readonly version: string;
  readonly commit: string;
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Pins for the requests and for everything they need that no repository offers: level by level, so that each level is one question.
 * Errors: OmgError `aur-unknown`, `aur-version`, `dependency-cycle`, `not-accepted`, and those of the recipes.
 */
export async function pinAll(input: BuilderPinning, means: PinMeans): Promise<BuilderPins> {
  const settled = new Map<string, Settled>();
  const notes: string[] = [];
  let open: readonly Open[] = Object.entries(input.requests)
    .filter(([, { presence }]) => presence === "present")
    .map(([name]) => ({ name, auto: false }));
  while (open.length > 0) {
    const listed = await listingFor(open, input, means);
    for (const each of open) settled.set(each.name, await settle(each, listed, input, means, notes));
    open = await stillNeeded(settled, input, means);
  }
  const all = [...settled.values()];
  const cycle = cycleAmong(all.map(({ recipe }) => recipe));
  if (cycle !== undefined) throw cyclic(cycle);
  return {
    pins: all.map((each) => proposalOf(each, means)),
    artifacts: all.map(({ name, recipe, ...from }) => toBuildAs(name, recipe, from, means.arch)),
    notes,
  };
}

/** What the AUR says of those that no pin tells the recipe of. */
async function listingFor(
  open: readonly Open[],
  { wanted, update }: BuilderPinning,
  { address, options }: PinMeans,
): Promise<ReadonlyMap<string, Listed>> {
  const known = new Set(wanted.flatMap(({ name, pin }) => (pin?.commit === undefined ? [] : [name])));
  const names = open.map(({ name }) => name).filter((name) => !known.has(name) || moves(name, update));
  return listedNames(address, names, options.signal);
}

function moves(name: string, update: BuilderPinning["update"]): boolean {
  return update !== undefined && !update.security && update.names?.has(name) !== false;
}

async function settle(
  open: Open,
  listed: ReadonlyMap<string, Listed>,
  input: BuilderPinning,
  means: PinMeans,
  notes: string[],
): Promise<Settled> {
  const { name } = open;
  const { recipes } = means;
  const pin = input.wanted.find((each) => each.name === name)?.pin;
  const request = input.requests[name];
  const found = listed.get(name);
  const base = found?.base ?? pin?.base ?? (pin?.commit === undefined ? undefined : name);
  if (base === undefined) throw unknown(name);
  if (found !== undefined) notes.push(...remarks(found));
  const keeps = pin?.commit !== undefined && (!moves(name, input.update) || isHeld(request?.hold, input.update));
  const commit = request?.commit ?? (keeps ? pin?.commit : await recipes.newest(base, pin?.commit)) ?? "";
  const recipe = await recipes.at(base, commit);
  if (!recipe.packages.some((each) => each.name === name)) throw unknown(name);
  if (request?.commit !== undefined) means.records.accept(base, request.commit);
  else if (!keeps) await review(base, commit, pin?.commit, { ...means, ...asker(means) });
  const fixed = keeps || !moves(name, input.update) ? (pin?.sources ?? {}) : {};
  const where = { folder: means.repositories, signal: means.options.signal };
  const sources = await pinnedSources(recipe, pin?.commit === commit ? fixed : {}, where);
  const same = pin?.commit === commit && isDeepStrictEqual(pin.sources ?? {}, sources);
  const version = same ? pin.version : await versionOf(recipe, commit, sources, means);
  refuseOther(name, version, request?.version ?? "*");
  return { ...open, recipe, version, commit, sources };
}

/** As it is written, or as the sources make it. */
async function versionOf(
  recipe: Recipe,
  commit: string,
  commits: Settled["sources"],
  means: PinMeans,
): Promise<string> {
  const { recipes, options, repositories, arch } = means;
  if (!(await recipes.hasOwnVersion(recipe.base, commit))) return recipe.version;
  const [{ withPlace }, { versionNow }] = await Promise.all([
    import("../build/place.ts"),
    import("../build/makepkg.ts"),
  ]);
  const { folder, signal } = options;
  const how = { settings: await options.settings(), onOutput: () => undefined, signal };
  return withPlace(recipe, { commit, commits }, { recipes, folder, repositories, signal }, (place) =>
    versionNow(recipe, place, how, arch),
  );
}

function asker({ options: { ask } }: PinMeans): { ask?: NonNullable<AurOptions["ask"]> } {
  return ask === undefined ? {} : { ask };
}

function isHeld(hold: boolean | undefined, update: BuilderPinning["update"]): boolean {
  return hold === true && update?.names === undefined;
}

function remarks({ name, orphaned, outOfDate }: Listed): readonly string[] {
  return [
    ...(orphaned ? [`nobody looks after the AUR's ${name} now; whoever adopts it can change it`] : []),
    ...(outOfDate ? [`the AUR's ${name} is flagged as out of date`] : []),
  ];
}

/** What the settled ones need, and neither a repository nor one of them has. */
async function stillNeeded(
  settled: ReadonlyMap<string, Settled>,
  { isOffered, isMet }: BuilderPinning,
  { address, options }: PinMeans,
): Promise<readonly Open[]> {
  const all = [...settled.values()];
  const made = new Set(
    all.flatMap(({ name, recipe }) => [
      name,
      ...(recipe.packages.find((each) => each.name === name)?.provides ?? []).map(nameIn),
    ]),
  );
  const needs = all.flatMap(({ name, recipe }) => [
    ...recipe.buildNeeds,
    ...(recipe.packages.find((each) => each.name === name)?.depends ?? []),
  ]);
  const open = [...new Set(needs)].filter((relation) => !made.has(nameIn(relation)) && !isOffered(relation));
  const names = [...new Set(open.map(nameIn))];
  const listed = await listedNames(address, names, options.signal);
  const lost = open.filter((relation) => !listed.has(nameIn(relation)) && !isMet(relation));
  if (lost.length > 0) throw unmet(lost, all);
  return names.filter((name) => listed.has(name)).map((name) => ({ name, auto: true }));
}

/** The name in a relation. */
export function nameIn(relation: string): string {
  return relation.replace(/[<>=].*$/, "");
}

function proposalOf(
  { name, auto, recipe: { base }, version, commit, sources }: Settled,
  { records, arch }: PinMeans,
): PinProposal {
  const sha256 = records.built({ base, commit, arch, sources })?.packages[name];
  return {
    name,
    auto,
    section: "aur",
    pin: {
      version,
      ...(base === name ? {} : { base }),
      commit,
      ...(Object.keys(sources).length === 0 ? {} : { sources }),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
  };
}

function refuseOther(name: string, version: string, request: string): void {
  if (answersAlpmRequest(version, request)) return;
  throw unresolvable(
    "aur-version",
    `The AUR's ${name} is ${version}, and the lock asks for ${request}.`,
    "Ask for what is there, or name an earlier commit in the lock.",
  );
}

function unknown(name: string): OmgError {
  return unresolvable(
    "aur-unknown",
    `The AUR has no package named ${JSON.stringify(name)}.`,
    "Check the name. What a repository in pacman.conf has belongs under `pacman:`.",
  );
}

function unmet(relations: readonly string[], all: readonly Settled[]): OmgError {
  const needing = (relation: string) =>
    all.filter(
      ({ recipe }) =>
        recipe.buildNeeds.includes(relation) || recipe.packages.some(({ depends }) => depends.includes(relation)),
    );
  const details = relations.map(
    (relation) =>
      `${relation}, for ${needing(relation)
        .map(({ name }) => name)
        .join(", ")}`,
  );
  return unresolvable(
    "lock-unresolvable",
    "Something is needed that neither a repository nor the AUR has.",
    "Look for what provides it, and ask for that in the lock.",
    details,
  );
}

function cyclic(cycle: readonly string[]): OmgError {
  return unresolvable(
    "dependency-cycle",
    `These recipes need one another: ${cycle.join(" needs ")}.`,
    "One of them has to be built by hand first, without the others. Ask their maintainers.",
  );
}

function unresolvable(code: string, message: string, hint: string, details: readonly string[] = []): OmgError {
  return new OmgError({ code, exit: "error", message, state: "The lock was not changed.", hint, details });
}

import { parseStanza } from "../../../host/deb822.ts";
import { satisfiesRequest } from "../../../host/debian-version.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Pin, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { PinProposal, PinUpdate } from "../../../schema/model/provider.ts";
import { desiredOf } from "../desired.ts";
import type { AptConfig } from "../machine/config.ts";
import { relationNames } from "../machine/relation-names.ts";
import type { InstalledPackage } from "../machine/status.ts";
import { type BuildFinder, buildsIn, isUnlisted } from "../offers/market.ts";
import { choose } from "../solve/choose.ts";
import { dependencyClosure } from "../solve/dependencies.ts";
import { simulateKeeping } from "../solve/keeping.ts";
import { unsolved } from "../solve/problems.ts";
import type { Move } from "../solve/solver-output.ts";
import { withoutContrary } from "./behind.ts";
import type { CaptureInput } from "./capture.ts";
import { installedPin, type Proposed, pinTo, unknownHashes } from "./pins.ts";
import { type Attempt, asMoved, renewed, type Settled } from "./update.ts";

export interface ProposalInput extends CaptureInput {
  readonly config: AptConfig;
  /** As dpkg has them, by key. */
  readonly installed: ReadonlyMap<string, InstalledPackage>;
  /** Folder for files of one run of the solver. */
  readonly scratch: string;
  /** What to resolve anew. */
  readonly update?: PinUpdate;
}

/**
 * Pins for what a lock asks for, and for all that it needs: the pin that is there while it answers the request, else the
 * installed version while that does, else what apt's solver picks. Errors: OmgError `lock-unresolvable`.
 */
export async function proposeLock(lock: PlatformLock, input: ProposalInput): Promise<Proposed> {
  const all = desiredOf(lock).wanted;
  const wanted = all.filter(({ presence }) => presence === "present");
  // Something may need what the lock wants gone: the plan says so, and a pin would only hide it.
  const unwanted = new Set(all.filter(({ presence }) => presence !== "present").map(({ name }) => name));
  const build = buildsIn(input.market, input.records);
  const settled = settleAll(wanted, input, build);
  const {
    settled: { asked, known },
    moves,
    notes,
  } = input.update === undefined
    ? await solved(settled, input)
    : await renew(settled, wanted, input.update, input, build);
  const moved = new Map(moves.map((move) => [move.name, move]));
  const base = [...known.keys()].filter((name) => input.installed.get(name)?.essential === true);
  const dependencies = [...neededBy([...asked.keys(), ...base], moves, input, build)].filter(
    (name) => !asked.has(name) && !unwanted.has(name),
  );
  const pins = [
    ...wanted.filter(isAsked).map((each) => {
      const pin = asked.get(each.name) ?? settle(each, input, build);
      return { name: each.name, pin: followed(each, pin, moved.get(each.name), build), auto: false };
    }),
    ...dependencies.flatMap((name) => dependencyPin(name, moved.get(name), known.get(name), input, build)),
  ];
  return { requests: {}, pins, notes: [...notes, ...unknownHashes(pins)] };
}

function settleAll(wanted: readonly Wanted[], input: ProposalInput, build: BuildFinder): Settled {
  const asked = new Map(wanted.filter(isAsked).map((each) => [each.name, settle(each, input, build)]));
  const known = new Map(wanted.flatMap(({ name, pin }) => (pin === undefined || asked.has(name) ? [] : [[name, pin]])));
  return { asked, known };
}

async function solved(
  all: Settled,
  input: ProposalInput,
): Promise<{ readonly settled: Settled; readonly moves: readonly Move[]; readonly notes: readonly string[] }> {
  const solve = (some: Settled, force: ReadonlySet<string>) => solveMissing(some, input, force);
  const { settled, attempt } = await withoutContrary(all, input.installed, solve);
  return { settled, moves: movesIn(attempt), notes: [] };
}

async function renew(
  settled: Settled,
  wanted: readonly Wanted[],
  update: PinUpdate,
  input: ProposalInput,
  build: BuildFinder,
): Promise<{ readonly settled: Settled; readonly moves: readonly Move[]; readonly notes: readonly string[] }> {
  const byName = new Map(wanted.map((each) => [each.name, each]));
  const renewal = { update, wanted: byName, market: input.market, installed: input.installed, build };
  const result = await renewed(settled, renewal, (pins, force) => solveMissing(pins, input, force));
  return { settled: result.settled, moves: movesIn(result.attempt), notes: result.notes };
}

/**
 * A new request may need another version of something that is asked for as well. Where its own request leaves room, its pin
 * goes along: a lock whose pins cannot be there together helps nobody.
 */
function followed({ name, request = "*", from }: Wanted, pin: Pin, move: Move | undefined, build: BuildFinder): Pin {
  if (move?.to === undefined || move.to === pin.version || !satisfiesRequest(move.to, request)) return pin;
  const artifact = build(name, move.to, undefined, from);
  return from !== undefined && artifact === undefined ? pin : pinTo(move.to, artifact);
}

export function isAsked({ request }: Wanted): boolean {
  return request !== undefined;
}

/** Everything that these need: what the solver adds, and what is installed already. */
export function neededBy(
  asked: readonly string[],
  moves: readonly Move[],
  { config, installed }: ProposalInput,
  build: BuildFinder,
): ReadonlySet<string> {
  const seeds = [...asked, ...moves.flatMap((move) => installedNeeds(move, installed, build))];
  const options = { recommends: config.recommends, architecture: config.architecture };
  return new Set([
    ...dependencyClosure(seeds, asMoved(installed, moves, build), options),
    ...moves.map(({ name }) => name),
  ]);
}

/** Pin of a request without asking the solver where that can be: the one that is there, or the installed version. */
export function settle(wanted: Wanted, input: ProposalInput, build: BuildFinder): Pin {
  const { name, pin, request = "*", from } = wanted;
  if (pin?.sha256 !== undefined && (from === undefined || pin.from === from)) return pin;
  if (pin !== undefined) {
    const offered = build(name, pin.version, undefined, from);
    if (from === undefined || offered !== undefined) return pinTo(pin.version, offered);
  }
  const found = input.observed.resources.get(name);
  if (found?.health === "installed" && satisfiesRequest(String(found.attributes.version), request)) {
    const here = installedPin(found, build, from);
    if (from === undefined || here.from === from) return here;
  }
  return pickPin(name, request, from, input);
}

/** What apt prefers among the builds that answer the request. */
export function pickPin(
  name: string,
  request: string,
  from: string | undefined,
  { market, records }: ProposalInput,
): Pin {
  const what = { address: `apt.${name}`, provider: "apt", name, kind: "install", cause: "lock" } as const;
  const change: Change = { ...what, before: null, after: {}, request, ...(from === undefined ? {} : { from }) };
  const chosen = choose(change, market, records);
  if ("problem" in chosen) throw unresolvable([chosen.problem]);
  const { artifact } = chosen.choice;
  return pinTo(artifact?.version ?? "", artifact);
}

/**
 * One run of the solver for every pin that the machine does not have already; dependencies that are pinned already keep
 * their pins where the solver can live with them.
 */
async function solveMissing(
  { asked, known }: Settled,
  input: ProposalInput,
  force: ReadonlySet<string> = new Set(),
): Promise<Attempt> {
  const build = buildsIn(input.market, input.records);
  const forced = [...known].filter(([name]) => force.has(name));
  const missing = [...asked, ...forced].filter(([name, pin]) => input.installed.get(name)?.version !== pin.version);
  if (missing.length === 0) return { solved: true, moves: [] };
  const builds = missing.flatMap(([name, pin]) => build(name, pin.version) ?? []);
  // What is pinned and can be had stays, where the solver finds a way.
  const pinned = [...asked, ...known].filter(
    ([name, pin]) => input.installed.get(name)?.version === pin.version || build(name, pin.version) !== undefined,
  );
  return attempt(builds, new Map(pinned.map(([name, { version }]) => [name, version])), input);
}

async function attempt(
  builds: readonly Artifact[],
  keep: ReadonlyMap<string, string>,
  { config, market, records, scratch }: ProposalInput,
): Promise<Attempt> {
  const install = builds.map(({ name, version }) => ({ name, version }));
  const build = buildsIn(market, records);
  const wished = [...builds, ...[...keep].flatMap(([name, version]) => build(name, version) ?? [])].filter(isUnlisted);
  const extra = [...new Map(wished.map((each) => [each.sha256, each])).values()];
  const answer = await simulateKeeping(
    config,
    { install, reinstall: false, remove: [], extra },
    { keep: (name) => keep.get(name), market },
    scratch,
  );
  return answer.solved
    ? { solved: true, moves: answer.moves.filter(({ to }) => to !== undefined) }
    : { ...answer, builds };
}

/** @throws OmgError `lock-unresolvable` */
export async function ask(
  builds: readonly Artifact[],
  keep: ReadonlyMap<string, string>,
  input: ProposalInput,
): Promise<readonly Move[]> {
  return movesIn(await attempt(builds, keep, input));
}

function movesIn(answer: Attempt): readonly Move[] {
  if (answer.solved) return answer.moves;
  throw unresolvable(unsolved(answer.builds.map(askedFor), answer.explanation));
}

function askedFor(artifact: Artifact): { readonly change: Change; readonly artifact: Artifact } {
  const { address, name, version } = artifact;
  return {
    change: { address, provider: "apt", name, kind: "install", cause: "lock", before: null, after: { version } },
    artifact,
  };
}

/** What is installed already and goes by a name that a new build needs. */
function installedNeeds(
  { name, to, arch }: Move,
  installed: ProposalInput["installed"],
  build: BuildFinder,
): readonly string[] {
  const control = to === undefined ? undefined : build(name, to, arch)?.control;
  if (control === undefined) return [];
  const fields = parseStanza(control);
  const needed = new Set(
    ["pre-depends", "depends", "recommends"].flatMap((field) => relationNames(fields.get(field) ?? "")),
  );
  return [...installed.values()]
    .filter((found) => needed.has(found.name) || relationNames(found.provides).some((each) => needed.has(each)))
    .map(({ key }) => key);
}

export function dependencyPin(
  name: string,
  move: Move | undefined,
  known: Pin | undefined,
  { installed }: ProposalInput,
  build: BuildFinder,
): readonly PinProposal[] {
  if (known !== undefined && (move?.to === undefined || move.to === known.version)) {
    return [
      { name, pin: known.sha256 === undefined ? pinTo(known.version, build(name, known.version)) : known, auto: true },
    ];
  }
  const found = installed.get(name);
  const version = move?.to ?? found?.version;
  if (version === undefined) return [];
  return [{ name, pin: pinTo(version, build(name, version, move?.arch ?? found?.arch)), auto: true }];
}

function unresolvable(problems: readonly { readonly message: string; readonly hint: string }[]): OmgError {
  return new OmgError({
    code: "lock-unresolvable",
    exit: "error",
    message: "The lock asks for packages that cannot be pinned.",
    state: "The lock was not changed.",
    hint: problems[0]?.hint ?? "Change the requests.",
    details: problems.map(({ message }) => message),
  });
}

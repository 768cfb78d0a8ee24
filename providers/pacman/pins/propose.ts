import { answersAlpmRequest, compareAlpmVersions } from "../../../host/alpm-version.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Pin, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { LockProposal, PinProposal, PinUpdate } from "../../../schema/model/provider.ts";
import { desiredOf } from "../desired.ts";
import type { PacmanState } from "../machine/observe.ts";
import { choose } from "../solve/choose.ts";
import { unsolved } from "../solve/problems.ts";
import { providerChoices } from "../solve/provider-choices.ts";
import { withShadow } from "../solve/shadow.ts";
import { type Answer, solve } from "../solve/solve.ts";
import type { Market } from "../sync/market.ts";
import { closureOf } from "./closure.ts";
import { pinTo, unknownHashes } from "./pin.ts";

export interface ProposalInput {
  readonly state: PacmanState;
  readonly market: Market;
  /** Folder for files of one run of the solver. */
  readonly scratch: string;
  readonly update?: PinUpdate;
}

/** Pins by name, of what is asked for and of what that needs. */
interface Pinned {
  readonly asked: ReadonlyMap<string, Pin>;
  readonly known: ReadonlyMap<string, Pin>;
  readonly notes: readonly string[];
}

/**
 * Pins for what a lock asks for, and for all that it needs: the pin that is there while it answers the request, else the
 * installed version while that does, else what the first repository has. Errors: OmgError `lock-unresolvable`.
 */
export async function proposeLock(lock: PlatformLock, input: ProposalInput): Promise<LockProposal> {
  const all = desiredOf(lock).wanted;
  const unwanted = new Set(all.filter(({ presence }) => presence !== "present").map(({ name }) => name));
  const wanted = all.filter(({ presence }) => presence === "present");
  const pinned = await pinnedOf(lock, wanted, input);
  const answer = await solved(pinned, input);
  const moved = new Map(answer.moves.flatMap(({ name, to }) => (to === undefined ? [] : [[name, to] as const])));
  const needed = closureOf(pinned.asked.keys(), answer.after).filter(
    (name) => !pinned.asked.has(name) && !unwanted.has(name),
  );
  const pins: PinProposal[] = [...pinned.asked].map(([name, pin]) => ({ name, pin, auto: false }));
  for (const name of needed) {
    const known = pinned.known.get(name);
    const version = moved.get(name) ?? known?.version ?? answer.after.get(name)?.version;
    if (version === undefined) continue;
    const pin =
      known?.version === version && known.sha256 !== undefined
        ? known
        : pinTo(version, await input.market.build(name, version));
    pins.push({ name, pin, auto: true });
  }
  const pinnedNames = new Set([...pinned.asked.keys(), ...pinned.known.keys()]);
  const choices = providerChoices(answer.incoming, input.state.local.packages.values(), pinnedNames, input.market);
  return {
    requests: {},
    pins,
    indexes: {},
    notes: [...pinned.notes, ...choices, ...answer.notes, ...unknownHashes(pins)],
  };
}

async function pinnedOf(lock: PlatformLock, wanted: readonly Wanted[], input: ProposalInput): Promise<Pinned> {
  const asked = new Map<string, Pin>();
  const known = new Map<string, Pin>();
  const notes: string[] = [];
  const moves = mover(lock, input, notes);
  for (const each of wanted) {
    const { name, pin, request } = each;
    if (request !== undefined) asked.set(name, await moves(each, await settled(each, input)));
    else if (pin !== undefined) known.set(name, await moves(each, pin));
  }
  return { asked, known, notes };
}

/** The pin of a request before anything is brought up to date. */
async function settled(wanted: Wanted, { state, market }: ProposalInput): Promise<Pin> {
  const { name, pin, request = "*", from } = wanted;
  if (pin?.sha256 !== undefined) return pin;
  const installed = state.local.packages.get(name)?.version;
  const version =
    pin?.version ?? (installed !== undefined && answersAlpmRequest(installed, request) ? installed : undefined);
  if (version !== undefined) {
    const found = pinTo(version, await market.build(name, version));
    if (pin !== undefined || from === undefined || found.from === from) return found;
  }
  const change: Change = {
    address: `pacman.${name}`,
    provider: "pacman",
    name,
    kind: "install",
    cause: "lock",
    before: null,
    after: {},
    request,
    ...(from === undefined ? {} : { from }),
  };
  const chosen = await choose(change, market);
  if ("problem" in chosen) throw unresolvable([chosen.problem]);
  return pinTo(chosen.choice.artifact?.version ?? "", chosen.choice.artifact);
}

/** What `omg update` makes of a pin: the newest of what is pinned, offered and installed, within the request. */
function mover(
  lock: PlatformLock,
  { state, market, update }: ProposalInput,
  notes: string[],
): (wanted: Wanted, pin: Pin) => Promise<Pin> {
  if (update?.security === true)
    notes.push("pacman's repositories do not say which updates are about security; none of its pins was moved");
  return async ({ name, request = "*", from }, pin) => {
    if (update === undefined || update.security || update.names?.has(name) === false) return pin;
    const offered = market
      .offers(name)
      .find(({ version, origin }) => answersAlpmRequest(version, request) && (from === undefined || origin === from));
    const target = newest(pin, offered, state.local.packages.get(name)?.version, request);
    notes.push(...goneNotes(name, offered, market));
    if (target === pin.version) return pin;
    if (lock.packages.pacman?.packages[name]?.hold === true && update.names === undefined) {
      notes.push(`${name} is held, so ${target} was not taken; name it to \`omg update\` to move it`);
      return pin;
    }
    return pinTo(target, offered?.version === target ? offered : await market.build(name, target));
  };
}

function newest(pin: Pin, offered: Artifact | undefined, installed: string | undefined, request: string): string {
  const here = installed !== undefined && answersAlpmRequest(installed, request) ? [installed] : [];
  return [...here, ...(offered === undefined ? [] : [offered.version])].reduce(
    (best, version) => (compareAlpmVersions(version, best) > 0 ? version : best),
    pin.version,
  );
}

function goneNotes(name: string, offered: Artifact | undefined, market: Market): readonly string[] {
  if (offered !== undefined || market.listed(name)) return [];
  const replacers = market.replacersOf(name);
  return replacers.length === 0
    ? []
    : [`no repository has ${name} any more: ${replacers.join(", ")} replaces it. Ask for that in the lock`];
}

/** One run of the solver for every pin that the machine does not have already. Pins that cannot be had stay as they are. */
async function solved(
  { asked, known }: Pinned,
  { state, market, scratch, update }: ProposalInput,
): Promise<Extract<Answer, { solved: true }>> {
  const { config, local } = state;
  const builds = new Map<string, Artifact>();
  for (const [name, { version }] of [...asked, ...known]) {
    const build = local.packages.get(name)?.version === version ? undefined : await market.build(name, version);
    if (build !== undefined) builds.set(name, build);
  }
  const movesToo = (name: string) => asked.has(name) || (update !== undefined && local.packages.has(name));
  const install = [...builds.values()].filter(({ name }) => movesToo(name));
  if (install.length === 0) return { solved: true, moves: [], incoming: [], after: local.packages, notes: [] };
  const shown = [...builds.values()].map(({ name, version, control = "" }) => ({ name, version, text: control }));
  const input = { config, local, sources: market.databases.sources, asked: shown, scratch };
  const question = { install, remove: [], removeIfUnneeded: [] };
  const answer = await withShadow(input, (shadow) => solve(shadow, local.packages, question, market.build));
  if (answer.solved) return answer;
  const choices = install.map((artifact) => ({ change: changeFor(artifact), artifact }));
  throw unresolvable(unsolved(choices, answer.explanation));
}

function changeFor({ address, name, version }: Artifact): Change {
  return { address, provider: "pacman", name, kind: "install", cause: "lock", before: null, after: { version } };
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

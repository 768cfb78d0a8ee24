import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Pin, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { LockProposal, PinProposal } from "../../../schema/model/provider.ts";
import { type PackageDesc, packageOf, parseDesc } from "../desc.ts";
import { BUILT, desiredOf } from "../desired.ts";
import { unsolved } from "../solve/problems.ts";
import { providerChoices } from "../solve/provider-choices.ts";
import { withShadow } from "../solve/shadow.ts";
import { type Answer, solve } from "../solve/solve.ts";
import { closureOf } from "./closure.ts";
import { pinTo, unknownHashes } from "./pin.ts";
import { mover, type ProposalInput, picked, settled, unresolvable } from "./which.ts";

type Solved = Extract<Answer, { readonly solved: true }>;

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
  const wanted = all.filter(({ presence, from }) => presence === "present" && from !== BUILT);
  const { built = { pins: [], artifacts: [], notes: [] } } = input;
  const { pinned, answer } = await withDependencies(await pinnedOf(lock, wanted, input), input);
  const moved = new Map(answer.moves.flatMap(({ name, to }) => (to === undefined ? [] : [[name, to] as const])));
  const made = new Set(built.pins.map(({ name }) => name));
  const roots = [...pinned.asked.keys(), ...made];
  const needed = closureOf(roots, withBuildNeeds(answer.after, built.artifacts)).filter(
    (name) => !pinned.asked.has(name) && !unwanted.has(name) && !made.has(name),
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
    pins: [...pins, ...built.pins],
    indexes: {},
    notes: [...pinned.notes, ...built.notes, ...choices, ...answer.notes, ...unknownHashes(pins)],
  };
}

/** What will be installed, and what it takes to build some of it. */
function withBuildNeeds(
  after: ReadonlyMap<string, PackageDesc>,
  built: readonly Artifact[],
): ReadonlyMap<string, PackageDesc> {
  const described = built.flatMap(({ name, control = "" }) => {
    const found = packageOf(parseDesc(control));
    return found === undefined ? [] : [[name, found] as const];
  });
  return described.length === 0 ? after : new Map([...after, ...described]);
}

/** Solved pins. Where one day decides, what they need is of that day, too, whatever is installed: so again, until nothing is added. */
async function withDependencies(
  pinned: Pinned,
  input: ProposalInput,
): Promise<{ readonly pinned: Pinned; readonly answer: Solved }> {
  const answer = await solved(pinned, input);
  if (input.snapshot !== true) return { pinned, answer };
  const { asked, known } = pinned;
  const added = closureOf(asked.keys(), answer.after).filter(
    (name) => !asked.has(name) && !known.has(name) && input.market.listed(name),
  );
  if (added.length === 0) return { pinned, answer };
  const more = await Promise.all(added.map(async (name) => [name, await picked({ name }, input.market)] as const));
  return withDependencies({ ...pinned, known: new Map([...known, ...more]) }, input);
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

/** One run of the solver for every pin that the machine does not have already. Pins that cannot be had stay as they are. */
async function solved(
  { asked, known }: Pinned,
  { state, market, scratch, update, snapshot, built }: ProposalInput,
): Promise<Solved> {
  const { config, local } = state;
  const builds = new Map<string, Artifact>();
  for (const [name, { version }] of [...asked, ...known]) {
    const build = local.packages.get(name)?.version === version ? undefined : await market.build(name, version);
    if (build !== undefined) builds.set(name, build);
  }
  const renews = update !== undefined || snapshot === true;
  const movesToo = (name: string) => asked.has(name) || (renews && local.packages.has(name));
  for (const artifact of built?.artifacts ?? []) builds.set(artifact.name, artifact);
  const install = [...builds.values()].filter(({ name, chain }) => chain.type === "build" || movesToo(name));
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

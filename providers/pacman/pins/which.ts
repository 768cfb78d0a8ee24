import { answersAlpmRequest, compareAlpmVersions } from "../../../host/alpm-version.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { BuilderPins } from "../../../schema/model/builder.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Pin, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { PinUpdate } from "../../../schema/model/provider.ts";
import type { PacmanState } from "../machine/observe.ts";
import { choose } from "../solve/choose.ts";
import type { Market } from "../sync/market.ts";
import { pinTo } from "./pin.ts";

export interface ProposalInput {
  readonly state: PacmanState;
  readonly market: Market;
  /** Folder for files of one run of the solver. */
  readonly scratch: string;
  readonly update?: PinUpdate;
  /** Pins of what is built here. */
  readonly built?: BuilderPins;
  /** What is offered is that of one day, and decides alone. */
  readonly snapshot?: boolean;
}

/** The pin of a request before anything is brought up to date. */
export async function settled(wanted: Wanted, { state, market, snapshot }: ProposalInput): Promise<Pin> {
  const { name, pin, request = "*", from } = wanted;
  if (snapshot === true) return picked(wanted, market);
  if (pin?.sha256 !== undefined) return pin;
  const installed = state.local.packages.get(name)?.version;
  const version =
    pin?.version ?? (installed !== undefined && answersAlpmRequest(installed, request) ? installed : undefined);
  if (version !== undefined) {
    const found = pinTo(version, await market.build(name, version));
    if (pin !== undefined || from === undefined || found.from === from) return found;
  }
  return picked(wanted, market);
}

/** What the repositories have. @throws OmgError `lock-unresolvable` */
export async function picked(
  { name, request = "*", from }: Pick<Wanted, "name" | "request" | "from">,
  market: Market,
): Promise<Pin> {
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
export function mover(
  lock: PlatformLock,
  { state, market, update, snapshot }: ProposalInput,
  notes: string[],
): (wanted: Wanted, pin: Pin) => Promise<Pin> {
  if (update?.security === true)
    notes.push("pacman's repositories do not say which updates are about security; none of its pins was moved");
  return async (wanted, pin) => {
    const { name, request = "*", from } = wanted;
    // The day decides, forwards or back; what it does not have any more stays as it was pinned.
    if (snapshot === true) return market.listed(name) ? picked(wanted, market) : pin;
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

export function unresolvable(problems: readonly { readonly message: string; readonly hint: string }[]): OmgError {
  return new OmgError({
    code: "lock-unresolvable",
    exit: "error",
    message: "The lock asks for packages that cannot be pinned.",
    state: "The lock was not changed.",
    hint: problems[0]?.hint ?? "Change the requests.",
    details: problems.map(({ message }) => message),
  });
}

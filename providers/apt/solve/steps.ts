import { compareDebianVersions } from "../../../host/debian-version.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Kind } from "../../../schema/model/change.ts";
import type { Address, Attributes, Observed } from "../../../schema/model/resource.ts";
import type { Step } from "../../../schema/model/transaction.ts";
import type { InstalledPackage } from "../machine/status.ts";
import type { BuildFinder } from "../offers/market.ts";
import type { Choice } from "./choose.ts";
import type { Move } from "./solver-output.ts";

/** A move of the solver with all that is known about it. */
export interface Planned {
  readonly step: Step;
  /** What it installs. */
  readonly artifact?: Artifact;
  /** What it replaces or removes, where it can still be had. */
  readonly replaced?: Artifact;
}

export interface StepContext {
  readonly observed: Observed;
  /** By name; only what was asked for. */
  readonly choices: ReadonlyMap<string, Choice>;
  /** As dpkg has them, by name; asked where something there changes. */
  readonly installed: () => ReadonlyMap<string, InstalledPackage>;
  /** Why a package may never be removed. */
  readonly protectedBy: (name: string) => string | undefined;
  /** Who made the solver do this to a package that nobody asked about. */
  readonly because: (move: Move) => Address | undefined;
  /** The build of a version, in the indexes or among what omg kept. */
  readonly build: BuildFinder;
}

/** Turns a move into a step, with the attributes that it starts from and ends in. Pure. */
export function plannedMove(move: Move, context: StepContext): Planned {
  const found = context.observed.resources.get(move.name);
  const before = found === undefined || found.health === "residual" ? null : found.attributes;
  const choice = context.choices.get(move.name);
  const kind = kindOf(move, choice);
  const replaced = replacedBuild(move, kind, before, context);
  const artifact =
    move.to === undefined ? undefined : (choice?.artifact ?? context.build(move.name, move.to, move.arch));
  const because = choice === undefined ? context.because(move) : undefined;
  const protectedBy = move.to === undefined ? context.protectedBy(move.name) : undefined;
  return {
    step: {
      address: `apt.${move.name}`,
      provider: "apt",
      name: move.name,
      kind,
      cause: choice?.change.cause ?? (move.to === undefined ? "conflict" : "dependency"),
      before,
      after: afterOf(move, before, choice),
      ...(because === undefined ? {} : { because }),
      ...(artifact === undefined ? {} : { sha256: artifact.sha256 }),
      ...(protectedBy === undefined ? {} : { protectedBy }),
      undo: undoOf(kind, before, replaced, move.name),
    },
    ...(artifact === undefined ? {} : { artifact }),
    ...(replaced === undefined ? {} : { replaced: { ...replaced, role: "replaced" } }),
  };
}

/** A change that needs no solver: of marks alone, or the clearing of what an earlier removal left. */
export function plannedAlone({ change }: Choice): Planned {
  const { address, name, kind, cause, before, after } = change;
  return { step: { address, provider: "apt", name, kind, cause, before, after, undo: { possible: true } } };
}

function kindOf(move: Move, choice: Choice | undefined): Kind {
  if (move.to === undefined) return choice?.change.kind === "purge" ? "purge" : "remove";
  if (move.from === undefined) return "install";
  const order = compareDebianVersions(move.from, move.to);
  return order === 0 ? "reinstall" : order < 0 ? "upgrade" : "downgrade";
}

/** Somebody asked for what comes in by name; what comes along with it is a dependency. What was there keeps its marks. */
function afterOf(move: Move, before: Attributes | null, choice: Choice | undefined): Attributes | null {
  if (move.to === undefined) return null;
  const fresh = { auto: choice === undefined, hold: false };
  return { ...(before ?? fresh), ...choice?.change.after, version: move.to };
}

function replacedBuild(
  move: Move,
  kind: Kind,
  before: Attributes | null,
  { build, installed }: StepContext,
): Artifact | undefined {
  const version = before?.version;
  if (kind === "reinstall" || typeof version !== "string") return undefined;
  return build(move.name, version, installed().get(move.name)?.arch);
}

function undoOf(kind: Kind, before: Attributes | null, replaced: Artifact | undefined, name: string): Step["undo"] {
  if (before === null || kind === "reinstall" || replaced !== undefined) return { possible: true };
  return { possible: false, reason: `no source offers ${name} ${before.version} any more, and omg kept no copy of it` };
}

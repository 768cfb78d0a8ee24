import { compareAlpmVersions } from "../../../host/alpm-version.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Kind } from "../../../schema/model/change.ts";
import type { Address, Attributes, Observed } from "../../../schema/model/resource.ts";
import type { Step } from "../../../schema/model/transaction.ts";
import type { Choice } from "./choose.ts";
import type { Move } from "./solve.ts";

/** A move with all that is known about it. */
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
  readonly incoming: ReadonlyMap<string, Artifact>;
  /** What replaced packages can be had as, by name. */
  readonly earlier: ReadonlyMap<string, Artifact>;
  readonly protectedBy: (name: string) => string | undefined;
  /** Who made pacman do this to a package that nobody asked about. */
  readonly because: (move: Move) => Address | undefined;
}

/** Turns a move into a step, with the attributes that it starts from and ends in. Pure. */
export function plannedMove(move: Move, context: StepContext): Planned {
  const { name, to } = move;
  const before = context.observed.resources.get(name)?.attributes ?? null;
  const choice = context.choices.get(name);
  const kind = kindOf(move, choice);
  const artifact = to === undefined ? undefined : context.incoming.get(name);
  const replaced = kind === "reinstall" || kind === "install" ? undefined : context.earlier.get(name);
  const because = choice === undefined ? context.because(move) : undefined;
  const protectedBy = to === undefined ? context.protectedBy(name) : undefined;
  return {
    step: {
      address: `pacman.${name}`,
      provider: "pacman",
      name,
      kind,
      cause: choice?.change.cause ?? (to === undefined ? "conflict" : "dependency"),
      before,
      after: afterOf(move, before, choice),
      ...(because === undefined ? {} : { because }),
      ...(artifact === undefined ? {} : { sha256: artifact.sha256 }),
      ...(protectedBy === undefined ? {} : { protectedBy }),
      undo: undoOf(kind, before, replaced, name),
    },
    ...(artifact === undefined ? {} : { artifact }),
    ...(replaced === undefined ? {} : { replaced: { ...replaced, role: "replaced" } }),
  };
}

/** A change that needs no solver: of the reason alone. */
export function plannedAlone({ change }: Choice): Planned {
  const { address, name, kind, cause, before, after } = change;
  return { step: { address, provider: "pacman", name, kind, cause, before, after, undo: { possible: true } } };
}

function kindOf({ from, to }: Move, choice: Choice | undefined): Kind {
  if (to === undefined) return choice?.change.kind === "purge" ? "purge" : "remove";
  if (choice?.change.kind === "reinstall") return "reinstall";
  if (from === undefined) return "install";
  const order = compareAlpmVersions(from, to);
  return order === 0 ? "reinstall" : order < 0 ? "upgrade" : "downgrade";
}

/** Somebody asked for what comes in by name; what comes along with it is a dependency. What was there keeps its reason. */
function afterOf({ to }: Move, before: Attributes | null, choice: Choice | undefined): Attributes | null {
  if (to === undefined) return null;
  return { auto: choice === undefined, ...before, ...choice?.change.after, version: to };
}

function undoOf(kind: Kind, before: Attributes | null, replaced: Artifact | undefined, name: string): Step["undo"] {
  if (before === null || kind === "reinstall" || replaced !== undefined) return { possible: true };
  return {
    possible: false,
    reason: `no repository offers ${name} ${before.version} any more, and neither omg nor pacman kept a copy of it`,
  };
}

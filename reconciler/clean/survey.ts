import { startOf } from "../../host/files.ts";
import type { Generation } from "../../schema/model/base.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { EvidenceBook } from "../evidence.ts";
import type { StoredFile, StoredObject } from "../store.ts";
import type { ScopeWorld } from "../world.ts";
import { type Expendable, expendable } from "./generations.ts";
import { neededBy, neededToRecover } from "./needed.ts";

/** What omg remembers of a scope, as far as cleaning looks at it. */
export type Memory = Pick<ScopeWorld, "scope" | "generations" | "bases" | "log" | "records" | "store" | "evidence">;

export interface CleanRules {
  /** How many of the newest generations of each scope stay; absent: all, unless another rule lets them go. */
  readonly keepGenerations?: number;
  /** Only what is older than this goes. */
  readonly before?: Date;
  /** Bytes that the store may have afterwards: further generations go, the oldest first. */
  readonly maxSize?: number;
  /** Digests that the locks this user works with name. */
  readonly evidence: ReadonlySet<string>;
  /** Now. */
  readonly now: Date;
}

/** What one scope can do without. */
export interface ScopeSurvey {
  readonly scope: Scope;
  readonly generations: Expendable;
  readonly keptGenerations: readonly number[];
  readonly objects: readonly StoredObject[];
  readonly keptObjects: readonly StoredObject[];
  readonly unfinished: readonly StoredFile[];
  readonly evidence: readonly EvidenceBook[];
}

/** An unfinished fetch that nobody has written to for this long is nobody's. */
const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Looks at what could go, and changes nothing. Errors: what cannot be read is thrown, and then nothing may be removed.
 * @param own scopes that are this user's to clean
 * @param others scopes whose way back this user's store may have a part in
 * @param elsewhere whether another store has an object, so that this one's copy is not needed
 */
export function surveyScopes(
  own: readonly Memory[],
  others: readonly Memory[],
  rules: CleanRules,
  elsewhere: (sha256: string) => boolean,
): readonly ScopeSurvey[] {
  const reserved = new Set([
    ...rules.evidence,
    ...[...own, ...others].flatMap(({ log }) => [...neededToRecover(log.open())]),
    ...others.flatMap((memory) => [...neededBy(memory, generationsOf(memory))]),
  ]);
  return own.map((memory) => surveyScope(memory, rules, reserved, elsewhere));
}

function surveyScope(
  memory: Memory,
  rules: CleanRules,
  reserved: ReadonlySet<string>,
  elsewhere: (sha256: string) => boolean,
): ScopeSurvey {
  const all = generationsOf(memory);
  const objects = memory.store.objects();
  const sizeWith = (going: readonly number[]) => {
    const needed = neededBy(memory, staying(all, going));
    return objects
      .filter(({ sha256 }) => (needed.has(sha256) || reserved.has(sha256)) && !elsewhere(sha256))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  };
  const expendables = goingFrom(memory, all, rules, sizeWith);
  const kept = staying(all, expendables.going);
  const needed = neededBy(memory, kept);
  const free = objects.filter(
    (object) =>
      isOld(object.time, rules) &&
      ((elsewhere(object.sha256) && !rules.evidence.has(object.sha256)) ||
        (!needed.has(object.sha256) && !reserved.has(object.sha256) && !maySpeakForLock(object, memory, rules))),
  );
  const freed = new Set(free.map(({ sha256 }) => sha256));
  return {
    scope: memory.scope,
    generations: expendables,
    keptGenerations: kept.map(({ number }) => number),
    objects: free,
    keptObjects: objects.filter(({ sha256 }) => !freed.has(sha256)),
    evidence: booksGoing(memory, all, kept, rules),
    unfinished: memory.store
      .unfinished()
      .filter(({ time }) => rules.now.getTime() - time.getTime() > ABANDONED_MS && isOld(time, rules)),
  };
}

/**
 * What was checked goes with the last generation that it is of; what belongs to none, as of runs that were refused, by age alone. That
 * it was checked, and the digest of what was found, stays in the log.
 */
function booksGoing(
  { evidence, log }: Memory,
  all: readonly Generation[],
  kept: readonly Generation[],
  rules: CleanRules,
): readonly EvidenceBook[] {
  const namedBy = (some: readonly Generation[]) => new Set(some.flatMap((each) => each.evidence ?? []));
  const [named, staying] = [namedBy(all), namedBy(kept)];
  const open = log.open()?.data.book;
  return evidence
    .all()
    .filter(({ digest }) => !staying.has(digest) && digest !== open)
    .filter(({ digest, time }) => named.has(digest) || (rules.before !== undefined && isOld(time, rules)));
}

/**
 * Signed indexes prove pins of locks that may lie anywhere, so that nobody knows whether they are needed: only age lets them go.
 * What else is in a store is a package: one that omg recorded, or an archive of ar(5).
 */
function maySpeakForLock({ path, sha256 }: StoredObject, { records }: Memory, { before }: CleanRules): boolean {
  return before === undefined && records.named(sha256) === undefined && startOf(path, AR_MAGIC.length) !== AR_MAGIC;
}

const AR_MAGIC = "!<arch>\n";

/** What the rules name, and as many more as it takes to come down to the size. */
function goingFrom(
  memory: Memory,
  all: readonly Generation[],
  { keepGenerations, before, maxSize }: CleanRules,
  sizeWith: (going: readonly number[]) => number,
): Expendable {
  const { generations } = memory;
  const remnants = generations.remnants().map((number) => generations.remnant(number));
  const held = heldIn(memory);
  const age = before === undefined ? {} : { before };
  const allBut = (newest: number) => expendable(all, remnants, { newest, ...age }, held);
  let found = allBut(keepGenerations ?? (before === undefined ? all.length : 1));
  if (maxSize === undefined) return found;
  for (let left = all.length - 1; left >= (keepGenerations ?? 1) && sizeWith(found.going) > maxSize; left--) {
    const more = allBut(left);
    if (more.going.length > found.going.length) found = more;
  }
  return found;
}

function generationsOf({ generations }: Pick<Memory, "generations">): readonly Generation[] {
  return generations.numbers().map((number) => generations.read(number));
}

function staying(all: readonly Generation[], going: readonly number[]): readonly Generation[] {
  return all.filter(({ number }) => !going.includes(number));
}

function heldIn({ bases }: Memory): ReadonlySet<number> {
  return new Set(bases.all().flatMap(({ held }) => held?.generation ?? []));
}

function isOld(time: Date, { before }: CleanRules): boolean {
  return before === undefined || time.getTime() < before.getTime();
}

import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Address } from "../../../schema/model/resource.ts";
import { type PackageDesc, packageOf, parseDesc } from "../desc.ts";
import type { LocalPackage } from "../machine/local.ts";
import { answersAmong } from "../relations.ts";
import type { Move } from "./solve.ts";

/** Says which of the packages that come made pacman do something to one that nobody asked about. Pure. */
export function reasons(
  incoming: readonly Artifact[],
  before: ReadonlyMap<string, LocalPackage>,
): (move: Move) => Address | undefined {
  const coming = incoming.flatMap(({ control = "" }) => packageOf(parseDesc(control)) ?? []);
  return (move) => {
    const moved = move.to === undefined ? before.get(move.name) : coming.find(({ name }) => name === move.name);
    if (moved === undefined) return undefined;
    const relates = move.to === undefined ? cannotLiveWith : needs;
    const culprit = coming.find((each) => each.name !== move.name && relates(each, moved));
    return culprit === undefined ? undefined : `pacman.${culprit.name}`;
  };
}

function needs({ depends }: PackageDesc, other: PackageDesc): boolean {
  return isAmong(depends, other);
}

function cannotLiveWith(one: PackageDesc, other: PackageDesc): boolean {
  return isAmong([...one.conflicts, ...one.replaces], other) || isAmong(other.conflicts, one);
}

function isAmong(relations: readonly string[], found: PackageDesc): boolean {
  const answers = answersAmong([found]);
  return relations.some((text) => answers.to(text).length > 0);
}

import type { Artifact } from "../../../schema/model/artifact.ts";
import { type PackageDesc, packageOf, parseDesc } from "../desc.ts";
import { answersAmong, parseRelation } from "../relations.ts";
import type { Market } from "../sync/market.ts";

/**
 * Where several packages provide what one that comes needs, pacman asks a person, and takes the first when nobody is there: said,
 * so that nobody finds out later. `asked`: names that stand in the lock. Pure.
 */
export function providerChoices(
  incoming: readonly Artifact[],
  installed: Iterable<PackageDesc>,
  asked: ReadonlySet<string>,
  market: Pick<Market, "listed" | "providersOf">,
): readonly string[] {
  const coming = incoming.flatMap(({ control = "" }) => packageOf(parseDesc(control)) ?? []);
  const here = answersAmong(installed);
  const arriving = answersAmong(coming);
  const notes = coming.flatMap(({ depends }) =>
    depends.flatMap((text) => {
      const { name: needed } = parseRelation(text);
      if (market.listed(needed) || here.to(text).length > 0) return [];
      const taken = arriving.to(text).filter(({ name }) => !asked.has(name));
      const choices = market.providersOf(needed);
      if (taken.length === 0 || choices.length < 2) return [];
      const names = taken.map(({ name }) => name).join(", ");
      return [
        `${needed} is provided by ${choices.join(", ")}; pacman takes ${names}. Name another one in the lock to have that instead`,
      ];
    }),
  );
  return [...new Set(notes)];
}

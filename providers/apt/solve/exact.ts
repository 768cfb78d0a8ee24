import { parseStanza } from "../../../host/deb822.ts";
import { parseRelations } from "../machine/relations.ts";
import type { Market } from "../offers/market.ts";
import type { SolverQuestion } from "./simulate.ts";

type Named = SolverQuestion["install"][number];

/**
 * What these versions need in one exact version (`Depends: libjq1 (= 1.6-2.1)`), and what that needs in turn. apt's solver does
 * not go back to an older version by itself, not even where nothing else will do, so these have to be named. Pure.
 */
export function withExactNeeds(install: readonly Named[], market: Pick<Market, "offers">): readonly Named[] {
  const named = new Map(install.map((each) => [each.name, each]));
  const waiting = [...install];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const needed of exactNeeds(next, market)) {
      if (named.has(needed.name)) continue;
      named.set(needed.name, needed);
      waiting.push(needed);
    }
  }
  return [...named.values()];
}

function exactNeeds({ name, version }: Named, market: Pick<Market, "offers">): readonly Named[] {
  const control = market.offers(name).find((offer) => offer.version === version)?.control;
  if (control === undefined) return [];
  const fields = parseStanza(control);
  const groups = ["pre-depends", "depends"].flatMap((field) => parseRelations(fields.get(field) ?? ""));
  const arch = name.includes(":") ? name.slice(name.indexOf(":")) : "";
  return groups.flatMap(([relation, ...others]) => {
    if (relation?.operator !== "=" || relation.version === undefined || others.length > 0) return [];
    const { name: bare, version: exact } = relation;
    // A package for all architectures has none in its name.
    const found = [bare + arch, bare].find((key) => market.offers(key).some((offer) => offer.version === exact));
    return found === undefined ? [] : [{ name: found, version: exact }];
  });
}

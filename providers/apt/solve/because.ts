import { parseStanza } from "../../../host/deb822.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Address } from "../../../schema/model/resource.ts";
import { relationNames } from "../machine/relation-names.ts";
import type { InstalledPackage } from "../machine/status.ts";
import { bareName } from "../names.ts";
import type { Move } from "./solver-output.ts";

/** Names that a package goes by, and names that its relations mention. */
interface Related {
  readonly name: string;
  readonly called: ReadonlySet<string>;
  readonly needs: ReadonlySet<string>;
  readonly excludes: ReadonlySet<string>;
}

/**
 * Says which package of the same transaction made the solver touch another one: who needs it, or who cannot live with it, or,
 * for a removal, what it cannot live without. By names alone; the first one found is as good a reason as any. `installed` is
 * asked about removals only. Pure.
 */
export function reasons(
  moves: readonly Move[],
  builds: ReadonlyMap<string, Artifact>,
  installed: () => ReadonlyMap<string, InstalledPackage>,
): (move: Move) => Address | undefined {
  const incoming = moves.flatMap(({ name, to }) => (to === undefined ? [] : [relatedBuild(name, builds.get(name))]));
  const outgoing = moves.flatMap(({ name, to }) =>
    to === undefined ? relatedInstalled(name, installed().get(name)) : [],
  );
  return (move) => {
    const self = (move.to === undefined ? outgoing : incoming).find(({ name }) => name === move.name);
    if (self === undefined) return undefined;
    const needing = incoming.find((other) => other !== self && meet(other.needs, self.called));
    const cause = move.to === undefined ? driverOut(self, incoming, outgoing) : needing;
    return cause === undefined ? undefined : `apt.${cause.name}`;
  };
}

function driverOut(self: Related, incoming: readonly Related[], outgoing: readonly Related[]): Related | undefined {
  const rival = incoming.find((other) => meet(other.excludes, self.called) || meet(self.excludes, other.called));
  return rival ?? outgoing.find((other) => other !== self && meet(self.needs, other.called));
}

/**
 * Which of the removed packages may be why the solver also touched another one: it needs them, or takes their place. By
 * names alone, so rather one too many. Pure.
 */
export function culprits(
  removed: readonly string[],
  touched: Move,
  build: Artifact | undefined,
  installed: ReadonlyMap<string, InstalledPackage>,
): readonly string[] {
  const there = relatedInstalled(touched.name, installed.get(touched.name));
  const coming = touched.to === undefined ? [] : [relatedBuild(touched.name, build)];
  const interested = [...there.map(({ needs }) => needs), ...coming.map(({ called }) => called)];
  return removed.filter((name) => {
    const [self] = relatedInstalled(name, installed.get(name));
    return self !== undefined && interested.some((names) => meet(names, self.called));
  });
}

function relatedBuild(name: string, artifact: Artifact | undefined): Related {
  const fields = parseStanza(artifact?.control ?? "");
  const named = (...keys: readonly string[]) => new Set(keys.flatMap((key) => relationNames(fields.get(key) ?? "")));
  return {
    name,
    called: named("provides").add(bareName(name)),
    needs: named("pre-depends", "depends", "recommends"),
    excludes: named("conflicts", "breaks"),
  };
}

function relatedInstalled(name: string, found: InstalledPackage | undefined): Related[] {
  if (found === undefined) return [];
  const { provides, preDepends, depends, conflicts, breaks } = found;
  const named = (...fields: readonly string[]) => new Set(fields.flatMap(relationNames));
  return [
    {
      name,
      called: named(provides).add(found.name),
      needs: named(preDepends, depends),
      excludes: named(conflicts, breaks),
    },
  ];
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const item of a) if (b.has(item)) return true;
  return false;
}

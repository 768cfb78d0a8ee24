import { answersAmong } from "../relations.ts";
import type { LocalPackage } from "./local.ts";

/**
 * Names of what came along as a dependency and nothing needs any more, not even optionally: what `pacman -Qdt` lists. Pure.
 */
export function orphansAmong(packages: ReadonlyMap<string, LocalPackage>): readonly string[] {
  const answers = answersAmong(packages.values());
  const needed = new Set<string>();
  for (const found of packages.values())
    for (const text of [...found.depends, ...found.optdepends])
      for (const { name } of answers.to(text)) if (name !== found.name) needed.add(name);
  return [...packages.values()]
    .filter(({ auto, name }) => auto && !needed.has(name))
    .map(({ name }) => name)
    .sort();
}

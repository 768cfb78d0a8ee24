import type { PackageDesc } from "../desc.ts";
import { answersAmong } from "../relations.ts";

/** Names of everything that these need, themselves included, among what is installed. Pure. */
export function closureOf(names: Iterable<string>, installed: ReadonlyMap<string, PackageDesc>): readonly string[] {
  const answers = answersAmong(installed.values());
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    for (const text of installed.get(name)?.depends ?? []) open.push(...answers.to(text).map((each) => each.name));
  }
  return [...found].sort();
}

import { parseRelations } from "./relations.ts";

/** The package names in a relation field, without versions, architectures and profiles. */
export function relationNames(field: string): readonly string[] {
  return parseRelations(field)
    .flat()
    .map(({ name }) => name);
}

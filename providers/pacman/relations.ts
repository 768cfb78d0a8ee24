import { compareAlpmVersions } from "../../host/alpm-version.ts";
import type { PackageDesc } from "./desc.ts";

/** One dependency, conflict or provision: PKGBUILD(5), `depends`. */
export interface Relation {
  readonly name: string;
  readonly operator?: "<" | "<=" | "=" | ">=" | ">";
  readonly version?: string;
}

/** Reads `name`, `name>=version`, and an optional dependency's `name: reason`. Pure. */
export function parseRelation(text: string): Relation {
  const end = text.indexOf(": ");
  const [, name = "", operator, version] =
    /^([^<>=]*)(<=|>=|<|>|=)?(.*)$/.exec(end < 0 ? text : text.slice(0, end)) ?? [];
  if (operator === undefined || version === undefined) return { name: name.trim() };
  return { name: name.trim(), operator: operator as NonNullable<Relation["operator"]>, version };
}

/** Packages, to be asked who answers a relation as pacman writes it. */
export interface Answers<T extends PackageDesc> {
  to(text: string): readonly T[];
}

/** Goes through the packages once; each question is quick then. Pure. */
export function answersAmong<T extends PackageDesc>(packages: Iterable<T>): Answers<T> {
  const names = new Map<string, { readonly owner: T; readonly version: string | undefined }[]>();
  const add = (name: string, owner: T, version: string | undefined) => {
    const known = names.get(name);
    if (known === undefined) names.set(name, [{ owner, version }]);
    else known.push({ owner, version });
  };
  for (const found of packages) {
    add(found.name, found, found.version);
    for (const text of found.provides) {
      const { name, version } = parseRelation(text);
      add(name, found, version);
    }
  }
  const answered = new Map<string, readonly T[]>();
  const answer = (text: string) => {
    const relation = parseRelation(text);
    const able = (names.get(relation.name) ?? []).filter(({ version }) => satisfies(version, relation));
    return [...new Set(able.map(({ owner }) => owner))];
  };
  return {
    // Thousands of packages need the same few hundred.
    to: (text) => {
      const found = answered.get(text) ?? answer(text);
      answered.set(text, found);
      return found;
    },
  };
}

/** A provision without a version answers only who asks for none. */
function satisfies(version: string | undefined, { operator, version: wanted }: Relation): boolean {
  if (operator === undefined || wanted === undefined) return true;
  if (version === undefined) return false;
  const order = compareAlpmVersions(version, wanted);
  if (operator === "=") return order === 0;
  if (order === 0) return operator.endsWith("=");
  return operator.startsWith("<") ? order < 0 : order > 0;
}

import { compareDebianVersions } from "../../../host/debian-version.ts";

export type VersionOperator = "<<" | "<=" | "=" | ">=" | ">>";

/** One package of a relation: `libc6:any (>= 2.36)`. */
export interface Relation {
  readonly name: string;
  /** Architecture qualifier: `any`, `native`, an architecture; absent where there is none. */
  readonly arch?: string;
  readonly operator?: VersionOperator;
  readonly version?: string;
}

const RELATION =
  /^(?<name>[^\s:([<]+)(?::(?<arch>[^\s([<]+))?\s*(?:\(\s*(?<operator><<|<=|>=|>>|=|<|>)\s*(?<version>[^)\s]+)\s*\))?/;

/** deb-control(5) still reads the single signs of old as "or equal". */
const OPERATORS: Readonly<Record<string, VersionOperator>> = {
  "<<": "<<",
  "<=": "<=",
  "=": "=",
  ">=": ">=",
  ">>": ">>",
  "<": "<=",
  ">": ">=",
};

/** A field such as Depends: groups that must all hold, each of alternatives of which one suffices. Text that fits nowhere is left out. */
export function parseRelations(field: string): Relation[][] {
  if (field === "") return [];
  const groups = field.split(",").map((group) => group.split("|").flatMap(parseRelation));
  return groups.filter((group) => group.length > 0);
}

function parseRelation(text: string): Relation[] {
  const found = RELATION.exec(text.trim())?.groups;
  if (found?.name === undefined) return [];
  const operator = OPERATORS[found.operator ?? ""];
  return [
    {
      name: found.name,
      ...(found.arch !== undefined && { arch: found.arch }),
      ...(operator !== undefined && found.version !== undefined && { operator, version: found.version }),
    },
  ];
}

/** What a Provides field offers: names, with a version where it gives one (`mail-transport-agent (= 1.0)`). */
export function parseProvides(field: string): Relation[] {
  return parseRelations(field).flat();
}

/** Whether a version answers a relation. A relation without a version takes anything. */
export function versionAnswers(version: string, { operator, version: wanted }: Relation): boolean {
  if (operator === undefined || wanted === undefined) return true;
  const order = compareDebianVersions(version, wanted);
  switch (operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}

/** Whether something provided answers a relation: a version is asked for only where the provider gives one (deb-control(5), Provides). */
export function provisionAnswers(provided: Relation, relation: Relation): boolean {
  if (provided.name !== relation.name) return false;
  if (relation.operator === undefined) return true;
  return provided.version !== undefined && versionAnswers(provided.version, relation);
}

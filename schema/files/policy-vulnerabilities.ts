import type { PolicyFile, Rule } from "../model/policy.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import type { PolicyDocument } from "./policy-schema.ts";

type Table = NonNullable<PolicyDocument["vulnerabilities"]>;
type Rules = Pick<Table, "max-severity" | "unknown" | "unfixed">;
type MakeRule = <T>(at: Path, value: T) => Rule<T>;

const KEYS = { "max-severity": "MaxSeverity", unknown: "Unknown", unfixed: "Unfixed" } as const;

/**
 * The rules of `[vulnerabilities]`. Whoever names a highest severity or age wants it held: what could not be found out is refused
 * then, unless the same file says otherwise.
 */
export function vulnerabilityRules(table: Table | undefined, rule: MakeRule): PolicyFile {
  if (table === undefined) return {};
  const at: Path = ["vulnerabilities"];
  const maxAge = table["max-age"];
  return {
    ...Object.fromEntries(entriesOf(withUnknown(table, undefined), at, rule).map(([name, each]) => [name, each])),
    ...named("Sources", table.sources, table.unknown, [...at, "sources"], rule),
    ...named("Packages", table.packages, table.unknown, [...at, "packages"], rule),
    ...(maxAge === undefined ? {} : { vulnerabilitiesMaxAge: rule([...at, "max-age"], maxAge) }),
  };
}

interface Placed extends Rules {
  /** The key that `unknown` comes from. */
  readonly unknownAt?: "max-severity" | "max-age";
}

function withUnknown(rules: Rules & Pick<Table, "max-age">, overall: Rules["unknown"]): Placed {
  const demanding = (["max-severity", "max-age"] as const).find((key) => rules[key] !== undefined);
  if (rules.unknown !== undefined || demanding === undefined) return rules;
  return { ...rules, unknown: overall ?? "refuse", unknownAt: demanding };
}

function entriesOf(rules: Placed, at: Path, rule: MakeRule): readonly (readonly [string, Rule<unknown>])[] {
  return (Object.keys(KEYS) as (keyof typeof KEYS)[]).flatMap((key) => {
    const value = rules[key];
    const place = key === "unknown" ? (rules.unknownAt ?? key) : key;
    return value === undefined ? [] : [[`vulnerabilities${KEYS[key]}`, rule([...at, place], value)] as const];
  });
}

function named(
  kind: "Sources" | "Packages",
  tables: Readonly<Record<string, Rules>> | undefined,
  overall: Rules["unknown"],
  at: Path,
  rule: MakeRule,
): PolicyFile {
  const found = Object.entries(tables ?? {}).flatMap(([key, rules]) =>
    entriesOf(withUnknown(rules, overall), [...at, key], rule).map(([name, each]) => ({ name, key, each })),
  );
  const names = [...new Set(found.map(({ name }) => name))];
  return Object.fromEntries(
    names.map((name) => [
      `${name}${kind}`,
      dictionary(found.filter((one) => one.name === name).map(({ key, each }) => [key, each])),
    ]),
  );
}

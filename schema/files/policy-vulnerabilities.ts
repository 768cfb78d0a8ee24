import type { PolicyFile, Rule } from "../model/policy.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import type { PolicyDocument } from "./policy-schema.ts";

type Table = NonNullable<PolicyDocument["vulnerabilities"]>;
type Rules = Pick<Table, "max-severity" | "unknown" | "unfixed">;
type MakeRule = <T>(at: Path, value: T) => Rule<T>;

/**
 * The rules of `[vulnerabilities]`, with what goes without saying said: whoever names a highest severity or age wants it held, so
 * what could not be found out is refused, and what has no fix counts, unless the same file says otherwise. Said here, no other file
 * can say otherwise for it.
 */
export function vulnerabilityRules(table: Table | undefined, rule: MakeRule): PolicyFile {
  if (table === undefined) return {};
  const at: Path = ["vulnerabilities"];
  const maxAge = table["max-age"];
  return {
    ...Object.fromEntries(entriesOf(table, {}, at, rule)),
    ...named("Sources", table.sources, table, [...at, "sources"], rule),
    ...named("Packages", table.packages, table, [...at, "packages"], rule),
    ...(maxAge === undefined ? {} : { vulnerabilitiesMaxAge: rule([...at, "max-age"], maxAge) }),
  };
}

type Entry = readonly [name: string, rule: Rule<unknown>];

/** One table's rules by name. `overall`: what the table above says, for what this one leaves open. */
function entriesOf(rules: Rules & Pick<Table, "max-age">, overall: Rules, at: Path, rule: MakeRule): readonly Entry[] {
  const severity = rules["max-severity"];
  const demanding = (["max-severity", "max-age"] as const).find((key) => rules[key] !== undefined);
  const unknown = rules.unknown ?? (demanding === undefined ? undefined : (overall.unknown ?? "refuse"));
  const unfixed = rules.unfixed ?? (severity === undefined ? undefined : (overall.unfixed ?? "count"));
  const place = (key: "unknown" | "unfixed") => [...at, rules[key] === undefined ? (demanding ?? key) : key];
  return [
    ...entry("MaxSeverity", severity, [...at, "max-severity"], rule),
    ...entry("Unknown", unknown, place("unknown"), rule),
    ...entry("Unfixed", unfixed, place("unfixed"), rule),
  ];
}

function entry(name: string, value: unknown, at: Path, rule: MakeRule): readonly Entry[] {
  return value === undefined ? [] : [[`vulnerabilities${name}`, rule(at, value)]];
}

function named(
  kind: "Sources" | "Packages",
  tables: Readonly<Record<string, Rules>> | undefined,
  overall: Rules,
  at: Path,
  rule: MakeRule,
): PolicyFile {
  const found = Object.entries(tables ?? {}).flatMap(([key, rules]) =>
    entriesOf(rules, overall, [...at, key], rule).map(([name, each]) => ({ name, key, each })),
  );
  const names = [...new Set(found.map(({ name }) => name))];
  return Object.fromEntries(
    names.map((name) => [
      `${name}${kind}`,
      dictionary(found.filter((one) => one.name === name).map(({ key, each }) => [key, each])),
    ]),
  );
}

import type { PolicyFile, Rule } from "../model/policy.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import type { PolicyDocument } from "./policy-schema.ts";

type Table = NonNullable<PolicyDocument["licenses"]>;
type Rules = Pick<Table, "allow" | "deny" | "unknown">;
type MakeRule = <T>(at: Path, value: T) => Rule<T>;

/**
 * The rules of `[licenses]`, with what goes without saying said: whoever has a list wants it held, so a license that could not be told
 * is refused unless the same file says otherwise. Said here, no other file can say otherwise for it.
 */
export function licenseRules(table: Table | undefined, rule: MakeRule): PolicyFile {
  if (table === undefined) return {};
  const scoped = (["Sources", "Packages"] as const).flatMap((scope) =>
    Object.entries(table[scope === "Sources" ? "sources" : "packages"] ?? {}).flatMap(([key, rules]) =>
      entriesOf(rules, table, ["licenses", scope.toLowerCase(), key], rule).map(([name, each]) => ({
        name: `${name}${scope}`,
        key,
        each,
      })),
    ),
  );
  const names = [...new Set(scoped.map(({ name }) => name))];
  return Object.fromEntries([
    ...entriesOf(table, {}, ["licenses"], rule),
    ...names.map((name) => [
      name,
      dictionary(scoped.filter((one) => one.name === name).map(({ key, each }) => [key, each])),
    ]),
  ]) as PolicyFile;
}

/** One table's rules by name. `overall`: what the table above says, for what this one leaves open. */
function entriesOf(
  rules: Rules,
  overall: Rules,
  at: Path,
  rule: MakeRule,
): readonly (readonly [name: string, rule: Rule<unknown>])[] {
  const list = (["deny", "allow"] as const).find((key) => rules[key] !== undefined);
  const unknown = rules.unknown ?? (list === undefined ? undefined : (overall.unknown ?? "refuse"));
  const found = [
    ["Allow", rules.allow, "allow"],
    ["Deny", rules.deny, "deny"],
    ["Unknown", unknown, rules.unknown === undefined ? (list ?? "unknown") : "unknown"],
  ] as const;
  return found.flatMap(([name, value, key]) =>
    value === undefined ? [] : [[`licenses${name}`, rule<unknown>([...at, key], value)] as const],
  );
}

import { canonical } from "../host/canonical-json.ts";
import type { PolicyFile } from "../schema/model/policy.ts";
import type { Window } from "../schema/model/window.ts";
import { hasGrades } from "./effective.ts";
import { GRADES } from "./grade.ts";
import { type AnyRule, inMode, type PlacedRule, rulesIn } from "./modes.ts";
import { isWaivedIn } from "./waivers.ts";

/** Something that a policy asked for before, and now asks less of, or not at all. */
export interface Loosening {
  /** In words of policy.toml: `grade.minimum`, `grade.sources.docker`, `waivers`. */
  readonly rule: string;
  /** Values as TOML would have them; empty where there was nothing, or is nothing any more. */
  readonly before: string;
  readonly now: string;
  /** Where it stood, and where it stands; a line is absent where there is nothing. */
  readonly beforeLine?: number;
  readonly nowLine?: number;
}

/**
 * Everything in which `now` asks for less than `before`. Only enforced rules count, so a rule that is merely warned of is one
 * that is gone; a waiver that was not there, or ends later, asks for less as well. A rule of which nothing else is known may
 * not change at all: to hold back too much costs a question, too little would be a hole. Pure.
 */
export function loosenings(before: PolicyFile, now: PolicyFile): readonly Loosening[] {
  const after = new Map(rulesIn(inMode(now, "enforce")).map((one) => [idOf(one), one.rule]));
  const rules = rulesIn(inMode(before, "enforce")).flatMap((one): Loosening[] => {
    const rule = after.get(idOf(one));
    if (isNoPermission(one.name) || isAsStrict(one.name, one.rule.value, rule?.value)) return [];
    return [{ rule: wordsOf(one), ...valuesOf(one.rule, rule) }];
  });
  const waivers = (now.waivers ?? [])
    .filter(({ value }) => !isWaivedIn(before, value))
    .map(({ value, line }): Loosening => {
      const about = value.id === undefined ? value.package : `${value.package} (${value.id})`;
      const said = `${value.rule} of ${about} until ${value.expires}`;
      return { rule: "waivers", before: "", now: said, ...(line === undefined ? {} : { nowLine: line }) };
    });
  return [...rules, ...gradesForgive(inMode(before, "enforce"), inMode(now, "enforce")), ...waivers];
}

/** A highest severity takes known vulnerabilities out of what the same file's grades are about: new, it asks for less than they did. */
function gradesForgive(before: PolicyFile, now: PolicyFile): readonly Loosening[] {
  const rule = now.vulnerabilitiesMaxSeverity;
  if (!hasGrades(before) || before.vulnerabilitiesMaxSeverity !== undefined || rule === undefined) return [];
  const { value, line } = rule;
  const said = `${tomlOf(value)}, which grades leave the known vulnerabilities to`;
  return [
    { rule: "vulnerabilities.max-severity", before: "", now: said, ...(line === undefined ? {} : { nowLine: line }) },
  ];
}

/** What a repository permits its shell counts nowhere; that it narrows sources does. */
function isNoPermission(name: string): boolean {
  return name === "shellAllow";
}

/** Whether a number asks for no less than another, by the rule's name without its scope. */
const COMPARE: Readonly<Record<string, (before: number, now: number) => boolean>> = {
  indexesMaxAge: (before, now) => now <= before,
  vulnerabilitiesMaxAge: (before, now) => now <= before,
  removalsMax: (before, now) => now <= before,
  ageMinimum: (before, now) => now >= before,
  age: (before, now) => now >= before,
  provenanceLevel: (before, now) => now >= before,
};

/** Words from what asks for least to what asks for most, likewise. */
const ORDERS: Readonly<Record<string, readonly unknown[]>> = {
  gradeMinimum: GRADES,
  grade: GRADES,
  licensesUnknown: ["allow", "refuse"],
  vulnerabilitiesUnknown: ["allow", "refuse"],
  vulnerabilitiesUnfixed: ["ignore", "count"],
  vulnerabilitiesMaxSeverity: ["critical", "high", "medium", "low", "none"],
  driftMode: ["apply", "report"],
  rollForwardMode: ["apply", "report"],
};

/** Lists of what is allowed: a shorter one asks for more. */
const ALLOWING = /(?:Allow|^provenance(?:Builders|Repositories|Workflows|Issuers))$/;

/** Whether a rule asks for no less than it did. An absent one asks for nothing. */
export function isAsStrict(name: string, before: unknown, now: unknown): boolean {
  const kind = name.replace(/(?:Sources|Packages)$/, "");
  if (before === false && kind.endsWith("Required")) return true;
  if (before === "apply" && kind.endsWith("Mode")) return true;
  if (now === undefined) return false;
  if (typeof before === "number" && typeof now === "number") return COMPARE[kind]?.(before, now) ?? before === now;
  const order = ORDERS[kind];
  if (order !== undefined) return order.indexOf(now) >= order.indexOf(before);
  if (Array.isArray(before) && Array.isArray(now)) return isAsStrictList(kind, before, now);
  if (isTable(before) && isTable(now)) return isAsStrictTable(kind, before, now);
  return canonical(before) === canonical(now);
}

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A table for a source or a package, word by word: `level` of `provenanceSources` is a rule like `provenanceLevel`. */
function isAsStrictTable(kind: string, before: Table, now: Table): boolean {
  return Object.entries(before).every(([word, value]) =>
    isAsStrict(`${kind}${word.charAt(0).toUpperCase()}${word.slice(1)}`, value, now[word]),
  );
}

/** By the patterns as they are written: whether other ones would cover the same is not worked out. */
function isAsStrictList(name: string, before: readonly unknown[], now: readonly unknown[]): boolean {
  if (name === "windows") return isAsStrictWindows(before as readonly Window[], now as readonly Window[]);
  const noneNew = now.every((item) => before.includes(item));
  const noneGone = before.every((item) => now.includes(item));
  if (ALLOWING.test(name)) return noneNew;
  return name.endsWith("Deny") ? noneGone : noneNew && noneGone;
}

/** By the windows as they are written. Without one for a purpose, that is never held up. */
function isAsStrictWindows(before: readonly Window[], now: readonly Window[]): boolean {
  return (["drift", "roll-forward"] as const).every((purpose) => {
    const [known, left] = [before, now].map((list) =>
      list
        .filter((each) => each.for === undefined || each.for.includes(purpose))
        .map(({ opens, minutes, "time-zone": zone = "UTC" }) => canonical({ opens, minutes, zone })),
    ) as [string[], string[]];
    return known.length === 0 || (left.length > 0 && left.every((each) => known.includes(each)));
  });
}

function idOf({ name, key }: PlacedRule): string {
  return JSON.stringify([name, key]);
}

function valuesOf(before: AnyRule, now: AnyRule | undefined): Omit<Loosening, "rule"> {
  return {
    before: tomlOf(before.value),
    now: now === undefined ? "" : tomlOf(now.value),
    ...(before.line === undefined ? {} : { beforeLine: before.line }),
    ...(now?.line === undefined ? {} : { nowLine: now.line }),
  };
}

/** A value as TOML has it. */
export function tomlOf(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(inlineOf).join(", ")}]` : JSON.stringify(value);
}

function inlineOf(item: unknown): string {
  if (!isTable(item)) return JSON.stringify(item);
  const words = Object.entries(item).map(([key, value]) => `${key} = ${tomlOf(value)}`);
  return `{ ${words.join(", ")} }`;
}

/**
 * `indexesMaxAge` is `indexes.max-age`; `gradeSources` and `docker` are `grade.sources.docker`, and `vulnerabilitiesUnknownSources`
 * and `docker` are `vulnerabilities.sources.docker.unknown`.
 */
export function wordsOf({ name, key }: Pick<PlacedRule, "name" | "key">): string {
  const [, table = "", rule = "", scope = ""] = /^([a-z]+)(.*?)(Sources|Packages)?$/.exec(name) ?? [];
  const words = WORDS[name] ?? rule.replace(/(?<!^)(?=[A-Z])/g, "-").toLowerCase();
  return [TABLES[table] ?? table, ...(key === undefined ? [] : [scope.toLowerCase(), key]), words]
    .filter((each) => each !== "")
    .join(".");
}

/** Where a rule is not called in policy.toml as it is here. */
const WORDS: Readonly<Record<string, string>> = { ageMinimum: "minimum-days", rollForwardMode: "mode" };
const TABLES: Readonly<Record<string, string>> = { roll: "roll-forward" };

import type { IndexTarget } from "../sources/targets.ts";
import { isPattern, textPattern } from "./patterns.ts";
import type { PinMatch, PinRecord, Preferences } from "./preferences.ts";

export interface PolicyScope {
  readonly architecture: string;
}

/** A version of which the priority is asked. */
export interface PriorityQuestion {
  readonly name: string;
  readonly arch: string;
  readonly source: string;
  readonly version: string;
  readonly targets: readonly IndexTarget[];
  readonly installed: boolean;
}

export interface Policy {
  weight(question: PriorityQuestion): Weight;
  /** Whether all that comes from the same places weighs the same: no record is about some packages. */
  readonly isGeneral: boolean;
}

export interface Weight {
  readonly priority: number;
  /** The record that says so; absent for a default. */
  readonly record?: PinRecord;
}

type Test<T> = (subject: T) => boolean;

interface SpecificPin {
  readonly appliesTo: Test<PriorityQuestion>;
  readonly matches: Test<PriorityQuestion>;
  readonly record: PinRecord;
}

interface GeneralPin {
  readonly matches: Test<IndexTarget>;
  readonly record: PinRecord;
}

/** Priority of the installed version, and of lists that only keep up what was taken from them (apt_preferences(5)). */
export const INSTALLED_PRIORITY = 100;
const NOT_AUTOMATIC = 1;
const USUAL = 500;

/**
 * Priorities of versions after apt_preferences(5): the first record of the specific form that matches a version decides;
 * otherwise the highest priority among the places it comes from, where the first record of the general form that matches a
 * place decides. Undefined where a record cannot be followed exactly.
 */
export function policyOf(preferences: Preferences, scope: PolicyScope): Policy | undefined {
  if (preferences.unsupported.length > 0) return undefined;
  const specific: SpecificPin[] = [];
  const general: GeneralPin[] = [];
  for (const record of preferences.records) {
    if (record.packages.length === 0) {
      const matches = placeTest(record.match);
      if (matches === undefined) return undefined;
      general.push({ matches, record });
    } else {
      const pins = specificPins(record, scope);
      if (pins === undefined) return undefined;
      specific.push(...pins);
    }
  }
  const ofPlace = (target: IndexTarget, fallback: number): Weight => {
    const record = general.find((pin) => pin.matches(target))?.record;
    return record === undefined ? { priority: fallback } : { priority: record.priority, record };
  };
  return {
    isGeneral: specific.length === 0,
    weight: (question) => {
      const own = specific.find((pin) => pin.appliesTo(question) && pin.matches(question))?.record;
      if (own !== undefined) return { priority: own.priority, record: own };
      const places = question.targets.map((target) => ofPlace(target, defaultOf(target)));
      // `Package: *`, `Pin: release *` matches dpkg's own database, too.
      const all = question.installed ? [...places, ofPlace(DATABASE, INSTALLED_PRIORITY)] : places;
      return all.reduce((best, each) => (each.priority > best.priority ? each : best), NOWHERE);
    },
  };
}

/** Of a version that comes from no place. */
const NOWHERE: Weight = { priority: Number.NEGATIVE_INFINITY };

/** dpkg's database as a place: apt gives it the archive `now` and nothing else. */
const DATABASE: IndexTarget = {
  file: "",
  key: "",
  repoUri: "",
  host: "",
  component: "",
  arch: "",
  keyrings: [],
  bound: false,
  trusted: false,
  sourceName: "",
  origin: "",
  label: "",
  suite: "now",
  codename: "",
  version: "",
  notAutomatic: false,
  butAutomaticUpgrades: false,
};

function defaultOf({ notAutomatic, butAutomaticUpgrades }: IndexTarget): number {
  if (butAutomaticUpgrades) return INSTALLED_PRIORITY;
  return notAutomatic ? NOT_AUTOMATIC : USUAL;
}

function specificPins(record: PinRecord, scope: PolicyScope): SpecificPin[] | undefined {
  const matches = versionTest(record.match);
  if (matches === undefined) return undefined;
  const pins = record.packages.map((word) => {
    const appliesTo = packageTest(word, scope);
    return appliesTo === undefined ? undefined : { appliesTo, matches, record };
  });
  return pins.includes(undefined) ? undefined : pins.flatMap((pin) => pin ?? []);
}

/** `name`, `src:name`, a pattern of either, each with `:arch` or `:any` behind it; without one, the native architecture. */
function packageTest(word: string, { architecture }: PolicyScope): Test<PriorityQuestion> | undefined {
  const ofSource = word.startsWith("src:");
  const rest = ofSource ? word.slice("src:".length) : word;
  const colon = rest.lastIndexOf(":");
  const name = colon < 0 ? rest : rest.slice(0, colon);
  const arch = colon < 0 ? architecture : rest.slice(colon + 1);
  if (arch === "native" || /[*?[-]/.test(arch)) return undefined;
  const matches = isPattern(name) ? textPattern(name) : (text: string) => text === name;
  if (matches === undefined) return undefined;
  return (question) =>
    (arch === "any" || question.arch === arch) && matches(ofSource ? question.source : question.name);
}

function versionTest(match: PinMatch): Test<PriorityQuestion> | undefined {
  if (match.type === "version") {
    const wanted = textPattern(match.version);
    return wanted && (({ version }) => wanted(version) || version.toLowerCase() === match.version.toLowerCase());
  }
  const place = placeTest(match);
  return place && (({ targets, installed }) => targets.some(place) || (installed && place(DATABASE)));
}

function placeTest(match: PinMatch): Test<IndexTarget> | undefined {
  if (match.type === "version") return undefined;
  if (match.type === "origin") return hostTest(match.host);
  if (match.conditions === "all") return () => true;
  const tests = Object.entries(match.conditions).map(([letter, wanted]) => conditionTest(letter, wanted));
  if (tests.length === 0 || tests.includes(undefined)) return undefined;
  return (target) => tests.every((test) => test?.(target) === true);
}

function hostTest(host: string): Test<IndexTarget> | undefined {
  if (host === "") return (target) => target.host === "" && target !== DATABASE;
  const wanted = textPattern(host);
  return wanted && ((target) => target.host !== "" && wanted(target.host));
}

function conditionTest(letter: string, wanted: string): Test<IndexTarget> | undefined {
  const fits = textPattern(wanted);
  const facts = FACTS[letter];
  if (fits === undefined || facts === undefined || wanted === "") return undefined;
  return (target) => facts(target).some((fact) => fact !== "" && fits(fact));
}

/** The letters of `Pin: release` (apt_preferences(5)); `r` is a word without one. */
const FACTS: Readonly<Record<string, (target: IndexTarget) => readonly string[]>> = {
  a: ({ suite }) => [suite],
  n: ({ codename }) => [codename],
  r: ({ suite, codename }) => [suite, codename],
  v: ({ version }) => [version],
  o: ({ origin }) => [origin],
  l: ({ label }) => [label],
  c: ({ component }) => [component],
  b: ({ arch }) => [arch],
};

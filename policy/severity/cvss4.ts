import { metricsIn, type Weights, weighed } from "./metrics.ts";

// CVSS 4.0 (first.org/cvss/v4-0/specification-document, section 8): a vector belongs to a macrovector, which experts gave a score, and
// loses a part of the way to the next lower ones, as far as it is from the worst vector of its own.

/** Steps below the worst value of each metric (section 8.2, "severity distance"). */
const STEPS: Weights = {
  AV: { N: 0, A: 1, L: 2, P: 3 },
  AC: { L: 0, H: 1 },
  AT: { N: 0, P: 1 },
  PR: { N: 0, L: 1, H: 2 },
  UI: { N: 0, P: 1, A: 2 },
  VC: { H: 0, L: 1, N: 2 },
  VI: { H: 0, L: 1, N: 2 },
  VA: { H: 0, L: 1, N: 2 },
  SC: { H: 1, L: 2, N: 3 },
  SI: { H: 1, L: 2, N: 3 },
  SA: { H: 1, L: 2, N: 3 },
};

type Steps = Readonly<Record<string, number>>;

/**
 * Scores of the macrovectors that a base score is made of, by the levels of the classes EQ1 to EQ6: those without known
 * exploits counting less (EQ5 is 0), and with the requirements that the base has.
 */
const SCORES: Readonly<Record<string, number>> = {
  "000100": 10,
  "000200": 9.3,
  "000101": 9.6,
  "000201": 9,
  "001100": 9.3,
  "001200": 8.8,
  "001101": 9.2,
  "001201": 8,
  "002101": 7.9,
  "002201": 6.9,
  "010100": 9.5,
  "010200": 9.2,
  "010101": 9.1,
  "010201": 8.1,
  "011100": 9.2,
  "011200": 8.4,
  "011101": 8.2,
  "011201": 7,
  "012101": 7.1,
  "012201": 6.3,
  "100100": 9.4,
  "100200": 8.7,
  "100101": 8.9,
  "100201": 7.5,
  "101100": 8.6,
  "101200": 7.2,
  "101101": 7.6,
  "101201": 5.7,
  "102101": 6.5,
  "102201": 5.3,
  "110100": 9,
  "110200": 7.7,
  "110101": 7.7,
  "110201": 6.6,
  "111100": 7.4,
  "111200": 6.1,
  "111101": 5.9,
  "111201": 5.2,
  "112101": 5.8,
  "112201": 2.3,
  "200100": 8.6,
  "200200": 7,
  "200101": 7.4,
  "200201": 5.4,
  "201100": 7.2,
  "201200": 5.3,
  "201101": 5.7,
  "201201": 3.6,
  "202101": 4.7,
  "202201": 2.4,
  "210100": 7.3,
  "210200": 5.4,
  "210101": 5.5,
  "210201": 4.3,
  "211100": 6.1,
  "211200": 4.6,
  "211101": 5.1,
  "211201": 1.8,
  "212101": 2.4,
  "212201": 1,
};

/** One equivalence class at one level: its worst vectors, and how many steps it is deep. */
interface Class {
  readonly worst: readonly Steps[];
  readonly depth: number;
}

/** Sections 8.1 to 8.3, tables 24 to 30. */
const EQ1: readonly Class[] = [
  { worst: [{ AV: 0, PR: 0, UI: 0 }], depth: 1 },
  {
    worst: [
      { AV: 1, PR: 0, UI: 0 },
      { AV: 0, PR: 1, UI: 0 },
      { AV: 0, PR: 0, UI: 1 },
    ],
    depth: 4,
  },
  {
    worst: [
      { AV: 3, PR: 0, UI: 0 },
      { AV: 1, PR: 1, UI: 1 },
    ],
    depth: 5,
  },
];
const EQ2: readonly Class[] = [
  { worst: [{ AC: 0, AT: 0 }], depth: 1 },
  {
    worst: [
      { AC: 1, AT: 0 },
      { AC: 0, AT: 1 },
    ],
    depth: 2,
  },
];
/** EQ3 and EQ6 are one: with the highest requirements, EQ6 follows from EQ3. */
const EQ3: readonly Class[] = [
  { worst: [{ VC: 0, VI: 0, VA: 0 }], depth: 7 },
  {
    worst: [
      { VC: 1, VI: 0, VA: 0 },
      { VC: 0, VI: 1, VA: 0 },
    ],
    depth: 8,
  },
  { worst: [{ VC: 1, VI: 1, VA: 1 }], depth: 10 },
];
/** Safety, its level 0, is no value of the base. */
const EQ4: readonly Class[] = [
  { worst: [], depth: 6 },
  { worst: [{ SC: 1, SI: 1, SA: 1 }], depth: 5 },
  { worst: [{ SC: 2, SI: 2, SA: 2 }], depth: 4 },
];

interface Levels {
  readonly eq1: number;
  readonly eq2: number;
  readonly eq3: number;
  readonly eq4: number;
  readonly eq6: number;
}

/**
 * Base score, 0 to 10, of a vector of CVSS 4.0 (CVSS-B); undefined for any other text. Threat, environmental and supplemental
 * metrics may stand in it and do not count.
 */
export function cvss4Score(vector: string): number | undefined {
  const [, rest] = /^CVSS:4\.0\/(.+)$/.exec(vector) ?? [];
  const metrics = rest === undefined ? undefined : metricsIn(rest);
  const steps = metrics === undefined ? undefined : weighed(metrics, STEPS);
  if (steps === undefined) return undefined;
  const harmless =
    ["VC", "VI", "VA"].every((name) => steps[name] === 2) && subsequent(steps).every((step) => step === 3);
  return harmless ? 0 : interpolated(steps);
}

function interpolated(steps: Steps): number {
  const levels = levelsOf(steps);
  const score = scoreOf(levels) ?? 0;
  const { eq1, eq2, eq3, eq4 } = levels;
  const ways = [
    [scoreOf({ ...levels, eq1: eq1 + 1 }), fallen(steps, EQ1[eq1])],
    [scoreOf({ ...levels, eq2: eq2 + 1 }), fallen(steps, EQ2[eq2])],
    [belowEq3(levels), fallen(steps, EQ3[eq3])],
    [scoreOf({ ...levels, eq4: eq4 + 1 }), fallen(steps, EQ4[eq4])],
  ] as const;
  const losses = ways.flatMap(([below, part]) => (below === undefined ? [] : [(score - below) * part]));
  // EQ5 has a level below, too, and nothing of the base is on the way to it.
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / (losses.length + 1);
  return Math.round((Math.max(0, Math.min(10, score - mean)) + 1e-6) * 10) / 10;
}

function levelsOf(steps: Steps): Levels {
  const { AV, PR, UI, AC, AT, VC, VI, VA } = steps;
  const open = [AV, PR, UI].filter((step) => step === 0).length;
  const both = VC === 0 && VI === 0;
  const eq3 = both ? 0 : [VC, VI, VA].includes(0) ? 1 : 2;
  return {
    eq1: open === 3 ? 0 : open > 0 && AV !== 3 ? 1 : 2,
    eq2: AC === 0 && AT === 0 ? 0 : 1,
    eq3,
    eq4: subsequent(steps).includes(1) ? 1 : 2,
    eq6: eq3 === 2 ? 1 : 0,
  };
}

function subsequent({ SC = 3, SI = 3, SA = 3 }: Steps): readonly number[] {
  return [SC, SI, SA];
}

function scoreOf({ eq1, eq2, eq3, eq4, eq6 }: Levels): number | undefined {
  return SCORES[`${eq1}${eq2}${eq3}${eq4}0${eq6}`];
}

/** From the top there are two ways down, and the higher one counts. */
function belowEq3(levels: Levels): number | undefined {
  const narrower = scoreOf({ ...levels, eq6: levels.eq6 + 1 });
  if (levels.eq3 !== 0) return narrower;
  return Math.max(narrower ?? 0, scoreOf({ ...levels, eq3: 1 }) ?? 0);
}

/** How far a vector is below the first of the worst ones that it nowhere exceeds: 0 to 1. */
function fallen(steps: Steps, found: Class | undefined): number {
  for (const worst of found?.worst ?? []) {
    const distances = Object.entries(worst).map(([name, step]) => (steps[name] ?? 0) - step);
    if (distances.every((distance) => distance >= 0))
      return distances.reduce((sum, distance) => sum + distance, 0) / (found?.depth ?? 1);
  }
  return 0;
}

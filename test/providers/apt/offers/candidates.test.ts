import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AptConfig, readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { type AptState, readAptState } from "../../../../providers/apt/machine/observe.ts";
import { candidatesOf } from "../../../../providers/apt/offers/candidates.ts";
import { readPreferences } from "../../../../providers/apt/offers/preferences.ts";
import { surveyOf, upgradable } from "../../../../providers/apt/offers/survey.ts";
import { type AptLists, openLists } from "../../../../providers/apt/sources/lists.ts";
import { upgradableByApt } from "../../../support/apt-list.ts";
import { createPolicyLab, POLICY_KEYS, type PolicyLab } from "../../../support/policy-lab.ts";

let lab: PolicyLab;
let config: AptConfig;
let lists: AptLists;
let state: AptState;
beforeAll(async () => {
  lab = await createPolicyLab();
  config = await readAptConfig(lab.env);
  lists = await openLists(config);
  state = readAptState(config);
});
afterAll(() => lab.dispose());

const ours = (of: AptConfig = config) => candidatesOf({ lists, architecture: "amd64" }, readPreferences(of));

function expectAptsAnswer(of: AptConfig = config): void {
  const candidates = ours(of);
  expect(candidates).toBeDefined();
  const mine = POLICY_KEYS.map((key) => [key, candidates?.candidate(key, state.packages.get(key))?.version ?? ""]);
  const real = lab.candidates();
  expect(mine).toEqual(POLICY_KEYS.map((key) => [key, real.get(key)]));
}

const record = (packages: string, pin: string, priority: number) =>
  `Package: ${packages}\nPin: ${pin}\nPin-Priority: ${priority}\n`;

const word = fc.constantFrom(
  "a",
  "b",
  "c",
  "d",
  "both",
  "both:i386",
  "both:any",
  "both:amd64",
  "down",
  "onlyexp",
  "onlybp",
  "gone",
  "extra:any",
  "src:csrc",
  "src:csrc:any",
  "src:b*",
  "/^b/",
  "/o/:any",
  "*o*",
  "?",
  "e*:i386",
  "nowhere",
);
const releasePin = fc.constantFrom(
  "a=stable",
  "a=experimental",
  "n=one*",
  "n=rc",
  "o=Alpha",
  "o=Beta, l=Beta Stuff",
  "l=Alpha",
  "c=contrib",
  "c=main, a=updates",
  "v=12",
  "v=12*",
  "b=i386",
  "b=amd64",
  "stable",
  "x",
  "12",
  "a=now",
  "*",
  "o=/^al/",
  "a=stable, a=updates",
  "n=one-backports",
);
const pin = fc.oneof(
  releasePin.map((text) => `release ${text}`),
  fc.constantFrom("origin 127.0.0.1", 'origin "127.0.0.1"', 'origin ""', "origin nowhere.test"),
);
const versionPin = fc
  .constantFrom("1.0", "1.*", "1:2*", "*", "2.0~bpo1", "9", "1.0-?")
  .map((text) => `version ${text}`);
const priority = fc.constantFrom(
  -10,
  -1,
  1,
  50,
  99,
  100,
  101,
  499,
  500,
  501,
  900,
  989,
  990,
  991,
  999,
  1000,
  1001,
  2000,
);
const general = fc.tuple(fc.constant("*"), pin, priority);
const specific = fc.tuple(
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
  fc.oneof(pin, versionPin),
  priority,
);
const preferences = fc.array(fc.oneof(general, specific), { maxLength: 5 });

describe("candidates, against the real apt-cache policy", () => {
  test("by default", () => {
    lab.prefer("");
    expectAptsAnswer();
  });

  test("with any preferences", () => {
    const runs = Number(process.env.OMG_TEST_RUNS ?? 60);
    fc.assert(
      fc.property(preferences, (records) => {
        lab.prefer(records.map(([packages, match, level]) => record(packages, match, level)).join("\n"));
        expectAptsAnswer();
      }),
      { numRuns: runs },
    );
  });

  test("with a target release", async () => {
    for (const release of ["stable", "n=rc", "one-backports", "experimental", "o=Beta"]) {
      lab.prefer(record("b", "release a=updates", 995));
      const targeted = { ...config, defaultRelease: release };
      const candidates = ours(targeted);
      const mine = POLICY_KEYS.map((key) => candidates?.candidate(key, state.packages.get(key))?.version ?? "");
      const real = lab.candidates("-t", release);
      expect(mine).toEqual(POLICY_KEYS.map((key) => real.get(key)));
    }
  });

  test("what can be upgraded", () => {
    for (const text of ["", record("*", "release a=experimental", 700), record("a b", "version *", -1)]) {
      lab.prefer(text);
      const found = upgradable(state, ours())?.map(({ key, to }) => `${key} ${to}`);
      expect(found?.sort()).toEqual(upgradableByApt(lab.env));
    }
    expect(surveyOf(state, lists)).toMatchObject({ unlisted: ["gone"], complete: true });
  });

  test.each([
    ["a pin of another kind", "Package: a\nPin: sorcery high\nPin-Priority: 5\n"],
    ["never", "Package: *\nPin: release a=stable\nPin-Priority: never\n"],
    ["a letter without meaning", record("*", "release z=1", 900)],
    ["a character class of POSIX", record("/[[:alpha:]]/", "release a=stable", 900)],
    ["a record without a package", "Pin: release a=stable\nPin-Priority: 900\n"],
  ])("%s leaves the updates uncounted", (_, text) => {
    lab.prefer(text);
    expect(ours()).toBeUndefined();
    expect(surveyOf(state, lists).updates).toBeUndefined();
  });
});

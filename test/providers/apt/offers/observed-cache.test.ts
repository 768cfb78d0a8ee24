import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AptConfig } from "../../../../providers/apt/machine/config.ts";
import { observedThrough } from "../../../../providers/apt/offers/observed-cache.ts";
import { type Survey, withSurvey } from "../../../../providers/apt/offers/survey.ts";
import type { Observed, ObservedResource } from "../../../../schema/model/resource.ts";
import { temporaryFolder } from "../../../host/bundle.ts";

const resource = (name: string): ObservedResource => ({
  name,
  health: "installed",
  attributes: {},
  requested: true,
});
const SEEN: Observed = {
  provider: "apt",
  resources: new Map([
    ["a", resource("a")],
    ["b", resource("b")],
  ]),
  interrupted: [],
  counts: { total: 2 },
};
const WHOLE: Survey = { unlisted: ["a"], complete: true, origins: { b: ["omg"] }, updates: 3 };

function machine() {
  const folder = temporaryFolder();
  for (const name of ["lists", "updates", "preferences.d", "sources.d"]) mkdirSync(join(folder, name));
  for (const name of ["status", "lists/Packages"]) writeFileSync(join(folder, name), "1");
  const paths = {
    status: join(folder, "status"),
    updates: join(folder, "updates"),
    extendedStates: join(folder, "extended_states"),
    lists: join(folder, "lists"),
    sourceList: "",
    sourceParts: join(folder, "sources.d"),
    preferences: join(folder, "preferences"),
    preferencesParts: join(folder, "preferences.d"),
  };
  // Only what the key is made from.
  const config = { dump: "", paths, ignoreSilently: [] } as unknown as AptConfig;
  let asked = 0;
  const look = (answer: Survey | undefined, meanwhile = () => undefined as unknown) =>
    observedThrough(join(folder, "cache"), config, async () => {
      asked += 1;
      meanwhile();
      return answer === undefined
        ? { observed: SEEN, whole: false }
        : { observed: withSurvey(SEEN, answer), whole: true };
    });
  return { folder, look, asked: () => asked };
}

const foreign = ({ resources }: Observed) => [...resources.values()].map((one) => one.foreign);

describe("what is observed of the machine", () => {
  it("is asked once, and again when a file behind the answer changes", async () => {
    const { folder, look, asked } = machine();
    const fresh = await look(WHOLE);
    expect(foreign(fresh)).toEqual([true, false]);
    expect(fresh.counts).toEqual({ total: 2, updates: 3 });
    expect(await look({ unlisted: [], complete: true, origins: {} })).toEqual(fresh);
    expect(asked()).toBe(1);
    for (const [count, name] of [
      "lists/Packages",
      "status",
      "extended_states",
      "preferences",
      "updates/0001",
      "lists/new",
    ].entries()) {
      appendFileSync(join(folder, name), "2");
      await look(WHOLE);
      expect(asked(), name).toBe(count + 2);
    }
  });

  it("is not kept when the lists could not be read: unknown is not the same as offered", async () => {
    const { look, asked } = machine();
    expect(foreign(await look(undefined))).toEqual([undefined, undefined]);
    expect(foreign(await look(WHOLE))).toEqual([true, false]);
    expect(asked()).toBe(2);
  });

  it("is not kept when a file changed while it was looked at", async () => {
    const { folder, look, asked } = machine();
    await look(WHOLE, () => appendFileSync(join(folder, "status"), "2"));
    await look(WHOLE);
    await look(WHOLE);
    expect(asked()).toBe(2);
  });

  it("is the same the second time, whatever there is to remember", async () => {
    const { look } = machine();
    const fresh = await look({ ...WHOLE, orphans: 1 });
    expect(await look(undefined)).toEqual(fresh);
  });

  it("leaves open what a list that was never fetched may offer, the second time too", async () => {
    const { look } = machine();
    for (const answer of [{ unlisted: ["a"], complete: false, origins: {} }, WHOLE])
      expect(foreign(await look(answer))).toEqual([undefined, false]);
  });

  it("is asked anew where the kept answer is not one", async () => {
    const { folder, look, asked } = machine();
    await look(WHOLE);
    const file = join(folder, "cache/apt-observed.json");
    const { key } = JSON.parse(readFileSync(file, "utf8")) as { key: string };
    writeFileSync(file, JSON.stringify({ key, foreign: [] }), { mode: 0o644 });
    expect(foreign(await look(WHOLE))).toEqual([true, false]);
    expect(asked()).toBe(2);
  });
});

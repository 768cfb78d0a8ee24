import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AptState } from "../../../providers/apt/observe.ts";
import { surveyedThrough } from "../../../providers/apt/survey-cache.ts";
import type { Observed, ObservedResource } from "../../../schema/model/resource.ts";
import { temporaryFolder } from "../../host/bundle.ts";

const resource = (name: string, foreign?: boolean): ObservedResource => ({
  name,
  health: "installed",
  attributes: {},
  requested: true,
  ...(foreign === undefined ? {} : { foreign }),
});
const seen = (a?: boolean, b?: boolean, updates?: number): Observed => ({
  provider: "apt",
  resources: new Map([
    ["a", resource("a", a)],
    ["b", resource("b", b)],
  ]),
  interrupted: [],
  counts: { total: 2, ...(updates === undefined ? {} : { updates }) },
});

function machine() {
  const folder = temporaryFolder();
  for (const name of ["lists", "updates", "preferences.d", "sources.d"]) mkdirSync(join(folder, name));
  for (const name of ["status", "lists/Packages"]) writeFileSync(join(folder, name), "1");
  const paths = {
    status: join(folder, "status"),
    updates: join(folder, "updates"),
    lists: join(folder, "lists"),
    sourceList: "",
    sourceParts: join(folder, "sources.d"),
    preferences: join(folder, "preferences"),
    preferencesParts: join(folder, "preferences.d"),
  };
  // Only what the key is made from.
  const state = { config: { dump: "", paths, ignoreSilently: [] } } as unknown as AptState;
  let asked = 0;
  const look = (answer: Observed | undefined) =>
    surveyedThrough(join(folder, "cache"), seen(), state, async () => {
      asked += 1;
      return answer;
    });
  return { folder, look, asked: () => asked };
}

describe("what the lists say about the machine", () => {
  it("is asked once, and again when a file behind the answer changes", async () => {
    const { folder, look, asked } = machine();
    const answer = seen(true, false, 3);
    expect(await look(answer)).toEqual(answer);
    expect(await look(answer)).toEqual(answer);
    expect(asked()).toBe(1);
    for (const [count, name] of ["lists/Packages", "status", "preferences", "updates/0001", "lists/new"].entries()) {
      appendFileSync(join(folder, name), "2");
      await look(answer);
      expect(asked(), name).toBe(count + 2);
    }
  });

  it("is not kept when the lists could not be read: unknown is not the same as offered", async () => {
    const { look, asked } = machine();
    expect((await look(undefined)).resources.get("a")?.foreign).toBeUndefined();
    expect((await look(seen(true, false))).resources.get("a")?.foreign).toBe(true);
    expect(asked()).toBe(2);
  });
});

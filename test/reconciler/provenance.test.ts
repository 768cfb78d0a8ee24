import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { gatherProvenance } from "../../reconciler/provenance.ts";
import { openStore } from "../../reconciler/store.ts";
import type { World } from "../../reconciler/world.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import type { BundleSource, KnownBundles } from "../../schema/model/provenance.ts";
import { artifactOf, evidence } from "../policy/samples.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-gather-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const store = () => openStore(folder);
const BUNDLE = Buffer.from("{}");
const found: BundleSource = async () => [{ type: "found", address: "here", bundles: [BUNDLE] }];
const silentSource = () => {
  let asked = 0;
  const source: BundleSource = async () => {
    asked += 1;
    return [{ type: "unknown", address: "https://x", reason: "it did not answer" }];
  };
  return { source, asked: () => asked };
};

/** Only what the gathering reads of a world. */
async function gather(artifacts: readonly Artifact[], sources: readonly BundleSource[], required = false) {
  const notes = new Map<string, KnownBundles>();
  const world = {
    scopes: [{ store: store(), providers: [{ name: "apt" }] }],
    signal: new AbortController().signal,
    provenance: {
      needs: () => artifacts.map((artifact) => ({ artifact, required, repositories: [] })),
      sources,
      known: () => undefined,
      note: ({ address }: Artifact, bundles: KnownBundles) => void notes.set(address, bundles),
    },
  } as unknown as World;
  await gatherProvenance([], world);
  return notes;
}

const many = Array.from({ length: 20 }, (_, index) => artifactOf(`a${index}`));

it("puts bundles into the store by their hash", async () => {
  const notes = await gather([artifactOf("a")], [found]);
  const [digest = ""] = notes.get("apt.a")?.bundles ?? [];
  expect(readFileSync(store().path(digest))).toEqual(BUNDLE);
});

it("a place that does not answer is given up on, and what could not be asked is unknown all the same", async () => {
  const { source, asked } = silentSource();
  const notes = await gather(many, [source, found]);
  expect(asked()).toBeLessThan(10);
  expect(
    [...notes.values()].every(({ others, bundles }) => others[0]?.type === "unknown" && bundles.length === 1),
  ).toBe(true);
  expect(notes.size).toBe(20);
});

it("where it is required, the run ends with the first of them", async () => {
  const { source, asked } = silentSource();
  await expect(gather(many, [source], true)).rejects.toMatchObject({
    code: "provenance-unreachable",
    exit: "unreachable",
  });
  expect(asked()).toBeLessThan(10);
});

it("what an earlier run recorded about these very bytes is not asked for again, and of other bytes it is", async () => {
  const { source, asked } = silentSource();
  const recorded = (artifact: Artifact, of: string): Artifact => ({
    ...artifact,
    chain: { type: "recorded", evidence: [{ ...evidence("provenance", "pass"), facts: { artifact: of } }] },
  });
  const one = artifactOf("a");
  await gather([recorded(one, one.sha256)], [source], true);
  expect(asked()).toBe(0);
  await expect(gather([recorded(one, "0".repeat(64))], [source], true)).rejects.toThrow("policy requires it");
});

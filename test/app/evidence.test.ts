import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepEvidence, keptIn, keptOrOffered } from "../../app/evidence.ts";
import { sha256 } from "../../host/digest.ts";
import { openStore, type Store } from "../../reconciler/store.ts";
import type { ArtifactSource } from "../../schema/model/artifact-source.ts";

describe("the lists that a lock was made with", () => {
  let folder: string;
  let store: Store;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-evidence-"));
    store = openStore(join(folder, "store"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const asked: (number | undefined)[] = [];
  const offering =
    (text: string | undefined): ArtifactSource =>
    async ({ size }, path, onBytes) => {
      asked.push(size);
      if (text === undefined) return false;
      writeFileSync(path, text);
      onBytes(text.length);
      return true;
    };

  test("are put into the store once, under their digests", async () => {
    let written = 0;
    const fill = async (path: string) => {
      written += 1;
      writeFileSync(path, "list");
    };
    const proposal = { requests: {}, pins: [], indexes: {}, notes: [], evidence: [{ sha256: sha256("list"), fill }] };
    await keepEvidence(store, [proposal, proposal]);
    expect(written).toBe(1);
    expect(readFileSync((await keptIn(store)(sha256("list"))) ?? "", "utf8")).toBe("list");
    expect(await keptIn(store)(sha256("other"))).toBeUndefined();
  });

  test("are asked of the other side where they are missing, and believed by their hash alone", async () => {
    expect(await keptOrOffered(store, offering("never asked")).find(sha256("list"))).toBe(store.path(sha256("list")));
    expect(await keptOrOffered(store, offering(undefined)).find(sha256("none"))).toBeUndefined();
    await expect(keptOrOffered(store, offering("bad")).find(sha256("good"))).rejects.toMatchObject({
      code: "artifact-mismatch",
    });
    expect(store.has(sha256("good"))).toBe(false);
    expect(await keptOrOffered(store, offering("good")).find(sha256("good"))).toBe(store.path(sha256("good")));
  });

  test("do not stay when the run comes to nothing, and what was there before does", async () => {
    const kept = keptOrOffered(store, offering("passing"));
    await kept.find(sha256("passing"));
    await kept.find(sha256("list"));
    kept.takeBack();
    expect([store.has(sha256("passing")), store.has(sha256("list"))]).toEqual([false, true]);
  });

  test("may not fill the disk: all of them together have a limit", async () => {
    asked.length = 0;
    const { find } = keptOrOffered(store, offering("12345"), 12);
    for (const text of ["12345", "67890"]) await find(sha256(text)).catch(() => undefined);
    await find(sha256("abc")).catch(() => undefined);
    expect(asked).toEqual([12, 7, 2]);
  });
});

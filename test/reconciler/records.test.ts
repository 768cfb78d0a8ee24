import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRecords } from "../../reconciler/records.ts";
import { openStore } from "../../reconciler/store.ts";
import type { Artifact, Evidence } from "../../schema/model/artifact.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-records-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const artifact: Artifact = {
  address: "apt.a",
  name: "a",
  version: "1",
  arch: "all",
  sha256: "0".repeat(64),
  urls: [],
  filename: "a.deb",
  origin: "lab",
  chain: { type: "recorded", evidence: [] },
  role: "replaced",
};
const judged = (verdict: Evidence["verdict"]) => [
  {
    address: artifact.address,
    sha256: artifact.sha256,
    grade: "verified" as const,
    evidence: [{ check: "signature" as const, verdict, code: verdict, detail: "", facts: {} }],
  },
];
const book = () => openRecords(join(folder, "artifacts.json"), openStore(folder));
const kept = () => book().artifact("apt.a", "1")?.evidence[0]?.verdict;

it("keeps the better evidence of the same bytes: a source that went stale takes nothing back", () => {
  book().remember([artifact], judged("pass"));
  book().remember([artifact], judged("fail"));
  expect(kept()).toBe("pass");
});

it("takes better evidence over worse", () => {
  book().remember([artifact], judged("fail"));
  book().remember([artifact], judged("pass"));
  expect(kept()).toBe("pass");
});

describe("evidence of the same bytes, check by check", () => {
  const piece = (check: Evidence["check"], verdict: Evidence["verdict"], detail = ""): Evidence => ({
    ...{ check, verdict, code: verdict, detail, facts: {} },
  });
  const remember = (evidence: readonly Evidence[], sha256 = artifact.sha256) =>
    book().remember([{ ...artifact, sha256 }], [{ address: artifact.address, sha256, grade: "verified", evidence }]);
  const known = () =>
    book()
      .artifact("apt.a", "1")
      ?.evidence.map(({ check, verdict }) => `${check} ${verdict}`)
      .sort();

  it("a run that looked for less takes nothing back", () => {
    remember([piece("signature", "pass"), piece("provenance", "pass")]);
    remember([piece("signature", "pass")]);
    expect(known()).toEqual(["provenance pass", "signature pass"]);
    remember([piece("signature", "unknown"), piece("provenance", "unknown")]);
    expect(known()).toEqual(["provenance pass", "signature pass"]);
  });

  it("what a run did not look for is not there afterwards", () => {
    remember([piece("signature", "pass")]);
    remember([piece("signature", "fail"), piece("provenance", "absent")]);
    expect(known()).toEqual(["provenance absent", "signature pass"]);
  });

  it("known vulnerabilities are about the day, and never kept", () => {
    remember([piece("signature", "pass"), piece("vulnerabilities", "pass")]);
    expect(known()).toEqual(["signature pass"]);
  });

  it("nothing of it counts for other bytes", () => {
    remember([piece("signature", "pass"), piece("provenance", "pass")]);
    remember([piece("signature", "absent")], "1".repeat(64));
    expect(known()).toEqual(["signature absent"]);
  });
});

it("keeps how the same bytes were built, also when a later run did not ask, and names them by their hash", () => {
  const facts = { bundle: "b".repeat(64), artifact: artifact.sha256 };
  const build: Evidence = { check: "provenance", verdict: "pass", code: "provenance-valid", detail: "", facts };
  const [signed] = judged("pass");
  if (signed === undefined) throw new Error("no judgement");
  book().remember([artifact], [{ ...signed, evidence: [...signed.evidence, build] }]);
  book().remember([artifact], judged("pass"));
  expect(book().artifact("apt.a", "1")?.evidence).toContainEqual(build);
  expect(book().named(artifact.sha256)).toEqual({ address: "apt.a", version: "1" });
  expect(book().named("1".repeat(64))).toBeUndefined();
  const other = { ...artifact, sha256: "1".repeat(64) };
  book().remember([other], [{ ...signed, sha256: other.sha256 }]);
  expect(book().artifact("apt.a", "1")?.evidence).not.toContainEqual(build);
});

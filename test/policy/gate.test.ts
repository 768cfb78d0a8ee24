import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { BUILT_IN_POLICY, createGate } from "../../policy/index.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import { GpgHome } from "../support/gpg-home.ts";
import { Archive, KEY_MADE_AT, releaseTextFor, SIGNED_AT } from "./pgp/archive.ts";
import { evidence, install, transaction } from "./samples.ts";

const BYTES = "the package's bytes";
const NOW = new Date(SIGNED_AT.getTime() + 3_600_000);
const PACKAGES = `Package: hello\nVersion: 1.0-1\nArchitecture: amd64\nSHA256: ${sha256(BYTES)}\n`;

let gpg: GpgHome;
let archive: Archive;
let keyring: string;
let object: string;

beforeAll(() => {
  gpg = new GpgHome();
  const key = gpg.makeKey("gate", { at: KEY_MADE_AT });
  keyring = gpg.exportTo(join(gpg.folder, "gate.gpg"), [key]);
  archive = new Archive(gpg, "archive", { keys: [key], release: releaseTextFor(PACKAGES) });
  writeFileSync(archive.index, PACKAGES);
  object = join(gpg.folder, "object");
  writeFileSync(object, BYTES);
}, 60_000);
afterAll(() => gpg.dispose());

const artifact = (parts: Partial<Artifact> = {}): Artifact => ({
  ...archive.artifact([keyring], {}, { sha256: sha256(BYTES) }),
  ...parts,
});
const plan = (made: Artifact) => [
  transaction([install("hello", { after: { version: made.version }, sha256: made.sha256 })], [made]),
];

function gate(file: string | undefined, repository?: PolicyFile) {
  const policies = { builtIn: BUILT_IN_POLICY, ...(repository === undefined ? {} : { repository }) };
  return createGate({ policies, now: NOW, filePath: () => file });
}

describe("the gate", () => {
  it("before the fetch: signed, its bytes still to be seen, and nothing against it", async () => {
    const verdict = await gate(undefined).judge(plan(artifact()));
    expect(
      verdict.judgements.map(({ grade, evidence: all }) => [
        grade,
        all.map(({ check, verdict: one }) => `${check} ${one}`),
      ]),
    ).toEqual([["verified", ["checksum pending", "signature pass"]]]);
    expect(verdict.violations).toEqual([]);
  });

  it("after the fetch: verified, and the same policy by the same digest", async () => {
    const one = gate(object);
    const [first, second] = [await one.judge(plan(artifact())), await one.judge(plan(artifact()))];
    expect(first.judgements[0]).toMatchObject({ address: "apt.hello", sha256: sha256(BYTES), grade: "verified" });
    expect(second).toEqual(first);
    expect(first.policy).toMatch(/^[0-9a-f]{64}$/);
  });

  it("sees bytes that were swapped after they had passed", async () => {
    const one = gate(object);
    expect((await one.judge(plan(artifact()))).violations).toEqual([]);
    writeFileSync(object, "other bytes");
    const verdict = await one.judge(plan(artifact()));
    writeFileSync(object, BYTES);
    expect(verdict.violations).toMatchObject([{ rule: "checks", message: expect.stringContaining("SHA-256") }]);
  });

  it("grades a source that nobody in particular vouches for as a risk, and leaves it to policy", async () => {
    const { chain } = artifact();
    const verdict = await gate(object).judge(plan(artifact({ chain: { ...chain, bound: false } as typeof chain })));
    expect(verdict.judgements[0]?.grade).toBe("risk");
    expect(verdict.violations).toEqual([]);
  });

  it("takes recorded evidence over, marked, but never the checksum", async () => {
    const chain = {
      type: "recorded",
      evidence: [evidence("signature", "pass", "signature-valid"), evidence("checksum", "pass")],
    } as const;
    const passed = await gate(object).judge(plan(artifact({ chain })));
    expect(passed.judgements[0]).toMatchObject({
      grade: "verified",
      evidence: [
        { check: "checksum", facts: { sha256: sha256(BYTES) } },
        { check: "signature", facts: { recorded: "yes" } },
      ],
    });
    const wrong = await gate(object).judge(plan(artifact({ chain, sha256: "00".repeat(32) })));
    expect(wrong.judgements[0]?.grade).toBe("risk");
  });

  it("judges what is replaced, and holds only what is installed to the policy", async () => {
    const replaced = artifact({ role: "replaced", chain: { type: "recorded", evidence: [] } });
    const removing = transaction([{ ...install("hello"), kind: "remove", after: null }], [replaced]);
    const verdict = await gate(object, { gradeMinimum: { value: "locked", file: "/p" } }).judge([removing]);
    expect(verdict.judgements).toHaveLength(1);
    expect(verdict.violations).toEqual([]);
  });
});

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkChecksum } from "../../../policy/checksum/verify.ts";

const BYTES = Buffer.alloc(3_000_000, "omg");
const artifact = { filename: "x.deb", sha256: createHash("sha256").update(BYTES).digest("hex"), size: BYTES.length };

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-checksum-"));
  file = join(folder, "object");
  writeFileSync(file, BYTES);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("passes the very bytes", async () => {
  expect(await checkChecksum(artifact, file)).toMatchObject({
    verdict: "pass",
    code: "hash-matches",
    facts: { sha256: artifact.sha256 },
  });
});

it("fails one changed byte, and names both hashes", async () => {
  const other = join(folder, "other");
  writeFileSync(other, Buffer.concat([BYTES.subarray(1), Buffer.from("x")]));
  const evidence = await checkChecksum(artifact, other);
  expect(evidence).toMatchObject({ check: "checksum", verdict: "fail", code: "hash-mismatch" });
  expect(evidence.detail).toContain(artifact.sha256);
});

it("compares SHA-512 as well, where the index has it", async () => {
  const sha512 = createHash("sha512").update(BYTES).digest("hex");
  expect(await checkChecksum({ ...artifact, sha512 }, file)).toMatchObject({ verdict: "pass", facts: { sha512 } });
  const other = await checkChecksum({ ...artifact, sha512: "0".repeat(128) }, file);
  expect(other).toMatchObject({ verdict: "fail", code: "hash-mismatch" });
  expect(other.detail).toContain(sha512);
});

it("fails another size than the index says", async () => {
  expect(await checkChecksum({ ...artifact, size: 1 }, file)).toMatchObject({ verdict: "fail", code: "size-mismatch" });
});

it("waits for bytes that are not here, and does not pass what cannot be read", async () => {
  expect(await checkChecksum(artifact, undefined)).toMatchObject({ verdict: "pending", code: "not-fetched" });
  mkdirSync(join(folder, "folder"));
  for (const path of [join(folder, "gone"), join(folder, "folder")]) {
    expect(await checkChecksum(artifact, path)).toMatchObject({ verdict: "unknown", code: "unreadable" });
  }
});

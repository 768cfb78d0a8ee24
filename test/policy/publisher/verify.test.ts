import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../host/digest.ts";
import { checkPublished } from "../../../policy/publisher/verify.ts";
import type { Artifact, PublisherKeys, PublisherProof } from "../../../schema/model/artifact.ts";
import { GpgHome } from "../../support/gpg-home.ts";

const AT = new Date("2026-11-01T12:00:00Z");
const NOW = new Date("2026-11-20T12:00:00Z");
const BYTES = "the archive";
const NAME = "node-v20.19.5-linux-x64.tar.gz";

describe("what a publisher vouches with", () => {
  let gpg: GpgHome;
  let publisher: string;
  let stranger: string;
  const at = (name: string) => join(gpg.folder, name);

  beforeAll(() => {
    gpg = new GpgHome();
    publisher = gpg.makeKey("publisher", { at: new Date("2026-01-01T00:00:00Z") });
    stranger = gpg.makeKey("stranger", { at: new Date("2026-01-01T00:00:00Z") });
    gpg.exportTo(at("publisher.asc"), [publisher], "armour");
    gpg.exportTo(at("both.gpg"), [publisher, stranger]);
    writeFileSync(at("archive"), BYTES);
  });
  afterAll(() => gpg.dispose());

  function write(name: string, text: string): string {
    writeFileSync(at(name), text);
    return at(name);
  }

  function list(text: string, key = publisher): PublisherProof {
    const file = gpg.clearsign(write("list", text), at("list.asc"), { keys: [key], at: AT });
    return { type: "signed-list", list: file, keys: handedOut() };
  }

  /** The publisher hands out both keys, and only its own is known to be its. */
  function handedOut(more: Partial<PublisherKeys> = {}): PublisherKeys {
    return {
      published: { file: at("both.gpg"), fingerprints: [publisher] },
      own: [],
      place: "/keys/node.asc",
      ...more,
    };
  }

  async function check(proof: PublisherProof, bytes: "here" | "to come" = "here") {
    const artifact: Artifact & { chain: { type: "publisher" } } = {
      address: "node.20.19.5",
      name: "20.19.5",
      version: "20.19.5",
      arch: "x64",
      sha256: sha256(BYTES),
      urls: [],
      filename: NAME,
      origin: "nodejs.org",
      role: "install",
      chain: { type: "publisher", publisher: "Node.js", proof },
    };
    const filePath = () => (bytes === "here" ? at("archive") : undefined);
    const [evidence] = await checkPublished([artifact], { now: NOW, filePath, trust: [] });
    return `${evidence?.verdict} ${evidence?.code}: ${evidence?.detail}`;
  }

  const good = () => `${sha256(BYTES)}  ${NAME}\n${"0".repeat(64)}  other.tar.gz\n`;

  test("is a signed list that names the archive", async () => {
    expect(await check(list(good()))).toMatch(
      /^pass publisher-signature-valid: Named in the list of Node.js, signed by publisher/,
    );
    const plain = write("plain", good());
    const signature = gpg.detach(plain, at("plain.sig"), { keys: [publisher], at: AT }, "binary");
    expect(await check({ type: "signed-list", list: plain, signature, keys: handedOut() })).toMatch(/^pass/);
  });

  test("counts by a key whose fingerprint is known, and not because a server hands it out", async () => {
    expect(await check(list(good(), stranger))).toMatch(/^fail publisher-key-unknown: .*\/keys\/node\.asc/);
    const own = gpg.exportTo(at("own.asc"), [stranger], "armour");
    const proof = { ...list(good(), stranger), keys: handedOut({ own: [own] }) };
    expect(await check(proof)).toMatch(/^pass/);
  });

  test("has one hash for a name, and it is the one that is wanted", async () => {
    expect(await check(list(good().replace(NAME, "node.tar.gz")))).toMatch(/^fail publisher-artifact-not-listed/);
    expect(await check(list(good().replace(sha256(BYTES), "1".repeat(64))))).toMatch(
      /^fail publisher-lock-index-disagree/,
    );
    expect(await check(list(`${good()}${"1".repeat(64)}  ${NAME}\n`))).toMatch(/^fail publisher-lock-index-disagree/);
  });

  test("is what was signed, to the last byte", async () => {
    const file = gpg.clearsign(write("list", good()), at("changed.asc"), { keys: [publisher], at: AT });
    writeFileSync(file, readFileSync(file, "utf8").replace("other.tar.gz", "0ther.tar.gz"));
    expect(await check({ type: "signed-list", list: file, keys: handedOut() })).toMatch(
      /^fail publisher-signature-bad/,
    );
    writeFileSync(file, "no list at all");
    expect(await check({ type: "signed-list", list: file, keys: handedOut() })).toMatch(
      /^fail publisher-signature-bad/,
    );
  });

  test("is a signature over the archive, which only the archive will tell", async () => {
    const signature = gpg.detach(at("archive"), at("archive.asc"), { keys: [publisher], at: AT });
    const proof: PublisherProof = { type: "signed", signature, keys: handedOut() };
    expect(await check(proof, "to come")).toMatch(/^pending publisher-bytes-not-here/);
    expect(await check(proof)).toMatch(/^pass publisher-signature-valid/);
    const other = gpg.detach(write("other", "other bytes"), at("other.asc"), { keys: [publisher], at: AT });
    expect(await check({ ...proof, signature: other })).toMatch(/^fail publisher-signature-bad/);
    const empty = write("empty.asc", "");
    expect(await check({ ...proof, signature: empty })).toMatch(/^fail publisher-signature-bad/);
  });

  test("is unknown where a file of it cannot be read, and nothing where nothing is signed", async () => {
    const gone = { type: "signed", signature: at("gone"), keys: handedOut() } as const;
    expect(await check(gone)).toMatch(/^unknown publisher-unreadable/);
    const keyless = { ...list(good()), keys: handedOut({ own: [at("gone")] }) };
    expect(await check(keyless)).toMatch(/^unknown publisher-unreadable/);
    expect(await check({ type: "unsigned" })).toMatch(/^absent publisher-unsigned/);
    expect(await check({ type: "attested", repository: "https://github.com/a/b", bundles: [] })).toMatch(
      /^fail publisher-attestation-bad/,
    );
  });
});

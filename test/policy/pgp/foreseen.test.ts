import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rememberingReader } from "../../../policy/pgp/foreseen.ts";
import { createChainVerifier } from "../../../policy/pgp/verify.ts";
import type { Evidence } from "../../../schema/model/artifact.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { Archive, KEY_MADE_AT, SIGNED_AT } from "./archive.ts";

const DAY_MS = 86_400_000;
const NOW = new Date(SIGNED_AT.getTime() + DAY_MS);

let gpg: GpgHome;
let keyring: string;
let other: string;
let archive: Archive;
let cache: string;
let count = 0;

beforeAll(() => {
  gpg = new GpgHome();
  const key = gpg.makeKey("short", { at: KEY_MADE_AT, expire: "90d" });
  keyring = gpg.exportTo(join(gpg.folder, "short.gpg"), [key]);
  other = gpg.exportTo(join(gpg.folder, "other.gpg"), [gpg.makeKey("other", { at: KEY_MADE_AT })]);
  archive = new Archive(gpg, "archive", { keys: [key], validUntil: new Date(SIGNED_AT.getTime() + 10 * DAY_MS) });
}, 60_000);
afterAll(() => gpg.dispose());
beforeEach(() => {
  count += 1;
  cache = join(gpg.folder, `cache-${count}`);
});

async function foresee(now = NOW, keyrings = [keyring]): Promise<Evidence> {
  const [found] = await createChainVerifier(now, rememberingReader(cache)).check([archive.artifact(keyrings)]);
  return found ?? expect.unreachable("one answer for one artifact");
}

async function judge(now = NOW, keyrings = [keyring]): Promise<Evidence> {
  const [found] = await createChainVerifier(now).check([archive.artifact(keyrings)]);
  return found ?? expect.unreachable("one answer for one artifact");
}

/** Changes what is remembered of the signature, so that its use shows. */
function mark(): string {
  const file = join(cache, "releases", readdirSync(join(cache, "releases"))[0] ?? "");
  writeFileSync(file, readFileSync(file, "utf8").replace(/"voucher":"[0-9A-F]+"/, '"voucher":"REMEMBERED"'));
  return file;
}

describe("what a plan foresees", () => {
  it("is what a verification says, also the second time, when it is remembered", async () => {
    const said = await judge();
    expect(said.code).toBe("signature-valid");
    expect(await foresee()).toEqual(said);
    expect(await foresee()).toEqual(said);
    mark();
    expect((await foresee()).facts.key).toBe("REMEMBERED");
  });

  it.each([
    ["the key has expired since", new Date(KEY_MADE_AT.getTime() + 91 * DAY_MS)],
    ["the clock is before the day it was found out", new Date(NOW.getTime() - DAY_MS)],
  ])("is found out anew when %s", async (_, now) => {
    await foresee();
    mark();
    expect(await foresee(now)).toEqual(await judge(now));
  });

  it("knows that the release has run out in the meantime", async () => {
    await foresee();
    mark();
    const later = new Date(SIGNED_AT.getTime() + 11 * DAY_MS);
    expect((await foresee(later)).code).toBe("release-expired");
  });

  it("is found out anew when the keyring is another, or has other keys", async () => {
    await foresee();
    mark();
    expect((await foresee(NOW, [other])).code).toBe("key-unknown");
    const changing = join(gpg.folder, "changing.gpg");
    copyFileSync(keyring, changing);
    expect((await foresee(NOW, [changing])).code).toBe("signature-valid");
    copyFileSync(other, changing);
    expect((await foresee(NOW, [changing])).code).toBe("key-unknown");
  });

  it("sees one changed byte of the release file and of the index", async () => {
    await foresee();
    for (const file of [archive.inRelease, archive.index]) {
      const whole = readFileSync(file);
      writeFileSync(file, whole.toString().replace("hello", "hallo").replace("binary-amd64", "binary-amd65"));
      expect((await foresee()).verdict).toBe("fail");
      expect(await foresee()).toEqual(await judge());
      writeFileSync(file, whole);
    }
    expect((await foresee()).verdict).toBe("pass");
  });

  it.each([
    ["cut off", (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 50))],
    ["of another shape", (file: string) => writeFileSync(file, "[]")],
    ["for others to write", (file: string) => chmodSync(file, 0o666)],
    ["gone", (file: string) => rmSync(file)],
  ])("does without a memory that is %s", async (_, harm) => {
    await foresee();
    harm(mark());
    expect(await foresee()).toEqual(await judge());
  });

  it("remembers no failure", async () => {
    expect((await foresee(NOW, [other])).code).toBe("key-unknown");
    expect(() => readdirSync(join(cache, "releases"))).toThrow();
  });
});

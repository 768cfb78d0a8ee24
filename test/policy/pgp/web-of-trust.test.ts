import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PublicKey } from "openpgp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyDetached } from "../../../policy/pgp/detached.ts";
import { fingerprintOf } from "../../../policy/pgp/keyring.ts";
import { readPacmanKeyring } from "../../../policy/pgp/pacman-keyring.ts";
import { readIntroducedKeys } from "../../../policy/pgp/web-of-trust.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";
import { KEY_MADE_AT, SIGNED_AT } from "./archive.ts";

const ARCH = {
  keyring: "/usr/share/keyrings/archlinux.gpg",
  trusted: "/usr/share/keyrings/archlinux-trusted",
  revoked: "/usr/share/keyrings/archlinux-revoked",
};
/** While the keys of Debian's archlinux-keyring are good, and when many of them have ended. */
const TIMES = ["2023-12-01T00:00:00Z", "2026-11-20T00:00:00Z"].map((time) => new Date(time));

/** What gpg computes for every key: `f` and `u` valid, `e` and `r` ended, all others not valid. */
function validities(gpg: GpgHome, at: Date): ReadonlyMap<string, string> {
  const listing = gpg.gpg(at, ["--with-colons", "--list-keys"]);
  const lines = listing.matchAll(/^pub:(.):.*\n(?:rvk:.*\n)*fpr:+([0-9A-F]+):/gm);
  return new Map([...lines].map(([, validity = "", key = ""]) => [key, validity]));
}

async function stateOf(
  key: PublicKey,
  { introduced }: Awaited<ReturnType<typeof readIntroducedKeys>>,
  now: Date,
): Promise<string> {
  const usable = await key.verifyPrimaryKey(now).then(
    () => true,
    () => false,
  );
  if (!usable) return "ended";
  return (await introduced?.(key, now))?.valid === true ? "valid" : "not valid";
}

describe.runIf(needs("archlinux-keyring", "gpg", "gpg-agent"))("archlinux-keyring", () => {
  let gpg: GpgHome;
  let cache: string;
  beforeAll(() => {
    gpg = new GpgHome();
    cache = mkdtempSync(join(tmpdir(), "omg-web-"));
    const [start = new Date()] = TIMES;
    // As pacman-key(8) --populate has it: a key of the machine's own signs the master keys, and their trust is imported.
    const local = gpg.makeKey("local", { at: start });
    gpg.gpg(start, ["--import", ARCH.keyring]);
    const trust = join(gpg.folder, "trust");
    writeFileSync(trust, `${readFileSync(ARCH.trusted, "utf8")}${local}:6:\n`);
    gpg.gpg(start, ["--import-ownertrust", trust]);
    for (const [master] of readFileSync(ARCH.trusted, "utf8").matchAll(/^[0-9A-F]{40}/gm))
      gpg.gpg(start, ["-u", local, "--quick-lsign-key", master]);
  }, 120_000);
  afterAll(() => {
    gpg.dispose();
    rmSync(cache, { recursive: true });
  });

  /** What pacman has: the keys with the local signatures, and whom of them gpg was told to trust. */
  function asPacmanHasIt(): string {
    const folder = mkdtempSync(join(gpg.folder, "pacman-"));
    gpg.gpg(undefined, ["-o", join(folder, "pubring.gpg"), "--export-options", "export-local-sigs", "--export"]);
    copyFileSync(join(gpg.folder, "trustdb.gpg"), join(folder, "trustdb.gpg"));
    return folder;
  }

  const shipped = () => readIntroducedKeys({ keyring: ARCH.keyring, trusted: ARCH.trusted }, cache);
  const populated = () => readPacmanKeyring(asPacmanHasIt(), false);
  it.each(
    TIMES.flatMap((now) => [
      { now, as: "it is shipped", read: shipped },
      { now, as: "pacman-key populates it", read: populated },
    ]),
  )("has the validities that gpg computes over all of it, as $as, at $now", async ({ now, read }) => {
    gpg.gpg(now, ["--check-trustdb"]);
    const words = { f: "valid", u: "valid", e: "ended", r: "ended" } as Readonly<Record<string, string>>;
    const theirs = validities(gpg, now);
    const web = await read();
    const found = await Promise.all(web.keys.map(async (key) => [fingerprintOf(key), await stateOf(key, web, now)]));
    const wanted = web.keys.map((key) => [key, theirs.get(fingerprintOf(key)) ?? "missing"] as const);
    expect(found).toEqual(wanted.map(([key, validity]) => [fingerprintOf(key), words[validity] ?? "not valid"]));
    const counts = ["valid", "not valid", "ended"].map((word) => found.filter(([, state]) => state === word).length);
    expect(Math.min(...counts)).toBeGreaterThan(10);
  });

  it("is verified once for the same files, and what was kept is believed only where it is about them", async () => {
    const [file = ""] = readdirSync(cache);
    expect(readdirSync(cache)).toHaveLength(1);
    const kept = JSON.parse(readFileSync(join(cache, file), "utf8")) as { key: string; found: object };
    const validIn = async () => {
      const web = await readIntroducedKeys({ keyring: ARCH.keyring, trusted: ARCH.trusted }, cache);
      const states = await Promise.all(web.keys.map((key) => stateOf(key, web, TIMES[0] as Date)));
      return states.filter((state) => state === "valid").length;
    };
    const whole = await validIn();
    writeFileSync(join(cache, file), JSON.stringify({ ...kept, found: {} }), { mode: 0o600 });
    expect(await validIn()).toBe(6); // the master keys: the answer comes out of the file
    writeFileSync(join(cache, file), JSON.stringify({ key: "other", found: {} }), { mode: 0o600 });
    expect(await validIn()).toBe(whole);
  });

  it("has keys that pacman-key disabled, and settings that omg does not count by", async () => {
    const taken = /^[0-9A-F]{40}/m.exec(readFileSync(ARCH.trusted, "utf8"))?.[0] ?? "";
    gpg.gpg(TIMES[0], ["--edit-key", taken, "disable", "quit"]);
    const folder = asPacmanHasIt();
    gpg.gpg(TIMES[0], ["--edit-key", taken, "enable", "quit"]);
    const web = await readPacmanKeyring(folder, false);
    const key = web.keys.find((each) => fingerprintOf(each) === taken);
    expect(await web.introduced?.(key as PublicKey, TIMES[0] as Date)).toMatchObject({ revoked: true });
    const database = join(folder, "trustdb.gpg");
    const bytes = readFileSync(database);
    for (const [at, value] of [
      [5, 1],
      [6, 2],
      [8, 3],
      [0, 9],
    ] as const) {
      // marginals, completes, trust model, no version record
      writeFileSync(database, Buffer.from(bytes.map((byte, index) => (index === at ? value : byte))));
      await expect(readPacmanKeyring(folder, false)).rejects.toMatchObject({ code: "unreadable" });
    }
    rmSync(database);
    await expect(readPacmanKeyring(folder, false)).rejects.toMatchObject({ code: "unreadable" });
    expect((await readPacmanKeyring(folder, true)).introduced).toBeUndefined();
  });

  it("has keys that its makers took back", async () => {
    const web = await readIntroducedKeys(ARCH, cache);
    const listed = new Set(readFileSync(ARCH.revoked, "utf8").trim().split("\n"));
    const there = web.keys.filter((key) => listed.has(fingerprintOf(key)));
    expect(there.length).toBeGreaterThan(0);
    for (const key of there) expect(await web.introduced?.(key, TIMES[0] as Date)).toMatchObject({ revoked: true });
  });
});

describe.runIf(needs("gpg", "gpg-agent"))("introductions", () => {
  let gpg: GpgHome;
  let masters: readonly string[];
  const now = new Date("2026-03-02T12:00:00Z");
  const later = new Date("2026-02-15T00:00:00Z");
  beforeAll(() => {
    gpg = new GpgHome();
    masters = ["one", "two", "three", "four"].map((name) => gpg.makeKey(`master-${name}`, { at: KEY_MADE_AT }));
  }, 60_000);
  afterAll(() => gpg.dispose());

  let count = 0;
  const certify = (master: string, key: string, more: readonly string[] = []) =>
    void gpg.gpg(later, [...more, "-u", master, "--quick-sign-key", key]);

  /** The code of a signature by the key, with a keyring and its lists as they are now. */
  async function codeOf(key: string, more: { trusted?: string; revoked?: string } = {}): Promise<string | undefined> {
    const at = (name: string) => join(gpg.folder, `${++count}-${name}`);
    const file = at("file");
    const files = { keyring: at("ring.gpg"), trusted: at("trusted"), revoked: at("revoked") };
    writeFileSync(file, "bytes\n");
    const signature = gpg.detach(file, `${file}.sig`, { keys: [key], at: SIGNED_AT });
    gpg.exportTo(files.keyring, [...masters, key]);
    writeFileSync(files.trusted, more.trusted ?? masters.map((master) => `${master}:4:\n`).join(""));
    writeFileSync(files.revoked, more.revoked ?? "");
    const { told } = await verifyDetached(file, readFileSync(signature), await readIntroducedKeys(files), now);
    return told?.code;
  }

  it("of three master keys are enough, of two are not, and one fully trusted is", async () => {
    const key = gpg.makeKey("packager", { at: KEY_MADE_AT });
    expect(await codeOf(key)).toBe("key-untrusted");
    for (const master of masters.slice(0, 2)) certify(master, key);
    expect(await codeOf(key)).toBe("key-untrusted");
    expect(await codeOf(key, { trusted: `${masters[0]}:5:\n` })).toBe("signature-valid");
    expect(await codeOf(key, { trusted: masters.map((master) => `${master}:3:\n`).join("") })).toBe("key-untrusted");
    certify(masters[2] ?? "", key);
    expect(await codeOf(key)).toBe("signature-valid");
    expect(await codeOf(key, { revoked: `${key}\n` })).toBe("key-revoked");
    expect(await codeOf(key, { revoked: `${masters[0]}\n` })).toBe("key-untrusted");
  });

  it("end with their own dates, and with their master key", async () => {
    const key = gpg.makeKey("dated", { at: KEY_MADE_AT });
    for (const master of masters.slice(0, 2)) certify(master, key);
    certify(masters[2] ?? "", key, ["--default-cert-expire", "5d"]);
    expect(await codeOf(key)).toBe("key-untrusted");
    certify(masters[3] ?? "", key);
    expect(await codeOf(key)).toBe("signature-valid");
    gpg.revoke(masters[3] ?? "", now);
    expect(await codeOf(key)).toBe("key-untrusted");
  });

  it("reach through introducers who were introduced themselves, and end after as many steps as gpg goes", async () => {
    const chain = ["anchor", "a", "b", "c", "d", "e", "f"].map((name) =>
      gpg.makeKey(`step-${name}`, { at: KEY_MADE_AT }),
    );
    for (const [index, key] of chain.slice(1).entries()) certify(chain[index] ?? "", key);
    const trust = join(gpg.folder, "chain-trust");
    writeFileSync(trust, chain.map((key, index) => `${key}:${index === 0 ? 6 : 5}:\n`).join(""));
    gpg.gpg(later, ["--import-ownertrust", trust]);
    gpg.gpg(later, ["--check-trustdb"]);
    const theirs = validities(gpg, later);
    gpg.exportTo(join(gpg.folder, "pubring.gpg"), chain);
    const web = await readPacmanKeyring(gpg.folder, false);
    const valid = async (key: PublicKey) => (await web.introduced?.(key, later))?.valid;
    const ours = await Promise.all(web.keys.map(async (key) => [fingerprintOf(key), await valid(key)]));
    expect(ours).toEqual(
      web.keys.map((key) => [fingerprintOf(key), /[fu]/.test(theirs.get(fingerprintOf(key)) ?? "")]),
    );
    expect(ours.filter(([, is]) => is)).toHaveLength(6);
  });

  it.each(["rubbish\n", "2AC0A42EFB0B5CBC7A0402ED4DC95B6D7BE9892E\n", "2AC0:4:\n"])(
    "that cannot be read are none to go by: %j",
    async (trusted) => {
      const key = masters[0] ?? "";
      await expect(codeOf(key, { trusted })).rejects.toMatchObject({ code: "unreadable" });
    },
  );
});

import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { initialRoot, openTrust, type TrustFolder } from "../../../policy/slsa/trust/open.ts";
import { refreshTrust } from "../../../policy/slsa/trust/refresh.ts";
import { type FaultServer, serveFolder } from "../../support/fault-server.ts";
import { createSigstoreLab } from "../../support/sigstore-lab.ts";
import { createTufLab, newKey, type TufLab } from "../../support/tuf-lab.ts";

let one: string;
let two: string;
let place: string;
let folder: TrustFolder;
let lab: TufLab;
let server: FaultServer;

beforeAll(async () => {
  one = (await createSigstoreLab()).trustedRoot;
  two = (await createSigstoreLab()).trustedRoot;
});
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), "omg-trust-"));
  folder = { given: join(place, "config"), kept: join(place, "data/sigstore") };
  mkdirSync(folder.given);
  lab = createTufLab(join(place, "repository"));
  writeFileSync(join(folder.given, "root.json"), lab.root);
  lab.publish({ version: 1, trustedRoot: one });
  server = await serveFolder(lab.folder);
});
afterEach(async () => {
  await server.close();
  rmSync(place, { recursive: true });
});

const refresh = async () =>
  refreshTrust({
    address: server.url,
    root: await initialRoot([folder]),
    folder: folder.kept,
    mode: 0o755,
    signal: new AbortController().signal,
  });
const opened = async () => (await openTrust([folder])).facts;
const kept = (name = "trusted_root.json") => join(folder.kept, name);
const keptText = () => readFileSync(kept(), "utf8");

describe("where a trust root comes from", () => {
  it("ships with omg", async () => {
    expect(await opened()).toMatchObject({ origin: "shipped" });
  });

  it("is brought by a refresh, through every root on the way, and verified again at each use", async () => {
    lab.rotate();
    lab.rotate();
    lab.publish({ version: 2, trustedRoot: two });
    await refresh();
    expect(await opened()).toMatchObject({ origin: "refreshed", version: 3, path: kept() });
    expect(keptText()).toBe(two);
    await server.close();
    expect(await opened()).toMatchObject({ origin: "refreshed" });
    expect(readdirSync(join(place, "data"))).toEqual(["sigstore"]);
  });

  it("given by people counts alone", async () => {
    await refresh();
    writeFileSync(join(folder.given, "trusted_root.json"), two);
    expect(await opened()).toMatchObject({ origin: "given", path: join(folder.given, "trusted_root.json") });
  });

  it("is the newest of all scopes where several were refreshed", async () => {
    await refresh();
    const other = { given: folder.given, kept: join(place, "system/sigstore") };
    cpSync(folder.kept, other.kept, { recursive: true });
    lab.publish({ version: 2, trustedRoot: two, expires: new Date(Date.now() + 90 * 86_400_000) });
    await refresh();
    expect((await openTrust([other, folder])).facts.path).toBe(kept());
  });
});

describe("a refresh that fails leaves what was there", () => {
  beforeEach(async () => {
    lab.publish({ version: 5, trustedRoot: one });
    await refresh();
  });
  const refused = async (says: RegExp) => {
    await expect(refresh()).rejects.toThrow(says);
    expect(keptText()).toBe(one);
    expect(await opened()).toMatchObject({ origin: "refreshed" });
    expect(readdirSync(join(place, "data"))).toEqual(["sigstore"]);
  };

  it("when nobody answers", async () => {
    server.fail({ match: /timestamp/, kind: "broken" });
    await refused(/answered 500/);
    server.fail({ match: /root\.json/, kind: "broken" });
    await refused(/answered 500/);
  });

  it("when something else answers", async () => {
    writeFileSync(join(lab.folder, "timestamp.json"), "<html>");
    await refused(/JSON/);
  });

  it("when another key signed", async () => {
    lab.publish({ version: 6, trustedRoot: two, signer: newKey() });
    await refused(/signed|verif/i);
  });

  it("when the next root was not signed by the one before", async () => {
    lab.rotate({ forged: true });
    lab.publish({ version: 6, trustedRoot: two });
    await refused(/signed|verif/i);
  });

  it("when it is older than what was seen (rollback)", async () => {
    lab.publish({ version: 4, trustedRoot: two });
    await refused(/less than current|version/i);
  });

  it("when it has expired (freeze)", async () => {
    lab.publish({ version: 6, trustedRoot: two, expires: new Date(Date.now() - 1000) });
    await refused(/expired/i);
  });

  it("when the bytes are not the ones that are listed (arbitrary software)", async () => {
    lab.publish({ version: 6, trustedRoot: two, served: one });
    await refused(/length|hash|bytes/i);
  });

  it("when it never ends (endless data)", async () => {
    writeFileSync(join(lab.folder, "timestamp.json"), Buffer.alloc(2_000_000, " "));
    await refused(/more than \d+ bytes/);
  });
});

describe("one that somebody changed is refused, and never passed over", () => {
  beforeEach(async () => {
    lab.rotate();
    lab.publish({ version: 1, trustedRoot: one });
    await refresh();
  });

  it.each<[string, () => void]>([
    ["the trust root itself", () => writeFileSync(kept(), two)],
    ["a byte of it", () => writeFileSync(kept(), `${one} `)],
    [
      "what lists it",
      () =>
        writeFileSync(
          kept("targets.json"),
          readFileSync(kept("targets.json"), "utf8").replace(/"version":1/, '"version":2'),
        ),
    ],
    ["what lists that, taken away", () => rmSync(kept("snapshot.json"))],
    ["a root on the way, taken away", () => rmSync(kept("2.root.json"))],
    [
      "all of it, from another repository",
      () => {
        const other = createTufLab(join(place, "other"));
        other.publish({ version: 9, trustedRoot: two });
        for (const name of ["targets", "snapshot"]) cpSync(join(other.folder, `9.${name}.json`), kept(`${name}.json`));
        cpSync(join(other.folder, "timestamp.json"), kept("timestamp.json"));
        writeFileSync(kept(), two);
      },
    ],
    ["its mode, so that others can write it", () => chmodSync(kept(), 0o666)],
    [
      "a link in its place",
      () => {
        rmSync(kept());
        writeFileSync(join(place, "elsewhere"), one);
        symlinkSync(join(place, "elsewhere"), kept());
      },
    ],
  ])("%s", async (_, change) => {
    change();
    await expect(opened()).rejects.toThrow(/The trust root is not to be trusted/);
  });

  it("a given one that is no trust root", async () => {
    writeFileSync(join(folder.given, "trusted_root.json"), "{}x");
    await expect(opened()).rejects.toThrow(/The trust root is not to be trusted/);
  });
});

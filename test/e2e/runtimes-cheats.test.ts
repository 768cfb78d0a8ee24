import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nodeArchive, nodeConfig, nodeFile, publishNode, sumsOf } from "../support/node-dist.ts";
import { clearsigned, createRuntimeLab, detached, hashOf, type RuntimeLab } from "../support/runtime-lab.ts";

const VERSION = "20.19.5";
const FOLDER = `/node/v${VERSION}`;
const LIST = `${FOLDER}/SHASUMS256.txt.asc`;
const DAY = 86_400_000;

// What a server between the publisher and this machine, or somebody with a key of their own, may try (TUF, section 1.5.2).
describe("a publisher's server that cheats", () => {
  let lab: RuntimeLab;
  let stranger: string;

  beforeAll(async () => {
    lab = await createRuntimeLab();
    stranger = lab.gpg.makeKey("stranger", { at: new Date(Date.now() - DAY) });
    lab.config(nodeConfig(lab));
  });
  afterAll(() => lab.dispose());

  beforeEach(() => {
    lab.trust("node");
    publishNode(lab, [{ version: VERSION, lts: "Iron" }, { version: "18.20.4" }]);
  });

  /** Nothing was installed, and the lock that was not there is not there. */
  async function refused(code: number, pattern: RegExp, ...args: readonly string[]): Promise<void> {
    const ran = await lab.omg([...(args.length === 0 ? ["use", "node", VERSION, "--yes"] : args)]);
    expect([ran.code, `${ran.stdout}${ran.stderr}`.replace(/\s+/g, " ")]).toEqual([
      code,
      expect.stringMatching(pattern),
    ]);
    expect(existsSync(join(lab.data, "versions/node", VERSION))).toBe(false);
    expect(existsSync(join(lab.folder, "outside"))).toBe(false);
  }

  it("with another byte in the archive", async () => {
    const archive = nodeArchive(VERSION);
    archive.writeUInt8(archive.readUInt8(archive.length - 1) ^ 1, archive.length - 1);
    lab.server.files.set(`${FOLDER}/${nodeFile(VERSION)}`, archive);
    await refused(4, /other bytes|wrong hash|sha256/i);
  });

  it("with a list that somebody else signed", async () => {
    lab.server.files.set(LIST, clearsigned(lab, sumsOf(VERSION, nodeArchive(VERSION)), [stranger]));
    await refused(4, /none of the keys that may sign.*trust\/runtimes\/node\.asc/);
  });

  it("with a key of its own where the publisher's are handed out", async () => {
    lab.config(nodeConfig(lab).replace("keys = false", `keys = "${lab.server.url}/keys/{fingerprint}.asc"`));
    const keys = readFileSync(lab.gpg.exportTo(join(lab.folder, "handed-out"), [lab.key], "armour"));
    for (const fingerprint of ["5BE8A3F6C8A5C01D106C0AD820B1A390B168D356", "C82FA3AE1CBEDC6BE46B9360C43CEC45C17AB93C"])
      lab.server.files.set(`/keys/${fingerprint}.asc`, keys);
    lab.trust("node", []);
    await refused(4, /none of the keys that may sign/);
    lab.config(nodeConfig(lab));
  });

  it("with an archive of its own in the signed list", async () => {
    const text = String(lab.server.files.get(LIST));
    lab.server.files.set(LIST, text.replace(/^[0-9a-f]{64}/m, hashOf("evil")));
    await refused(4, /does not fit/);
  });

  it("with text around what was signed", async () => {
    const good = lab.server.files.get(LIST) as Buffer;
    lab.server.files.set(LIST, Buffer.concat([Buffer.from(`${hashOf("evil")}  ${nodeFile(VERSION)}\n`), good]));
    await refused(4, /not one clearsigned document|two archives/);
  });

  it("with no signature at all", async () => {
    lab.server.files.delete(LIST);
    lab.server.files.set(`${FOLDER}/SHASUMS256.txt`, sumsOf(VERSION, nodeArchive(VERSION)));
    await refused(4, /signature over the list of hashes is not at/);
  });

  it("with the list of another version", async () => {
    lab.server.files.set(LIST, clearsigned(lab, sumsOf("18.20.4", nodeArchive("18.20.4"))));
    await refused(1, /lists no node 20\.19\.5/);
  });

  it("with an older list of versions than it had", async () => {
    await lab.expect(0, "list", "node", "--available");
    publishNode(lab, [{ version: "18.20.4" }]);
    await refused(4, /has no node 20\.19\.5 any more/, "list", "node", "--available");
  });

  it("with something that is no list of versions", async () => {
    lab.server.files.set("/node/index.json", "<html>Sign in to this network</html>");
    await refused(8, /is not JSON/, "use", "node", "20", "--yes");
  });

  it("with a key that has ended, or a weak hash", async () => {
    const ended = lab.gpg.makeKey("ended", { at: new Date(Date.now() - 9 * DAY), expire: "5d" });
    const [from, to] = [join(lab.folder, "list"), join(lab.folder, "list.asc")];
    writeFileSync(from, sumsOf(VERSION, nodeArchive(VERSION)));
    lab.trust("node", [ended]);
    lab.server.files.set(
      LIST,
      readFileSync(lab.gpg.clearsign(from, to, { keys: [ended], at: new Date(Date.now() - 8 * DAY) })),
    );
    await refused(4, /expired/);
    lab.trust("node");
    const at = new Date(Date.now() - 3_600_000);
    lab.server.files.set(LIST, readFileSync(lab.gpg.clearsign(from, to, { keys: [lab.key], at, digest: "SHA1" })));
    await refused(4, /SHA-?1/i);
  });

  it.each([
    ["leads upwards", { name: "TOP/../../../../outside", content: "x" }],
    ["is a link out", { name: "TOP/bin/out", type: "2", target: "../../../../outside" }],
    ["is a device", { name: "TOP/null", type: "3" }],
    ["is a second node", { name: "TOP/bin/node", content: "x" }],
  ] as const)("with a signed archive in which something %s", async (_, item) => {
    publishNode(lab, [{ version: VERSION, archive: nodeArchive(VERSION, [item]) }]);
    const ran = await lab.omg(["use", "node", VERSION, "--yes"]);
    expect([ran.code, `${ran.stdout}${ran.stderr}`]).toEqual([4, expect.stringContaining("not unpacked")]);
    expect(existsSync(join(lab.data, "versions/node", VERSION))).toBe(false);
    expect(readdirSync(join(lab.data, "versions/node"))).toEqual([]);
  });

  it("with another archive under the same version, once it is pinned", async () => {
    await lab.expect(0, "use", "node", VERSION, "--no-apply");
    publishNode(lab, [{ version: VERSION, archive: nodeArchive(VERSION, [{ name: "TOP/more", content: "x" }]) }]);
    await refused(4, /One version with two archives/, "apply", "--yes");
  });

  it("is believed again once it is honest, with the signature beside the list as well", async () => {
    const list = sumsOf(VERSION, nodeArchive(VERSION));
    lab.server.files.delete(LIST);
    lab.server.files.set(`${FOLDER}/SHASUMS256.txt`, list);
    lab.server.files.set(`${FOLDER}/SHASUMS256.txt.sig`, detached(lab, list, "binary"));
    await lab.expect(0, "apply", "--yes");
    await lab.expect(0, "check");
  });
});

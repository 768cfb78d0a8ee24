import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { bundleBytes } from "../../team/bundle/write.ts";
import { ensureHostKey } from "../../team/host-key.ts";
import { type BundleMachine, createBundleMachine, LOCK, RECEIVE } from "../support/bundle-lab.ts";

// Bundles that omg does not make, signed by a machine that the receiver trusts.
describe("a bundle of a sender who is trusted and should not be", () => {
  let bob: BundleMachine;
  let file: string;
  beforeEach(() => {
    bob = createBundleMachine();
    file = join(bob.project, "../crafted.omg");
  });
  afterEach(() => bob.dispose());
  const sender = () => ensureHostKey(join(bob.project, "../sender"));

  async function craft(files: Readonly<Record<string, string>>, more: Partial<BundleManifest> = {}): Promise<Buffer> {
    const listed = Object.entries(files).map(([path, text]) => {
      return { path, size: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") };
    });
    const created = "2026-11-26T12:00:00.000Z";
    const head = {
      format: "omg-bundle-1",
      lock: "web-team",
      from: sender().open,
      host: "x",
      number: 1,
      created,
    } as const;
    const parts: Buffer[] = [];
    const source = (path: string) => Buffer.from(files[path] ?? "");
    for await (const piece of bundleBytes({ ...head, files: listed, ...more }, sender(), source)) parts.push(piece);
    return Buffer.concat(parts);
  }
  async function refusal(bytes: Buffer): Promise<string> {
    writeFileSync(file, bytes);
    const { stdout, code } = await bob.omg([...RECEIVE, file, "--json", "--from", sender().open]);
    expect(code).not.toBe(0);
    expect(readdirSync(bob.project)).toEqual([]);
    return (JSON.parse(stdout) as { error: { code: string } }).error.code;
  }

  it("brings no file that does not belong to its lock", async () => {
    expect(await refusal(await craft({ Makefile: "all:\n", "omg.lock": LOCK }))).toBe("bundle-files");
    expect(await refusal(await craft({ "policy.toml": "version = 1\n" }))).toBe("bundle-files");
    const including = `${LOCK}include: [more.yaml]\n`;
    expect(await refusal(await craft({ "omg.lock": including }))).toBe("lock-invalid");
  });

  it("brings no lock, policy or list of members that cannot be read, or is of another name", async () => {
    expect(await refusal(await craft({ "omg.lock": "version: 1\nname: web-team\nnope: 1\n" }))).toBe("lock-invalid");
    expect(await refusal(await craft({ "omg.lock": LOCK.replace("web-team", "other") }))).toBe("bundle-of-another");
    expect(await refusal(await craft({ "omg.lock": LOCK, "policy.toml": "x\n" }))).toBe("policy-invalid");
    expect(await refusal(await craft({ ".omg/members.toml": "x\n", "omg.lock": LOCK }))).toBe("members-invalid");
  });

  it("reads nothing outside by its lock's includes", async () => {
    bob.put("../outside.yaml", "secret: 1\n");
    const { stderr } = await bob.omg([...RECEIVE, "-", "--from", sender().open], {
      input: (await craft({ "omg.lock": `${LOCK}include: [../../../../../outside.yaml]\n` })).toString("latin1"),
    });
    expect(stderr).toContain("include");
    expect(stderr).not.toContain("secret");
  });

  it("shows nothing that steers a terminal, and every line that it changes", async () => {
    bob.put("omg.lock", LOCK);
    bob.put(".omg/notes.txt", "before\n");
    writeFileSync(file, await craft({ ".omg/notes.txt": "after \u001b[2J\u202e\n", "omg.lock": LOCK }));
    const { stdout } = await bob.expect(0, ...RECEIVE, file, "--from", sender().open);
    expect(stdout).toContain("- before");
    expect(stdout).toContain("+ after ^[[2J<U+202E>");
    for (const steering of ["\u001b", "\u202e"]) expect(stdout).not.toContain(steering);
  });

  it("is cut where it has its end, however much the server goes on to send", async () => {
    const bytes = await craft({ "omg.lock": LOCK });
    let open = true;
    const server = createServer((_request, response) => {
      response.writeHead(200);
      response.write(bytes);
      const more = () => {
        while (open && response.write(Buffer.alloc(1 << 16)));
      };
      response.on("drain", more);
      response.on("close", () => {
        open = false;
      });
      more();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    const { stderr } = await bob.expect(4, ...RECEIVE, url, "--from", sender().open);
    expect(stderr).toContain("behind its end");
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect(open).toBe(false);
    expect(readdirSync(bob.project)).toEqual([]);
  });
});

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headerFor, paddedSize } from "../../../host/tar-header.ts";
import type { BundleFile, BundleManifest } from "../../../schema/wire/bundle-schema.ts";
import { readBundle } from "../../../team/bundle/read.ts";
import { bundleBytes } from "../../../team/bundle/write.ts";
import { ensureHostKey, type HostKey } from "../../../team/host-key.ts";

const FILES: Readonly<Record<string, string>> = {
  ".omg/members.toml": "[members]\n",
  "omg.lock": `version: 1\nname: lab\n${"# long\n".repeat(200)}`,
  "policy.toml": "",
};
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("a bundle", () => {
  let folder: string;
  let key: HostKey;
  let count = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-bundle-"));
    key = ensureHostKey(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function manifestOf(files: readonly BundleFile[], more: Partial<BundleManifest> = {}): BundleManifest {
    const created = "2026-11-26T12:00:00.000Z";
    return {
      format: "omg-bundle-1",
      lock: "lab",
      from: key.open,
      host: "alice",
      number: 7,
      created,
      files: [...files],
      ...more,
    };
  }

  const listed = (files = FILES): BundleFile[] =>
    Object.entries(files).map(([path, text]) => ({ path, size: text.length, sha256: sha256(text) }));

  async function written(manifest: BundleManifest, contents = FILES, by = key): Promise<Buffer> {
    const place = (path: string) => join(folder, sha256(path));
    for (const [path, text] of Object.entries(contents)) writeFileSync(place(path), text);
    const parts: Buffer[] = [];
    for await (const piece of bundleBytes(manifest, by, place)) parts.push(piece);
    return Buffer.concat(parts);
  }

  /** What a reader makes of these bytes, handed over in pieces of some size. */
  async function read(
    bytes: Buffer,
    size = 1000,
  ): Promise<{ code: string } | { manifest: BundleManifest; at: string }> {
    const at = join(folder, `read-${count++}`);
    async function* pieces() {
      for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
    }
    try {
      return { manifest: await readBundle(pieces(), at, () => undefined), at };
    } catch (error) {
      return { code: (error as { code?: string }).code ?? String(error) };
    }
  }
  const codeOf = async (bytes: Buffer) => {
    const result = await read(bytes);
    return "code" in result ? result.code : "read";
  };

  it("is a tar archive that comes out as it went in", async () => {
    const manifest = manifestOf(listed());
    const bytes = await written(manifest);
    for (const size of [1, 511, 512, 1 << 20]) {
      const result = await read(bytes, size);
      if ("code" in result) return expect.unreachable(result.code);
      expect(result.manifest).toEqual(manifest);
      for (const [path, text] of Object.entries(FILES)) expect(readFileSync(join(result.at, path), "utf8")).toBe(text);
    }
  });

  it("is refused with any byte changed", async () => {
    const bytes = await written(manifestOf(listed()));
    const property = fc.asyncProperty(
      fc.nat(bytes.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, difference) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ difference;
        expect(["bundle-damaged", "bundle-unsigned"]).toContain(await codeOf(changed));
      },
    );
    await fc.assert(property, { numRuns: 600 });
  });

  it("is refused cut off anywhere, and with anything behind it", async () => {
    const bytes = await written(manifestOf(listed()));
    const property = fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
      expect(await codeOf(bytes.subarray(0, length))).toBe("bundle-damaged");
    });
    await fc.assert(property, { numRuns: 200 });
    expect(await codeOf(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe("bundle-damaged");
    expect(await codeOf(Buffer.concat([bytes, bytes]))).toBe("bundle-damaged");
  });

  it("is refused where somebody else signed it, or it was signed for another", async () => {
    const other = ensureHostKey(join(folder, "other"));
    expect(await codeOf(await written(manifestOf(listed()), FILES, other))).toBe("bundle-unsigned");
    expect(await codeOf(await written(manifestOf(listed(), { from: other.open })))).toBe("bundle-unsigned");
  });

  it.each([
    "../omg.lock",
    "/etc/passwd",
    "a/../../b",
    "a//b",
    "./omg.lock",
    "omg.lock/",
    ".git/config",
    "a/.GIT/config",
    ".omg",
    ".envrc",
    "a\\b",
    "a\u0000b",
    "caf\u00e9",
    "con.",
    " omg.lock",
    "artifacts/sha256/abc",
    "ARTIFACTS/x",
    "",
    `${"a/".repeat(120)}b`,
  ])("is refused with a file called %j, whoever signed it", async (path) => {
    const file = { path, size: 0, sha256: sha256("") };
    const manifest = manifestOf([file]);
    // Without its header where none can be made: the list alone is reason enough.
    const bytes = await written({ ...manifest, files: [] }).then(() => bytesOf(manifest));
    expect(await codeOf(bytes)).toBe("bundle-path");
  });

  it.each([
    ["twice", ["a", "a"]],
    ["in another case", ["A", "a"]],
    ["below a file", ["a", "a/b"]],
    ["below a file in another case", ["A/b", "a"]],
    ["out of order", ["b", "a"]],
  ])("is refused with a file %s", async (_, paths) => {
    const files = paths.map((path) => ({ path, size: 0, sha256: sha256("") }));
    expect(await codeOf(bytesOf(manifestOf(files)))).toBe("bundle-path");
  });

  it("is refused where it is to become larger than anything may be", async () => {
    const large = { path: "omg.lock", size: (4 << 20) + 1, sha256: sha256("") };
    expect(await codeOf(bytesOf(manifestOf([large])))).toBe("bundle-path");
    const artifacts = Array.from({ length: 9 }, (_, index) => sha256(String(index))).sort();
    const many = artifacts.map((sum) => ({ path: `artifacts/sha256/${sum}`, size: 8 * 2 ** 30 - 1, sha256: sum }));
    expect(await codeOf(bytesOf(manifestOf(many)))).toBe("bundle-path");
  });

  it("is refused where a link stands in place of a file, and writes nothing through it", async () => {
    const bytes = await written(manifestOf(listed()));
    const at = bytes.indexOf(headerFor("policy.toml", 0));
    const link = Buffer.from(bytes.subarray(at, at + 512));
    link.write("2", 156);
    link.write(join(folder, "outside"), 157);
    link.write("        ", 148);
    const sum = link.reduce((all, byte) => all + byte, 0);
    link.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const changed = Buffer.concat([bytes.subarray(0, at), link, bytes.subarray(at + 512)]);
    expect(await codeOf(changed)).toBe("bundle-damaged");
    expect(existsSync(join(folder, "outside"))).toBe(false);
  });

  it("is refused by whoever is asked before any file is written", async () => {
    const bytes = await written(manifestOf(listed()));
    const at = join(folder, "refused");
    const pieces = async function* () {
      yield bytes;
    };
    const refuse = () => {
      throw new Error("no");
    };
    await expect(readBundle(pieces(), at, refuse)).rejects.toThrow("no");
    expect(existsSync(at)).toBe(false);
  });

  /** Manifest and signature alone. */
  function bytesOf(manifest: BundleManifest): Buffer {
    const text = Buffer.from(`${canonicalText(manifest)}\n`);
    const signature = Buffer.from(`${key.sign(manifest)}\n`);
    const parts = [text, signature].flatMap((content, index) => [
      headerFor(index === 0 ? "manifest.json" : "manifest.sig", content.length),
      content,
      Buffer.alloc(paddedSize(content.length) - content.length),
    ]);
    return Buffer.concat(parts);
  }
});

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`).join(",")}}`;
}

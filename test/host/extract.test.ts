import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { execute } from "../../host/execute.ts";
import type { ArchiveLayout, Operation } from "../../schema/model/transaction.ts";
import { needs } from "../support/needs.ts";
import { type TarItem, tarGz } from "../support/tar-writer.ts";
import { zipOf } from "../support/zip-writer.ts";
import { bundleScript, startScript, temporaryFolder } from "./bundle.ts";

const LAYOUT: ArchiveLayout = { format: "tar.gz", strip: 1 };

function world(archive: Buffer, layout: ArchiveLayout = LAYOUT, folder = temporaryFolder()) {
  const store = join(folder, "object");
  writeFileSync(store, archive);
  const path = join(folder, "versions", "20.19.5");
  const operation: Operation = {
    type: "extract",
    label: "unpack",
    path,
    sha256: sha256(archive),
    layout,
    receipt: { name: ".receipt", content: sha256(archive) },
  };
  const context = { objectPath: () => store, onOutput: () => undefined };
  return {
    folder,
    path,
    operation,
    store,
    run: () => execute(operation, context),
    /** Everything beside what was asked for. */
    leftovers: () =>
      (existsSync(join(folder, "versions")) ? readdirSync(join(folder, "versions")) : []).filter(
        (name) => name !== "20.19.5",
      ),
  };
}

const GOOD: readonly TarItem[] = [
  { name: "node-v20/", type: "5" },
  { name: "node-v20/bin/", type: "5", mode: 0o777 },
  { name: "node-v20/bin/node", content: "#!/bin/sh\n", mode: 0o6755 },
  { name: "node-v20/lib/npm-cli.js", content: "x", mode: 0o666 },
  { name: "node-v20/bin/npm", type: "2", target: "../lib/npm-cli.js" },
  { name: "node-v20/bin/nodejs", type: "1", target: "node-v20/bin/node" },
  { name: `node-v20/${"deep/".repeat(30)}file`, content: "far down" },
  { name: "node-v20/README.md", content: "left out" },
];

describe("a good archive", () => {
  test("becomes a folder with its modes, links and receipt, and nothing beside it", async () => {
    const { path, run, leftovers, operation } = world(tarGz(GOOD), {
      ...LAYOUT,
      without: ["README*"],
      links: { "bin/nx": "node" },
    });
    await run();
    expect(statSync(join(path, "bin/node")).mode & 0o7777).toBe(0o755);
    expect(statSync(join(path, "lib/npm-cli.js")).mode & 0o7777).toBe(0o644);
    expect(statSync(join(path, "bin")).mode & 0o7777).toBe(0o755);
    expect(readlinkSync(join(path, "bin/npm"))).toBe("../lib/npm-cli.js");
    expect(readlinkSync(join(path, "bin/nx"))).toBe("node");
    expect(statSync(join(path, "bin/nodejs")).ino).toBe(statSync(join(path, "bin/node")).ino);
    expect(readFileSync(join(path, `${"deep/".repeat(30)}file`), "utf8")).toBe("far down");
    expect(existsSync(join(path, "README.md"))).toBe(false);
    expect(operation.type === "extract" && readFileSync(join(path, ".receipt"), "utf8")).toBe(
      operation.type === "extract" && operation.receipt.content,
    );
    expect(leftovers()).toEqual([]);
  });

  test("may be what GNU tar makes, in gzip or xz, and what zip has", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "tree/top/bin"), { recursive: true });
    writeFileSync(join(folder, "tree/top/bin/tool"), "tool", { mode: 0o755 });
    writeFileSync(join(folder, "tree/top", "n".repeat(150)), "long");
    symlinkSync("tool", join(folder, "tree/top/bin/alias"));
    for (const [format, flag] of [
      ["tar.gz", "-z"],
      ["tar.xz", "-J"],
    ] as const)
      for (const kind of ["gnu", "pax", "ustar"].filter((each) => each !== "ustar")) {
        const bytes = execFileSync("tar", [`--format=${kind}`, "-C", join(folder, "tree"), flag, "-cf", "-", "."]);
        const { path, run } = world(bytes, { format, strip: 1 });
        await run();
        expect(readFileSync(join(path, "bin/alias"), "utf8")).toBe("tool");
        expect(readFileSync(join(path, "n".repeat(150)), "utf8")).toBe("long");
      }
    const zip = world(zipOf([["bun-linux-x64/bun", "bun"]]), {
      format: "zip",
      strip: 1,
      into: "bin",
      links: { "bin/bunx": "bun" },
    });
    await zip.run();
    expect(readFileSync(join(zip.path, "bin/bunx"), "utf8")).toBe("bun");
  });

  test("is left as it is where it lies there already", async () => {
    const { path, run } = world(tarGz(GOOD));
    await run();
    const { ino } = statSync(path);
    await run();
    expect(statSync(path).ino).toBe(ino);
  });
});

describe("an archive that nobody should unpack", () => {
  type Case = readonly [what: string, items: readonly TarItem[], code?: string];
  const outside = "node/../../../outside";
  const CASES: readonly Case[] = [
    ["a name that leads upwards", [{ name: outside, content: "x" }]],
    ["a name that leads upwards at its end", [{ name: "node/a/..", type: "5" }]],
    ["an absolute name", [{ name: "/tmp/outside", content: "x" }]],
    ["a name with a backslash", [{ name: "node/a\\b", content: "x" }]],
    ["a name with a line's end", [{ name: "node/a\nb", content: "x" }]],
    [
      "a long name that leads upwards",
      [{ name: `node/${"deep/".repeat(30)}${"../".repeat(40)}outside`, content: "x" }],
    ],
    ["a link out", [{ name: "node/a", type: "2", target: "../outside" }]],
    ["an absolute link", [{ name: "node/a", type: "2", target: "/etc/passwd" }]],
    ["an empty link", [{ name: "node/a", type: "2", target: "" }]],
    [
      "a link upwards through another",
      [
        { name: "node/d/e/up", type: "2", target: "../.." },
        { name: "node/d/e/out", type: "2", target: "up/../../outside" },
      ],
    ],
    [
      "a file below a link",
      [
        { name: "node/a", type: "2", target: "b" },
        { name: "node/a/c", content: "x" },
      ],
    ],
    [
      "a file in the place of a link",
      [
        { name: "node/a", type: "2", target: "b" },
        { name: "node/a", content: "x" },
      ],
    ],
    [
      "a file below a file",
      [
        { name: "node/a", content: "x" },
        { name: "node/a/b", content: "x" },
      ],
    ],
    [
      "a file twice",
      [
        { name: "node/a", content: "x" },
        { name: "node/a", content: "y" },
      ],
    ],
    ["a file over the receipt", [{ name: "node/.receipt", content: "x" }]],
    ["a hard link to nothing before it", [{ name: "node/a", type: "1", target: "node/b" }]],
    ["a hard link out", [{ name: "node/a", type: "1", target: "node/../../object" }]],
    ["a hard link to an absolute name", [{ name: "node/a", type: "1", target: "/etc/passwd" }]],
    ["a device", [{ name: "node/null", type: "3" }]],
    ["a block device", [{ name: "node/disk", type: "4" }]],
    ["a pipe", [{ name: "node/pipe", type: "6" }]],
    ["a device where it would be left out", [{ name: "null", type: "3" }]],
    ["too deep a tree", [{ name: `node/${"d/".repeat(70)}f`, content: "x" }]],
    [
      "a sparse file",
      [{ name: "pax", type: "x", content: "22 GNU.sparse.major=1\n" }, { name: "node/a" }],
      "archive-damaged",
    ],
    ["a header that is not its checksum", [{ name: "node/a", content: "x" }], "archive-damaged"],
  ];
  test.each(CASES.map(([what, items, code = "archive-refused"]) => ({ what, items, code })))(
    "$what",
    async ({ what, items, code }) => {
      let bytes = tarGz(items);
      if (what.startsWith("a header")) bytes = gzipSync(Buffer.concat([Buffer.alloc(512, "x"), Buffer.alloc(1024)]));
      const { folder, path, run, leftovers } = world(bytes);
      await expect(run()).rejects.toMatchObject({ code });
      expect(existsSync(path)).toBe(false);
      expect(leftovers()).toEqual([]);
      expect(readdirSync(folder).sort()).toEqual(["object", "versions"]);
      expect(existsSync("/tmp/outside")).toBe(false);
    },
  );

  test("two names that are one for the file system", async () => {
    const { folder } = world(Buffer.alloc(0));
    // Case-folding file systems are rare here: what the kernel answers then is what it answers for a name that is there.
    const { path, run } = world(
      tarGz([
        { name: "node/A", content: "x" },
        { name: "node/A/", type: "5" },
      ]),
      LAYOUT,
      folder,
    );
    await expect(run()).rejects.toMatchObject({ code: "archive-refused" });
    expect(existsSync(path)).toBe(false);
  });

  test("more than its size allows", async () => {
    const { path, run, leftovers } = world(tarGz([{ name: "node/zeroes", content: Buffer.alloc(80 << 20) }]));
    await expect(run()).rejects.toMatchObject({
      code: "archive-refused",
      message: expect.stringContaining("unpacks to more"),
    });
    expect([existsSync(path), leftovers()]).toEqual([false, []]);
    const zip = world(zipOf([["bun/bun", Buffer.alloc(80 << 20)]]), { format: "zip", strip: 1 });
    await expect(zip.run()).rejects.toMatchObject({ code: "archive-damaged" });
    expect([existsSync(zip.path), zip.leftovers()]).toEqual([false, []]);
  });

  test.each([100, 1000, 5000])("one that is cut off after %d bytes", async (length) => {
    const whole = tarGz([
      ...GOOD,
      { name: "node/x", content: Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i) % 251)) },
    ]);
    const { path, run, leftovers } = world(whole.subarray(0, Math.min(length, whole.length - 20)));
    await expect(run()).rejects.toMatchObject({ code: expect.stringMatching(/^(decompress-failed|archive-damaged)$/) });
    expect([existsSync(path), leftovers()]).toEqual([false, []]);
  });
});

describe("several and interrupted", () => {
  test("twenty at once end with one whole copy", async () => {
    const { folder, path, operation, store } = world(tarGz(GOOD));
    const script = bundleScript(
      folder,
      `
      import { execute } from "./host/execute.ts";
      await execute(${JSON.stringify(operation)}, { objectPath: () => ${JSON.stringify(store)}, onOutput: () => undefined });
    `,
    );
    const all = await Promise.all(Array.from({ length: 20 }, () => startScript(script).ended));
    expect(all.map(({ code, output }) => [code, output])).toEqual(all.map(() => [0, ""]));
    expect(readFileSync(join(path, "bin/node"), "utf8")).toBe("#!/bin/sh\n");
    expect(readdirSync(join(folder, "versions"))).toEqual(["20.19.5"]);
  });

  test.each(["extract.before-sync", "extract.before-rename"])(
    "killed at %s, nothing has the name",
    async (failpoint) => {
      const { folder, path, operation, store, run } = world(tarGz(GOOD));
      const script = bundleScript(
        folder,
        `
      import { execute } from "./host/execute.ts";
      await execute(${JSON.stringify(operation)}, { objectPath: () => ${JSON.stringify(store)}, onOutput: () => undefined });
    `,
      );
      const { signal } = await startScript(script, [], { OMG_FAILPOINT: failpoint }).ended;
      expect([signal, existsSync(path)]).toEqual(["SIGKILL", false]);
      await run();
      expect(realpathSync(join(path, "bin/npm"))).toBe(join(realpathSync(path), "lib/npm-cli.js"));
    },
  );

  test("a folder made of something else is not touched", async () => {
    const { path, run, leftovers } = world(tarGz(GOOD));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "mine"), "mine");
    await expect(run()).rejects.toMatchObject({ code: "extract-occupied" });
    expect([readdirSync(path), leftovers()]).toEqual([["mine"], []]);
  });

  test.runIf(needs("root"))("a full disk leaves nothing behind", async () => {
    const folder = temporaryFolder();
    const small = join(folder, "versions");
    mkdirSync(small);
    execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small]);
    onTestFinished(() => void execFileSync("/usr/bin/umount", [small]));
    const noise = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7919 + (i >> 8)) % 256));
    const { run, leftovers, path } = world(tarGz([{ name: "node/bin/node", content: noise }]), LAYOUT, folder);
    await expect(run()).rejects.toMatchObject({ code: "disk-full" });
    expect([existsSync(path), leftovers()]).toEqual([false, []]);
  });
});

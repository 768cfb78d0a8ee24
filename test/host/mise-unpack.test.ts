import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { execute } from "../../host/execute.ts";
import { miseLock } from "../../host/mise-unpack.ts";
import type { MiseLayout, Operation } from "../../schema/model/transaction.ts";
import { HAS_MISE, MISE_PROGRAM } from "../support/mise-lab.ts";
import { type TarItem, tarGz } from "../support/tar-writer.ts";
import { temporaryFolder } from "./bundle.ts";

const LAYOUT: MiseLayout = {
  format: "mise",
  program: MISE_PROGRAM,
  tool: "just",
  version: "1.57.0",
  backend: "aqua:casey/just",
  platform: "linux-x64",
  url: "https://github.com/casey/just/releases/download/1.57.0/just-1.57.0-x86_64-unknown-linux-musl.tar.gz",
};
const PROGRAM: TarItem = { name: "just", content: "#!/bin/sh\necho just here\n", mode: 0o6755 };

function world(bytes: Buffer, layout: MiseLayout = LAYOUT) {
  const folder = temporaryFolder();
  const object = join(folder, "object");
  const path = join(folder, "versions/just/1.57.0");
  writeFileSync(object, bytes);
  const operation: Operation = {
    type: "extract",
    label: "unpack",
    path,
    sha256: sha256(bytes),
    layout,
    receipt: { name: ".receipt", content: "made of it" },
  };
  return {
    object,
    path,
    run: () => execute(operation, { objectPath: () => object, onOutput: () => undefined }),
    left: () => readdirSync(join(folder, "versions/just")),
  };
}

describe.runIf(HAS_MISE)("the real mise as one that unpacks", () => {
  it("makes of the object a folder with a bin and a receipt, and leaves nothing else", async () => {
    const { path, run, left } = world(
      tarGz([
        PROGRAM,
        { name: "doc/", type: "5", mode: 0o777 },
        { name: "doc/just.1", content: ".TH", mode: 0o666 },
        { name: "just.1", type: "2", target: "doc/just.1" },
        { name: "gone", type: "2", target: "nowhere" },
      ]),
    );
    await run();
    expect(left()).toEqual(["1.57.0"]);
    expect(readdirSync(path).sort()).toEqual([".receipt", "bin", "doc", "just", "just.1"]);
    expect([readlinkSync(join(path, "bin/just")), readFileSync(join(path, "just.1"), "utf8")]).toEqual([
      "../just",
      ".TH",
    ]);
    const modes = ["just", "doc", "doc/just.1"].map((name) => (lstatSync(join(path, name)).mode & 0o7777).toString(8));
    expect(modes).toEqual(["755", "755", "644"]);
    await run(); // what is there with the same receipt stays
  });

  it("refuses by its own lock bytes that were swapped after they were verified", async () => {
    const { object, path, run, left } = world(tarGz([PROGRAM]));
    writeFileSync(object, tarGz([{ ...PROGRAM, content: "#!/bin/sh\necho evil\n" }]));
    await expect(run()).rejects.toMatchObject({
      code: "unpack-failed",
      details: expect.arrayContaining([expect.stringContaining("Checksum mismatch")]),
    });
    expect([existsSync(path), left()]).toEqual([false, []]);
  });

  it.each<readonly [string, readonly TarItem[], string]>([
    ["a link that leads out", [PROGRAM, { name: "x", type: "2", target: "/etc/passwd" }], "leads out of it"],
    ["a link that leads out upwards", [PROGRAM, { name: "x", type: "2", target: "../../../../.." }], "leads out of it"],
    ["another bin", [PROGRAM, { name: "bin", content: "" }], "another bin besides"],
    ["the receipt's name", [PROGRAM, { name: ".receipt", content: "" }], "a .receipt of its own"],
    ["a pipe", [PROGRAM, { name: "pipe", type: "6" }], ""],
  ])("leaves nothing of an archive with %s", async (_, items, message) => {
    const { path, run, left } = world(tarGz(items));
    if (message === "") await run().catch(() => undefined);
    else
      await expect(run()).rejects.toMatchObject({ code: "archive-refused", message: expect.stringContaining(message) });
    const found = existsSync(path) ? readdirSync(path) : [];
    expect([found.includes("pipe"), left().filter((name) => name.startsWith("."))]).toEqual([false, []]);
  });

  it("writes nothing beside its folder for names and links that lead out", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "kept"), "mine");
    for (const items of [
      [{ name: "../../../../../../escaped", content: "x" }],
      [
        { name: "way", type: "2", target: outside },
        { name: "way/escaped", content: "x" },
        { name: "way/kept", content: "x" },
      ],
      [
        { name: "same", type: "1", target: join(outside, "kept") },
        { name: "same", content: "x" },
      ],
    ]) {
      const { path, run } = world(tarGz([PROGRAM, ...items]));
      await run().catch(() => undefined);
      for (let at = path; at !== "/"; at = join(at, "..")) expect(existsSync(join(at, "escaped"))).toBe(false);
      expect([readdirSync(outside), readFileSync(join(outside, "kept"), "utf8")]).toEqual([["kept"], "mine"]);
    }
  });

  it("needs mise to be there", async () => {
    const { run } = world(tarGz([PROGRAM]), { ...LAYOUT, program: "/nowhere/mise" });
    await expect(run()).rejects.toMatchObject({ code: "program-missing" });
  });
});

describe("the lock that mise goes by", () => {
  it("has one entry, and nothing in it ends a text", () => {
    expect(miseLock({ ...LAYOUT, url: 'https://example.org/"]\n[x' }, "ab".repeat(32))).toBe(
      [
        '[[tools."just"]]',
        'version = "1.57.0"',
        'backend = "aqua:casey/just"',
        "",
        '[tools."just"."platforms.linux-x64"]',
        `checksum = "sha256:${"ab".repeat(32)}"`,
        'url = "https://example.org/\\"]\\n[x"',
        "",
      ].join("\n"),
    );
  });
});

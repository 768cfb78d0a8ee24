import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDatabase } from "../../../providers/pacman/sync/database.ts";
import { OmgError } from "../../../schema/error.ts";
import { type TarItem, tarGz } from "../../support/tar-writer.ts";

// A mirror may serve anything where nobody signs databases, which is how Arch has it. What repo-add would never write is refused, and
// in no more time than an honest database takes.
describe("a database of somebody who means no good", () => {
  let folder: string;
  beforeEach(() => {
    folder = `${mkdtempSync(join(tmpdir(), "omg-db-"))}/`;
    mkdirSync(join(folder, "sync"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const names = async (items: readonly TarItem[]) => {
    writeFileSync(join(folder, "sync/core.db"), tarGz(items));
    return (await readDatabase(folder, "core"))?.map(({ name, version }) => `${name} ${version}`);
  };

  it("says something of one package again and again", async () => {
    const piece = { name: "tool-1-1/desc", content: "x".repeat(1000) };
    const refused = names(Array.from({ length: 40_000 }, () => piece));
    await expect(refused).rejects.toThrow(OmgError);
    await expect(refused).rejects.toThrow("more than 1048576 bytes");
  });

  it("has a name that is all slashes but for its end", async () => {
    const items = [{ name: `${"/".repeat(4 << 20)}x` }, { name: "tool-1-1/desc" }];
    expect(await names(items)).toEqual(["tool 1-1"]);
  });

  it("names folders that are none of a package, or lie elsewhere", async () => {
    const odd = ["../../etc/desc", "/etc-1-1/desc", "a b-1-1/desc", "-1-1/desc", "tool/desc", "./../x-1-1/desc"];
    expect(await names([...odd, "tool-1-1/desc"].map((name) => ({ name })))).toEqual(["tool 1-1"]);
  });
});

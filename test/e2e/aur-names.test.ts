import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AUR_NEEDS } from "../support/aur-lab.ts";
import { type AurOmgLab, createAurOmgLab } from "../support/aur-omg-lab.ts";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";

/** A line of the AUR's list, in the form of aurweb's archive of all packages. */
const entry = (Name: unknown, Version: unknown, Description: unknown) =>
  JSON.stringify({
    ID: 1,
    Name,
    PackageBaseID: 1,
    PackageBase: Name,
    Version,
    Description,
    NumVotes: 3,
    Popularity: 0.5,
  });

// A search of the AUR, whose list a server on loopback gives out, with the real pacman's databases beside it.
describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS))("names of the AUR", () => {
  let lab: AurOmgLab;
  const list = () => join(lab.aur.served, "packages-meta-v1.json.gz");
  const kept = () => join(lab.env.OMG_DATA_DIR ?? "", "aur/names");
  const offer = (...lines: readonly string[]) => writeFileSync(list(), gzipSync(`[\n${lines.join(",\n")}\n]\n`));
  const age = (hours: number) => utimesSync(kept(), Date.now() / 1000 - 3600 * hours, Date.now() / 1000 - 3600 * hours);
  const names = async (...args: readonly string[]) => (await lab.omg(["search", "--names", ...args])).stdout;
  beforeAll(async () => {
    lab = await createAurOmgLab();
  });
  afterAll(() => lab.dispose());
  beforeEach(() => {
    rmSync(kept(), { force: true });
    offer(
      entry("frobnicate", "1:2.0.r3-1", "Frobnicates what is there"),
      entry("frobnicate-git", "r5.abc-1", "Frobnicates, as of now"),
      entry("omg-base", "9.0-1", "A repository has this one"),
    );
  });

  it("are found once they were fetched, as the lock calls them, behind what the repositories have", async () => {
    expect(await names("frobnicate")).toBe("");
    expect(await names("--aur", "frobnicate")).toBe("aur.frobnicate\naur.frobnicate-git\n");
    rmSync(list());
    const { stdout } = await lab.expect(0, "search", "frobnicate", "now");
    expect(stdout).toMatch(/^aur\.frobnicate-git {2}r5\.abc-1 {2}aur {2}.*Frobnicates, as of now$/m);
    expect((await names("omg-base")).split("\n")).toContain("omg-base");
    expect(await names("omg-base")).not.toContain("aur.omg-base");
    // What was fetched today is not fetched again.
    expect((await lab.expect(0, "search", "--aur", "frobnicate")).stderr).toBe("");
  });

  it("of an earlier day do where there are no newer ones, with a warning; where there are none at all, it is said", async () => {
    rmSync(list());
    const { stderr } = await lab.expect(8, "search", "--aur", "frobnicate");
    expect(stderr).toContain("packages-meta-v1.json.gz could not be asked");
    offer(entry("frobnicate", "1.0-1", ""));
    await lab.expect(0, "search", "--aur", "frobnicate");
    age(25);
    rmSync(list());
    const old = await lab.expect(0, "search", "--aur", "--names", "frobnicate");
    expect([old.stdout, old.stderr]).toEqual(["aur.frobnicate\n", expect.stringContaining("those of an earlier day")]);
    offer(entry("frobnicate-next", "1.0-1", ""));
    expect(await names("--aur", "frobnicate")).toBe("aur.frobnicate-next\n");
  });

  it("are a name, a version and text, whatever the list says", async () => {
    offer(
      entry("evil\u001b]0;title\u0007", "1.0-1", "no name"),
      entry("../evil", "1.0-1", "no name"),
      entry("evil-version", "1.0-1\tand more", "no version"),
      entry("evil-text", "1.0-1", "one\ttwo\u001b[31mred\u202e\nthree"),
      entry("evil-number", 7, "no version"),
      entry("evil-null", "1.0-1", null),
      entry("evil-long", "1.0-1", "x".repeat(70_000)),
      "{ evil",
    );
    expect(await names("--aur", "evil")).toBe("aur.evil-null\naur.evil-text\n");
    expect(readFileSync(kept(), "utf8")).toBe("evil-text\t1.0-1\tone twored three\nevil-null\t1.0-1\t\n");
  });

  it.each<[string, () => Buffer]>([
    ["cut off", () => gzipSync(`[\n${`${entry("frobnicate", "1.0-1", "")},\n`.repeat(1000)}]`).subarray(0, -20)],
    ["something else", () => Buffer.from("<html>")],
    ["an empty list", () => gzipSync("[\n]\n")],
  ])("are not taken from an answer that is %s", async (_, bytes) => {
    await lab.expect(0, "search", "--aur", "frobnicate");
    const before = readFileSync(kept());
    age(25);
    writeFileSync(list(), bytes());
    expect((await lab.expect(0, "search", "--aur", "frobnicate")).stderr).toContain("those of an earlier day");
    expect(readFileSync(kept()).equals(before)).toBe(true);
  });
});

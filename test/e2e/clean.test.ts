import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const YEAR_AGO = new Date(Date.now() - 366 * 24 * 3600 * 1000);

// The real omg on an isolated root: what it may let go of, and what it must keep for the way back.
describe.runIf(needs("apt-utils", "gpg", "root"))("omg clean", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    await lab.apt.aptOk("install", "omg-lib=1.0");
    for (const packages of [
      { "omg-lib": "1.1" },
      { "omg-lib": "1.1", "omg-base": "*" },
      { "omg-base": "*", "omg-extra": "*" },
    ]) {
      lab.writeLock(lockOf(packages));
      await lab.expect(0, "apply", "--yes");
    }
    // From here on only the store has them.
    for (const [name, version] of [
      ["omg-lib", "1.0"],
      ["omg-lib", "1.1"],
    ] as const)
      lab.apt.withdraw(name, version);
    await lab.apt.publish();
    await lab.apt.aptOk("update");
  });
  afterAll(() => lab.dispose());

  const store = () => join(lab.apt.folder, "omg/data/store/sha256");
  const objects = () =>
    readdirSync(store())
      .flatMap((head) => readdirSync(join(store(), head)).map((tail) => head + tail))
      .sort();
  const place = (sha256: string) => join(store(), sha256.slice(0, 2), sha256.slice(2));
  const put = (content: string) => {
    const sha256 = createHash("sha256").update(content).digest("hex");
    mkdirSync(dirname(place(sha256)), { recursive: true });
    writeFileSync(place(sha256), content);
    return sha256;
  };
  const generations = () =>
    readdirSync(join(lab.apt.folder, "omg/data/generations"))
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  const json = async (...args: string[]) => JSON.parse((await lab.expect(0, ...args, "--json")).stdout);

  it("without a person to ask and without --yes removes nothing", async () => {
    const junk = put("!<arch>\njunk");
    const { stderr } = await lab.expect(9, "clean");
    expect(stderr).toContain("omg clean --dry-run");
    expect(objects()).toContain(junk);
    const shown = await json("clean", "--dry-run");
    expect(shown).toMatchObject({
      outcome: "shown",
      items: expect.arrayContaining([expect.objectContaining({ kind: "objects", count: 1, bytes: 12 })]),
    });
    expect(objects()).toContain(junk);
  });

  it("takes what nothing needs, and keeps the way back to every generation, the first included", async () => {
    const junk = put("!<arch>\njunk");
    const before = objects();
    expect((await json("clean", "--yes")).outcome).toBe("cleaned");
    expect(objects()).toEqual(before.filter((sha256) => sha256 !== junk));
    expect(generations()).toEqual([0, 1, 2, 3]);
    // omg-lib 1.0 was there before omg came: only the records know its file.
    const back = JSON.parse((await lab.expect(0, "rollback", "system:0", "--dry-run", "--json")).stdout);
    expect(back.plan.omg.problems).toEqual([]);
    await lab.expect(0, "clean", "--yes");
    expect((await json("clean", "--yes")).outcome).toBe("nothing");
  });

  it("keeps signed indexes, which a lock elsewhere may need, until they are old and no lock at hand names them", async () => {
    const [named, unnamed] = [put("Origin: a\n"), put("Origin: b\n")];
    const lock = lab.readLock();
    lab.writeLock(`${lock}# ${named}\n`);
    for (const sha256 of [named, unnamed]) utimesSync(place(sha256), YEAR_AGO, YEAR_AGO);
    await lab.expect(0, "clean", "--yes");
    expect(objects()).toEqual(expect.arrayContaining([named, unnamed]));
    await lab.expect(0, "clean", "--yes", "--older-than", "30");
    expect(objects()).toContain(named);
    expect(objects()).not.toContain(unnamed);
    lab.writeLock(lock);
    expect(generations()).toEqual([0, 1, 2, 3]);
  });

  it("keeps what an interrupted run has still to do with", async () => {
    lab.writeLock(lockOf({ "omg-base": "*", "omg-extra": "*", "omg-epoch": "*" }));
    const before = objects();
    expect((await lab.omg(["apply", "--yes"], { env: { OMG_FAILPOINT: "apply.after-intent" } })).signal).toBe(
      "SIGKILL",
    );
    const after = objects();
    expect(after.length).toBeGreaterThan(before.length);
    await lab.omg(["clean", "--yes", "--max-size", "0"]);
    expect(objects()).toEqual(expect.arrayContaining(after.filter((sha256) => !before.includes(sha256))));
    expect(generations()).toEqual([3]);
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).has("omg-epoch")).toBe(true);
    expect(generations()).toEqual([3, 4]);
  });

  it("killed at any point leaves every generation that is there with what it needs", async () => {
    const toggled = [
      { "omg-base": "*" },
      { "omg-base": "*", "omg-script": "1.0" },
      { "omg-base": "*", "omg-script": "1.1" },
    ];
    for (const name of ["clean.after-note", "clean.after-generation", "clean.after-object"]) {
      for (const packages of toggled) {
        lab.writeLock(lockOf(packages));
        await lab.expect(0, "apply", "--yes");
      }
      const killed = await lab.omg(["clean", "--yes", "--keep-generations", "1"], { env: { OMG_FAILPOINT: name } });
      expect([name, killed.signal]).toEqual([name, "SIGKILL"]);
      for (const number of generations()) {
        const made = JSON.parse(readFileSync(join(lab.apt.folder, `omg/data/generations/${number}.json`), "utf8"));
        for (const sha256 of Object.values<string>(made.artifacts))
          expect([name, number, existsSync(place(sha256))]).toEqual([name, number, true]);
      }
      await lab.expect(0, "clean", "--yes", "--keep-generations", "1");
      expect(generations()).toHaveLength(1);
      expect((await json("history")).log.system.broken).toBeUndefined();
    }
  });

  it("a rollback says that a generation was cleaned, and never goes further than it was asked to", async () => {
    const [latest = 0] = generations();
    for (const args of [["system:1"], []]) {
      const { stderr } = await lab.expect(1, "rollback", ...args, "--yes");
      expect(stderr).toContain("cleaned away");
      expect(stderr).toContain(`Kept are ${latest}`);
    }
    expect((await lab.expect(1, "rollback", "system:99")).stderr).toContain("There is no generation 99");
  });

  it("keeps what a rollback reads of another lock's last generation, and the one that a rollback holds", async () => {
    const other = join(lab.apt.folder, "other");
    mkdirSync(other);
    writeFileSync(join(other, "omg.lock"), lockOf({ "omg-slow": "*" }).replace("name: lab", "name: other"));
    const [own = 0] = generations();
    await lab.expect(0, "-C", other, "apply", "--yes");
    for (const packages of [{ "omg-base": "*", "omg-extra": "*" }, { "omg-base": "*" }]) {
      lab.writeLock(lockOf(packages));
      await lab.expect(0, "apply", "--yes");
    }
    await lab.expect(0, "clean", "--yes", "--keep-generations", "3");
    expect(generations()).toEqual([own + 1, own + 2, own + 3]);
    expect((await lab.expect(1, "rollback", `system:${own}`, "--yes")).stderr).toContain("cleaned away");
    await lab.expect(0, "rollback", `system:${own + 1}`, "--yes");
    const names = [...(await lab.apt.installed()).keys()].sort();
    expect(names).toEqual(["omg-base", "omg-lib", "omg-script", "omg-slow"]);
    await lab.expect(0, "clean", "--yes", "--keep-generations", "1");
    expect(generations()).toEqual([own + 1, own + 4]);
    lab.writeLock(lockOf({}));
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("rc");
  });

  it("takes answers of the cache that can be had again, and nothing that is not omg's", async () => {
    const cache = join(lab.apt.folder, "omg/cache");
    writeFileSync(join(cache, "somebody.txt"), "theirs");
    mkdirSync(join(cache, "scratch-old"), { recursive: true });
    utimesSync(join(cache, "scratch-old"), YEAR_AGO, YEAR_AGO);
    mkdirSync(join(cache, "scratch-used"));
    await lab.expect(0, "check", "--lock", join(lab.apt.folder, "other/omg.lock"));
    expect(readdirSync(cache)).toContain("apt-observed.json");
    await lab.expect(0, "clean", "--yes");
    const left = readdirSync(cache);
    for (const name of ["somebody.txt", "scratch-used"]) expect(left).toContain(name);
    for (const name of ["scratch-old", "apt-observed.json"]) expect(left).not.toContain(name);
  });

  it("removes nothing when something that decides about it cannot be read", async () => {
    const junk = put("!<arch>\nmore junk");
    const [first = 0] = generations();
    const file = join(lab.apt.folder, `omg/data/generations/${first}.json`);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, "{");
    expect((await lab.expect(1, "clean", "--yes")).stderr).toContain("cannot be read");
    expect(objects()).toContain(junk);
    writeFileSync(file, text);
    await lab.expect(0, "clean", "--yes");
    expect(objects()).not.toContain(junk);
  });
});

describe.runIf(needs("apt-utils", "gpg", "root"))("omg clean, and what was checked", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    for (const packages of [{ "omg-base": "*" }, { "omg-base": "*", "omg-extra": "*" }]) {
      lab.writeLock(lockOf(packages));
      await lab.expect(0, "apply", "--yes");
    }
  });
  afterAll(() => lab.dispose());

  const folder = () => join(lab.apt.folder, "omg/data/evidence");
  const books = () => readdirSync(folder()).sort();
  const generation = (number: number) =>
    JSON.parse(readFileSync(join(lab.apt.folder, `omg/data/generations/${number}.json`), "utf8")) as {
      evidence: string;
    };
  const bookOf = (number: number) => `${generation(number).evidence}.json.gz`;

  it("keeps the evidence of every generation that stays, lets go that of one that goes, and the log holds", async () => {
    const [first, second] = [bookOf(1), bookOf(2)];
    expect(books()).toEqual([first, second].sort());
    await lab.expect(0, "clean", "--yes");
    expect(books()).toHaveLength(2);
    const { stdout } = await lab.expect(0, "clean", "--keep-generations", "1", "--dry-run", "--json");
    expect(JSON.parse(stdout).items).toContainEqual(
      expect.objectContaining({ kind: "evidence", scope: "system", count: 1 }),
    );
    expect(books()).toHaveLength(2);
    await lab.expect(0, "clean", "--keep-generations", "1", "--yes");
    expect(books()).toEqual([second]);
    await lab.expect(0, "audit", "verify");
    const log = (await lab.expect(0, "audit", "log", "-v")).stdout;
    expect(log).toContain("what was checked is not kept any more");
    expect(log).toMatch(/checksum pass/);
  });

  it("lets go of what belongs to no generation by age alone", async () => {
    const stray = join(folder(), `${"a".repeat(64)}.json.gz`);
    const other = join(folder(), "notes.txt");
    for (const path of [stray, other]) writeFileSync(path, "x");
    await lab.expect(0, "clean", "--keep-generations", "1", "--yes");
    expect(existsSync(stray)).toBe(true);
    for (const name of books()) utimesSync(join(folder(), name), YEAR_AGO, YEAR_AGO);
    await lab.expect(0, "clean", "--older-than", "90", "--yes");
    expect([existsSync(stray), existsSync(other), existsSync(join(folder(), bookOf(2)))]).toEqual([false, true, true]);
  });
});

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPacmanConfig } from "../../../providers/pacman/machine/config.ts";
import { observedFrom, readState } from "../../../providers/pacman/machine/observe.ts";
import { orphansAmong } from "../../../providers/pacman/machine/unneeded.ts";
import { updatesOf } from "../../../providers/pacman/machine/updates.ts";
import { readDatabases, sourcesOf } from "../../../providers/pacman/sync/databases.ts";
import { needs } from "../../support/needs.ts";
import { createPacmanLab, PACMAN_NEEDS, type PacmanLab } from "../../support/pacman-lab.ts";
import { NEXT, PACMAN_UNIVERSE } from "../../support/pacman-universe.ts";

// What omg reads from files is held against what the real pacman says of the same machine.
describe.runIf(needs(...PACMAN_NEEDS))("what is installed and offered", () => {
  let lab: PacmanLab;
  beforeAll(async () => {
    const elsewhere = [
      { name: "omg-app", version: "3.0-1", repo: "second" },
      { name: "omg-only", version: "2:1.0-3", repo: "second", depends: ["omg-lib"] },
    ];
    lab = await createPacmanLab({
      packages: [...PACMAN_UNIVERSE, ...elsewhere],
      options: "IgnorePkg = omg-scr*\nIgnoreGroup = omg-group",
    });
    await lab.pacmanOk("-S", "omg-app", "omg-ga", "omg-script", "omg-needs-editor", "omg-extra", "omg-only", "omg-big");
    await lab.pacmanOk("-D", "--asdeps", "omg-extra", "omg-ga", "omg-only");
    const foreign = PACMAN_UNIVERSE.find(({ name }) => name === "omg-foreign");
    if (foreign !== undefined) await lab.pacmanOk("-U", await lab.repos.copyTo(lab.folder, foreign));
    await lab.offer([...NEXT, { name: "omg-ga", version: "1.1-1", groups: ["omg-group"] }]);
    await lab.pacmanOk("-Sy");
  });
  afterAll(() => lab.dispose());

  const look = async () => {
    const config = readPacmanConfig(lab.config);
    const databases = await readDatabases(sourcesOf(config));
    const state = readState(config);
    return { config, databases, state, observed: observedFrom(state, { held: [] }, databases.listed) };
  };
  const names = (listed: Readonly<Record<string, string>>) => Object.keys(listed).sort();
  const chosen = (
    observed: Awaited<ReturnType<typeof look>>["observed"],
    of: (one: { requested: boolean; foreign?: boolean }) => boolean,
  ) =>
    [...observed.resources.values()]
      .filter(of)
      .map(({ name }) => name)
      .sort();

  it("is what pacman -Q, -Qe, -Qd, -Qm and -Qn say", async () => {
    const { observed } = await look();
    const versions = Object.fromEntries(
      [...observed.resources.values()].map(({ name, attributes }) => [name, attributes.version]),
    );
    expect(versions).toEqual(await lab.installed());
    expect(chosen(observed, ({ requested }) => requested)).toEqual(names(await lab.installed("-e")));
    expect(chosen(observed, ({ requested }) => !requested)).toEqual(names(await lab.installed("-d")));
    expect(chosen(observed, ({ foreign }) => foreign === true)).toEqual(names(await lab.installed("-m")));
    expect(chosen(observed, ({ foreign }) => foreign === false)).toEqual(names(await lab.installed("-n")));
    expect(names(await lab.installed("-m"))).toEqual(["omg-foreign"]);
  });

  it("knows as unneeded what pacman -Qdt lists: what is needed optionally is not", async () => {
    const { state, observed } = await look();
    expect(orphansAmong(state.local.packages)).toEqual(names(await lab.installed("-dt")));
    expect(orphansAmong(state.local.packages)).toEqual(["omg-ga", "omg-only"]);
    expect(observed.counts.orphans).toBe(2);
  });

  it("knows the upgrades that pacman -Qu lists, with what is ignored", async () => {
    const { state, databases, config, observed } = await look();
    const { stdout } = await lab.pacman("-Qu");
    const ours = updatesOf(state.local.packages.values(), databases.listed, config).map(
      ({ name, from, to, ignored }) => `${name} ${from} -> ${to}${ignored ? " [ignored]" : ""}`,
    );
    expect(ours).toEqual(stdout.split("\n").filter(Boolean));
    expect(ours).toHaveLength(5);
    expect(observed.counts.updates).toBe(3);
  });

  it("offers what pacman -Ss lists, in its order", async () => {
    const { databases } = await look();
    const { stdout } = await lab.pacman("-Ss");
    const theirs = stdout
      .split("\n")
      .filter((line) => /^\S/.test(line))
      .map((line) => line.replace(/ \[installed.*\]$/, ""));
    const ours = databases
      .mentioning("")
      .map(({ repository, name, version, groups }) =>
        [`${repository}/${name}`, version, ...(groups.length === 0 ? [] : [`(${groups.join(" ")})`])].join(" "),
      );
    expect(ours.sort()).toEqual(theirs.sort());
  });

  it("reads of each package what pacman -Si shows", async () => {
    const { databases } = await look();
    const { stdout } = await lab.pacman("-Si", "omg-app", "omg-lib", "omg-replaces", "second/omg-only");
    const shown = stdout
      .trim()
      .split("\n\n")
      .map((block) => new Map(block.split("\n").map((line) => [line.slice(0, 15).trim(), line.slice(18).trim()])));
    const list = (values: readonly string[]) => (values.length === 0 ? "None" : values.join("  "));
    for (const fields of shown) {
      const found = databases
        .offersOf(fields.get("Name") ?? "")
        .find(({ repository }) => repository === fields.get("Repository"));
      expect({
        version: found?.version,
        arch: found?.arch,
        summary: found?.summary,
        homepage: found?.homepage,
      }).toEqual({
        version: fields.get("Version"),
        arch: fields.get("Architecture"),
        summary: fields.get("Description"),
        homepage: fields.get("URL"),
      });
      expect(
        [found?.depends, found?.provides, found?.conflicts, found?.replaces, found?.groups].map((values) =>
          list(values ?? []),
        ),
      ).toEqual(["Depends On", "Provides", "Conflicts With", "Replaces", "Groups"].map((field) => fields.get(field)));
    }
    expect(shown).toHaveLength(5);
    for (const { repository, filename, sha256, download } of databases.mentioning("")) {
      const bytes = readFileSync(join(lab.repos.folder, repository, filename));
      expect({ sha256, download }).toEqual({
        sha256: createHash("sha256").update(bytes).digest("hex"),
        download: bytes.length,
      });
    }
  });

  it.each(["gz", "zst", "xz", ""] as const)("reads a database that is compressed as '%s'", async (compression) => {
    await lab.repos.publish("omgtest", { compression });
    await lab.pacmanOk("-Sy");
    const { databases } = await look();
    expect(databases.listed.get("omg-lib")?.[0]).toMatchObject({ version: "1.1-1", repository: "omgtest" });
    expect(databases.missing).toEqual([]);
  });

  it("sees what a run that was cut off left: a stub, and a lock that nobody holds", async () => {
    const stub = join(lab.root, "var/lib/pacman/local/omg-half-1:2.0-1");
    const lock = join(lab.root, "var/lib/pacman/db.lck");
    mkdirSync(stub);
    writeFileSync(join(stub, "mtree"), "");
    writeFileSync(lock, "");
    const { observed } = await look();
    expect(observed.resources.get("omg-half")).toMatchObject({
      health: "needs-repair",
      attributes: { version: "1:2.0-1" },
    });
    expect(observed.interrupted).toHaveLength(2);
    rmSync(stub, { recursive: true });
    rmSync(lock);
  });

  it("says of an entry that it cannot understand that it is there", async () => {
    const broken = join(lab.root, "var/lib/pacman/local/omg-odd-1.0-1");
    mkdirSync(join(broken, "desc"), { recursive: true });
    const { observed } = await look();
    expect(observed.resources.get("omg-odd")?.health).toBe("unavailable");
    rmSync(broken, { recursive: true });
  });
});

describe.runIf(needs(...PACMAN_NEEDS))("pacman.conf", () => {
  it("is read as pacman-conf reads it, with what it includes", async () => {
    const lab = await createPacmanLab({ packages: [{ name: "omg-base", version: "1.0-1" }] });
    const more = join(lab.folder, "conf.d");
    mkdirSync(more);
    writeFileSync(
      join(more, "20-second.conf"),
      "[second]\nSigLevel = PackageRequired DatabaseNever PackageTrustAll\nServer = https://one.example/$repo/os/$arch/\nServer = https://two.example/$repo\nUsage = Search Install\n",
    );
    writeFileSync(
      join(more, "10-options.conf"),
      "IgnorePkg = a b\nIgnorePkg = c\nHoldPkg = pacman glibc\nNoExtract = usr/share/doc/* !usr/share/doc/omg\nCacheDir = /tmp/second/\n",
    );
    const text = `# a comment\n[options]\nInclude = ${more}/1*.conf\nCheckSpace\n`;
    appendFileSync(lab.config, `${text}Include = ${more}/2*.conf\n`);
    const config = readPacmanConfig(lab.config);
    const theirs = (...args: readonly string[]) =>
      execFileSync("pacman-conf", ["--config", lab.config, ...args], { encoding: "utf8" })
        .split("\n")
        .filter(Boolean);
    expect(config.repositories.map(({ name }) => name)).toEqual(theirs("--repo-list"));
    expect([config.root]).toEqual(theirs("RootDir"));
    expect([config.database]).toEqual(theirs("DBPath"));
    expect(config.caches).toEqual(theirs("CacheDir"));
    expect([config.keyring]).toEqual(theirs("GPGDir"));
    expect(config.ignorePackages).toEqual(theirs("IgnorePkg"));
    expect(config.holdPackages).toEqual(theirs("HoldPkg"));
    expect(config.architectures).toEqual(theirs("Architecture"));
    const second = config.repositories.find(({ name }) => name === "second");
    expect(second?.servers).toEqual(theirs("--repo", "second", "Server").map((server) => server.replace(/\/$/, "")));
    expect(second?.sigLevel).toEqual({
      package: "required",
      database: "never",
      packageTrustAll: true,
      databaseTrustAll: false,
    });
    expect(theirs("--repo", "second", "SigLevel")).toEqual(["PackageRequired", "PackageTrustAll", "DatabaseNever"]);
    expect(second).toMatchObject({ installs: true, upgrades: false });
    expect(config.unpacking).toEqual(["NoExtract = usr/share/doc/* !usr/share/doc/omg", "CheckSpace"]);
    appendFileSync(lab.config, "Include = /nowhere/*.conf\n");
    expect(() => readPacmanConfig(lab.config)).toThrow("/nowhere/*.conf is not there");
    expect(() => theirs("--repo-list")).toThrow("could not be read");
    await lab.dispose();
  });
});

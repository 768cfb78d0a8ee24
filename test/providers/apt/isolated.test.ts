import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyWith } from "../../../providers/apt/machine/busy.ts";
import { type AptConfig, readAptConfig } from "../../../providers/apt/machine/config.ts";
import { observedFrom, readAptState } from "../../../providers/apt/machine/observe.ts";
import { ownerOf, protectionOf } from "../../../providers/apt/machine/protection.ts";
import { fingerprintOf } from "../../../providers/apt/offers/fingerprint.ts";
import { surveyOf, withSurvey } from "../../../providers/apt/offers/survey.ts";
import { openLists } from "../../../providers/apt/sources/lists.ts";
import { chainOf } from "../../../providers/apt/sources/targets.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import { type AptLab, createAptLab } from "../../support/apt-lab.ts";
import { upgradableByApt } from "../../support/apt-list.ts";
import { UNIVERSE } from "../../support/apt-universe.ts";
import { buildDeb } from "../../support/deb.ts";

let lab: AptLab;
let config: AptConfig;
beforeAll(async () => {
  lab = await createAptLab({
    conf: 'APT::Architectures:: "i386";',
    packages: [...UNIVERSE, { name: "omg-new", version: "1.0", suite: "extra" }],
  });
  await lab.aptOk("install", "omg-app=2.0", "omg-lib=1.0", "omg-script=1.0", "omg-eda");
  await lab.aptOk("install", "omg-needs-editor");
  await lab.aptOk("remove", "omg-script");
  await lab.aptMark("hold", "omg-lib");
  await lab.aptMark("auto", "omg-eda");
  await lab.dpkg("--add-architecture", "i386");
  const foreign = await buildDeb({
    name: "omg-foreign",
    version: "3.0",
    arch: "i386",
    fields: { "Multi-Arch": "same" },
  });
  await lab.dpkg("-i", foreign.path);
  config = await readAptConfig(lab.env);
});
afterAll(() => lab.dispose());

function observe() {
  const state = readAptState(config);
  return { state, observed: observedFrom(state, protectionOf(config)) };
}

describe("an isolated root, against its real dpkg and apt", () => {
  test("packages, marks, holds, residue and a foreign architecture", async () => {
    const { state, observed } = observe();
    const real = [...(await lab.installed())].map(
      ([key, { version, arch, status }]) => `${key} ${version} ${arch} ${status}`,
    );
    const letter = { install: "i", hold: "h", deinstall: "r", purge: "p", unknown: "u" } as const;
    const ours = [...state.packages.values()].map((found) => {
      const stateLetter = found.state === "config-files" ? "c" : "i";
      return `${found.key} ${found.version} ${found.arch} ${letter[found.want]}${stateLetter}`;
    });
    expect(ours.sort()).toEqual(real.sort());
    expect(real).toContain("omg-foreign:i386 3.0 i386 ii");
    expect(real).toContain("omg-lib 1.0 all hi");
    const marks = await lab.marks();
    const all = [...observed.resources.values()];
    const named = (chosen: typeof all) => chosen.map(({ name }) => name).sort();
    expect(named(all.filter(({ requested }) => requested))).toEqual([...marks.manual]);
    expect(named(all.filter(({ requested, health }) => !requested && health !== "residual"))).toEqual([...marks.auto]);
    expect(named(all.filter(({ attributes }) => attributes.hold === true))).toEqual([...marks.hold]);
    expect(observed.counts).toEqual({ total: 7, explicit: marks.manual.length });
  });

  test("a removed package with its conffile is residual", async () => {
    await lab.aptOk("install", "omg-extra");
    await lab.dpkg("--remove", "--force-depends", "omg-app");
    const { observed } = observe();
    expect((await lab.installed()).get("omg-app")?.status).toBe("rc");
    expect(observed.resources.get("omg-app")).toMatchObject({
      health: "residual",
      requested: false,
      attributes: { version: "2.0" },
    });
    await lab.aptOk("install", "omg-app=2.0");
  });

  test("what can be upgraded, and what no source has", async () => {
    const lists = await openLists(config);
    const { state, observed } = observe();
    const full = withSurvey(observed, surveyOf(state, lists));
    const listed = upgradableByApt(lab.env);
    expect(listed).toEqual(["omg-app 2.1", "omg-lib 1.1"]);
    expect(full.counts.updates).toBe(listed.length);
    const foreign = [...full.resources.values()].filter((one) => one.foreign).map(({ name }) => name);
    expect(foreign).toEqual(["omg-foreign:i386"]);
  });

  describe("with lists that were never fetched", () => {
    const folder = () => join(lab.root, "var/lib/apt/lists");
    const foreign = ({ resources }: Observed) =>
      [...resources.values()].filter(({ health }) => health !== "residual").map((one) => one.foreign);
    const look = async () => {
      const { state, observed } = observe();
      return withSurvey(observed, surveyOf(state, await openLists(await readAptConfig(lab.env))));
    };

    test("nothing is foreign and no update is counted", async () => {
      renameSync(folder(), `${folder()}.away`);
      mkdirSync(folder());
      const seen = await look();
      rmSync(folder(), { recursive: true });
      renameSync(`${folder()}.away`, folder());
      expect(seen.counts.updates).toBeUndefined();
      expect(new Set(foreign(seen))).toEqual(new Set([undefined]));
    });

    test("what the others offer is known, and the rest stays open", async () => {
      const source = join(lab.root, "etc/apt/sources.list.d/never.list");
      writeFileSync(source, "deb http://never.test/debian stable main\n");
      const seen = await look();
      rmSync(source);
      expect(seen.counts.updates).toBeUndefined();
      expect(new Set(foreign(seen))).toEqual(new Set([undefined, false]));
    });

    test("without any source everything is foreign: nothing is offered, and that is no guess", async () => {
      const sources = join(lab.root, "etc/apt/sources.list.d");
      renameSync(sources, `${sources}.away`);
      mkdirSync(sources);
      const seen = await look();
      rmSync(sources, { recursive: true });
      renameSync(`${sources}.away`, sources);
      expect(seen.counts.updates).toBe(0);
      expect(new Set(foreign(seen))).toEqual(new Set([true]));
    });
  });

  test("a failed script and a dpkg that was killed", async () => {
    await lab.apt("install", "omg-failpost");
    expect(observe().observed.resources.get("omg-failpost")).toMatchObject({
      health: "needs-repair",
      reason: expect.stringContaining("configuration"),
    });
    await lab.dpkg("--remove", "--force-remove-reinstreq", "omg-failpost");
    expect(observe().observed.interrupted).toEqual([]);

    const child = spawn("apt-get", ["install", "omg-slow"], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", ...lab.env },
      stdio: "ignore",
      detached: true,
    });
    const started = join(lab.root, "var/log/omg-slow");
    for (let waited = 0; !existsSync(started) && waited < 20_000; waited += 20) await sleep(20);
    expect(busyWith(config)).toMatch(/^(?:apt-get|dpkg) \(pid \d+\)$/);
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await new Promise((gone) => child.once("exit", gone));
    const { observed } = observe();
    expect((await lab.installed()).get("omg-slow")?.status).toBe("iF");
    expect(observed.resources.get("omg-slow")?.health).toBe("needs-repair");
    expect(observed.interrupted.length).toBeGreaterThan(0);
    await lab.dpkg("--configure", "--pending");
    expect(observe().observed.interrupted).toEqual([]);
    for (let waited = 0; busyWith(config) !== undefined && waited < 20_000; waited += 20) await sleep(20);
    expect(busyWith(config)).toBeUndefined();
  });

  test("who owns a file", () => {
    expect(ownerOf("/usr/bin/omg-app", config)).toBe("omg-app");
    expect(ownerOf("/usr/share/omg-foreign/version", config)).toBe("omg-foreign:i386");
    expect(ownerOf("/usr/bin/omg", config)).toBeUndefined();
  });
});

describe("the lists of an isolated root", () => {
  test("builds, where they lie, and what vouches for them", async () => {
    const lists = await openLists(config);
    const [newest, older] = lists.versionsOf("omg-lib");
    const deb = lab.repo.deb("omg-lib", "1.1");
    expect([newest?.version, older?.version]).toEqual(["1.1", "1.0"]);
    expect(newest).toMatchObject({ sha256: deb.sha256, size: deb.size, arch: "all", source: "omg-lib" });
    expect(
      lists
        .providersOf("omg-editor")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["omg-eda", "omg-edb"]);
    expect(lists.has("omg-editor")).toBe(false);
    expect(lists.targets.map(({ sourceName, suite }) => [sourceName, suite]).sort()).toEqual([
      ["omg", "extra"],
      ["omg", "stable"],
    ]);
    for (const { release, keyrings, trusted } of lists.targets) {
      expect(release?.path.endsWith("_InRelease")).toBe(true);
      expect([keyrings, trusted]).toEqual([[join(lab.root, "etc/apt/keyrings/omg.gpg")], false]);
    }
    for (const { target, filename, size } of lists.versionsOf("omg-g++")) {
      const bytes = readFileSync(join(new URL(target.repoUri).pathname, filename));
      expect(bytes.length).toBe(size);
    }
  });

  test("a flat repository with a detached signature", async () => {
    const flat = join(lab.folder, "flat");
    mkdirSync(flat);
    const stanza = (name: string, arch: string) =>
      `Package: ${name}\nVersion: 1\nArchitecture: ${arch}\nFilename: ./${name}.deb\nSize: 1\nSHA256: ${"0".repeat(64)}\n`;
    const packages = [stanza("flat", "amd64"), stanza("flat", "i386"), stanza("flat", "arm64")].join("\n");
    writeFileSync(join(flat, "Packages"), packages);
    const digest = createHash("sha256").update(packages).digest("hex");
    writeFileSync(
      join(flat, "Release"),
      `Label: Flat_~ Things\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n ${digest} ${packages.length} Packages\n`,
    );
    const gpg = [
      "--batch",
      "--homedir",
      join(lab.folder, "gnupg"),
      "--armor",
      "--detach-sign",
      "-o",
      join(flat, "Release.gpg"),
      join(flat, "Release"),
    ];
    execFileSync("gpg", gpg, { stdio: "ignore" });
    const list = join(lab.root, "etc/apt/sources.list.d/flat.list");
    writeFileSync(list, `deb [signed-by=${lab.root}/etc/apt/keyrings/omg.gpg] file:${flat} ./\n`);
    await lab.aptOk("update");
    const lists = await openLists(config);
    const target = lists.targets.find(({ sourceName }) => sourceName === "flat-things");
    expect(target && chainOf(target)).toMatchObject({
      release: expect.stringMatching(/_Release$/),
      signature: expect.stringMatching(/_Release\.gpg$/),
      indexKey: "Packages",
      trusted: false,
    });
    expect(["flat", "flat:i386", "flat:arm64"].map((key) => lists.has(key))).toEqual([true, true, false]);
    rmSync(list);
  });

  test.each(["gz", "xz", "zst", "lz4", "bz2"])("kept in the form .%s", async (ending) => {
    const kept = await createAptLab({
      conf: `Acquire::GzipIndexes "true"; Acquire::CompressionTypes::Order { "${ending}"; };`,
      packages: UNIVERSE.slice(0, 3),
      skipUpdate: true,
    });
    try {
      writeFileSync(
        kept.aptConf,
        `${readFileSync(kept.aptConf, "utf8")}Acquire::IndexTargets::deb::Packages::KeepCompressedAs "${ending}";\n`,
      );
      await kept.aptOk("update");
      const lists = await openLists(await readAptConfig(kept.env));
      expect(lists.targets.map(({ file }) => file.split(".").at(-1))).toEqual([ending]);
      expect(lists.versionsOf("omg-lib").map(({ version }) => version)).toEqual(["1.1", "1.0"]);
      expect(lists.targets[0]?.release).toBeDefined();
    } finally {
      await kept.dispose();
    }
  });

  test("a list that is damaged is an error, never an empty one", async () => {
    const { targets } = await openLists(config);
    const file = targets[0]?.file ?? "";
    renameSync(file, `${file}.away`);
    writeFileSync(`${file}.lz4`, "damaged");
    try {
      await expect(openLists(config)).rejects.toThrow(/could not be unpacked/);
    } finally {
      rmSync(`${file}.lz4`);
      renameSync(`${file}.away`, file);
    }
  });
});

describe("the fingerprint", () => {
  test("stays while nothing changes, whatever the times, and is not moved by what is installed", async () => {
    const before = await fingerprintOf(config);
    await lab.aptOk("install", "omg-extra");
    for (const { file, release } of (await openLists(config)).targets)
      for (const path of [file, release?.path ?? file]) writeFileSync(path, readFileSync(path));
    expect(await fingerprintOf(await readAptConfig(lab.env))).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ["a source", "etc/apt/sources.list.d/more.sources", "Types: deb\nURIs: http://x.test\nSuites: y\nComponents: z\n"],
    ["a preference", "etc/apt/preferences.d/new", "Package: *\nPin: release a=x\nPin-Priority: 5\n"],
    ["a key", "etc/apt/keyrings/omg.gpg", "other"],
    ["a trusted key", "etc/apt/trusted.gpg.d/new.asc", "key"],
    ["a setting", "etc/apt/apt.conf.d/99new", 'APT::Install-Recommends "false";\n'],
    ["a release", "var/lib/apt/lists/x_InRelease", "Origin: x\n"],
    ["an index that nothing signs", "var/lib/apt/lists/y_Packages", "Package: y\n"],
  ])("%s changes it", async (_, name, content) => {
    const path = join(lab.root, name);
    const old = existsSync(path) ? readFileSync(path) : undefined;
    const before = await fingerprintOf(await readAptConfig(lab.env));
    writeFileSync(path, content);
    expect(await fingerprintOf(await readAptConfig(lab.env))).not.toBe(before);
    if (old === undefined) rmSync(path);
    else writeFileSync(path, old);
    expect(await fingerprintOf(await readAptConfig(lab.env))).toBe(before);
  });

  test("reading leaves every byte as it was", async () => {
    const digest = () =>
      createHash("sha256")
        .update(lab.snapshot())
        .update(readFileSync(join(lab.root, "var/lib/dpkg/lock")))
        .digest("hex");
    const before = digest();
    observe();
    await openLists(config);
    await fingerprintOf(config);
    expect(digest()).toBe(before);
  });
});

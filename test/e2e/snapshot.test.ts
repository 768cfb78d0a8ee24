import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultServer } from "../support/fault-server.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, type OmgLab } from "../support/omg-lab.ts";

const DAY = 24 * 3600 * 1000;
const JANUARY = new Date("2026-01-01T12:00:00Z");
const FEBRUARY = new Date("2026-02-01T12:00:00Z");

const app = (version: string, lib: string) => ({
  name: "omg-app",
  version,
  fields: { Depends: `omg-lib (>= ${lib})` },
});

// Two states of a signed repository in a snapshot archive on the loopback interface, and a third one at its usual address.
describe.runIf(needs("apt-utils", "gpg", "root"))("apt.snapshot", () => {
  let lab: OmgLab;
  let server: FaultServer;
  beforeAll(async () => {
    lab = await createOmgLab({ packages: [app("1.0", "1.0"), { name: "omg-lib", version: "1.0" }], skipUpdate: true });
    await archive(lab, JANUARY, ["20260102T000000Z", "20260120T000000Z"]);
    for (const spec of [app("2.0", "2.0"), { name: "omg-lib", version: "2.0" }]) await lab.apt.addPackage(spec);
    await archive(lab, FEBRUARY, ["20260202T060000Z"]);
    for (const spec of [app("3.0", "3.0"), { name: "omg-lib", version: "3.0" }]) await lab.apt.addPackage(spec);
    await lab.apt.publish();
    server = await lab.apt.serve();
    await lab.apt.aptOk("update");
    configure(lab, `[apt]\nsnapshots = { omg = "${server.url}/archive/@SNAPSHOTID@/" }\n`);
  });
  afterAll(() => lab?.dispose());

  const versions = async () => {
    const installed = await lab.apt.installed();
    return ["omg-app", "omg-lib"].map((name) => installed.get(name)?.version);
  };
  const want = (snapshot: string | undefined) => {
    const [, ...pins] = read(lab).split(/^---\n/m);
    const line = snapshot === undefined ? "" : `  snapshot: ${snapshot}\n`;
    lab.writeLock([`version: 1\nname: lab\napt:\n${line}  packages: { omg-app: "*" }\n`, ...pins].join("---\n"));
  };

  it("pins what there was then, and installs it, though its Valid-Until has passed since", async () => {
    const before = machine(lab);
    want("2026-01-02");
    await lab.expect(0, "lock");
    expect(lab.readLock()).toMatch(/omg-app: \{ version: "1.0".*\n {2}omg-lib: \{ version: "1.0".* auto: true \}/);
    const { stdout } = await lab.expect(0, "plan", "--json");
    expect(stdout).toMatch(/"asOf": "2026-01-02T00:00:00.000Z"/);
    expect(machine(lab)).toBe(before);
    const applied = await lab.expect(0, "apply", "--yes");
    expect(applied.stdout).toContain("as they were at 2026-01-02T00:00:00.000Z");
    expect(await versions()).toEqual(["1.0", "1.0"]);
    await lab.expect(0, "check", "--locked");
  });

  it("moves everything by one line, forth and back", async () => {
    want("20260202T060000Z");
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await versions()).toEqual(["2.0", "2.0"]);
    await lab.expect(0, "check", "--locked");
    want("2026-01-02");
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes", "--allow-downgrades");
    expect(await versions()).toEqual(["1.0", "1.0"]);
    want(undefined);
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain('omg-app: { version: "1.0"');
  });

  it("reads each archive once, and no more", async () => {
    want("20260202T060000Z");
    await lab.expect(0, "lock");
    const asked = server.requests.length;
    await lab.expect(0, "plan");
    expect(server.requests.slice(asked)).toEqual([]);
  });

  it("is judged by its own time: what had expired even then is refused", async () => {
    await lab.apt.aptOk("purge", "omg-app", "omg-lib");
    want("2026-01-20");
    await lab.expect(0, "lock");
    const before = lab.apt.snapshot();
    expect((await lab.expect(4, "apply", "--yes")).stderr).toMatch(/valid until 2026-01-08/);
    expect(lab.apt.snapshot()).toBe(before);
  });

  it("is the only excuse: the same release as a source of today is refused", async () => {
    const file = join(lab.apt.root, "etc/apt/sources.list.d/omg.sources");
    const source = readFileSync(file, "utf8");
    writeFileSync(file, source.replace(server.url, `${server.url}/archive/20260102T000000Z`));
    await lab.apt.aptOk("update", "-o", "Acquire::Check-Valid-Until=false");
    lab.writeLock('version: 1\nname: lab\napt: { packages: { omg-app: "1.0" } }\n');
    const { stderr } = await lab.expect(4, "apply", "--yes");
    expect(stderr).toMatch(/valid until 2026-01-08/);
    expect(await versions()).toEqual([undefined, undefined]);
    writeFileSync(file, source);
    await lab.apt.aptOk("update");
  });

  it("names a source of which no archive is known, and one may be read as it is now", async () => {
    configure(lab, "");
    want("2026-01-02");
    const { stderr } = await lab.expect(1, "lock");
    expect(stderr).toContain(`${server.url} stable (omg.sources:1)`);
    expect(stderr).toContain("/etc/omg/config.toml");
    configure(lab, "[apt]\nsnapshots = { omg = false }\n");
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain('omg-app: { version: "3.0"');
  });

  it("goes by apt's own settings, too", async () => {
    configure(lab, "");
    const conf = join(lab.apt.root, "etc/apt/apt.conf.d/snapshots");
    const host = server.url.replace("http://", "");
    writeFileSync(conf, `Acquire::Snapshots::URI::Host::${host} "${server.url}/archive/@SNAPSHOTID@/@PATH@";\n`);
    want("2026-01-02");
    await lab.expect(0, "lock");
    expect(lab.readLock()).toContain('omg-app: { version: "1.0"');
    rmSync(conf);
  });

  it("cannot be a time that is still to come, nor one that the archive does not have", async () => {
    configure(lab, `[apt]\nsnapshots = { omg = "${server.url}/archive/@SNAPSHOTID@/" }\n`);
    want("2999-01-01");
    expect((await lab.expect(3, "lock")).stderr).toContain("still to come");
    want("2026-03-01");
    const { stderr } = await lab.expect(8, "lock");
    expect(stderr).toContain("/archive/20260301T000000Z");
  });
});

/** Puts the repository as it is into the archive, as of these times. */
async function archive(lab: OmgLab, date: Date, ids: readonly string[]): Promise<void> {
  const { repo } = lab.apt;
  await repo.publish({ date, validUntil: new Date(date.getTime() + 7 * DAY) });
  for (const id of ids)
    for (const part of ["dists", "pool"])
      cpSync(join(repo.path, part), join(repo.path, "archive", id, part), { recursive: true });
}

function configure(lab: OmgLab, text: string): void {
  const folder = lab.env.OMG_CONFIG_DIR ?? "";
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.toml"), text);
}

function read(lab: OmgLab): string {
  try {
    return lab.readLock();
  } catch {
    return "";
  }
}

/** Everything that apt goes by, as text. */
function machine(lab: OmgLab): string {
  const files = readdirSync(join(lab.apt.root, "etc/apt"), { recursive: true, withFileTypes: true })
    .concat(readdirSync(join(lab.apt.root, "var/lib/apt"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return files.map((path) => `${path}\n${readFileSync(path, "latin1")}`).join("\n");
}

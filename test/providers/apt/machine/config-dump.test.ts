import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CLEAN_ENV, run } from "../../../../host/run.ts";

let folder: string;
let env: Readonly<Record<string, string>>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-dump-"));
  mkdirSync(join(folder, "conf.d"));
  mkdirSync(join(folder, "dpkg"));
  writeFileSync(join(folder, "dpkg/status"), "");
  const lines = [
    `Dir::Etc::parts "${folder}/conf.d";`,
    `Dir::State::status "${folder}/dpkg/status";`,
    `DPkg::Options:: "--admindir=${folder}/dpkg";`,
  ];
  writeFileSync(join(folder, "apt.conf"), `${lines.join("\n")}\n`);
  env = { ...CLEAN_ENV, APT_CONFIG: join(folder, "apt.conf") };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A reader that remembers nothing but what lies in the cache, as a new process would be. */
async function freshReader(): Promise<typeof import("../../../../providers/apt/machine/config-dump.ts")> {
  vi.resetModules();
  return import("../../../../providers/apt/machine/config-dump.ts");
}

async function read(): Promise<string> {
  return (await freshReader()).readDump(env, join(folder, "cache"));
}

async function aptSays(): Promise<string> {
  return (await run("/usr/bin/apt-config", ["dump", "--format", '%F "%V";%n'], { env })).stdout;
}

/** The kept answer, changed so that its use shows. */
function mark(mode = 0o644): void {
  const file = join(folder, "cache", readdirSync(join(folder, "cache"))[0] ?? "");
  writeFileSync(file, readFileSync(file, "utf8").replace("APT::Architecture ", "Kept::Mark "));
  chmodSync(file, mode);
}

describe("readDump", () => {
  it("asks apt once, and gives its very answer", async () => {
    expect(await read()).toBe(await aptSays());
    mark();
    expect(await read()).toContain("Kept::Mark ");
  });

  it.each([
    ["a new file", () => writeFileSync(join(folder, "conf.d/50new"), 'New::Setting "1";\n')],
    ["an edited file", () => writeFileSync(join(folder, "conf.d/10old"), 'Old::Setting "2";\n')],
    ["a removed file", () => rmSync(join(folder, "conf.d/10old"))],
    ["another first file", () => writeFileSync(join(folder, "apt.conf"), 'First "1";\n', { flag: "a" })],
    ["a foreign architecture", () => writeFileSync(join(folder, "dpkg/arch"), "amd64\narm64\ni386\n")],
  ])("asks again after %s", async (_, change) => {
    writeFileSync(join(folder, "conf.d/10old"), 'Old::Setting "1";\n');
    await read();
    mark();
    change();
    const found = await read();
    expect(found).not.toContain("Kept::Mark ");
    expect(found).toBe(await aptSays());
  });

  it("sees a change within one process too", async () => {
    const { readDump } = await freshReader();
    await readDump(env, undefined);
    writeFileSync(join(folder, "conf.d/50new"), 'New::Setting "1";\n');
    expect(await readDump(env, undefined)).toContain("New::Setting");
  });

  it("keeps no answer where a file includes others", async () => {
    writeFileSync(join(folder, "more.conf"), 'Included "1";\n');
    writeFileSync(join(folder, "conf.d/10include"), `#include "${folder}/more.conf";\n`);
    expect(await read()).toContain('Included "1"');
    writeFileSync(join(folder, "more.conf"), 'Included "2";\n');
    expect(await read()).toContain('Included "2"');
  });

  it.each([
    ["that others can write", 0o666, (text: string) => text],
    ["that is cut off", 0o644, (text: string) => text.slice(0, 100)],
    ["of another shape", 0o644, () => '{"dump":1}'],
  ])("does not use a kept answer %s", async (_, mode, change) => {
    await read();
    mark();
    const file = join(folder, "cache", readdirSync(join(folder, "cache"))[0] ?? "");
    writeFileSync(file, change(readFileSync(file, "utf8")));
    chmodSync(file, mode);
    expect(await read()).toBe(await aptSays());
  });
});

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMiseLab, HAS_MISE, JUST, justRelease, type MiseLab } from "../support/mise-lab.ts";
import { tarGz } from "../support/tar-writer.ts";
import { until } from "../support/until.ts";

describe.runIf(HAS_MISE)("a tool by mise where something goes wrong", () => {
  let lab: MiseLab;
  const folder = () => join(lab.data, "versions/just");
  const here = () => (existsSync(folder()) ? readdirSync(folder()) : []);
  const works = () => execFileSync(join(folder(), JUST, "bin/just"), ["--version"], { encoding: "utf8" });
  const at = (path: string, text: string) => {
    mkdirSync(dirname(join(lab.folder, path)), { recursive: true });
    writeFileSync(join(lab.folder, path), text, { mode: 0o755 });
  };

  beforeAll(async () => {
    lab = await createMiseLab();
    lab.release("casey/just", justRelease());
    await lab.expect(0, "use", "just", "1.57", "--no-apply");
  });
  afterAll(() => lab.dispose());

  it("killed while mise works, goes on from what is true", async () => {
    const pid = join(lab.folder, "pid");
    lab.miseIs(
      `if [ "$1" = install ]; then "$MISE_REAL" "$@"; echo $$ > '${pid}.new'; /bin/mv '${pid}.new' '${pid}'; exec /bin/sleep 600; fi\nexec "$MISE_REAL" "$@"`,
    );
    const cut = await lab.omg(["apply", "--yes"], {
      onStart: (child) => void until(() => existsSync(pid), 120_000).finally(() => child.kill("SIGKILL")),
    });
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
    lab.miseIs();
    expect(cut.signal).toBe("SIGKILL");
    expect(here().map((name) => name.replace(/[0-9a-f]{16}/, "X"))).toEqual([".omg-X.tmp"]);
    expect((await lab.omg(["exec", "--", "just"])).code).toBe(127);
    await lab.expect(0, "apply", "--yes");
    expect([here(), works()]).toEqual([[JUST], `just ${JUST}\n`]);
    await lab.expect(0, "check");
  });

  it.each(["extract.before-sync", "extract.before-rename", "apply.after-operation", "record.before-base"])(
    "killed at %s, goes on from what is true",
    async (failpoint) => {
      rmSync(folder(), { recursive: true, force: true });
      const cut = await lab.omg(["apply", "--yes"], { env: { OMG_FAILPOINT: failpoint } });
      expect(cut.signal, `${cut.stdout}${cut.stderr}`).toBe("SIGKILL");
      await lab.expect(0, "apply", "--yes");
      expect([here(), works()]).toEqual([[JUST], `just ${JUST}\n`]);
      await lab.expect(0, "check");
    },
  );

  it("neither reads nor runs what a project, the user or the machine has of mise's", async () => {
    rmSync(folder(), { recursive: true, force: true });
    const touched = join(lab.folder, "touched");
    const script = `#!/bin/sh\n/bin/touch '${touched}'\n`;
    const hooks = `[hooks]\npreinstall = "touch '${touched}'"\npostinstall = "touch '${touched}'"\n`;
    // mise ends with an error for what is no TOML: it would not have come this far.
    at("project/mise.toml", `[env]\n_.source = "./evil.sh"\nX = "{{ exec(command='touch ${touched}') }}"\n${hooks}`);
    at("project/evil.sh", script);
    at("project/mise.lock", "this is no TOML [[[");
    at("home/.config/mise/config.toml", `${hooks}[tool_alias]\njust = "asdf:evil/just"\n]] no TOML`);
    at("home/.local/share/mise/plugins/just/bin/install", script);
    at("home/.local/share/mise/plugins/just/bin/list-all", script);
    const asked = {
      MISE_GLOBAL_CONFIG_FILE: join(lab.folder, "home/.config/mise/config.toml"),
      MISE_DATA_DIR: "/nowhere",
    };
    const env = { ...asked, MISE_TRUSTED_CONFIG_PATHS: "/", MISE_URL_REPLACEMENTS: "{}" };
    for (const args of [
      ["update", "just", "--yes"],
      ["apply", "--yes"],
      ["list", "just", "--available"],
    ]) {
      const ran = await lab.omg(args, { env });
      expect([args, ran.code, ran.stderr]).toEqual([args, 0, expect.any(String)]);
    }
    expect([works(), existsSync(touched)]).toEqual([`just ${JUST}\n`, false]);
    expect(readdirSync(join(lab.home, ".local/share/mise"))).toEqual(["plugins"]);
    for (const name of ["mise.toml", "evil.sh", "mise.lock"]) rmSync(join(lab.project, name));
  });

  it.each([
    ["fails", 'echo "mise ERROR no such format" >&2; exit 1', "no such format"],
    ["makes nothing", "exit 0", "mise did not unpack just"],
  ])("ends as it began where mise %s", async (_, does, message) => {
    rmSync(folder(), { recursive: true, force: true });
    lab.miseIs(`if [ "$1" = install ]; then ${does}; fi\nexec "$MISE_REAL" "$@"`);
    const ran = await lab.omg(["apply", "--yes"]);
    lab.miseIs();
    expect([ran.code, here(), ran.stderr]).toEqual([1, [], expect.stringContaining(message)]);
    await lab.expect(0, "apply", "--yes");
    expect(works()).toBe(`just ${JUST}\n`);
  });

  it("takes no mise that somebody else could have put there", async () => {
    const open = join(lab.folder, "open");
    mkdirSync(open);
    execFileSync("chmod", ["777", open]);
    symlinkSync(join(lab.folder, "bin/mise"), join(open, "mise"));
    const ran = await lab.omg(["list", "just", "--available"], { env: { PATH: `${open}:/usr/bin:/bin` } });
    expect([ran.code, ran.stderr]).toEqual([8, expect.stringContaining("is not on this machine")]);
  });

  it("is not unpacked where a link in the archive leads out, nor where it has no program", async () => {
    for (const [tag, items, message] of [
      ["1.70.0", [{ name: "just", type: "2", target: "/bin/sh" }], "leads out of it"],
      ["1.71.0", [{ name: "README.md", content: "nothing else" }], "just"],
    ] as const) {
      lab.release("casey/just", { ...justRelease(tag), bytes: tarGz([...items, { name: "x/y", content: "" }]) });
      const ran = await lab.omg(["use", "just", tag, "--yes"]);
      expect([tag, ran.code, ran.stderr]).toEqual([tag, expect.any(Number), expect.stringContaining(message)]);
      expect([ran.code === 0, here()]).toEqual([false, [JUST]]);
    }
  });
});

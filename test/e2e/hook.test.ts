import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { createHereLab, type HereLab } from "../support/here-lab.ts";
import { type Hooked, type HookedShell, hookedShell } from "../support/hooked-shell.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const PROJECT = join(import.meta.dirname, "../..");
const OMG = join(PROJECT, "bin/omg");
const PATH = "/usr/bin:/bin";
const SHELLS: readonly HookedShell[] = ["bash", "zsh", "fish"];

describe.runIf(needs("bash", "zsh", "fish", "gcc", "libc6-dev", "root")).each(SHELLS)("omg hook %s", (shell) => {
  let lab: HereLab;
  let env: Record<string, string>;
  let session: Hooked | undefined;
  beforeAll(() => {
    lab = createHereLab();
    lab.install("node", "20.19.5", "node", "npm");
    lab.install("node", "18.20.4", "node");
    lab.install("java", "21.0.4", "java");
    env = { HOME: join(lab.folder, "home"), HISTFILE: "/dev/null", PATH, TERM: "xterm", LC_ALL: "C.UTF-8" };
    writeFileSync(join(lab.folder, "hook"), omg("hook", shell));
    mkdirSync(join(lab.folder, "out"));
    mkdirSync(join(lab.folder, "outside"));
  });
  afterAll(() => lab.dispose());
  beforeEach(() => {
    for (const name of ["project", "outside"]) {
      rmSync(join(lab.folder, name), { recursive: true });
      mkdirSync(join(lab.folder, name));
    }
  });
  afterEach(async () => {
    await session?.end();
    session = undefined;
  });

  const omg = (...args: readonly string[]) =>
    execFileSync(process.execPath, [OMG, ...args], {
      cwd: lab.project,
      env: { ...env, PATH: process.env.PATH ?? "" },
      encoding: "utf8",
    });
  const start = async (more: Readonly<Record<string, string>> = {}, before?: string) => {
    session = await hookedShell(shell, {
      hook: join(lab.folder, "hook"),
      cwd: join(lab.folder, "outside"),
      env: { ...env, ...more },
      out: join(lab.folder, "out"),
      ...(before === undefined ? {} : { before }),
    });
    return session;
  };
  const cd = (path: string) => `cd '${join(lab.folder, path)}'`;
  const bin = (version: string) => join(lab.data, "versions/node", version, "bin");
  const pathNow = '"$PATH"';
  /** Set and empty is not the same as unset. */
  const isSet = (name: string) =>
    shell === "fish" ? `(set -q ${name}; and echo set; or echo unset)` : `"\${${name}+set}"`;
  const unset = shell === "fish" ? "unset" : "";

  it("enters and leaves to the byte: PATH, variables set, unset and empty, nested and across", async () => {
    lab.write("project/.nvmrc", "20\n");
    lab.write("project/.java-version", "21\n");
    lab.write("project/old/.nvmrc", "18\n");
    const own = "/usr/bin:/opt/with space::/bin:/usr/bin";
    const sh = await start({ PATH: own, JAVA_HOME: "" });
    // fish itself drops nothing, but writes an empty part as a dot.
    const before = await sh.after("", pathNow);
    const java = join(lab.data, "versions/java/21.0.4");
    expect(await sh.after(cd("project"), pathNow)).toBe(`${bin("20.19.5")}:${java}/bin:${before}`);
    expect(await sh.after("", '"$JAVA_HOME"')).toBe(java);
    expect(await sh.after(cd("project/old"), pathNow)).toBe(`${bin("18.20.4")}:${java}/bin:${before}`);
    expect(await sh.after("cd ..", pathNow)).toBe(`${bin("20.19.5")}:${java}/bin:${before}`);
    expect(await sh.after(cd("outside"), pathNow)).toBe(before);
    expect(await sh.after("", '"<$JAVA_HOME>"')).toBe("<>");
    expect(await sh.after("", isSet("JAVA_HOME"))).toBe("set");
    expect(await sh.after("", isSet("__OMG_STATE"))).toBe(unset);
  });

  it("sets variables and aliases of a lock once they are allowed, and takes them back, values with anything in them", async () => {
    const value = 'it\'s "$(id)" `x` \\ % é\n  two lines';
    lab.write(
      "project/omg.lock",
      `version: 1\nname: p\nenv:\n  PLAIN: ${JSON.stringify(value)}\n  FROM_ENV: { from: env, name: HOME }\n  FROM_FILE: { from: file, name: ./a secret }\n  FROM_COMMAND: { from: command, name: "echo $((40 + 2)); pwd" }\naliases: { greet: "printf '%s' 'hello there'" }\n`,
    );
    lab.write("project/a secret", "s3cret\n");
    const sh = await start({ PLAIN: "as it was" });
    const cat = shell === "fish" ? "(greet; or true)" : '"$(greet)"';
    await sh.type(shell === "fish" ? "function greet; printf own; end" : "alias greet='printf own'");
    expect(await sh.after("", cat)).toBe("own");
    expect(await sh.after(cd("project"), '"$PLAIN"')).toBe("as it was");
    omg("allow");
    expect(await sh.after("", '"$PLAIN"')).toBe("as it was");
    expect(await sh.after("true", '"$PLAIN"')).toBe(value);
    expect(await sh.after("", '"$FROM_ENV $FROM_FILE $FROM_COMMAND"')).toBe(`${env.HOME} s3cret 42\n${lab.project}`);
    // As after an edit of one's start file.
    await sh.type(`source ${lab.folder}/hook`);
    expect(await sh.after("true", cat)).toBe("hello there");
    expect(await sh.after(cd("outside"), '"$PLAIN"')).toBe("as it was");
    expect(await sh.after("", isSet("FROM_COMMAND"))).toBe(unset);
    expect(await sh.after("", '"<$FROM_ENV$FROM_FILE$FROM_COMMAND>"')).toBe("<>");
    expect(await sh.after("", cat)).toBe("own");
    await sh.type(cd("project"));
    omg("deny");
    await sh.type("true");
    expect(await sh.after("true", '"$PLAIN"')).toBe("as it was");
    omg("allow");
    lab.write("project/omg.lock", "version: 1\nname: p\nenv: { PLAIN: changed }\n");
    await sh.type("true");
    expect(await sh.after("true", '"$PLAIN"')).toBe("as it was");
  });

  it("notices a file that is written, and one that goes, while the shell is in the folder", async () => {
    const sh = await start();
    await sh.type(cd("project"));
    expect(await sh.after("true", pathNow)).toBe(PATH);
    lab.write("project/.nvmrc", "20\n");
    await sh.type("true");
    expect(await sh.after("true", pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    rmSync(join(lab.project, ".nvmrc"));
    await sh.type("true");
    expect(await sh.after("true", pathNow)).toBe(PATH);
  });

  it("notices that a file changes twice within one second", async () => {
    const sh = await start();
    await sh.after(cd("project"), "ready");
    // From the beginning of a second there is time for both.
    await until(() => Date.now() % 1000 < 100);
    lab.write("project/.nvmrc", "20\n");
    expect(await sh.after("true", pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    lab.write("project/.nvmrc", "18\n");
    expect(await sh.after("true", pathNow)).toBe(`${bin("18.20.4")}:${PATH}`);
  });

  it("starts no process where nothing changed", async () => {
    lab.write("project/.nvmrc", "20\n");
    // A stand-in that counts its starts, and is omg-fast otherwise.
    const counter = lab.write(
      "counter",
      `#!/bin/sh\necho x >>'${lab.folder}/starts'\nexec '${PROJECT}/dist/omg-fast' "$@"\n`,
      0o755,
    );
    cpSync(join(lab.folder, "hook"), join(lab.folder, "kept"));
    writeFileSync(join(lab.folder, "hook"), omg("hook", shell).replaceAll(`${PROJECT}/dist/omg-fast`, counter));
    const sh = await start();
    await sh.type(cd("project"));
    for (let i = 0; i < 5; i += 1) await sh.type("true");
    expect(
      await sh.after(
        "true",
        `(wc -l <'${lab.folder}/starts')`
          .replace(/^/, shell === "fish" ? "" : '"$')
          .concat(shell === "fish" ? "" : '"'),
      ),
    ).toMatch(/^\s*2\s*$/);
    cpSync(join(lab.folder, "kept"), join(lab.folder, "hook"));
  });

  it("works in folders with spaces, quotes and newlines in their names", async () => {
    const name = 'it\'s a "folder"\nwith $(id) in it';
    lab.write(`project/${name}/.nvmrc`, "20\n");
    lab.write("enter", `cd '${join(lab.project, name).replaceAll("'", shell === "fish" ? "\\'" : "'\\''")}'\n`);
    const sh = await start();
    expect(await sh.after(`source ${lab.folder}/enter`, pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    expect(await sh.after("true", pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    expect(await sh.after(cd("outside"), pathNow)).toBe(PATH);
  });

  it("keeps what the user put into PATH while inside", async () => {
    lab.write("project/.nvmrc", "20\n");
    const sh = await start();
    await sh.type(cd("project"));
    await sh.type(shell === "fish" ? "set -gx PATH /opt/mine $PATH" : 'export PATH="/opt/mine:$PATH"');
    expect(await sh.after(cd("outside"), pathNow)).toBe(`/opt/mine:${PATH}`);
  });

  it("is inherited by a shell inside a shell, which leaves to the same", async () => {
    lab.write("project/.nvmrc", "20\n");
    const sh = await start();
    await sh.type(cd("project"));
    await sh.type({ bash: "bash --norc --noprofile -i", zsh: "zsh -f -i", fish: "fish --no-config -i" }[shell]);
    await sh.type(`source ${lab.folder}/hook`);
    expect(await sh.after("true", pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    expect(await sh.after(cd("outside"), pathNow)).toBe(PATH);
  });

  it("runs omg itself on the Node that it has, not on the folder's", async () => {
    lab.write("project/.nvmrc", "18\n");
    const sh = await start();
    expect(await sh.after(cd("project"), '"$(node)"')).toBe("node 18.20.4");
    expect(await sh.after("", '"$(omg --version)"')).toBe(manifest.version);
  });

  it("keeps the status of the last command, and is not hurt by Ctrl-C", async () => {
    lab.write("project/.nvmrc", "20\n");
    const sh = await start();
    await sh.type({ bash: "(exit 7)", zsh: "(exit 7)", fish: "false" }[shell]);
    expect(await sh.after("", shell === "fish" ? "$status" : '"$?"')).toBe(shell === "fish" ? "1" : "7");
    // Only what is in the foreground gets the signal, so it says itself that it is there.
    const asleep = join(lab.folder, "out/asleep");
    await sh.type(`sh -c 'touch ${asleep}; exec sleep 1000'`);
    await until(() => existsSync(asleep));
    await sh.type("\u0003");
    expect(await sh.after(cd("project"), pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    expect(await sh.after(cd("outside"), pathNow)).toBe(PATH);
  });

  // What the rest sets and sends elsewhere, fish cannot.
  if (shell === "fish") return;

  it("tells what is missing, once", async () => {
    lab.write("project/.nvmrc", "22\n");
    lab.write("project/sub/x", "");
    const sh = await start({}, `exec 2>>'${lab.folder}/said'`);
    await sh.type(cd("project"));
    await sh.type(cd("project/sub"));
    expect(await sh.after("true", `"$(grep -c 'omg: node 2[2] is not' '${lab.folder}/said')"`)).toBe("1");
  });

  it("lives with set -u and set -e", async () => {
    lab.write("project/.nvmrc", "20\n");
    const sh = await start({}, "set -u");
    expect(await sh.after(cd("project"), pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    expect(await sh.after(cd("outside"), pathNow)).toBe(PATH);
    await sh.type("set -e");
    expect(await sh.after(cd("project"), pathNow)).toBe(`${bin("20.19.5")}:${PATH}`);
    expect(await sh.after(cd("outside"), pathNow)).toBe(PATH);
  });
});

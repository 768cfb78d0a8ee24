import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { promptPiece } from "../../cli/prompts/pieces.ts";
import { createFastLab, type FastLab, statusBytes } from "../support/fast-lab.ts";
import { needs } from "../support/needs.ts";
import { type ShellSession, shellSession } from "../support/shell-session.ts";

const HERE = needs("gcc", "libc6-dev", "bash", "zsh", "fish");

interface Shell {
  readonly name: "bash" | "zsh" | "fish";
  readonly start: string;
  /** Sets a prompt that shows the last exit code. */
  readonly base: string;
  readonly strict: string;
  /** Sets OMG_PROMPT. */
  readonly assign: (value: string) => string;
}

const SHELLS: readonly Shell[] = [
  {
    name: "bash",
    start: "bash --norc --noprofile -i",
    base: "PS1='<$?>:'; bind 'set enable-bracketed-paste off'",
    strict: "set -euo pipefail",
    assign: (value) => `OMG_PROMPT='${value}'`,
  },
  {
    name: "zsh",
    start: "zsh -f -i",
    base: "PROMPT='<%?>:'; unset zle_bracketed_paste",
    strict: "set -eu; setopt pipefail",
    assign: (value) => `OMG_PROMPT='${value}'`,
  },
  {
    name: "fish",
    start: "fish --no-config -i",
    base: "function fish_prompt; printf '<%s>:' (string join '|' $pipestatus); end",
    strict: "true",
    assign: (value) => `set OMG_PROMPT '${value}'`,
  },
];

describe.runIf(HERE)("omg in a prompt", () => {
  let lab: FastLab;
  let folder: string;
  let env: Readonly<Record<string, string>>;

  beforeAll(() => {
    lab = createFastLab();
    folder = mkdtempSync(join(tmpdir(), "prompts-"));
    for (const name of ["bin", "home", "run"]) mkdirSync(join(folder, name));
    symlinkSync(lab.native, join(folder, "bin/omg-fast"));
    for (const { name } of SHELLS) writeFileSync(join(folder, name), promptPiece(name));
    env = {
      PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
      HOME: join(folder, "home"),
      LC_ALL: "C.UTF-8",
      OMG_RUNTIME_DIR: join(folder, "run"),
    };
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    lab.dispose();
  });

  const publish = (status: Parameters<typeof statusBytes>[0]) =>
    writeFileSync(join(folder, "run/omg.status"), statusBytes(status));

  describe.each(SHELLS)("of $name", ({ name, start, base, strict, assign }) => {
    const sessions: ShellSession[] = [];
    const session = async (more: Readonly<Record<string, string>> = {}) => {
      const made = await shellSession(start, "", { env: { ...env, ...more }, cwd: folder });
      sessions.push(made);
      await made.type(base, "<0>:");
      return made;
    };
    afterAll(async () => {
      for (const each of sessions) await each.end();
    });

    it("shows drift when there is some, in colour, and keeps exit codes", async () => {
      publish({ drift: 7 });
      const shell = await session();
      const shown = await shell.type(`source ${join(folder, name)}`, "<0>:");
      expect(shown).toContain("\x1b[33mdrift 7\x1b[0m <0>:");
      // Marks for the shell alone, which would show where it did not take them.
      for (const mark of ["\x01", "\x02", "%{", "\\["]) expect(shown).not.toContain(mark);
      publish({ drift: 0 });
      expect(await shell.type("false", "<1>:")).not.toContain("drift");
      publish({ state: "failed", drift: undefined });
      expect(await shell.type("sh -c 'exit 3'", "<3>:")).toContain("\x1b[31momg failed\x1b[0m <3>:");
      rmSync(join(folder, "run/omg.status"));
      expect(await shell.type("false", "<1>:")).not.toMatch(/omg|drift/);
    });

    it("takes a format of one's own, and is put there once", async () => {
      publish({ drift: 7 });
      const shell = await session();
      await shell.type(assign("({drift} of {total}) "), "<0>:");
      await shell.type(`source ${join(folder, name)}`, "(7 of 1500) <0>:");
      await shell.type(`source ${join(folder, name)}`, "(7 of 1500) <0>:");
      const shown = await shell.type("true", "(7 of 1500) <0>:");
      expect(shown).not.toContain("(7 of 1500) (7 of 1500)");
    });

    it("does not end a shell that ends at errors and unset variables", async () => {
      rmSync(join(folder, "run/omg.status"), { force: true });
      const shell = await session();
      await shell.type(strict, "<0>:");
      await shell.type(`source ${join(folder, name)}`, "<0>:");
      await shell.type(name === "fish" ? "echo still (math 1 + 1)" : "echo still $((1 + 1))", /still 2[\s\S]*<0>:/);
    });

    it("says once what is wrong where omg-fast is not there", async () => {
      publish({ drift: 7 });
      const shell = await session({ PATH: "/usr/bin:/bin" });
      const shown = await shell.type(`source ${join(folder, name)}`, "<0>:");
      expect(shown).toContain("omg: omg-fast is not in PATH, so the prompt stays as it is.");
      expect(await shell.type("true", "<0>:")).not.toContain("omg");
    });
  });

  it("of fish keeps the exit codes of a whole pipeline, and prompts of several lines", async () => {
    publish({ drift: 7 });
    const shell = await shellSession("fish --no-config -i", "", { env, cwd: folder });
    const two = "function fish_prompt; printf '%s\\n<%s>:' first (string join '|' $pipestatus); end";
    await shell.type(two, "<0>:");
    await shell.type(`source ${join(folder, "fish")}`, "<0>:");
    expect(await shell.type("false | true", "<1|0>:")).toMatch(/drift 7\S+ first\S*\r?\n[\s\S]*<1\|0>:/);
    await shell.end();
  });

  it("of powerlevel10k is one segment where there is drift, and none where there is not", () => {
    writeFileSync(join(folder, "p10k"), promptPiece("p10k"));
    // Stands in for powerlevel10k, which no package brings: it prints what its `segment` is given, expanded as prompts are.
    const script = `p10k() { print -P -- "$1 $2 $3 $5" }
      POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(time); source ${join(folder, "p10k")}; source ${join(folder, "p10k")}
      print $POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS; prompt_omg`;
    const run = () => execFileSync("zsh", ["-f", "-c", script], { env, encoding: "utf8" });
    publish({ drift: 7 });
    expect(run()).toBe("time omg\nsegment -f yellow drift 7\n");
    publish({ drift: 0 });
    expect(run()).toBe("time omg\n");
  });

  it("of starship is a command that sh(1) runs, and that ends with 0 where it has something to say", async () => {
    const { parse } = (await import("@iarna/toml")).default;
    const { custom } = parse(promptPiece("starship")) as { custom: { omg: { command: string; shell: string[] } } };
    expect(custom.omg.shell).toEqual(["sh"]);
    const run = () => execFileSync("sh", ["-c", custom.omg.command], { env, encoding: "utf8" });
    publish({ drift: 7 });
    expect(run()).toBe("drift 7\n");
    publish({ state: "applying", drift: undefined });
    expect(run()).toBe("omg applying\n");
  });

  describe("no text that a format takes", () => {
    /** Everything that ASCII has, and some beyond it, as far as a format takes it. */
    const literals = [...Array(95).keys()]
      .map((offset) => String.fromCharCode(32 + offset))
      .filter((character) => !"$`\\%!{}".includes(character));
    const text = `${literals.join("")} {{braces}} {drift} Δ🙂 ~/x ~+ ^a^b # 'a' "b" !? *`.replaceAll("!", "");
    const printed = () => {
      publish({ drift: 7 });
      const args = ["status", "--format", text];
      return execFileSync(lab.native, args, { env: { ...env, NO_COLOR: "1" }, encoding: "utf8" }).trimEnd();
    };

    it.each(["", "-o posix"])("is changed by bash's prompt (bash %s)", (mode) => {
      const script = `shopt -s promptvars; set -o history -o histexpand; printf %s "\${1@P}"`;
      const args = [...mode.split(" ").filter(Boolean), "-c", script, "bash", printed()];
      expect(execFileSync("bash", args, { env, encoding: "utf8" })).toBe(printed());
    });

    it("is changed by zsh's prompt, with all that it could expand there", () => {
      const script = 'setopt prompt_subst prompt_bang prompt_percent; print -rP -- "$1"';
      expect(execFileSync("zsh", ["-f", "-c", script, "zsh", printed()], { env, encoding: "utf8" })).toBe(
        `${printed()}\n`,
      );
    });
  });
});
